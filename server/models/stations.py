"""Stations, their keys and pairing, and everything they told the server."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from gate.codes import KeyUse
from gate.events import Receipt
from server.models.base import Base, BigId, partial_index


class StationRole(StrEnum):
    """What a station does."""

    ENTRANCE = "entrance"
    EXIT = "exit"
    BOTH = "both"
    READER = "reader"
    """A simple reader for which the server decides (`POST check`)."""


class Station(Base):
    """A kiosk, an exit, a reader. Its two signs begin every slip number it prints."""

    __tablename__ = "station"

    code: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    role: Mapped[StationRole] = mapped_column(default=StationRole.BOTH)
    branch_code: Mapped[str | None] = mapped_column(ForeignKey("branch.code"))
    """The building that it stands in, whose hours it keeps; None: the library's own."""
    has_lane: Mapped[bool] = mapped_column(default=False)
    """With a lane, somebody admitted is inside only once the lane was used."""
    hall_id: Mapped[int | None] = mapped_column(ForeignKey("hall.id"))
    """The hall that its way in leads to, where that is all there is behind it."""
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 (hex) of its token; None until paired."""
    incarnation: Mapped[int] = mapped_column(default=0)
    """Highest life of the station's database seen so far."""
    numbers_reserved: Mapped[int] = mapped_column(default=0)
    """Running slip numbers that the server took for this station so far."""
    created_at: Mapped[datetime]
    paired_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]
    last_health: Mapped[dict[str, Any] | None]
    """Its last health event, for the technician's page."""
    audit_head: Mapped[dict[str, Any] | None]
    """The newest seal of the audit log that it keeps, as it told last (threat 16)."""
    revoked_at: Mapped[datetime | None]


class PairingCode(Base):
    """A one-time code by which a station joins (threat 18): ten minutes, used once."""

    __tablename__ = "pairing_code"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"))
    created_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Key(Base):
    """A public key with its term. Private ticket keys are files of the server, never rows."""

    __tablename__ = "signing_key"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """8 bytes in hexadecimal."""
    use: Mapped[KeyUse]
    station_code: Mapped[str | None] = mapped_column(ForeignKey("station.code"))
    """The station whose slips it signs."""
    public_key: Mapped[str] = mapped_column(String(64))
    """Ed25519, 32 raw bytes in hexadecimal."""
    not_before: Mapped[datetime]
    not_after: Mapped[datetime | None]
    """Retired since: signs no more, still verifies what it signed before (E09)."""
    revoked_at: Mapped[datetime | None]
    """Verifies nothing any more (E10)."""


class StationEvent(Base):
    """Something that happened, as told by a station; kept for ever, once by its id."""

    __tablename__ = "station_event"
    __table_args__ = (
        partial_index(
            "ix_station_event_visit_id",
            "visit_id",
            where="visit_id IS NOT NULL",
        ),
        # Asked for twice a second by every page that lies open.
        partial_index("ix_station_event_help", "received_at", where="kind = 'help_called'"),
        partial_index(
            "ix_station_event_unprocessable",
            "received_at",
            where="receipt = 'unprocessable'",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    station_code: Mapped[str] = mapped_column(ForeignKey("station.code"))
    incarnation: Mapped[int | None]
    """None, as the sequence, where the server decided or the record is broken."""
    sequence: Mapped[int | None]
    at: Mapped[datetime | None]
    kind: Mapped[str] = mapped_column(String(40))
    visit_id: Mapped[UUID | None]
    """The visit it belongs to, whether we know that yet or not."""
    payload: Mapped[dict[str, Any]]
    """The record as it came."""
    answer: Mapped[dict[str, Any] | None]
    """What the server answered to a check, so that asking again gets the same (E04)."""
    receipt: Mapped[Receipt]
    problem: Mapped[str | None] = mapped_column(String(1000))
    received_at: Mapped[datetime]


class ConflictKind(StrEnum):
    """What staff must look at."""

    TWO_VISITS = "two_visits"
    EXIT_WITHOUT_ENTRY = "exit_without_entry"
    VERDICTS_DIFFER = "verdicts_differ"
    SIGNED_UNKNOWN = "signed_unknown"
    """A code with our signature names a ticket that does not exist (E43)."""
    SLIP_NUMBER_TWICE = "slip_number_twice"


class Conflict(Base):
    """Something that happened and does not fit; it stays until a person looked at it."""

    __tablename__ = "conflict"
    __table_args__ = (
        partial_index(
            "ix_conflict_open",
            "raised_at",
            where="resolved_at IS NULL",
        ),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[ConflictKind]
    event_id: Mapped[UUID | None]
    """What raised it; like visit and ticket it may name something that we don't have."""
    visit_id: Mapped[UUID | None]
    ticket_id: Mapped[str | None] = mapped_column(String(16))
    details: Mapped[dict[str, Any]]
    raised_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    resolution: Mapped[str] = mapped_column(String(1000), default="")
