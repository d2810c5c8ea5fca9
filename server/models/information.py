"""The citizens' information centre: resources, services given, workplaces, plans, registers (C)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gate.events import Topic
from server.models.base import Base, BigId, partial_index
from server.models.noted import NotedAtWork
from server.models.people import Ticket
from server.models.staff import Staff
from server.models.visits import Visit


class EResource(Base):
    """An electronic resource that the centre leads to; checked now and then (C3.1.1)."""

    __tablename__ = "e_resource"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="")
    topic: Mapped[Topic]
    address: Mapped[str] = mapped_column(String(500), unique=True)
    """https only: people type passwords there."""
    owner: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(10), default="uk")
    about: Mapped[str] = mapped_column(String(500), default="")
    about_en: Mapped[str] = mapped_column(String(500), default="")
    checked_on: Mapped[date | None]
    """When somebody last saw that it is there and is what it says."""
    checked_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    checker: Mapped[Staff | None] = relationship()
    position: Mapped[int] = mapped_column(default=0)
    added_at: Mapped[datetime | None]
    """None: before anybody kept that."""
    retired_at: Mapped[datetime | None]


class ServiceCode(StrEnum):
    """The centre's free services (C3.1)."""

    ACCESS = "access"
    """Access to electronic resources (C3.1.1)."""
    SEARCH = "search"
    """Search of information (C3.1.2)."""
    ADVICE = "advice"
    """A consultation (C3.1.3)."""
    SKILLS = "skills"
    """Teaching somebody to do it alone (C3.1.4)."""
    CONFERENCE = "conference"
    """A video conference, webinar or meeting with an authority (C3.1.5)."""
    BRANCH_ADVICE = "branch_advice"
    """Advice to a librarian of a branch (C3.1.6)."""


class Outcome(StrEnum):
    """What became of a question."""

    HELPED = "helped"
    PARTLY = "partly"
    REFERRED = "referred"
    """Sent on to an authority or another department."""
    NOT_FOUND = "not_found"


class Consultation(NotedAtWork, Base):
    """A service given, without a name: for whom it was stands in the visit, if they had one."""

    __tablename__ = "consultation"
    __table_args__ = (Index("ix_consultation_at", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    service: Mapped[ServiceCode]
    topic: Mapped[Topic]
    minutes: Mapped[int]
    outcome: Mapped[Outcome]
    persons: Mapped[int] = mapped_column(default=1)
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """None by telephone or mail, and for librarians of branches."""
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """Whose librarian was advised (C3.1.6)."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    struck_at: Mapped[datetime | None]
    """Taken back: a slip of the hand."""

    staff: Mapped[Staff] = relationship()
    visit: Mapped[Visit | None] = relationship()


class Demand(NotedAtWork, Base):
    """What people asked for, and what was missing (C2.2b)."""

    __tablename__ = "demand"
    __table_args__ = (Index("ix_demand_at", "at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime]
    topic: Mapped[Topic]
    asked: Mapped[str] = mapped_column(String(300))
    """In a few words; no name."""
    missing: Mapped[bool] = mapped_column(default=False)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    struck_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


class Workplace(Base):
    """A computer of the centre."""

    __tablename__ = "workplace"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(60), unique=True)
    about: Mapped[str] = mapped_column(String(200), default="")
    """What it has: scanner, headphones, a screen reader."""
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Where it stands; None: in the library's own building."""
    position: Mapped[int] = mapped_column(default=0)
    retired_at: Mapped[datetime | None]


class WorkplaceUse(Base):
    """A visit at a workplace, or waiting for one."""

    __tablename__ = "workplace_use"
    __table_args__ = (
        partial_index(
            "uq_workplace_use_workplace", "workplace_id", unique=True,
            where="ended_at IS NULL AND workplace_id IS NOT NULL",
        ),
        partial_index("uq_workplace_use_visit", "visit_id", unique=True, where="ended_at IS NULL"),
    )  # fmt: skip

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"))
    workplace_id: Mapped[int | None] = mapped_column(ForeignKey("workplace.id"))
    """None while they wait."""
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Where they wait; None: in the library's own building."""
    asked_at: Mapped[datetime]
    started_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    """When the time is over, unless nobody waits and it is made longer."""
    ended_at: Mapped[datetime | None]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    workplace: Mapped[Workplace | None] = relationship()


class WorkplaceBooking(Base):
    """A workplace kept for an hour to come.

    That no two of a place meet is seen to by server.services.workplace_bookings, under a lock.
    """

    __tablename__ = "workplace_booking"
    __table_args__ = (
        Index("ix_workplace_booking_begins_at", "begins_at"),
        Index("ix_workplace_booking_ticket_id", "ticket_id"),
        Index("ix_workplace_booking_visit_id", "visit_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workplace_id: Mapped[int] = mapped_column(ForeignKey("workplace.id"))
    ticket_id: Mapped[str | None] = mapped_column(ForeignKey("ticket.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """Who has no ticket books for the day of the visit alone."""
    begins_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    """None: at a kiosk."""
    cancelled_at: Mapped[datetime | None]
    use_id: Mapped[int | None] = mapped_column(ForeignKey("workplace_use.id"))
    """What it became when its reader came."""

    workplace: Mapped[Workplace] = relationship()
    ticket: Mapped[Ticket | None] = relationship()
    visit: Mapped[Visit | None] = relationship()
    use: Mapped[WorkplaceUse | None] = relationship()


class Indicator(StrEnum):
    """What the centre's plan and report count (C5.1, C8.1)."""

    VISITS = "visits"
    USERS = "users"
    CONSULTATIONS = "consultations"
    TRAININGS = "trainings"
    TRAINED = "trained"
    CONFERENCES = "conferences"
    CONFERENCE_PARTICIPANTS = "conference_participants"
    BRANCH_ADVICE = "branch_advice"
    RESOURCES = "resources"
    PAID_SERVICES = "paid_services"
    PARTNERS = "partners"
    MENTIONS = "mentions"


class PlanTarget(Base):
    """What was planned of an indicator for a month."""

    __tablename__ = "plan_target"
    __table_args__ = (UniqueConstraint("indicator", "month"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    indicator: Mapped[Indicator]
    month: Mapped[date]
    """Its first day."""
    target: Mapped[int]


class EquipmentState(StrEnum):
    """How a piece of equipment is."""

    WORKS = "works"
    IN_REPAIR = "in_repair"
    BROKEN = "broken"
    WRITTEN_OFF = "written_off"


class Equipment(Base):
    """A computer, scanner, printer, screen or banner of the centre (C7.1)."""

    __tablename__ = "equipment"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inventory_number: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str] = mapped_column(String(200))
    place: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[EquipmentState] = mapped_column(default=EquipmentState.WORKS)
    acquired_on: Mapped[date | None]
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """Whose it is; None: in the library's own building."""
    retired_at: Mapped[datetime | None]


class StockTaking(NotedAtWork, Base):
    """A count of the equipment by scanner (C8.3)."""

    __tablename__ = "stock_taking"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    begun_at: Mapped[datetime]
    begun_by: Mapped[int] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]

    staff: Mapped[Staff] = relationship()


class StockSeen(Base):
    """An inventory number that was scanned in a count, known or not."""

    __tablename__ = "stock_seen"

    taking_id: Mapped[int] = mapped_column(ForeignKey("stock_taking.id"), primary_key=True)
    inventory_number: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class Partner(Base):
    """An organisation that the centre works with (C6.1)."""

    __tablename__ = "partner"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str] = mapped_column(String(200), unique=True)
    contact: Mapped[str] = mapped_column(String(200), default="")
    subject: Mapped[str] = mapped_column(String(300), default="")
    """What is done together."""
    since: Mapped[date]
    until: Mapped[date | None]
    paper: Mapped[str] = mapped_column(String(100), default="")
    retired_at: Mapped[datetime | None]


class Mention(Base):
    """The centre in the press (C6.1)."""

    __tablename__ = "mention"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    medium: Mapped[str] = mapped_column(String(200))
    on_day: Mapped[date]
    address: Mapped[str] = mapped_column(String(500), default="")
    retired_at: Mapped[datetime | None]


class GoverningDocument(Base):
    """A law, order or regulation that the centre works by; a new version is a new row (C1.7)."""

    __tablename__ = "governing_document"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    version: Mapped[str] = mapped_column(String(40), default="")
    approved_on: Mapped[date]
    in_force_from: Mapped[date]
    replaced_on: Mapped[date | None]
    address: Mapped[str] = mapped_column(String(500), default="")
    paper: Mapped[str] = mapped_column(String(100), default="")
    """Number of the order that approved it."""
    retired_at: Mapped[datetime | None]
