"""The statements of the hot path, built once: one question with all facts, one write.

The same SQL serves SQLite and PostgreSQL. Every question is answered by at least one row as long as
the station's token is good, whatever the code; so a strange code costs what a good one does.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import (
    JSON,
    ColumnElement,
    Dialect,
    Insert,
    ScalarSelect,
    Select,
    String,
    TypeDecorator,
    Update,
    and_,
    bindparam,
    case,
    func,
    insert,
    null,
    or_,
    select,
    true,
    update,
)
from sqlalchemy.orm import aliased

from gate.facts import LoanPlace, SlipState, TicketKind, TicketState, VisitState
from server.models import (
    AuditRecord,
    Ban,
    Category,
    Change,
    DepartmentVisit,
    IdentityDocument,
    Loan,
    OwnItem,
    Patron,
    Residence,
    SettingsRevision,
    Station,
    StationEvent,
    Ticket,
    Visit,
)
from server.prepared import Convert
from server.services import lookup
from server.services.presence import IN_THE_BUILDING


class JsonText(TypeDecorator[str]):
    """JSON that was written already and need not be written again."""

    impl = JSON
    cache_ok = True

    def bind_processor(self, dialect: Dialect) -> Convert | None:
        """The driver takes the text as it is."""
        del dialect
        return None


class EntryRow(NamedTuple):
    """All facts of an entry check, in the order of the columns."""

    station: str
    has_lane: bool
    branch: str | None
    hall_id: int | None
    last_seen_at: datetime | None
    revision: int | None
    answer: dict[str, Any] | None
    """What was answered to this very check before."""
    ticket_id: str | None
    number: str
    kind: TicketKind
    state: TicketState
    valid_from: date
    valid_until: date
    registered_for: int
    fee_paid: bool
    given_name: str
    surname: str
    birth_date: date | None
    category: Category
    residence: Residence
    identity_document: IdentityDocument
    document_renew_from: date | None
    guardian_consent_on: date | None
    agreement_until: date | None
    ban_since: datetime | None
    ban_until: datetime | None
    visit_id: UUID | None
    visit_slip: str
    visit_state: VisitState
    visit_station: str | None
    visit_opened_at: datetime
    visit_persons: int
    visit_slip_state: SlipState
    overdue: int
    last_visit_state: VisitState | None
    inside: int | None


class ExitRow(NamedTuple):
    """All facts of an exit check; a row for each document still out in a reading room."""

    station: str
    has_lane: bool
    branch: str | None
    hall_id: int | None
    last_seen_at: datetime | None
    revision: int | None
    answer: dict[str, Any] | None
    ticket_id: str | None
    ticket_kind: TicketKind | None
    visit_id: UUID | None
    visit_slip: str
    visit_state: VisitState
    visit_station: str | None
    visit_opened_at: datetime
    visit_persons: int
    visit_slip_state: SlipState
    visit_ticket_id: str | None
    visit_event_id: str | None
    visit_closed_at: datetime | None
    given_name: str | None
    surname: str | None
    home_today: int
    marks: int
    item_kinds: str | None
    department: str | None


_station_columns = (
    Station.code,
    Station.has_lane,
    Station.branch_code,
    Station.hall_id,
    Station.last_seen_at,
    SettingsRevision.revision,
    StationEvent.answer,
)
_visit_columns = (
    Visit.id,
    Visit.slip_number,
    Visit.state,
    Visit.station_code,
    Visit.opened_at,
    Visit.persons,
    Visit.slip_state,
)


def _from_station(*columns: Any) -> Select[*tuple[Any, ...]]:
    """Whoever asks must be a station of ours, and may have asked this before."""
    return (
        select(*_station_columns, *columns)
        .select_from(Station)
        .outerjoin(SettingsRevision, true())
        .outerjoin(StationEvent, StationEvent.id == bindparam("event_id"))
        .where(Station.token_hash == bindparam("token_hash"), Station.revoked_at.is_(None))
    )


_TICKET_ID = bindparam("ticket_id", type_=String)
_BY_CREDENTIAL = lookup.best_ticket(bindparam("credential"), bindparam("value")).scalar_subquery()


def entry(*, by_credential: bool) -> Select[*tuple[Any, ...]]:
    """The question of an entry.

    Binds event_id, token_hash, at, today, count_inside and either ticket_id, or credential and
    value.
    """
    return (
        _from_station(
            Ticket.id, Ticket.number, Ticket.kind, Ticket.state,
            Ticket.valid_from, Ticket.valid_until, Ticket.registered_for, Ticket.fee_paid,
            Patron.given_name, Patron.surname, Patron.birth_date, Patron.category,
            Patron.residence, Patron.identity_document, Patron.document_renew_from,
            Patron.guardian_consent_on, Patron.agreement_until,
            Ban.since, Ban.until,
            *_visit_columns,
            _overdue(), _last_state(), _inside(),
        )
        .outerjoin(Ticket, Ticket.id == (_BY_CREDENTIAL if by_credential else _TICKET_ID))
        .outerjoin(Patron, Patron.id == Ticket.patron_id)
        .outerjoin(Ban, Ban.id == _gravest_ban())
        .outerjoin(Visit, Visit.id == _open_visit(Ticket.id))
    )  # fmt: skip


def _gravest_ban() -> ScalarSelect[int]:
    ban = aliased(Ban, name="ban_in_force")
    return (
        select(ban.id)
        .where(
            ban.patron_id == Patron.id,
            ban.lifted_at.is_(None),
            ban.since <= bindparam("at"),
            or_(ban.until.is_(None), ban.until > bindparam("at")),
        )
        .order_by(ban.until.is_(None).desc(), ban.until.desc())
        .limit(1)
        .scalar_subquery()
    )


def _open_visit(ticket_id: Any) -> ScalarSelect[UUID]:
    other = aliased(Visit, name="open_visit")
    return (
        select(other.id)
        .where(other.ticket_id == ticket_id, other.closed_at.is_(None))
        .order_by(other.parallel, other.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _overdue() -> ColumnElement[int]:
    return (
        select(func.count())
        .select_from(Loan)
        .where(
            Loan.patron_id == Patron.id,
            Loan.returned_at.is_(None),
            Loan.place == LoanPlace.HOME,
            Loan.due_on < bindparam("today"),
        )
        .scalar_subquery()
    )


def _last_state() -> ColumnElement[VisitState]:
    last = aliased(Visit, name="last_visit")
    return (
        select(last.state)
        .where(last.ticket_id == Ticket.id, last.closed_at.is_not(None))
        .order_by(last.opened_at.desc())
        .limit(1)
        .scalar_subquery()
    )


def _inside() -> ColumnElement[int | None]:
    """Persons in the building where the station stands."""
    inside = aliased(Visit, name="inside")
    total = (
        select(func.coalesce(func.sum(inside.persons), 0))
        .where(
            inside.branch_code.is_not_distinct_from(Station.branch_code),
            inside.closed_at.is_(None),
            or_(*(inside.state == state for state in IN_THE_BUILDING)),
            inside.local_day == bindparam("today"),
        )
        .scalar_subquery()
    )
    return case((bindparam("count_inside"), total), else_=null())


class ExitBy(StrEnum):
    """What an exit is asked by."""

    SLIP = "slip"
    TICKET = "ticket"
    CREDENTIAL = "credential"


def exit_(by: ExitBy) -> Select[*tuple[Any, ...]]:
    """The question of an exit.

    Binds event_id, token_hash and either slip_number, or ticket_id, or credential and value.
    """
    home_today = select(func.count()).where(
        Loan.visit_id == Visit.id, Loan.returned_at.is_(None), Loan.place == LoanPlace.HOME
    )
    reading = aliased(Loan, name="reading")
    still_out = and_(
        reading.visit_id == Visit.id,
        reading.returned_at.is_(None),
        reading.place == LoanPlace.READING_ROOM,
    )
    marks = select(func.count()).where(DepartmentVisit.visit_id == Visit.id)
    question = _from_station(
        Ticket.id, Ticket.kind,
        *_visit_columns,
        Visit.ticket_id, Visit.event_id, Visit.closed_at,
        Patron.given_name, Patron.surname,
        home_today.scalar_subquery(), marks.scalar_subquery(), _item_kinds(),
        reading.department_code,
    )  # fmt: skip
    question = _with_visit_of_slip(question) if by is ExitBy.SLIP else _with_visit_of(question, by)
    return question.outerjoin(Patron, Patron.id == Ticket.patron_id).outerjoin(reading, still_out)


def _with_visit_of_slip(question: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return question.outerjoin(Visit, Visit.slip_number == bindparam("slip_number")).outerjoin(
        Ticket, Ticket.id == Visit.ticket_id
    )


def _with_visit_of(question: Select[*tuple[Any, ...]], by: ExitBy) -> Select[*tuple[Any, ...]]:
    ticket_id = _TICKET_ID if by is ExitBy.TICKET else _BY_CREDENTIAL
    return question.outerjoin(Ticket, Ticket.id == ticket_id).outerjoin(
        Visit, Visit.id == _open_visit(Ticket.id)
    )


def _item_kinds() -> ColumnElement[str]:
    return (
        select(func.aggregate_strings(OwnItem.kind, ","))
        .where(OwnItem.visit_id == Visit.id)
        .scalar_subquery()
    )


STORE_EVENT: Insert = insert(StationEvent).values(
    id=bindparam("event_id"),
    station_code=bindparam("station"),
    at=bindparam("at"),
    kind=bindparam("event_kind"),
    visit_id=bindparam("visit_id"),
    payload=bindparam("payload", type_=JsonText),
    answer=bindparam("answer", type_=JsonText),
    receipt="stored",
    received_at=bindparam("received_at"),
)
STORE_AUDIT: Insert = insert(AuditRecord).values(
    at=bindparam("at"),
    actor=bindparam("actor"),
    action=bindparam("event_kind"),
    object_kind=bindparam("object_kind"),
    object_id=bindparam("object_id"),
    details=bindparam("details", type_=JsonText),
)
STORE_CHANGE: Insert = insert(Change).values(row_table="visit", row_key=bindparam("row_key"))
STORE_VISIT: Insert = insert(Visit).values(
    id=bindparam("visit_id"),
    ticket_id=bindparam("ticket_id"),
    category=bindparam("category"),
    state=bindparam("visit_state"),
    origin="check",
    station_code=bindparam("station"),
    branch_code=bindparam("branch"),
    slip_number=bindparam("slip_number"),
    slip_state=SlipState.OPEN,
    handed_in=False,
    persons=1,
    local_day=bindparam("today"),
    opened_at=bindparam("at"),
    changed_at=bindparam("at"),
    close_reason="",
    group_name="",
    guide="",
    parallel=False,
    needs_help=False,
    home_loans=bindparam("home_loans"),
)
CLOSE_VISIT: Update = (
    update(Visit)
    .where(Visit.id == bindparam("visit_id"), Visit.closed_at.is_(None))
    .values(
        state=VisitState.CLOSED,
        slip_state=SlipState.CLOSED,
        handed_in=bindparam("handed_in"),
        changed_at=bindparam("at"),
        closed_at=bindparam("at"),
        exit_station_code=bindparam("station"),
    )
)
