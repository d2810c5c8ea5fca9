"""Rows that somebody writes down at work: where that was (C1.3)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, ForeignKey, event, select
from sqlalchemy.orm import Mapped, mapped_column

from server.models.staff import Staff


class NotedAtWork:
    """A row that belongs to the department in which whoever wrote it works."""

    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    """None: in the library's own building, or before anybody kept that."""


@event.listens_for(NotedAtWork, "before_insert", propagate=True)
def _place(_mapper: object, connection: Connection, row: Any) -> None:
    """Accounts move between departments, what they wrote does not: it is kept with the row."""
    author = row.begun_by if hasattr(row, "begun_by") else row.staff_id
    if row.department_code is None and author is not None:
        works_in = select(Staff.department_code).where(Staff.id == author)
        row.department_code = connection.scalar(works_in)
