"""Frozen facts that the rules judge. They are the same on a station and on the server.

Whoever asks for a decision gathers these facts from its database or its copy; the rules read
nothing else. Dates are days of the library's own time zone, instants are aware UTC.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Self

from gate.kinds import (
    OPEN_VISIT_STATES,
    ClockTrust,
    CodeCheck,
    CredentialKind,
    DocumentClass,
    Emergency,
    InsideAgain,
    LoanPlace,
    OldCopy,
    OwnItemKind,
    ServiceKind,
    SlipState,
    Source,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.reasons import VERDICT_OF, Duty, Reason, Verdict

__all__ = [
    "OPEN_VISIT_STATES",
    "Ban",
    "Because",
    "BuildingFacts",
    "ClockTrust",
    "CodeCheck",
    "CredentialKind",
    "Decision",
    "DepartmentCount",
    "DocumentClass",
    "Emergency",
    "EntryFacts",
    "EventFacts",
    "ExitFacts",
    "Freshness",
    "InsideAgain",
    "LoanPlace",
    "OldCopy",
    "OwnItem",
    "OwnItemKind",
    "Policy",
    "RoomFacts",
    "ServiceFacts",
    "ServiceKind",
    "SlipState",
    "Source",
    "Task",
    "TicketClaims",
    "TicketFacts",
    "TicketKind",
    "TicketState",
    "VisitFacts",
    "VisitState",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketClaims:
    """What a signed ticket says of itself: CWT claims (RFC 8392), no name."""

    ticket_id: str
    kind: TicketKind
    issued: datetime
    expires: datetime
    """First instant at which the ticket is no longer valid."""
    registered_for: int
    scope: str = "all"
    """`all` services, or `reading_rooms` alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ban:
    """No right to visit from `since` until `until` (R4.3.3); without an end it is indefinite."""

    since: datetime
    until: datetime | None = None

    def holds(self, at: datetime) -> bool:
        """Whether the ban is in force at this instant."""
        return self.since <= at and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketFacts:
    """All that a decision may know of a ticket and its patron."""

    ticket_id: str
    kind: TicketKind
    state: TicketState
    valid_from: date
    valid_until: date
    """Last day on which the ticket is good."""
    registered_for: int
    """Year of the last registration (R2.6)."""
    fee_paid: bool = True
    home_loans: bool = True
    """Residence and kind of ticket allow loans home (R1.7, R2.7)."""
    ban: Ban | None = None
    consent_missing_until: date | None = None
    """Under 16 without a guardian's consent: the day on which that no longer matters (R1.4)."""
    document_to_renew_from: date | None = None
    """From this day the patron is asked for a new identity document."""
    agreement_until: date | None = None
    """Last day of the organisation's agreement (R1.8); None where there is no organisation."""
    overdue_loans: int = 0
    slip_not_returned: bool = False
    """The slip of the last visit was never handed in."""
    display_name: str | None = None
    """First name and initial, for the greeting alone."""
    number: str = ""
    """The printed number of the ticket; slips show its last signs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DepartmentCount:
    """How many documents a department still has out on a visit."""

    department: str
    """The department's code, such as `5`."""
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnItem:
    """Something of the reader's own, declared at entry; good once a librarian approved it."""

    kind: OwnItemKind
    count: int = 1
    approved_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitFacts:
    """A visit with its slip, as far as it is known."""

    visit_id: str
    slip_number: str
    state: VisitState
    station: str
    opened_at: datetime
    ticket_id: str | None = None
    event_id: str | None = None
    persons: int = 1
    slip_state: SlipState = SlipState.OPEN
    reading_room: tuple[DepartmentCount, ...] = ()
    """Reading-room documents still out, by department."""
    home_today: int = 0
    """Documents issued home during this visit."""
    marks: int = 0
    """Departments that marked the slip."""
    own_items: tuple[OwnItem, ...] = ()
    closed_at: datetime | None = None
    """When the visit ended; None where it goes on, or nobody knows."""
    loans_as_of: datetime | None = None
    """When the loan counts were last known to be right; None: right now."""

    @property
    def is_open(self) -> bool:
        """Whether the visit still goes on."""
        return self.state in OPEN_VISIT_STATES

    @property
    def is_event_only(self) -> bool:
        """Whether the slip was given for an event without a ticket (R2.4)."""
        return self.ticket_id is None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventFacts:
    """An event of the day, as far as the door needs it."""

    event_id: str
    opens_at: datetime
    """When the doors open for its visitors."""
    ends_at: datetime
    places_left: int | None = None
    """None: no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RoomFacts:
    """A hall, or the shelter: how many are in it, and how many it holds."""

    inside: int = 0
    limit: int | None = None
    """None: no limit."""

    def has_room_for(self, persons: int) -> bool:
        """Whether so many more fit in."""
        return self.limit is None or self.inside + persons <= self.limit


@dataclass(frozen=True, slots=True, kw_only=True)
class BuildingFacts:
    """The house at this moment."""

    opens_at: datetime | None = None
    closes_at: datetime | None = None
    """Both None: the hours are not known, and hours refuse nobody."""
    closed_today: bool = False
    open_day: bool = False
    inside: int = 0
    limit: int | None = None
    emergency: Emergency = Emergency.NONE
    has_shelter: bool = False
    shelter: RoomFacts = field(default_factory=RoomFacts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness:
    """How old the facts are and how far the clock that timed the scan is trusted."""

    source: Source
    as_of: datetime
    clock: ClockTrust = ClockTrust.TRUSTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The library's settings, as far as rules need them; the defaults follow its rules of use."""

    timezone: tzinfo = UTC
    grace_until_month_day: tuple[int, int] = (1, 31)
    """Last day of the year's grace for re-registration (R2.6)."""
    expires_soon_days: int = 30
    closing_soon: timedelta = timedelta(minutes=15)
    return_before_closing: timedelta = timedelta(minutes=15)
    stack_stops_before_closing: timedelta = timedelta(minutes=30)
    copy_max_age: timedelta = timedelta(hours=24)
    old_copy: OldCopy = OldCopy.ADMIT
    inside_again: InsideAgain = InsideAgain.HARD
    inside_again_after: timedelta = timedelta(minutes=30)
    """How long after the entry, or the exit, a timed one is hard."""
    loan_counts_max_age: timedelta = timedelta(seconds=60)
    exit_on_old_counts: Verdict = Verdict.DESK
    """`desk`, or `grant` flagged offline, when loan counts are too old (X13)."""
    reading_room_limit: int = 10
    home_limit: int = 10
    overdue_blocks_home_loans: bool = True
    home_loan_days: int = 30
    short_loan_days: int = 15
    """Term at home of what is in high demand, and of periodicals (R3.2.3)."""
    shelf_days: int = 3
    """Calendar days on the reserve shelf, the first one counted (R3.2.10)."""
    shelf_extension_days: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFacts:
    """Everything decide_entry looks at."""

    station: str
    credential: CredentialKind | None
    """None: a visitor without a ticket."""
    freshness: Freshness
    check: CodeCheck = CodeCheck.GOOD
    claims: TicketClaims | None = None
    ticket: TicketFacts | None = None
    visit: VisitFacts | None = None
    """The open visit of this ticket, if any."""
    event: EventFacts | None = None
    hall: RoomFacts = field(default_factory=RoomFacts)
    """Where the way leads: the hall of the event, or of the station."""
    persons: int = 1
    own_items: tuple[OwnItem, ...] = ()
    building: BuildingFacts = field(default_factory=BuildingFacts)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitFacts:
    """Everything decide_exit and decide_leave look at."""

    station: str
    credential: CredentialKind | None
    """A slip, a ticket, or None where the slip is lost."""
    freshness: Freshness
    check: CodeCheck = CodeCheck.GOOD
    visit: VisitFacts | None = None
    ticket_known: bool = False
    """A ticket was shown and it is one of ours."""
    event_slip: bool = False
    """The signed slip says of itself that it was given for an event."""
    staff_pass: bool = False
    """A staff pass was shown: staff have no slips (E41)."""
    lost_slip_confirmed: bool = False
    """Staff asked the departments and lets the reader go (R3.2.9)."""
    carried_not_lent: int = 0
    """Documents carried out that are not on loan to this reader (X15)."""
    building: BuildingFacts = field(default_factory=BuildingFacts)
    policy: Policy = field(default_factory=Policy)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """Everything decide_service looks at."""

    kind: ServiceKind
    freshness: Freshness
    visit: VisitFacts | None = None
    ticket: TicketFacts | None = None
    document_class: DocumentClass = DocumentClass.ORDINARY
    held_for_other: bool = False
    reading_room_out: int = 0
    """Documents the reader has out in reading rooms now."""
    home_out: int = 0
    """Documents the reader has at home now."""
    building: BuildingFacts = field(default_factory=BuildingFacts)
    policy: Policy = field(default_factory=Policy)


Facts = EntryFacts | ExitFacts | ServiceFacts


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One reason of a decision, with the fact that words need."""

    code: Reason
    until: datetime | None = None
    """When it ends or begins: a ban's end, the time an event's doors open."""
    departments: tuple[DepartmentCount, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A duty, with its number where one belongs to it."""

    code: Duty
    count: int | None = None


_GRAVITY = {code: place for place, code in enumerate(Reason)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """Verdict, all reasons (the gravest first) and duties; words come later."""

    verdict: Verdict
    reasons: tuple[Because, ...] = ()
    duties: tuple[Task, ...] = ()
    facts: Facts | None = field(default=None, compare=False, repr=False)
    """What it was made of, kept where somebody may ask why; no part of what was decided."""

    def made_of(self, facts: Facts) -> Self:
        """The same decision, which remembers its facts."""
        return replace(self, facts=facts)

    @property
    def codes(self) -> tuple[Reason, ...]:
        """The reason codes alone, in their order."""
        return tuple(because.code for because in self.reasons)

    @classmethod
    def of(cls, reasons: tuple[Because, ...], duties: tuple[Task, ...] = ()) -> Self:
        """Make a decision: reasons once each and in order of gravity, the verdict of the worst."""
        if len(reasons) > 1:
            known = {because.code: because for because in reversed(reasons)}
            reasons = tuple(sorted(known.values(), key=lambda because: _GRAVITY[because.code]))
        verdicts = {VERDICT_OF.get(because.code, Verdict.GRANT) for because in reasons}
        worst = next((v for v in (Verdict.REFUSE, Verdict.DESK) if v in verdicts), Verdict.GRANT)
        return cls(verdict=worst, reasons=reasons, duties=duties)
