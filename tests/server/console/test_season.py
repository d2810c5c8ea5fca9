"""The season of re-registration at the desk: who waits, who is here now, what is to be shown."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from gate.facts import TicketKind, TicketState
from server.models import Role, Ticket
from server.services import season
from server.services.season import Among, Wish
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES
from tests.server.console.test_reader_papers import opened

JANUARY = NOON + timedelta(days=45)
GALAGAN, KOVALENKO = "Ґалаґан Їжак", "Коваленко Олена Петрівна"


def names(library: Library, **wish: object) -> list[str]:
    with library.database.reading() as session:
        rows, _ = season.page(session, 2026, Wish(**wish))  # type: ignore[arg-type]
        return [row.name for row in rows if "<" not in row.name]


def change(library: Library, number: str, **values: object) -> None:
    with library.database.writing() as session:
        ticket = session.query(Ticket).filter_by(number=number).one()
        for name, value in values.items():
            setattr(ticket, name, value)


@pytest.mark.clause("R2.6")
def test_from_january_on_every_permanent_ticket_waits(library: Library) -> None:
    assert names(library) == [GALAGAN, KOVALENKO, "Шевчук Данило Андрійович"]
    with library.database.reading() as session:
        assert season.page(session, 2025, Wish())[0] == []


@pytest.mark.clause("R2.6")
@pytest.mark.parametrize(
    "values",
    [{"registered_for": 2026}, {"state": TicketState.LOST}, {"kind": TicketKind.ONE_TIME}],
)
def test_registered_dead_and_day_tickets_do_not_wait(
    library: Library, values: dict[str, object]
) -> None:
    change(library, "RD-1002", **values)
    assert GALAGAN not in names(library)


@pytest.mark.clause("R2.6")
def test_the_list_narrows_to_those_inside_and_to_those_with_documents(library: Library) -> None:
    assert names(library, among=Among.INSIDE) == [GALAGAN, KOVALENKO]
    assert names(library, among=Among.LOANS) == [KOVALENKO]
    with library.database.reading() as session:
        (row,) = season.page(session, 2026, Wish(among=Among.LOANS))[0]
    assert row.loans == 3


def test_a_part_of_the_name_is_enough_however_it_is_written(library: Library) -> None:
    assert names(library, name="галаган") == [GALAGAN]
    assert names(library, name="100%_") == []


def test_the_list_is_read_page_by_page_without_gaps(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(season, "PAGE", 1)
    found, after = [], ""
    with library.database.reading() as session:
        while True:
            rows, after = season.page(session, 2026, Wish(after=after))
            found += [row.number for row in rows]
            if not after:
                break
        everybody = list(season.everybody(session, 2026, Wish()))
    assert found == [row.number for row in everybody]
    assert len(found) == 4


@pytest.mark.clause("R2.6")
def test_progress_counts_what_is_done_and_what_is_left(library: Library) -> None:
    change(library, "RD-1002", registered_for=2026)
    with library.database.reading() as session:
        counted = season.progress(session, 2026)
    assert (counted.waiting, counted.registered, counted.inside, counted.percent) == (3, 1, 1, 25)


@pytest.mark.clause("R2.6")
def test_the_page_leads_from_the_list_to_the_desk_s_checklist(
    desk_of: Callable[[Role], Desk], clock: Clock, library: Library
) -> None:
    clock.at = JANUARY
    centre = desk_of(Role.SERVICE_CENTRE)
    page = centre.get("/registration?among=loans")
    assert "Перереєстрація на 2026 рік" in page
    assert KOVALENKO in page
    assert GALAGAN not in page
    assert f"/patrons/{library.reader}/ticket#register" in page
    assert "позначте показані" in centre.get(f"/patrons/{library.reader}/ticket")


@pytest.mark.threat(13)
def test_the_file_holds_the_list_and_no_formula(
    desk_of: Callable[[Role], Desk], clock: Clock, library: Library
) -> None:
    clock.at = JANUARY
    centre = desk_of(Role.SERVICE_CENTRE)
    text = centre.client.get("/registration?format=csv").data.decode("utf-8-sig")
    assert text.splitlines()[0] == "Читач;Квиток;Зареєстровано на;На руках;Телефон"
    assert "Коваленко Олена Петрівна;RD-1001;2025;3;'+380 50 123 45 60" in text


def test_axe_finds_nothing_in_the_season(console: Page, address: str, library: Library) -> None:
    for number in ("RD-1001", "RD-1002", "RD-1003"):
        change(library, number, registered_for=2024)
    for path in ("/registration", "/registration?among=inside&q=нікого", "/payments"):
        console.goto(address + path)
        found = Axe().run(console, options=RULES)
        assert found.violations_count == 0, f"{path}\n{found.generate_report()}"
        console.set_viewport_size({"width": 320, "height": 640})
        assert console.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
        console.set_viewport_size({"width": 1280, "height": 900})


@pytest.mark.clause("R2.6")
def test_a_reminder_names_what_to_bring_and_every_document_on_loan(library: Library) -> None:
    with library.database.reading() as session:
        (letter,), _ = season.letters(session, 2026, Wish(), library.reader)
        titles = {loan.document.title for loan in letter.loans}
    assert (letter.row.name, letter.concession) == (KOVALENKO, False)
    assert titles == {"Лісова пісня", "Історія українського мистецтва, том 3", "Місто"}


@pytest.mark.clause("R2.6")
def test_reminders_print_a_sheet_for_each_reader_of_the_list(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    clock.at = JANUARY
    centre = desk_of(Role.SERVICE_CENTRE)
    sheets = {
        "/registration/letters.pdf": 4,
        "/registration/letters.pdf?among=loans": 1,
        f"/patrons/{library.reader}/registration-letter.pdf": 1,
    }
    for path, count in sheets.items():
        answer = centre.client.get(path)
        assert answer.mimetype == "application/pdf"
        assert len(re.findall(rb"/Type ?/Page\b", opened(answer.data))) == count
    assert "лист" in centre.get("/registration")
    change(library, "RD-1001", registered_for=2026)
    centre.get(f"/patrons/{library.reader}/registration-letter.pdf", 404)
