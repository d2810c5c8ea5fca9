"""A department's desk lends and takes back through the system that keeps the loans."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import select

from server.models import Loan, Role, Ticket, Visit
from tests.server.console.desk import Desk
from tests.server.console.library import Library
from tests.server.library_systems.scripted import Lending

LONG_S = 30.0


@pytest.fixture
def system() -> Lending:
    return Lending(titles={"B-1": "Кобзар", "B-2": "Лісова пісня"})


@pytest.fixture
def desk(desk_of: Callable[[Role], Desk]) -> Desk:
    desk = desk_of(Role.DEPARTMENT)
    desk.post("/desk/department", department="2")
    return desk


def scan(desk: Desk, code: str) -> str:
    return desk.scan(code, "desk")


def out(library: Library) -> list[str]:
    with library.database.reading() as session:
        return list(
            session.scalars(
                select(Loan.system).where(Loan.returned_at.is_(None), Loan.system != "")
            )
        )


def test_a_document_that_only_they_know_is_lent_and_returned(
    desk: Desk, library: Library, system: Lending
) -> None:
    scan(desk, library.slip)
    page = scan(desk, "B-1")
    assert "Кобзар" in page
    assert out(library) == ["sip2"]
    desk.post("/desk/release")
    assert "Повернуто" in scan(desk, "B-1")
    assert out(library) == []


def test_what_they_refuse_is_refused_with_their_words(
    desk: Desk, library: Library, system: Lending
) -> None:
    system.refuses = "На картці борг"
    scan(desk, library.slip)
    page = scan(desk, "B-1")
    assert "На картці борг" in page
    assert "відмовила" in page
    assert out(library) == []


def test_they_hear_once_who_was_served(desk: Desk, library: Library, system: Lending) -> None:
    scan(desk, library.slip)
    scan(desk, library.slip)
    desk.post("/desk/release")
    assert system.left.get(timeout=LONG_S) == ticket_number(library, library.slip)
    scan(desk, library.clean_slip)
    desk.post("/desk/release")
    assert system.left.get(timeout=LONG_S) == ticket_number(library, library.clean_slip)


def ticket_number(library: Library, slip: str) -> str:
    """The ticket of whoever is inside with this slip."""
    with library.database.reading() as session:
        number: str = session.scalars(
            select(Ticket.number)
            .join(Visit, Visit.ticket_id == Ticket.id)
            .where(Visit.slip_number == slip)
        ).one()
        return number


@pytest.mark.fault(35)
def test_while_they_are_silent_nothing_is_changed_and_that_is_said(
    desk: Desk, library: Library, system: Lending
) -> None:
    scan(desk, library.slip)
    system.away = True
    assert "мовчить" in scan(desk, "B-1")
    assert out(library) == []


def loan_of(library: Library) -> int:
    with library.database.reading() as session:
        loan_id: int = session.scalars(select(Loan.id).where(Loan.system != "")).one()
        return loan_id


def test_a_loan_of_theirs_is_renewed_by_them(
    desk_of: Callable[[Role], Desk], desk: Desk, library: Library, system: Lending
) -> None:
    scan(desk, library.slip)
    scan(desk, "B-1")
    centre, loan = desk_of(Role.SERVICE_CENTRE), loan_of(library)
    assert "Продовжено до 1 квітня 2030" in centre.post(f"/loans/{loan}/renew")
    system.refuses = "На черзі інший"
    assert "На черзі інший" in centre.post(f"/loans/{loan}/renew")
    system.away = True
    assert "Нічого не змінено" in centre.post(f"/loans/{loan}/renew")


def test_without_a_slip_nothing_is_asked(desk: Desk, system: Lending) -> None:
    assert "Спершу листок" in scan(desk, "B-1")
    assert system.asked == 0
