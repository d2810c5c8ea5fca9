"""The way out: a slip or a ticket shown; decided, kept, and the visit closed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection
from uuid import UUID

from gate.events import ExitDecided, Exited, FactsQuery, VisitRecord
from gate.facts import (
    CredentialKind,
    Decision,
    ExitFacts,
    SlipState,
    TicketKind,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from gate.records import building_facts, visit_facts
from gate.rules import decide_exit
from kiosk.credentials import Shown, read_card, read_code
from kiosk.knowledge import Known
from kiosk.premises import Premises
from kiosk.store import visits


@dataclass(frozen=True, slots=True, kw_only=True)
class Departed:
    """What came of somebody's wish to go."""

    decision: Decision
    known: Known
    visit: VisitRecord | None = None

    @property
    def granted(self) -> bool:
        """Whether the lane opens."""
        return self.decision.verdict is Verdict.GRANT

    @property
    def ends(self) -> VisitRecord | None:
        """The visit that is over once they are out; in an evacuation none is (X14)."""
        evacuates = Reason.EVACUATION in self.decision.codes
        return self.visit if self.granted and not evacuates else None

    @property
    def slip_handed_in(self) -> bool:
        """Whether the slip stays here."""
        return any(task.code is Duty.HAND_IN_SLIP for task in self.decision.duties)


class WayOut:
    """Use cases of an exit. They may raise NothingKnown."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

    def scan(self, data: bytes, at: datetime) -> Departed:
        """Somebody showed a slip, its number, or a ticket (X01-X18, V05-V10)."""
        return self._leave(read_code(data, self._premises.keys.ring(), at), at)

    def card(self, uid: bytes, at: datetime) -> Departed:
        """Somebody laid a card on the reader."""
        return self._leave(read_card(uid), at)

    def passed(self, visit_id: UUID, at: datetime, *, slip_handed_in: bool) -> None:
        """The lane was used: the visit is over."""
        with self._premises.database.write() as tx:
            mine = visits.own(tx, str(visit_id))
            if mine is not None and mine.record.state is not VisitState.CLOSED:
                self._close(tx, mine.record, at, slip_handed_in=slip_handed_in)

    def _leave(self, shown: Shown, at: datetime) -> Departed:
        known = self._known(shown)
        facts = ExitFacts(
            station=self._premises.station,
            credential=shown.credential,
            freshness=known.freshness,
            check=shown.check,
            visit=_visit(known),
            ticket_known=_is_ticket(shown) and (known.ticket is not None),
            staff_pass=_is_ticket(shown) and _is_staff(shown, known),
            building=building_facts(known.building),
            policy=known.policy,
        )
        departed = Departed(decision=decide_exit(facts, at), known=known, visit=known.visit)
        self._carry_out(departed, shown, at)
        return departed

    def _known(self, shown: Shown) -> Known:
        if not shown.readable:
            return self._premises.knowledge.house()
        query = FactsQuery(credential=shown.credential, value=shown.value)
        return self._premises.knowledge.ask(query)

    def _carry_out(self, departed: Departed, shown: Shown, at: datetime) -> None:
        visit = departed.ends
        with self._premises.database.write() as tx:
            self._record(tx, departed, shown, at)
            if visit is None or visit.state is VisitState.CLOSED:
                return
            if self._premises.has_lane:
                # It is closed when the lane was used; until then it is known here.
                visits.put(tx, visit)
            else:
                self._close(tx, visit, at, slip_handed_in=departed.slip_handed_in)

    def _record(self, tx: Connection, departed: Departed, shown: Shown, at: datetime) -> None:
        visit, ticket = departed.visit, departed.known.ticket
        record = ExitDecided(
            **self._premises.journal.stamp(tx, at),
            verdict=departed.decision.verdict,
            reasons=departed.decision.codes,
            duties=tuple(task.code for task in departed.decision.duties),
            credential=shown.credential,
            source=departed.known.freshness.source,
            facts_as_of=departed.known.freshness.as_of,
            visit_id=None if visit is None else visit.visit_id,
            ticket_id=None if ticket is None else ticket.ticket_id,
            slip_number=_slip_number(shown, visit),
        )
        self._premises.journal.write(tx, record, None if visit is None else visit.visit_id)

    def _close(
        self, tx: Connection, visit: VisitRecord, at: datetime, *, slip_handed_in: bool
    ) -> None:
        ended = {"state": VisitState.CLOSED, "slip_state": SlipState.CLOSED, "closed_at": at}
        visits.put(tx, visit.model_copy(update=ended))
        event = Exited(
            **self._premises.journal.stamp(tx, at),
            visit_id=visit.visit_id,
            slip_number=visit.slip_number,
            slip_handed_in=slip_handed_in,
        )
        self._premises.journal.write(tx, event, visit.visit_id)


def _visit(known: Known) -> VisitFacts | None:
    """The visit with the age of its loan counts: a visit that just began has none (X13)."""
    if known.visit is None:
        return None
    as_of = known.freshness.as_of
    loans_as_of = max(as_of, known.visit.opened_at) if known.offline else known.loans_as_of
    return visit_facts(known.visit, loans_as_of)


def _is_ticket(shown: Shown) -> bool:
    return shown.credential not in (None, CredentialKind.SLIP_CODE)


def _is_staff(shown: Shown, known: Known) -> bool:
    """A staff pass, by the records or by its own signed word (E41)."""
    ticket = known.ticket or shown.claims
    return ticket is not None and ticket.kind is TicketKind.STAFF


def _slip_number(shown: Shown, visit: VisitRecord | None) -> str | None:
    if visit is not None:
        return visit.slip_number
    return shown.value if shown.credential is CredentialKind.SLIP_CODE else None
