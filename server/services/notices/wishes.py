"""Which letters somebody wants, in which language; changed at the desk or by a letter's link."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import NoticeKind, NoticeLanguage, NoticeLetter, NoticeRefusal, Patron
from server.services import audit
from server.services.by import actor_of
from templates.words import SOURCE_LANGUAGE


class Gone(LookupError):
    """There is no such letter, or the person behind it was erased."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What somebody chose."""

    refused: frozenset[NoticeKind] = frozenset()
    language: str = SOURCE_LANGUAGE


def hash_of(token: str) -> str:
    """256 random bits need no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


def of_patron(session: Session, patron_id: int) -> Wish:
    """The present choice."""
    refused = session.scalars(
        select(NoticeRefusal.kind).where(NoticeRefusal.patron_id == patron_id)
    )
    chosen = session.get(NoticeLanguage, patron_id)
    return Wish(refused=frozenset(refused), language=chosen.language if chosen else SOURCE_LANGUAGE)


def choose(
    database: Database, patron_id: int, wish: Wish, *, staff_id: int | None, at: datetime
) -> None:
    """Keep a choice as a whole; `staff_id` None: the reader's own, by a link.

    Raises LookupError for an unknown patron.
    """
    with database.writing() as session:
        _known(session, patron_id)
        session.merge(NoticeLanguage(patron_id=patron_id, language=wish.language))
        _refuse(session, patron_id, wish.refused, staff_id, at)


def refuse(database: Database, token: str, kinds: Collection[NoticeKind], at: datetime) -> None:
    """By the link in a letter: exactly these kinds are not wanted. Raises Gone."""
    with database.writing() as session:
        letter = find(session, token)
        _refuse(session, letter.patron_id, frozenset(kinds), None, at)


def refuse_one(database: Database, token: str, at: datetime) -> None:
    """By a mail program's button: no more letters of this letter's kind. Raises Gone."""
    with database.writing() as session:
        letter = find(session, token)
        refused = of_patron(session, letter.patron_id).refused | {letter.kind}
        _refuse(session, letter.patron_id, refused, None, at)


def find(session: Session, token: str) -> NoticeLetter:
    """The letter of a link. Raises Gone."""
    found = session.scalar(select(NoticeLetter).where(NoticeLetter.token_hash == hash_of(token)))
    if found is None:
        raise Gone("no such letter")
    return found


def _known(session: Session, patron_id: int) -> None:
    if session.get(Patron, patron_id) is None:
        raise LookupError(f"no patron {patron_id}")


def _refuse(
    session: Session, patron_id: int, kinds: frozenset[NoticeKind], staff_id: int | None,
    at: datetime,
) -> None:  # fmt: skip
    before = of_patron(session, patron_id).refused
    mine = NoticeRefusal.patron_id == patron_id
    session.execute(delete(NoticeRefusal).where(mine, NoticeRefusal.kind.in_(before - kinds)))
    for kind in kinds - before:
        session.add(NoticeRefusal(patron_id=patron_id, kind=kind, since=at, staff_id=staff_id))
    if kinds != before:
        audit.record(
            session, at=at, actor="reader" if staff_id is None else actor_of(staff_id),
            action="notices_chosen", about=("patron", str(patron_id)),
            details={"refused": sorted(kinds)},
        )  # fmt: skip
