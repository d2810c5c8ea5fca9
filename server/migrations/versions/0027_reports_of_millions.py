"""Marks of departments by their time, lost documents by themselves: reports read less."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_index(op.f("ix_department_visit_first_at"), "department_visit", ["first_at"])
    lost = sa.text("is_lost")
    op.create_index(
        "ix_document_lost", "document", ["id"], sqlite_where=lost, postgresql_where=lost
    )
