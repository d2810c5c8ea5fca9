"""Slips that the Service Centre's desk prints: its numbers, its key, what stands on them (R3.1.2).

The desk is a station of its own, `00`, with a slip key like any other. That key's private half lies
beside the ticket keys, because the server is the desk's machine. A slip of another station that is
printed again at the desk carries its plain number: nobody signs in another station's name.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.codes import KeyUse, SlipClaims, new_slip_number, sign_slip
from server.database import Database
from server.models import DeskPrint, LostSlip, Ticket, Visit
from server.services import audit, desk_events, keys
from server.services.desk_events import DESK_STATION
from server.services.keys import Entropy

_NUMBER_ENTROPY_BYTES = 4


def new_number(session: Session, *, at: datetime, entropy: Entropy) -> str:
    """The next number of the desk's own slips."""
    station = desk_events.station(session, at)
    station.numbers_reserved += 1
    session.flush()
    return new_slip_number(DESK_STATION, station.numbers_reserved, entropy(_NUMBER_ENTROPY_BYTES))


def ensure_key(
    database: Database, directory: Path, *, actor: str, at: datetime, entropy: Entropy
) -> None:
    """Make the desk's slip key where there is none that signs."""
    with database.reading() as session:
        if keys.has_signing_key(session, KeyUse.SLIP, DESK_STATION):
            return
    with database.writing() as session:
        desk_events.station(session, at)
        if not keys.has_signing_key(session, KeyUse.SLIP, DESK_STATION):
            keys.create_slip_key(
                session, directory, DESK_STATION, actor=actor, at=at, entropy=entropy
            )


def load(session: Session, visit_id: UUID) -> Visit | None:
    """A visit with all that its slip tells."""
    return session.get(
        Visit,
        visit_id,
        options=[
            joinedload(Visit.ticket).joinedload(Ticket.patron),
            joinedload(Visit.event),
            selectinload(Visit.marks),
            selectinload(Visit.own_items),
        ],
    )


def code_of(session: Session, visit: Visit, directory: Path | None) -> str:
    """What the slip's QR code holds: a signed code for the desk's own, else the plain number.

    Raises keys.NoSigningKey where the desk's key or its file is missing.
    """
    if directory is None or not is_of_desk(visit.slip_number):
        return visit.slip_number
    issued = _issued_at(session, visit)
    claims = SlipClaims(
        visit_id=visit.id,
        number=visit.slip_number,
        station=DESK_STATION,
        issued=issued,
        event=visit.ticket_id is None,
    )
    return sign_slip(claims, keys.signing_key(session, directory, KeyUse.SLIP, DESK_STATION))


def _issued_at(session: Session, visit: Visit) -> datetime:
    """A duplicate is younger than its visit, and the desk's key may be younger too."""
    duplicated = select(LostSlip.lost_at).where(LostSlip.replaced_by == visit.slip_number)
    printed = select(func.min(DeskPrint.printed_at)).where(
        DeskPrint.slip_number == visit.slip_number
    )
    return session.scalar(duplicated) or session.scalar(printed) or visit.opened_at


def is_of_desk(number: str) -> bool:
    """Whether the desk gave this number."""
    return number.startswith(f"{DESK_STATION}-")


def note_print(database: Database, visit_id: UUID, *, staff_id: int, at: datetime) -> bool:
    """Keep that a slip goes to the desk's printer, and who sent it there (R4.4).

    Tells whether it is a reprint: a slip of another station always is. Raises LookupError for a
    visit that we don't know.
    """
    with database.writing() as session:
        visit = session.get(Visit, visit_id)
        if visit is None:
            raise LookupError(f"no visit {visit_id}")
        session.add(DeskPrint(slip_number=visit.slip_number, printed_at=at, staff_id=staff_id))
        session.flush()
        again = is_reprint(session, visit.slip_number)
        audit.record(
            session, at=at, actor=f"staff:{staff_id}",
            action="slip_reprinted" if again else "slip_printed", about=("visit", str(visit.id)),
            details={"number": visit.slip_number},
        )  # fmt: skip
        return again


def is_reprint(session: Session, number: str) -> bool:
    """Whether what the desk prints of this number is a copy, and says so (fault 2)."""
    count = select(func.count()).select_from(DeskPrint).where(DeskPrint.slip_number == number)
    return not is_of_desk(number) or (session.scalar(count) or 0) > 1


def was_printed(session: Session, number: str) -> bool:
    """Whether the desk noted that it prints this slip."""
    return session.scalar(select(DeskPrint.id).where(DeskPrint.slip_number == number)) is not None
