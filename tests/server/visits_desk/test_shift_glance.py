"""What a shift is shown is its own: of this building, of the public, of what goes on."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import VisitState
from gate.slip_numbers import new_slip_number
from server.models import Branch, EventOfDay, Visit
from server.services import days, settings, shift_glance, visits
from server.services.shift_glance import EventSlips, Glance
from tests.server.console.library import NOON, Library
from tests.server.desk_library import staff_id

EVENING = NOON + timedelta(hours=7, minutes=5)
DAY = timedelta(days=1)


def seen(library: Library, days_later: int = 0) -> Glance:
    with library.database.reading() as session:
        at = NOON + days_later * DAY
        return shift_glance.glance(session, settings.read(session), at)


def slips_of_reading(library: Library) -> EventSlips:
    (slips,) = (one for one in seen(library).events if one.event.id == "reading")
    return slips


def left(session: Session, number: int, **fields: object) -> None:
    """A visit that is over."""
    session.add(
        Visit(**{
            "id": uuid7(NOON, bytes([number]) * 10), "state": VisitState.NOT_RETURNED,
            "slip_number": new_slip_number("K1", 500 + number, bytes([number, 1, 2, 3])),
            "local_day": NOON.date(), "opened_at": NOON, "changed_at": NOON, "closed_at": NOON,
            **fields,
        })
    )  # fmt: skip


@pytest.mark.clause("R3.2.8")
def test_whoever_went_as_one_should_is_not_on_the_next_morning_s_list(desk: Library) -> None:
    with desk.database.writing() as session:
        visits.end(session, session.get_one(Visit, desk.clean_visit), at=NOON, handed_in=True)
    days.close_today(desk.database, staff_id=staff_id(desk), at=EVENING)
    assert {visit.id for visit in seen(desk, 1).unresolved} == {desk.visit, desk.event_visit}


@pytest.mark.clause("C1.3")
def test_the_last_day_of_another_building_hides_none_of_ours(desk: Library) -> None:
    days.close_today(desk.database, staff_id=staff_id(desk), at=EVENING)
    ours = {visit.id for visit in seen(desk, 1).unresolved}
    with desk.database.writing() as session:
        session.add(Branch(code="2", name="Філія № 2"))
        session.flush()
        left(session, 9, local_day=(NOON + DAY).date(), branch_code="2")
    assert {visit.id for visit in seen(desk, 2).unresolved} == ours
    assert ours


@pytest.mark.clause("R2.4")
@pytest.mark.scenario("V06")
def test_a_reader_who_joins_an_event_has_none_of_its_slips(desk: Library) -> None:
    with desk.database.writing() as session:
        session.get_one(Visit, desk.clean_visit).event_id = "reading"
    assert slips_of_reading(desk).issued == 1


@pytest.mark.clause("R2.4")
def test_nobody_who_never_passed_has_a_slip_that_counts(desk: Library) -> None:
    with desk.database.writing() as session:
        left(session, 9, state=VisitState.NOT_PASSED, event_id="reading")
    assert slips_of_reading(desk).issued == 1


def test_an_event_that_was_called_off_is_not_looked_after(desk: Library) -> None:
    with desk.database.writing() as session:
        session.get_one(EventOfDay, "lecture").cancelled_at = NOON
    assert [one.event.id for one in seen(desk).events] == ["morning", "reading"]
