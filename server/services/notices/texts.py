"""The words of notices: packaged ones, the library's own, and their places in braces."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Final

from sqlalchemy.orm import Session

from server.database import Database
from server.models import NoticeKind, NoticeText
from server.services import audit
from server.services.by import By

PLACES: Final = ("name", "list", "date", "library", "phone")
"""What stands in braces: given name, what the letter is about line by line, its nearest day, name
and phone of the library."""
SUBJECT_MOST: Final = 200
BODY_MOST: Final = 4000
_BRACES: Final = re.compile(r"\{([^{}\n]*)\}")


class Unfit(ValueError):
    """Words that can't be sent: `empty`, `too_long`, `no_list`, or `place:…` with a strange one."""


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a notice."""

    subject: str
    body: str
    is_own: bool = False


@cache
def packaged() -> Mapping[NoticeKind, Mapping[str, Text]]:
    """The words to begin with, by kind and language."""
    source = tomllib.loads(files("server.services.notices").joinpath("texts.toml").read_text())
    return {
        NoticeKind(kind): {
            language: Text(text["subject"], text["body"].strip())
            for language, text in by_language.items()
        }
        for kind, by_language in source.items()
    }


def current(session: Session, kind: NoticeKind, language: str) -> Text:
    """The words that are sent now; a language without any gets the source language's."""
    own = session.get(NoticeText, (kind, language))
    if own is not None:
        return Text(own.subject, own.body, is_own=True)
    known = packaged()[kind]
    return known.get(language) or known["uk"]


def check(subject: str, body: str) -> Text:
    """Words as they were typed, made tidy. Raises Unfit."""
    tidy = Text(" ".join(subject.split()), body.replace("\r\n", "\n").strip(), is_own=True)
    if not tidy.subject or not tidy.body:
        raise Unfit("empty")
    if len(tidy.subject) > SUBJECT_MOST or len(tidy.body) > BODY_MOST:
        raise Unfit("too_long")
    for place in _BRACES.findall(tidy.subject) + _BRACES.findall(tidy.body):
        if place not in PLACES:
            raise Unfit(f"place:{place}")
    if "{list}" not in tidy.body:
        raise Unfit("no_list")
    return tidy


def save(database: Database, kind: NoticeKind, language: str, text: Text, *, by: By) -> None:
    """Send these words from now on."""
    with database.writing() as session:
        session.merge(
            NoticeText(
                kind=kind, language=language, subject=text.subject, body=text.body,
                changed_at=by.at, changed_by=by.staff_id,
            )
        )  # fmt: skip
        _note(session, kind, language, "notice_text_changed", by)


def drop(database: Database, kind: NoticeKind, language: str, *, by: By) -> None:
    """Send the packaged words again."""
    with database.writing() as session:
        own = session.get(NoticeText, (kind, language))
        if own is not None:
            session.delete(own)
            _note(session, kind, language, "notice_text_dropped", by)


def fill(words: str, places: Mapping[str, str]) -> str:
    """Put the values in; nothing of a value is read as a place again."""
    return _BRACES.sub(lambda found: places.get(found[1], found[0]), words)


def _note(session: Session, kind: NoticeKind, language: str, action: str, by: By) -> None:
    audit.record(
        session, at=by.at, actor=by.actor, action=action, about=("notice", f"{kind}:{language}")
    )
