"""The other buildings of the sample."""

import pytest
from sqlalchemy import select

from server.models import Branch, Department, Equipment, Staff, Workplace
from server.sample.buildings import BRANCH, CENTRE
from server.services import branch_closing, reach
from tests.server.sample.library import Sample


@pytest.mark.clause("C1.3", "C4")
def test_a_branch_works_in_another_town_with_its_own_people_and_hours(sample: Sample) -> None:
    with sample.database.reading() as session:
        branch = session.get_one(Branch, BRANCH)
        here, there = reach.of_department(session, "11"), reach.of_department(session, CENTRE)
        places = {
            reach_: set(
                session.scalars(
                    select(Workplace.name).where(reach_.departments(Workplace.department_code))
                )
            )
            for reach_ in (here, there)
        }
        people = session.scalars(
            select(Staff.login).join(Department).where(Department.branch_code == BRANCH)
        ).all()
    assert branch.hours is not None
    assert branch.hours[0] is None, "closed on Mondays"
    assert len(places[here]) == 4
    assert places[there] == {"ПК 1, Заріччя", "ПК 2, Заріччя"}
    assert set(people) == {"branch_desk", "branch_lending", "branch_information"}


@pytest.mark.clause("C9")
def test_it_has_something_of_everything_that_is_settled_before_it_closes(sample: Sample) -> None:
    with sample.database.reading() as session:
        left = branch_closing.obstacles(session, BRANCH, sample.now)
    assert (left.loans, left.events, left.staff) == (2, 2, 3)
    assert left.inside == left.stations == 0


@pytest.mark.clause("C9")
def test_another_was_closed_and_what_it_had_is_in_use_elsewhere(sample: Sample) -> None:
    with sample.database.reading() as session:
        closed = session.get_one(Branch, "3")
        moved = session.scalars(
            select(Equipment).where(Equipment.inventory_number == "101480011")
        ).one()
        assert closed.retired_at is not None
        assert moved.department_code == CENTRE
