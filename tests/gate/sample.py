"""Sample facts: an ordinary reader on an ordinary day. A test changes what it is about."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from gate.facts import (
    Ban,
    BuildingFacts,
    ClockTrust,
    CredentialKind,
    Decision,
    EntryFacts,
    EventFacts,
    ExitFacts,
    Freshness,
    Policy,
    ServiceFacts,
    ServiceKind,
    Source,
    TicketFacts,
    TicketKind,
    TicketState,
    VisitFacts,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict

Facts = TypeVar("Facts", EntryFacts, ExitFacts, ServiceFacts, TicketFacts, VisitFacts)

KYIV = ZoneInfo("Europe/Kyiv")


def kyiv(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """An instant by the library's wall clock."""
    return datetime(year, month, day, hour, minute, tzinfo=KYIV).astimezone(UTC)


def but(facts: Facts, **changes: Any) -> Facts:
    """The same facts with a few changes."""
    return replace(facts, **changes)


AT = kyiv(2026, 3, 10, 11, 0)
OPENS, CLOSES = kyiv(2026, 3, 10, 9, 0), kyiv(2026, 3, 10, 19, 0)
POLICY = Policy(timezone=KYIV)
FRESH = Freshness(source=Source.SERVER, as_of=AT)
OFFLINE = Freshness(source=Source.COPY, as_of=AT - timedelta(minutes=5))
CLOCKLESS = replace(FRESH, clock=ClockTrust.UNTRUSTED)
ANY_HOUR = BuildingFacts()
HOUSE = BuildingFacts(opens_at=OPENS, closes_at=CLOSES)

TICKET = TicketFacts(
    ticket_id="3f9a01bc22d4",
    kind=TicketKind.PERMANENT,
    state=TicketState.ACTIVE,
    valid_from=date(2024, 5, 1),
    valid_until=date(2029, 4, 30),
    registered_for=2026,
)
DAY_TICKET = replace(
    TICKET,
    ticket_id="77aa00bb11cc",
    kind=TicketKind.ONE_TIME,
    valid_from=date(2026, 3, 10),
    valid_until=date(2026, 3, 10),
    home_loans=False,
)
STAFF_PASS = replace(TICKET, kind=TicketKind.STAFF)
BAN = Ban(since=kyiv(2026, 3, 1), until=kyiv(2026, 3, 11))
VISIT = VisitFacts(
    visit_id="0195-visit",
    slip_number="K1-0007-AX7DH",
    state=VisitState.INSIDE,
    station="K1",
    opened_at=kyiv(2026, 3, 10, 9, 30),
    ticket_id=TICKET.ticket_id,
    marks=1,
)
EVENT_VISIT = replace(VISIT, ticket_id=None, event_id="lecture", marks=0)
LECTURE = EventFacts(
    event_id="lecture",
    opens_at=kyiv(2026, 3, 10, 10, 30),
    ends_at=kyiv(2026, 3, 10, 13, 0),
    places_left=40,
)


def entry(**changes: Any) -> EntryFacts:
    """A reader shows a good e-ticket at station K1, the server in reach."""
    facts = EntryFacts(
        station="K1",
        credential=CredentialKind.TICKET_CODE,
        freshness=FRESH,
        ticket=TICKET,
        building=HOUSE,
        policy=POLICY,
    )
    return but(facts, **changes)


def visitor(**changes: Any) -> EntryFacts:
    """Somebody without a ticket chose the lecture."""
    return but(entry(credential=None, ticket=None, event=LECTURE), **changes)


def leaving(visit: VisitFacts | None = VISIT, **changes: Any) -> ExitFacts:
    """A reader shows the slip of a visit at the way out."""
    facts = ExitFacts(
        station="X1",
        credential=CredentialKind.SLIP_CODE,
        freshness=FRESH,
        visit=visit,
        building=HOUSE,
        policy=POLICY,
    )
    return replace(facts, **changes)


def service(kind: ServiceKind, **changes: Any) -> ServiceFacts:
    """A reader with ticket and slip at a department's desk."""
    facts = ServiceFacts(
        kind=kind, freshness=FRESH, visit=VISIT, ticket=TICKET, building=HOUSE, policy=POLICY
    )
    return replace(facts, **changes)


@dataclass(frozen=True)
class Told:
    """A decision in codes alone, to compare with."""

    verdict: Verdict
    reasons: tuple[Reason, ...]
    duties: tuple[Duty, ...]


def told(decision: Decision) -> Told:
    """What a decision says."""
    return Told(decision.verdict, decision.codes, tuple(task.code for task in decision.duties))


def grant(*codes: Reason | Duty) -> Told:
    """Let through, with these warnings and duties."""
    return _expected(Verdict.GRANT, codes)


def desk(*codes: Reason | Duty) -> Told:
    """To the Service Centre, for these reasons and with these duties."""
    return _expected(Verdict.DESK, codes)


def refuse(*codes: Reason | Duty) -> Told:
    """Refused for these reasons, with these duties."""
    return _expected(Verdict.REFUSE, codes)


def _expected(verdict: Verdict, codes: tuple[Reason | Duty, ...]) -> Told:
    reasons = tuple(code for code in codes if isinstance(code, Reason))
    duties = tuple(code for code in codes if isinstance(code, Duty))
    return Told(verdict, reasons, duties)
