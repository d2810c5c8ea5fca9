"""From what happened to what is shown: outcomes as screens, still without words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gate.events import BuildingRecord, EventRecord
from gate.facts import Because, Decision, DepartmentCount, Emergency, Task
from gate.reasons import Duty, Reason, Verdict
from gate.records import building_facts, hall_facts
from gate.rules import shelter_code
from kiosk.admission import Entered
from kiosk.departure import Departed
from kiosk.knowledge import timezone_of
from kiosk.screens import (
    Admits,
    DepartmentLine,
    Evacuation,
    EventLine,
    Farewell,
    Greeting,
    Paper,
    Refusal,
    Screen,
    StillOut,
    Tone,
)

_NOTES_MOST: Final = 1
_FORTNIGHT: Final = timedelta(days=14)
_UNSAID: Final = frozenset(
    {Reason.OFFLINE, Reason.WEAK_CREDENTIAL, Reason.NO_MARKS, Reason.SLIP_OF_OTHER_DAY}
)
"""Warnings for staff: a patron who is served need not wonder about them."""
_SAID_BY_PAPER: Final = frozenset({Duty.PRINT_SLIP, Duty.OFFER_REPRINT})
_ALARMS: Final = frozenset(
    {Reason.EVACUATION, Reason.NO_SHELTER, Reason.SHELTER_FULL, Reason.SHELTER}
)


def emergency(building: BuildingRecord, *, counts: bool = False) -> Evacuation | None:
    """Where to go, while there is an emergency; `counts` people on their way to the shelter."""
    match building.emergency:
        case Emergency.NONE:
            return None
        case Emergency.FIRE:
            code = Reason.EVACUATION
        case Emergency.AIR_RAID:
            code = shelter_code(building_facts(building))
    shown = _evacuation(Because(code=code), building)
    return replace(shown, counts=True) if counts and code is Reason.SHELTER else shown


def _evacuation(because: Because, building: BuildingRecord) -> Evacuation:
    places = {
        Reason.EVACUATION: building.assembly_point,
        Reason.SHELTER: building.shelter_place,
    }
    return Evacuation(
        because=because,
        nearest_shelter=building.nearest_shelter,
        place=places.get(because.code, ""),
    )


def entered(outcome: Entered) -> Screen:
    """What somebody sees who wished to come in."""
    alarm = _alarm(outcome.decision, outcome.known.building)
    if alarm is not None:
        return alarm
    if not outcome.granted:
        return _refusal(
            outcome.decision,
            outcome.known.building,
            may_reprint=outcome.asks_for(Duty.OFFER_REPRINT),
        )
    ticket = outcome.known.ticket
    visit = None if outcome.staff_pass else outcome.visit
    paper = _paper(outcome)
    return Greeting(
        paper=paper,
        reader=None if ticket is None else ticket.display_name,
        slip_number=None if visit is None else visit.slip_number,
        event=None if outcome.known.event is None else outcome.known.event.title,
        persons=1 if visit is None else visit.persons,
        duties=_without(outcome.decision.duties, _SAID_BY_PAPER),
        notes=_notes(outcome.decision),
        may_declare=visit is not None and visit.ticket_id is not None and not visit.own_items,
        may_reprint=paper is Paper.SAME and outcome.job is not None,
    )


def departed(outcome: Departed) -> Screen:
    """What somebody sees who wished to go."""
    alarm = _alarm(outcome.decision, outcome.known.building)
    if alarm is not None:
        return alarm
    if outcome.granted:
        persons = 1 if outcome.visit is None else outcome.visit.persons
        return Farewell(duties=outcome.decision.duties, persons=persons)
    first = outcome.decision.reasons[0]
    if first.code is Reason.READING_ROOM_LOANS_OPEN:
        lines = departments(first.departments, outcome.known.building)
        return StillOut(because=first, departments=lines)
    return _refusal(outcome.decision, outcome.known.building)


def departments(
    counts: Iterable[DepartmentCount], building: BuildingRecord
) -> tuple[DepartmentLine, ...]:
    """Departments by name; by code where this station does not know the name."""
    known = {department.code: department for department in building.departments}
    return tuple(
        DepartmentLine(
            name=known[out.department].name if out.department in known else out.department,
            name_en=known[out.department].name_en if out.department in known else "",
            count=out.count,
        )
        for out in counts
    )


def event_lines(
    events: Iterable[EventRecord], at: datetime, building: BuildingRecord
) -> tuple[EventLine, ...]:
    """The events of the library's day in this building that are not over."""
    zone = timezone_of(building)
    today = at.astimezone(zone).date()
    full = {hall.name for hall in building.halls if not hall_facts(hall).has_room_for(1)}
    return tuple(
        event_line(event, at, hall_full=event.hall in full)
        for event in events
        if _is_here(event, building)
        and event.ends_at > at
        and event.starts_at.astimezone(zone).date() <= today
    )


def coming_lines(
    events: Iterable[EventRecord], at: datetime, building: BuildingRecord
) -> tuple[EventLine, ...]:
    """This building's events of the next fortnight, for which one may sign up already."""
    zone = timezone_of(building)
    today = at.astimezone(zone).date()
    last = today + _FORTNIGHT
    return tuple(
        replace(_not_yet(event_line(event, at)), other_day=True)
        for event in events
        if _is_here(event, building) and today < event.starts_at.astimezone(zone).date() <= last
    )


def _is_here(event: EventRecord, building: BuildingRecord) -> bool:
    """Who is let in here for what goes on in another town stands before the wrong door."""
    return event.branch is None or event.branch == building.branch


def event_line(event: EventRecord, at: datetime, *, hall_full: bool = False) -> EventLine:
    """One event as the list shows it."""
    return EventLine(
        event_id=event.event_id,
        title=event.title,
        title_en=event.title_en or event.title,
        hall=event.hall,
        doors_at=event.doors_at,
        starts_at=event.starts_at,
        ends_at=event.ends_at,
        places_left=event.places_left,
        admits=_admits(event, at, hall_full=hall_full),
        has_queue=_is_full(event) and at < event.starts_at,
    )


def _not_yet(line: EventLine) -> EventLine:
    return line if line.admits is Admits.FULL else replace(line, admits=Admits.LATER)


def _admits(event: EventRecord, at: datetime, *, hall_full: bool) -> Admits:
    if hall_full or _is_full(event):
        return Admits.FULL
    return Admits.LATER if at < event.doors_at else Admits.NOW


def _is_full(event: EventRecord) -> bool:
    return event.places_left is not None and event.places_left <= 0


def _alarm(decision: Decision, building: BuildingRecord) -> Evacuation | None:
    """An emergency is said in its own way, whoever scanned what."""
    if not _ALARMS & set(decision.codes):
        return None
    return _evacuation(decision.reasons[0], building)


def _refusal(decision: Decision, building: BuildingRecord, *, may_reprint: bool = False) -> Refusal:
    grave = [because for because in decision.reasons if _is_grave(because)]
    return Refusal(
        tone=Tone.DESK if decision.verdict is Verdict.DESK else Tone.REFUSE,
        verdict=decision.verdict,
        because=grave[0],
        others=tuple(grave[1:2]),
        duties=_without(decision.duties, _SAID_BY_PAPER),
        may_reprint=may_reprint,
        phone=building.service_centre_phone,
    )


def _is_grave(because: Because) -> bool:
    return Decision.of((because,)).verdict is not Verdict.GRANT


def _notes(decision: Decision) -> tuple[Because, ...]:
    said = (because for because in decision.reasons if because.code not in _UNSAID)
    return tuple(said)[:_NOTES_MOST]


def _without(duties: Iterable[Task], unsaid: frozenset[Duty]) -> tuple[Task, ...]:
    return tuple(task for task in duties if task.code not in unsaid)


def _paper(outcome: Entered) -> Paper:
    if outcome.asks_for(Duty.PRINT_SLIP):
        return Paper.COMING
    none = outcome.visit is None or outcome.staff_pass
    return Paper.NONE if none else Paper.SAME
