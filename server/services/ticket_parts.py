"""Parts of a snapshot: thousands of tickets at a time, column by column.

Every part is read in a short transaction of its own and begins behind the last id of the part
before, so that any server can go on where another one stopped, and nobody keeps anything for a
station that takes its time. What changes meanwhile comes once more behind the first part's cursor.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import reduce
from itertools import compress
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    String,
    and_,
    case,
    cast,
    exists,
    func,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.orm import Session

from gate.events import BanRecord, TicketColumns, pack
from gate.events.packed import FEE_PAID, HOME_LOANS, SLIP_NOT_RETURNED, RareFields
from gate.facts import TicketKind, TicketState
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
)
from server.services import copy, people, settings, settled

PART: Final = 10_000
"""Tickets of one part, at most."""
_BREAK: Final = "\x1f"
_KINDS: Final = {kind: chr(ord("a") + place) for place, kind in enumerate(TicketKind)}
_STATES: Final = {state: chr(ord("a") + place) for place, state in enumerate(TicketState)}
_TAKES_HOME: Final = [home for home in Residence if people.may_take_home(home)]


def read(database: Database, after: str, *, at: datetime) -> bytes:
    """The part behind a ticket's id (the first one behind an empty text), packed."""
    with database.reading_much() as session:
        library = settings.read(session)
        # Before anything else: what commits later lies behind this cursor.
        cursor = settled.last_settled(session, Change.id)
        today = library.day(at)
        found = session.execute(_query(after, today, at)).one()
        columns = _NONE if found.ids is None else _columns(session, found, today, at)
    last = columns.ids[-1] if len(columns.ids) == PART else None
    return pack(columns, epoch=library.epoch, cursor=cursor, as_of=at, last=last)


def _query(after: str, today: date, at: datetime) -> Any:
    """A part's tickets as one row: each column is one text, which the database puts together.

    A million rows made and taken apart in Python cost more than all the rest. Whether there is a
    ban or an overdue loan is one look into a small index; what it is, is read for those few alone.
    """
    one = _tickets(after, today, at)
    has_rare = or_(*(one.c[name] != "" for name in _RARE))
    rare = _told(one.c.id, one.c.patron_id, *(one.c[name] for name in _RARE))
    return select(
        _all(one.c.id).label("ids"),
        _all(one.c.number).label("numbers"),
        _all(one.c.name).label("names"),
        func.aggregate_strings(one.c.kind, "").label("kinds"),
        func.aggregate_strings(one.c.state, "").label("states"),
        func.aggregate_strings(one.c.flags, "").label("flags"),
        _all(one.c.valid_from).label("since"),
        _all(one.c.valid_until).label("until"),
        _all(one.c.registered_for).label("registered"),
        func.aggregate_strings(rare, _BREAK).filter(has_rare).label("rare"),
    )


_RARE: Final = (
    "banned", "owing", "minor_born", "certificate_born", "renew_from", "agreement_until",
)  # fmt: skip


def _tickets(after: str, today: date, at: datetime) -> Any:
    """The part's tickets with what a copy tells of their patrons, as texts."""
    minor = and_(
        Patron.guardian_consent_on.is_(None),
        Patron.birth_date > people.birthday(today, -people.AGE_OF_OWN_RIGHT),
    )
    by_birth = Patron.identity_document == IdentityDocument.BIRTH_CERTIFICATE
    initial = func.substr(Patron.surname, 1, 1)
    flags = case((Ticket.fee_paid, FEE_PAID), else_=0) + case(
        (Patron.residence.in_(_TAKES_HOME), HOME_LOANS), else_=0
    )
    return (
        select(
            Ticket.id,
            Ticket.patron_id,
            func.replace(Ticket.number, _BREAK, "").label("number"),
            func.replace(
                # As in server.models.display_name.
                case((initial != "", Patron.given_name + " " + initial + "."),
                     else_=Patron.given_name),
                _BREAK, "",
            ).label("name"),
            case(_KINDS, value=Ticket.kind).label("kind"),
            case(_STATES, value=Ticket.state).label("state"),
            cast(flags, String).label("flags"),
            cast(Ticket.valid_from, String).label("valid_from"),
            cast(Ticket.valid_until, String).label("valid_until"),
            cast(Ticket.registered_for, String).label("registered_for"),
            case((minor, _text(Patron.birth_date)), else_="").label("minor_born"),
            case((by_birth, _text(Patron.birth_date)), else_="").label("certificate_born"),
            _text(Patron.document_renew_from).label("renew_from"),
            _text(Patron.agreement_until).label("agreement_until"),
            _mark(exists().where(Ban.patron_id == Ticket.patron_id, copy.not_over(at)))
            .label("banned"),
            _mark(exists().where(Loan.patron_id == Ticket.patron_id, copy.overdue(today)))
            .label("owing"),
        )
        .join(Patron, Patron.id == Ticket.patron_id)
        .where(Ticket.id > after)
        .order_by(Ticket.id)
        .limit(PART)
        .subquery()
    )  # fmt: skip


def _all(column: ColumnElement[Any]) -> ColumnElement[str]:
    return func.aggregate_strings(column, _BREAK)


def _mark(holds: ColumnElement[bool]) -> ColumnElement[str]:
    return case((holds, "1"), else_="")


def _text(column: Any) -> ColumnElement[str]:
    return func.coalesce(cast(column, String), "")


def _told(*columns: ColumnElement[Any]) -> ColumnElement[str]:
    first, *rest = (cast(column, String) for column in columns)
    return reduce(lambda told, column: told + "|" + column, rest, first)


class _Ordinals(dict[str, int]):
    """Days as ordinals; there are not many."""

    def __missing__(self, day: str) -> int:
        self[day] = ordinal = date.fromisoformat(day).toordinal()
        return ordinal


_ORDINALS: Final = _Ordinals()
_NONE: Final = TicketColumns(
    ids=(), numbers=(), names=(), kinds=(), states=(), flags=(), valid_from=(), valid_until=(),
    registered_for=(),
)  # fmt: skip


def _columns(session: Session, found: Any, today: date, at: datetime) -> TicketColumns:
    ids = found.ids.split(_BREAK)
    since = list(map(_ORDINALS.__getitem__, found.since.split(_BREAK)))
    rare = [one.split("|") for one in (found.rare or "").split(_BREAK) if one]
    owners = [int(patron) for _, patron, *_ in rare]
    banned = compress(owners, [mark for _, _, mark, *_ in rare])
    owing = compress(owners, [mark for _, _, _, mark, *_ in rare])
    bans = copy.bans_of(session, Ban.patron_id.in_(banned), at)
    overdue = copy.overdue_of(session, Loan.patron_id.in_(owing), today)
    kept = copy.slips_not_returned(session, Visit.ticket_id.between(ids[0], ids[-1]))
    places = [bisect_left(ids, one) for one, *_ in rare]
    return TicketColumns(
        ids=ids,
        numbers=found.numbers.split(_BREAK),
        names=found.names.split(_BREAK),
        kinds=_named(_KINDS, found.kinds),
        states=_named(_STATES, found.states),
        flags=_flags(ids, found.flags, kept),
        valid_from=since,
        valid_until=list(map(_ORDINALS.__getitem__, found.until.split(_BREAK))),
        registered_for=list(map(int, found.registered.split(_BREAK))),
        overdue=[
            (place, overdue[owner])
            for place, owner in zip(places, owners, strict=True)
            if owner in overdue
        ],
        rest=[
            (place, _rest(days, since[place], bans.get(owner), today))
            for place, owner, (_, _, _, _, *days) in zip(places, owners, rare, strict=True)
            if owner in bans or any(days)
        ],
        credentials=_credentials(session, ids),
    )


def _named(signs: Mapping[Any, str], told: str) -> list[str]:
    words = {sign: word.value for word, sign in signs.items()}
    return list(map(words.__getitem__, told))


def _flags(ids: Sequence[str], told: str, kept: set[str]) -> list[int]:
    flags = list(map(int, told))
    if not kept:
        return flags
    return [flag + SLIP_NOT_RETURNED * (one in kept) for one, flag in zip(ids, flags, strict=True)]


def _rest(days: Sequence[str], begin: int, ban: BanRecord | None, today: date) -> str:
    """What few have: a ban, a minor's consent, a document to renew, an agreement."""
    minor_born, certificate_born, renew_from, agreement_until = map(_day, days)
    by_birth = certificate_born is not None
    document = IdentityDocument.BIRTH_CERTIFICATE if by_birth else IdentityDocument.OTHER
    fields = RareFields(
        ban=ban,
        consent_missing_until=copy.consent_missing_until(minor_born, None, today),
        document_to_renew_from=copy.document_to_renew_from(
            certificate_born, document, renew_from, date.fromordinal(begin)
        ),
        agreement_until=agreement_until,
    )
    return fields.model_dump_json(exclude_none=True)


def _day(told: str) -> date | None:
    return date.fromisoformat(told) if told else None


def _credentials(session: Session, ids: Sequence[str]) -> list[tuple[int, str, str]]:
    rows = session.execute(
        select(Credential.ticket_id, type_coerce(Credential.kind, String), Credential.value)
        .where(Credential.ticket_id.between(ids[0], ids[-1]))
        .order_by(Credential.ticket_id, Credential.id)
    ).all()
    places = {one: place for place, one in enumerate(ids)} if rows else {}
    return [(places[one], kind, value) for one, kind, value in rows if one in places]
