"""The way in: a ticket or card shown, or a place at an event taken. All may raise NothingKnown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gate.events import FactsQuery, ItemDeclared, OwnItemRecord, SlipJobState
from gate.facts import EntryFacts, OwnItemKind
from gate.records import (
    building_facts,
    hall_facts,
    hall_of,
    own_item,
    ticket_facts,
    visit_facts,
)
from gate.rules import decide_entry, home_loans_allowed, ticket_from_claims
from kiosk import places, slips
from kiosk.admission import Admission, Entered, Wish, new_job
from kiosk.credentials import NOBODY, Shown, read_card, read_code
from kiosk.knowledge import Known
from kiosk.places import Places
from kiosk.premises import Premises
from kiosk.store import jobs, visits
from kiosk.store.jobs import Job


@dataclass(frozen=True, slots=True, kw_only=True)
class Brought:
    """Whom and what somebody brings along, as declared at the station (R3.1.3)."""

    laptop: bool = False
    folder: bool = False
    documents: int = 0
    children: int = 0
    needs_help: bool = False
    """Somebody must help them out in an evacuation."""

    def items(self) -> tuple[OwnItemRecord, ...]:
        """The things, not yet approved by anybody."""
        counts = (
            (OwnItemKind.LAPTOP, int(self.laptop)),
            (OwnItemKind.FOLDER, int(self.folder)),
            (OwnItemKind.DOCUMENTS, self.documents),
        )
        return tuple(OwnItemRecord(kind=kind, count=count) for kind, count in counts if count)


NOTHING = Brought()


class Entrance:
    """Use cases of an entrance."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises
        self._admission = Admission(premises)

    def scan(
        self, data: bytes, at: datetime, brought: Brought = NOTHING, event_id: str | None = None
    ) -> Entered:
        """Somebody showed a code, to come in or to join an event (E01-E48, V06)."""
        shown = read_code(data, self._premises.keys.ring(), at)
        return self._enter(shown, at, brought, event_id)

    def card(
        self, uid: bytes, at: datetime, brought: Brought = NOTHING, event_id: str | None = None
    ) -> Entered:
        """Somebody laid a card on the reader (E29-E31)."""
        return self._enter(read_card(uid), at, brought, event_id)

    def visit_event(self, event_id: str | None, persons: int, at: datetime) -> Entered:
        """Visitors without a ticket chose an event, or come on an open day (V01-V08, E34)."""
        known = self._premises.knowledge.ask(FactsQuery(event_id=event_id))
        taken = places.take(self._premises, known, persons, at)
        facts = self._facts(NOBODY, known, taken, persons)
        extra = {"persons": persons, "reservation_id": taken.reservation}
        wish = Wish(shown=NOBODY, known=known, facts=facts, at=at, extra=extra)
        return self._admission.carry_out(decide_entry(facts, at), wish)

    def declare(self, visit_id: UUID, brought: Brought, at: datetime) -> None:
        """Keep things that were named after the entry (R3.1.3)."""
        items, premises = brought.items(), self._premises
        with premises.database.write() as tx:
            mine = visits.own(tx, str(visit_id))
            if mine is None or not items:
                return
            visits.put(tx, mine.record.model_copy(update={"own_items": items}))
            stamp = premises.journal.stamp(tx, at)
            event = ItemDeclared(**stamp, visit_id=visit_id, own_items=items)
            premises.journal.write(tx, event, visit_id)

    def reprint(self, visit_id: UUID, at: datetime) -> Job | None:
        """Print a visit's slip again; None where this station printed none.

        It is labelled as a copy unless surely nothing of it is on paper (fault 2).
        """
        with self._premises.database.write() as tx:
            mine, earlier = visits.own(tx, str(visit_id)), jobs.of_visit(tx, visit_id)
            if mine is None or not earlier:
                return None
            last = earlier[-1]
            if last.state in (SlipJobState.PENDING, SlipJobState.PRINTING):
                return last
            clean = all(job.state is SlipJobState.FAILED for job in earlier)
            content = last.content if clean else slips.as_copy(last.content)
            job = new_job(mine.record, content, at)
            jobs.put(tx, job)
            return job

    def _enter(self, shown: Shown, at: datetime, brought: Brought, event_id: str | None) -> Entered:
        known = self._known(shown, event_id)
        persons = 1 + brought.children
        taken = places.take(self._premises, known, persons, at)
        facts = self._facts(shown, known, taken, persons, brought)
        extra = {
            "persons": persons,
            "own_items": brought.items(),
            "needs_help": brought.needs_help,
            "home_loans": _home_loans(facts, at),
            "reservation_id": taken.reservation,
            "attempt": shown.digest if known.ticket is None and shown.claims is None else None,
        }
        wish = Wish(shown=shown, known=known, facts=facts, at=at, extra=extra)
        return self._admission.carry_out(decide_entry(facts, at), wish)

    def _known(self, shown: Shown, event_id: str | None) -> Known:
        """What is none of ours costs no question to the server."""
        if not shown.readable:
            return self._premises.knowledge.house()
        query = FactsQuery(credential=shown.credential, value=shown.value, event_id=event_id)
        return self._premises.knowledge.ask(query)

    def _facts(
        self, shown: Shown, known: Known, taken: Places, persons: int, brought: Brought = NOTHING
    ) -> EntryFacts:
        return EntryFacts(
            station=self._premises.station,
            credential=shown.credential,
            freshness=known.freshness,
            check=shown.check,
            claims=shown.claims,
            ticket=None if known.ticket is None else ticket_facts(known.ticket),
            visit=None if known.visit is None else visit_facts(known.visit),
            event=taken.event,
            hall=hall_facts(hall_of(known.building, self._premises.station, known.event)),
            persons=persons,
            own_items=tuple(map(own_item, brought.items())),
            building=building_facts(known.building),
            policy=known.policy,
        )


def _home_loans(facts: EntryFacts, at: datetime) -> bool:
    ticket = facts.ticket
    if ticket is None and facts.claims is not None:
        ticket = ticket_from_claims(facts.claims, facts.policy)
    return home_loans_allowed(ticket, at, facts.policy)
