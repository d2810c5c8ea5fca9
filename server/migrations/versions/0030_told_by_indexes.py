"""Lists by name and counts of reports are told by indexes alone, among a million."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_NOBODY = sa.text("salt = 'nobody'")


def upgrade() -> None:
    """Apply the step."""
    op.drop_index("ix_patron_name_key", "patron")
    op.create_index("ix_patron_name_key", "patron", ["name_key", "id"])
    op.create_index("ix_patron_counted", "patron", ["id", "category", "birth_date"])
    op.create_index(
        "ix_patron_nobody", "patron", ["id"], sqlite_where=_NOBODY, postgresql_where=_NOBODY
    )
    op.create_index("ix_ticket_registered", "ticket", ["registered_for", "patron_id", "kind"])
    op.create_index("ix_document_counted", "document", ["id", "document_class"])
