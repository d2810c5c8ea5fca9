"""The buildings in which somebody works, or a station stands, and what is theirs (C1.3, C4)."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from server.models import Department, DepartmentKind, Station

_Code = InstrumentedAttribute[str | None] | InstrumentedAttribute[str]


@dataclass(frozen=True, slots=True)
class Reach:
    """One building, or all of them."""

    branch: str | None = None
    """None: the library's own building."""
    everywhere: bool = False

    def covers(self, branch: str | None) -> bool:
        """Whether what is in a building is in reach."""
        return self.everywhere or self.branch == branch

    def meets(self, other: Reach) -> bool:
        """Whether they have a building in common."""
        return other.everywhere or self.covers(other.branch)

    def branches(self, column: _Code) -> ColumnElement[bool]:
        """What is true of rows whose branch is in reach."""
        return true() if self.everywhere else column.is_not_distinct_from(self.branch)

    def departments(self, column: _Code) -> ColumnElement[bool]:
        """The same of rows of a department; of none, they are in the library's own building."""
        if self.everywhere:
            return true()
        ours = column.in_(select(Department.code).where(self.branches(Department.branch_code)))
        return ours if self.branch else or_(ours, column.is_(None))


EVERYWHERE = Reach(everywhere=True)


def of_station(session: Session, code: str) -> Reach:
    """The building in which a station stands."""
    station = session.get(Station, code)
    return Reach(None if station is None else station.branch_code)


def of_department(session: Session, code: str | None) -> Reach:
    """The building of a department; of none, the library's own."""
    department = None if code is None else session.get(Department, code)
    return Reach(None if department is None else department.branch_code)


def centre(session: Session, reach: Reach = EVERYWHERE) -> Department | None:
    """The information centre's department there; the first where several are in reach."""
    return session.scalar(
        select(Department)
        .where(
            Department.kind == DepartmentKind.INFORMATION, Department.retired_at.is_(None),
            reach.branches(Department.branch_code),
        )
        .order_by(Department.branch_code.is_not(None), Department.position, Department.code)
        .limit(1)
    )  # fmt: skip
