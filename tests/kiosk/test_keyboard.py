"""The keyboard on the screen by finger: letters by fives on small screens, all at once on large."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from kiosk.enrolment import screens as es
from kiosk.enrolment.draft import Ask, longest
from templates import keyboards
from tests.kiosk.showing import SIZES, START, Kiosk, expect_soon


def ask(page: Page, kiosk: Kiosk, what: Ask, size: str = "seven-inch") -> None:
    width, height = SIZES[size]
    page.set_viewport_size({"width": width, "height": height})
    kiosk.show(page, es.EnrolField(step=7, steps=16, ask=what, longest=longest(what)))


def touch(page: Page, *names: str) -> None:
    """Touch keys by the words that a finger goes for."""
    for name in names:
        page.locator(".layer:not([hidden]) .key:visible").get_by_text(name, exact=True).click()


def by_fives(page: Page, word: str) -> None:
    """Type as on a small screen: the five of a letter, then the letter."""
    for sign in word:
        if sign == " ":
            page.locator(".key.space:visible").click()
            continue
        layer = page.locator(".layer:not([hidden])")
        five = layer.locator(f"[data-five]:has([data-key='{sign}'])").get_attribute("data-five")
        layer.locator(f"[data-open='{five}']").click()
        layer.locator(f".fives:visible [data-key='{sign}']").click()


@pytest.mark.parametrize("size", ["seven-inch", "ten-inch"])
def test_a_name_is_typed_by_fives_with_its_capitals(shown: Page, kiosk: Kiosk, size: str) -> None:
    ask(shown, kiosk, Ask.SURNAME, size)
    by_fives(shown, "Гнатюк-Ґжицька")
    expect(shown.locator("#typed")).to_have_value("Гнатюк-Ґжицька")


def test_another_language_and_figures_are_one_key_away(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.ADDRESS)
    by_fives(shown, "Зої")
    shown.locator("[data-layer='en']:visible").click()
    by_fives(shown, " Lee")
    shown.locator("[data-layer='digits']:visible").click()
    by_fives(shown, ", 7")
    shown.locator("[data-layer='uk']:visible").click()
    by_fives(shown, "є")
    expect(shown.locator("#typed")).to_have_value("Зої Lee, 7є")


def test_a_wrong_five_is_left_and_a_wrong_letter_taken_back(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.SURNAME)
    shown.locator(".five:visible").first.click()
    shown.locator("[data-close]:visible").click()
    by_fives(shown, "Їж")
    shown.locator(".fives [data-erase]:visible").click()
    expect(shown.locator("#typed")).to_have_value("Ї")


def test_all_keys_at_once_stay_for_the_enrolment_and_no_longer(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.SURNAME)
    shown.locator("#keys-whole").click()
    touch(shown, "Й", "ц")
    expect(shown.locator("#typed")).to_have_value("Йц")
    ask(shown, kiosk, Ask.GIVEN_NAME)
    expect(shown.locator(".keyrow:visible").first).to_be_visible()
    kiosk.show(shown, START)
    ask(shown, kiosk, Ask.SURNAME)
    expect(shown.locator(".five:visible")).to_have_count(7)


def test_by_keys_alone_a_letter_is_found_in_its_five(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.SURNAME)
    for key in ("ArrowDown", "Enter", "ArrowRight", "Enter"):
        shown.keyboard.press(key)
    expect(shown.locator("#typed")).to_have_value("І")
    assert shown.evaluate("document.activeElement.dataset.open") == "3"


@pytest.mark.parametrize("what, typed", [(Ask.BIRTH_DATE, "05.11.199"), (Ask.PHONE, "05111990")])
def test_figures_need_one_touch_each(shown: Page, kiosk: Kiosk, what: Ask, typed: str) -> None:
    # A day takes eight figures and no ninth.
    ask(shown, kiosk, what)
    touch(shown, *"051119907")
    shown.locator("#keys-erase").click()
    expect(shown.locator("#typed")).to_have_value(typed)


def test_an_upright_screen_shows_all_keys(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.SURNAME, "portrait")
    expect(shown.locator(".five:visible")).to_have_count(0)
    touch(shown, "Ґ", "є")
    expect(shown.locator("#typed")).to_have_value("Ґє")


def test_the_warning_before_the_reset_is_whole_above_the_keys(shown: Page, kiosk: Kiosk) -> None:
    ask(shown, kiosk, Ask.SURNAME)
    shown.evaluate("document.getElementById('ending').hidden = false")
    box = shown.locator("#more-time").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] < 480
    shown.locator("#more-time").click()
    expect_soon(lambda: ("more_time", "") in kiosk.presses())


@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("field", list(Ask))
def test_the_fives_hold_the_same_signs_as_the_rows(field: Ask, language: str) -> None:
    for layer in keyboards.layers(field, language):
        if layer.groups:
            assert sorted("".join(layer.groups)) == sorted("".join(layer.rows))
            assert all(len(group) <= 5 for group in layer.groups)
