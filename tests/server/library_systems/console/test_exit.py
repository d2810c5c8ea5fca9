"""At the exit the desk judges by the loans that the other system tells now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from gate.facts import LoanPlace
from server.library_systems.contract import Account, OutsideLoan
from server.models import Role, Ticket, Visit
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.library_systems.scripted import Scripted

POEMS = OutsideLoan(
    item="B-1", title="Кобзар", department="5", place=LoanPlace.READING_ROOM, due_on=None,
    issued_on=NOON.date(),
)  # fmt: skip


@pytest.fixture
def desk(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.SERVICE_CENTRE)


@pytest.fixture
def reader(library: Library, system: Scripted) -> str:
    """The number of somebody inside, who has a book of the reading room there."""
    with library.database.reading() as session:
        number = session.scalars(
            select(Ticket.number)
            .join(Visit, Visit.ticket_id == Ticket.id)
            .where(Visit.id == library.clean_visit)
        ).one()
    system.accounts[number] = Account(number=number, as_of=NOON, loans=(POEMS,))
    return number


def test_a_book_that_only_they_know_of_keeps_its_reader_inside(
    desk: Desk, library: Library, system: Scripted, reader: str
) -> None:
    exit_page = f"/exit/{library.clean_visit}"
    page = desk.get(exit_page)
    assert "Кобзар" in page
    assert "Можна виходити" not in page
    assert "здано" not in desk.post(exit_page)
    system.accounts[reader] = replace(system.accounts[reader], loans=())
    assert "Можна виходити" in desk.get(exit_page)
    assert "здано" in desk.post(exit_page)


def test_what_is_taken_between_the_look_and_the_press_is_seen(
    desk: Desk, library: Library, system: Scripted, reader: str
) -> None:
    told = system.accounts.pop(reader)
    assert "Можна виходити" in desk.get(f"/exit/{library.clean_visit}")
    system.accounts[reader] = told
    assert "здано" not in desk.post(f"/exit/{library.clean_visit}")


@pytest.mark.fault(35)
def test_while_they_are_silent_staff_hear_since_when_the_loans_are_known(
    desk: Desk, library: Library, system: Scripted, reader: str, clock: Clock
) -> None:
    system.accounts[reader] = replace(system.accounts[reader], loans=())
    desk.get(f"/exit/{library.clean_visit}")
    system.away = True
    clock.forward(timedelta(minutes=20))
    page = desk.get(f"/exit/{library.clean_visit}")
    assert "Бібліотечна система не відповідає" in page
    assert "Спершу запитайте відділи" in page
    assert "Можна виходити" not in page
    assert "здано" in desk.post(f"/exit/{library.clean_visit}")


@pytest.mark.fault(35)
def test_what_was_out_when_they_fell_silent_keeps_its_reader_to_be_asked_for(
    desk: Desk, library: Library, system: Scripted, reader: str, clock: Clock
) -> None:
    desk.get(f"/exit/{library.clean_visit}")
    system.away = True
    clock.forward(timedelta(minutes=20))
    page = desk.get(f"/exit/{library.clean_visit}")
    assert "Ще не повернуто" in page
    assert "здано" not in desk.post(f"/exit/{library.clean_visit}")


def test_a_lost_slip_is_asked_for_among_their_loans(
    desk: Desk, library: Library, system: Scripted, reader: str
) -> None:
    desk.get(f"/visits/{library.clean_visit}/lost")
    assert system.asked == 1
    desk.post(f"/visits/{library.clean_visit}/lost/out", reason="Загубила")
    with library.database.reading() as session:
        assert session.get_one(Visit, library.clean_visit).closed_at is None
