"""`POST check`: the whole check on the server, for readers that can't decide themselves.

The hot path: one question that brings all facts, the decision, one short write. Nothing happens
twice: an event's id and the one open visit of a ticket are unique in the database, and whoever
loses a race looks again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from gate.events import CheckQuery, uuid7
from gate.facts import (
    CodeCheck,
    CredentialKind,
    Decision,
    Emergency,
    EntryFacts,
    TicketKind,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict
from gate.rules import decide_entry, decide_exit, home_loans_allowed
from server.database import Database
from server.models import Conflict, ConflictKind, Visit, VisitOrigin, display_name
from server.prepared import HeldConnections, Prepared, PreparedWrite, Values
from server.services import checks_sql as sql
from server.services import emergencies, halls, lanes, stations, visits
from server.services.checks_answers import Outcome, in_full, stored_answer, values_of
from server.services.checks_facts import (
    Question,
    Shown,
    entry_facts,
    exit_facts,
    read_shown,
)
from server.services.checks_sql import EntryRow, ExitBy, ExitRow
from server.services.context import ContextHolder
from server.services.keys import Entropy
from server.services.lane_events import shown_again
from server.services.slip_numbers import SlipNumbers
from server.turns import Turns

_ATTEMPTS = 5
_AT_ONCE = 2
"""One decides while another waits for its commit; more would only take turns with each other."""
_UUID_ENTROPY_BYTES = 10
_STRANGE = (Reason.UNKNOWN_CODE, Reason.BAD_SIGNATURE, Reason.SLIP_UNKNOWN)
_EXIT_BY = {
    CredentialKind.TICKET_CODE: ExitBy.TICKET,
    CredentialKind.SLIP_CODE: ExitBy.SLIP,
    CredentialKind.NUMBER: ExitBy.CREDENTIAL,
}


class UnknownStation(LookupError):
    """The token is nobody's, or its station was revoked."""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer on its way out."""

    text: str
    """A CheckAnswer in JSON."""
    strange: bool = False
    """The code is nobody's: a station that sends many of them is guessing (threat 3)."""


class Checks:
    """Answers checks on one database; one for the process, used by all its threads."""

    def __init__(self, database: Database, contexts: ContextHolder, entropy: Entropy) -> None:
        dialect = database.engine.dialect
        self._database = database
        self._contexts = contexts
        self._entropy = entropy
        self._numbers = SlipNumbers(database, entropy)
        self._connections = HeldConnections(database)
        self._turns = Turns(_AT_ONCE)
        self._lost_race = (dialect.loaded_dbapi.IntegrityError, IntegrityError)
        self._entry_by_ticket = Prepared(sql.entry(by_credential=False), dialect)
        self._entry_by_credential = Prepared(sql.entry(by_credential=True), dialect)
        self._exit = {by: Prepared(sql.exit_(by), dialect) for by in ExitBy}
        said = (sql.STORE_EVENT, sql.STORE_AUDIT)
        self._note = PreparedWrite(said, database)
        self._admit = PreparedWrite((*said, sql.STORE_CHANGE, sql.STORE_VISIT), database)
        self._release = PreparedWrite((*said, sql.STORE_CHANGE, sql.CLOSE_VISIT), database)

    def shown(self, query: CheckQuery, now: datetime) -> Shown:
        """What the code of a check is, before anything is looked up."""
        return read_shown(query.code, self._contexts.get().ring, query.at or now)

    def answer(
        self, query: CheckQuery, token_hash: str, *, now: datetime,
        loans_as_of: datetime | None = None,
    ) -> Answered:  # fmt: skip
        """Decide, record, and answer.

        The same id asked again gets the same answer and changes nothing (E04). `loans_as_of` is
        since when the loans are right where another system keeps them. Raises UnknownStation.
        """
        context = self._contexts.get()
        for _ in range(_ATTEMPTS):
            try:
                with self._turns, self._connections.one() as connection:
                    question = Question.of(query, token_hash, context, now, loans_as_of)
                    row, answer = self._once(connection, question)
            except self._lost_race:
                continue
            if answer is not None:
                self._seen(row, now)
                return answer
            context = self._contexts.get(row.revision or 0)
        raise RuntimeError("a check lost every race")

    def _once(
        self, connection: Any, question: Question
    ) -> tuple[EntryRow | ExitRow, Answered | None]:
        """Ask and answer; no answer where settings or keys are of another revision by now."""
        entry = question.query.direction == "entry"
        rows = (self._ask_entry if entry else self._ask_exit)(connection, question)
        if not rows:
            raise UnknownStation
        first = rows[0]
        if (first.revision or 0) != question.context.revision:
            return first, None
        if first.answer is not None:
            return first, Answered(stored_answer(first.answer))
        if entry:
            return first, self._enter(connection, question, first)
        return first, self._go_out(connection, question, rows)

    def _seen(self, row: EntryRow | ExitRow, now: datetime) -> None:
        if row.last_seen_at is None or now - row.last_seen_at > stations.SEEN_EVERY:
            stations.seen(self._database, row.station, at=now)

    # --- Entry --------------------------------------------------------------------------------

    def _ask_entry(self, connection: Any, question: Question) -> list[Any]:
        by_number = question.shown.credential is CredentialKind.NUMBER
        prepared = self._entry_by_credential if by_number else self._entry_by_ticket
        return list(map(EntryRow._make, prepared.rows(connection, _asked(question))))

    def _enter(self, connection: Any, question: Question, row: EntryRow) -> Answered:
        facts = self._with_rooms(entry_facts(question, row), question, row.hall_id)
        outcome = self._entered(question, row, facts)
        answer = in_full(question, outcome)
        values = values_of(question, row.station, outcome, answer)
        if outcome.visit_state is None:
            self._record(connection, question, outcome, values)
        elif facts.visit is None:
            values["home_loans"] = home_loans_allowed(facts.ticket, question.at, facts.policy)
            values["category"], values["branch"] = row.category, row.branch
            self._admit.run(connection, values)
        else:
            self._slowly(values, lambda session: _change_visit(session, question, facts, outcome))
        return Answered(answer, _is_strange(outcome.decision))

    def _with_rooms(self, facts: EntryFacts, question: Question, hall_id: int | None) -> EntryFacts:
        """Hall and shelter are counted only where this way leads to them."""
        building = facts.building
        sheltering = building.emergency is Emergency.AIR_RAID and building.has_shelter
        if hall_id is None and not sheltering:
            return facts
        with self._database.reading() as session:
            if sheltering:
                shelter = halls.shelter(session, _branch(question, facts.station))
                return replace(facts, building=replace(building, shelter=shelter))
            return replace(facts, hall=halls.room(session, hall_id, question.today))

    def _entered(self, question: Question, row: EntryRow, facts: EntryFacts) -> Outcome:
        decision = decide_entry(facts, question.at)
        ticket = facts.ticket
        visit_id, slip_number, state = row.visit_id, row.visit_slip, None
        if _begins(facts, decision, question):
            visit_id = uuid7(question.at, self._entropy(_UUID_ENTROPY_BYTES))
            slip_number = self._numbers.next(row.station)
            state = VisitState.ADMITTED if row.has_lane else VisitState.INSIDE
        elif _has(decision, Duty.COLLECT_SLIP):
            state = VisitState.INSIDE
        return Outcome(
            kind="entry_decided",
            decision=decision,
            ticket_id=question.shown.ticket_id or row.ticket_id,
            visit_id=visit_id,
            slip_number=slip_number,
            name=ticket.display_name if ticket else None,
            visit_state=state,
            conflict=_signed_but_unknown(question, row),
        )

    # --- Exit ---------------------------------------------------------------------------------

    def _ask_exit(self, connection: Any, question: Question) -> list[Any]:
        prepared = self._exit[_EXIT_BY[question.shown.credential]]
        return list(map(ExitRow._make, prepared.rows(connection, _asked(question))))

    def _go_out(self, connection: Any, question: Question, rows: list[Any]) -> Answered:
        facts = exit_facts(question, rows)
        outcome = _gone_out(question, rows[0], decide_exit(facts, question.at))
        answer = in_full(question, outcome)
        values = values_of(question, rows[0].station, outcome, answer)
        if outcome.visit_state is not None:
            self._release.run(connection, values)
        else:
            self._record(connection, question, outcome, values)
        return Answered(answer, _is_strange(outcome.decision))

    # --- Writing ------------------------------------------------------------------------------

    def _record(
        self, connection: Any, question: Question, outcome: Outcome, values: Values
    ) -> None:
        """No visit changed: what was asked and answered is kept all the same."""
        kind = shown_again(outcome.kind, outcome.decision.codes)
        if kind is not None:
            again = (values["station"], question.query.id, kind, outcome.ticket_id, question.at)
            self._slowly(values, lambda session: lanes.shown_again(session, *again))
        elif outcome.visit_id is None and Reason.SHELTER in outcome.decision.codes:
            branch = _branch(question, values["station"])
            self._slowly(
                values, lambda session: emergencies.count(session, branch, "in", 1, question.at)
            )
        elif outcome.conflict is None:
            self._note.run(connection, values)
        else:
            conflict = _conflict(question, outcome)
            self._slowly(values, lambda session: session.add(conflict))

    def _slowly(self, values: Values, more: Callable[[Session], None]) -> None:
        """What is rare takes the ordinary way, in one transaction all the same."""
        with self._database.writing() as session:
            self._note.within(session, values)
            more(session)


def _branch(question: Question, station: str) -> str | None:
    return question.context.library.at_station(station).branch_code


def _asked(question: Question) -> Values:
    shown = question.shown
    return {
        "event_id": question.query.id,
        "token_hash": question.token_hash,
        "at": question.at,
        "today": question.today,
        "ticket_id": shown.ticket_id,
        "slip_number": shown.slip_number,
        "credential": shown.credential,
        "value": shown.value,
        "count_inside": question.context.library.has_limit,
    }


def _has(decision: Decision, duty: Duty) -> bool:
    return any(task.code is duty for task in decision.duties)


def _is_strange(decision: Decision) -> bool:
    return any(because.code in _STRANGE for because in decision.reasons)


def _begins(facts: EntryFacts, decision: Decision, question: Question) -> bool:
    """Whether a visit begins: with a slip, or with a staff pass and no visit of today (E41)."""
    if decision.verdict is not Verdict.GRANT or facts.ticket is None:
        return False
    if facts.ticket.kind is not TicketKind.STAFF:
        return _has(decision, Duty.PRINT_SLIP)
    visit = facts.visit
    return visit is None or question.context.library.day(visit.opened_at) != question.today


def _signed_but_unknown(question: Question, row: EntryRow) -> ConflictKind | None:
    """Our own signature on a ticket that we do not have: staff must see it (E43)."""
    shown = question.shown
    signed = shown.credential is CredentialKind.TICKET_CODE and shown.check is CodeCheck.GOOD
    return ConflictKind.SIGNED_UNKNOWN if signed and row.ticket_id is None else None


def _change_visit(
    session: Session, question: Question, facts: EntryFacts, outcome: Outcome
) -> None:
    """The reader comes back to a visit, or begins one while an old one was never closed."""
    library = question.context.library.at_station(facts.station)
    if outcome.visit_id is None or outcome.visit_state is None or facts.visit is None:
        raise ValueError("no visit to change")
    if str(outcome.visit_id) == facts.visit.visit_id:
        visit = session.get_one(Visit, outcome.visit_id)
        visit.state, visit.changed_at = outcome.visit_state, question.at
        visit.branch_code = library.branch_code
        visits.touched(session, visit)
        return
    beginning = visits.Beginning(
        visit_id=outcome.visit_id,
        slip_number=outcome.slip_number or "",
        at=question.at,
        origin=VisitOrigin.CHECK,
        state=outcome.visit_state,
        station=facts.station,
        ticket_id=outcome.ticket_id,
        home_loans=home_loans_allowed(facts.ticket, question.at, facts.policy),
    )
    visits.begin(session, beginning, library)


def _gone_out(question: Question, row: ExitRow, decision: Decision) -> Outcome:
    evacuated = any(because.code is Reason.EVACUATION for because in decision.reasons)
    out = decision.verdict is Verdict.GRANT and not evacuated
    closes = out and row.visit_id is not None and row.visit_state is not VisitState.CLOSED
    return Outcome(
        kind="exited" if closes else "exit_decided",
        decision=decision,
        ticket_id=row.visit_ticket_id or row.ticket_id or question.shown.ticket_id or None,
        visit_id=row.visit_id,
        slip_number=row.visit_slip,
        name=display_name(row.given_name, row.surname or "") if row.given_name else None,
        visit_state=VisitState.CLOSED if closes else None,
        handed_in=_has(decision, Duty.HAND_IN_SLIP),
        conflict=ConflictKind.EXIT_WITHOUT_ENTRY if out and row.visit_id is None else None,
    )


def _conflict(question: Question, outcome: Outcome) -> Conflict:
    return Conflict(
        kind=outcome.conflict,
        event_id=question.query.id,
        visit_id=outcome.visit_id,
        ticket_id=outcome.ticket_id,
        details={"reasons": [code.value for code in outcome.decision.codes]},
        raised_at=question.now,
    )
