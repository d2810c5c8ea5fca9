"""The end of a day: who is away, who owes, who kept the slip; never during an alert."""

from datetime import timedelta

import pytest

from gate.facts import CredentialKind, VisitState
from server.models import Visit
from server.services import days, exits, leaves, settings
from server.services.exit_checklist import Checked
from server.services.exits import Shown
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, chance, staff_id

EVENING = NOON + timedelta(hours=7, minutes=5)
"""Five minutes after closing at 19:00."""


def states(library: Library) -> list[VisitState]:
    with library.database.reading() as session:
        ids = (library.visit, library.clean_visit, library.event_visit)
        return [session.get_one(Visit, visit_id).state for visit_id in ids]


def close(library: Library) -> int:
    return days.close_today(library.database, staff_id=staff_id(library), at=EVENING)


@pytest.mark.scenario("X10", "X19")
def test_a_day_ends_each_visit_as_it_stands(desk: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.clean_slip)
    leaves.leave(
        desk.database,
        shown,
        staff_id=staff_id(desk),
        at=NOON,
        entropy=chance,
        checked=Checked(overruled="для перевірки"),
    )
    assert close(desk) == 3
    assert states(desk) == [VisitState.UNRESOLVED, VisitState.CLOSED, VisitState.NOT_RETURNED]
    with desk.database.reading() as session:
        assert session.get_one(Visit, desk.clean_visit).handed_in


@pytest.mark.scenario("X19")
def test_the_department_is_told_of_what_is_still_out(desk: Library) -> None:
    close(desk)
    with desk.database.reading() as session:
        notice = days.open_notices(session, "5")[0]
        assert (notice.visit_id, notice.documents) == (desk.visit, 2)
        assert days.open_notices(session, "2") == []
    assert days.note_seen(desk.database, notice.id, staff_id=staff_id(desk), at=EVENING)
    assert not days.note_seen(desk.database, notice.id, staff_id=staff_id(desk), at=EVENING)


def test_a_day_closed_twice_closes_once(desk: Library) -> None:
    assert [close(desk), close(desk)] == [3, 0]
    assert days.close_past_days(desk.database, at=EVENING + timedelta(days=1)) == 0
    ids = {record.details["id"] for record in audited(desk, "visit_closed_by_day")}
    assert str(days.ending_id(desk.visit, NOON.date())) in ids
    assert len(ids) == 3


@pytest.mark.parametrize("emergency", ["air_raid", "fire"])
def test_no_day_is_closed_during_an_alert(desk: Library, emergency: str) -> None:
    settings.change(desk.database, {"emergency": emergency}, actor="system", at=NOON)
    with pytest.raises(days.NotYet):
        close(desk)
    assert days.close_past_days(desk.database, at=EVENING + timedelta(days=1)) == 0
    assert states(desk) == [VisitState.INSIDE] * 3


def test_no_day_is_closed_while_the_library_is_open(desk: Library) -> None:
    with pytest.raises(days.NotYet):
        days.close_today(desk.database, staff_id=staff_id(desk), at=NOON)


def test_past_days_wait_for_the_end_of_an_alert(desk: Library) -> None:
    midnight = NOON + timedelta(hours=12, minutes=1)
    settings.change(desk.database, {"emergency": "air_raid"}, actor="system", at=NOON)
    days.close_past_days(desk.database, at=midnight)
    assert not days.past_days_are_closed(desk.database, at=midnight)
    settings.change(desk.database, {"emergency": "none"}, actor="system", at=midnight)
    days.close_past_days(desk.database, at=midnight)
    assert days.past_days_are_closed(desk.database, at=midnight)
    assert VisitState.INSIDE not in states(desk)


@pytest.mark.fault(14)
def test_an_exit_that_is_told_late_corrects_the_days_verdict(desk: Library) -> None:
    close(desk)
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.event_slip)
    done = exits.let_out(desk.database, shown, staff_id=staff_id(desk), at=EVENING)
    assert done.may_go
    assert states(desk)[2] is VisitState.CLOSED
