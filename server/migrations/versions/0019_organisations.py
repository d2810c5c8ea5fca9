"""Organisations as rows; terms of violations; English texts; payments of damage and services."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_PATRON, _BAN = (
    sa.table(name, sa.column("organisation"), sa.column("organisation_id"))
    for name in ("patron", "ban")
)
_LATEST = sa.text(
    "SELECT organisation, max(agreement_number), max(agreement_until) FROM patron"
    " WHERE organisation <> '' GROUP BY organisation ORDER BY organisation"
)


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "organisation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("name_key", sa.String(length=200), nullable=False),
        sa.Column("code", sa.String(length=12), nullable=False),
        sa.Column("contact", sa.String(length=200), nullable=False),
        sa.Column("agreement_number", sa.String(length=60), nullable=False),
        sa.Column("agreement_until", sa.Date(), nullable=True),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_organisation")),
    )
    op.create_index(op.f("ix_organisation_name_key"), "organisation", ["name_key"])
    # Without a copy of the table: SQLite drops none that others refer to.
    kind = "INTEGER" if op.get_context().dialect.name == "sqlite" else "BIGINT"
    for table in ("patron", "ban"):
        op.execute(
            f"ALTER TABLE {table} ADD COLUMN organisation_id {kind}"
            f" CONSTRAINT fk_{table}_organisation_id_organisation REFERENCES organisation (id)"
        )
        op.create_index(op.f(f"ix_{table}_organisation_id"), table, ["organisation_id"])
    with op.batch_alter_table("ban") as batch_op:
        batch_op.alter_column("patron_id", existing_type=_ID, nullable=True)
        batch_op.add_column(sa.Column("follows", _ID, nullable=True))
        batch_op.create_index(batch_op.f("ix_ban_follows"), ["follows"])
        batch_op.create_foreign_key(batch_op.f("fk_ban_follows_ban"), "ban", ["follows"], ["id"])
    _move_organisations(op.get_bind())
    for table, column in (
        ("patron", "organisation"), ("patron", "agreement_number"), ("ban", "organisation"),
    ):  # fmt: skip
        op.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    _payments_and_terms()


def _payments_and_terms() -> None:
    with op.batch_alter_table("violation_code") as batch_op:
        batch_op.add_column(sa.Column("term_days", sa.Integer(), nullable=True))
    with op.batch_alter_table("legal_text") as batch_op:
        batch_op.add_column(
            sa.Column("body_en", sa.String(length=50000), server_default="", nullable=False)
        )
    with op.batch_alter_table("payment") as batch_op:
        batch_op.alter_column("patron_id", existing_type=_ID, nullable=True)
        batch_op.add_column(sa.Column("service_id", _ID, nullable=True))
        batch_op.add_column(sa.Column("damage_id", _ID, nullable=True))
        batch_op.add_column(sa.Column("quantity", sa.Integer(), server_default="1", nullable=False))
        for column, table in (("service_id", "paid_service"), ("damage_id", "damage")):
            batch_op.create_foreign_key(
                batch_op.f(f"fk_payment_{column}_{table}"), table, [column], ["id"]
            )


def _move_organisations(connection: sa.Connection) -> None:
    """Names that differ in quotes or capitals alone become one; its bans become one with them."""
    # An earlier database knows no folded names; how they fold is a matter of the program.
    from server.services.names import fold  # noqa: PLC0415 - only where there is something to move

    known: dict[str, int] = {}
    for name, number, until in connection.execute(_LATEST).all():
        key = fold(name)
        if key not in known:
            connection.execute(
                sa.text(
                    "INSERT INTO organisation (name, name_key, code, contact, agreement_number,"
                    " agreement_until) VALUES (:name, :key, '', '', :number, :until)"
                ),
                {"name": name, "key": key, "number": number, "until": until},
            )
            found = sa.text("SELECT id FROM organisation WHERE name_key = :key")
            known[key] = connection.execute(found, {"key": key}).scalar_one()
        for table in (_PATRON, _BAN):
            connection.execute(
                sa.update(table)
                .where(table.c.organisation == name)
                .values(organisation_id=known[key])
            )
    _head_bans(connection)


def _head_bans(connection: sa.Connection) -> None:
    """Every ban of an organisation gets its first row, which its readers' rows follow."""
    groups = connection.execute(
        sa.text(
            "SELECT organisation_id, since, order_number, min(id) FROM ban"
            " WHERE organisation_id IS NOT NULL GROUP BY organisation_id, since, order_number"
        )
    ).all()
    for organisation, since, order, one in groups:
        connection.execute(
            sa.text(
                "INSERT INTO ban (since, until, reason, order_number, note, author_id,"
                " organisation, organisation_id, lifted_at, lifted_by, lift_reason)"
                " SELECT since, until, reason, order_number, note, author_id, organisation,"
                " organisation_id, lifted_at, lifted_by, lift_reason FROM ban WHERE id = :one"
            ),
            {"one": one},
        )
        connection.execute(
            sa.text(
                "UPDATE ban SET follows = (SELECT max(id) FROM ban) WHERE patron_id IS NOT NULL"
                " AND organisation_id = :organisation AND since = :since AND order_number = :order"
            ),
            {"organisation": organisation, "since": since, "order": order},
        )
