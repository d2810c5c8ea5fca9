"""Computers of the centre in tests: put up, sat at, booked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from gate.events import WorkplaceAnswer, WorkplaceQuery
from gate.facts import CredentialKind
from server.models import Role, Workplace, WorkplaceBooking, WorkplaceUse
from server.services import self_seating, workplace_bookings
from server.services.by import By
from server.services.workplace_bookings import NotBooked, Whose, Wish
from tests.server import desk_library
from tests.server.console.library import NOON, Library

HOUR = timedelta(hours=1)


def by(library: Library, at: datetime = NOON) -> By:
    """The centre's consultant."""
    return desk_library.by(library, Role.INFORMATION_CENTRE, at)


def places(library: Library, *names: str) -> list[int]:
    """Put computers up."""
    with library.database.writing() as session:
        rows = [Workplace(name=name, position=n) for n, name in enumerate(names)]
        session.add_all(rows)
        session.flush()
        return [row.id for row in rows]


def uses(library: Library) -> list[WorkplaceUse]:
    """Who sat or waits, the oldest first."""
    with library.database.reading() as session:
        return list(session.scalars(select(WorkplaceUse).order_by(WorkplaceUse.id)))


def show(
    library: Library, value: str, at: datetime = NOON, *,
    kind: CredentialKind = CredentialKind.SLIP_CODE, cancel: bool = False,
) -> WorkplaceAnswer:  # fmt: skip
    """Ask a kiosk for a computer."""
    query = WorkplaceQuery(credential=kind, value=value, cancel=cancel)
    return self_seating.ask(library.database, query, station="K1", at=at)


def whose(library: Library, visit: UUID | None = None) -> Whose:
    """Who books: the library's reader, or whoever came in on a visit."""
    with library.database.reading() as session:
        return workplace_bookings.whose(session, visit or library.visit)


def other(library: Library) -> Whose:
    """Somebody else inside."""
    return whose(library, library.clean_visit)


def book(
    library: Library, begins_at: datetime, minutes: int = 60, *, place: int | None = None,
    who: Whose | None = None, at: datetime = NOON,
) -> WorkplaceBooking:  # fmt: skip
    """Book a computer at a kiosk."""
    return workplace_bookings.book(
        library.database, who or whose(library), Wish(begins_at, minutes, place), staff_id=None,
        actor="station:K1", at=at,
    )  # fmt: skip


def refused(library: Library, begins_at: datetime, minutes: int = 60, **kwargs: object) -> str:
    """Why it can't be booked."""
    with pytest.raises(NotBooked) as told:
        book(library, begins_at, minutes, **kwargs)  # type: ignore[arg-type]
    return str(told.value)
