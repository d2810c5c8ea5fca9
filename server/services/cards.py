"""Cards and old printed numbers that stand for a ticket (E29, E30, threat 6)."""

from __future__ import annotations

import re
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import CredentialKind, TicketState
from gate.scans import ScanKind, classify
from server.database import Database
from server.models import Credential, Ticket
from server.services import audit, changes
from server.services.by import By

_SEPARATORS = re.compile(r"[\s:\-.]+")
_HEX = re.compile(r"[0-9A-F]+")
_UID_BYTES = (4, 7, 10)
"""Single, double and triple size of ISO/IEC 14443-3."""
_RANDOM, _CASCADE = "08", "88"


class CardFault(StrEnum):
    """Why something can't stand for a ticket."""

    NOT_A_UID = "not_a_uid"
    RANDOM_UID = "random_uid"
    """A phone or a passport makes a new one each time (starts 08): it names nobody."""
    NOT_A_NUMBER = "not_a_number"
    TAKEN = "taken"
    """It stands for another person's ticket."""
    DEAD_TICKET = "dead_ticket"


class CardRefused(ValueError):
    """It can't be linked; `fault` says why."""

    def __init__(self, fault: CardFault) -> None:
        super().__init__(fault)
        self.fault = fault


def read_uid(text: str) -> str:
    """A UID as a reader or a person writes it, in upper-case hexadecimal. Raises CardRefused."""
    uid = _SEPARATORS.sub("", text).upper()
    if not _HEX.fullmatch(uid) or len(uid) % 2 or len(uid) // 2 not in _UID_BYTES:
        raise CardRefused(CardFault.NOT_A_UID)
    if len(set(uid)) == 1:
        raise CardRefused(CardFault.NOT_A_UID)
    if len(uid) // 2 == _UID_BYTES[0] and uid.startswith((_RANDOM, _CASCADE)):
        raise CardRefused(CardFault.RANDOM_UID)
    return uid


def read_number(text: str) -> str:
    """An old printed number as a scanner would read it. Raises CardRefused."""
    scanned = classify(text.encode())
    if scanned.kind is not ScanKind.NUMBER:
        raise CardRefused(CardFault.NOT_A_NUMBER)
    return scanned.text


def link(database: Database, ticket_id: str, kind: CredentialKind, text: str, *, by: By) -> str:
    """Let a card or an old number stand for a ticket. Answers its value. Raises CardRefused."""
    value = read_uid(text) if kind is CredentialKind.CARD else read_number(text)
    with database.writing() as session:
        ticket = session.get(Ticket, ticket_id)
        if ticket is None or ticket.state is not TicketState.ACTIVE:
            raise CardRefused(CardFault.DEAD_TICKET)
        others = _holders(session, kind, value)
        if any(other.patron_id != ticket.patron_id for other in others):
            raise CardRefused(CardFault.TAKEN)
        if ticket_id not in {other.id for other in others}:
            session.add(Credential(kind=kind, value=value, ticket_id=ticket_id, linked_at=by.at))
        _note(session, "credential_linked", ticket_id, kind, by)
    return value


def unlink(database: Database, ticket_id: str, credential_id: int, *, by: By) -> bool:
    """It stands for this ticket no more. False where it did not."""
    with database.writing() as session:
        found = session.get(Credential, credential_id)
        if found is None or found.ticket_id != ticket_id:
            return False
        session.delete(found)
        _note(session, "credential_unlinked", ticket_id, found.kind, by)
        return True


def _holders(session: Session, kind: CredentialKind, value: str) -> list[Ticket]:
    query = (
        select(Ticket).join(Credential).where(Credential.kind == kind, Credential.value == value)
    )
    return list(session.scalars(query))


def _note(session: Session, action: str, ticket_id: str, kind: CredentialKind, by: By) -> None:
    """The value itself stays out of the log: who knows a UID can copy the card."""
    changes.note_ticket(session, ticket_id)
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("ticket", ticket_id),
        details={"kind": kind},
    )  # fmt: skip
