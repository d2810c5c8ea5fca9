"""Visits kept on paper while everything was down, entered in one batch with their own times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import CredentialKind, EntryFacts, VisitState
from gate.reasons import Verdict
from gate.rules import decide_entry, home_loans_allowed
from server.database import Database
from server.models import Conflict, ConflictKind, Ticket, Visit, VisitOrigin
from server.services import audit, desk_events, desk_slips, facts, houses, settings, visits
from server.services.keys import Entropy
from server.services.settings import LibrarySettings

BATCH_MOST = 200
_UUID_ENTROPY_BYTES = 10


class Fault(StrEnum):
    """Why a line of the batch can't be a visit."""

    UNKNOWN_TICKET = "unknown_ticket"
    LEFT_BEFORE_COMING = "left_before_coming"
    IN_THE_FUTURE = "in_the_future"
    ENTERED_ALREADY = "entered_already"


class Refused(ValueError):
    """Nothing of the batch is kept; `faults` names lines (from 1) and what is wrong."""

    def __init__(self, faults: Sequence[tuple[int, Fault]]) -> None:
        super().__init__(", ".join(f"{line}: {fault}" for line, fault in faults))
        self.faults = tuple(faults)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One visit as it stands on paper."""

    ticket_number: str
    came_at: datetime
    left_at: datetime | None = None
    """None: still inside."""


def enter(
    database: Database, lines: Sequence[Line], *, staff_id: int, at: datetime, entropy: Entropy
) -> int:
    """Keep a batch whole, or nothing of it; answers how many visits. Raises Refused.

    What happened is not refused: a visit that the rules would have kept out is kept, and staff
    hear of it (`verdicts_differ`).
    """
    with database.writing() as session:
        library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
        tickets = [_ticket(session, line) for line in lines[:BATCH_MOST]]
        faults = [
            (number, fault)
            for number, (line, ticket) in enumerate(zip(lines, tickets, strict=False), start=1)
            if (fault := _fault(session, line, ticket, at)) is not None
        ]
        if faults or len(lines) > BATCH_MOST:
            raise Refused(faults)
        for line, ticket in zip(lines, tickets, strict=True):
            if ticket is not None:
                _keep(session, line, ticket, library, staff_id=staff_id, at=at, entropy=entropy)
        return len(lines)


def _ticket(session: Session, line: Line) -> Ticket | None:
    return session.scalar(select(Ticket).where(Ticket.number == line.ticket_number.strip()))


def _fault(session: Session, line: Line, ticket: Ticket | None, at: datetime) -> Fault | None:
    if ticket is None:
        return Fault.UNKNOWN_TICKET
    if line.left_at is not None and line.left_at < line.came_at:
        return Fault.LEFT_BEFORE_COMING
    if max(line.came_at, line.left_at or line.came_at) > at:
        return Fault.IN_THE_FUTURE
    same = select(Visit.id).where(Visit.ticket_id == ticket.id, Visit.opened_at == line.came_at)
    return Fault.ENTERED_ALREADY if session.scalar(same) is not None else None


def _keep(
    session: Session, line: Line, ticket: Ticket, library: LibrarySettings, *, staff_id: int,
    at: datetime, entropy: Entropy,
) -> None:  # fmt: skip
    known = facts.of_ticket(session, ticket.id, library, at=line.came_at, past=True)
    judged = EntryFacts(
        station=desk_events.DESK_STATION,
        credential=CredentialKind.DESK,
        freshness=facts.fresh(line.came_at),
        ticket=known,
        building=facts.building(library, library.day(line.came_at), 0),
        policy=library.policy,
    )
    decision = decide_entry(judged, line.came_at)
    visit = visits.begin(
        session,
        visits.Beginning(
            visit_id=uuid7(line.came_at, entropy(_UUID_ENTROPY_BYTES)),
            slip_number=desk_slips.new_number(session, at=at, entropy=entropy),
            at=line.came_at,
            origin=VisitOrigin.DESK,
            ticket_id=ticket.id,
            home_loans=home_loans_allowed(known, line.came_at, library.policy),
        ),
        library,
    )
    told = {"visit_state": VisitState.INSIDE.value}
    desk_events.tell(
        session, "entry_decided", visit, at=line.came_at, entropy=entropy, payload=told
    )
    if line.left_at is not None:
        visits.end(session, visit, at=line.left_at, handed_in=True, staff_id=staff_id)
    if decision.verdict is not Verdict.GRANT:
        session.add(
            Conflict(
                kind=ConflictKind.VERDICTS_DIFFER, visit_id=visit.id, ticket_id=ticket.id,
                details={"station": "00", "here": [decision.verdict, *decision.codes]},
                raised_at=at,
            )
        )  # fmt: skip
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action="paper_visit_entered",
        about=("visit", str(visit.id)),
        details={"came_at": line.came_at.isoformat(), "reasons": decision.codes},
    )  # fmt: skip
