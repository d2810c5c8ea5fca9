"""What the server tells stations, and what they ask it."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, Field

from gate.events.base import OwnItemRecord, Record, Short
from gate.kinds import (
    CredentialKind,
    Emergency,
    LaneAct,
    SlipState,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict


class BanRecord(Record):
    """See gate.facts.Ban."""

    since: AwareDatetime
    until: AwareDatetime | None = None


class TicketRecord(Record):
    """A ticket as stations may know it; fields as in gate.facts.TicketFacts."""

    ticket_id: str
    number: str
    kind: TicketKind
    state: TicketState
    valid_from: date
    valid_until: date
    registered_for: int
    fee_paid: bool = True
    home_loans: bool = True
    ban: BanRecord | None = None
    consent_missing_until: date | None = None
    document_to_renew_from: date | None = None
    agreement_until: date | None = None
    overdue_loans: int = 0
    slip_not_returned: bool = False
    display_name: str | None = None
    credentials: tuple[tuple[CredentialKind, str], ...] = ()
    """Old numbers and card UIDs (upper-case hex) linked to it; the signed code needs none."""


class DepartmentCountRecord(Record):
    """Documents out in one department."""

    department: str
    count: int


class VisitRecord(Record):
    """An open visit with its slip; fields as in gate.facts.VisitFacts."""

    visit_id: UUID
    slip_number: str
    state: VisitState
    station: str
    branch: str | None = None
    """As `BuildingRecord.branch`; None where the server does not tell it (fault 34)."""
    opened_at: AwareDatetime
    ticket_id: str | None = None
    event_id: str | None = None
    persons: int = 1
    slip_state: SlipState = SlipState.OPEN
    reading_room: tuple[DepartmentCountRecord, ...] = ()
    home_today: int = 0
    marks: int = 0
    marked_by: str = ""
    """Code of the department that marked the slip last."""
    marked_at: AwareDatetime | None = None
    own_items: tuple[OwnItemRecord, ...] = ()
    closed_at: AwareDatetime | None = None
    needs_help: bool = False
    """Told in an evacuation, and only while somebody is inside."""


class EventRecord(Record):
    """An event of the day (R4.1.11)."""

    event_id: str
    title: str
    title_en: str = ""
    hall: str
    doors_at: AwareDatetime
    starts_at: AwareDatetime
    ends_at: AwareDatetime
    places: int | None = None
    places_left: int | None = None
    branch: str | None = None
    """The building of its hall, as `BuildingRecord.branch`; None where the server does not tell."""


class HallRecord(Record):
    """A hall with its limit, and which ways lead to it."""

    name: str
    name_en: str = ""
    limit: int | None = None
    inside: int = 0
    """Counted where a hall has a limit."""
    departments: tuple[str, ...] = ()
    """Codes of those that work in it."""
    stations: tuple[str, ...] = ()
    """Signs of those whose way in leads to it alone."""


class SpecialDaysRecord(Record):
    """Days that differ from their week, see gate.calendar.SpecialDays, and what is said of them."""

    first: date
    last: date
    opens: int | None = None
    """Minutes since midnight of the library's clock."""
    closes: int | None = None
    usual: bool = False
    open_day: bool = False
    notice: str = ""
    notice_en: str = ""
    announce_from: date | None = None
    """First day on which readers are told; None: always."""


WeekRecord = tuple[tuple[int, int] | None, ...]
"""Hours from Monday to Sunday in minutes since midnight, None for a day off."""


class DepartmentRecord(Record):
    """A department, for slips and screens."""

    code: str
    name: str
    name_en: str = ""
    hall: str = ""
    branch: str = ""
    """The building that it is in; empty: the library's own."""
    week: WeekRecord = ()
    """Empty: open as its house is."""
    special: tuple[SpecialDaysRecord, ...] = ()


class LaneOrderRecord(Record):
    """What staff tell a lane, for a short while; done once, by its id."""

    order_id: UUID
    station: str
    act: LaneAct
    way: Literal["in", "out"] | None = None
    given_at: AwareDatetime
    expires_at: AwareDatetime


class BuildingRecord(Record):
    """The station's house today; the counts of people inside come from the server."""

    branch: str = ""
    """Which building of the library it is; empty: its own, or the only one."""
    stations: tuple[str, ...] = ()
    """Signs of the stations in it, an empty one for the desk; none: there is no other building."""
    library_name: str
    library_name_en: str = ""
    service_centre_phone: str = ""
    timezone: str = "Europe/Kyiv"
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    closed_today: bool = False
    open_day: bool = False
    week: WeekRecord = ()
    """With `special` it gives the hours of any day. Empty where the server does not tell it
    (fault 34)."""
    special: tuple[SpecialDaysRecord, ...] = ()
    inside: int = 0
    limit: int | None = None
    emergency: Emergency = Emergency.NONE
    has_shelter: bool = False
    nearest_shelter: str = ""
    shelter_limit: int | None = None
    shelter_inside: int = 0
    """Persons who went to the shelter, as far as anybody knows."""
    emergency_since: AwareDatetime | None = None
    assembly_point: str = ""
    """Where everybody gathers after a fire alarm."""
    shelter_place: str = ""
    """Where in the building the shelter is."""
    orders: tuple[LaneOrderRecord, ...] = ()
    departments: tuple[DepartmentRecord, ...] = ()
    halls: tuple[HallRecord, ...] = ()
    workplaces: int = 0
    """Computers of the information centre that readers may ask for."""
    policy: dict[str, Any] = Field(default_factory=dict)
    """Settings that differ from gate.facts.Policy's defaults, by field name, in JSON terms
    (durations in seconds)."""


class KeyRecord(Record):
    """A public key: Ed25519, 32 raw bytes in hex."""

    key_id: str
    public_key: str
    use: Literal["ticket", "slip"]
    station: str | None = None
    not_before: AwareDatetime
    not_after: AwareDatetime | None = None
    revoked_at: AwareDatetime | None = None


class FactsQuery(Record):
    """`POST /api/v1/facts`: what the station wants to know about one credential or event."""

    credential: CredentialKind | None = None
    value: Short = ""
    """Ticket id (TICKET_CODE), slip number (SLIP_CODE), number or UID as read."""
    event_id: Short | None = None


class FactsAnswer(Record):
    """Fresh facts; None where nothing is known."""

    epoch: str
    as_of: AwareDatetime
    ticket: TicketRecord | None = None
    visit: VisitRecord | None = None
    """Open visit of the ticket, or the visit of the slip in any state."""
    event: EventRecord | None = None
    building: BuildingRecord
    loans_as_of: AwareDatetime | None = None
    """Since when the loan counts are right, where another library system keeps them."""


class RowTable(StrEnum):
    """What the copy holds."""

    TICKET = "ticket"
    VISIT = "visit"
    EVENT = "event"
    BUILDING = "building"
    KEY = "key"
    RESOURCE = "resource"
    """An e-resource of the information centre."""


class Row(Record):
    """One row of a snapshot or of changes: its new value, or None where it is gone."""

    table: RowTable
    key: str
    value: dict[str, Any] | None


class Changes(Record):
    """`GET /api/v1/changes?after=CURSOR&wait_s=S`: rows changed since, and the new cursor.

    A snapshot is a stream of JSON lines: the first `{"epoch", "cursor", "as_of"}`, then Rows.
    """

    epoch: str
    as_of: AwareDatetime
    cursor: int
    rows: tuple[Row, ...]
    reset: bool = False
    """The cursor is of another epoch or too old: take a snapshot."""
    backup_at: AwareDatetime | None = None
    """When the server was saved whole the last time; None where it does not know."""


class ReservationQuery(Record):
    """`POST /api/v1/reservations`: take places of an event for a short while (V02)."""

    id: UUID
    event_id: Short
    persons: Annotated[int, Field(ge=1, le=200)] = 1
    ticket_id: Short | None = None
    """Whose ticket was shown: who signed up takes the place that is kept for them."""


class ReservationAnswer(Record):
    """Whether the places are taken, and how many are left after that."""

    granted: bool
    places_left: int | None = None
    expires_at: AwareDatetime | None = None


class SignupOutcome(StrEnum):
    """What became of somebody's wish to sign up."""

    SIGNED_UP = "signed_up"
    ALREADY = "already"
    CANCELLED = "cancelled"
    FULL = "full"
    OVER = "over"
    """It has begun, or was called off."""
    DESK = "desk"
    """The ticket is none of ours, or its reader is to talk to the desk first."""


class SignupQuery(Record):
    """`POST /api/v1/signups`: a reader signs up for an event by the ticket, or takes it back."""

    event_id: Short
    credential: CredentialKind
    value: Short
    cancel: bool = False
    wait: bool = False
    """Where every place is taken, wait for one."""


class SignupAnswer(Record):
    """What became of it. Asking again changes nothing."""

    outcome: SignupOutcome
    places_left: int | None = None
    turn: int | None = None
    """The number among those who wait, from one; None for whoever does not."""


class CheckQuery(Record):
    """`POST /api/v1/check`: the server decides, for readers that can't."""

    id: UUID
    direction: Literal["entry", "exit"] = "entry"
    code: Annotated[str, Field(max_length=1000)]
    at: AwareDatetime | None = None
    """None: now."""


class AlarmSignal(StrEnum):
    """What an alarm system tells."""

    AIR_RAID = "air_raid"
    ALL_CLEAR = "all_clear"
    """Ends an air raid; a fire is ended by people alone."""
    FIRE = "fire"


class AlarmQuery(Record):
    """`POST /api/v1/alarm`: an alarm system of the town or of the house, with its own token."""

    signal: AlarmSignal
    branch: Short | None = None
    """Code of the building; empty: the library's own; None: all of them."""


class AlarmAnswer(Record):
    """What holds now, and whether this signal changed it."""

    emergency: Emergency
    changed: bool


class ReasonRecord(Record):
    """One reason with what words need; see gate.facts.Because."""

    code: Reason
    until: AwareDatetime | None = None
    departments: tuple[DepartmentCountRecord, ...] = ()


class DutyRecord(Record):
    """One duty; see gate.facts.Task."""

    code: Duty
    count: int | None = None


class CheckAnswer(Record):
    """The server's decision."""

    id: UUID
    verdict: Verdict
    reasons: tuple[ReasonRecord, ...] = ()
    duties: tuple[DutyRecord, ...] = ()
    visit_id: UUID | None = None
    slip_number: str | None = None
    display_name: str | None = None


class PairQuery(Record):
    """`POST /api/v1/pair`: a one-time code and the station's own slip key (threat 18)."""

    code: Short
    station: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}$")]
    """Two signs; they begin every slip number of this station."""
    name: Short = ""
    slip_public_key: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class PairAnswer(Record):
    """The station's token, shown once; its slip key's id; the server's ticket keys."""

    token: str
    slip_key_id: str
    epoch: str
    keys: tuple[KeyRecord, ...]
