"""A shift is of one building."""

from __future__ import annotations

from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_OF_OPENERS = (
    "UPDATE shift SET branch_code = (SELECT department.branch_code FROM staff JOIN department"
    " ON department.code = staff.department_code WHERE staff.id = shift.opened_by)"
)


def upgrade() -> None:
    """Apply the step; of shifts of before the department of who opened them tells."""
    op.execute(
        "ALTER TABLE shift ADD COLUMN branch_code VARCHAR(10)"
        " CONSTRAINT fk_shift_branch_code_branch REFERENCES branch (code)"
    )
    op.execute(_OF_OPENERS)
