"""A visit has its building: who is let in at a branch's desk is in the branch (E32, X14)."""

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text

from gate.facts import Emergency, VisitState
from server.database import open_database
from server.migrations import upgrade
from server.models import (
    EmergencyOrigin,
    EventOfDay,
    Hall,
    Role,
    RollEntry,
    Staff,
    Visit,
)
from server.services import (
    admissions,
    copy,
    emergencies,
    house_record,
    leaves,
    lending,
    paper_visits,
    presence,
    settings,
    shift_glance,
)
from server.services.lending import Desk as LendingDesk
from tests.server.admin.test_branches import furnish
from tests.server.admin.test_calendar import TODAY
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import chance, staff_id
from tests.server.enrolment.test_organisations_moved import to

FREE_READER, NOBODYS = "000000000003", "RD-1004"


@pytest.fixture
def branched(desk: Library) -> Library:
    """A branch whose department the Service Centre's librarian works in."""
    furnish(desk)
    with desk.database.writing() as session:
        session.get_one(Staff, staff_id(desk)).department_code = "9"
    return desk


def by_name(library: Library) -> UUID | None:
    return admissions.by_name(
        library.database, FREE_READER, document_seen="passport", persons=1,
        staff_id=staff_id(library), at=NOON, entropy=chance,
    ).visit_id  # fmt: skip


def with_guide(library: Library) -> UUID | None:
    party = admissions.Party(name="Школа № 3", guide="Олена")
    return admissions.with_guide(
        library.database, party, persons=1, staff_id=staff_id(library), at=NOON, entropy=chance,
    ).visit_id  # fmt: skip


def to_event(library: Library) -> UUID | None:
    with library.database.writing() as session:
        hall = Hall(name="Зала філії", branch_code="2")
        session.add(hall)
        session.flush()
        session.get_one(EventOfDay, "reading").hall_id = hall.id
    return admissions.group(
        library.database, "reading", persons=1, staff_id=staff_id(library), at=NOON,
        entropy=chance,
    ).visit_id  # fmt: skip


def on_paper(library: Library) -> UUID | None:
    line = paper_visits.Line(ticket_number=NOBODYS, came_at=NOON - timedelta(hours=1))
    paper_visits.enter(
        library.database, [line], staff_id=staff_id(library), at=NOON, entropy=chance
    )
    with library.database.reading() as session:
        return session.scalar(select(Visit.id).where(Visit.opened_at == line.came_at))


def by_department(library: Library) -> UUID | None:
    here = LendingDesk(department="9", staff_id=staff_id(library))
    return lending.open_visit(library.database, FREE_READER, desk=here, at=NOON, entropy=chance)


def inside(library: Library) -> dict[str, int]:
    """Persons by building, as a station of each is told."""
    with library.database.reading() as session:
        known = settings.read(session)
        return {
            code: house_record.building_record(session, known.at_branch(code), at=NOON).inside
            for code in ("", "2")
        }


@pytest.mark.scenario("E32", "X14", "E49", "S11")
@pytest.mark.parametrize("let_in", [by_name, with_guide, to_event, on_paper, by_department])
def test_who_is_let_in_at_a_desk_of_a_branch_is_in_the_branch(
    branched: Library, let_in: Callable[[Library], UUID | None]
) -> None:
    before = inside(branched)
    visit_id = let_in(branched)
    assert visit_id is not None
    assert inside(branched) == {"": before[""], "2": before["2"] + 1}
    emergencies.raise_alarm(
        branched.database, Emergency.FIRE, origin=EmergencyOrigin.CONSOLE, branches=["2"],
        at=NOON + timedelta(minutes=1), entropy=chance,
    )  # fmt: skip
    with branched.database.reading() as session:
        assert session.scalars(select(RollEntry.visit_id)).all() == [visit_id]
        told = copy.visit_records(session, [visit_id])[visit_id]
    assert (told.branch, told.state) == ("2", VisitState.EVACUATED)


@pytest.mark.scenario("X14")
def test_a_fire_in_the_main_building_calls_nobody_out_of_a_branch(branched: Library) -> None:
    there = by_name(branched)
    emergencies.raise_alarm(
        branched.database, Emergency.FIRE, origin=EmergencyOrigin.CONSOLE, branches=[None],
        at=NOON + timedelta(minutes=1), entropy=chance,
    )  # fmt: skip
    with branched.database.reading() as session:
        assert there not in session.scalars(select(RollEntry.visit_id)).all()
        assert session.get_one(Visit, there).state is VisitState.INSIDE


def test_a_shift_sees_the_people_of_its_own_building(branched: Library) -> None:
    by_name(branched)
    with branched.database.reading() as session:
        known = settings.read(session)
        there = shift_glance.glance(session, known.at_branch("2"), NOON)
        main = shift_glance.glance(session, known, NOON)
        all_inside = presence.count_inside(session, TODAY, known) + 1
    assert (there.inside, sum(one.persons for one in there.last_seen)) == (1, 1)
    assert main.inside == sum(one.persons for one in main.last_seen) == all_inside - 1


@pytest.mark.scenario("E44")
def test_who_comes_back_at_another_building_is_in_that_one(branched: Library) -> None:
    with branched.database.writing() as session:
        visit = session.get_one(Visit, branched.visit)
        visit.state, persons = VisitState.AWAY, visit.persons
    before = inside(branched)
    leaves.come_back(
        branched.database, branched.visit, staff_id=staff_id(branched), at=NOON, entropy=chance
    )
    assert inside(branched) == {"": before[""], "2": before["2"] + persons}


def test_the_board_shows_them_in_the_branch_and_to_those_who_work_there(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    furnish(library)
    with library.database.writing() as session:
        session.get_one(Staff, staff_id(library)).department_code = "9"
    by_name(library)
    page = desk_of(Role.SERVICE_CENTRE).get("/inside")
    _, branch = page.split("За будівлями")[1].split("Філія № 2", 1)
    assert re.search(r">\s*1\b", branch.split("</li>")[0])
    assert page.count('class="slip-number">') == page.count('class="slip-number">00-') == 1


@pytest.mark.fault(23)
def test_visits_of_before_are_in_the_building_of_their_station_or_first_mark(
    tmp_path: Path,
) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'old.sqlite'}")
    to(database, "0034")
    with database.writing() as session:
        session.execute(text(BRANCH))
        session.execute(text(DEPARTMENT))
        for code, branch in (("B1", "2"), ("K1", None)):
            session.execute(text(STATION), {"code": code, "branch": branch})
        old = [("B1", False), ("K1", True), (None, True), (None, False)]
        for number, (station, marked) in enumerate(old):
            told = {"id": uuid4().hex, "station": station, "slip": str(number)}
            session.execute(text(VISIT), told)
            if marked:
                session.execute(text(MARK), {"id": told["id"]})
    upgrade(database)
    with database.reading() as session:
        found = session.scalars(select(Visit.branch_code).order_by(Visit.slip_number)).all()
    database.close()
    assert found == ["2", None, "2", None]


BRANCH = "INSERT INTO branch (code, name, address, phone) VALUES ('2', 'Філія', '', '')"
DEPARTMENT = (
    "INSERT INTO department (code, name, name_en, kind, hall, phone, position, branch_code)"
    " VALUES ('9', 'Абонемент', '', 'lending', '', '', 1, '2')"
)
STATION = (
    "INSERT INTO station (code, name, role, branch_code, has_lane, incarnation, numbers_reserved,"
    " created_at) VALUES (:code, '', 'both', :branch, 0, 0, 0, '2026-01-01 00:00:00.000000')"
)
VISIT = (
    "INSERT INTO visit (id, state, origin, station_code, slip_number, slip_state, handed_in,"
    " persons, local_day, opened_at, changed_at, close_reason, parallel, home_loans)"
    " VALUES (:id, 'inside', 'desk', :station, :slip, 'open', 0, 1, '2026-01-01',"
    " '2026-01-01 00:00:00.000000', '2026-01-01 00:00:00.000000', '', 0, 0)"
)
MARK = (
    "INSERT INTO department_visit (visit_id, department_code, first_at)"
    " VALUES (:id, '9', '2026-01-01 00:00:00.000000')"
)
