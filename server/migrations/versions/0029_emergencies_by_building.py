"""An emergency is one building's; branches have places to gather and shelters of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_PLACES = ("shelter_place", "nearest_shelter", "assembly_point")
_OPEN = sa.text("ended_at IS NULL")
_OPEN_OWN = sa.text("ended_at IS NULL AND branch_code IS NULL")


def upgrade() -> None:
    """Apply the step."""
    with op.batch_alter_table("branch", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column("has_shelter", sa.Boolean(), server_default=sa.false(), nullable=False)
        )
        for place in _PLACES:
            batch_op.add_column(
                sa.Column(place, sa.String(length=200), server_default="", nullable=False)
            )
    with op.batch_alter_table("emergency_case", schema=None) as batch_op:
        batch_op.add_column(sa.Column("branch_code", sa.String(length=10), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_emergency_case_branch_code_branch"), "branch", ["branch_code"], ["code"]
        )
        batch_op.drop_index("ix_emergency_case_open")
        batch_op.create_index(
            "uq_emergency_case_open", ["kind"], unique=True,
            sqlite_where=_OPEN_OWN, postgresql_where=_OPEN_OWN,
        )  # fmt: skip
        batch_op.create_index(
            "uq_emergency_case_open_branch", ["branch_code", "kind"], unique=True,
            sqlite_where=_OPEN, postgresql_where=_OPEN,
        )  # fmt: skip
    _as_the_library_had_it()


def _as_the_library_had_it() -> None:
    """Stations in branches go on saying what they said."""
    setting = sa.table("setting", sa.column("key", sa.String()), sa.column("value", sa.JSON()))
    branch = sa.table(
        "branch", sa.column("has_shelter", sa.Boolean()), *(sa.column(name) for name in _PLACES)
    )
    known = sa.select(setting.c.key, setting.c.value).where(
        setting.c.key.in_(("has_shelter", *_PLACES))
    )
    told = dict(op.get_bind().execute(known).all())
    if told:
        op.execute(sa.update(branch).values(**told))
