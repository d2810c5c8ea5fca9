"""Erasing a person (R5.1.5), and the journal by which a restored backup forgets them too.

The journal names numbers and instants alone, lies outside the database, and is written before the
row is changed: whatever fails in between, nobody comes back (threat 24).
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from gate.facts import TicketState
from server.database import Database
from server.files import PRIVATE, sync_folder
from server.models import (
    Ban,
    Certificate,
    Conflict,
    Credential,
    Damage,
    DataRequest,
    EventSignup,
    Guarantor,
    ImportedRow,
    ImportKind,
    ImportRun,
    LaneAlarm,
    LostSlip,
    Mail,
    NoticeLanguage,
    NoticeLetter,
    NoticeRefusal,
    NoticeTold,
    OutsideAccount,
    Patron,
    Payment,
    Photo,
    RegistrationCard,
    Request,
    RollEntry,
    Ticket,
    TicketLink,
    UrgentExit,
    Visit,
    WorkplaceBooking,
)
from server.services import audit, changes, holds

JOURNAL: Final = "erased.jsonl"
_DELETED: Final = (
    Photo, RegistrationCard, Guarantor, Certificate, NoticeLanguage, NoticeRefusal, NoticeLetter,
    Mail, OutsideAccount,
)  # fmt: skip
"""What is of no use without the person."""
_WORDS: Final[Mapping[Any, Sequence[str]]] = {
    Ban: ("note", "lift_reason"),
    Damage: ("debtor_name", "settlement"),
    DataRequest: ("text", "outcome"),
    EventSignup: ("name", "contact"),
    Payment: ("cancel_reason",),
    Request: ("answer",),
}
"""What somebody may have written about the person into rows that go on counting."""
_WORDS_OF_VISITS: Final[Mapping[Any, Sequence[str]]] = {
    LostSlip: ("reason",),
    RollEntry: ("name",),
    UrgentExit: ("reason",),
}
_WORDS_OF_TICKETS: Final[Mapping[Any, Sequence[str]]] = {
    Conflict: ("resolution",),
    LaneAlarm: ("note",),
}
_SALT_BYTES: Final = 16


class StillInside(ValueError):
    """The person is in the building, or holds what was lent: that is settled first."""


@dataclass(frozen=True, slots=True)
class Erased:
    """One line of the journal."""

    patron_id: int
    at: datetime


class Journal:
    """The file of erasures; it only ever grows."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / JOURNAL

    def append(self, erased: Erased) -> None:
        """Note an erasure; on the disk when this returns."""
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fields = json.dumps({"patron": erased.patron_id, "at": erased.at.isoformat()})
        handle = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, PRIVATE)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            # A line that a power cut tore ends here, and takes this one not with it.
            file.write(f"\n{fields}\n")
            file.flush()
            os.fsync(file.fileno())
        sync_folder(self._path.parent)

    def read(self) -> Iterator[Erased]:
        """What was erased, oldest first; a line that a power cut tore is left out."""
        try:
            lines = self._path.read_text("ascii").splitlines()
        except FileNotFoundError:
            return
        for line in lines:
            try:
                fields = json.loads(line)
                yield Erased(int(fields["patron"]), datetime.fromisoformat(fields["at"]))
            except (ValueError, KeyError):
                continue


def erase(
    database: Database, journal: Journal, patron_id: int, *, actor: str, at: datetime
) -> None:
    """Forget a person everywhere but in what counts without a name.

    Raises LookupError for an unknown patron, StillInside while a visit goes on.
    """
    with database.reading() as session:
        _patron(session, patron_id)
    journal.append(Erased(patron_id, at))
    with database.writing() as session:
        _erase(session, _patron(session, patron_id), actor=actor, at=at)


def apply_again(database: Database, journal: Journal, *, at: datetime) -> int:
    """Erase anew in a restored database whoever had been erased; answers how many that were.

    A number that was given again to somebody who came after the erasure is not meant.
    """
    count = 0
    with database.writing() as session:
        for erased in journal.read():
            patron = session.get(Patron, erased.patron_id)
            if patron is not None and patron.created_at <= erased.at and patron.name_key:
                _erase(session, patron, actor="system", at=at)
                count += 1
    return count


def _patron(session: Session, patron_id: int) -> Patron:
    patron = session.get(Patron, patron_id)
    if patron is None:
        raise LookupError(f"no patron {patron_id}")
    inside = (
        select(Visit.id)
        .join(Ticket, Ticket.id == Visit.ticket_id)
        .where(Ticket.patron_id == patron_id, Visit.closed_at.is_(None))
    )
    if session.scalar(inside.limit(1)) is not None:
        raise StillInside(f"patron {patron_id} is in the building")
    return patron


def _erase(session: Session, patron: Patron, *, actor: str, at: datetime) -> None:
    tickets = list(session.scalars(select(Ticket.id).where(Ticket.patron_id == patron.id)))
    session.execute(update(Damage).where(Damage.patron_id == patron.id).values(guarantor_id=None))
    told_by = select(NoticeLetter.id).where(NoticeLetter.patron_id == patron.id)
    session.execute(delete(NoticeTold).where(NoticeTold.letter_id.in_(told_by)))
    for model in _DELETED:
        session.execute(delete(model).where(model.patron_id == patron.id))
    for linked in (Credential, TicketLink, WorkplaceBooking):
        session.execute(delete(linked).where(linked.ticket_id.in_(tickets)))
    _forget_imports(session, [str(patron.id), *tickets])
    _forget_words(session, patron.id, tickets)
    holds.leave_all(session, patron.id, actor=actor, at=at)
    # The number stands on paper elsewhere: whoever has the paper would know whose visits these are.
    session.execute(
        update(Ticket)
        .where(Ticket.id.in_(tickets))
        .values(state=TicketState.CANCELLED, state_since=at, number="-" + Ticket.id)
    )
    _blank(patron)
    changes.note_ticket(session, *tickets)
    audit.record(
        session, at=at, actor=actor, action="patron_erased", about=("patron", str(patron.id))
    )


def _forget_imports(session: Session, keys: Sequence[str]) -> None:
    """Values of before and after, which are kept for the undo of an import."""
    of_people = select(ImportRun.id).where(
        ImportRun.kind.in_((ImportKind.PATRONS, ImportKind.PHOTOS))
    )
    session.execute(
        delete(ImportedRow).where(ImportedRow.run_id.in_(of_people), ImportedRow.key.in_(keys))
    )


def _forget_words(session: Session, patron_id: int, tickets: Sequence[str]) -> None:
    visits = select(Visit.id).where(Visit.ticket_id.in_(tickets))
    for model, names in _WORDS.items():
        _empty(session, model, names, model.patron_id == patron_id)
    for model, names in _WORDS_OF_VISITS.items():
        _empty(session, model, names, model.visit_id.in_(visits))
    for model, names in _WORDS_OF_TICKETS.items():
        _empty(session, model, names, model.ticket_id.in_(tickets))


def _empty(session: Session, model: Any, names: Sequence[str], whose: ColumnElement[bool]) -> None:
    session.execute(update(model).where(whose).values(dict.fromkeys(names, "")))


def _blank(patron: Patron) -> None:
    """Nothing is left to recognise anybody by; with another salt, no old hash fits either."""
    for name in (
        "surname", "given_name", "patronymic", "former_surnames", "name_key", "phone", "email",
        "note",
    ):  # fmt: skip
        setattr(patron, name, "")
    patron.needs_help = False
    patron.birth_date = patron.document_renew_from = None
    patron.guardian_consent_on = patron.agreement_until = patron.organisation_id = None
    patron.salt = secrets.token_hex(_SALT_BYTES)
