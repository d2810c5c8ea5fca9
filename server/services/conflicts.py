"""A conflict as staff need it to settle it: what belongs to it, and how one of two visits ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import LoanPlace, VisitState
from gate.reasons import Verdict
from server.database import Database
from server.models import (
    Conflict,
    ConflictKind,
    Loan,
    StationEvent,
    Ticket,
    Visit,
    VisitOrigin,
)
from server.services import audit, desk_events, desk_slips, settings, visits
from server.services.keys import Entropy

_UUID_ENTROPY_BYTES = 10

NOT_TWO_PEOPLE = "not_two_people"
"""Why the second visit of one ticket was closed."""


class Act(StrEnum):
    """What staff may do about a conflict in one step; the same word becomes its resolution."""

    COUNT_VISIT = "count_visit"
    """The visit of somebody who left is entered with the time of the exit."""
    OPEN_PASSAGE = "open_passage"
    """They came in through an open passage, and nothing is entered."""
    CLOSE_VISIT = "close_visit"
    """Whom a station let in wrongly is outside: the visit ends now."""
    STANDS = "stands"
    """What the station decided stays."""
    APOLOGISED = "apologised"
    """Who was sent away wrongly was told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What is known of a conflict."""

    conflict: Conflict
    told: dict[str, Any]
    """The station's event, as it came; empty where we do not have it."""
    ticket: Ticket | None
    visits: Sequence[Visit]
    """Its visit and, where a ticket has two at once, the other ones; the oldest first."""


class Settled(StrEnum):
    """What became of the wish to close one of two visits."""

    DONE = "done"
    DOCUMENTS_OUT = "documents_out"
    """Documents of a reading room are still out on it."""
    NOT_POSSIBLE = "not_possible"
    """It is closed or settled already, or belongs to another conflict."""


def story(session: Session, conflict: Conflict) -> Story:
    """Gather what belongs to a conflict."""
    event = None if conflict.event_id is None else session.get(StationEvent, conflict.event_id)
    return Story(
        conflict=conflict,
        told={} if event is None else dict(event.payload),
        ticket=None if conflict.ticket_id is None else session.get(Ticket, conflict.ticket_id),
        visits=_visits(session, conflict),
    )


def _visits(session: Session, conflict: Conflict) -> Sequence[Visit]:
    mine = None if conflict.visit_id is None else session.get(Visit, conflict.visit_id)
    if mine is None:
        return ()
    if conflict.kind is not ConflictKind.TWO_VISITS or mine.ticket_id is None:
        return (mine,)
    ends = Visit.opened_at < mine.closed_at if mine.closed_at is not None else Visit.id.is_not(None)
    query = select(Visit).where(
        Visit.ticket_id == mine.ticket_id,
        ends,
        or_(Visit.closed_at.is_(None), Visit.closed_at > mine.opened_at),
    )
    return session.scalars(query.order_by(Visit.opened_at)).all()


def close_visit(
    database: Database, conflict_id: int, visit_id: UUID, *, staff_id: int, at: datetime
) -> Settled:
    """Close one of two visits at once: it was the same person. The conflict is settled with it."""
    with database.writing() as session:
        conflict = session.get(Conflict, conflict_id, with_for_update=True)
        if (
            conflict is None
            or conflict.resolved_at is not None
            or conflict.kind is not ConflictKind.TWO_VISITS
        ):
            return Settled.NOT_POSSIBLE
        found = {visit.id: visit for visit in _visits(session, conflict)}
        visit = found.get(visit_id)
        if visit is None or visit.closed_at is not None:
            return Settled.NOT_POSSIBLE
        if _documents_out(session, visit):
            return Settled.DOCUMENTS_OUT
        visits.end(
            session, visit, at=at, handed_in=False,
            staff_id=staff_id, reason=NOT_TWO_PEOPLE,
        )  # fmt: skip
        _settle(session, conflict, NOT_TWO_PEOPLE, visit.id, staff_id=staff_id, at=at)
        return Settled.DONE


def acts(known: Story) -> Sequence[Act]:
    """What may be done about a conflict in one step."""
    match known.conflict.kind:
        case ConflictKind.EXIT_WITHOUT_ENTRY:
            may_count = known.ticket is not None and not known.visits
            return (Act.COUNT_VISIT, Act.OPEN_PASSAGE) if may_count else (Act.OPEN_PASSAGE,)
        case ConflictKind.VERDICTS_DIFFER if not let_through(known.conflict):
            return (Act.APOLOGISED,)
        case ConflictKind.VERDICTS_DIFFER:
            is_inside = any(visit.closed_at is None for visit in known.visits)
            return (Act.CLOSE_VISIT, Act.STANDS) if is_inside else (Act.STANDS,)
        case _:
            return ()


def let_through(conflict: Conflict) -> bool:
    """Whether the station, or the desk, had let somebody pass whom we would not."""
    there = conflict.details.get("there") or [Verdict.GRANT.value]
    return bool(there[0] == Verdict.GRANT.value)


def settle(
    database: Database, conflict_id: int, act: Act, *, staff_id: int, at: datetime, entropy: Entropy
) -> Settled:
    """Do one of its acts; the conflict is settled with it."""
    with database.writing() as session:
        conflict = session.get(Conflict, conflict_id, with_for_update=True)
        if conflict is None or conflict.resolved_at is not None:
            return Settled.NOT_POSSIBLE
        known = story(session, conflict)
        if act not in acts(known):
            return Settled.NOT_POSSIBLE
        visit = known.visits[0] if known.visits else None
        if act is Act.CLOSE_VISIT and visit is not None:
            if _documents_out(session, visit):
                return Settled.DOCUMENTS_OUT
            visits.end(
                session, visit, at=at, handed_in=False,
                staff_id=staff_id, reason=act.value,
            )  # fmt: skip
        elif act is Act.COUNT_VISIT:
            visit = _counted(session, known, staff_id=staff_id, at=at, entropy=entropy)
        _settle(
            session, conflict, act.value, None if visit is None else visit.id,
            staff_id=staff_id, at=at,
        )  # fmt: skip
        return Settled.DONE


def _counted(
    session: Session, known: Story, *, staff_id: int, at: datetime, entropy: Entropy
) -> Visit:
    """The visit that the exit ended. A station that tells of its entry later, tells of this one."""
    conflict = known.conflict
    station = conflict.details.get("station")
    library = settings.read(session).at_station(station or "")
    left_at = datetime.fromisoformat(conflict.details["at"])
    visit = visits.begin(
        session,
        visits.Beginning(
            visit_id=conflict.visit_id or uuid7(left_at, entropy(_UUID_ENTROPY_BYTES)),
            slip_number=desk_slips.new_number(session, at=at, entropy=entropy),
            at=left_at,
            origin=VisitOrigin.DESK,
            ticket_id=conflict.ticket_id,
        ),
        library,
    )
    begun = {"visit_state": VisitState.INSIDE.value}
    desk_events.tell(
        session, "entry_decided", visit, at=left_at, entropy=entropy, payload=begun
    )  # fmt: skip
    visits.end(
        session, visit, at=left_at, handed_in=False,
        station=station, staff_id=staff_id, reason=Act.COUNT_VISIT.value,
    )  # fmt: skip
    return visit


def _settle(
    session: Session, conflict: Conflict, how: str, visit_id: UUID | None, *, staff_id: int,
    at: datetime,
) -> None:  # fmt: skip
    conflict.resolved_at, conflict.resolved_by, conflict.resolution = at, staff_id, how
    about = ("conflict", str(conflict.id)) if visit_id is None else ("visit", str(visit_id))
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action="conflict_settled", about=about,
        details={"conflict": conflict.id, "before": "open", "after": "closed", "how": how},
    )  # fmt: skip


def _documents_out(session: Session, visit: Visit) -> bool:
    query = select(Loan.id).where(
        Loan.visit_id == visit.id,
        Loan.returned_at.is_(None),
        Loan.place == LoanPlace.READING_ROOM,
    )
    return session.scalar(query.limit(1)) is not None
