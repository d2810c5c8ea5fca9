"""The halls of the house, as the library administers them (R4.1.10, R4.1.11)."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from server.models import Hall


def in_use(session: Session) -> Sequence[Hall]:
    """Every hall that is used now, in its order."""
    query = select(Hall).where(Hall.retired_at.is_(None))
    return session.scalars(query.order_by(Hall.position, Hall.name)).all()


def of_department(session: Session, department_code: str) -> Sequence[Hall]:
    """The halls in which a department works, in their order."""
    return [hall for hall in in_use(session) if hall.department_code == department_code]
