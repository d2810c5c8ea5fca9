"""The screens in a real browser: by finger and by keys, and what is left when somebody goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from hardware.abilities import HintCode
from kiosk import screens
from kiosk.config import ScreenSettings
from kiosk.messages import Pressed
from tests.kiosk.gallery import EVENTS, GALLERY
from tests.kiosk.showing import EASES, START, Kiosk, expect_soon, serve


def test_a_press_tells_the_station_what_and_where(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Events(events=EVENTS))
    shown.locator("#event-event-1").click()
    with_serial = Pressed("choose", "event-1", kiosk.stage.shown.serial)
    expect_soon(lambda: kiosk.pressed == [with_serial])


def test_an_event_that_does_not_admit_cannot_be_chosen(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Events(events=EVENTS))
    assert shown.locator("button.event").count() == 4
    expect(shown.locator(".event.is-shut")).to_contain_text("Місць немає")
    expect(shown.locator("#event-event-4")).to_contain_text("Вхід від 16:00")


def test_a_whole_choice_is_made_by_keys_alone(shown: Page, kiosk: Kiosk) -> None:
    shown.keyboard.press("ArrowDown")
    focused = shown.evaluate("document.activeElement.id")
    assert focused == "events"
    shown.keyboard.press("Enter")
    expect_soon(lambda: kiosk.presses() == [("events", "")])
    kiosk.show(shown, screens.Persons(event=EVENTS[0], persons=1, most=5))
    shown.keyboard.press("ArrowDown")
    shown.keyboard.press("Enter")
    expect_soon(lambda: kiosk.presses()[-1] == ("persons", "persons+"))
    shown.keyboard.press("Escape")
    expect_soon(lambda: kiosk.presses()[-1] == ("cancel", ""))


def test_every_control_is_reached_by_arrows_and_shows_its_focus(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["belongings"])
    controls = shown.locator("#screen button:not(:disabled):visible").count()
    reached = set()
    for _ in range(controls):
        shown.keyboard.press("ArrowRight")
        reached.add(shown.evaluate("document.activeElement.outerHTML"))
        outline = shown.evaluate("getComputedStyle(document.activeElement).outlineWidth")
        assert outline == "6px"
    assert len(reached) == controls


def test_the_control_that_was_used_keeps_the_focus(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, screens.Persons(event=EVENTS[0], persons=1, most=5))
    shown.locator("#persons-more").focus()
    kiosk.stage.update(screens.Persons(event=EVENTS[0], persons=2, most=5))
    kiosk.settle(shown)
    assert shown.evaluate("document.activeElement.id") == "persons-more"


def test_a_new_screen_is_told_to_those_who_do_not_see_it(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["desk"])
    assert shown.evaluate("document.activeElement.id") == "main"
    name = shown.locator("main").get_attribute("aria-labelledby")
    expect(shown.locator(f"#{name}")).to_have_text("Потрібна перереєстрація")


def test_each_language_is_named_in_itself(shown: Page, kiosk: Kiosk) -> None:
    expect(shown.get_by_role("button", name="English")).to_have_attribute("lang", "en")
    kiosk.show(shown, START, "en")
    expect(shown.get_by_role("button", name="Українська")).to_have_attribute("lang", "uk")
    expect(shown.locator("h1")).to_have_text("Show your ticket")
    assert shown.evaluate("document.documentElement.lang") == "en"


def test_a_list_longer_than_the_screen_is_scrolled_by_buttons(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, GALLERY["events"])
    shown.emulate_media(reduced_motion="reduce")
    top = "document.querySelector('.events').scrollTop"
    assert shown.evaluate(top) == 0
    shown.locator(".list [data-scroll='1']").click()
    assert shown.evaluate(top) > 100


def test_a_code_that_is_not_read_is_helped_with_on_screens_that_ask_for_one(
    shown: Page, kiosk: Kiosk
) -> None:
    help_line = shown.get_by_role("status").filter(has_text="Піднесіть код ближче")
    kiosk.stage.hint(HintCode.TOO_FAR)
    expect(help_line).to_be_visible()
    kiosk.show(shown, GALLERY["greeting"])
    expect(help_line).to_have_count(0)
    kiosk.show(shown, GALLERY["show-ticket"])
    expect(help_line).to_be_visible()
    kiosk.stage.hint(None)
    expect(help_line).to_have_count(0)


def test_a_hint_is_said_to_who_listens(shown: Page, kiosk: Kiosk) -> None:
    kiosk.show(shown, START, "uk", EASES["all"])
    with shown.expect_request(lambda asked: "нахиліть" in (asked.post_data or "")) as asked:
        kiosk.stage.hint(HintCode.GLARE)
    assert asked.value.url.endswith("/speech")


# --- The reset -------------------------------------------------------------------------------


@pytest.fixture
def hasty() -> Iterator[Kiosk]:
    """A station that warns at once and is in no hurry to reset."""
    yield from serve(ScreenSettings(result_s=20, choice_s=20, warning_s=20))


def test_before_the_reset_more_time_is_in_plain_sight(page: Page, hasty: Kiosk) -> None:
    page.goto(hasty.url, wait_until="commit")
    hasty.show(page, GALLERY["greeting"])
    more = page.get_by_role("button", name="Ще хвилинку")
    expect(more).to_be_visible()
    more.click()
    expect_soon(lambda: hasty.presses() == [("more_time", "")])
    hasty.stage.give_time()
    hasty.settle(page)
    expect(more).to_be_hidden()


@pytest.mark.threat(22)
def test_after_the_reset_nothing_of_the_last_person_is_left_in_the_page(
    shown: Page, kiosk: Kiosk
) -> None:
    kiosk.show(shown, GALLERY["greeting-all"])
    expect(shown.locator("body")).to_contain_text("Олександра")
    kiosk.show(shown, START)
    whole = shown.evaluate("document.documentElement.outerHTML")
    for left in ("Олександра", "K1-0123"):
        assert left not in whole
    shown.go_back()
    assert "Олександра" not in shown.content()


def test_a_station_that_is_gone_is_said_and_found_again(page: Page) -> None:
    first = serve(ScreenSettings())
    kiosk = next(first)
    page.goto(kiosk.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    expect(page.locator("#lost")).to_be_hidden()
    next(first, None)
    expect(page.locator("#lost")).to_be_visible(timeout=8000)
    expect(page.locator("#lost")).to_contain_text("Сервісного центру")


@pytest.mark.threat(8)
def test_hostile_words_run_nothing(shown: Page, kiosk: Kiosk) -> None:
    hostile = (
        "<img src=x onerror=\"document.title='broken'\"><script>document.title='broken'</script>"
    )
    kiosk.show(shown, screens.Greeting(reader=hostile, event=hostile))
    expect(shown.locator(".name")).to_have_text(hostile)
    assert shown.title() != "broken"
    assert shown.locator("#screen img, #screen script").count() == 0
