"""What the Service Centre writes down at enrolment: steps, consents, guarantors, payments (R2)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gate.facts import TicketKind
from server.models.administered import PaidService
from server.models.base import Base, BigId
from server.models.noted import NotedAtWork
from server.models.people import Category
from server.models.staff import Staff


class Step(StrEnum):
    """A step of enrolment, in the order of the rules (R2.2)."""

    DATA = "data"
    DOCUMENT = "document"
    AGREEMENT = "agreement"
    """The agreement with an organisation (R1.8)."""
    GUARDIAN = "guardian"
    """Consent of a parent or another lawful representative (R1.4)."""
    GUARANTEE = "guarantee"
    """Guarantee of the parents, or a letter of the school (R1.5)."""
    TEXTS = "texts"
    """The rules of use and the data notice were read."""
    CONSENTS = "consents"
    CERTIFICATE = "certificate"
    """The certificate of a free or reduced enrolment (R2.5)."""
    PHOTO = "photo"
    PAYMENT = "payment"
    TICKET = "ticket"


class Purpose(StrEnum):
    """What personal data may be used for; each is asked for apart from the others."""

    ENROLMENT = "enrolment"
    """Without it there is no enrolment (R2.2)."""
    PHOTO = "photo"
    NOTICES = "notices"
    """Messages about terms and events."""
    INTERESTS = "interests"
    """What somebody reads, for advice and study (R5.1.5, R5.2.10)."""


class TextKind(StrEnum):
    """Texts that somebody reads before signing."""

    RULES = "rules"
    DATA_NOTICE = "data_notice"
    CONSENT = "consent"


class GuarantorKind(StrEnum):
    """Who answers for a minor (R1.5)."""

    PARENT = "parent"
    GUARDIAN = "guardian"
    SCHOOL = "school"


class Concession(StrEnum):
    """What a category pays (R2.5, R2.5.1)."""

    FULL = "full"
    REDUCED = "reduced"
    FREE = "free"


class PaymentMethod(StrEnum):
    """How it was paid (R2.2)."""

    CASH_DESK = "cash_desk"
    TERMINAL = "terminal"
    INTERNET = "internet"


class PaidFor(StrEnum):
    """What was paid for."""

    ENROLMENT = "enrolment"
    REREGISTRATION = "reregistration"
    DUPLICATE = "duplicate"
    DAMAGE = "damage"
    """Harm made good (R4.3.4)."""
    SERVICE = "service"
    """A paid service of the catalogue (R1.3, R5.1.8)."""


class RegistrationCard(Base):
    """What the registration card holds beyond the patron's row (R2.2, R2.6)."""

    __tablename__ = "registration_card"

    patron_id: Mapped[int] = mapped_column(
        ForeignKey("patron.id"), primary_key=True, autoincrement=False
    )
    address: Mapped[str] = mapped_column(String(300), default="")
    workplace: Mapped[str] = mapped_column(String(200), default="")
    """Place of work or study."""
    occupation: Mapped[str] = mapped_column(String(100), default="")


class Photo(Base):
    """A reader's photo, made anew from what was uploaded; it goes when the consent goes."""

    __tablename__ = "photo"

    patron_id: Mapped[int] = mapped_column(
        ForeignKey("patron.id"), primary_key=True, autoincrement=False
    )
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    taken_at: Mapped[datetime]
    taken_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Enrolment(Base):
    """One enrolment of a patron, from the first word to the ticket in the hand."""

    __tablename__ = "enrolment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    ticket_kind: Mapped[TicketKind]
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None] = mapped_column(index=True)
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("ticket.id"))


class EnrolmentStep(Base):
    """A step that was done: who, when, and what without anything personal in it."""

    __tablename__ = "enrolment_step"
    __table_args__ = (Index("ix_enrolment_step_enrolment_id", "enrolment_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    enrolment_id: Mapped[int] = mapped_column(ForeignKey("enrolment.id"))
    step: Mapped[Step]
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    details: Mapped[dict[str, Any]]
    """Codes and versions, such as the kind of document or the version of a text."""


class LegalText(Base):
    """A version of a text that people sign; the newest that holds is shown."""

    __tablename__ = "legal_text"
    __table_args__ = (UniqueConstraint("kind", "version"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[TextKind]
    version: Mapped[str] = mapped_column(String(40))
    since: Mapped[date]
    body: Mapped[str] = mapped_column(String(50000))
    body_en: Mapped[str] = mapped_column(String(50000), default="", server_default="")
    """The same in English, for who reads no Ukrainian; signed is the Ukrainian text."""


class Consent(Base):
    """A line of the consent ledger; nothing is ever overwritten, the newest line counts."""

    __tablename__ = "consent"
    __table_args__ = (Index("ix_consent_patron_id_purpose", "patron_id", "purpose"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"))
    purpose: Mapped[Purpose]
    given: Mapped[bool]
    text_version: Mapped[str] = mapped_column(String(40))
    by_guardian: Mapped[bool] = mapped_column(default=False)
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Guarantor(Base):
    """Who consented for a minor, or answers for one (R1.4, R1.5, R4.3.5)."""

    __tablename__ = "guarantor"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    kind: Mapped[GuarantorKind]
    name: Mapped[str] = mapped_column(String(200))
    """A person, or the name of the school."""
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Whereto letters about a child go."""
    paper: Mapped[str] = mapped_column(String(100), default="")
    """Number and day of the letter of guarantee."""
    guarantees: Mapped[bool]
    """False: it is a consent to the enrolment alone."""
    until: Mapped[date | None]
    """Last day of the guarantee."""
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Certificate(Base):
    """A certificate was shown; seen anew every year (R2.5). Its number is not kept."""

    __tablename__ = "certificate"
    __table_args__ = (Index("ix_certificate_patron_id", "patron_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"))
    category: Mapped[Category]
    year: Mapped[int]
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))


class Payment(NotedAtWork, Base):
    """A note of a payment with the number of its receipt; no fiscal document."""

    __tablename__ = "payment"
    __table_args__ = (Index("ix_payment_patron_id", "patron_id"), Index("ix_payment_at", "at"))

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patron.id"))
    """None where a service was paid by somebody whom nobody asked for a ticket."""
    paid_for: Mapped[PaidFor]
    service_id: Mapped[int | None] = mapped_column(ForeignKey("paid_service.id"))
    damage_id: Mapped[int | None] = mapped_column(ForeignKey("damage.id"))
    quantity: Mapped[int] = mapped_column(default=1, server_default="1")
    """How many of the service's unit."""
    amount: Mapped[int]
    """Kopiykas."""
    concession: Mapped[Concession]
    method: Mapped[PaymentMethod]
    receipt_number: Mapped[str] = mapped_column(String(60))
    year: Mapped[int]
    at: Mapped[datetime]
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    cancelled_at: Mapped[datetime | None]
    """Noted by mistake: it stays on record with its number, and is added up no longer."""
    cancelled_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    cancel_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")

    service: Mapped[PaidService | None] = relationship()
    staff: Mapped[Staff] = relationship(foreign_keys=[staff_id])
    canceller: Mapped[Staff | None] = relationship(foreign_keys=[cancelled_by])


class Registration(Base):
    """A registration of a ticket for a year: with the ticket itself, then every year (R2.6)."""

    __tablename__ = "registration"
    __table_args__ = (
        UniqueConstraint("ticket_id", "year"),
        Index("ix_registration_at", "at"),
        Index("ix_registration_year", "year", "ticket_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"))
    year: Mapped[int]
    category: Mapped[Category]
    """Of the reader on that day."""
    loans_shown: Mapped[int]
    """Documents on loan that were shown."""
    at: Mapped[datetime | None]
    """None: the ticket came from another system, registered."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class Preregistration(Base):
    """Begun at a kiosk, to be finished at the desk within some days; then it is erased (R2.1)."""

    __tablename__ = "preregistration"
    __table_args__ = (UniqueConstraint("local_day", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Born at the kiosk: what is sent twice is kept once."""
    local_day: Mapped[date]
    number: Mapped[int]
    """Place in the day's queue of the Service Centre, from 1 on."""
    station_code: Mapped[str] = mapped_column(String(2))
    at: Mapped[datetime]
    data: Mapped[dict[str, Any]]
    """The record as it was sent, without the photo; empty once the desk took it over."""
    photo: Mapped[bytes | None] = mapped_column(LargeBinary)
    taken_at: Mapped[datetime | None]
