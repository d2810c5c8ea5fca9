"""Calls for help are found among millions of events."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    called = sa.text("kind = 'help_called'")
    op.create_index(
        "ix_station_event_help", "station_event", ["received_at"],
        sqlite_where=called, postgresql_where=called,
    )  # fmt: skip
