"""Who is to have a letter now, and of what: one query a kind, the same for sending and preview."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    select,
)
from sqlalchemy.orm import Session

from gate.facts import LoanPlace, TicketKind, TicketState
from server.models import (
    Consent,
    Document,
    EventOfDay,
    EventSignup,
    Guarantor,
    GuarantorKind,
    Hold,
    HoldState,
    Loan,
    NoticeKind,
    NoticeLanguage,
    NoticeRefusal,
    NoticeTold,
    Patron,
    Purpose,
    Ticket,
)
from server.services.people import AGE_OF_OWN_RIGHT
from server.services.reregistration import waiting
from server.services.settings import LibrarySettings
from templates.words import SOURCE_LANGUAGE

_A_DAY = timedelta(days=1)
_LONGEST_OVERDUE = timedelta(days=366)
"""Who did not come for a year is not written to any more: the list of debtors remains."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One thing to tell."""

    about: str
    occasion: date
    title: str
    day: date
    """The day that the letter names: due, end of the term, last day on the shelf."""
    at: datetime | None = None
    """When an event begins."""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A letter that is due: one kind, one person, everything of this kind at once."""

    kind: NoticeKind
    patron_id: int
    recipient: str
    language: str
    greeting: str
    """Given name of the reader."""
    name: str
    """Full name, for staff."""
    to_guardian: bool
    items: Sequence[Item]


def recipient(today: date) -> ColumnElement[str]:
    """Whereto: a reader's own address; for a child that of the newest guardian (R1.4)."""
    guardian = (
        select(Guarantor.email)
        .where(
            Guarantor.patron_id == Patron.id,
            Guarantor.kind != GuarantorKind.SCHOOL,
            Guarantor.email != "",
        )
        .order_by(Guarantor.id.desc())
        .limit(1)
        .correlate(Patron)
        .scalar_subquery()
    )
    return case((is_child(today), func.coalesce(guardian, "")), else_=Patron.email)


def is_child(today: date) -> ColumnElement[bool]:
    """Whether a guardian answers for the reader; nobody is young by an unknown birthday."""
    return func.coalesce(Patron.birth_date > _years_before(today, AGE_OF_OWN_RIGHT), False)


def _years_before(today: date, years: int) -> date:
    try:
        return today.replace(year=today.year - years)
    except ValueError:
        return date(today.year - years, 2, 28)


def letters(
    session: Session, kind: NoticeKind, library: LibrarySettings, at: datetime, *, most: int = 200
) -> Sequence[Due]:
    """The letters of a kind that are due at an instant, at most so many."""
    today = library.day(at)
    allowed = _concerned(kind, library, at) & _allowed(kind, today)
    whom = session.scalars(select(Patron.id).where(allowed).order_by(Patron.id).limit(most)).all()
    if not whom:
        return ()
    items = _told_to(_ITEMS[kind](library, at), today).where(Patron.id.in_(whom))
    people = groupby(session.execute(items), key=lambda row: row.id)
    return [_letter(kind, library, at, list(found)) for _, found in people]


def count(session: Session, kind: NoticeKind, library: LibrarySettings, at: datetime) -> int:
    """How many letters of a kind are due."""
    return _count(session, _concerned(kind, library, at) & _allowed(kind, library.day(at)))


def unreached(session: Session, kind: NoticeKind, library: LibrarySettings, at: datetime) -> int:
    """How many would have a letter, had they an address, the consent, and not refused it."""
    return _count(session, _concerned(kind, library, at) & ~_allowed(kind, library.day(at)))


def _count(session: Session, whom: ColumnElement[bool]) -> int:
    return session.scalar(select(func.count()).select_from(Patron).where(whom)) or 0


def _concerned(kind: NoticeKind, library: LibrarySettings, at: datetime) -> ColumnElement[bool]:
    """Who is to have a letter of this kind, whether it may be sent or not."""
    items = _ITEMS[kind](library, at)
    if kind is NoticeKind.OVERDUE:
        items = items.where(_not_told_lately(library, at))
    return Patron.id.in_(items.with_only_columns(Patron.id).order_by(None).correlate(None))


def _allowed(kind: NoticeKind, today: date) -> ColumnElement[bool]:
    """By the law: a consent that holds, an address, and no refusal of this kind (R5.1.5)."""
    consent = (
        select(Consent.given)
        .where(Consent.patron_id == Patron.id, Consent.purpose == Purpose.NOTICES)
        .order_by(Consent.id.desc())
        .limit(1)
        .correlate(Patron)
        .scalar_subquery()
    )
    refused = exists().where(NoticeRefusal.patron_id == Patron.id, NoticeRefusal.kind == kind)
    return (recipient(today) != "") & func.coalesce(consent, False) & ~refused


def _told_to(items: Select[Any], today: date) -> Select[Any]:
    """Items with whom they are for, person by person."""
    return (
        items.add_columns(
            Patron.id, Patron.given_name, Patron.surname, Patron.patronymic,
            recipient(today).label("recipient"), is_child(today).label("to_guardian"),
            func.coalesce(NoticeLanguage.language, literal(SOURCE_LANGUAGE)).label("language"),
        )
        .outerjoin(NoticeLanguage, NoticeLanguage.patron_id == Patron.id)
        .order_by(Patron.id)
    )  # fmt: skip


def _letter(kind: NoticeKind, library: LibrarySettings, at: datetime, rows: Sequence[Any]) -> Due:
    first = rows[0]
    names = (first.surname, first.given_name, first.patronymic)
    return Due(
        kind=kind, patron_id=first.id, recipient=first.recipient, language=first.language,
        greeting=first.given_name, name=" ".join(part for part in names if part),
        to_guardian=bool(first.to_guardian),
        items=[_item(kind, library, at, row) for row in rows],
    )  # fmt: skip


def _item(kind: NoticeKind, library: LibrarySettings, at: datetime, row: Any) -> Item:
    begins = library.day(row.begins) if row.begins else None
    occasion = library.day(at) if kind is NoticeKind.OVERDUE else begins or row.occasion
    return Item(
        about=row.about, occasion=occasion, title=row.title, day=begins or row.day,
        at=row.begins, place=row.place,
    )  # fmt: skip


def _untold(kind: NoticeKind, about: Any, occasion: Any) -> ColumnElement[bool]:
    return ~exists().where(
        NoticeTold.kind == kind,
        NoticeTold.about == cast(about, String(20)),
        NoticeTold.occasion == occasion,
    )


def _columns(about: Any, occasion: Any, title: Any, day: Any, begins: Any, place: Any) -> Any:
    return select(
        cast(about, String(20)).label("about"), occasion.label("occasion"), title.label("title"),
        day.label("day"), begins.label("begins"), place.label("place"),
    )  # fmt: skip


_NO_DAY = cast(literal(None), Ticket.valid_until.type)
_NEVER = cast(literal(None), EventOfDay.starts_at.type)
_NOWHERE = literal("")

# Loans at home


def _due_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    today, days = library.day(at), library.due_notice_days
    soon = Loan.due_on.between(today, today + days * _A_DAY) if days else false()
    return _loans().where(soon, _untold(NoticeKind.DUE, Loan.id, Loan.due_on))


def _overdue_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    """All that is overdue, so that a letter names everything at once."""
    today = library.day(at)
    late = (Loan.due_on < today) & (Loan.due_on > today - _LONGEST_OVERDUE)
    return _loans().where(late if library.overdue_notice_every_days else false())


def _not_told_lately(library: LibrarySettings, at: datetime) -> ColumnElement[bool]:
    """A letter goes when of one of the loans none told for a while."""
    since = library.day(at) - library.overdue_notice_every_days * _A_DAY
    return ~exists().where(
        NoticeTold.kind == NoticeKind.OVERDUE,
        NoticeTold.about == cast(Loan.id, String(20)),
        NoticeTold.occasion > since,
    )


def _loans() -> Select[Any]:
    found: Select[Any] = (
        _columns(Loan.id, Loan.due_on, Document.title, Loan.due_on, _NEVER, _NOWHERE)
        .select_from(Loan)
        .join(Document, Document.id == Loan.document_id)
        .join(Patron, Patron.id == Loan.patron_id)
        .where(Loan.returned_at.is_(None), Loan.place == LoanPlace.HOME)
        .order_by(Patron.id, Loan.due_on, Loan.id)
    )
    return found


# Tickets


def _expiry_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    today, days = library.day(at), library.expiry_notice_days
    ends = Ticket.valid_until.between(today, today + days * _A_DAY) if days else false()
    return _tickets(Ticket.valid_until, Ticket.valid_until).where(
        ends,
        Ticket.kind == TicketKind.PERMANENT,
        Ticket.state == TicketState.ACTIVE,
        _untold(NoticeKind.EXPIRY, Ticket.id, Ticket.valid_until),
    )


def _season_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    """From 1 January to the end of the days of grace."""
    today = library.day(at)
    first, last = date(today.year, 1, 1), date(today.year, *library.grace_until_month_day)
    is_on = library.season_notices and today <= last
    a_day = Ticket.valid_until.type
    return _tickets(literal(first, a_day), literal(last, a_day)).where(
        waiting(today.year) if is_on else false(), _untold(NoticeKind.SEASON, Ticket.id, first)
    )


def _tickets(occasion: Any, day: Any) -> Select[Any]:
    found: Select[Any] = (
        _columns(Ticket.id, occasion, Ticket.number, day, _NEVER, _NOWHERE)
        .select_from(Ticket)
        .join(Patron, Patron.id == Ticket.patron_id)
        .order_by(Patron.id, Ticket.number)
    )
    return found


# Events and the shelf


def _event_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    """Events of the next hours; of one that was moved to a later day is told anew.

    Not to whom a letter told within these hours that there is a place.
    """
    hours = timedelta(hours=library.event_notice_hours)
    knows = func.coalesce(EventSignup.placed_at > at - hours, False)
    soon = EventOfDay.starts_at.between(at, at + hours)
    return _signed_up(NoticeKind.EVENT, library, at).where(soon if hours else false(), ~knows)


def _place_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    """Who waited and has a place now, in time to come."""
    return _signed_up(NoticeKind.PLACE, library, at).where(
        EventSignup.placed_at.is_not(None), EventOfDay.starts_at > at
    )


def _signed_up(kind: NoticeKind, library: LibrarySettings, at: datetime) -> Select[Any]:
    told = exists().where(
        NoticeTold.kind == kind,
        NoticeTold.about == cast(EventSignup.id, String(20)),
        NoticeTold.occasion >= library.day(at),
    )
    found: Select[Any] = (
        _columns(
            EventSignup.id, _NO_DAY, EventOfDay.title, _NO_DAY, EventOfDay.starts_at,
            EventOfDay.hall,
        )
        .select_from(EventSignup)
        .join(EventOfDay, EventOfDay.id == EventSignup.event_id)
        .join(Patron, Patron.id == EventSignup.patron_id)
        .where(~told, EventSignup.cancelled_at.is_(None), EventOfDay.cancelled_at.is_(None))
        .where(EventSignup.came_at.is_(None), EventSignup.waits.is_(False))
        .order_by(Patron.id, EventOfDay.starts_at)
    )  # fmt: skip
    return found


def _hold_items(library: LibrarySettings, at: datetime) -> Select[Any]:
    found: Select[Any] = (
        _columns(Hold.id, Hold.shelved_on, Document.title, Hold.shelf_until, _NEVER, _NOWHERE)
        .select_from(Hold)
        .join(Document, Document.id == Hold.document_id)
        .join(Patron, Patron.id == Hold.patron_id)
        .where(Hold.shelf_until >= library.day(at) if library.hold_notices else false())
        .where(Hold.state == HoldState.ON_SHELF, Hold.ended_at.is_(None))
        .where(_untold(NoticeKind.HOLD, Hold.id, Hold.shelved_on))
        .order_by(Patron.id, Hold.shelf_until)
    )
    return found


_ITEMS: Mapping[NoticeKind, Callable[[LibrarySettings, datetime], Select[Any]]] = {
    NoticeKind.DUE: _due_items,
    NoticeKind.OVERDUE: _overdue_items,
    NoticeKind.EXPIRY: _expiry_items,
    NoticeKind.SEASON: _season_items,
    NoticeKind.EVENT: _event_items,
    NoticeKind.PLACE: _place_items,
    NoticeKind.HOLD: _hold_items,
}


def quiet_until(library: LibrarySettings, at: datetime) -> datetime | None:
    """When letters may go again; None while they may (quiet hours are the library's clock)."""
    local = at.astimezone(library.zone)
    minute = local.hour * 60 + local.minute
    if library.notices_from <= minute < library.notices_until:
        return None
    day = local.date() + (_A_DAY if minute >= library.notices_until else timedelta())
    hour, rest = divmod(library.notices_from, 60)
    return datetime.combine(day, time(hour, rest), library.zone).astimezone(UTC)
