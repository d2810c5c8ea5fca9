"""Requests from a kiosk: found by number or words, asked for once, seen by the department."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.events import (
    Availability,
    DocumentsQuery,
    OrderAnswer,
    OrderOutcome,
    OrderQuery,
    uuid7,
)
from gate.facts import CredentialKind, LoanPlace
from server.models import Document, Hold, HoldState, Request, RequestState, Role, Visit
from server.services import lending, requests, self_requests
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

EVENING = NOON + timedelta(hours=6, minutes=45)
"""A quarter to seven, where the house closes at seven."""


def find(library: Library, text: str) -> list[str]:
    answer = self_requests.find(library.database, DocumentsQuery(text=text))
    return sorted(one.title for one in answer.found)


def document_id(library: Library, title: str = "Тіні забутих предків") -> int:
    with library.database.reading() as session:
        return session.scalars(select(Document.id).where(Document.title == title)).one()


def ask(
    library: Library, title: str = "Тіні забутих предків", *, slip: str = "",
    wish: UUID | None = None, minutes: int = 0,
) -> OrderAnswer:  # fmt: skip
    at = NOON + timedelta(minutes=minutes)
    query = OrderQuery(
        id=wish or uuid7(NOON, chance(10)), document_id=document_id(library, title),
        credential=CredentialKind.SLIP_CODE, value=slip or library.clean_slip,
    )  # fmt: skip
    return self_requests.ask(library.database, query, station="K1", at=at)


@pytest.mark.clause("R3.2.1")
@pytest.mark.parametrize(
    "typed", ["4410", "тіні предків", "ТІНІ", "коцюбинський", "Тини", "предк коцюб"]
)
def test_a_document_is_found_by_number_or_by_words_however_written(
    desk: Library, typed: str
) -> None:
    assert find(desk, typed) == ["Тіні забутих предків"]


@pytest.mark.parametrize("typed", ["щось інше", "%", "44", "' OR 1=1 --"])
def test_nothing_is_found_where_nothing_is(desk: Library, typed: str) -> None:
    assert find(desk, typed) == []


def test_a_title_that_was_changed_is_found_by_the_new_one(desk: Library) -> None:
    with desk.database.writing() as session:
        session.get_one(Document, document_id(desk)).title = "Fata morgana"
    assert find(desk, "тіні") == []
    assert find(desk, "морг") == []
    assert find(desk, "fata") == ["Fata morgana"]


def test_what_is_out_or_held_says_so(desk: Library) -> None:
    with desk.database.writing() as session:
        session.add(
            Hold(document_id=document_id(desk, "Енеїда"), patron_id=desk.reader,
                 state=HoldState.ON_SHELF, placed_at=NOON)
        )  # fmt: skip
    answers = [
        self_requests.find(desk.database, DocumentsQuery(text=typed)).found[0].availability
        for typed in ("тіні", "місто", "енеїда")
    ]
    assert answers == [Availability.FREE, Availability.OUT, Availability.HELD]


@pytest.mark.clause("R3.2.1")
def test_a_reader_inside_asks_and_the_department_sees_it(desk: Library) -> None:
    answer = ask(desk)
    assert (answer.outcome, answer.reader, answer.ticket) == (
        OrderOutcome.ASKED, "Їжак Ґ.", "RD-1002",
    )  # fmt: skip
    with desk.database.reading() as session:
        (request,) = requests.waiting(session, "2")
    assert (request.id, request.title, request.station_code) == (
        answer.number, "Тіні забутих предків", "K1",
    )  # fmt: skip
    (record,) = audited(desk, "request_asked")
    assert record.actor == "station:K1"


def test_what_is_sent_twice_is_asked_once(desk: Library) -> None:
    wish = uuid7(NOON, chance(10))
    first, second = ask(desk, wish=wish), ask(desk, wish=wish)
    assert first == second
    with desk.database.reading() as session:
        assert len(session.scalars(select(Request)).all()) == 1


def test_the_same_document_is_asked_for_by_one_reader_once(desk: Library) -> None:
    ask(desk)
    assert ask(desk).outcome is OrderOutcome.ALREADY
    assert ask(desk, slip=desk.slip).outcome is OrderOutcome.TAKEN


@pytest.mark.clause("R3.1.1")
def test_without_an_open_visit_nothing_is_asked(desk: Library) -> None:
    with desk.database.writing() as session:
        session.get_one(Visit, desk.clean_visit).closed_at = NOON
    assert ask(desk).outcome is OrderOutcome.NOT_INSIDE
    assert ask(desk, slip="K1-000000-AAAA-0").outcome is OrderOutcome.NOT_INSIDE


@pytest.mark.clause("R2.4")
def test_a_visitor_of_an_event_asks_for_nothing(desk: Library) -> None:
    assert ask(desk, slip=desk.event_slip).outcome is OrderOutcome.DESK


@pytest.mark.clause("R3.2.7")
@pytest.mark.scenario("S08")
def test_the_stack_stops_before_closing(desk: Library) -> None:
    assert ask(desk, minutes=(EVENING - NOON).seconds // 60).outcome is OrderOutcome.TOO_LATE


def test_what_is_out_is_asked_for_by_nobody(desk: Library) -> None:
    assert ask(desk, "Місто").outcome is OrderOutcome.TAKEN


@pytest.mark.clause("R3.2.1")
def test_the_department_fetches_what_was_asked_for_at_the_kiosk(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    answer = ask(library)
    department = desk_of(Role.DEPARTMENT)
    page = department.get("/requests")
    assert "Тіні забутих предків" in page
    assert "термінал" in page
    department.post(f"/requests/{answer.number}", state="fetched")
    assert "на кафедрі" in department.get("/requests")


@pytest.mark.clause("R3.2.1")
def test_what_the_reader_got_is_asked_for_no_more(desk: Library) -> None:
    ask(desk)
    worker = lending.Desk(department="2", staff_id=staff_id(desk, Role.DEPARTMENT))
    issued = lending.issue(
        desk.database, desk.clean_visit, "4410", LoanPlace.READING_ROOM, desk=worker, at=NOON
    )
    assert issued.loan_id is not None
    with desk.database.reading() as session:
        assert requests.waiting(session) == []
        assert session.scalars(select(Request)).one().state is RequestState.DONE
