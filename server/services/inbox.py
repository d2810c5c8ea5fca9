"""What waits for a person: conflicts, calls for help, slips not handed in, broken records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Receipt
from gate.facts import VisitState
from server.database import Database
from server.models import Conflict, InboxDone, InboxKind, Station, StationEvent, Visit
from server.services import audit, mail

CONFLICT = "conflict"
_NOTE_MAX_SIGNS = 1000
_VISITS_OF_DAYS = 30
_MOST = 200
_CALLS_HEARD = timedelta(hours=1)
_VISIT_STATES = {
    VisitState.NOT_RETURNED: InboxKind.SLIP_NOT_RETURNED,
    VisitState.UNRESOLVED: InboxKind.UNRESOLVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something to look at, the same for all kinds."""

    kind: str
    """`conflict`, or a code of InboxKind."""
    key: str
    at: datetime
    detail: str = ""
    """The conflict's kind, the station, what is wrong with a record, the slip's number."""
    station: str = ""
    visit_id: UUID | None = None
    patron_id: int | None = None


def entries(session: Session, at: datetime) -> Sequence[Entry]:
    """All that waits, calls for help first, then the newest."""
    found = [
        *_calls(session), *_conflicts(session), *_broken(session), *_visits(session, at),
        *_letters(session, at), *_certificates(session),
    ]  # fmt: skip
    found.sort(key=lambda entry: entry.at, reverse=True)
    return sorted(found, key=lambda entry: entry.kind != InboxKind.HELP_CALL)


def resolve(
    database: Database, kind: str, key: str, *, note: str, staff_id: int, at: datetime
) -> bool:
    """Somebody looked at it and says what it was. False where another did, or it is no entry."""
    said = note.strip()[:_NOTE_MAX_SIGNS]
    with database.writing() as session:
        done = (
            _resolve_conflict(session, key, said, staff_id, at)
            if kind == CONFLICT
            else _set_done(session, kind, key, said, staff_id, at)
        )
        if done:
            audit.record(
                session, at=at, actor=f"staff:{staff_id}", action="inbox_resolved",
                about=(kind, key), details={"before": "open", "after": "resolved"},
            )  # fmt: skip
        return done


def _resolve_conflict(session: Session, key: str, note: str, staff_id: int, at: datetime) -> bool:
    conflict = session.get(Conflict, int(key), with_for_update=True) if key.isdecimal() else None
    if conflict is None or conflict.resolved_at is not None:
        return False
    conflict.resolved_at, conflict.resolved_by, conflict.resolution = at, staff_id, note
    return True


def _set_done(
    session: Session, kind: str, key: str, note: str, staff_id: int, at: datetime
) -> bool:
    waiting = {(entry.kind, entry.key) for entry in entries(session, at)}
    if (kind, key) not in waiting:
        return False
    session.add(InboxDone(kind=InboxKind(kind), key=key, at=at, staff_id=staff_id, note=note))
    session.flush()
    return True


def _conflicts(session: Session) -> Iterator[Entry]:
    query = select(Conflict).where(Conflict.resolved_at.is_(None))
    for conflict in session.scalars(query.order_by(Conflict.raised_at.desc()).limit(_MOST)):
        known = conflict.visit_id and session.get(Visit, conflict.visit_id)
        yield Entry(
            kind=CONFLICT,
            key=str(conflict.id),
            at=conflict.raised_at,
            detail=conflict.kind.value,
            station=str(conflict.details.get("station", "")),
            visit_id=conflict.visit_id if known else None,
        )


def _calls(session: Session) -> Iterator[Entry]:
    yield from _events(session, InboxKind.HELP_CALL, Receipt.STORED, "help_called")


def recent_calls(session: Session, at: datetime) -> Sequence[Entry]:
    """Calls for help of the last hour that nobody answered, the newest first."""
    query = select(StationEvent).where(
        StationEvent.kind == "help_called", StationEvent.receipt == Receipt.STORED,
        StationEvent.received_at > at - _CALLS_HEARD,
    )  # fmt: skip
    found = session.scalars(query.order_by(StationEvent.received_at.desc())).all()
    if not found:
        return ()
    keys = [str(event.id) for event in found]
    answered = select(InboxDone.key).where(InboxDone.kind == InboxKind.HELP_CALL)
    done = set(session.scalars(answered.where(InboxDone.key.in_(keys))))
    return [_of_event(InboxKind.HELP_CALL, event) for event in found if str(event.id) not in done]


def _broken(session: Session) -> Iterator[Entry]:
    yield from _events(session, InboxKind.UNPROCESSABLE, Receipt.UNPROCESSABLE)


def _events(
    session: Session, kind: InboxKind, receipt: Receipt, named: str | None = None
) -> Iterator[Entry]:
    query = select(StationEvent).where(StationEvent.receipt == receipt)
    if named is not None:
        query = query.where(StationEvent.kind == named)
    done = set(session.scalars(select(InboxDone.key).where(InboxDone.kind == kind)))
    for event in session.scalars(query.order_by(StationEvent.received_at.desc()).limit(_MOST)):
        if str(event.id) not in done:
            yield _of_event(kind, event)


def _of_event(kind: InboxKind, event: StationEvent) -> Entry:
    return Entry(
        kind=kind, key=str(event.id), at=event.at or event.received_at,
        detail=event.problem or "", station=event.station_code,
    )  # fmt: skip


def _letters(session: Session, at: datetime) -> Iterator[Entry]:
    """Letters that nobody took: mostly an address to be put right."""
    kind = InboxKind.MAIL_FAILED
    done = set(session.scalars(select(InboxDone.key).where(InboxDone.kind == kind)))
    for letter in mail.failed(session, at - timedelta(days=_VISITS_OF_DAYS)):
        if str(letter.id) not in done:
            yield Entry(
                kind=kind,
                key=str(letter.id),
                at=letter.settled_at or letter.created_at,
                detail=letter.problem,
                patron_id=letter.patron_id,
            )


def _visits(session: Session, at: datetime) -> Iterator[Entry]:
    query = select(Visit).where(
        Visit.state.in_(_VISIT_STATES),
        Visit.opened_at > at - timedelta(days=_VISITS_OF_DAYS),
    )
    looked_at = select(InboxDone.kind, InboxDone.key).where(
        InboxDone.kind.in_(_VISIT_STATES.values())
    )
    done = {(kind, key) for kind, key in session.execute(looked_at)}
    for visit in session.scalars(query.order_by(Visit.opened_at.desc()).limit(_MOST)):
        kind = _VISIT_STATES[visit.state]
        if (kind, str(visit.id)) not in done:
            yield Entry(
                kind=kind,
                key=str(visit.id),
                at=visit.closed_at or visit.opened_at,
                detail=visit.slip_number,
                station=visit.station_code or "",
                visit_id=visit.id,
            )


def _certificates(session: Session) -> Iterator[Entry]:
    """Stations that see the end of the server's certificate coming; told anew at each step."""
    looked_at = select(InboxDone.key).where(InboxDone.kind == InboxKind.CERTIFICATE)
    done = set(session.scalars(looked_at))
    for station in session.scalars(select(Station).order_by(Station.code)):
        for device in (station.last_health or {}).get("devices", ()):
            key = f"{station.code}:{device.get('detail')}"
            if device.get("device") == "certificate" and key not in done:
                yield Entry(
                    kind=InboxKind.CERTIFICATE,
                    key=key,
                    at=station.last_seen_at or station.created_at,
                    detail=str(device.get("detail")),
                    station=station.code,
                )
