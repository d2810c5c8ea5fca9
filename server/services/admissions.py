"""Let in at the desk: by name and document, or a group (E49, V07, R2.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from gate.events import uuid7
from gate.facts import CredentialKind, Decision, EntryFacts, VisitState
from gate.reasons import Verdict
from gate.records import event_facts
from gate.rules import decide_entry, home_loans_allowed
from server.database import Database
from server.models import EventOfDay, Ticket, VisitOrigin
from server.services import (
    audit,
    copy,
    desk_events,
    desk_slips,
    facts,
    halls,
    houses,
    lookup,
    settings,
    signup_list,
    visits,
)
from server.services.keys import Entropy
from server.services.settings import LibrarySettings

PERSONS_MAX = 500
_UUID_ENTROPY_BYTES = 10
_NAME_MAX_SIGNS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """The decision, and the visit where there is one now."""

    decision: Decision
    visit_id: UUID | None = None
    slip_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """A group that goes round the house."""

    name: str = ""
    """Whose group it is: a school and its class, a firm."""
    guide: str = ""
    """Who of the library leads it."""


_NO_PARTY = Party()


def by_name(
    database: Database, ticket_id: str, *, document_seen: str, persons: int, staff_id: int,
    at: datetime, entropy: Entropy,
) -> Admitted:  # fmt: skip
    """Admit a reader who has no ticket along, known by name and a document shown (E49).

    Everything else is judged as at the entrance. `document_seen` is its kind, never its number.
    Raises LookupError for a ticket that we don't know, ValueError without a document.
    """
    if not document_seen.strip():
        raise ValueError("a person is known by a document")
    with database.writing() as session:
        library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
        if session.get(Ticket, ticket_id) is None:
            raise LookupError(f"no ticket {ticket_id}")
        judged = _facts(session, library, at, ticket_id=ticket_id, persons=persons)
        return _admit(
            session, library, judged, staff_id=staff_id, at=at, entropy=entropy,
            noted={"document": document_seen.strip()[:40]},
        )  # fmt: skip


def group(
    database: Database, event_id: str, *, persons: int, staff_id: int, at: datetime,
    entropy: Entropy,
) -> Admitted:  # fmt: skip
    """One slip for a class and its teacher: so many places, and so many go out again (V07).

    Raises LookupError for an event that we don't know, ValueError for a number out of range.
    """
    if not 1 <= persons <= PERSONS_MAX:
        raise ValueError("a group has persons")
    with database.writing() as session:
        return to_event(
            session, event_id, persons=persons, staff_id=staff_id, at=at, entropy=entropy
        )


def with_guide(
    database: Database, party: Party, *, persons: int, staff_id: int, at: datetime,
    entropy: Entropy,
) -> Admitted:  # fmt: skip
    """One slip for a group that a guide leads through the house, without an event of its own.

    As on an open day: no tickets, and a slip without any right to holdings (R2.4). Raises
    ValueError for a number out of range, a group or a guide without a name.
    """
    if not 1 <= persons <= PERSONS_MAX or not party.name.strip() or not party.guide.strip():
        raise ValueError("a group has persons, a name and a guide")
    with database.writing() as session:
        library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
        judged = _facts(session, library, at, persons=persons)
        judged = replace(judged, building=replace(judged.building, open_day=True))
        return _admit(
            session, library, judged, staff_id=staff_id, at=at, entropy=entropy, noted={},
            party=party,
        )  # fmt: skip


def to_event(
    session: Session, event_id: str, *, persons: int, staff_id: int, at: datetime,
    entropy: Entropy,
) -> Admitted:  # fmt: skip
    """Admit visitors of an event within a transaction. Raises LookupError for an unknown event."""
    library = settings.read(session).at_branch(houses.of_staff(session, staff_id))
    event = session.get(EventOfDay, event_id, with_for_update=True)
    if event is None or event.cancelled_at is not None:
        raise LookupError(f"no event {event_id}")
    judged = _facts(session, library, at, event_id=event_id, persons=persons)
    return _admit(session, library, judged, staff_id=staff_id, at=at, entropy=entropy, noted={})


def _facts(
    session: Session, library: LibrarySettings, at: datetime, *, persons: int,
    ticket_id: str | None = None, event_id: str | None = None,
) -> EntryFacts:  # fmt: skip
    events = copy.event_records(session, [event_id], at=at) if event_id else {}
    hall_id = session.get_one(EventOfDay, event_id).hall_id if events else None
    visit_id = lookup.open_visit_of(session, ticket_id) if ticket_id else None
    return EntryFacts(
        station=desk_events.DESK_STATION,
        credential=CredentialKind.DESK if ticket_id else None,
        freshness=facts.fresh(at),
        ticket=facts.of_ticket(session, ticket_id, library, at=at),
        visit=facts.of_visit(session, visit_id),
        event=next(map(event_facts, events.values()), None),
        hall=halls.room(session, hall_id, library.day(at)),
        persons=persons,
        building=facts.of_building(session, library, at=at),
        policy=library.policy,
    )


def _admit(
    session: Session, library: LibrarySettings, judged: EntryFacts, *, staff_id: int,
    at: datetime, entropy: Entropy, noted: dict[str, str], party: Party = _NO_PARTY,
) -> Admitted:  # fmt: skip
    decision = decide_entry(judged, at).made_of(judged)
    ticket = judged.ticket
    begins = decision.verdict is Verdict.GRANT and judged.visit is None
    visit_id, slip_number = None, ""
    if begins:
        visit = visits.begin(
            session,
            visits.Beginning(
                visit_id=uuid7(at, entropy(_UUID_ENTROPY_BYTES)),
                slip_number=desk_slips.new_number(session, at=at, entropy=entropy),
                at=at,
                origin=VisitOrigin.DESK,
                ticket_id=None if ticket is None else ticket.ticket_id,
                event_id=None if judged.event is None else judged.event.event_id,
                persons=judged.persons,
                home_loans=home_loans_allowed(ticket, at, library.policy),
                group_name=party.name.strip()[:_NAME_MAX_SIGNS],
                guide=party.guide.strip()[:_NAME_MAX_SIGNS],
            ),
            library,
        )
        if ticket is not None:
            awaited = signup_list.awaited(session, (ticket.ticket_id,))[ticket.ticket_id]
            signup_list.arrived(session, visit, awaited, f"staff:{staff_id}")
        told = {"visit_state": VisitState.INSIDE.value}
        desk_events.tell(session, "entry_decided", visit, at=at, entropy=entropy, payload=told)
        visit_id, slip_number = visit.id, visit.slip_number
    refused_about = ("ticket", "" if ticket is None else ticket.ticket_id)
    audit.record(
        session, at=at, actor=f"staff:{staff_id}",
        action="admitted_at_desk" if begins else "admission_refused",
        about=("visit", str(visit_id)) if begins else refused_about,
        details={"reasons": decision.codes, "persons": judged.persons, **noted},
    )  # fmt: skip
    return Admitted(decision=decision, visit_id=visit_id, slip_number=slip_number)
