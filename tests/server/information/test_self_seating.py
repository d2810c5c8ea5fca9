"""Asking for a computer at a kiosk: a place or the queue, by slip or ticket, told anew."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from gate.events import WorkplaceAnswer, WorkplaceOutcome
from gate.facts import CredentialKind
from server.models import AuditRecord, Role, Visit, Workplace, WorkplaceUse
from server.services import self_seating, workplaces
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.information.computers import by, places, show, uses

HALF = timedelta(minutes=30)


def ask(library: Library, value: str, *, minutes: int = 0, **wish: Any) -> WorkplaceAnswer:
    return show(library, value, NOON + timedelta(minutes=minutes), **wish)


def sit(library: Library, place: int, minutes: int = 30) -> None:
    """The other reader sits there."""
    workplaces.start(library.database, place, library.visit, minutes, by(library))


@pytest.mark.clause("C1.5", "C3.1.1")
def test_a_free_computer_is_named_and_kept_by_the_queue(desk: Library) -> None:
    places(desk, "ПК 1", "ПК 2")
    first, second = ask(desk, desk.slip), ask(desk, desk.clean_slip)
    assert (first.outcome, first.place) == (WorkplaceOutcome.FREE, "ПК 1")
    assert (second.outcome, second.place, second.before) == (WorkplaceOutcome.FREE, "ПК 2", 1)
    assert [use.visit_id for use in uses(desk)] == [desk.visit, desk.clean_visit]


def test_asked_again_nobody_waits_twice(desk: Library) -> None:
    places(desk, "ПК 1")
    assert ask(desk, desk.slip) == ask(desk, desk.slip, minutes=1)
    assert len(uses(desk)) == 1


@pytest.mark.clause("C3.1.1")
def test_who_waits_hears_when_a_place_is_about_to_be_free(desk: Library) -> None:
    sit(desk, places(desk, "ПК 1")[0])
    told = ask(desk, desk.clean_slip)
    assert (told.outcome, told.before, told.at) == (WorkplaceOutcome.WAITS, 0, NOON + HALF)
    later = ask(desk, desk.clean_slip, minutes=45)
    assert later.at == NOON + timedelta(minutes=45), "their time is over already"


@pytest.mark.parametrize(
    "before, minutes", [(0, 10), (1, 40), (2, 70), (3, 100), (4, 130)]
)  # fmt: skip
def test_each_takes_the_place_that_is_free_first_and_keeps_it_an_hour(
    before: int, minutes: int
) -> None:
    taken = [WorkplaceUse(ends_at=NOON + timedelta(minutes=left)) for left in (40, 10)]
    room = workplaces.Room([(Workplace(name="ПК"), use) for use in taken], [])
    assert self_seating.expected(room, before, NOON) == NOON + timedelta(minutes=minutes)


def test_who_sits_hears_until_when(desk: Library) -> None:
    sit(desk, places(desk, "ПК 1")[0])
    told = ask(desk, desk.slip)
    assert (told.outcome, told.place, told.at) == (WorkplaceOutcome.SITS, "ПК 1", NOON + HALF)
    assert ask(desk, desk.slip, cancel=True).outcome is WorkplaceOutcome.SITS
    assert uses(desk)[0].ended_at is None, "a session is ended by the desk"


def test_a_ticket_asks_as_well(desk: Library) -> None:
    places(desk, "ПК 1")
    with desk.database.reading() as session:
        ticket = session.get_one(Visit, desk.visit).ticket_id
    assert ticket is not None
    assert ask(desk, ticket, kind=CredentialKind.TICKET_CODE).outcome is WorkplaceOutcome.FREE
    assert ask(desk, desk.slip).before == 0


def test_whoever_waits_may_leave_and_is_last_when_they_come_again(desk: Library) -> None:
    sit(desk, places(desk, "ПК 1")[0])
    ask(desk, desk.clean_slip)
    assert ask(desk, desk.clean_slip, cancel=True).outcome is WorkplaceOutcome.LEFT
    assert ask(desk, desk.clean_slip, cancel=True).outcome is WorkplaceOutcome.LEFT
    assert uses(desk)[-1].ended_at == NOON
    assert ask(desk, desk.clean_slip).outcome is WorkplaceOutcome.WAITS
    with desk.database.reading() as session:
        actors = session.scalars(
            select(AuditRecord.actor).where(AuditRecord.action == "workplace_asked")
        ).all()
    assert actors == ["station:K1", "station:K1"]


@pytest.mark.clause("R2.4")
def test_an_event_slip_gives_no_right_to_a_computer(desk: Library) -> None:
    places(desk, "ПК 1")
    assert ask(desk, desk.event_slip).outcome is WorkplaceOutcome.DESK


@pytest.mark.clause("R3.1.1")
def test_who_is_not_inside_gets_a_slip_first(desk: Library) -> None:
    places(desk, "ПК 1")
    assert ask(desk, "K1-9999-XXXXX").outcome is WorkplaceOutcome.NOT_INSIDE
    assert ask(desk, desk.slip, kind=CredentialKind.CARD).outcome is WorkplaceOutcome.NOT_INSIDE
    assert uses(desk) == []


def test_without_computers_there_is_no_queue(desk: Library) -> None:
    assert ask(desk, desk.slip).outcome is WorkplaceOutcome.DESK


@pytest.mark.clause("C3.1.1")
def test_the_desk_sees_who_asked_at_the_kiosk_and_seats_them(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    (place,) = places(library, "ПК 1")
    ask(library, library.clean_slip)
    centre = desk_of(Role.INFORMATION_CENTRE)
    assert library.clean_slip in centre.get("/workplaces")
    page = centre.post(
        "/workplaces/start", workplace=str(place), visit=str(library.clean_visit)
    )  # fmt: skip
    assert "Ніхто не чекає" in page
    assert ask(library, library.clean_slip).outcome is WorkplaceOutcome.SITS


@pytest.mark.clause("R2.4", "C1.5")
def test_at_the_desk_an_event_slip_is_refused_and_a_ticket_is_taken(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    centre = desk_of(Role.INFORMATION_CENTRE)
    for page in ("centre", "workplaces"):
        assert "не дає права на послуги" in centre.scan(library.event_slip, page)
        assert "Спершу листок на вході" in centre.scan("K1-9999-XXXXX", page)
        with library.database.reading() as session:
            ticket = session.get_one(Visit, library.clean_visit).ticket
            assert ticket is not None
            number = ticket.number
        assert library.clean_slip in centre.scan(number, page)
