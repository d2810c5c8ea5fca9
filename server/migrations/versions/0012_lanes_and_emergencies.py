"""Lanes as staff see them, and emergencies with the list of those who were inside."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "lane_status",
        sa.Column("station_code", sa.String(length=2), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=False),
        sa.Column("locked", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["station_code"], ["station.code"], name=op.f("fk_lane_status_station_code_station")
        ),
        sa.PrimaryKeyConstraint("station_code", name=op.f("pk_lane_status")),
    )
    op.create_table(
        "emergency_case",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("origin", sa.String(length=40), nullable=False),
        sa.Column("station_code", sa.String(length=2), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column(
            "started_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("counted_in", sa.Integer(), server_default="0", nullable=False),
        sa.Column("counted_out", sa.Integer(), server_default="0", nullable=False),
        sa.Column("note", sa.String(length=2000), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["ended_by"], ["staff.id"], name=op.f("fk_emergency_case_ended_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["staff.id"], name=op.f("fk_emergency_case_started_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["station_code"], ["station.code"], name=op.f("fk_emergency_case_station_code_station")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_emergency_case")),
    )
    with op.batch_alter_table("emergency_case", schema=None) as batch_op:
        batch_op.create_index(
            "ix_emergency_case_open",
            ["kind"],
            unique=True,
            sqlite_where=sa.text("ended_at IS NULL"),
            postgresql_where=sa.text("ended_at IS NULL"),
        )

    op.create_table(
        "lane_alarm",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_code", sa.String(length=2), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=3), nullable=True),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ticket_id", sa.String(length=16), nullable=True),
        sa.Column("acknowledged_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column(
            "acknowledged_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True
        ),
        sa.Column("note", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["acknowledged_by"], ["staff.id"], name=op.f("fk_lane_alarm_acknowledged_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["station_code"], ["station.code"], name=op.f("fk_lane_alarm_station_code_station")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_alarm")),
    )
    with op.batch_alter_table("lane_alarm", schema=None) as batch_op:
        batch_op.create_index(
            "ix_lane_alarm_open",
            ["at"],
            unique=False,
            sqlite_where=sa.text("acknowledged_at IS NULL"),
            postgresql_where=sa.text("acknowledged_at IS NULL"),
        )

    op.create_table(
        "lane_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("station_code", sa.String(length=2), nullable=False),
        sa.Column("act", sa.String(length=40), nullable=False),
        sa.Column("way", sa.String(length=3), nullable=True),
        sa.Column("reason", sa.String(length=500), server_default="", nullable=False),
        sa.Column("given_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("given_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["given_by"], ["staff.id"], name=op.f("fk_lane_order_given_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["station_code"], ["station.code"], name=op.f("fk_lane_order_station_code_station")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lane_order")),
    )
    with op.batch_alter_table("lane_order", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_lane_order_given_at"), ["given_at"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_lane_order_station_code"), ["station_code"], unique=False
        )

    op.create_table(
        "roll_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("visit_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column("persons", sa.Integer(), nullable=False),
        sa.Column("hall", sa.String(length=100), server_default="", nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs_help", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("state", sa.String(length=40), nullable=False),
        sa.Column("state_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state_by", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["emergency_case.id"], name=op.f("fk_roll_entry_case_id_emergency_case")
        ),
        sa.ForeignKeyConstraint(
            ["state_by"], ["staff.id"], name=op.f("fk_roll_entry_state_by_staff")
        ),
        sa.ForeignKeyConstraint(
            ["visit_id"], ["visit.id"], name=op.f("fk_roll_entry_visit_id_visit")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roll_entry")),
    )
    with op.batch_alter_table("roll_entry", schema=None) as batch_op:
        batch_op.create_index(
            "uq_roll_entry_case_id_visit_id", ["case_id", "visit_id"], unique=True
        )
