"""Conflicts at the desk: what happened, why, what to do, and how they are settled."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from gate.facts import VisitState
from server.models import Conflict, Ticket, Visit
from server.services import conflicts, station_events
from server.services.conflicts import Act, Settled
from tests.server.centre.town import entry, told
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

MINUTE = timedelta(minutes=1)


def tell(library: Library, *events: dict[str, Any]) -> None:
    station_events.ingest(library.database, "K1", events, at=NOON)


def ticket_of(library: Library, patron: int) -> str:
    with library.database.reading() as session:
        return session.query(Ticket.id).filter(Ticket.patron_id == patron).limit(1).one()[0]


def conflict(library: Library) -> Conflict:
    with library.database.reading() as session:
        return session.query(Conflict).one()


def visit(library: Library, visit_id: UUID | str) -> Visit:
    with library.database.reading() as session:
        return session.get_one(Visit, UUID(str(visit_id)))


def close(library: Library, visit_id: UUID) -> Settled:
    return conflicts.close_visit(
        library.database, conflict(library).id, visit_id, staff_id=staff_id(library), at=NOON
    )


def let_in_twice(library: Library) -> dict[str, Any]:
    """A reader who is inside already was let in by a station without the server."""
    again = entry(
        "K1", at=NOON - MINUTE, ticket_id=ticket_of(library, library.clean_reader), source="copy"
    )
    tell(library, again)
    return again


@pytest.mark.fault(17)
def test_the_visit_too_many_is_closed_and_the_conflict_with_it(desk: Library) -> None:
    again = let_in_twice(desk)
    settled = [close(desk, UUID(again["visit_id"])) for _ in range(2)]
    assert settled == [Settled.DONE, Settled.NOT_POSSIBLE]
    closed = visit(desk, again["visit_id"])
    assert (closed.state, closed.handed_in, closed.close_reason) == (
        VisitState.CLOSED, False, conflicts.NOT_TWO_PEOPLE,
    )  # fmt: skip
    assert visit(desk, desk.clean_visit).state is VisitState.INSIDE
    assert conflict(desk).resolution == conflicts.NOT_TWO_PEOPLE
    assert len(audited(desk, "conflict_settled")) == 1


@pytest.mark.fault(17)
def test_a_visit_with_documents_out_is_not_closed_so_and_others_not_at_all(desk: Library) -> None:
    again = entry("K1", at=NOON - MINUTE, ticket_id=ticket_of(desk, desk.reader), source="copy")
    tell(desk, again)
    assert close(desk, desk.visit) is Settled.DOCUMENTS_OUT
    for strange in (desk.clean_visit, UUID(int=0)):
        assert close(desk, strange) is Settled.NOT_POSSIBLE
    assert visit(desk, desk.visit).closed_at is None


@pytest.mark.fault(17)
def test_the_inbox_shows_both_visits_and_closes_one(library: Library, centre: Desk) -> None:
    again = let_in_twice(library)
    page = centre.get("/inbox")
    assert "одночасно відкрито більше ніж одне відвідування" in page
    assert "сервер був недоступний" in page
    assert page.count("Закрити це") == 2
    for number in (library.clean_slip, again["slip_number"]):
        assert number in page
    page = centre.post("/inbox/visit", key=str(conflict(library).id), visit=again["visit_id"])
    assert "Зайве відвідування закрито" in page
    assert "Закрити це" not in page


@pytest.mark.fault(18)
def test_an_exit_without_entry_says_what_may_explain_it(library: Library, centre: Desk) -> None:
    stranger = "01900000-0000-7000-8000-00000000abcd"
    tell(library, told("K1", "exited", at=NOON - MINUTE, visit_id=stranger))
    page = centre.get("/inbox")
    assert "випустила людину, входу якої немає в записах" in page
    assert "Внести паперові відвідування" in page
    assert "тоді незгода зникне сама" in page


@pytest.mark.fault(18)
def test_an_exit_without_entry_by_a_ticket_names_the_ticket(library: Library, centre: Desk) -> None:
    ticket = ticket_of(library, library.reader)
    out = told(
        "K1", "exit_decided", at=NOON - MINUTE, ticket_id=ticket, verdict="grant",
        reasons=["no_entry"], source="copy", facts_as_of=NOON.isoformat(),
        credential="ticket_code",
    )  # fmt: skip
    tell(library, out)
    with library.database.reading() as session:
        number = session.get_one(Ticket, ticket).number
    assert f"випустила людину з квитком № {number}, входу якої" in centre.get("/inbox")


def test_verdicts_that_differ_are_told_with_their_reasons_and_the_age_of_the_copy(
    library: Library, centre: Desk
) -> None:
    """The station did not know of the ban yet."""
    banned = entry("K1", at=NOON - MINUTE, ticket_id=ticket_of(library, library.banned))
    tell(library, banned | {"facts_as_of": (NOON - 90 * MINUTE).isoformat(), "source": "copy"})
    page = centre.get("/inbox")
    assert "станція K1 вирішила: «" in page
    assert "«Увійти не може»" in page
    assert "Станція знала дані станом на" in page
    assert "Читач може бути ще в бібліотеці" in page
    assert f"/patrons/{library.banned}" in page
    assert banned["slip_number"] in page


def settle(library: Library, act: Act) -> Settled:
    return conflicts.settle(
        library.database, conflict(library).id, act, staff_id=staff_id(library), at=NOON,
        entropy=os.urandom,
    )  # fmt: skip


STRANGER = UUID("01900000-0000-7000-8000-00000000abcd")


@pytest.mark.fault(18)
def test_an_exit_without_entry_is_counted_in_one_step_and_a_late_entry_is_the_same_visit(
    library: Library, centre: Desk
) -> None:
    ticket = ticket_of(library, library.nasty)
    left = told(
        "K1", "exit_decided", at=NOON - MINUTE, visit_id=str(STRANGER), ticket_id=ticket,
        verdict="grant", reasons=["no_entry"], credential="slip_code", source="copy",
        facts_as_of=NOON.isoformat(),
    )  # fmt: skip
    tell(library, left)
    assert "Зарахувати відвідування" in centre.get("/inbox")
    key = str(conflict(library).id)
    page = centre.post("/inbox/conflict", key=key, act="count_visit")
    assert "Незгоду розв’язано" in page
    counted = visit(library, STRANGER)
    assert (counted.ticket_id, counted.closed_at) == (ticket, NOON - MINUTE)
    tell(library, entry("K1", at=NOON - 30 * MINUTE, ticket_id=ticket, visit_id=str(STRANGER)))
    with library.database.reading() as session:
        assert session.query(Visit).filter(Visit.ticket_id == ticket).count() == 1
    assert "Це вже розв’язано" in centre.post("/inbox/conflict", key=key, act="count_visit")


@pytest.mark.fault(18)
def test_who_came_through_an_open_passage_is_not_counted(desk: Library) -> None:
    tell(desk, told("K1", "exited", at=NOON - MINUTE, visit_id=str(STRANGER)))
    assert settle(desk, Act.COUNT_VISIT) is Settled.NOT_POSSIBLE
    assert settle(desk, Act.OPEN_PASSAGE) is Settled.DONE
    assert conflict(desk).resolution == "open_passage"
    with desk.database.reading() as session:
        assert session.get(Visit, STRANGER) is None


def test_whom_a_station_let_in_wrongly_and_who_is_gone_is_closed_in_one_step(
    library: Library, centre: Desk
) -> None:
    banned = entry("K1", at=NOON - MINUTE, ticket_id=ticket_of(library, library.banned))
    tell(library, banned)
    page = centre.get("/inbox")
    assert "Залишити рішення станції" in page
    centre.post("/inbox/conflict", key=str(conflict(library).id), act="close_visit")
    closed = visit(library, banned["visit_id"])
    assert (closed.state, closed.close_reason) == (VisitState.CLOSED, "close_visit")
    assert conflict(library).resolution == "close_visit"
    assert len(audited(library, "conflict_settled")) == 1


def test_what_a_station_decided_may_stay(desk: Library) -> None:
    banned = entry("K1", at=NOON - MINUTE, ticket_id=ticket_of(desk, desk.banned))
    tell(desk, banned)
    assert settle(desk, Act.APOLOGISED) is Settled.NOT_POSSIBLE
    assert settle(desk, Act.STANDS) is Settled.DONE
    assert visit(desk, banned["visit_id"]).closed_at is None


def test_a_signed_code_of_nobody_and_a_number_given_twice_name_their_causes(
    library: Library, centre: Desk
) -> None:
    tell(library, entry("K1", at=NOON - MINUTE, ticket_id="0123456789ab"))
    tell(library, entry("K1", at=NOON - MINUTE, slip_number=library.clean_slip))
    page = centre.get("/inbox")
    assert "ключ підпису треба замінити" in page
    assert "дві машини не можуть працювати з однієї картки" in page
