"""Every scenario of the way out through real stations with lanes and the real server."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.facts import CredentialKind, DepartmentCount, Emergency, LoanPlace, VisitState
from gate.kinds import LaneAct
from gate.reasons import Duty, Reason, Verdict
from hardware.contracts import Direction
from kiosk import screens
from kiosk.entry import Brought
from kiosk.store import outbox
from server.models import (
    Conflict,
    ConflictKind,
    DepartmentNotice,
    EmergencyOrigin,
    LaneAlarm,
    Loan,
    Visit,
)
from server.services import (
    changes,
    days,
    emergencies,
    exits,
    lanes,
    leaves,
    lost_slips,
    urgent_exits,
)
from server.services.by import By
from server.services.exit_checklist import Checked
from server.services.exits import Shown
from tests.kiosk.test_lane import wait_for
from tests.kiosk.ways import Founded, Reader, Ways, found, open_ways

OUT = Direction.OUT


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Founded:
    return found(tmp_path_factory.mktemp("town"))


@pytest.fixture
def ways(founded: Founded, tmp_path: Path) -> Iterator[Ways]:
    with open_ways(founded, tmp_path) as opened:
        yield opened


def duties(farewell: screens.Farewell) -> list[tuple[Duty, int | None]]:
    return [(task.code, task.count) for task in farewell.duties]


def goes(ways: Ways, reader: Reader) -> screens.Farewell:
    """The reader shows the slip at the lane and walks out."""
    ways.exit.show(reader.slip)
    shown = ways.exit.counter.sees(screens.Farewell)
    assert ways.exit.bars == "free_out"
    ways.exit.walk(OUT)
    return shown


def refused(ways: Ways, code: bytes) -> Reason:
    """The code is shown at the lane, which stays as it was and calls staff."""
    ways.exit.show(code)
    ways.exit.counter.lane_reports()
    ways.exit.deliver()
    assert ways.exit.bars == "shut"
    assert ways.exit.lane.state()["lamps"] == "stop"
    assert ways.told("help_called"), "nobody was called"
    return ways.exit.counter.sees(screens.Refusal).because.code


def by(ways: Ways) -> By:
    return By(staff_id=1, at=ways.moved.at)


def fire(ways: Ways) -> UUID:
    """Fire, by the console's button; both stations hear of it."""
    case = emergencies.raise_alarm(
        ways.town.database, Emergency.FIRE, origin=EmergencyOrigin.CONSOLE, at=ways.moved.at,
        entropy=os.urandom,
    )  # fmt: skip
    assert case is not None
    ways.follow()
    return case


def all_clear(ways: Ways, case: UUID) -> None:
    """Twenty minutes later it is over, and the lanes are back at work."""
    ways.moved.forward(timedelta(minutes=20))
    emergencies.all_clear(ways.town.database, case, by=by(ways))
    with ways.town.database.writing() as session:
        for station in ("K1", "E1"):
            lanes.give(
                session, station, LaneAct.RESET, way=None, reason="", by=by(ways),
                entropy=os.urandom,
            )  # fmt: skip
    ways.follow()


@pytest.mark.scenario("X01")
@pytest.mark.clause("R3.1.4")
def test_with_nothing_out_the_slip_stays_at_the_exit_and_the_visit_is_over(ways: Ways) -> None:
    reader = ways.come_in()
    assert duties(goes(ways, reader)) == [(Duty.HAND_IN_SLIP, None)]
    visit = ways.visit(reader)
    assert (visit.state, visit.handed_in) == (VisitState.CLOSED, True)
    assert visit.exit_station_code == "E1"


@pytest.mark.scenario("X02")
def test_reading_room_documents_keep_the_lane_shut_and_call_staff(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 2)
    ways.exit.show(reader.slip)
    ways.exit.counter.lane_reports()
    shown = ways.exit.counter.sees(screens.StillOut)
    assert shown.because.departments == (DepartmentCount(department="5", count=2),)
    assert [(line.name, line.count) for line in shown.departments] == [("Відділ 5", 2)]
    assert (ways.exit.bars, ways.exit.lane.state()["lamps"]) == ("shut", "stop")
    ways.exit.deliver()
    assert len(ways.told("help_called")) == 1


@pytest.mark.scenario("X03")
def test_documents_lent_home_today_are_to_be_counted(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 3, LoanPlace.HOME)
    assert (Duty.COUNT_DOCUMENTS, 3) in duties(goes(ways, reader))


@pytest.mark.scenario("X04")
def test_what_was_declared_at_the_way_in_is_shown_at_the_way_out(ways: Ways) -> None:
    reader = ways.come_in(Brought(laptop=True, documents=2))
    codes = [code for code, _ in duties(goes(ways, reader))]
    assert codes == [Duty.HAND_IN_SLIP, Duty.SHOW_LAPTOP, Duty.SHOW_OWN_DOCUMENTS]


@pytest.mark.scenario("X05")
@pytest.mark.clause("R4.3.3")
def test_whoever_is_banned_meanwhile_still_goes(ways: Ways) -> None:
    reader = ways.come_in()
    ways.town.ban(reader.ticket, ways.moved.at, None)
    ways.follow()
    goes(ways, reader)
    assert ways.visit(reader).state is VisitState.CLOSED


@pytest.mark.scenario("X06", "X20")
def test_a_lost_slip_goes_by_the_word_of_staff_who_open_the_lane_once(ways: Ways) -> None:
    reader = ways.come_in()
    found = lost_slips.let_go(
        ways.town.database, reader.visit_id, staff_id=1, reason="відділи підтвердили",
        at=ways.moved.at,
    )  # fmt: skip
    assert found.may_go
    lanes.order(
        ways.town.database, "E1", LaneAct.OPEN_ONCE, way="out", reason="", by=by(ways),
        entropy=os.urandom,
    )  # fmt: skip
    ways.exit.follow()
    assert ways.exit.bars == "free_out"
    ways.exit.walk(OUT)
    visit = ways.visit(reader)
    assert (visit.state, visit.handed_in) == (VisitState.CLOSED, False)
    assert visit.close_reason == "відділи підтвердили"


@pytest.mark.scenario("X07")
def test_the_lost_slip_of_a_duplicate_opens_nothing(ways: Ways) -> None:
    reader = ways.come_in()
    lost_slips.duplicate(
        ways.town.database, reader.visit_id, staff_id=1, reason="загублено", at=ways.moved.at,
        entropy=os.urandom,
    )  # fmt: skip
    ways.follow()
    assert refused(ways, reader.slip) is Reason.SLIP_VOID


def leaves_for_a_while(ways: Ways, reader: Reader) -> exits.ExitCheck:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=reader.slip_number)
    found = leaves.leave(
        ways.town.database, shown, staff_id=1, at=ways.moved.at, entropy=os.urandom,
        checked=Checked(),
    )  # fmt: skip
    ways.follow()
    return found


@pytest.mark.scenario("X08")
@pytest.mark.clause("R3.1.5")
def test_nobody_leaves_for_a_while_with_documents_of_the_reading_room(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 1)
    found = leaves_for_a_while(ways, reader)
    assert found.decision.codes[0] is Reason.READING_ROOM_LOANS_OPEN
    assert ways.visit(reader).state is VisitState.INSIDE


@pytest.mark.scenario("X09", "E44")
@pytest.mark.clause("R3.1.5")
def test_whoever_left_for_a_while_comes_back_to_the_same_visit(ways: Ways) -> None:
    reader = ways.come_in()
    found = leaves_for_a_while(ways, reader)
    assert Duty.LEAVE_SLIP_AT_DESK in [task.code for task in found.decision.duties]
    ways.entrance.show(reader.ticket_code)
    shown = ways.entrance.counter.sees(screens.Greeting)
    assert [task.code for task in shown.duties] == [Duty.COLLECT_SLIP]
    assert shown.slip_number == reader.slip_number
    ways.entrance.walk(Direction.IN)
    assert ways.visit(reader).state is VisitState.INSIDE


@pytest.mark.scenario("X10")
def test_whoever_does_not_come_back_owes_no_slip_the_next_day(ways: Ways) -> None:
    reader = ways.come_in()
    leaves_for_a_while(ways, reader)
    ways.moved.forward(timedelta(days=1))
    days.close_past_days(ways.town.database, at=ways.moved.at)
    ways.follow()
    assert ways.visit(reader).state is VisitState.CLOSED
    ways.entrance.show(reader.ticket_code)
    notes = ways.entrance.counter.sees(screens.Greeting).notes
    assert Reason.SLIP_NOT_RETURNED not in [because.code for because in notes]


@pytest.mark.scenario("X11")
@pytest.mark.fault(18)
def test_an_exit_without_an_entry_is_let_out_and_flagged(ways: Ways) -> None:
    ticket = ways.town.ticket()
    ways.exit.show(ways.town.code(ticket).encode())
    ways.exit.counter.sees(screens.Farewell)
    ways.exit.walk(OUT)
    with ways.town.database.reading() as session:
        [conflict] = session.scalars(select(Conflict))
    assert (conflict.kind, conflict.ticket_id) == (ConflictKind.EXIT_WITHOUT_ENTRY, ticket)


@pytest.mark.scenario("X12")
@pytest.mark.fault(14)
def test_an_exit_told_again_after_the_next_entry_is_one_exit(ways: Ways) -> None:
    reader = ways.come_in()
    goes(ways, reader)
    ways.moved.forward(timedelta(days=1))
    again = ways.come_in(ticket=reader.ticket)
    with ways.exit.counter.house.database.write() as tx:
        assert outbox.send_again(tx) > 0
    ways.exit.deliver()
    assert len(ways.told("exited")) == 1
    assert ways.visit(reader).state is VisitState.CLOSED
    assert ways.visit(again).state is VisitState.INSIDE


@pytest.mark.scenario("X13")
def test_with_the_server_away_old_counts_lead_to_the_desk_or_pass_flagged(ways: Ways) -> None:
    reader = ways.come_in()
    ways.cable.cut()
    ways.moved.forward(timedelta(seconds=61))
    ways.exit.show(reader.slip)
    shown = ways.exit.counter.sees(screens.Refusal)
    assert (shown.verdict, shown.because.code) == (Verdict.DESK, Reason.COPY_TOO_OLD)
    ways.cable.mend()
    ways.town.set(exit_on_old_counts="grant")
    ways.moved.forward(timedelta(minutes=1))
    ways.follow()
    ways.cable.cut()
    ways.moved.forward(timedelta(seconds=61))
    ways.exit.show(reader.slip)
    ways.exit.counter.sees(screens.Farewell)
    ways.cable.mend()
    ways.exit.walk(OUT)
    assert Reason.OFFLINE in ways.told("exit_decided")[-1].payload["reasons"]
    assert ways.visit(reader).state is VisitState.CLOSED


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
def test_in_a_fire_everybody_is_out_and_the_slip_continues_the_visit(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 2)
    case = fire(ways)
    for door in (ways.entrance, ways.exit):
        assert door.counter.sees(screens.Evacuation).because.code is Reason.EVACUATION
        assert door.bars == "free_out"
    ways.exit.show(reader.slip)
    ways.exit.counter.sees(screens.Evacuation)
    ways.exit.counter.lane_reports()
    ways.exit.deliver()
    assert ways.visit(reader).state is VisitState.EVACUATED
    all_clear(ways, case)
    ways.entrance.show(reader.slip)
    assert ways.entrance.counter.sees(screens.Greeting).slip_number == reader.slip_number
    ways.entrance.walk(Direction.IN)
    assert ways.visit(reader).state is VisitState.INSIDE
    with ways.town.database.reading() as session:
        out = session.scalars(select(Loan).where(Loan.returned_at.is_(None))).all()
    assert len(out) == 2


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
@pytest.mark.parametrize("told", [True, False], ids=["told", "not told yet"])
def test_a_fire_in_the_middle_of_a_passage_leaves_the_slip_good(ways: Ways, told: bool) -> None:
    ways.entrance.show(ways.town.code(ways.town.ticket()).encode())
    ways.entrance.deliver()
    slip = ways.entrance.last_slip()
    number = ways.entrance.print_slip().slip_number
    case = fire(ways)
    if told:
        ways.entrance.deliver()
    all_clear(ways, case)
    ways.entrance.show(slip)
    assert ways.entrance.counter.sees(screens.Greeting).slip_number == number
    ways.entrance.walk(Direction.IN)
    with ways.town.database.reading() as session:
        (visit,) = session.scalars(select(Visit)).all()
    assert visit.state is VisitState.INSIDE


@pytest.mark.scenario("X15")
@pytest.mark.clause("R3.3.1")
def test_a_document_lent_to_another_is_found_at_the_desk_without_an_accusation(ways: Ways) -> None:
    reader, other = ways.come_in(), ways.come_in()
    mine = ways.lend(reader, 1, LoanPlace.HOME)
    theirs = ways.lend(other, 1, LoanPlace.HOME)
    shown = Shown(
        credential=CredentialKind.SLIP_CODE, value=reader.slip_number, carried=mine + theirs
    )
    found = exits.check(ways.town.database, shown, at=ways.moved.at)
    assert (found.decision.verdict, found.decision.codes[0]) == (
        Verdict.DESK, Reason.CARRIED_NOT_LENT,
    )  # fmt: skip
    assert found.not_lent == tuple(theirs)


@pytest.mark.scenario("X16")
def test_a_ticket_at_the_way_out_does_not_stand_for_the_slip(ways: Ways) -> None:
    reader = ways.come_in()
    assert refused(ways, reader.ticket_code) is Reason.SLIP_MISSING
    assert ways.visit(reader).state is VisitState.INSIDE


@pytest.mark.scenario("X17")
def test_a_lost_slip_with_documents_out_stays(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 1)
    found = lost_slips.let_go(
        ways.town.database, reader.visit_id, staff_id=1, reason="загублено", at=ways.moved.at
    )
    assert found.decision.codes[0] is Reason.READING_ROOM_LOANS_OPEN
    assert ways.visit(reader).state is VisitState.INSIDE


@pytest.mark.scenario("X18")
def test_a_slip_that_no_department_marked_goes_and_is_flagged(ways: Ways) -> None:
    reader = ways.come_in()
    goes(ways, reader)
    assert ways.told("exit_decided")[-1].payload["reasons"] == [Reason.NO_MARKS]
    marked = ways.come_in()
    ways.lend(marked, 1, LoanPlace.HOME)
    goes(ways, marked)
    assert ways.told("exit_decided")[-1].payload["reasons"] == []


@pytest.mark.scenario("X19")
def test_documents_still_out_at_the_end_of_the_day_are_told_to_their_department(
    ways: Ways,
) -> None:
    reader = ways.come_in()
    ways.lend(reader, 2)
    ways.moved.forward(timedelta(days=1))
    days.close_past_days(ways.town.database, at=ways.moved.at)
    assert ways.visit(reader).state is VisitState.UNRESOLVED
    with ways.town.database.reading() as session:
        [notice] = session.scalars(select(DepartmentNotice))
    assert notice.department_code == "5"


@pytest.mark.scenario("X20")
def test_whose_health_cannot_wait_finds_the_ways_out_held_open(ways: Ways) -> None:
    reader = ways.come_in()
    ways.lend(reader, 1)
    urgent_exits.open_at_once(
        ways.town.database, staff_id=1, visit_id=reader.visit_id, at=ways.moved.at,
        entropy=os.urandom,
    )  # fmt: skip
    ways.follow()
    assert (ways.exit.bars, ways.entrance.bars) == ("open", "shut")
    ways.exit.walk(OUT)
    assert ways.visit(reader).state is VisitState.CLOSED
    with ways.town.database.reading() as session:
        assert [one.reason for one in urgent_exits.unexplained(session)] == [""]
        assert session.scalars(select(LaneAlarm)).all() == []


@pytest.mark.scenario("X21")
def test_whoever_walks_on_after_a_refusal_is_told_to_staff(ways: Ways) -> None:
    reader = ways.come_in()
    assert refused(ways, reader.ticket_code) is Reason.SLIP_MISSING
    ways.exit.lane.push(OUT)
    assert wait_for(lambda: bool(ways.exit.counter.lane_said))
    ways.exit.counter.lane_reports()
    ways.exit.deliver()
    with ways.town.database.reading() as session:
        [alarm] = session.scalars(select(LaneAlarm))
    assert (alarm.kind, alarm.way) == ("alarm_forced", "out")


@pytest.mark.scenario("V05")
@pytest.mark.clause("R2.4")
def test_the_slip_of_an_event_is_collected_at_the_exit_lane(ways: Ways) -> None:
    event = ways.town.event(doors_at=ways.moved.at)
    with ways.town.database.writing() as session:
        changes.note_event(session, event)
    ways.follow()
    counter = ways.entrance.counter
    counter.press("events")
    counter.press("choose", event)
    counter.press("persons", "persons+")
    counter.press("take")
    ways.entrance.walk(Direction.IN)
    with ways.town.database.reading() as session:
        [visit] = session.scalars(select(Visit))
    ways.follow()
    ways.exit.show(ways.entrance.last_slip())
    assert duties(ways.exit.counter.sees(screens.Farewell)) == [(Duty.HAND_IN_SLIP, None)]
    ways.exit.walk(OUT)
    with ways.town.database.reading() as session:
        closed = session.get_one(Visit, visit.id)
    assert (closed.state, closed.handed_in, closed.persons) == (VisitState.CLOSED, True, 2)
