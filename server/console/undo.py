"""The act that can be taken back now: offered on the next pages to whoever did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from flask import session

from server.console.centre import now, signed_in
from server.services.undoing import WITHIN

_KEY = "undo"


class Kind(StrEnum):
    """What was done."""

    EXIT = "exit"
    LEAVE = "leave"
    ADMISSION = "admission"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act that may still be taken back."""

    kind: Kind
    visit_id: UUID
    slip_number: str


def offer(kind: Kind, visit_id: UUID, slip_number: str) -> None:
    """Remember the act; only the last one is offered."""
    session[_KEY] = [kind.value, str(visit_id), slip_number, now().isoformat(), _who()]


def offered() -> Offer | None:
    """What the person at this browser may take back now."""
    if _KEY not in session:
        return None
    kind, visit_id, slip_number, at, who = session[_KEY]
    if who != _who() or now() - datetime.fromisoformat(at) >= WITHIN:
        return None
    return Offer(kind=Kind(kind), visit_id=UUID(visit_id), slip_number=slip_number)


def forget() -> None:
    """It was taken back, or can't be any more."""
    session.pop(_KEY, None)


def _who() -> int:
    person = signed_in()
    return person.staff_id if person else 0
