"""Readers who sign up for events by themselves: the place is kept, and counted when they come."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.events import ReservationQuery, SignupOutcome, SignupQuery
from gate.facts import CredentialKind, TicketState
from server.models import AuditRecord, EventOfDay, EventSignup, Ticket, Visit
from server.services import reservations, self_signup
from tests.server.centre.town import NOON, Town, entry, new_id

HOUR = timedelta(hours=1)


def sign(town: Town, event_id: str, ticket_id: str, *, cancel: bool = False) -> SignupOutcome:
    query = SignupQuery(event_id=event_id, credential=CredentialKind.TICKET_CODE, value=ticket_id,
                        cancel=cancel)  # fmt: skip
    return self_signup.ask(town.database, query, station="K1", at=NOON).outcome


def signup(town: Town) -> EventSignup:
    with town.database.reading() as session:
        return session.scalars(select(EventSignup)).one()


def evening(town: Town, places: int | None = 1) -> str:
    return town.event(places=places, doors_at=NOON + 3 * HOUR)


@pytest.mark.clause("R4.1.11")
def test_a_reader_signs_up_once_and_takes_the_name_off_again(town: Town) -> None:
    event_id, ticket = evening(town, places=2), town.ticket()
    assert sign(town, event_id, ticket) is SignupOutcome.SIGNED_UP
    assert sign(town, event_id, ticket) is SignupOutcome.ALREADY
    assert sign(town, event_id, ticket, cancel=True) is SignupOutcome.CANCELLED
    assert signup(town).cancelled_at == NOON
    with town.database.reading() as session:
        actors = session.scalars(
            select(AuditRecord.actor).where(AuditRecord.object_id == event_id)
        ).all()
    assert actors == ["station:K1", "station:K1"]


def test_the_last_place_is_given_once_and_free_again_when_it_is_taken_back(town: Town) -> None:
    event_id, first, second = evening(town), town.ticket(), town.ticket()
    assert sign(town, event_id, first) is SignupOutcome.SIGNED_UP
    assert sign(town, event_id, second) is SignupOutcome.FULL
    sign(town, event_id, first, cancel=True)
    assert sign(town, event_id, second) is SignupOutcome.SIGNED_UP


@pytest.mark.clause("R4.1.11")
def test_who_wants_to_wait_is_told_the_turn_and_has_the_place_that_is_given_back(
    town: Town,
) -> None:
    event_id, first, second, third = (evening(town), *(town.ticket() for _ in range(3)))
    sign(town, event_id, first)
    assert wait(town, event_id, second) == (SignupOutcome.FULL, 1)
    assert wait(town, event_id, third) == (SignupOutcome.FULL, 2)
    assert wait(town, event_id, third) == (SignupOutcome.FULL, 2)
    assert sign(town, event_id, second) is SignupOutcome.FULL, "a station that knows no queue"
    sign(town, event_id, first, cancel=True)
    assert wait(town, event_id, second) == (SignupOutcome.ALREADY, None)
    assert wait(town, event_id, third) == (SignupOutcome.FULL, 1)
    sign(town, event_id, third, cancel=True)
    assert wait(town, event_id, first) == (SignupOutcome.FULL, 1)


def wait(town: Town, event_id: str, ticket_id: str) -> tuple[SignupOutcome, int | None]:
    query = SignupQuery(event_id=event_id, credential=CredentialKind.TICKET_CODE, value=ticket_id,
                        wait=True)  # fmt: skip
    answer = self_signup.ask(town.database, query, station="K1", at=NOON)
    return answer.outcome, answer.turn


def test_nobody_signs_up_for_what_has_begun_or_was_called_off(town: Town) -> None:
    event_id, ticket = evening(town), town.ticket()
    town.change(EventOfDay, event_id, cancelled_at=NOON)
    assert sign(town, event_id, ticket) is SignupOutcome.OVER
    assert sign(town, town.event(doors_at=NOON), ticket) is SignupOutcome.OVER
    assert sign(town, "none", ticket) is SignupOutcome.OVER


def test_a_lost_or_unknown_ticket_and_a_banned_reader_go_to_the_desk(town: Town) -> None:
    event_id, lost, banned = evening(town), town.ticket(), town.ticket()
    town.change(Ticket, lost, state=TicketState.LOST)
    town.ban(banned, NOON - HOUR, None)
    for ticket in (lost, banned, "0123456789ab"):
        assert sign(town, event_id, ticket) is SignupOutcome.DESK


@pytest.mark.clause("R4.1.11")
def test_the_place_kept_is_the_one_taken_at_the_door_of_a_full_event(town: Town) -> None:
    event_id, ticket = evening(town), town.ticket()
    sign(town, event_id, ticket)

    def reserve(whose: str | None) -> bool:
        query = ReservationQuery(id=new_id(), event_id=event_id, ticket_id=whose)
        return reservations.reserve(town.database, query, station="K1", at=NOON).granted

    assert not reserve(None)
    assert not reserve(town.ticket())
    assert reserve(ticket)


@pytest.mark.clause("R4.1.11")
@pytest.mark.parametrize("chosen", [True, False])
def test_who_signed_up_is_counted_when_they_come_in(town: Town, chosen: bool) -> None:
    event_id, ticket = evening(town), town.ticket()
    sign(town, event_id, ticket)
    at = NOON + 3 * HOUR + timedelta(minutes=1)
    told = entry("K1", at=at, ticket_id=ticket, **({"event_id": event_id} if chosen else {}))
    town.tell("K1", told, at=at)
    entered = signup(town)
    assert (entered.came_at, entered.visit_id) == (at, UUID(told["visit_id"]))
    with town.database.reading() as session:
        assert session.get_one(Visit, UUID(told["visit_id"])).event_id == event_id


def test_who_comes_hours_before_to_read_is_still_awaited(town: Town) -> None:
    event_id, ticket = evening(town), town.ticket()
    sign(town, event_id, ticket)
    told = entry("K1", at=NOON, ticket_id=ticket)
    town.tell("K1", told)
    assert signup(town).came_at is None
    with town.database.reading() as session:
        assert session.get_one(Visit, UUID(told["visit_id"])).event_id is None
