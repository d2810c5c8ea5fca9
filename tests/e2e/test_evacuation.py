"""A fire from the button in the console to the report, and lanes under the hands of staff."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, ViewportSize, expect

from demo.programs import wait_until
from demo.stage import ENTRANCE, Stage
from tests.e2e.conftest import OpenPage, TicketOf
from tests.e2e.paper import Tray
from tests.e2e.people import SOON_MS, SOON_S, Door, Staff, anybody_can_use
from tests.e2e.test_day import comes_in

PHONE = ViewportSize(width=390, height=844)


@pytest.fixture
def centre(stage: Stage, open_page: OpenPage) -> Iterator[Staff]:
    """The Service Centre, signed in; it leaves peace behind."""
    staff = Staff(open_page(), stage.server)
    staff.sign_in("desk1", stage.password("desk1"))
    yield staff
    staff.page.set_viewport_size({"width": 1280, "height": 800})
    staff.open("/emergency")
    if staff.page.locator(".roll-lead").count():
        all_clear(staff.page)


def button(page: Page, order: str) -> Locator:
    return page.locator(f'button[name="order"][value="{order}"]')


def all_clear(page: Page) -> None:
    page.locator("details", has_text="Відбій").last.locator("summary").click()
    page.get_by_role("button", name="Оголосити відбій").click()


@pytest.mark.fault(31)
def test_news_of_lanes_neither_move_the_focus_nor_lose_a_typed_reason(
    stage: Stage, entrance: Door, centre: Staff
) -> None:
    page, lane = centre.page, stage.stations[ENTRANCE].lane
    centre.open("/lanes")
    reason = page.locator("#reason")
    reason.fill("виносять шафу")
    lane.do("push", direction="in")
    # Tickets that others showed twice wait there too.
    alarms = page.locator(".gate-alarm").filter(has_text="Пройшли силоміць")
    expect(alarms).to_have_count(0)
    expect(alarms).to_have_count(1, timeout=SOON_MS)
    expect(reason).to_be_focused()
    expect(reason).to_have_value("виносять шафу")
    hold = button(page, f"{ENTRANCE} hold")
    hold.focus()
    lane.do("push", direction="in")
    expect(alarms).to_have_count(2, timeout=SOON_MS)
    expect(hold).to_be_focused()
    see = alarms.last.locator("button")
    see.focus()
    lane.do("push", direction="in")
    expect(alarms).to_have_count(3, timeout=SOON_MS)
    expect(alarms.last.locator("button")).to_be_focused()
    anybody_can_use(page)
    expect(reason).to_have_value("виносять шафу")
    hold.click()
    assert wait_until(lambda: lane.state()["bars"] == "open", SOON_S)
    back = button(page, f"{ENTRANCE} reset")
    expect(back).to_be_visible(timeout=SOON_MS)
    expect(page.locator("[data-live=log]")).to_contain_text("виносять шафу")
    back.click()
    assert wait_until(lambda: entrance.is_locked, SOON_S)
    for left in (2, 1, 0):
        alarms.first.locator("button").click()
        expect(alarms).to_have_count(left, timeout=SOON_MS)


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
def test_a_fire_is_raised_ticked_off_on_a_phone_cleared_and_reported(
    stage: Stage, ticket_of: TicketOf, entrance: Door, way_out: Door, centre: Staff, tray: Tray
) -> None:
    slip = comes_in(stage, ticket_of("valid"), entrance, tray)
    centre.finds_inside(slip.number)
    printed = set(stage.slips())
    page = centre.page
    centre.open("/emergency")
    page.get_by_role("button", name="Пожежа: усі виходять").click()
    for door in (entrance, way_out):
        door.sees("evacuation")
        comes_to(door, "free_out")
        anybody_can_use(door.page)
    assert wait_until(lambda: len(set(stage.slips()) - printed) >= 1, SOON_S), "no list on paper"
    assert is_a_list(next(iter(set(stage.slips()) - printed)))
    way_out.show(slip.picture, "evacuation", "paper")

    page.set_viewport_size(PHONE)
    line = page.locator(".roll-line").filter(has_text=slip.number)
    expect(line).to_have_attribute("data-state", "waiting")
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= PHONE["width"]
    line.get_by_role("button", name="Вийшов").click()
    expect(line).to_have_attribute("data-state", "out")
    anybody_can_use(page)

    page.set_viewport_size({"width": 1280, "height": 800})
    all_clear(page)
    expect(page.locator("h1")).to_contain_text("Звіт: Пожежа")
    report = page.locator(".report-roll tr").filter(has_text=slip.number)
    expect(report).to_contain_text("Вийшов")
    anybody_can_use(page)
    for door in (entrance, way_out):
        door.sees("start")
        comes_to(door, "shut")
    entrance.show(slip.picture, "greeting", "paper")
    entrance.walk("in")
    centre.finds_inside(slip.number)


def comes_to(door: Door, bars: str) -> None:
    """The lane does as it was told."""
    lane = door.station.lane
    assert wait_until(lambda: lane.state()["bars"] == bars, SOON_S), f"not {bars}"


def is_a_list(path: Path) -> bool:
    """The list of those inside is a long paper without a code of its own."""
    with Image.open(path) as paper:
        return paper.height > paper.width
