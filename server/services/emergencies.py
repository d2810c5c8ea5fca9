"""Fire and air raid: from the alarm to the all clear, and the list of those who were inside.

Each is one building's: a fire opens no lane in another town. What is to hold everywhere begins in
every building, and ends in each by itself.

At a fire everybody is out without a scan: their visits are `evacuated`, loans stay, and the slip
continues the visit the same day (X14). In an air raid nobody has left: visits stay open, and who
comes in from the street is counted (E33).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.events import uuid7
from gate.facts import Emergency, VisitState
from server.database import Database
from server.models import (
    EmergencyCase,
    EmergencyOrigin,
    RollEntry,
    RollState,
    Ticket,
    Visit,
)
from server.services import audit, changes, halls, presence, settings, visits
from server.services.by import By, actor_of
from server.services.halls import Whereabouts
from server.services.keys import Entropy

_UUID_ENTROPY_BYTES: Final = 10
_NAME_MAX_SIGNS: Final = 200
_NOTE_MAX_SIGNS: Final = 2000
_HALL_MAX_SIGNS: Final = 100
_PERSONS_MOST: Final = 200
_REPORTS_MOST: Final = 100
ON_THE_LIST: Final = (*presence.IN_THE_BUILDING, VisitState.EVACUATED)


def raise_alarm(
    database: Database,
    kind: Emergency,
    *,
    origin: EmergencyOrigin,
    at: datetime,
    entropy: Entropy,
    staff_id: int | None = None,
    branches: Iterable[str | None] = (None,),
) -> UUID | None:
    """Begin an emergency in these buildings; answers the first that began.

    None where it goes on already in all of them, or a fire does, which is graver.
    """
    with database.writing() as session:
        begun = [
            begin(
                session, kind, origin=origin, at=at, entropy=entropy, staff_id=staff_id,
                branch=branch,
            )
            for branch in branches
        ]  # fmt: skip
        return next((case.id for case in begun if case is not None), None)


def begin(
    session: Session,
    kind: Emergency,
    *,
    origin: EmergencyOrigin,
    at: datetime,
    entropy: Entropy,
    staff_id: int | None = None,
    station: str | None = None,
    branch: str | None = None,
) -> EmergencyCase | None:
    """The same in one building, within a transaction; its stations hear of it at once."""
    running = going_on_in(session, branch)
    if any(case.kind in (kind, Emergency.FIRE) for case in running):
        return None
    case = EmergencyCase(
        id=uuid7(at, entropy(_UUID_ENTROPY_BYTES)), kind=kind, origin=origin, station_code=station,
        branch_code=branch, started_at=at, started_by=staff_id,
    )  # fmt: skip
    session.add(case)
    actor = actor_of(staff_id) if station is None else f"station:{station}"
    session.flush()
    _hold(session, branch, actor, at)
    _note(session, case, "emergency_begun", actor, at)
    fill(session, case, at=at, entropy=entropy)
    return case


def all_clear(database: Database, case_id: UUID, *, by: By, note: str = "") -> bool:
    """End an emergency; what else goes on holds again. False where it ended already."""
    with database.writing() as session:
        case = session.get(EmergencyCase, case_id, with_for_update=True)
        if case is None or case.ended_at is not None:
            return False
        end(session, case, at=by.at, staff_id=by.staff_id, note=note)
        return True


def end(
    session: Session, case: EmergencyCase, *, at: datetime, staff_id: int | None, note: str = ""
) -> None:
    """The same within a transaction."""
    case.ended_at, case.ended_by = at, staff_id
    case.note = note.strip()[:_NOTE_MAX_SIGNS]
    session.flush()
    _hold(session, case.branch_code, actor_of(staff_id), at)
    _note(session, case, "emergency_ended", actor_of(staff_id), at)


def _hold(session: Session, branch: str | None, actor: str, at: datetime) -> None:
    """Let the gravest that goes on in a building hold there."""
    if branch is not None:
        settings.note_changed(session)
        return
    running = going_on_in(session, None)
    holds = running[0].kind if running else Emergency.NONE
    settings.put(session, {"emergency": holds}, actor=actor, at=at)


def end_air_raid(database: Database, branches: Iterable[str | None], *, at: datetime) -> bool:
    """The alarm system gives the all clear for buildings. False where there was no alert."""
    with database.writing() as session:
        ended = [end_air_raid_within(session, branch, at=at) for branch in branches]
        return any(ended)


def end_air_raid_within(session: Session, branch: str | None, *, at: datetime) -> bool:
    """The same for one building within a transaction: a fire never ends by a signal."""
    for case in going_on_in(session, branch):
        if case.kind is Emergency.AIR_RAID:
            end(session, case, at=at, staff_id=None)
            return True
    return False


def going_on(session: Session) -> Sequence[EmergencyCase]:
    """What goes on, the gravest first: at most a fire and an air raid in each building."""
    found = session.scalars(
        select(EmergencyCase)
        .where(EmergencyCase.ended_at.is_(None))
        .order_by(EmergencyCase.started_at, EmergencyCase.id)
    ).all()
    return sorted(found, key=lambda case: case.kind is not Emergency.FIRE)


def going_on_in(session: Session, branch: str | None) -> Sequence[EmergencyCase]:
    """The same in one building; None: the library's own."""
    return [case for case in going_on(session) if case.branch_code == branch]


def past(session: Session) -> Sequence[EmergencyCase]:
    """What is over, the latest first."""
    query = select(EmergencyCase).where(EmergencyCase.ended_at.is_not(None))
    return session.scalars(
        query.order_by(EmergencyCase.started_at.desc()).limit(_REPORTS_MOST)
    ).all()


# --- The list --------------------------------------------------------------------------------


def fill(session: Session, case: EmergencyCase, *, at: datetime, entropy: Entropy) -> None:
    """Put on the list everybody who is in the building and not on it yet; at a fire visits wait.

    A station that was away tells later who had come in: it is called again then.
    """
    library = settings.read(session)
    listed = set(session.scalars(select(RollEntry.visit_id).where(RollEntry.case_id == case.id)))
    query = (
        select(Visit)
        .where(
            Visit.branch_code.is_not_distinct_from(case.branch_code),
            Visit.closed_at.is_(None),
            Visit.state.in_(presence.IN_THE_BUILDING),
            Visit.local_day == library.day(case.started_at),
            Visit.opened_at <= case.started_at,
        )
        .options(
            selectinload(Visit.marks),
            joinedload(Visit.event),
            joinedload(Visit.ticket).joinedload(Ticket.patron),
        )
    )
    if case.kind is Emergency.AIR_RAID:
        query = query.where(Visit.opened_at <= at)
    where = halls.whereabouts(session)
    for visit in session.scalars(query).all():
        if visit.id in listed:
            continue
        session.add(_line(case, visit, where, at, entropy))
        if case.kind is Emergency.FIRE:
            visit.state, visit.changed_at = VisitState.EVACUATED, case.started_at
            visits.touched(session, visit)
    session.flush()


def _line(
    case: EmergencyCase, visit: Visit, where: Whereabouts, at: datetime, entropy: Entropy
) -> RollEntry:
    mark, event, ticket = visit.marks[-1] if visit.marks else None, visit.event, visit.ticket
    return RollEntry(
        id=uuid7(at, entropy(_UUID_ENTROPY_BYTES)),
        case_id=case.id,
        visit_id=visit.id,
        persons=visit.persons,
        hall=where.of(
            mark.department_code if mark else None,
            event.hall if event else None,
            visit.station_code,
        ),
        seen_at=mark.first_at if mark else visit.opened_at,
        needs_help=visit.needs_help or (ticket is not None and ticket.patron.needs_help),
    )


def roll(session: Session, case_id: UUID) -> Sequence[RollEntry]:
    """The list, by hall; in it who needs help first."""
    entries = session.scalars(select(RollEntry).where(RollEntry.case_id == case_id)).all()
    return sorted(entries, key=_place_on_list)


def _place_on_list(one: RollEntry) -> tuple[bool, str, bool, UUID]:
    return one.hall == "", one.hall, not one.needs_help, one.id


def tick(database: Database, entry_id: UUID, state: RollState, *, by: By) -> bool:
    """Somebody was met, is in the shelter, or is missing; the last word holds."""
    with database.writing() as session:
        entry = session.get(RollEntry, entry_id, with_for_update=True)
        if entry is None:
            return False
        before = entry.state
        entry.state, entry.state_at, entry.state_by = state, by.at, by.staff_id
        audit.record(
            session, at=by.at, actor=by.actor, action="roll_ticked",
            about=("roll_entry", str(entry_id)), details={"before": before, "after": state},
        )  # fmt: skip
        changes.note_building(session)
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody without a visit, as staff wrote it: of the staff, a guest, from the street."""

    name: str
    persons: int = 1
    hall: str = ""
    needs_help: bool = False
    state: RollState = RollState.OUT


def add_person(
    database: Database, case_id: UUID, person: Person, *, by: By, entropy: Entropy
) -> bool:
    """Put somebody on the list by hand. False without a name, or without such a list."""
    name = person.name.strip()[:_NAME_MAX_SIGNS]
    with database.writing() as session:
        if not name or session.get(EmergencyCase, case_id) is None:
            return False
        session.add(
            RollEntry(
                id=uuid7(by.at, entropy(_UUID_ENTROPY_BYTES)), case_id=case_id, name=name,
                persons=max(1, min(person.persons, _PERSONS_MOST)),
                hall=person.hall.strip()[:_HALL_MAX_SIGNS], needs_help=person.needs_help,
                seen_at=by.at, state=person.state, state_at=by.at, state_by=by.staff_id,
            )
        )  # fmt: skip
        return True


def count(
    session: Session, branch: str | None, way: str | None, persons: int, at: datetime
) -> None:
    """So many took a free way of a building while an air raid went on there."""
    column = EmergencyCase.counted_out if way == "out" else EmergencyCase.counted_in
    session.execute(
        update(EmergencyCase)
        .where(
            EmergencyCase.kind == Emergency.AIR_RAID,
            EmergencyCase.branch_code.is_not_distinct_from(branch),
            EmergencyCase.started_at <= at,
            EmergencyCase.ended_at.is_(None) | (EmergencyCase.ended_at >= at),
        )
        .values({column: column + persons})
    )
    changes.note_building(session)


def _note(session: Session, case: EmergencyCase, action: str, actor: str, at: datetime) -> None:
    audit.record(
        session, at=at, actor=actor, action=action, about=("emergency", str(case.id)),
        details={"kind": case.kind, "origin": case.origin, "branch": case.branch_code},
    )  # fmt: skip
