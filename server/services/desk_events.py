"""What happens at the Service Centre's desk, told like a station's own events.

A visit's life is the fold of all that was told of it (`server.services.visit_story`). The desk
tells its part under the signs `00`, so that a reader who left at the desk and comes back through a
kiosk is one story (R3.1.5).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Receipt, uuid7
from gate.facts import VisitState
from server.models import Station, StationEvent, Visit
from server.services.keys import Entropy

DESK_STATION = "00"
"""Not a machine: slips that desks issue count under these two signs."""
_UUID_ENTROPY_BYTES = 10


def station(session: Session, at: datetime) -> Station:
    """The desk's row among the stations, held until the commit; made when first asked for."""
    found = session.get(Station, DESK_STATION, with_for_update=True)
    if found is None:
        found = Station(code=DESK_STATION, created_at=at, numbers_reserved=0)
        session.add(found)
        session.flush()
    return found


def tell(
    session: Session, kind: str, visit: Visit, *, at: datetime, entropy: Entropy,
    payload: Mapping[str, Any] | None = None,
) -> None:  # fmt: skip
    """Add to the story of a visit; where no station told how it began, that is told first."""
    station(session, at)
    if kind != "entry_decided" and not _began(session, visit.id):
        beginning = {"visit_state": VisitState.INSIDE.value}
        _add(session, "entry_decided", visit.id, visit.opened_at, entropy, beginning)
    _add(session, kind, visit.id, at, entropy, dict(payload or {}))


def _began(session: Session, visit_id: UUID) -> bool:
    beginning = select(StationEvent.id).where(
        StationEvent.visit_id == visit_id,
        StationEvent.kind == "entry_decided",
        StationEvent.receipt == Receipt.STORED,
    )
    return session.scalar(beginning.limit(1)) is not None


def _add(
    session: Session, kind: str, visit_id: UUID, at: datetime, entropy: Entropy,
    payload: dict[str, Any],
) -> None:  # fmt: skip
    session.add(
        StationEvent(
            id=uuid7(at, entropy(_UUID_ENTROPY_BYTES)), station_code=DESK_STATION, at=at,
            kind=kind, visit_id=visit_id, payload=payload, receipt=Receipt.STORED, received_at=at,
        )
    )  # fmt: skip
    session.flush()
