"""The act that can be taken back now: offered on the next pages to whoever did it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from flask import session

from server.console.centre import now, signed_in
from server.services.undoing import WITHIN

_KEY = "undo"


class Kind(StrEnum):
    """What was done."""

    EXIT = "exit"
    LEAVE = "leave"
    ADMISSION = "admission"
    INBOX = "inbox"
    ANSWER = "answer"
    SETTLEMENT = "settlement"
    DEMAND = "demand"
    HOLD = "hold"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An act that may still be taken back."""

    kind: Kind
    subject: str
    """Key of what it was done to."""
    name: str
    """What the person knows it by: a slip's number, a title."""
    back: str
    """Address of the page that shows it."""


def offer(kind: Kind, subject: object, name: str, back: str) -> None:
    """Remember the act; only the last one is offered."""
    session[_KEY] = [kind.value, str(subject), name[:60], back, now().isoformat(), _who()]


def offered() -> Offer | None:
    """What the person at this browser may take back now."""
    if _KEY not in session:
        return None
    kind, subject, name, back, at, who = session[_KEY]
    if who != _who() or now() - datetime.fromisoformat(at) >= WITHIN:
        return None
    return Offer(kind=Kind(kind), subject=subject, name=name, back=back)


def forget() -> None:
    """It was taken back, or can't be any more."""
    session.pop(_KEY, None)


def _who() -> int:
    person = signed_in()
    return person.staff_id if person else 0
