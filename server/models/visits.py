"""Visits with their control slips, marks, own items, events and places (R2.4, R3.1)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gate.facts import OwnItemKind, SlipState, VisitState
from server.models.base import Base, BigId, partial_index
from server.models.holdings import Department
from server.models.people import Category, Patron, Ticket


class VisitOrigin(StrEnum):
    """Who opened the visit."""

    STATION = "station"
    """A station decided and told the server."""
    CHECK = "check"
    """The server decided for a reader that can't."""
    DEPARTMENT = "department"
    """A department found somebody without a slip (S11)."""
    DESK = "desk"
    """The Service Centre admitted by name (E49)."""


_OPEN = "closed_at IS NULL"
_ONE_AT_A_TIME = "closed_at IS NULL AND NOT parallel AND ticket_id IS NOT NULL"


class Visit(Base):
    """From the entrance to the exit: one library visit, one current slip (R3.1.2)."""

    __tablename__ = "visit"
    __table_args__ = (
        # What a check relies on when two readers show one ticket at once.
        partial_index(
            "uq_visit_open_ticket",
            "ticket_id",
            unique=True,
            where=_ONE_AT_A_TIME,
        ),
        Index("ix_visit_ticket_id_opened_at", "ticket_id", "opened_at"),
        # Whom a building's limit counts at every entry, without a look at any row of the day.
        partial_index(
            "ix_visit_inside", "local_day", "branch_code", "state", "persons", where=_OPEN
        ),
        Index("ix_visit_local_day", "local_day"),
        # Few of very many: a snapshot looks for them among the visits of all tickets.
        partial_index("ix_visit_not_returned", "ticket_id", where="state = 'not_returned'"),
        partial_index(
            "ix_visit_event_id",
            "event_id",
            where="event_id IS NOT NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """UUIDv7, born where the visit was."""
    ticket_id: Mapped[str | None] = mapped_column(String(16))
    """None: a visitor of an event or an open day, who has no right to service (R2.4). Bound by no
    foreign key, as the event: a station's word is kept even where we know no such ticket."""
    category: Mapped[Category | None]
    """Of the reader on that day: what somebody becomes later changes no figure of the past
    (R5.2.11)."""
    event_id: Mapped[str | None] = mapped_column(String(40))
    state: Mapped[VisitState]
    origin: Mapped[VisitOrigin] = mapped_column(default=VisitOrigin.STATION)
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    """Where it began; None at a desk."""
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """The building in which its people are; None: the library's own, or the only one. Born with
    the visit, since a desk is no machine that stands somewhere."""
    slip_number: Mapped[str] = mapped_column(String(40), unique=True)
    slip_state: Mapped[SlipState] = mapped_column(default=SlipState.OPEN)
    handed_in: Mapped[bool] = mapped_column(default=False)
    """Whether the slip came back (R3.1.4)."""
    persons: Mapped[int] = mapped_column(default=1)
    """One, or a group or an adult with children on one slip."""
    local_day: Mapped[date]
    """The library's calendar day on which it began."""
    opened_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    """When the event happened that gave the present state: later arrivals that are older
    change nothing (X12)."""
    closed_at: Mapped[datetime | None]
    """When it ended, however it ended; None while it is open."""
    exit_station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    close_reason: Mapped[str] = mapped_column(String(200), default="")
    """Why staff closed it without its slip (R3.2.9)."""
    needs_help: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Said at the station for this visit; see `Patron.needs_help`."""
    parallel: Mapped[bool] = mapped_column(default=False)
    """Opened while another visit of the same ticket was open (two stations without the server,
    fault 17): both are kept, a conflict tells staff."""
    home_loans: Mapped[bool] = mapped_column(default=False)
    """What its slip says about loans home."""
    group_name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Whose group it is that goes round with a guide, such as a school's class."""
    guide: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Who of the library leads the group."""

    ticket: Mapped[Ticket | None] = relationship(
        primaryjoin="foreign(Visit.ticket_id) == Ticket.id", viewonly=True
    )
    event: Mapped[EventOfDay | None] = relationship(
        primaryjoin="foreign(Visit.event_id) == EventOfDay.id", viewonly=True
    )
    marks: Mapped[list[DepartmentVisit]] = relationship(
        back_populates="visit", order_by="DepartmentVisit.first_at"
    )
    own_items: Mapped[list[OwnItem]] = relationship(back_populates="visit")

    @property
    def keeps_slip(self) -> bool:
        """Whether it ended with its slip in somebody's pocket: neither handed in nor let go."""
        return self.closed_at is not None and not self.handed_in and not self.close_reason


class DepartmentVisit(Base):
    """A department saw this slip: the mark of R3.1.2, and one department visit in reports."""

    __tablename__ = "department_visit"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), primary_key=True)
    department_code: Mapped[str] = mapped_column(
        ForeignKey("department.code"), primary_key=True, index=True
    )
    first_at: Mapped[datetime] = mapped_column(index=True)
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))

    visit: Mapped[Visit] = relationship(back_populates="marks")
    department: Mapped[Department] = relationship()


class OwnItem(Base):
    """Something of the reader's own, declared, and good once a librarian approved it (R3.1.3)."""

    __tablename__ = "own_item"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("visit.id"), index=True)
    kind: Mapped[OwnItemKind]
    count: Mapped[int] = mapped_column(default=1)
    declared_at: Mapped[datetime]
    approved_at: Mapped[datetime | None]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    approved_name: Mapped[str | None] = mapped_column(String(200))
    """Name of the librarian as the station sent it, or as the slip shows it."""

    visit: Mapped[Visit] = relationship(back_populates="own_items")


class EventKind(StrEnum):
    """What sort of event it is, for the programme and for reports (R4.1.11, C3.1.5)."""

    LECTURE = "lecture"
    MEETING = "meeting"
    EXHIBITION = "exhibition"
    CONCERT = "concert"
    WORKSHOP = "workshop"
    CLUB = "club"
    TRAINING = "training"
    WEBINAR = "webinar"
    VIDEO_CONFERENCE = "video_conference"
    AUTHORITY_MEETING = "authority_meeting"
    OTHER = "other"


class EventOfDay(Base):
    """An event of the library (R4.1.11)."""

    __tablename__ = "event_of_day"

    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    title: Mapped[str] = mapped_column(String(300))
    title_en: Mapped[str] = mapped_column(String(300), default="")
    kind: Mapped[EventKind] = mapped_column(
        default=EventKind.OTHER, server_default=EventKind.OTHER.value
    )
    description: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    hall: Mapped[str] = mapped_column(String(100))
    """Its name as slips and screens show it, also where it is no hall of ours."""
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"), index=True)
    doors_at: Mapped[datetime]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime] = mapped_column(index=True)
    places: Mapped[int | None]
    """None: no limit."""
    online_persons: Mapped[int | None]
    """How many took part from elsewhere, as told afterwards."""
    cancelled_at: Mapped[datetime | None]
    cancel_reason: Mapped[str] = mapped_column(String(300), default="", server_default="")


class EventSignup(Base):
    """Somebody said that they will come to an event (R4.1.11)."""

    __tablename__ = "event_signup"
    __table_args__ = (
        partial_index(
            "uq_event_signup_patron",
            "event_id",
            "patron_id",
            unique=True,
            where="cancelled_at IS NULL AND patron_id IS NOT NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    event_id: Mapped[str] = mapped_column(ForeignKey("event_of_day.id"), index=True)
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patron.id"))
    name: Mapped[str] = mapped_column(String(200), default="")
    """As somebody without a ticket named themselves; a patron's name is read from the patron."""
    contact: Mapped[str] = mapped_column(String(100), default="")
    persons: Mapped[int] = mapped_column(default=1)
    at: Mapped[datetime]
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    came_at: Mapped[datetime | None]
    """Ticked off at the desk."""
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """The visit that takes its places from then on."""
    cancelled_at: Mapped[datetime | None]
    waits: Mapped[bool] = mapped_column(default=False, server_default=false())
    """There was no place: next of those who wait, in the order in which they came."""
    placed_at: Mapped[datetime | None]
    """When a place became free for somebody who had waited."""

    patron: Mapped[Patron | None] = relationship()


class Reservation(Base):
    """Places of an event taken for a short while, until a visit uses them (V02)."""

    __tablename__ = "reservation"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Made by the station, so that asking again takes no second place."""
    event_id: Mapped[str] = mapped_column(ForeignKey("event_of_day.id"), index=True)
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    persons: Mapped[int]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    """The visit that used it; from then on the visit counts, not the reservation."""
