"""Places at an event: taken at the server while it is in reach, else out of a small quota."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from gate.events import EventRecord, ReservationQuery
from gate.facts import EventFacts
from gate.records import event_facts
from kiosk.journal import new_id
from kiosk.knowledge import Known
from kiosk.premises import Premises
from kiosk.store import copy, visits


@dataclass(frozen=True, slots=True)
class Places:
    """What the rules shall know of the event, and the reservation that holds the places."""

    event: EventFacts | None = None
    reservation: UUID | None = None


def take(premises: Premises, known: Known, persons: int, at: datetime) -> Places:
    """Take places of the event that is known; without an event there is nothing to take."""
    event = known.event
    if event is None:
        return Places()
    facts = event_facts(event)
    request = new_id(at)
    ticket_id = None if known.ticket is None else known.ticket.ticket_id
    query = ReservationQuery(
        id=request, event_id=event.event_id, persons=persons, ticket_id=ticket_id
    )
    answer = premises.knowledge.reserve(query)
    if answer is None:
        return Places(replace(facts, places_left=_quota(premises, event)))
    if answer.granted:
        # They are taken already: what is left is no concern of this decision.
        return Places(replace(facts, places_left=None), request)
    return Places(replace(facts, places_left=min(answer.places_left or 0, persons - 1)))


def _quota(premises: Premises, event: EventRecord) -> int | None:
    """What this station may still give away by itself."""
    if event.places_left is None:
        return None
    with premises.database.read() as tx:
        state = copy.state(tx)
        taken = visits.event_persons_ahead(tx, event.event_id, 0 if state is None else state.seen)
    return max(0, min(event.places_left, premises.offline_event_places) - taken)
