"""How long what is kept (R5.1.5, R5.2.10): periods by kind, a preview, and the nightly run.

Visits and loans lose their person and go on counting: they are moved to a reader without a name, so
that reports stay as they were. Everything else is deleted. The audit log
stays: of a person it holds salted hashes alone, which an erasure makes nobody's.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Select, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from gate.facts import TicketKind, TicketState
from server.database import Database
from server.models import (
    Certificate,
    Complaint,
    Damage,
    DataRequest,
    EventOfDay,
    EventSignup,
    Guarantor,
    Hold,
    ImportedRow,
    ImportRun,
    Loan,
    Mail,
    MailState,
    NoticeLetter,
    NoticeTold,
    Patron,
    Photo,
    RegistrationCard,
    Request,
    StationEvent,
    Ticket,
    Visit,
    WorkplaceBooking,
)
from server.services import audit, settings
from server.services.people import NOBODY
from server.services.settings import LibrarySettings

_BATCH = 2000
_MONTHS_A_YEAR = 12


class Kind(StrEnum):
    """Kinds of data with a period of their own; each names its setting, `keep_…_months`."""

    VISITS = "visits"
    LOANS = "loans"
    STATION_EVENTS = "station_events"
    MAIL = "mail"
    REQUESTS = "requests"
    SIGNUPS = "signups"
    BOOKINGS = "bookings"
    PHOTOS = "photos"
    PAPERS = "papers"
    IMPORTS = "imports"
    COMPLAINTS = "complaints"
    DATA_REQUESTS = "data_requests"

    @property
    def setting(self) -> str:
        """Name of the setting with its months; 0 keeps for ever."""
        return f"keep_{self.value}_months"


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """How many rows of a kind would go now."""

    kind: Kind
    months: int
    before: date | None
    """What is older than this day goes; None: nothing ever."""
    rows: int


def preview(session: Session, library: LibrarySettings, at: datetime) -> Sequence[Going]:
    """What the nightly run would take away now, by the periods in these settings."""
    found = []
    for kind in Kind:
        before = _before(library, kind, at)
        counted = 0 if before is None else _count(session, _RULES[kind](_Cut(library, before)))
        months: int = getattr(library, kind.setting)
        found.append(Going(kind=kind, months=months, before=before, rows=counted))
    return found


def run(database: Database, at: datetime, *, actor: str = "system") -> Mapping[Kind, int]:
    """Take away what is older than its period; answers how many rows of each kind that were.

    In small transactions, so that nobody waits; whatever stops it, the next run goes on.
    """
    with database.reading() as session:
        library = settings.read(session)
    gone = {kind: _take_away(database, library, kind, at) for kind in Kind}
    told = {str(kind): count for kind, count in gone.items() if count}
    if told:
        with database.writing() as session:
            audit.record(
                session, at=at, actor=actor, action="retention_applied",
                about=("retention", library.day(at).isoformat()), details=told,
            )  # fmt: skip
    return gone


def _take_away(database: Database, library: LibrarySettings, kind: Kind, at: datetime) -> int:
    before = _before(library, kind, at)
    if before is None:
        return 0
    rule, gone = _RULES[kind](_Cut(library, before)), 0
    while True:
        with database.writing() as session:
            keys = session.scalars(rule.keys.limit(_BATCH)).all()
            if keys:
                rule.act(session, keys)
        gone += len(keys)
        if len(keys) < _BATCH:
            return gone


def _before(library: LibrarySettings, kind: Kind, at: datetime) -> date | None:
    months: int = getattr(library, kind.setting)
    return _months_ago(library.day(at), months) if months else None


def _months_ago(today: date, months: int) -> date:
    """The same day so many months ago, or the last one of a shorter month."""
    year, month = divmod(today.year * _MONTHS_A_YEAR + today.month - 1 - months, _MONTHS_A_YEAR)
    for day in range(today.day, 0, -1):
        try:
            return date(year, month + 1, day)
        except ValueError:
            continue
    raise AssertionError("every month has a first day")


@dataclass(frozen=True, slots=True)
class _Cut:
    """The day before which things go, also as the instant at which it begins."""

    library: LibrarySettings
    day: date

    @property
    def at(self) -> datetime:
        return datetime.combine(self.day, time.min, self.library.zone).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class _Rule:
    """What goes, by primary key, and how."""

    keys: Select[Any]
    act: Callable[[Session, Sequence[Any]], object]


def _count(session: Session, rule: _Rule) -> int:
    return (
        session.scalar(select(func.count()).select_from(rule.keys.order_by(None).subquery())) or 0
    )


def _delete(*models: Any, by: str = "id") -> Callable[[Session, Sequence[Any]], None]:
    def act(session: Session, keys: Sequence[Any]) -> None:
        for model in models:
            session.execute(delete(model).where(getattr(model, by).in_(keys)))

    return act


def _visits(cut: _Cut) -> _Rule:
    named = (
        select(Ticket.id)
        .join(Patron, Patron.id == Ticket.patron_id)
        .where(Ticket.id == Visit.ticket_id, Patron.salt != NOBODY)
    )
    old = Visit.local_day < cut.day
    keys = select(Visit.id).where(old, Visit.closed_at.is_not(None), named.exists())
    return _Rule(keys, _make_visits_nobodys)


def _make_visits_nobodys(session: Session, keys: Sequence[Any]) -> None:
    of_staff = select(Visit.id).join(Ticket, Ticket.id == Visit.ticket_id)
    staff = set(
        session.scalars(of_staff.where(Visit.id.in_(keys), Ticket.kind == TicketKind.STAFF))
    )
    for ticket_kind, visits in (
        (TicketKind.STAFF, staff),
        (TicketKind.PERMANENT, set(keys) - staff),
    ):
        if visits:
            nobodys = {"ticket_id": _nobody(session, ticket_kind).id, "close_reason": ""}
            session.execute(
                update(Visit).where(Visit.id.in_(visits)).values(**nobodys, needs_help=False)
            )


def _nobody(session: Session, kind: TicketKind = TicketKind.PERMANENT) -> Ticket:
    """The ticket without a person, for visits and loans of the past."""
    number = f"-{kind}"
    found = session.scalar(select(Ticket).where(Ticket.number == number))
    if found is not None:
        return found
    at = datetime(2000, 1, 1, tzinfo=UTC)
    patron = Patron(surname="", given_name="", name_key="", salt=NOBODY, created_at=at)
    session.add(patron)
    session.flush()
    ticket = Ticket(
        id=f"{patron.id:016x}", number=number, patron_id=patron.id, issued_at=at, kind=kind,
        state=TicketState.CANCELLED, valid_from=at.date(), valid_until=at.date(), registered_for=0,
    )  # fmt: skip
    session.add(ticket)
    session.flush()
    return ticket


def _loans(cut: _Cut) -> _Rule:
    keys = (
        select(Loan.id)
        .join(Patron, Patron.id == Loan.patron_id)
        .where(Loan.returned_at < cut.at, Patron.salt != NOBODY)
    )
    return _Rule(keys, _make_loans_nobodys)


def _make_loans_nobodys(session: Session, keys: Sequence[Any]) -> None:
    """The visit goes too: by its day and department it would name somebody."""
    nobodys = {"patron_id": _nobody(session).patron_id, "visit_id": None, "defects": ""}
    session.execute(update(Loan).where(Loan.id.in_(keys)).values(**nobodys))


def _station_events(cut: _Cut) -> _Rule:
    keys = select(StationEvent.id).where(StationEvent.received_at < cut.at)
    return _Rule(keys, _delete(StationEvent))


def _mail(cut: _Cut) -> _Rule:
    keys = select(Mail.id).where(Mail.settled_at < cut.at, Mail.state != MailState.WAITING)
    return _Rule(keys, _drop_letters)


def _drop_letters(session: Session, keys: Sequence[Any]) -> None:
    letters = select(NoticeLetter.id).where(NoticeLetter.mail_id.in_(keys))
    session.execute(delete(NoticeTold).where(NoticeTold.letter_id.in_(letters)))
    session.execute(delete(NoticeLetter).where(NoticeLetter.mail_id.in_(keys)))
    session.execute(delete(Mail).where(Mail.id.in_(keys)))


def _requests(cut: _Cut) -> _Rule:
    """Request forms and places in queues; what was lent of them counts as a loan."""
    return _Rule(select(Request.id).where(Request.ended_at < cut.at), _drop_requests(cut))


def _drop_requests(cut: _Cut) -> Callable[[Session, Sequence[Any]], None]:
    def act(session: Session, keys: Sequence[Any]) -> None:
        session.execute(delete(Request).where(Request.id.in_(keys)))
        session.execute(delete(Hold).where(Hold.ended_at < cut.at))

    return act


def _signups(cut: _Cut) -> _Rule:
    """Who signed up; how many did goes on counting."""
    past = select(EventOfDay.id).where(EventOfDay.ends_at < cut.at)
    named = or_(
        EventSignup.patron_id.is_not(None), EventSignup.name != "", EventSignup.contact != ""
    )
    keys = select(EventSignup.id).where(EventSignup.event_id.in_(past), named)

    def act(session: Session, found: Sequence[Any]) -> None:
        nobody = {"patron_id": None, "name": "", "contact": ""}
        session.execute(update(EventSignup).where(EventSignup.id.in_(found)).values(nobody))

    return _Rule(keys, act)


def _bookings(cut: _Cut) -> _Rule:
    """Who booked a computer; how long it was used goes on counting."""
    keys = select(WorkplaceBooking.id).where(WorkplaceBooking.ends_at < cut.at)
    return _Rule(keys, _delete(WorkplaceBooking))


def _without_ticket(patron_id: Any, cut: _Cut) -> ColumnElement[bool]:
    """No ticket since that day, and nothing that is still owed."""
    ticket = exists().where(Ticket.patron_id == patron_id, Ticket.valid_until >= cut.day)
    any_ticket = exists().where(Ticket.patron_id == patron_id)
    loan = exists().where(Loan.patron_id == patron_id, Loan.returned_at.is_(None))
    return ~ticket & any_ticket & ~loan


def _photos(cut: _Cut) -> _Rule:
    keys = select(Photo.patron_id).where(_without_ticket(Photo.patron_id, cut))
    return _Rule(keys, _delete(Photo, by="patron_id"))


def _papers(cut: _Cut) -> _Rule:
    """Registration cards, guarantees and certificates of those who read here no longer."""
    papers = (RegistrationCard, Guarantor, Certificate)
    has_any = or_(*(exists().where(each.patron_id == Patron.id) for each in papers))
    owes = exists().where(Damage.patron_id == Patron.id, Damage.settled_at.is_(None))
    keys = select(Patron.id).where(_without_ticket(Patron.id, cut), has_any, ~owes)

    def act(session: Session, found: Sequence[Any]) -> None:
        harm = update(Damage).where(Damage.patron_id.in_(found))
        session.execute(harm.values(guarantor_id=None, debtor_name=""))
        _delete(*papers, by="patron_id")(session, found)

    return _Rule(keys, act)


def _imports(cut: _Cut) -> _Rule:
    """Values of before and after: from then on the import can't be taken back."""
    old = select(ImportRun.id).where(ImportRun.finished_at < cut.at)
    keys = select(ImportedRow.id).where(ImportedRow.run_id.in_(old))
    return _Rule(keys, _delete(ImportedRow))


def _complaints(cut: _Cut) -> _Rule:
    """Who wrote; what was written stays in the book."""
    named = or_(Complaint.author != "", Complaint.contact != "")
    keys = select(Complaint.id).where(Complaint.answered_at < cut.at, named)

    def act(session: Session, found: Sequence[Any]) -> None:
        whom = update(Complaint).where(Complaint.id.in_(found))
        session.execute(whom.values(author="", contact=""))

    return _Rule(keys, act)


def _data_requests(cut: _Cut) -> _Rule:
    keys = select(DataRequest.id).where(DataRequest.settled_at < cut.at)
    return _Rule(keys, _delete(DataRequest))


_RULES: Mapping[Kind, Callable[[_Cut], _Rule]] = {
    Kind.VISITS: _visits,
    Kind.LOANS: _loans,
    Kind.STATION_EVENTS: _station_events,
    Kind.MAIL: _mail,
    Kind.REQUESTS: _requests,
    Kind.SIGNUPS: _signups,
    Kind.BOOKINGS: _bookings,
    Kind.PHOTOS: _photos,
    Kind.PAPERS: _papers,
    Kind.IMPORTS: _imports,
    Kind.COMPLAINTS: _complaints,
    Kind.DATA_REQUESTS: _data_requests,
}
