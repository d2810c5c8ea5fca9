"""The queue of letters: kept with the act that causes them, sent later, tried again with patience.

A letter is in the database before anybody is told that it will go, so that neither a restart nor a
mail server that is away loses it. It may arrive twice, after a crash between the server's yes and
our note of it; its Message-ID is the same then, and mail programs show it once.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, make_msgid

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Mail, MailKind, MailState
from server.services import audit

LONGEST = timedelta(days=3)
"""A letter that nobody took for so long has failed."""
LEASE = timedelta(minutes=10)
"""A try ends within this time; else another process may take the letter over."""
_PAUSES = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 240))


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file sent along; with `cid` it is a picture within the HTML (`src="cid:…"`)."""

    name: str
    data: bytes
    maintype: str
    subtype: str
    cid: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """A letter as it is written, still without its sender."""

    kind: MailKind
    recipient: str
    subject: str
    text: str
    html: str = ""
    language: str = "uk"
    patron_id: int | None = None
    attachments: Sequence[Attachment] = ()
    refuse_at: str = ""
    """Address that refuses such letters by one press of a mail program's own button (RFC 8058)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A letter taken out to be sent now."""

    mail_id: int
    recipient: str
    message: bytes


def compose(letter: Letter, *, sender: str, sender_name: str, at: datetime) -> bytes:
    """The letter as bytes. Raises ValueError for an address or a subject that can't be written."""
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender_name, addr_spec=sender)
    message["To"] = Address(addr_spec=letter.recipient)
    message["Subject"] = letter.subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(letter.text)
    if letter.html:
        message.add_alternative(letter.html, subtype="html")
    for file in letter.attachments:
        _attach(message, file)
    # Only now: whatever sets a content takes the headers of the one before away.
    message["Content-Language"] = letter.language
    return _refusable(letter.refuse_at) + message.as_bytes()


def _refusable(address: str) -> bytes:
    """Headers of their own making: Python would encode a long address, which no program reads."""
    if not address:
        return b""
    lines = (f"List-Unsubscribe: <{address}>", "List-Unsubscribe-Post: List-Unsubscribe=One-Click")
    return "".join(f"{line}\r\n" for line in lines).encode("ascii")


def _attach(message: EmailMessage, file: Attachment) -> None:
    page = message.get_body(("html",)) if file.cid else None
    if page is None:
        message.add_attachment(
            file.data, maintype=file.maintype, subtype=file.subtype, filename=file.name
        )
    else:
        page.add_related(
            file.data, maintype=file.maintype, subtype=file.subtype, filename=file.name,
            cid=f"<{file.cid}>", disposition="inline",
        )  # fmt: skip


def put(
    session: Session, letter: Letter, *, sender: str, sender_name: str, actor: str, at: datetime
) -> int:
    """Put a letter into the queue, as part of a transaction; answers its id.

    Raises ValueError where it can't be written. The audit log keeps that it went, not whereto.
    """
    message = compose(letter, sender=sender, sender_name=sender_name, at=at)
    mail = Mail(
        kind=letter.kind, patron_id=letter.patron_id, recipient=letter.recipient, message=message,
        next_try_at=at, created_at=at,
    )  # fmt: skip
    session.add(mail)
    session.flush()
    audit.record(
        session, at=at, actor=actor, action="mail_queued", about=("mail", str(mail.id)),
        details={"kind": letter.kind, "patron": letter.patron_id},
    )  # fmt: skip
    return mail.id


def take(database: Database, *, at: datetime, held: Collection[MailKind] = ()) -> Taken | None:
    """Take out the letter that waits longest; nobody else does while the lease holds.

    `held`: kinds that are not to go now.
    """
    with database.writing() as session:
        mail = session.scalar(
            select(Mail)
            .where(Mail.state == MailState.WAITING, Mail.next_try_at <= at, Mail.kind.not_in(held))
            .order_by(Mail.next_try_at, Mail.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        )
        if mail is None:
            return None
        mail.tries += 1
        mail.next_try_at = at + LEASE
        return Taken(mail_id=mail.id, recipient=mail.recipient, message=mail.message)


def sent(database: Database, mail_id: int, *, at: datetime) -> None:
    """A mail server took it: only that it went is kept."""
    with database.writing() as session:
        _settle(session.get_one(Mail, mail_id), MailState.SENT, "", at)


def not_sent(
    database: Database, mail_id: int, problem: str, *, for_good: bool, at: datetime
) -> None:
    """It was not taken. It is tried again later, unless that would change nothing."""
    with database.writing() as session:
        mail = session.get_one(Mail, mail_id)
        if for_good or at - mail.created_at >= LONGEST:
            _settle(mail, MailState.FAILED, problem, at)
        else:
            mail.problem = problem
            mail.next_try_at = at + pause(mail.tries)


def pause(tries: int) -> timedelta:
    """How long to wait after so many tries in vain."""
    return _PAUSES[min(tries, len(_PAUSES)) - 1]


def failed(session: Session, since: datetime) -> Sequence[Mail]:
    """Letters that did not go, the newest first."""
    query = select(Mail).where(Mail.state == MailState.FAILED, Mail.settled_at >= since)
    return session.scalars(query.order_by(Mail.settled_at.desc())).all()


def last_of(session: Session, patron_id: int, kind: MailKind) -> Mail | None:
    """The newest letter of this kind to a reader."""
    query = select(Mail).where(Mail.patron_id == patron_id, Mail.kind == kind)
    return session.scalar(query.order_by(Mail.id.desc()).limit(1))


def _settle(mail: Mail, state: MailState, problem: str, at: datetime) -> None:
    mail.state, mail.problem, mail.settled_at = state, problem, at
    mail.message = b""
