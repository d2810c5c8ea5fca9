"""Organisations and who reads for them: agreement and bans hold for all their readers (R1.8)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from server.models import Organisation, Patron
from server.services import bans, changes
from server.services.names import fold
from server.services.tables import Taken


def in_use(session: Session) -> Sequence[Organisation]:
    """Those that may have new readers, by name."""
    query = select(Organisation).where(Organisation.retired_at.is_(None))
    return session.scalars(query.order_by(Organisation.name)).all()


def named(session: Session, name: str) -> Organisation | None:
    """The organisation of this name, however it is written."""
    key = fold(name)
    if not key:
        return None
    return session.scalar(select(Organisation).where(Organisation.name_key == key))


def find_or_make(session: Session, name: str) -> Organisation:
    """The organisation of this name; a new one, where there was none."""
    found = named(session, name)
    if found is None:
        found = Organisation(name=name.strip()[:200], name_key=fold(name))
        session.add(found)
        session.flush()
    return found


def agree(session: Session, organisation: Organisation, number: str, until: date | None) -> None:
    """The agreement as it is now, for the organisation and all its readers."""
    organisation.agreement_number, organisation.agreement_until = number, until
    session.flush()
    _tell_readers(session, organisation)


def join(
    session: Session, patron: Patron, organisation: Organisation | None, *, at: datetime
) -> int:
    """Make somebody a reader of an organisation, or of none; answers how many bans that brings.

    What kept the former organisation out keeps out no more who left it.
    """
    if organisation is not None and organisation.id == patron.organisation_id:
        patron.agreement_until = organisation.agreement_until
        return bans.extend_to(session, patron, at=at)
    bans.part(session, patron, at=at)
    patron.organisation = organisation
    patron.agreement_until = None if organisation is None else organisation.agreement_until
    session.flush()
    return bans.extend_to(session, patron, at=at)


def follow(session: Session, organisation: Organisation) -> None:
    """After a change in the table: its folded name, and its readers. Raises Taken for a name."""
    organisation.name_key = fold(organisation.name)
    same = select(Organisation.id).where(
        Organisation.name_key == organisation.name_key, Organisation.id != organisation.id
    )
    if session.scalar(same.limit(1)) is not None:
        raise Taken("organisation")
    _tell_readers(session, organisation)


def _tell_readers(session: Session, organisation: Organisation) -> None:
    """Readers repeat the last day of the agreement, and stations hear of it."""
    readers = session.scalars(
        update(Patron)
        .where(
            Patron.organisation_id == organisation.id,
            Patron.agreement_until.is_distinct_from(organisation.agreement_until),
        )
        .values(agreement_until=organisation.agreement_until)
        .returning(Patron.id)
    ).all()
    for reader in readers:
        changes.note_patron(session, reader)
