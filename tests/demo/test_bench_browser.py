"""The bench in a real browser: with mouse and with keys, in every size, by day and by night."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from demo.programs import wait_until
from demo.stage import ENTRANCE, EXIT
from hardware.contracts import Direction
from kiosk.screens import NotReady
from templates.slips import draw, examples
from tests.demo.rehearsal import Rehearsal

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LAYOUTS = [(1920, 1080), (1440, 900), (1024, 768), (390, 844), (320, 640)]
TABS = ["tickets", "cards", "codes", "staff"]


def print_slip(stage: Rehearsal) -> None:
    stage.sides[ENTRANCE].paper.print_picture(draw.draw_slip(examples.READER, 576, "uk"))


@pytest.mark.parametrize("language,scheme,tabs", [("uk", "light", TABS), ("en", "dark", TABS[:1])])
def test_axe_finds_nothing(
    stage: Rehearsal, bench: Page, language: str, scheme: str, tabs: list[str]
) -> None:
    print_slip(stage)
    stage.stage.stations[EXIT].wire.cut()
    stage.stage.stations[EXIT].printer.do("set", paper="out")
    bench.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    bench.goto(f"{bench.url}?lang={language}")
    expect(bench.locator("#chosen-number")).to_have_text(examples.READER.number)
    for tab in tabs:
        bench.click(f"#tab-{tab}")
        found = Axe().run(bench, options=RULES)
        assert found.violations_count == 0, f"{tab}\n{found.generate_report()}"


def test_nothing_is_wider_than_its_window(stage: Rehearsal, bench: Page) -> None:
    print_slip(stage)
    expect(bench.locator("#chosen")).to_be_visible()
    for width, height in LAYOUTS:
        bench.set_viewport_size({"width": width, "height": height})
        for tab in TABS:
            bench.click(f"#tab-{tab}")
            wider = bench.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, (width, tab)


def test_a_ticket_is_found_by_its_state_and_shown_to_the_camera(
    stage: Rehearsal, bench: Page
) -> None:
    bench.select_option("#state", "banned_and_expired")
    row = bench.locator("#tickets > li:visible")
    expect(row).to_have_count(1)
    row.get_by_role("button", name="Вхід").click()
    expect(bench.locator('[data-drop="K1"] img')).to_be_visible()
    assert stage.sides[ENTRANCE].camera.state()["holding"]


def test_tickets_are_found_by_a_part_of_the_name_with_any_apostrophe(
    stage: Rehearsal, bench: Page
) -> None:
    with_one = next(ticket for ticket in stage.stage.tickets if "’" in ticket.name)
    bench.fill("#find", with_one.name.replace("’", "'").upper())
    expect(bench.locator("#tickets > li:visible")).to_contain_text(with_one.name)
    bench.fill("#find", "Ніхто такий")
    expect(bench.locator("#none")).to_be_visible()


def test_keys_alone_lay_a_card(stage: Rehearsal, bench: Page) -> None:
    bench.focus("#tab-tickets")
    bench.keyboard.press("ArrowRight")
    expect(bench.locator("#tab-cards")).to_be_focused()
    bench.keyboard.press("Tab")
    bench.keyboard.press("Enter")
    expect(bench.locator(f'.wing[data-station="{ENTRANCE}"] [data-pad]')).to_have_class(
        re.compile("has-card")
    )
    assert stage.sides[ENTRANCE].cards.state()["uid"] == stage.stage.cards[0].uid


def test_a_new_slip_lies_on_the_table_and_is_shown_at_the_exit(
    stage: Rehearsal, bench: Page
) -> None:
    expect(bench.locator("#table-empty")).to_be_visible()
    print_slip(stage)
    expect(bench.locator("#chosen-number")).to_have_text(examples.READER.number)
    bench.get_by_role("button", name="Показати на виході").click()
    expect(bench.locator('[data-drop="E1"] img')).to_be_visible()
    assert stage.sides[EXIT].camera.state()["holding"]


def test_the_number_of_a_slip_is_copied_for_the_console(stage: Rehearsal, bench: Page) -> None:
    print_slip(stage)
    bench.click("#copy-number")
    expect(bench.locator("#toast")).to_contain_text(examples.READER.number)
    assert bench.evaluate("navigator.clipboard.readText()") == examples.READER.number


def test_a_slip_can_be_looked_at_in_its_real_size(stage: Rehearsal, bench: Page) -> None:
    print_slip(stage)
    bench.click("#real")
    expect(bench.locator("#chosen-picture")).to_be_visible()
    box = bench.locator("#chosen-picture").bounding_box()
    assert box is not None
    assert box["width"] == pytest.approx(80 / 25.4 * 96, abs=1)


def test_a_fault_is_set_shown_and_repaired(stage: Rehearsal, bench: Page) -> None:
    bench.select_option("#E1-printer-paper", "out")
    row = bench.locator('.devices-out [data-switch="printer-paper"]')
    expect(row).to_have_class(re.compile("is-wrong"))
    assert stage.sides[EXIT].printer.mechanism.faults.paper == "out"
    bench.locator(".devices-out [data-repair]").click()
    expect(row).not_to_have_class(re.compile("is-wrong"))
    expect(bench.locator("#E1-printer-paper")).to_have_value("ok")


def test_a_fault_that_came_by_itself_is_shown_too(stage: Rehearsal, bench: Page) -> None:
    stage.stage.stations[ENTRANCE].camera.do("set", trouble="black")
    expect(bench.locator("#K1-camera-trouble")).to_have_value("black")
    expect(bench.locator('[data-drop="K1"]')).to_contain_text("Чорний кадр")


def test_the_turnstile_says_no_and_then_lets_through(stage: Rehearsal, bench: Page) -> None:
    lane = stage.sides[ENTRANCE].lane
    walk = bench.locator(f'.wing[data-station="{ENTRANCE}"] [data-walk]')
    walk.click()
    expect(bench.locator("#toast")).to_have_text("Турнікет не пускає")
    lane.open_once(Direction.IN)
    expect(bench.locator(".wing-in [data-lane-words]")).to_have_text("Вхід відчинено")
    walk.click()
    expect(bench.locator(".wing-in [data-lane-words]")).to_have_text("Людина пройшла")


def test_the_cable_is_cut_and_mended(stage: Rehearsal, bench: Page) -> None:
    button = bench.locator(f'.cable[data-station="{EXIT}"] button')
    button.click()
    expect(button).to_contain_text("З’єднати кабель")
    assert stage.stage.stations[EXIT].wire.is_cut
    button.click()
    expect(button).to_contain_text("Розрізати кабель")


def test_the_small_screen_follows_the_station_and_can_be_pressed(
    stage: Rehearsal, bench: Page
) -> None:
    side = stage.sides[ENTRANCE]
    small = bench.frame_locator('iframe[src="/screen/K1"]')
    expect(small.locator("h1")).to_have_text("Покажіть квиток")
    small.locator('[data-action="help"]').click()
    assert wait_until(lambda: bool(side.pressed), 5)
    side.screen.show(NotReady())
    expect(small.locator(".screen")).to_have_attribute("data-name", "not_ready")


def test_a_file_that_is_dropped_on_a_camera_is_held(stage: Rehearsal, bench: Page) -> None:
    bench.evaluate(
        """async () => {
          const canvas = new OffscreenCanvas(40, 40);
          canvas.getContext("2d").fillRect(0, 0, 40, 40);
          const carried = new DataTransfer();
          carried.items.add(new File([await canvas.convertToBlob()], "ticket.png"));
          const eye = document.querySelector('[data-drop="E1"]');
          eye.dispatchEvent(new DragEvent("drop", { dataTransfer: carried, bubbles: true }));
        }"""
    )
    expect(bench.locator('[data-drop="E1"] img')).to_be_visible()
    assert stage.sides[EXIT].camera.state()["holding"]


def test_a_file_that_is_no_picture_is_refused_in_words(bench: Page) -> None:
    bench.click("#tab-codes")
    file = {"name": "a.png", "mimeType": "image/png", "buffer": b"no picture"}
    bench.set_input_files('[data-upload="K1"]', file)  # type: ignore[arg-type]
    expect(bench.locator("#toast")).to_have_text("Це не зображення")
