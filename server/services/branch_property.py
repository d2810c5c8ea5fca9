"""What a branch has, handed over to a department of another building (C9)."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Department, Document, Equipment, Loan, Workplace
from server.services import audit, changes
from server.services.by import By


@dataclass(frozen=True, slots=True)
class Property:
    """How much there is."""

    documents: int
    """That are in: what is lent comes back first."""
    equipment: int
    computers: int

    @property
    def any(self) -> bool:
        """Whether there is anything."""
        return bool(self.documents or self.equipment or self.computers)


def of_branch(session: Session, code: str) -> Property:
    """What the departments of a branch have, those that are closed too."""
    return Property(
        documents=_count(session, _documents(code)),
        equipment=_count(session, _things(Equipment, code)),
        computers=_count(session, _things(Workplace, code)),
    )


def _count(session: Session, where: tuple[ColumnElement[bool], ...]) -> int:
    return session.scalar(select(func.count()).where(*where)) or 0


def hand_over(database: Database, code: str, to: str, by: By) -> Property:
    """Give all of it to a department elsewhere; answers how much that was.

    Each thing keeps in its history where it was, and may be taken back there one by one. Raises
    LookupError where there is no such department in use outside the branch.
    """
    with database.writing() as session:
        room = session.get(Department, to)
        if room is None or room.retired_at is not None or room.branch_code == code:
            raise LookupError(f"no department {to} outside branch {code}")
        moved = of_branch(session, code)
        for thing in session.scalars(select(Equipment).where(*_things(Equipment, code))):
            _move(session, thing, to, by)
        for computer in session.scalars(select(Workplace).where(*_things(Workplace, code))):
            _move(session, computer, to, by)
        session.execute(
            update(Document).where(*_documents(code)).values(department_code=to),
            execution_options={"synchronize_session": False},
        )
        changes.note_building(session)
        audit.record(
            session, at=by.at, actor=by.actor, action="branch_property_handed_over",
            about=("branch", code), details={"to": to, **asdict(moved)},
        )  # fmt: skip
        return moved


def _move(session: Session, row: Equipment | Workplace, to: str, by: By) -> None:
    before, row.department_code = row.department_code, to
    audit.record(
        session, at=by.at, actor=by.actor, action=f"{row.__tablename__}_changed",
        about=(row.__tablename__, str(row.id)),
        details={"before": {"department_code": before}, "after": {"department_code": to}},
    )  # fmt: skip


def _things(model: type[Equipment | Workplace], code: str) -> tuple[ColumnElement[bool], ...]:
    rooms = select(Department.code).where(Department.branch_code == code)
    return model.department_code.in_(rooms), model.retired_at.is_(None)


def _documents(code: str) -> tuple[ColumnElement[bool], ...]:
    rooms = select(Department.code).where(Department.branch_code == code)
    out = select(Loan.document_id).where(Loan.returned_at.is_(None))
    return Document.department_code.in_(rooms), Document.id.not_in(out)
