"""What stations have of the information centre in their copy: e-resources, computers (C3.1.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gate.events import ResourceRecord
from server.models import EResource, Workplace
from server.services.reach import EVERYWHERE, Reach


def resource_ids(session: Session) -> Sequence[int]:
    """Every resource that is in the catalogue."""
    return session.scalars(select(EResource.id).where(EResource.retired_at.is_(None))).all()


def resource_records(session: Session, keys: Sequence[str]) -> Mapping[str, ResourceRecord]:
    """Resources by their ids; those taken off the catalogue are left out."""
    rows = session.scalars(
        select(EResource).where(
            EResource.id.in_([int(key) for key in keys]), EResource.retired_at.is_(None)
        )
    )
    return {
        str(row.id): ResourceRecord(
            resource_id=row.id, name=row.name, name_en=row.name_en, topic=row.topic,
            address=row.address, owner=row.owner, language=row.language, about=row.about,
            about_en=row.about_en, checked_on=row.checked_on, position=row.position,
        )
        for row in rows
    }  # fmt: skip


def workplaces(session: Session, within: Reach = EVERYWHERE) -> int:
    """How many computers readers may ask for in the buildings of a reach."""
    in_use = select(func.count(Workplace.id)).where(
        Workplace.retired_at.is_(None), within.departments(Workplace.department_code)
    )
    return session.scalar(in_use) or 0
