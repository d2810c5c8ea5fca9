"""What a check answers and what is written of it, made with as little work as can be.

Both are JSON of our own codes and ids: nothing in them is left to validate, and nothing needs
escaping but the name, which the encoder writes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from gate.facts import Because, CodeCheck, Decision, VisitState
from gate.records import reason_records
from server.models import ConflictKind
from server.services.checks_facts import Question


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """A decision with what follows from it."""

    kind: str
    """Kind of the event that is stored."""
    decision: Decision
    ticket_id: str | None = None
    visit_id: UUID | None = None
    slip_number: str | None = None
    name: str | None = None
    visit_state: VisitState | None = None
    """New state of the visit; None where it stays as it is."""
    handed_in: bool = False
    conflict: ConflictKind | None = None


def in_full(question: Question, outcome: Outcome) -> str:
    """The CheckAnswer in JSON."""
    decision = outcome.decision
    return json.dumps(
        {
            "id": str(question.query.id),
            "verdict": decision.verdict,
            "reasons": [reason.model_dump(mode="json") for reason in reason_records(decision)],
            "duties": [{"code": task.code, "count": task.count} for task in decision.duties],
            "visit_id": None if outcome.visit_id is None else str(outcome.visit_id),
            "slip_number": outcome.slip_number,
            "display_name": outcome.name,
        }
    )


def stored_answer(answer: Mapping[str, Any]) -> str:
    """The same once more, as it was kept."""
    return json.dumps(answer)


def values_of(question: Question, station: str, outcome: Outcome, answer: str) -> dict[str, Any]:
    """Everything that the writes of the hot path bind."""
    object_kind, object_id = _about(question, outcome)
    visit_id, decision = outcome.visit_id, outcome.decision
    return {
        "event_id": question.query.id,
        "event_kind": outcome.kind,
        "station": station,
        "at": question.at,
        "today": question.today,
        "received_at": question.now,
        "payload": _payload(question, outcome),
        "answer": answer,
        "actor": f"station:{station}",
        "object_kind": object_kind,
        "object_id": object_id,
        "details": f'{{"verdict":"{decision.verdict}","reasons":{_codes(decision.reasons)}}}',
        "row_key": object_id,
        "visit_id": visit_id,
        "visit_state": outcome.visit_state,
        "slip_number": outcome.slip_number,
        "ticket_id": outcome.ticket_id,
        "handed_in": outcome.handed_in,
    }


def _codes(reasons: Iterable[Because]) -> str:
    """Codes are plain words: no sign of them needs escaping."""
    return "[" + ",".join([f'"{because.code}"' for because in reasons]) + "]"


def _payload(question: Question, outcome: Outcome) -> str:
    """The event as it is kept, besides the answer; an unread code only by its hash (E02)."""
    shown = question.shown
    unread = shown.check is not CodeCheck.GOOD
    return json.dumps(
        {
            "credential": shown.credential,
            "ticket_id": outcome.ticket_id,
            "visit_state": outcome.visit_state,
            "slip_handed_in": outcome.handed_in,
            "attempt": _attempt(question) if unread else None,
        }
    )


def _attempt(question: Question) -> str:
    return sha256(question.query.code.encode("utf-8", "replace")).hexdigest()


def _about(question: Question, outcome: Outcome) -> tuple[str, str]:
    if outcome.visit_id is not None:
        return "visit", str(outcome.visit_id)
    if outcome.ticket_id is not None:
        return "ticket", outcome.ticket_id
    return "code", _attempt(question)[:32]
