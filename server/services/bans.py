"""Bans: no right to visit for a term, by an order; of people and organisations (R4.3.3, R5.1.10).

A ban stops the way in and nothing else: documents are taken back and nobody is kept inside. Its end
is the first instant after it, so that a ban until tomorrow lets in from midnight on (E13, E14).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Ban, Organisation, Patron, Role
from server.services import audit, changes, settings
from server.services.settings import LibrarySettings

LONGEST_YEARS = 10
UNDO_WITHIN = timedelta(minutes=15)
_NOTE_MAX_SIGNS = 1000
_ORDER_MAX_SIGNS = 60
_DAYS_A_YEAR = 366


class Violation(StrEnum):
    """What is not allowed (R4.4), and what is worse than that (R4.2, R4.3)."""

    INTOXICATED = "intoxicated"
    ANIMALS = "animals"
    ADVERTS = "adverts"
    SMOKING = "smoking"
    COPYING = "copying"
    DISRUPTION = "disruption"
    """Acts that disturb computers or the network."""
    SLIP_ALTERED = "slip_altered"
    """Own marks in ticket or slip."""
    CARDS_REMOVED = "cards_removed"
    FOOD = "food"
    DAMAGE = "damage"
    NOISE = "noise"
    THEFT = "theft"
    OTHER = "other"


class Fault(StrEnum):
    """Why a ban can't be made like this."""

    ORDER_MISSING = "order_missing"
    END_MISSING = "end_missing"
    """Without an end only the director makes one."""
    ENDS_BEFORE_IT_BEGINS = "ends_before_it_begins"
    TOO_LONG = "too_long"
    NOTE_MISSING = "note_missing"
    """`other` needs words."""


class Refused(ValueError):
    """The ban is not made; `faults` say why."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(faults))
        self.faults = tuple(faults)


class NobodyThere(LookupError):
    """No such reader, organisation or ban."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A ban as it is asked for."""

    reason: str
    """A code of `Violation`, or one that the library added."""
    order_number: str
    last_day: date | None
    """Last day without the right to visit; None: without end."""
    note: str = ""
    indefinite: bool = False
    """No end is meant, and was not only forgotten."""


def judge(wish: Wish, role: Role, today: date) -> tuple[Fault, ...]:
    """What speaks against a ban; nothing where it may be made."""
    found: list[Fault] = []
    if not wish.order_number.strip():
        found.append(Fault.ORDER_MISSING)
    if wish.reason == Violation.OTHER and not wish.note.strip():
        found.append(Fault.NOTE_MISSING)
    if wish.last_day is None:
        if role is not Role.DIRECTOR or not wish.indefinite:
            found.append(Fault.END_MISSING)
    elif wish.last_day < today:
        found.append(Fault.ENDS_BEFORE_IT_BEGINS)
    elif wish.last_day - today > timedelta(days=LONGEST_YEARS * _DAYS_A_YEAR):
        found.append(Fault.TOO_LONG)
    return tuple(found)


def impose(
    database: Database, patron_id: int, wish: Wish, *, staff_id: int, role: Role, at: datetime
) -> int:
    """Ban a reader from now on; answers the ban's id. Raises Refused, NobodyThere."""
    with database.writing() as session:
        library = _allow(session, wish, role, at)
        if session.get(Patron, patron_id) is None:
            raise NobodyThere(f"no patron {patron_id}")
        return _impose(session, patron_id, wish, library, staff_id=staff_id, at=at)


def impose_on_organisation(
    database: Database, organisation_id: int, wish: Wish, *, staff_id: int, role: Role,
    at: datetime,
) -> int:  # fmt: skip
    """Ban an organisation, and with it every reader that it has or will have (R5.1.10).

    Answers how many readers it has now. Raises Refused, NobodyThere.
    """
    with database.writing() as session:
        library = _allow(session, wish, role, at)
        if session.get(Organisation, organisation_id) is None:
            raise NobodyThere(f"no organisation {organisation_id}")
        of_all = _impose(
            session, None, wish, library, staff_id=staff_id, at=at, organisation=organisation_id
        )
        ban = session.get_one(Ban, of_all)
        mine = select(Patron).where(Patron.organisation_id == organisation_id)
        readers = session.scalars(mine).all()
        for reader in readers:
            _share(session, reader, ban, at)
        return len(readers)


def extend_to(session: Session, patron: Patron, *, at: datetime) -> int:
    """A new reader of an organisation shares its bans; answers how many they are (R5.1.10).

    Part of the transaction that makes somebody a reader of it.
    """
    if patron.organisation_id is None:
        return 0
    banned = session.scalars(
        select(Ban).where(
            Ban.organisation_id == patron.organisation_id, Ban.patron_id.is_(None),
            Ban.lifted_at.is_(None),
        )
    ).all()  # fmt: skip
    own = set(session.scalars(select(Ban.follows).where(Ban.patron_id == patron.id)))
    new = [ban for ban in banned if _goes_on(ban, at) and ban.id not in own]
    for ban in new:
        _share(session, patron, ban, at)
    return len(new)


def part(session: Session, patron: Patron, *, at: datetime) -> None:
    """Who is no reader of an organisation any more is free of its bans."""
    shared = session.scalars(
        select(Ban).where(
            Ban.patron_id == patron.id, Ban.follows.is_not(None), Ban.lifted_at.is_(None)
        )
    )
    for ban in shared.all():
        _end(session, ban, actor="system", staff_id=None, reason="", at=at)


def _share(session: Session, patron: Patron, ban: Ban, at: datetime) -> None:
    copy = Ban(
        patron_id=patron.id, since=ban.since, until=ban.until, reason=ban.reason,
        order_number=ban.order_number, note=ban.note, author_id=ban.author_id,
        organisation_id=ban.organisation_id, follows=ban.id,
    )  # fmt: skip
    session.add(copy)
    session.flush()
    _tell(session, patron.id)
    audit.record(
        session, at=at, actor="system", action="ban_shared", about=("ban", str(copy.id)),
        details={"patron": patron.id, "of": ban.id},
    )  # fmt: skip


def lift(
    database: Database, ban_id: int, *, staff_id: int, reason: str, at: datetime, order: str = ""
) -> Sequence[int]:
    """End a ban now; an organisation's with it for all its readers. Answers the bans' ids.

    From now on the readers may come in (E17). Raises NobodyThere, ValueError without a reason.
    """
    said = reason.strip()[:_NOTE_MAX_SIGNS]
    if not said:
        raise ValueError("a ban is lifted for a reason")
    with database.writing() as session:
        ban = session.get(Ban, ban_id)
        if ban is None or not _goes_on(ban, at):
            raise NobodyThere(f"no ban {ban_id} in force")
        together = _of_one_order(session, ban)
        for each in together:
            each.lift_order_number = order.strip()[:_ORDER_MAX_SIGNS]
            _end(session, each, actor=f"staff:{staff_id}", staff_id=staff_id, reason=said, at=at)
        return [each.id for each in together]


def _end(
    session: Session, ban: Ban, *, actor: str, staff_id: int | None, reason: str, at: datetime
) -> None:
    ban.lifted_at, ban.lifted_by, ban.lift_reason = at, staff_id, reason
    _tell(session, ban.patron_id)
    audit.record(
        session, at=at, actor=actor, action="ban_lifted", about=("ban", str(ban.id)),
        details={
            "patron": ban.patron_id, "before": {"until": _text(ban.until)},
            "after": {"lifted": at.isoformat()},
            **({"order": ban.lift_order_number} if ban.lift_order_number else {}),
        },
    )  # fmt: skip


def restore(database: Database, ban_id: int, *, staff_id: int, at: datetime) -> None:
    """Take a lifting back that somebody did by mistake a moment ago, for all of one order.

    Raises NobodyThere when it is late.
    """
    with database.writing() as session:
        ban = session.get(Ban, ban_id)
        if ban is None or not can_restore(ban, staff_id, at):
            raise NobodyThere(f"no lifting of ban {ban_id} to take back")
        for each in _of_one_order(session, ban, lifted_at=ban.lifted_at):
            _hold_again(session, each, staff_id, at)


def _hold_again(session: Session, ban: Ban, staff_id: int, at: datetime) -> None:
    ban.lifted_at, ban.lifted_by, ban.lift_reason, ban.lift_order_number = None, None, "", ""
    _tell(session, ban.patron_id)
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action="ban_restored",
        about=("ban", str(ban.id)),
        details={"patron": ban.patron_id, "until": _text(ban.until)},
    )  # fmt: skip


def can_restore(ban: Ban, staff_id: int, at: datetime) -> bool:
    """Whether whoever lifted it may still take that back; what was undone at once stays so."""
    fresh = ban.lifted_at is not None and ban.lifted_at <= at < ban.lifted_at + UNDO_WITHIN
    lasts = ban.until is None or ban.until > at
    return fresh and lasts and ban.lifted_by == staff_id and ban.lift_reason != ""


def undo(database: Database, ban_id: int, *, staff_id: int, at: datetime) -> None:
    """Take back what somebody made by mistake a moment ago. Raises NobodyThere when it is late.

    It stays in the log; in the file it stands as lifted at the instant it began.
    """
    with database.writing() as session:
        ban = session.get(Ban, ban_id)
        if ban is None or not can_undo(ban, staff_id, at):
            raise NobodyThere(f"no ban {ban_id} to take back")
        for each in _of_one_order(session, ban):
            _end(session, each, actor=f"staff:{staff_id}", staff_id=staff_id, reason="", at=at)


def can_undo(ban: Ban, staff_id: int, at: datetime) -> bool:
    """Whether its author may still take it back."""
    fresh = ban.since <= at < ban.since + UNDO_WITHIN
    return fresh and ban.author_id == staff_id and _goes_on(ban, at)


def of_organisation(session: Session, organisation_id: int) -> Sequence[Ban]:
    """Every ban of the organisation itself, the newest first (R4.3.3)."""
    mine = (Ban.organisation_id == organisation_id, Ban.follows.is_(None))
    return session.scalars(select(Ban).where(*mine).order_by(Ban.since.desc())).all()


def every(session: Session) -> Sequence[Ban]:
    """Every ban there ever was, an organisation's once, the newest first."""
    own = select(Ban).where(Ban.follows.is_(None)).order_by(Ban.since.desc())
    return session.scalars(own).all()


def holding(session: Session, patrons: Sequence[int], at: datetime) -> Sequence[Ban]:
    """The bans that keep any of these readers out now or later."""
    held = select(Ban).where(Ban.patron_id.in_(patrons), Ban.lifted_at.is_(None))
    return [ban for ban in session.scalars(held) if _goes_on(ban, at)]


def in_force(session: Session, at: datetime) -> Sequence[Ban]:
    """All bans that keep somebody out now or later, the newest first.

    An organisation's stands there once, without those that its readers share.
    """
    own = select(Ban).where(Ban.lifted_at.is_(None), Ban.follows.is_(None))
    return [ban for ban in session.scalars(own.order_by(Ban.since.desc())) if _goes_on(ban, at)]


def _allow(session: Session, wish: Wish, role: Role, at: datetime) -> LibrarySettings:
    library = settings.read(session)
    faults = judge(wish, role, library.day(at))
    if faults:
        raise Refused(faults)
    return library


def _impose(
    session: Session, patron_id: int | None, wish: Wish, library: LibrarySettings, *,
    staff_id: int, at: datetime, organisation: int | None = None,
) -> int:  # fmt: skip
    ban = Ban(
        patron_id=patron_id, since=at, until=_first_instant_after(wish.last_day, library),
        reason=wish.reason, order_number=wish.order_number.strip()[:_ORDER_MAX_SIGNS],
        note=wish.note.strip()[:_NOTE_MAX_SIGNS], author_id=staff_id, organisation_id=organisation,
    )  # fmt: skip
    session.add(ban)
    session.flush()
    _tell(session, patron_id)
    audit.record(
        session, at=at, actor=f"staff:{staff_id}", action="ban_imposed",
        about=("ban", str(ban.id)),
        details={
            "patron": patron_id, "organisation": organisation, "before": None,
            "after": {
                "reason": wish.reason, "until": _text(ban.until), "order": ban.order_number,
            },
        },
    )  # fmt: skip
    return ban.id


def _first_instant_after(day: date | None, library: LibrarySettings) -> datetime | None:
    if day is None:
        return None
    next_day = day + timedelta(days=1)
    return datetime.combine(next_day, time.min, tzinfo=library.zone).astimezone(UTC)


def _of_one_order(
    session: Session, ban: Ban, *, lifted_at: datetime | None = None
) -> Sequence[Ban]:
    """An organisation's ban with all that follow it, whichever of them was meant.

    Those that hold, or those that were lifted at one moment.
    """
    first = ban.follows or ban.id
    same = or_(Ban.id == first, Ban.follows == first)
    return session.scalars(
        select(Ban).where(same, Ban.lifted_at == lifted_at).order_by(Ban.id)
    ).all()


def _goes_on(ban: Ban, at: datetime) -> bool:
    return ban.lifted_at is None and (ban.until is None or ban.until > at)


def _tell(session: Session, patron_id: int | None) -> None:
    """Stations hear of it through the reader's tickets."""
    if patron_id is not None:
        changes.note_patron(session, patron_id)


def _text(at: datetime | None) -> str | None:
    return None if at is None else at.isoformat()
