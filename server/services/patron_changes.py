"""Changes of name, address and whatever else the registration card holds (R2.3.1, R2.6)."""

from __future__ import annotations

from datetime import date, timedelta

from sqlalchemy.orm import Session

from server.database import Database
from server.models import IdentityDocument, Patron, RegistrationCard
from server.services import audit, changes, names, organisations, personal_data, settings, visits
from server.services.by import By
from server.services.personal_data import CARD_FIELDS, PATRON_FIELDS, PersonalData

_ON_A_DOCUMENT = frozenset({"surname", "given_name", "patronymic", "residence", "address"})
"""What stands in a passport: after a change a new one is asked for."""
_MONTH = timedelta(days=31)
_FORMER_MOST = 200
_PLAIN = frozenset({"category", "residence"})
"""Codes that say nothing of a person; everything else is veiled in the audit log."""


def is_late(changed_on: date, today: date) -> bool:
    """Whether a change was told later than within a month (R2.3.1)."""
    return today > changed_on + _MONTH


def change(
    database: Database, patron_id: int, data: PersonalData, *, by: By, document_seen: bool,
    changed_on: date | None = None,
) -> frozenset[str]:  # fmt: skip
    """Keep new data; answers which fields changed. Raises LookupError for an unknown patron.

    `document_seen`: a document with the new data was shown; without it the entrance asks for one.
    `changed_on`: since when it is so, for the term within which it is to be told.
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        card = session.get(RegistrationCard, patron_id)
        if card is None:
            card = RegistrationCard(patron_id=patron_id, address="", workplace="", occupation="")
            session.add(card)
        before = personal_data.of(patron, card)
        changed = frozenset(
            name
            for name in (*PATRON_FIELDS, *CARD_FIELDS, "organisation")
            if getattr(before, name) != getattr(data, name)
        )
        if changed:
            today = settings.read(session).day(by.at)
            if "surname" in changed and changed_on is not None:
                # Without a day it is a slip of the pen that was put right.
                patron.former_surnames = _former(patron, data.surname)
            _write(patron, card, data, changed)
            if "organisation" in changed:
                joined = organisations.named(session, data.organisation)
                organisations.join(session, patron, joined, at=by.at)
            if changed & _ON_A_DOCUMENT:
                patron.document_renew_from = None if document_seen else changed_on or today
            late = changed_on is not None and is_late(changed_on, today)
            _note(session, patron, before, data, changed, by, late=late)
        return changed


def note_document(
    database: Database, patron_id: int, document: IdentityDocument, *, by: By
) -> None:
    """A new document was shown: after a change, or at 16 instead of a birth certificate (E25).

    Raises LookupError for an unknown patron.
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        before = patron.identity_document
        patron.identity_document, patron.document_renew_from = document, None
        audit.record(
            session, at=by.at, actor=by.actor, action="document_shown",
            about=("patron", str(patron_id)), details={"before": before, "after": document},
        )  # fmt: skip
        changes.note_patron(session, patron_id)


def note_help(database: Database, patron_id: int, *, needed: bool, by: By) -> None:
    """Whether the person wishes to be helped out in an evacuation: lists and stations say so.

    Raises LookupError for an unknown patron.
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        patron.needs_help = needed
        audit.record(
            session, at=by.at, actor=by.actor, action="help_noted",
            about=("patron", str(patron_id)),
        )  # fmt: skip
        changes.note_visit(session, *visits.open_of_patron(session, patron_id))


def _write(
    patron: Patron, card: RegistrationCard, data: PersonalData, changed: frozenset[str]
) -> None:
    for name in changed - {"organisation"}:
        setattr(card if name in CARD_FIELDS else patron, name, getattr(data, name))
    patron.name_key = names.key(patron.full_name, patron.former_surnames)


def _former(patron: Patron, surname: str) -> str:
    """The surnames before this one; as many of the last ones as there is room for."""
    known = [patron.surname, *filter(None, patron.former_surnames.split(", "))]
    told = ""
    for one in dict.fromkeys(known):
        longer = f"{told}, {one}" if told else one
        if one != surname and len(longer) <= _FORMER_MOST:
            told = longer
    return told


def _note(
    session: Session, patron: Patron, before: PersonalData, after: PersonalData,
    changed: frozenset[str], by: By, *, late: bool,
) -> None:  # fmt: skip
    told = {
        name: {"before": _veil(patron, before, name), "after": _veil(patron, after, name)}
        for name in sorted(changed)
    }
    audit.record(
        session, at=by.at, actor=by.actor, action="patron_changed",
        about=("patron", str(patron.id)), details={"changed": told, "late": late},
    )  # fmt: skip
    changes.note_patron(session, patron.id)


def _veil(patron: Patron, data: PersonalData, name: str) -> str:
    value = getattr(data, name)
    return str(value) if name in _PLAIN else audit.veil(patron.salt, str(value))
