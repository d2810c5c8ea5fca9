"""What changed: audit records with their seals, the feed of changes for stations, settings."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gate.events import RowTable
from server.models.base import Base, BigId, CommitPosition


class AuditRecord(Base):
    """Who did what, committed with the act itself and never changed.

    Personal values stand here as salted hashes only, so that the values can be erased elsewhere.
    """

    __tablename__ = "audit_record"
    __table_args__ = (
        # On SQLite the row's number is its position.
        Index("ix_audit_record_position", "position").ddl_if(dialect="postgresql"),
        Index("ix_audit_record_object", "object_kind", "object_id"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, server_default=CommitPosition())
    at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(60))
    """`station:K1`, `staff:3` or `system`."""
    action: Mapped[str] = mapped_column(String(60))
    object_kind: Mapped[str] = mapped_column(String(40))
    object_id: Mapped[str] = mapped_column(String(60))
    details: Mapped[dict[str, Any]]


class AuditSeal(Base):
    """A link of the chain over audit records: each covers all that settled since the last.

    Its hash takes in the hash before it, so that an edit, a deletion, a change of order or a cut
    anywhere shows (threat 16).
    """

    __tablename__ = "audit_seal"

    number: Mapped[int] = mapped_column(BigId, primary_key=True, autoincrement=False)
    """From 1, without gaps."""
    up_to: Mapped[int] = mapped_column(BigInteger)
    """Position of the last record it covers."""
    records: Mapped[int]
    """How many records it covers."""
    hash: Mapped[str] = mapped_column(String(64))
    """SHA-256 (hex)."""
    sealed_at: Mapped[datetime]


class Change(Base):
    """A row of a station's copy is no longer what it was; its new value is read when served."""

    __tablename__ = "change"
    __table_args__ = (Index("ix_change_position", "position", "id").ddl_if(dialect="postgresql"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, server_default=CommitPosition())
    row_table: Mapped[RowTable]
    row_key: Mapped[str] = mapped_column(String(60))


class ChangesFloor(Base):
    """One row: up to where changes were forgotten. Whoever has come less far takes a snapshot."""

    __tablename__ = "changes_floor"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)


class Setting(Base):
    """One setting of the library, by key; server.services.settings knows them all."""

    __tablename__ = "setting"

    key: Mapped[str] = mapped_column(String(60), primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_at: Mapped[datetime]


class SettingsRevision(Base):
    """One row that counts up with every change of a setting, so that readers notice cheaply."""

    __tablename__ = "settings_revision"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    revision: Mapped[int]
