"""The consent ledger: which text was shown, what was answered, who wrote it down (R2.2, R5.2.10).

A line is never changed. What counts for a purpose is its newest line; without a line there is no
consent.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib.resources import files

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Consent, LegalText, Patron, Photo, Purpose, TextKind
from server.services import audit, settings
from server.services.enrolment_rules import is_below
from server.services.people import AGE_OF_OWN_RIGHT


@dataclass(frozen=True, slots=True)
class Text:
    """A version of a text."""

    kind: TextKind
    version: str
    since: date
    body: str
    """In Ukrainian; this is what is signed."""
    body_en: str = ""
    """The same in English; empty where the library has not translated it."""

    def said(self, language: str) -> str:
        """In a language as far as there is one, else in Ukrainian."""
        return self.body_en if language == "en" and self.body_en else self.body


@cache
def packaged() -> Mapping[TextKind, Text]:
    """The texts to begin with."""
    source = tomllib.loads(files("server.services").joinpath("texts.toml").read_text("utf-8"))
    return {
        TextKind(kind): Text(
            TextKind(kind),
            text["version"],
            text["since"],
            text["body"].strip(),
            text["body_en"].strip(),
        )
        for kind, text in source.items()
    }


def current(session: Session, kind: TextKind, today: date) -> Text:
    """The text that holds on a day: the library's newest, else the packaged one."""
    own = session.scalar(
        select(LegalText)
        .where(LegalText.kind == kind, LegalText.since <= today)
        .order_by(LegalText.since.desc(), LegalText.id.desc())
        .limit(1)
    )
    if own is None:
        return packaged()[kind]
    return Text(kind, own.version, own.since, own.body, own.body_en)


def publish(database: Database, text: Text, *, staff_id: int, at: datetime) -> None:
    """Keep a new version of a text. Versions are never changed: IntegrityError for a known one."""
    with database.writing() as session:
        session.add(
            LegalText(
                kind=text.kind, version=text.version, since=text.since, body=text.body,
                body_en=text.body_en,
            )
        )  # fmt: skip
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="text_published",
            about=("text", f"{text.kind}:{text.version}"),
        )  # fmt: skip


def answers(session: Session, patron_id: int) -> Mapping[Purpose, Consent]:
    """The line that counts for each purpose that was ever asked."""
    lines = session.scalars(
        select(Consent).where(Consent.patron_id == patron_id).order_by(Consent.id)
    )
    return {line.purpose: line for line in lines}


def holds(session: Session, patron_id: int, purpose: Purpose) -> bool:
    """Whether there is a consent for this purpose now."""
    line = answers(session, patron_id).get(purpose)
    return line is not None and line.given


def note(
    session: Session, patron: Patron, given: Mapping[Purpose, bool], *, by_guardian: bool,
    staff_id: int, at: datetime,
) -> str:  # fmt: skip
    """Add a line for each answer, and tell the text's version. A photo goes with its consent."""
    version = current(session, TextKind.CONSENT, settings.read(session).day(at)).version
    for purpose, answer in given.items():
        session.add(
            Consent(
                patron_id=patron.id, purpose=purpose, given=answer, text_version=version,
                by_guardian=by_guardian, at=at, staff_id=staff_id,
            )
        )  # fmt: skip
    if given.get(Purpose.PHOTO) is False:
        session.execute(delete(Photo).where(Photo.patron_id == patron.id))
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action="consents_noted",
        about=("patron", str(patron.id)),
        details={"text": version, **{str(key): value for key, value in given.items()}},
    )  # fmt: skip
    return version


def change(
    database: Database, patron_id: int, given: Mapping[Purpose, bool], *, staff_id: int,
    at: datetime,
) -> None:  # fmt: skip
    """Give or withdraw consents at any time. Raises LookupError for an unknown patron.

    For a child it is the guardian who answers (R1.4).
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        today = settings.read(session).day(at)
        child = is_below(patron.birth_date, AGE_OF_OWN_RIGHT, today)
        note(session, patron, given, by_guardian=child, staff_id=staff_id, at=at)
