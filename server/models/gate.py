"""Lanes as staff see them, and emergencies with the list of those who were inside."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, false
from sqlalchemy.orm import Mapped, mapped_column

from gate.facts import Emergency
from gate.kinds import LaneAct
from server.models.base import Base, partial_index


class EmergencyOrigin(StrEnum):
    """Who raised an alarm or gave the all clear."""

    CONSOLE = "console"
    LANE = "lane"
    """A lane's fire input or alarm receiver."""
    WEBHOOK = "webhook"


class EmergencyCase(Base):
    """A fire or an air raid in one building, from alarm to all clear; kept for the report."""

    __tablename__ = "emergency_case"
    __table_args__ = (
        # One emergency at a time in a building: a second alarm of the same kind joins it.
        partial_index(
            "uq_emergency_case_open",
            "kind",
            unique=True,
            where="ended_at IS NULL AND branch_code IS NULL",
        ),
        partial_index(
            "uq_emergency_case_open_branch",
            "branch_code",
            "kind",
            unique=True,
            where="ended_at IS NULL",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[Emergency]
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """The building; None: the library's own, or its only one."""
    origin: Mapped[EmergencyOrigin]
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    started_at: Mapped[datetime]
    started_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    counted_in: Mapped[int] = mapped_column(default=0, server_default="0")
    """Persons who came into the shelter through a free lane, without a ticket (E33)."""
    counted_out: Mapped[int] = mapped_column(default=0, server_default="0")
    note: Mapped[str] = mapped_column(String(2000), default="", server_default="")
    """What happened, for the report."""


class RollState(StrEnum):
    """What is known of somebody on the list."""

    WAITING = "waiting"
    OUT = "out"
    SHELTER = "shelter"
    MISSING = "missing"


class RollEntry(Base):
    """One line of the list of those inside: a visit, or somebody whom staff added by hand."""

    __tablename__ = "roll_entry"
    __table_args__ = (Index("uq_roll_entry_case_id_visit_id", "case_id", "visit_id", unique=True),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("emergency_case.id"))
    visit_id: Mapped[UUID | None] = mapped_column(ForeignKey("visit.id"))
    name: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Of somebody without a visit, as staff wrote it."""
    persons: Mapped[int] = mapped_column(default=1)
    hall: Mapped[str] = mapped_column(String(100), default="", server_default="")
    """Where they were seen last."""
    seen_at: Mapped[datetime]
    """When that was."""
    needs_help: Mapped[bool] = mapped_column(default=False, server_default=false())
    state: Mapped[RollState] = mapped_column(default=RollState.WAITING)
    state_at: Mapped[datetime | None]
    state_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))


class LaneStatus(Base):
    """How a lane is, by its station's last word."""

    __tablename__ = "lane_status"

    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"), primary_key=True)
    phase: Mapped[str] = mapped_column(String(20))
    locked: Mapped[bool] = mapped_column(default=False, server_default=false())
    changed_at: Mapped[datetime]


class LaneOrder(Base):
    """What staff told a lane to do, with name and reason."""

    __tablename__ = "lane_order"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"), index=True)
    act: Mapped[LaneAct]
    way: Mapped[str | None] = mapped_column(String(3))
    reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    given_at: Mapped[datetime] = mapped_column(index=True)
    given_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    done_at: Mapped[datetime | None]
    """When the station said that it was carried out."""


class LaneAlarm(Base):
    """An alarm of a lane, or a ticket shown again by somebody who is inside (threat 2)."""

    __tablename__ = "lane_alarm"
    __table_args__ = (partial_index("ix_lane_alarm_open", "at", where="acknowledged_at IS NULL"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    """Of the event that raised it."""
    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"))
    kind: Mapped[str] = mapped_column(String(40))
    way: Mapped[str | None] = mapped_column(String(3))
    at: Mapped[datetime]
    ticket_id: Mapped[str | None] = mapped_column(String(16))
    acknowledged_at: Mapped[datetime | None]
    acknowledged_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    note: Mapped[str] = mapped_column(String(500), default="", server_default="")
