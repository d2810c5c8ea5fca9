"""Fire and air raid at the centre, and lanes as staff see them."""

from __future__ import annotations

import os
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from gate.events import AlarmAnswer, AlarmQuery, AlarmSignal, BuildingRecord
from gate.facts import Emergency, VisitState
from gate.kinds import LaneAct
from gate.reasons import Reason, Verdict
from server.models import (
    Branch,
    EmergencyCase,
    EmergencyOrigin,
    Hall,
    LaneAlarm,
    LaneOrder,
    LaneStatus,
    RollState,
    Staff,
    Station,
    StationRole,
    Visit,
)
from server.services import (
    alarm_signals,
    days,
    emergencies,
    house_record,
    lanes,
    settings,
    urgent_exits,
)
from server.services.by import By
from tests.server.centre.town import NOON, Town, entry, join, reasons, told

MINUTE = timedelta(minutes=1)
BY = By(staff_id=1, at=NOON)


def begin(
    town: Town, kind: Emergency, *, minutes: int = 0, branch: str | None = None
) -> UUID | None:
    return emergencies.raise_alarm(
        town.database, kind, origin=EmergencyOrigin.CONSOLE, at=NOON + minutes * MINUTE,
        entropy=os.urandom, staff_id=1, branches=[branch],
    )  # fmt: skip


def holds(town: Town, branch: str | None = None) -> Emergency:
    with town.database.reading() as session:
        return settings.read(session).at_branch(branch).emergency


def signal(town: Town, what: AlarmSignal, branch: str | None = None) -> AlarmAnswer:
    query = AlarmQuery(signal=what, branch=branch)
    return alarm_signals.take(town.database, query, at=NOON, entropy=os.urandom)


def visits(town: Town) -> list[Visit]:
    with town.database.reading() as session:
        return list(session.scalars(select(Visit).order_by(Visit.opened_at)))


def listed(town: Town, case: UUID) -> list[tuple[str, int, RollState]]:
    with town.database.reading() as session:
        entries = emergencies.roll(session, case)
        return [(one.hall, one.persons, one.state) for one in entries]


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
def test_a_fire_lists_everybody_inside_and_their_visits_wait(town: Town) -> None:
    town.inside(town.ticket())
    away = entry("K1", at=NOON - MINUTE, ticket_id=town.ticket())
    town.tell("K1", away, told("K1", "left", visit_id=away["visit_id"], at=NOON - MINUTE))
    case = begin(town, Emergency.FIRE, minutes=1)
    assert case is not None
    assert sorted(one.state for one in visits(town)) == [VisitState.AWAY, VisitState.EVACUATED]
    assert len(listed(town, case)) == 1
    assert begin(town, Emergency.FIRE, minutes=2) is None, "it goes on"
    assert begin(town, Emergency.AIR_RAID, minutes=2) is None, "a fire is graver"


@pytest.mark.scenario("X14", "E33")
def test_at_a_fire_nobody_is_let_in_and_afterwards_the_visit_goes_on(town: Town) -> None:
    ticket = town.ticket()
    first = town.inside(ticket)
    case = begin(town, Emergency.FIRE, minutes=1)
    assert case is not None
    refused = town.check(town.code(ticket), at=NOON + 2 * MINUTE)
    assert (refused.verdict, reasons(refused)) == (Verdict.REFUSE, [Reason.EVACUATION])
    assert emergencies.all_clear(
        town.database, case, by=By(staff_id=1, at=NOON + 9 * MINUTE), note="учбова"
    )
    again = town.check(town.code(ticket), at=NOON + 10 * MINUTE)
    assert again.verdict is Verdict.GRANT
    assert again.visit_id == first.visit_id


def test_who_had_come_in_at_a_station_that_was_away_is_listed_when_it_tells(town: Town) -> None:
    case = begin(town, Emergency.FIRE)
    assert case is not None
    late = entry("K1", at=NOON - MINUTE, ticket_id=town.ticket(), persons=3)
    town.tell("K1", late, at=NOON + 5 * MINUTE)
    assert listed(town, case) == [("", 3, RollState.WAITING)]
    assert visits(town)[0].state is VisitState.EVACUATED


@pytest.mark.scenario("X14")
@pytest.mark.parametrize(
    "kind, told_of_entry", [("passed", True), ("passed", False), ("not_passed", True)]
)
def test_what_a_lane_tells_of_the_moment_of_a_fire_brings_nobody_in_or_out(
    town: Town, kind: str, told_of_entry: bool
) -> None:
    entered = entry("K1", at=NOON - MINUTE, ticket_id=town.ticket(), visit_state="admitted")
    if told_of_entry:
        town.tell("K1", entered)
    case = begin(town, Emergency.FIRE)
    assert case is not None
    walked = told("K1", kind, at=NOON + MINUTE / 60, visit_id=entered["visit_id"])
    town.tell("K1", *([] if told_of_entry else [entered]), walked, at=NOON + MINUTE)
    (visit,) = visits(town)
    assert (visit.state, visit.closed_at) == (VisitState.EVACUATED, None)
    assert len(listed(town, case)) == 1


@pytest.mark.scenario("E33")
def test_in_an_air_raid_visits_stay_open_and_who_comes_from_the_street_is_counted(
    town: Town,
) -> None:
    town.set(has_shelter=True)
    town.inside(town.ticket())
    case = begin(town, Emergency.AIR_RAID, minutes=1)
    assert case is not None
    ways = ("in", "in", "out", None)
    counted = [told("K1", "counted", way=way, at=NOON + 2 * MINUTE) for way in ways]
    before = told("K1", "counted", way="in", at=NOON - MINUTE)
    town.tell("K1", *counted, before, at=NOON + 3 * MINUTE)
    assert visits(town)[0].state is VisitState.INSIDE
    with town.database.reading() as session:
        found = session.get_one(EmergencyCase, case)
    assert (found.counted_in, found.counted_out) == (3, 1)
    assert days.close_past_days(town.database, at=NOON + timedelta(days=1)) == 0
    anybody = town.check("nothing that anybody issued", at=NOON + 2 * MINUTE)
    assert (anybody.verdict, reasons(anybody)) == (Verdict.GRANT, [Reason.SHELTER])


@pytest.mark.fault(32)
def test_a_lane_s_fire_input_alarms_the_house_and_an_old_one_does_not(town: Town) -> None:
    town.tell("K1", told("K1", "alarm", alarm="alarm_fire"), at=NOON + timedelta(hours=3))
    assert holds(town) is Emergency.NONE
    town.tell("K1", told("K1", "alarm", alarm="alarm_fire"))
    assert holds(town) is Emergency.FIRE
    with town.database.reading() as session:
        (case,) = emergencies.going_on(session)
        assert (case.origin, case.station_code) == (EmergencyOrigin.LANE, "K1")
        assert {one.kind for one in lanes.open_alarms(session)} == {"alarm_fire"}


def test_a_receiver_at_a_lane_begins_and_ends_an_air_raid_and_never_a_fire(town: Town) -> None:
    town.tell("K1", told("K1", "alarm", alarm="alarm_air_raid"))
    assert holds(town) is Emergency.AIR_RAID
    begin(town, Emergency.FIRE, minutes=1)
    assert holds(town) is Emergency.FIRE
    town.tell("K1", told("K1", "alarm", alarm="all_clear", at=NOON + 2 * MINUTE))
    assert holds(town) is Emergency.FIRE
    town.tell("K1", told("K1", "alarm", alarm="all_clear", at=NOON + 3 * MINUTE))
    assert holds(town) is Emergency.FIRE


def test_an_alarm_system_needs_its_own_token(town: Town) -> None:
    assert not alarm_signals.is_known(town.database, "")
    token = alarm_signals.make_token(town.database, at=NOON, entropy=os.urandom)
    assert alarm_signals.is_known(town.database, token)
    assert not alarm_signals.is_known(town.database, town.tokens["K1"])
    begun = signal(town, AlarmSignal.AIR_RAID)
    assert (begun.emergency, begun.changed) == (Emergency.AIR_RAID, True)
    again = signal(town, AlarmSignal.AIR_RAID)
    assert not again.changed
    over = signal(town, AlarmSignal.ALL_CLEAR)
    assert (over.emergency, over.changed) == (Emergency.NONE, True)


def test_several_people_tick_the_list_and_add_whom_it_lacks(town: Town) -> None:
    town.inside(town.ticket())
    case = begin(town, Emergency.FIRE, minutes=1)
    assert case is not None
    with town.database.reading() as session:
        (line,) = emergencies.roll(session, case)
    assert emergencies.tick(town.database, line.id, RollState.OUT, by=BY)
    guest = emergencies.Person(name="електрик", persons=2, hall="підвал", needs_help=True)
    assert emergencies.add_person(town.database, case, guest, by=BY, entropy=os.urandom)
    assert not emergencies.add_person(
        town.database, case, emergencies.Person(name="  "), by=BY, entropy=os.urandom
    )
    assert [(persons, state) for _, persons, state in listed(town, case)] == [
        (2, RollState.OUT),
        (1, RollState.OUT),
    ]


@pytest.mark.scenario("X14")
def test_who_left_again_after_a_fire_in_the_middle_of_a_passage_is_out_for_a_while(
    town: Town,
) -> None:
    entered = entry("K1", at=NOON - MINUTE, ticket_id=town.ticket(), visit_state="admitted")
    visit_id = entered["visit_id"]
    town.tell("K1", entered)
    case = begin(town, Emergency.FIRE)
    assert case is not None
    town.tell("K1", told("K1", "not_passed", at=NOON + MINUTE / 60, visit_id=visit_id))
    emergencies.all_clear(town.database, case, by=By(staff_id=1, at=NOON + 9 * MINUTE))
    town.tell("K1", told("K1", "returned", at=NOON + 10 * MINUTE, visit_id=visit_id))
    assert visits(town)[0].state is VisitState.INSIDE
    town.tell("K1", told("K1", "left", at=NOON + 20 * MINUTE, visit_id=visit_id))
    assert visits(town)[0].state is VisitState.AWAY


# --- Several buildings ------------------------------------------------------------------------


@pytest.fixture
def two_houses(town: Town) -> Town:
    """A branch in another town, with the station B1."""
    with town.database.writing() as session:
        session.add(
            Branch(code="2", name="Філія", assembly_point="стадіон", has_shelter=True,
                   shelter_place="льох")
        )  # fmt: skip
    join(town, "B1", StationRole.BOTH, "2")
    return town


def house_of(town: Town, station: str) -> BuildingRecord:
    with town.database.reading() as session:
        library = settings.read(session).at_station(station)
        return house_record.building_record(session, library, at=NOON + MINUTE)


@pytest.mark.scenario("X14", "E33")
@pytest.mark.fault(32)
def test_a_fire_in_one_building_lets_the_others_work(two_houses: Town) -> None:
    town = two_houses
    there, here = (entry(code, at=NOON - MINUTE, ticket_id=town.ticket()) for code in ("B1", "K1"))
    town.tell("B1", there)
    town.tell("K1", here)
    town.tell("B1", told("B1", "alarm", alarm="alarm_fire"))
    assert (holds(town), holds(town, "2")) == (Emergency.NONE, Emergency.FIRE)
    assert house_of(town, "K1").emergency is Emergency.NONE
    burning = house_of(town, "B1")
    assert (burning.emergency, burning.emergency_since) == (Emergency.FIRE, NOON)
    assert (burning.assembly_point, burning.stations) == ("стадіон", ("B1",))
    assert "" in house_of(town, "K1").stations
    states = {str(one.id): one.state for one in visits(town)}
    assert states[there["visit_id"]] is VisitState.EVACUATED
    assert states[here["visit_id"]] is VisitState.INSIDE
    with town.database.reading() as session:
        (case,) = emergencies.going_on(session)
    assert len(listed(town, case.id)) == 1
    code = town.code(town.ticket())
    refused = town.check(code, at=NOON + MINUTE, station="B1")
    assert reasons(refused) == [Reason.EVACUATION]
    assert town.check(code, at=NOON + MINUTE).verdict is Verdict.GRANT
    late = entry("B1", at=NOON - MINUTE, ticket_id=town.ticket(), persons=2)
    town.tell("B1", late)
    town.tell("K1", entry("K1", at=NOON - MINUTE, ticket_id=town.ticket()))
    assert len(listed(town, case.id)) == 2
    assert days.close_past_days(town.database, at=NOON + timedelta(days=1)) == 0
    assert emergencies.all_clear(town.database, case.id, by=BY)
    assert holds(town, "2") is Emergency.NONE


@pytest.mark.scenario("E33")
def test_each_building_counts_who_is_in_its_own_shelter(two_houses: Town) -> None:
    town = two_houses
    with town.database.writing() as session:
        session.add(Hall(name="Льох", branch_code="2", capacity=3, is_shelter=True))
        session.add(Hall(name="Підвал", capacity=50, is_shelter=True))
    town.set(has_shelter=True)
    for code in ("B1", "K1", "K1"):
        town.tell(code, entry(code, at=NOON - MINUTE, ticket_id=town.ticket()))
    signal(town, AlarmSignal.AIR_RAID)
    town.tell("B1", told("B1", "counted", way="in"), told("B1", "counted", way="in"))
    shelters = [house_of(town, code) for code in ("B1", "K1")]
    assert [(one.shelter_inside, one.shelter_limit) for one in shelters] == [(3, 3), (2, 50)]
    full = town.check("nobody's", at=NOON + MINUTE, station="B1")
    assert reasons(full) == [Reason.SHELTER_FULL]
    assert reasons(town.check("nobody's", at=NOON + MINUTE, station="K1")) == [Reason.SHELTER]
    assert house_of(town, "K1").shelter_inside == 3
    town.tell("B1", told("B1", "alarm", alarm="all_clear"))
    assert (holds(town), holds(town, "2")) == (Emergency.AIR_RAID, Emergency.NONE)


def test_an_alarm_system_means_every_building_unless_it_names_one(two_houses: Town) -> None:
    town = two_houses
    assert signal(town, AlarmSignal.AIR_RAID, "2").changed
    assert (holds(town), holds(town, "2")) == (Emergency.NONE, Emergency.AIR_RAID)
    assert signal(town, AlarmSignal.AIR_RAID).changed
    assert holds(town) is Emergency.AIR_RAID
    own = signal(town, AlarmSignal.ALL_CLEAR, "")
    assert (own.emergency, own.changed) == (Emergency.NONE, True)
    assert holds(town, "2") is Emergency.AIR_RAID
    with pytest.raises(alarm_signals.UnknownBranch):
        signal(town, AlarmSignal.FIRE, "77")


@pytest.mark.scenario("X20")
def test_who_is_unwell_finds_the_ways_out_of_the_building_they_are_in(two_houses: Town) -> None:
    town = two_houses
    join(town, "L1", StationRole.EXIT)
    for code in ("B1", "L1"):
        town.change(Station, code, has_lane=True)
    there = entry("B1", at=NOON, ticket_id=town.ticket())
    town.tell("B1", there)
    assert held(town, UUID(there["visit_id"])) == {"B1"}
    assert held(town, None) == {"L1"}, "where this member of staff works"
    town.change(Staff, 1, department_code=None)
    assert held(town, None) == {"B1", "L1"}


def held(town: Town, visit_id: UUID | None) -> set[str]:
    """Stations that an urgent way out is ordered at, this time."""
    with town.database.writing() as session:
        session.execute(delete(LaneOrder))
    urgent_exits.open_at_once(
        town.database, staff_id=1, visit_id=visit_id, at=NOON, entropy=os.urandom
    )
    with town.database.reading() as session:
        return set(session.scalars(select(LaneOrder.station_code)))


# --- Lanes -----------------------------------------------------------------------------------


@pytest.fixture
def lane(town: Town) -> Town:
    join(town, "L1", StationRole.BOTH)
    return town


def orders(town: Town, minutes: float = 0) -> list[LaneAct]:
    """What stations hear of."""
    with town.database.reading() as session:
        library, at = settings.read(session), NOON + minutes * MINUTE
        return [one.act for one in house_record.building_record(session, library, at=at).orders]


def give(town: Town, act: LaneAct, reason: str = "") -> bool:
    return lanes.order(town.database, "L1", act, way="in", reason=reason, by=BY, entropy=os.urandom)


def test_an_order_is_told_to_stations_until_it_is_done_or_too_old(lane: Town) -> None:
    lane.change(Station, "L1", has_lane=True)
    assert give(lane, LaneAct.OPEN_ONCE)
    assert orders(lane) == [LaneAct.OPEN_ONCE]
    assert orders(lane, minutes=1) == []
    with lane.database.reading() as session:
        given = session.scalars(select(LaneOrder)).one()
    changed = told("L1", "lane_changed", phase="open", order_id=str(given.id))
    lane.tell("L1", changed)
    assert orders(lane) == []


def test_what_keeps_a_lane_from_its_work_needs_a_reason(lane: Town) -> None:
    lane.change(Station, "L1", has_lane=True)
    for act in (LaneAct.HOLD, LaneAct.LOCK):
        with pytest.raises(lanes.NeedsReason):
            give(lane, act, "  ")
        assert give(lane, act, "виносять рояль")
    assert not lanes.order(
        lane.database, "Z9", LaneAct.RESET, way=None, reason="", by=BY, entropy=os.urandom
    )


def test_an_older_word_of_a_lane_that_comes_late_changes_nothing(lane: Town) -> None:
    lane.tell("L1", told("L1", "lane_changed", phase="held", at=NOON + MINUTE))
    lane.tell("L1", told("L1", "lane_changed", phase="closed", at=NOON))
    with lane.database.reading() as session:
        assert session.get_one(LaneStatus, "L1").phase == "held"


@pytest.mark.fault(31)
def test_an_alarm_waits_until_somebody_acknowledges_it(lane: Town) -> None:
    lane.tell("L1", told("L1", "alarm", alarm="alarm_forced", way="in"))
    with lane.database.reading() as session:
        (alarm,) = lanes.open_alarms(session)
    assert (alarm.station_code, alarm.kind, alarm.way) == ("L1", "alarm_forced", "in")
    assert lanes.acknowledge(lane.database, alarm.id, note="діти бавилися", by=BY)
    assert not lanes.acknowledge(lane.database, alarm.id, note="", by=BY)
    with lane.database.reading() as session:
        assert lanes.open_alarms(session) == []


@pytest.mark.threat(2)
@pytest.mark.parametrize(
    "mode, verdict, reason",
    [("hard", "desk", Reason.SLIP_CLOSED), ("soft", "grant", Reason.OUTSIDE_AGAIN)],
)
def test_a_slip_shown_after_its_reader_went_out_is_put_before_staff(
    town: Town, mode: str, verdict: str, reason: Reason
) -> None:
    town.set(inside_again=mode)
    ticket = town.ticket()
    slip = town.inside(ticket).slip_number or ""
    town.check(slip, leaving=True)
    again = town.check(slip, leaving=True, at=NOON + MINUTE)
    assert (again.verdict, reasons(again)[0]) == (verdict, reason)
    offline = told(
        "E1", "exit_decided", verdict=verdict, reasons=[reason], credential="slip_code",
        source="copy", facts_as_of=NOON.isoformat(), ticket_id=ticket,
    )  # fmt: skip
    town.tell("E1", offline)
    with town.database.reading() as session:
        alarms = session.scalars(select(LaneAlarm)).all()
        assert {(one.kind, one.ticket_id) for one in alarms} == {("already_outside", ticket)}
        assert len(alarms) == 2
        [visit] = session.scalars(select(Visit))
        assert visit.closed_at == NOON, "it went out once"


@pytest.mark.threat(2)
@pytest.mark.scenario("E06")
def test_a_ticket_shown_by_a_second_person_is_put_before_staff(town: Town) -> None:
    ticket = town.ticket()
    town.inside(ticket)
    refused = town.check(town.code(ticket), station="R2")
    assert reasons(refused) == [Reason.ALREADY_INSIDE]
    offline = entry(
        "K1", ticket_id=ticket, verdict="desk", reasons=["already_inside"], visit_id=None,
        visit_state=None, slip_number=None,
    )  # fmt: skip
    town.tell("K1", offline)
    with town.database.reading() as session:
        alarms = session.scalars(select(LaneAlarm)).all()
    assert {(one.kind, one.ticket_id) for one in alarms} == {("already_inside", ticket)}
    assert len(alarms) == 2
