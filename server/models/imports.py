"""Lists that were taken in from other systems, with what is needed to take them back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base, BigId


class ImportKind(StrEnum):
    """What a list holds."""

    PATRONS = "patrons"
    DOCUMENTS = "documents"
    LOANS = "loans"
    PHOTOS = "photos"


class ImportState(StrEnum):
    """How far an import is."""

    CHECKING = "checking"
    """A dry run: everything is read and judged, nothing is written."""
    CHECKED = "checked"
    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Ended before the last row, by somebody or by a fault; what was written stands."""
    UNDOING = "undoing"
    UNDONE = "undone"


class ImportRun(Base):
    """One list, read once."""

    __tablename__ = "import_run"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[ImportKind]
    source: Mapped[str] = mapped_column(String(200))
    """Name of the file, without its folders."""
    state: Mapped[ImportState]
    rows_total: Mapped[int | None]
    """None where it can't be told before the end."""
    rows_done: Mapped[int] = mapped_column(default=0)
    created: Mapped[int] = mapped_column(default=0)
    changed: Mapped[int] = mapped_column(default=0)
    same: Mapped[int] = mapped_column(default=0)
    faulty: Mapped[int] = mapped_column(default=0)
    """Rows that were left out."""
    taken_back: Mapped[int] = mapped_column(default=0)
    kept: Mapped[int] = mapped_column(default=0)
    """Rows that an undo left, because they were used or changed since."""
    actor: Mapped[str] = mapped_column(String(60))
    """`staff:3`, or `system` for the command line."""
    started_at: Mapped[datetime]
    told_at: Mapped[datetime]
    """When its program was last heard of."""
    finished_at: Mapped[datetime | None]


class ImportFault(Base):
    """Why a row was left out. Its value is not kept: it may be personal."""

    __tablename__ = "import_fault"
    __table_args__ = (Index("ix_import_fault_run_id", "run_id", "row"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row: Mapped[int]
    """Number of the row in its file, the headings being row 1."""
    field: Mapped[str] = mapped_column(String(40))
    code: Mapped[str] = mapped_column(String(40))


class ImportedRow(Base):
    """What an import made or changed, or a dry run would change.

    It goes when the undo is done, or its term is over.
    """

    __tablename__ = "imported_row"
    __table_args__ = (Index("ix_imported_row_run_id", "run_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    key: Mapped[str] = mapped_column(String(40))
    """Primary key of the patron, document or loan."""
    before: Mapped[dict[str, Any] | None]
    """Values that were changed, as they had been; None where the row was made."""
    after: Mapped[dict[str, Any] | None]
