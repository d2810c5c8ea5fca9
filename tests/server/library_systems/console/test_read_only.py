"""A system that only tells of loans: what it keeps is neither taken back nor renewed here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import select

from server.library_systems.contract import Account, OutsideLoan
from server.library_systems.link import Link
from server.models import Loan, Role, Ticket, Visit
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.library_systems.scripted import Scripted


@pytest.fixture
def loan(system: Scripted, link: Link, library: Library) -> int:
    """A book of the reader who is inside, as the other system tells it."""
    with library.database.reading() as session:
        ticket = session.get_one(Visit, library.visit).ticket_id
        number = session.get_one(Ticket, ticket).number
    book = OutsideLoan(item="B-1", title="Кобзар", due_on=date(2030, 1, 1))
    system.accounts[number] = Account(number=number, as_of=NOON, loans=(book,))
    link.refresh(number, at=NOON)
    with library.database.reading() as session:
        loan_id: int = session.scalars(select(Loan.id).where(Loan.system != "")).one()
        return loan_id


def returned(library: Library, loan: int) -> bool:
    with library.database.reading() as session:
        return session.get_one(Loan, loan).returned_at is not None


def test_its_document_is_not_taken_back_at_a_desk(
    desk_of: Callable[[Role], Desk], library: Library, loan: int
) -> None:
    desk = desk_of(Role.DEPARTMENT)
    desk.post("/desk/department", department="2")
    assert "Видачу веде інша система" in desk.scan("B-1", "desk")
    assert not returned(library, loan)


def test_its_loan_is_not_renewed_here(
    desk_of: Callable[[Role], Desk], library: Library, loan: int
) -> None:
    page = desk_of(Role.SERVICE_CENTRE).post(f"/loans/{loan}/renew")
    assert "веде інша система" in page
    with library.database.reading() as session:
        assert session.get_one(Loan, loan).due_on == date(2030, 1, 1)
