"""Request forms from kiosks; documents found by parts of author and title; days of loans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from server.services.names import fold

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_MOST, _BATCH = 700, 5000


def upgrade() -> None:
    """Apply the step."""
    key = sa.Column("search_key", sa.String(length=_MOST), server_default="", nullable=False)
    op.add_column("document", key)
    _fill()
    with op.batch_alter_table("request") as batch:
        batch.alter_column("asked_by", existing_type=_ID, nullable=True)
        batch.add_column(sa.Column("station_code", sa.String(length=2), nullable=True))
        batch.add_column(sa.Column("document_id", _ID, nullable=True))
        batch.add_column(sa.Column("wish", sa.Uuid(), nullable=True))
        batch.create_foreign_key(
            batch.f("fk_request_station_code_station"), "station", ["station_code"], ["code"]
        )
        batch.create_foreign_key(
            batch.f("fk_request_document_id_document"), "document", ["document_id"], ["id"]
        )
        batch.create_unique_constraint(batch.f("uq_request_wish"), ["wish"])
    op.create_index("ix_loan_issued_at", "loan", ["issued_at"])
    returned = sa.text("returned_at IS NOT NULL")
    op.create_index(
        "ix_loan_returned_at", "loan", ["returned_at"],
        sqlite_where=returned, postgresql_where=returned,
    )  # fmt: skip
    op.create_index("ix_registration_at", "registration", ["at"])
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_document_search_trigrams ON document"
            " USING gin (search_key gin_trgm_ops)"
        )


def _fill() -> None:
    """Of the documents that are there already."""
    columns = ("id", "author", "title", "search_key")
    document = sa.table("document", *(sa.column(name) for name in columns))
    connection, last = op.get_bind(), 0
    change = (
        document.update()
        .where(document.c.id == sa.bindparam("of"))
        .values(search_key=sa.bindparam("key"))
    )
    while True:
        rows = connection.execute(
            sa.select(document.c.id, document.c.author, document.c.title)
            .where(document.c.id > last)
            .order_by(document.c.id)
            .limit(_BATCH)
        ).all()
        if not rows:
            return
        keys = [
            {"of": id_, "key": fold(f"{author} {title}")[:_MOST]} for id_, author, title in rows
        ]
        connection.execute(change, keys)
        last = rows[-1][0]
