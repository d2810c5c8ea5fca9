"""A technician through the day: every device and station, and no reader."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from server.models import LaneStatus, Role, Station
from tests.server.console.desk import enter
from tests.server.console.library import NOON, Library
from tests.server.days.walking import go

TOLD = [
    {"device": "printer", "state": "failed", "detail": "paper_out"},
    {"device": "camera", "state": "works", "detail": "fine"},
]


@pytest.fixture
def technician(page: Page, address: str, library: Library) -> Page:
    """A station that ran out of paper, with a lane of its own."""
    with library.database.writing() as session:
        station = session.get_one(Station, "K1")
        station.last_seen_at, station.token_hash = NOON, "0" * 64
        station.last_health = {"devices": TOLD, "version": "0.1.0", "queue_length": 7}
        session.add(LaneStatus(station_code="K1", phase="locked", changed_at=NOON))
    enter(page, address, Role.TECHNICIAN)
    return page


@pytest.mark.fault(1)
def test_the_round_of_the_morning_finds_what_is_broken_and_what_to_do(
    technician: Page, address: str, library: Library
) -> None:
    go(technician, "Станції")
    station = technician.locator(".entries > li").first
    expect(station).to_contain_text("Папір закінчився.")
    expect(station).to_contain_text("Вставте новий рулон.")
    expect(station).to_contain_text("у черзі 7")
    technician.clock.install()
    technician.reload()
    with library.database.writing() as session:
        row = session.get_one(Station, "K1")
        row.last_health = {"devices": [{**TOLD[0], "state": "works", "detail": ""}]}
    technician.clock.fast_forward(5000)
    expect(station).not_to_contain_text("Вставте новий рулон.")
    go(technician, "Турнікети")
    expect(technician.locator(".gate-lane")).to_contain_text("K1")
    expect(technician.get_by_role("button", name="Впустити одного")).to_have_count(0)
    go(technician, "Бібліотечна система")
    expect(technician.locator("main")).to_contain_text("Видачі ведемо тут")


def test_the_look_is_seen_by_day_and_night_and_help_by_a_key(
    technician: Page, address: str
) -> None:
    go(technician, "Вигляд")
    paper = "getComputedStyle(document.documentElement).backgroundColor"
    by_day = technician.evaluate(paper)
    technician.emulate_media(color_scheme="dark")
    assert technician.evaluate(paper) != by_day
    technician.locator("h1").click()
    technician.keyboard.press("?")
    technician.wait_for_url("**/help")


@pytest.mark.threat(14)
def test_a_technician_lets_no_station_in_and_sees_no_reader(
    technician: Page, address: str, library: Library
) -> None:
    technician.goto(f"{address}/stations")
    expect(technician.get_by_text("Нова станція")).to_have_count(0)
    expect(technician.locator("[data-scan]")).to_have_count(0)
    for path in (f"/patrons/{library.reader}", "/inside", "/audit", "/staff", "/exit", "/inbox"):
        technician.goto(address + path)
        expect(technician.locator(".error-number")).to_have_text("403")
