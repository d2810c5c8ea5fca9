"""A look into the centre's database, to see whether what happened stands there."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from gate.facts import DocumentClass
from server.config import load
from server.database import open_database
from server.models import (
    AuditRecord,
    Document,
    EventOfDay,
    Loan,
    Role,
    Staff,
    StationEvent,
    Visit,
)
from server.services import audit

_DECISIONS = ("entry_decided", "exit_decided")


class Records:
    """The database of a running library; looks only."""

    def __init__(self, config: Path) -> None:
        self._database = open_database(load(config).database.url)

    def decisions(self, station: str) -> list[dict[str, Any]]:
        """What a station decided and told, oldest first, as it told it."""
        query = (
            select(StationEvent.payload)
            .where(StationEvent.station_code == station, StationEvent.kind.in_(_DECISIONS))
            .order_by(StationEvent.sequence)
        )
        with self._database.reading() as session:
            return list(session.scalars(query))

    def visit_state(self, slip_number: str) -> str:
        """State of the visit that this slip belongs to; empty where there is none."""
        with self._database.reading() as session:
            state = session.scalar(select(Visit.state).where(Visit.slip_number == slip_number))
            return "" if state is None else state.value

    def slip_handed_in(self, slip_number: str) -> bool:
        """Whether the slip came back."""
        query = select(Visit.handed_in).where(Visit.slip_number == slip_number)
        with self._database.reading() as session:
            return bool(session.scalar(query))

    def librarian(self, department: str) -> str:
        """Login of somebody who works in a department."""
        query = select(Staff.login).where(
            Staff.role == Role.DEPARTMENT, Staff.department_code == department
        )
        with self._database.reading() as session:
            return session.scalars(query).first() or ""

    def documents(self, department: str, count: int) -> list[str]:
        """Barcodes of documents that stand in a department's room and may be read there."""
        out = select(Loan.document_id).where(Loan.returned_at.is_(None))
        query = (
            select(Document.barcode)
            .where(
                Document.department_code == department,
                Document.document_class == DocumentClass.ORDINARY,
                Document.id.not_in(out),
            )
            .order_by(Document.id)
            .limit(count)
        )
        with self._database.reading() as session:
            return list(session.scalars(query))

    def open_event(self, at: datetime) -> str:
        """An event whose doors are open now."""
        query = (
            select(EventOfDay.id)
            .where(EventOfDay.doors_at <= at, EventOfDay.ends_at > at)
            .order_by(EventOfDay.places.is_(None).desc(), EventOfDay.ends_at.desc())
        )
        with self._database.reading() as session:
            return session.scalars(query).first() or ""

    def audit_count(self) -> int:
        """How many acts stand in the audit log."""
        with self._database.reading() as session:
            return session.scalar(select(func.count()).select_from(AuditRecord)) or 0

    def audit_is_whole(self) -> bool:
        """Whether the chain over the audit log holds from its first record to its last seal."""
        return audit.verify_chain(self._database).intact

    def close(self) -> None:
        """Let go of the database."""
        self._database.close()
