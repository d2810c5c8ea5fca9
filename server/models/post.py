"""What leaves the house by e-mail, and the links that are sent with it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigId, partial_index


class MailKind(StrEnum):
    """What a letter is about."""

    TICKET = "ticket"
    NOTICE = "notice"
    REPORT = "report"
    TRIAL = "trial"
    """A notice as staff try it out."""


class MailState(StrEnum):
    """Where a letter is."""

    WAITING = "waiting"
    SENT = "sent"
    """A mail server took it; whether it was read, nobody knows."""
    FAILED = "failed"
    """Refused for good, or not taken within days."""


class Mail(Base):
    """A letter on its way, whole, until a mail server took it. Then only that it went is kept."""

    __tablename__ = "mail"
    __table_args__ = (partial_index("ix_mail_waiting", "next_try_at", where="state = 'waiting'"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[MailKind]
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patron.id"), index=True)
    """Whose affair it is; None for reports to staff."""
    recipient: Mapped[str] = mapped_column(String(200))
    message: Mapped[bytes] = mapped_column(LargeBinary)
    """As it goes over the wire (RFC 5322), with one Message-ID for all tries; empty at the end."""
    state: Mapped[MailState] = mapped_column(default=MailState.WAITING)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime]
    """While it is being sent: when another may take it over."""
    created_at: Mapped[datetime]
    settled_at: Mapped[datetime | None]
    problem: Mapped[str] = mapped_column(String(80), default="")
    """The last trouble as a code; a mail server's own words may hold the address."""


class LinkUse(StrEnum):
    """What a link to a ticket does."""

    OPEN = "open"
    """Stands in a letter: makes a page to keep, for some days."""
    KEEP = "keep"
    """The page on the phone, as long as the ticket is good."""


class TicketLink(Base):
    """A link that nobody can guess, to one ticket. Only its hash is kept."""

    __tablename__ = "ticket_link"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"), index=True)
    use: Mapped[LinkUse]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
