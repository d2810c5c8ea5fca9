"""Notices to readers: words, choices, what was told; the guardian's address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Apply the step."""
    op.create_table(
        "notice_text",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("body", sa.String(length=4000), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_by", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["changed_by"], ["staff.id"], name=op.f("fk_notice_text_changed_by_staff")
        ),
        sa.PrimaryKeyConstraint("kind", "language", name=op.f("pk_notice_text")),
    )
    op.create_table(
        "notice_language",
        sa.Column("patron_id", _ID, autoincrement=False, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(
            ["patron_id"], ["patron.id"], name=op.f("fk_notice_language_patron_id_patron")
        ),
        sa.PrimaryKeyConstraint("patron_id", name=op.f("pk_notice_language")),
    )
    op.create_table(
        "notice_refusal",
        sa.Column("patron_id", _ID, autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.Column("staff_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(
            ["patron_id"], ["patron.id"], name=op.f("fk_notice_refusal_patron_id_patron")
        ),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_notice_refusal_staff_id_staff")
        ),
        sa.PrimaryKeyConstraint("patron_id", "kind", name=op.f("pk_notice_refusal")),
    )
    op.create_table(
        "notice_letter",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("patron_id", _ID, nullable=False),
        sa.Column("mail_id", _ID, nullable=True),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["mail.id"], name=op.f("fk_notice_letter_mail_id_mail")
        ),
        sa.ForeignKeyConstraint(
            ["patron_id"], ["patron.id"], name=op.f("fk_notice_letter_patron_id_patron")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_letter")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_notice_letter_token_hash")),
    )
    for column in ("patron_id", "mail_id", "made_at"):
        op.create_index(op.f(f"ix_notice_letter_{column}"), "notice_letter", [column])
    op.create_table(
        "notice_told",
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("occasion", sa.Date(), nullable=False),
        sa.Column("letter_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["notice_letter.id"], name=op.f("fk_notice_told_letter_id_notice_letter")
        ),
        sa.PrimaryKeyConstraint("kind", "about", "occasion", name=op.f("pk_notice_told")),
    )
    op.create_index(op.f("ix_notice_told_letter_id"), "notice_told", ["letter_id"])

    op.add_column(
        "guarantor", sa.Column("email", sa.String(length=200), server_default="", nullable=False)
    )
    op.create_index(
        "ix_loan_open_due",
        "loan",
        ["due_on"],
        sqlite_where=sa.text("returned_at IS NULL"),
        postgresql_where=sa.text("returned_at IS NULL"),
    )
    op.create_index(op.f("ix_ticket_valid_until"), "ticket", ["valid_until"])
