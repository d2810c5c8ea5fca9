"""What a branch has goes to a department elsewhere, and a branch is opened again (C9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from server.models import (
    Branch,
    Department,
    Document,
    Equipment,
    Hall,
    Role,
    Workplace,
    WorkplaceBooking,
)
from server.services import branch_closing, branch_property, tables
from server.services.branch_property import Property
from server.services.stock_taking import EQUIPMENT
from tests.server import desk_library
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited
from tests.server.information import test_branch_closing
from tests.server.information.test_branch_closing import lend, settle

branch = test_branch_closing.branch


@pytest.fixture
def things(library: Library, branch: str) -> None:
    """A computer, a scanner, a document that is in, and one that is out."""
    lend(library)
    with library.database.writing() as session:
        session.add(Workplace(name="ПК філії", department_code="21"))
        session.add(Equipment(inventory_number="555", name="Сканер", department_code="21"))
        session.add(
            Document(inventory_number="9001", barcode="9001", title="У філії", department_code="21")
        )


@pytest.mark.clause("C9")
@pytest.mark.usefixtures("things")
def test_its_things_go_to_a_department_elsewhere_and_each_tells_of_it(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    director = desk_of(Role.DIRECTOR)
    page = director.get("/branches/row/2/closing")
    assert "документів 1, обладнання 1, комп’ютерів 1" in page
    acts = "/branches/row/2/hand-over-property"
    assert "Напишіть код філії" in director.post(acts, room="2")
    page = director.post(acts, room="2", confirm="2")
    assert "Передано: документів 1, обладнання 1, комп’ютерів 1" in page
    with library.database.reading() as session:
        scanner = session.scalars(select(Equipment)).one()
        stays = session.scalar(select(func.count()).where(Document.department_code == "21"))
        (change,) = tables.history(session, EQUIPMENT, scanner.id)
    assert scanner.department_code == "2"
    assert stays == 1, "what is lent is given back first"
    assert (change.before, change.can_undo) == ({"department_code": "21"}, True)
    (told,) = audited(library, "branch_property_handed_over")
    with library.database.writing() as session:
        session.get_one(Department, "21").retired_at = NOON
    assert "Абонемент філії" in director.get(f"/equipment/row/{scanner.id}")
    assert told.details == {"to": "2", "documents": 1, "equipment": 1, "computers": 1}


@pytest.mark.parametrize("room", ["21", "17", ""])
@pytest.mark.usefixtures("things")
def test_nothing_goes_to_the_branch_itself_or_to_no_department(library: Library, room: str) -> None:
    by = desk_library.by(library, Role.DIRECTOR)
    with pytest.raises(LookupError):
        branch_property.hand_over(library.database, "2", room, by)
    with library.database.reading() as session:
        assert branch_property.of_branch(session, "2") == Property(1, 1, 1)


@pytest.mark.clause("C9")
@pytest.mark.usefixtures("things")
def test_an_hour_that_is_kept_at_a_computer_is_settled_first(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    with library.database.writing() as session:
        computer = session.scalars(select(Workplace.id)).one()
        session.add(
            WorkplaceBooking(
                workplace_id=computer, visit_id=library.visit, made_at=NOON,
                begins_at=NOON + timedelta(hours=1), ends_at=NOON + timedelta(hours=2),
            )
        )  # fmt: skip
    with library.database.reading() as session:
        assert branch_closing.obstacles(session, "2", NOON).computers == 1
        assert branch_closing.obstacles(session, "2", NOON + timedelta(hours=2)).computers == 0
    page = desk_of(Role.DIRECTOR).get("/branches/row/2/closing")
    assert 'href="/workplaces/bookings"' in page
    assert 'href="/staff"' not in page, "accounts are the administrator's"
    with library.database.reading() as session:
        lent = branch_closing.named(session, "2", NOON).loans[0][0]
    assert f'href="/documents/{lent.id}"' in page


@pytest.mark.clause("C9")
def test_a_branch_that_is_opened_again_has_the_rooms_that_closed_with_it(
    desk_of: Callable[[Role], Desk], library: Library, branch: str
) -> None:
    settle(library)
    earlier = NOON - timedelta(days=30)
    with library.database.writing() as session:
        session.add(Department(code="22", name="Давно закритий", branch_code="2"))
        session.flush()
        session.get_one(Department, "22").retired_at = earlier
    branch_closing.close(library.database, branch, staff_id=None, at=NOON, order="12-од")
    director = desk_of(Role.DIRECTOR)
    assert "Відкрити знову" in director.get("/branches/row/2/closing")
    director.post("/branches/row/2/retire", back="1")
    with library.database.reading() as session:
        assert session.get_one(Branch, branch).retired_at is None
        assert session.get_one(Department, "21").retired_at is None
        assert session.get_one(Department, "22").retired_at == earlier
        assert session.scalars(select(Hall).where(Hall.branch_code == "2")).one().retired_at is None
