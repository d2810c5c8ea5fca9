"""From a scanned code and the rows of the hot path to the facts that the rules judge."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from gate.codes import KeyRing, read_slip, read_ticket
from gate.events import CheckQuery
from gate.facts import (
    Ban,
    CodeCheck,
    CredentialKind,
    DepartmentCount,
    EntryFacts,
    ExitFacts,
    Freshness,
    OwnItem,
    OwnItemKind,
    Source,
    TicketFacts,
    TicketKind,
    VisitFacts,
    VisitState,
)
from gate.scans import ScanKind, classify
from server.models import display_name
from server.services import people
from server.services.checks_sql import EntryRow, ExitRow
from server.services.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a code turned out to be, before any look into the records."""

    credential: CredentialKind = CredentialKind.NUMBER
    check: CodeCheck = CodeCheck.UNKNOWN
    ticket_id: str = ""
    slip_number: str = ""
    value: str = ""
    """An old number, as it is kept."""


def read_shown(code: str, ring: KeyRing, at: datetime) -> Shown:
    """Read and verify a code, whatever it is. Never raises."""
    scanned = classify(code.encode("utf-8", "replace"))
    if scanned.kind is ScanKind.TICKET_CODE:
        ticket = read_ticket(scanned.text, ring, at)
        return Shown(
            credential=CredentialKind.TICKET_CODE,
            check=ticket.check,
            ticket_id=ticket.claims.ticket_id if ticket.claims else "",
        )
    if scanned.kind is ScanKind.SLIP_CODE:
        slip = read_slip(scanned.text, ring)
        number = slip.claims.number if slip.claims else ""
        return Shown(credential=CredentialKind.SLIP_CODE, check=slip.check, slip_number=number)
    if scanned.kind is ScanKind.SLIP_NUMBER:
        return Shown(
            credential=CredentialKind.SLIP_CODE, check=CodeCheck.GOOD, slip_number=scanned.text
        )
    if scanned.kind is ScanKind.NUMBER:
        return Shown(check=CodeCheck.GOOD, value=scanned.text)
    return Shown()


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A check as it is judged: by whom, what, when, and by which settings."""

    query: CheckQuery
    token_hash: str
    context: Context
    shown: Shown
    at: datetime
    now: datetime
    today: date
    loans_as_of: datetime | None = None
    """Since when the loans are right, where another library system keeps them; None: now."""

    @classmethod
    def of(
        cls, query: CheckQuery, token_hash: str, context: Context, now: datetime,
        loans_as_of: datetime | None = None,
    ) -> Question:  # fmt: skip
        """Read the code by the keys of this context; without a time of its own, it is now."""
        at = query.at or now
        return cls(
            query=query,
            token_hash=token_hash,
            context=context,
            shown=read_shown(query.code, context.ring, at),
            at=at,
            now=now,
            today=context.library.day(at),
            loans_as_of=loans_as_of,
        )

    @property
    def freshness(self) -> Freshness:
        """The server's own facts are as fresh as they get."""
        return Freshness(source=Source.SERVER, as_of=self.now)


def entry_facts(question: Question, row: EntryRow) -> EntryFacts:
    """All that an entry is judged by."""
    context = question.context
    return EntryFacts(
        station=row.station,
        credential=question.shown.credential,
        freshness=question.freshness,
        check=question.shown.check,
        ticket=_ticket(row),
        visit=_open_visit(row),
        building=context.building(question.today, row.inside or 0, row.station),
        policy=context.policy,
    )


def _ticket(row: EntryRow) -> TicketFacts | None:
    if row.ticket_id is None:
        return None
    return TicketFacts(
        ticket_id=row.ticket_id,
        kind=row.kind,
        state=row.state,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        registered_for=row.registered_for,
        fee_paid=row.fee_paid,
        home_loans=people.may_take_home(row.residence),
        ban=None if row.ban_since is None else Ban(since=row.ban_since, until=row.ban_until),
        consent_missing_until=people.consent_missing_until(row.birth_date, row.guardian_consent_on),
        document_to_renew_from=people.document_to_renew_from(
            row.birth_date, row.identity_document, row.document_renew_from
        ),
        agreement_until=row.agreement_until,
        overdue_loans=row.overdue,
        slip_not_returned=row.last_visit_state is VisitState.NOT_RETURNED,
        display_name=display_name(row.given_name, row.surname),
        number=row.number,
    )


def _open_visit(row: EntryRow) -> VisitFacts | None:
    if row.visit_id is None:
        return None
    return VisitFacts(
        visit_id=str(row.visit_id),
        slip_number=row.visit_slip,
        state=row.visit_state,
        station=row.visit_station or "",
        opened_at=row.visit_opened_at,
        ticket_id=row.ticket_id,
        persons=row.visit_persons,
        slip_state=row.visit_slip_state,
    )


def exit_facts(question: Question, rows: Sequence[ExitRow]) -> ExitFacts:
    """All that an exit is judged by."""
    row, context = rows[0], question.context
    shown = question.shown
    by_slip = shown.credential is CredentialKind.SLIP_CODE
    return ExitFacts(
        station=row.station,
        credential=shown.credential,
        freshness=question.freshness,
        check=shown.check,
        visit=_visit_with_loans(row, rows, question.loans_as_of),
        ticket_known=not by_slip and row.ticket_id is not None,
        staff_pass=not by_slip and row.ticket_kind is TicketKind.STAFF,
        building=context.building(question.today, 0, row.station),
        policy=context.policy,
    )


def _visit_with_loans(
    row: ExitRow, rows: Sequence[ExitRow], as_of: datetime | None
) -> VisitFacts | None:
    if row.visit_id is None:
        return None
    out = Counter(each.department for each in rows if each.department is not None)
    kinds = row.item_kinds.split(",") if row.item_kinds else ()
    return VisitFacts(
        visit_id=str(row.visit_id),
        slip_number=row.visit_slip,
        state=row.visit_state,
        station=row.visit_station or "",
        opened_at=row.visit_opened_at,
        ticket_id=row.visit_ticket_id,
        event_id=row.visit_event_id,
        persons=row.visit_persons,
        slip_state=row.visit_slip_state,
        reading_room=tuple(
            DepartmentCount(department=code, count=count) for code, count in sorted(out.items())
        ),
        home_today=row.home_today,
        marks=row.marks,
        own_items=tuple(OwnItem(kind=OwnItemKind(kind)) for kind in kinds),
        closed_at=row.visit_closed_at,
        loans_as_of=as_of,
    )
