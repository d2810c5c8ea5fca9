"""On PostgreSQL parts of names, ticket numbers and phones are found by their trigrams."""

from __future__ import annotations

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_DIGITS = (
    "replace(replace(replace(replace(replace(phone,"
    " ' ', ''), '-', ''), '(', ''), ')', ''), '+', '')"
)
_INDEXES = (
    ("ix_patron_name_trigrams", "patron", "name_key"),
    ("ix_patron_phone_trigrams", "patron", _DIGITS),
    ("ix_ticket_number_trigrams", "ticket", "number"),
)


def upgrade() -> None:
    """Apply the step."""
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    for name, table, expression in _INDEXES:
        op.execute(f"CREATE INDEX {name} ON {table} USING gin ({expression} gin_trgm_ops)")
