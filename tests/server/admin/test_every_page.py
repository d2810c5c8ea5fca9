"""Every page of the console, as every role: it opens, it is in no way broken, axe finds nothing.

A new route is visited by itself; what is no page on this library's day stands in one list.
"""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from playwright.sync_api import Page
from sqlalchemy import select

from gate.events import Topic
from server.console.roles import ROLES, may
from server.models import (
    Branch,
    Equipment,
    EResource,
    EventSignup,
    GoverningDocument,
    Hall,
    Mention,
    Organisation,
    PaidService,
    Partner,
    Permit,
    PermitKind,
    Role,
    ViolationCode,
    Workplace,
)
from server.services import shifts
from tests.server.console.desk import Desk, enter
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.console.test_roles import addresses
from tests.support.axe import violations

TODAY = NOON.date()
NOT_TODAY = {
    "console.alarm_photo", "console.emergency_report", "console.request_paper",
    "console.enrolment", "console.import_faults", "console.import_run", "console.patron_photo",
    "console.slip_file", "console.slip_picture", "console.stub_paper", "console.stub_picture",
    "console.ticket_card", "console.ticket_picture", "console.ticket_sheet",
    "console.library_system_frames", "console.season_letter", "console.season_letters",
}  # fmt: skip
"""Nobody of the library's day is being enrolled, away, photographed, in danger, or on a list; and
the library keeps its loans itself."""


@pytest.fixture
def library(library: Library) -> Library:
    """With a row in each administered table, so that each has a page of its own."""
    with library.database.writing() as session:
        session.add_all(
            [
                Hall(name="Мала зала", capacity=40, floor="2", is_shelter=True),
                PaidService(name="Копія", price=350, unit="сторінка", approved_on=TODAY),
                ViolationCode(code="1", name="їзда на самокаті"),
                Branch(code="1", name="Філія на Сихові"),
                Organisation(name="Школа"),
                EResource(name="Дія", topic=Topic.STATE, address="https://diia.example.org"),
                Workplace(name="ПК 1"),
                Equipment(inventory_number="101", name="Сканер"),
                Partner(name="ЦНАП", since=TODAY),
                Mention(title="Новий центр", medium="Вісті", on_day=TODAY),
                GoverningDocument(title="Положення", approved_on=TODAY, in_force_from=TODAY),
                Permit(kind=PermitKind.PRESS, holder="Суспільне", subject="Сюжет", first=TODAY,
                       last=TODAY),
                EventSignup(event_id="reading", patron_id=library.reader, at=NOON, persons=1),
                EventSignup(event_id="reading", name="Ігор Гість", at=NOON, persons=2),
            ]
        )  # fmt: skip
    shifts.open_shift(library.database, "Марія Бондар", {}, staff_id=1, at=NOON)
    shifts.close_shift(library.database, {}, told=shifts.Told(), staff_id=1, at=NOON)
    return library


def pages(app: Flask, library: Library) -> Iterator[tuple[str, str]]:
    """Endpoint and address of everything that is asked for by GET."""
    for endpoint in sorted(ROLES):
        for method, path in addresses(app, library, endpoint):
            if method == "GET":
                yield endpoint, path


@pytest.mark.threat(14)
@pytest.mark.parametrize("role", Role)
def test_every_page_of_a_role_opens(
    app: Flask, library: Library, desk_of: Callable[[Role], Desk], role: Role
) -> None:
    client = desk_of(role).client
    for endpoint, path in pages(app, library):
        if not may(role, endpoint):
            continue
        answer = client.get(path)
        good = {200, 302, 303} | ({404} if endpoint in NOT_TODAY else set())
        assert answer.status_code in good, f"{role}: {path}\n{answer.text[:2000]}"


WIDTHS = (1280, 640, 320)
"""A desk's screen, the same at a zoom of 200 %, and the narrowest (WCAG 1.4.10)."""
_OUTSIDE = """() => [...document.querySelectorAll('main :is(a, button, input, select, summary)')]
  .filter((one) => {
    const box = one.getBoundingClientRect();
    return box.width > 1 && !one.closest('.table-frame, .unseen')
      && (box.right > innerWidth + 1 || box.left < -1);
  }).map((one) => one.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width, theme", [(320, "light"), (1280, "dark")])
def test_axe_finds_nothing_on_any_page_of_any_role(
    page: Page, app: Flask, library: Library, desk_of: Callable[[Role], Desk], address: str,
    width: int, theme: str,
) -> None:  # fmt: skip
    """Half of the pages by day and narrow, half by night and wide; at no width is any cut off."""
    client = desk_of(Role.ADMIN).client
    shown = [path for _, path in pages(app, library) if is_page(client.get(path))]
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    enter(page, address, Role.ADMIN)
    found = {}
    for path in shown[theme == "dark" :: 2]:
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(address + path)
        faults = violations(page, RULES)
        for each in WIDTHS:
            page.set_viewport_size({"width": each, "height": 800})
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            faults += [("wider", f"{wider} px at {each}")] if wider > 0 else []
            faults += [(f"cut off at {each}", place) for place in page.evaluate(_OUTSIDE)]
        if faults:
            found[path] = faults
    assert found == {}


def is_page(answer: object) -> bool:
    return getattr(answer, "status_code", 0) == 200 and "html" in getattr(answer, "mimetype", "")


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.ADMIN])
def test_axe_finds_nothing_where_a_role_begins(page: Page, address: str, role: Role) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    enter(page, address, role)
    page.wait_for_selector("main")
    assert violations(page, RULES) == []


def test_what_is_no_page_today_is_still_a_route() -> None:
    assert set(ROLES) >= NOT_TODAY


def test_the_rows_that_give_pages_exist(library: Library) -> None:
    with library.database.reading() as session:
        assert session.scalars(select(Hall)).one().id == 1
