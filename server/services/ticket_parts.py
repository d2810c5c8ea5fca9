"""Parts of a snapshot: thousands of tickets at a time, column by column.

Every part is read in a short transaction of its own and begins behind the last id of the part
before, so that any server can go on where another one stopped, and nobody keeps anything for a
station that takes its time. What changes meanwhile comes once more behind the first part's cursor.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, String, and_, case, func, null, select, type_coerce
from sqlalchemy.orm import Session

from gate.events import BanRecord, TicketColumns, pack
from gate.events.packed import FEE_PAID, HOME_LOANS, SLIP_NOT_RETURNED, RareFields
from server.database import Database
from server.models import (
    Ban,
    Change,
    Credential,
    IdentityDocument,
    Loan,
    Patron,
    Residence,
    Ticket,
    Visit,
    display_name,
)
from server.services import copy, people, settings, settled
from server.services.settings import LibrarySettings

PART: Final = 10_000
"""Tickets of one part, at most."""
_VALID_FROM: Final = 4
_FIRST_RARE: Final = 12
"""Places in a row."""
_HOME: Final = {home.value: HOME_LOANS * people.may_take_home(home) for home in Residence}


def read(database: Database, after: str, *, at: datetime) -> bytes:
    """The part behind a ticket's id (the first one behind an empty text), packed."""
    with database.reading() as session:
        library = settings.read(session)
        # Before anything else: what commits later lies behind this cursor.
        cursor = settled.last_settled(session, Change.id)
        rows = _rows(session, after, library.day(at))
        last = rows[-1][0] if len(rows) == PART else None
        columns = _columns(session, rows, library, at)
    return pack(columns, epoch=library.epoch, cursor=cursor, as_of=at, last=last)


def _rows(session: Session, after: str, today: date) -> Sequence[tuple[Any, ...]]:
    """Rows as the driver gives them, which is half the cost: a million are read at a time."""
    result: Any = session.connection().execute(_query(after, today))
    found: Sequence[tuple[Any, ...]] = result.cursor.fetchall()
    result.close()
    return found


def _query(after: str, today: date) -> Any:
    """A part's tickets with what a copy tells of their patrons."""
    minor = and_(
        Patron.guardian_consent_on.is_(None),
        Patron.birth_date > people.birthday(today, -people.AGE_OF_OWN_RIGHT),
    )
    by_birth = Patron.identity_document == IdentityDocument.BIRTH_CERTIFICATE
    return (
        select(
            Ticket.id,
            Ticket.number,
            Ticket.kind,
            Ticket.state,
            Ticket.valid_from,
            Ticket.valid_until,
            Ticket.registered_for,
            Ticket.fee_paid,
            Ticket.patron_id,
            Patron.residence,
            Patron.given_name,
            func.substr(Patron.surname, 1, 1),
            # From here on the fields that few have, see _FIRST_RARE.
            case((minor, Patron.birth_date), else_=null()),
            case((by_birth, Patron.birth_date), else_=null()),
            Patron.document_renew_from,
            Patron.agreement_until,
        )
        .join(Patron, Patron.id == Ticket.patron_id)
        .where(Ticket.id > after)
        .order_by(Ticket.id)
        .limit(PART)
    )


def _raw(column: Any) -> ColumnElement[Any]:
    return type_coerce(column, String)


class _Ordinals(dict[Any, int]):
    """Days as ordinals: as text from SQLite, as dates from PostgreSQL; there are not many."""

    def __missing__(self, day: Any) -> int:
        known = day if isinstance(day, date) else date.fromisoformat(day)
        self[day] = ordinal = known.toordinal()
        return ordinal


_ORDINALS: Final = _Ordinals()


def _columns(
    session: Session, rows: Sequence[Any], library: LibrarySettings, at: datetime
) -> TicketColumns:
    if not rows:
        return TicketColumns(
            ids=(), numbers=(), names=(), kinds=(), states=(), flags=(), valid_from=(),
            valid_until=(), registered_for=(),
        )  # fmt: skip
    (
        ids, numbers, kinds, states, since, until, registered, paid, patrons, homes, given,
        initials, *_,
    ) = zip(*rows, strict=True)  # fmt: skip
    between = Ticket.id.between(ids[0], ids[-1])
    owners = select(Ticket.patron_id).where(between)
    today = library.day(at)
    bans = copy.bans_of(session, Ban.patron_id.in_(owners), at)
    overdue = copy.overdue_of(session, Loan.patron_id.in_(owners), today)
    kept = copy.slips_not_returned(session, Visit.ticket_id.between(ids[0], ids[-1]))
    return TicketColumns(
        ids=ids,
        numbers=numbers,
        names=list(map(display_name, given, initials)),
        kinds=kinds,
        states=states,
        flags=_flags(ids, paid, homes, kept),
        valid_from=list(map(_ORDINALS.__getitem__, since)),
        valid_until=list(map(_ORDINALS.__getitem__, until)),
        registered_for=registered,
        overdue=_apart(patrons, overdue),
        rest=_rest(rows, patrons, bans, today),
        credentials=_credentials(session, ids),
    )


def _flags(
    ids: Sequence[str], paid: Sequence[bool], homes: Sequence[str], kept: set[str]
) -> list[int]:
    flags = [FEE_PAID * fee + _HOME[home] for fee, home in zip(paid, homes, strict=True)]
    if kept:
        flags = [
            flag + SLIP_NOT_RETURNED * (one in kept) for one, flag in zip(ids, flags, strict=True)
        ]
    return flags


def _apart(patrons: Sequence[int], counts: dict[int, int]) -> list[tuple[int, int]]:
    if not counts:
        return []
    return [(place, counts[one]) for place, one in enumerate(patrons) if one in counts]


def _rest(
    rows: Sequence[Any], patrons: Sequence[int], bans: dict[int, BanRecord], today: date
) -> list[tuple[int, str]]:
    """What few have: a ban, a minor's consent, a document to renew, an agreement."""
    found = []
    for place, (patron, row) in enumerate(zip(patrons, rows, strict=True)):
        if patron in bans or any(row[_FIRST_RARE:]):
            text = _rare(row, bans.get(patron), today).model_dump_json(exclude_none=True)
            found.append((place, text))
    return found


def _rare(row: Sequence[Any], ban: BanRecord | None, today: date) -> RareFields:
    minor_born, certificate_born, renew_from, agreement_until = map(_day, row[_FIRST_RARE:])
    by_birth = certificate_born is not None
    document = IdentityDocument.BIRTH_CERTIFICATE if by_birth else IdentityDocument.OTHER
    begin = date.fromordinal(_ORDINALS[row[_VALID_FROM]])
    return RareFields(
        ban=ban,
        consent_missing_until=copy.consent_missing_until(minor_born, None, today),
        document_to_renew_from=copy.document_to_renew_from(
            certificate_born, document, renew_from, begin
        ),
        agreement_until=agreement_until,
    )


def _day(told: Any) -> date | None:
    return date.fromisoformat(told) if isinstance(told, str) else told


def _credentials(session: Session, ids: Sequence[str]) -> list[tuple[int, str, str]]:
    rows = session.execute(
        select(Credential.ticket_id, _raw(Credential.kind), Credential.value)
        .where(Credential.ticket_id.between(ids[0], ids[-1]))
        .order_by(Credential.ticket_id, Credential.id)
    ).all()
    places = {one: place for place, one in enumerate(ids)} if rows else {}
    return [(places[one], kind, value) for one, kind, value in rows if one in places]
