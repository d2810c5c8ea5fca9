"""Every page of the console, as every role: it opens, it is in no way broken, axe finds nothing.

A new route is visited by itself; what is no page on this library's day stands in one list.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.facts import Emergency
from server.console.roles import ROLES, may
from server.database import Database
from server.models import Base, EmergencyOrigin, Hall, Role, Staff
from server.services import emergencies
from tests.server.admin import full_day
from tests.server.console.desk import Desk, enter
from tests.server.console.library import NOON, PASSWORD, Library
from tests.server.console.test_browser import RULES
from tests.server.console.test_roles import addresses
from tests.support.axe import violations
from tests.support.wedge import scan

NOT_TODAY = {
    "console.slip_file", "console.slip_picture", "console.stub_paper", "console.stub_picture",
    "console.ticket_card", "console.ticket_picture", "console.ticket_sheet",
    "console.library_system_frames", "console.season_letter", "console.season_letters",
}  # fmt: skip
"""This reader is inside and registered, the server has no keys, and keeps its loans itself."""
WIDTHS = (1280, 640, 320)
"""A desk's screen, the same at a zoom of 200 %, and the narrowest (WCAG 1.4.10)."""
_OUTSIDE = """() => [...document.querySelectorAll('main :is(a, button, input, select, summary)')]
  .filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && !one.closest('.table-frame, .unseen')
      && (box.right > innerWidth + 1 || box.left < -1);
  }).map((one) => one.outerHTML.slice(0, 90))"""
_TWICE = """() => [...document.querySelectorAll('[id]')].map((one) => one.id)
  .filter((id, at, all) => all.indexOf(id) !== at)"""
"""A label of the second would name the first; axe looks at some of them alone."""
CONTRAST = {"runOnly": ["color-contrast"]}
"""All that the dark changes: everything else was looked at by day."""
_SECRET = re.compile(r'value="[\w.-]{40,}"|data-clock="[^"]*"')


@pytest.fixture
def library(library: Library) -> Library:
    full_day.fill(library)
    return library


def pages(app: Flask, library: Library) -> Iterator[tuple[str, str]]:
    """Endpoint and address of everything that is asked for by GET, and the states it may be in."""
    for endpoint in sorted(ROLES):
        for method, path in addresses(app, library, endpoint):
            if method == "GET":
                yield endpoint, path
    visits = (library.clean_visit, library.event_visit, full_day.AWAY)
    for visit in visits:
        yield "console.visit", f"/visits/{visit}"
        yield "console.exit_check", f"/exit/{visit}"
    for patron in (library.clean_reader, library.banned, library.nasty):
        yield "console.patron", f"/patrons/{patron}"
    yield "console.stub_paper", f"/visits/{full_day.AWAY}/stub"
    yield "console.bans", "/bans?all=1"
    yield "console.departments", "/departments?q=нічого"
    yield "console.inbox", "/inbox?kind=conflict"


@pytest.mark.threat(14)
@pytest.mark.parametrize("role", Role)
def test_every_page_of_a_role_opens(
    app: Flask, library: Library, desk_of: Callable[[Role], Desk], role: Role
) -> None:
    client = desk_of(role).client
    for endpoint, path in pages(app, library):
        if not may(role, endpoint):
            continue
        answer = client.get(path, buffered=True)
        good = {200, 302, 303} | ({404} if endpoint in NOT_TODAY else set())
        assert answer.status_code in good, f"{role}: {path}\n{answer.text[:2000]}"


def contents(app: Flask, library: Library, desk: Desk, role: Role) -> dict[str, str]:
    """What each page of a role shows beside the rail, by its address."""
    found = {}
    for endpoint, path in pages(app, library):
        if may(role, endpoint):
            answer = desk.client.get(path, buffered=True)
            if answer.status_code == 200 and answer.mimetype == "text/html":
                _, is_page, main = answer.text.partition("<main")
                if is_page:
                    found[path] = _SECRET.sub("", main)
    return found


def beside_an_administrator_s(
    app: Flask, library: Library, desk_of: Callable[[Role], Desk], role: Role
) -> tuple[dict[str, str], dict[str, str]]:
    """What a role is shown, and what an administrator is, who is compared with nobody."""
    shown = contents(app, library, desk_of(role), role)
    if role is Role.ADMIN:
        return shown, {}
    return shown, contents(app, library, desk_of(Role.ADMIN), Role.ADMIN)


@pytest.mark.parametrize("role", Role)
def test_axe_finds_nothing_on_any_page_by_day(
    page: Page, app: Flask, library: Library, desk_of: Callable[[Role], Desk], address: str,
    role: Role,
) -> None:  # fmt: skip
    """An administrator's pages, and what an administrator has no page of."""
    shown, known = beside_an_administrator_s(app, library, desk_of, role)
    enter(page, address, role)
    of_their_own = [path for path in shown if path not in known]
    found = {path: by_day(page, address + path) for path in ["/", *of_their_own]}
    assert {path: faults for path, faults in found.items() if faults} == {}


@pytest.mark.thorough
@pytest.mark.parametrize("role", Role)
def test_axe_finds_nothing_on_any_page_of_any_role_by_day_and_night(
    page: Page, app: Flask, library: Library, desk_of: Callable[[Role], Desk], address: str,
    role: Role,
) -> None:  # fmt: skip
    """Where another role sees what an administrator sees, its first page stands for the rest."""
    shown, known = beside_an_administrator_s(app, library, desk_of, role)
    otherwise = [path for path, main in shown.items() if known.get(path) != main]
    enter(page, address, role)
    found = {path: look(page, address + path) for path in ["/", *otherwise]}
    assert {path: faults for path, faults in found.items() if faults} == {}


def look(page: Page, address: str = "") -> list[tuple[str, str]]:
    """What is wrong with a page by day and narrow, by night and wide, and cut off at any width."""
    faults = by_day(page, address)
    page.set_viewport_size({"width": WIDTHS[0], "height": 800})
    page.emulate_media(color_scheme="dark")
    return faults + [("in the dark: " + rule, place) for rule, place in violations(page, CONTRAST)]


def by_day(page: Page, address: str = "") -> list[tuple[str, str]]:
    """What is wrong with a page at its narrowest, and cut off at any width."""
    page.emulate_media(color_scheme="light", reduced_motion="reduce")
    page.set_viewport_size({"width": WIDTHS[-1], "height": 800})
    if address:
        page.goto(address)
    faults = violations(page, RULES)
    faults += [("two of one id", id_) for id_ in page.evaluate(_TWICE)]
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
        faults += [("wider", f"{wider} px at {width}")] if wider > 0 else []
        faults += [(f"cut off at {width}", place) for place in page.evaluate(_OUTSIDE)]
    return faults


def test_axe_finds_nothing_before_and_behind_the_door(
    page: Page, address: str, library: Library
) -> None:
    """What no address alone leads to: signing in, what is shown once, answers to an act."""
    assert look(page, f"{address}/sign-in") == []
    page.fill("#login", Role.ADMIN.value)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url("**/second-factor")
    assert look(page) == []
    page.context.clear_cookies()
    enter(page, address, Role.ADMIN)
    assert look(page, f"{address}/nowhere") == []
    page.goto(f"{address}/stations")
    page.get_by_label("Код, два знаки").fill("Z9")
    page.get_by_role("button", name="Додати й отримати код").click()
    assert look(page) == []
    page.goto(f"{address}/staff/new")
    page.get_by_role("button", name="Створити").click()
    page.fill("#login", "о ко")
    page.fill("#name", "Оксана")
    page.get_by_role("button", name="Створити").click()
    assert look(page) == [], "a form that was filled in wrong"
    page.fill("#login", "o.kovalenko")
    page.get_by_role("button", name="Створити").click()
    expect(page.locator(".shown-once").first).to_be_visible()
    assert look(page) == []


def test_axe_finds_nothing_in_the_middle_of_work(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.SERVICE_CENTRE)
    page.fill("#scan", "о")
    page.keyboard.press("Enter")
    assert look(page) == [], "several were found"
    page.fill("#scan", "такого немає")
    page.keyboard.press("Enter")
    assert look(page) == [], "nobody was found"
    page.goto(f"{address}/desk")
    page.get_by_role("button", name="Універсальна читальна зала").click()
    scan(page, library.clean_slip)
    scan(page, "482000000")
    expect(page.locator(".act-last strong")).to_have_text("Видано")
    assert look(page) == []
    scan(page, library.event_slip)
    page.get_by_text("Чому так вирішено").click()
    assert look(page) == [], "a refusal, opened"
    page.goto(f"{address}/visits/{library.visit}/lost")
    page.fill("#reason", "Загубила")
    page.get_by_role("button", name="Випустити").click()
    assert look(page) == [], "a decision told by a notice"


@pytest.mark.parametrize("kind", [Emergency.FIRE, Emergency.AIR_RAID])
def test_axe_finds_nothing_in_danger(
    page: Page, address: str, library: Library, kind: Emergency
) -> None:
    emergencies.raise_alarm(
        library.database,
        kind,
        origin=EmergencyOrigin.CONSOLE,
        at=NOON,
        entropy=os.urandom,
        staff_id=1,
    )
    enter(page, address, Role.SERVICE_CENTRE)
    assert [look(page, address + path) for path in ("/emergency", "/inside")] == [[], []]


@pytest.mark.thorough
def test_axe_finds_nothing_on_the_first_day_when_all_is_empty(
    page: Page, app: Flask, library: Library, desk_of: Callable[[Role], Desk], address: str
) -> None:
    desk = desk_of(Role.ADMIN)
    full = contents(app, library, desk, Role.ADMIN)
    empty(library.database)
    shown = contents(app, library, desk, Role.ADMIN)
    page.set_viewport_size({"width": 320, "height": 800})
    enter(page, address, Role.ADMIN)
    found = {}
    for path in (path for path, main in shown.items() if full.get(path) != main):
        page.goto(address + path)
        found[path] = violations(page, RULES)
    assert {path: faults for path, faults in found.items() if faults} == {}


def empty(database: Database) -> None:
    """Nothing but those who work here."""
    kept = {"staff", "staff_session", "setting", "settings_revision"}
    with database.engine.begin() as connection:
        connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
        for table in reversed(Base.metadata.sorted_tables):
            if table.name not in kept:
                connection.execute(table.delete())


def test_what_is_no_page_today_is_still_a_route() -> None:
    assert set(ROLES) >= NOT_TODAY


def test_the_rows_that_give_pages_exist(library: Library) -> None:
    with library.database.reading() as session:
        assert session.get(Hall, 1) is not None
        assert session.scalars(select(Staff)).first() is not None
