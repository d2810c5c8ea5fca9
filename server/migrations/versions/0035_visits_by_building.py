"""A visit has its building: desks let people in too, and stand in no station's."""

from __future__ import annotations

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_OF_STATIONS = (
    "UPDATE visit SET branch_code ="
    " (SELECT branch_code FROM station WHERE station.code = visit.station_code)"
    " WHERE station_code IN (SELECT code FROM station WHERE branch_code IS NOT NULL)"
)
_SEEN_IN = (
    "SELECT department.branch_code FROM department_visit JOIN department"
    " ON department.code = department_visit.department_code"
    " WHERE department_visit.visit_id = visit.id"
    " ORDER BY department_visit.first_at LIMIT 1"
)
_OF_DESKS = f"UPDATE visit SET branch_code = ({_SEEN_IN}) WHERE station_code IS NULL"  # noqa: S608


def upgrade() -> None:
    """Apply the step; of visits that a desk began the first department to see them tells."""
    # Without a copy of the table: SQLite drops none that others refer to.
    op.execute(
        "ALTER TABLE visit ADD COLUMN branch_code VARCHAR(10)"
        " CONSTRAINT fk_visit_branch_code_branch REFERENCES branch (code)"
    )
    op.execute(_OF_STATIONS)
    op.execute(_OF_DESKS)
