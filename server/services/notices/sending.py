"""Puts the letters that are due into the queue, each once, and tells what was and will be sent."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Mail, MailState, NoticeKind, NoticeLetter, NoticeTold, Patron
from server.services import mail, settings
from server.services.keys import Entropy
from server.services.mail import Letter
from server.services.notices import due, texts, wishes
from server.services.notices.due import Due
from server.services.notices.texts import Text
from server.services.settings import LibrarySettings

Write = Callable[[Due, Text, LibrarySettings, str], Letter]
"""Makes a letter; the last is the secret of its link."""
_TOKEN_BYTES = 32
_BATCH = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Whose letters they are."""

    address: str
    entropy: Entropy
    write: Write


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What would go at an instant."""

    kind: NoticeKind
    letters: int
    unreached: int
    """Who would have one, but without address or consent, or refused."""
    first: Sequence[Due]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A letter that was put into the queue."""

    letter_id: int
    kind: NoticeKind
    patron_id: int
    name: str
    at: datetime
    state: MailState | None
    """None where the letter's own row is no longer kept."""
    problem: str


def put_due(database: Database, sender: Sender, at: datetime) -> int:
    """Put what is due into the queue; answers how many letters. In quiet hours nothing."""
    with database.reading() as session:
        library = settings.read(session)
        if due.quiet_until(library, at) is not None:
            return 0
        found = [
            (each, texts.current(session, each.kind, each.language))
            for kind in NoticeKind
            for each in due.letters(session, kind, library, at, most=_BATCH)
        ]
    return sum(_put(database, sender, library, each, text, at) for each, text in found)


def _put(
    database: Database, sender: Sender, library: LibrarySettings, each: Due, text: Text,
    at: datetime,
) -> bool:  # fmt: skip
    """One letter in one transaction; False where another server was faster."""
    token = urlsafe_b64encode(sender.entropy(_TOKEN_BYTES)).decode().rstrip("=")
    letter = sender.write(each, text, library, token)
    try:
        with database.writing() as session:
            row = NoticeLetter(
                kind=each.kind, patron_id=each.patron_id, token_hash=wishes.hash_of(token),
                made_at=at,
            )  # fmt: skip
            session.add(row)
            session.flush()
            session.add_all(
                NoticeTold(
                    kind=each.kind, about=item.about, occasion=item.occasion, letter_id=row.id
                )
                for item in each.items
            )
            session.flush()
            row.mail_id = mail.put(
                session, letter, sender=sender.address,
                sender_name=library.name_in(letter.language), actor="system", at=at,
            )  # fmt: skip
    except IntegrityError:
        return False
    return True


def forecast(session: Session, at: datetime, *, shown: int = 20) -> Sequence[Forecast]:
    """What would be put into the queue at an instant, kind by kind."""
    library = settings.read(session)
    return [
        Forecast(
            kind=kind, letters=due.count(session, kind, library, at),
            unreached=due.unreached(session, kind, library, at),
            first=due.letters(session, kind, library, at, most=shown),
        )
        for kind in NoticeKind
    ]  # fmt: skip


def sent(
    session: Session, *, patron_id: int | None = None, kind: NoticeKind | None = None,
    before: int | None = None, most: int = 100,
) -> Sequence[Sent]:  # fmt: skip
    """The newest letters, of all or of one reader; `before`: those older than this letter."""
    query = (
        select(NoticeLetter, Mail.state, Mail.problem, Patron)
        .join(Patron, Patron.id == NoticeLetter.patron_id)
        .outerjoin(Mail, Mail.id == NoticeLetter.mail_id)
        .order_by(NoticeLetter.id.desc())
        .limit(most)
    )
    if patron_id is not None:
        query = query.where(NoticeLetter.patron_id == patron_id)
    if kind is not None:
        query = query.where(NoticeLetter.kind == kind)
    if before is not None:
        query = query.where(NoticeLetter.id < before)
    return [
        Sent(
            letter_id=row.id, kind=row.kind, patron_id=patron.id, name=patron.full_name,
            at=row.made_at, state=state, problem=problem or "",
        )
        for row, state, problem, patron in session.execute(query)
    ]  # fmt: skip
