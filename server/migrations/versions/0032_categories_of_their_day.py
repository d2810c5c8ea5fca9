"""The reader's category on visits and registrations; registrations of other systems."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_STAFF_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_OF_TICKET = (
    "UPDATE {0} SET category = (SELECT patron.category FROM ticket JOIN patron"
    " ON patron.id = ticket.patron_id WHERE ticket.id = {0}.ticket_id)"
)


def upgrade() -> None:
    """Apply the step; of what is past only the category of today is known."""
    for table in ("visit", "registration"):
        op.add_column(table, sa.Column("category", sa.String(40), nullable=True))
        op.execute(sa.text(_OF_TICKET.format(table)))
    with op.batch_alter_table("registration") as batch:
        batch.alter_column("category", existing_type=sa.String(40), nullable=False)
        batch.alter_column("at", existing_type=sa.DateTime(timezone=True), nullable=True)
        batch.alter_column("staff_id", existing_type=_STAFF_ID, nullable=True)
        batch.create_index("ix_registration_year", ["year", "ticket_id"])
