"""Letters that remind readers: their words, each person's choice, and what was told already."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigId


class NoticeKind(StrEnum):
    """What a reader is reminded of (R5.2.7, R2.3.1, R2.6, R4.1.11, R3.2.10)."""

    DUE = "due"
    """Documents at home whose last day comes."""
    OVERDUE = "overdue"
    EXPIRY = "expiry"
    """The ticket's own term ends."""
    SEASON = "season"
    """From 1 January: to be registered for the year."""
    EVENT = "event"
    PLACE = "place"
    """A place became free for somebody who waited for it."""
    HOLD = "hold"
    """What somebody waited for lies on the reserve shelf."""


class NoticeText(Base):
    """The library's own words of a notice; without a row the packaged ones are sent."""

    __tablename__ = "notice_text"

    kind: Mapped[NoticeKind] = mapped_column(primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
    subject: Mapped[str] = mapped_column(String(200))
    body: Mapped[str] = mapped_column(String(4000))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class NoticeLanguage(Base):
    """The language in which somebody wants letters; without a row it is the source language."""

    __tablename__ = "notice_language"

    patron_id: Mapped[int] = mapped_column(
        ForeignKey("patron.id"), primary_key=True, autoincrement=False
    )
    language: Mapped[str] = mapped_column(String(8))


class NoticeRefusal(Base):
    """Somebody wants no letters of a kind, though they consented to letters in general."""

    __tablename__ = "notice_refusal"

    patron_id: Mapped[int] = mapped_column(
        ForeignKey("patron.id"), primary_key=True, autoincrement=False
    )
    kind: Mapped[NoticeKind] = mapped_column(primary_key=True)
    since: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """Who wrote it down; None: by the link in a letter."""


class NoticeLetter(Base):
    """A notice that was put into the queue of letters."""

    __tablename__ = "notice_letter"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[NoticeKind]
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("mail.id"), index=True)
    """None once the letter's own row is no longer kept."""
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    """Of the link by which these letters are refused."""
    made_at: Mapped[datetime] = mapped_column(index=True)


class NoticeTold(Base):
    """One thing that a letter told; the key makes it impossible to tell it twice."""

    __tablename__ = "notice_told"

    kind: Mapped[NoticeKind] = mapped_column(primary_key=True)
    about: Mapped[str] = mapped_column(String(20), primary_key=True)
    """Id of the loan, the ticket, the hold or the sign-up."""
    occasion: Mapped[date] = mapped_column(primary_key=True)
    """Last day of the loan or the ticket, first day on the shelf, day of the event, 1 January; of
    an overdue loan the day of the letter."""
    letter_id: Mapped[int] = mapped_column(ForeignKey("notice_letter.id"), index=True)
