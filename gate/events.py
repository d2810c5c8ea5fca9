"""Records that stations and server exchange, with their schema version.

Everything that crosses the wire between them is defined here and nowhere else. Unknown fields are
ignored, so that a station one version older or newer than the server works both ways (fault 34);
unknown kinds of event are kept by the server as unprocessable.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, TypeAdapter

from gate.facts import (
    ClockTrust,
    CredentialKind,
    Emergency,
    OwnItemKind,
    SlipState,
    Source,
    TicketKind,
    TicketState,
    VisitState,
)
from gate.reasons import Duty, Reason, Verdict

SCHEMA_VERSION = 1
_UUID7_ENTROPY_BYTES = 10

Short = Annotated[str, Field(max_length=200)]


class Record(BaseModel):
    """Base of everything on the wire: frozen, tolerant of fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def uuid7(at: datetime, entropy: bytes) -> UUID:
    """Make a UUIDv7 (RFC 9562) of an instant and at least 10 random bytes.

    Raises ValueError with fewer than 10 bytes.
    """
    if len(entropy) < _UUID7_ENTROPY_BYTES:
        raise ValueError("a UUIDv7 needs 10 random bytes")
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    random = int.from_bytes(entropy[:_UUID7_ENTROPY_BYTES], "big")
    value = (milliseconds << 80) | (random & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


# --- What stations tell the server ------------------------------------------------------------


class OwnItemRecord(Record):
    """Something of the reader's own, declared at entry (R3.1.3)."""

    kind: OwnItemKind
    count: Annotated[int, Field(ge=1, le=99)] = 1
    approved_by: Short | None = None


class EventBase(Record):
    """What every event carries: who, in which life of the station, when, by which clock."""

    schema_version: int = SCHEMA_VERSION
    id: UUID
    incarnation: Annotated[int, Field(ge=1)]
    """Raised whenever the station's database is new or restored."""
    sequence: Annotated[int, Field(ge=1)]
    """Running number within the incarnation."""
    at: AwareDatetime
    boot_id: Short = ""
    monotonic_ms: Annotated[int, Field(ge=0)] = 0
    clock: ClockTrust = ClockTrust.TRUSTED


class DecisionRecord(EventBase):
    """A decision as it fell on the station, with the age of its facts."""

    verdict: Verdict
    reasons: tuple[Reason, ...] = ()
    duties: tuple[Duty, ...] = ()
    credential: CredentialKind | None = None
    source: Source = Source.SERVER
    facts_as_of: AwareDatetime
    visit_id: UUID | None = None
    ticket_id: Short | None = None
    slip_number: Short | None = None


class EntryDecided(DecisionRecord):
    """Somebody asked to come in. Refusals are recorded too."""

    kind: Literal["entry_decided"] = "entry_decided"
    visit_state: VisitState | None = None
    """State of the visit after the decision; None where no visit came of it."""
    event_id: Short | None = None
    reservation_id: UUID | None = None
    persons: Annotated[int, Field(ge=1, le=200)] = 1
    own_items: tuple[OwnItemRecord, ...] = ()
    home_loans: bool = False
    attempt: Short | None = None
    """SHA-256 (hex) of a code that nobody could read as a ticket (E02)."""


class ExitDecided(DecisionRecord):
    """Somebody asked to go out, for good or for a while."""

    kind: Literal["exit_decided"] = "exit_decided"
    temporary: bool = False


class SlipJobState(StrEnum):
    """Life of a print job; uncertain after a crash or a printer that vanished."""

    PENDING = "pending"
    PRINTING = "printing"
    PRINTED = "printed"
    UNCERTAIN = "uncertain"
    REPRINTED = "reprinted"
    FAILED = "failed"


class SlipJob(EventBase):
    """What became of a slip's printing."""

    kind: Literal["slip_job"] = "slip_job"
    visit_id: UUID
    slip_number: Short
    state: SlipJobState
    trouble: Short | None = None
    """Code of the printer's trouble, such as `paper_out`."""


class Passed(EventBase):
    """The lane was used."""

    kind: Literal["passed"] = "passed"
    visit_id: UUID


class NotPassed(EventBase):
    """The lane was opened and nobody went through (fault 30)."""

    kind: Literal["not_passed"] = "not_passed"
    visit_id: UUID


class Exited(EventBase):
    """The visit ended: the reader is out, the slip handed in."""

    kind: Literal["exited"] = "exited"
    visit_id: UUID
    slip_number: Short | None = None
    slip_handed_in: bool = True


class Left(EventBase):
    """Out for a while, the slip stays at the desk (R3.1.5)."""

    kind: Literal["left"] = "left"
    visit_id: UUID


class Returned(EventBase):
    """Back from a temporary exit."""

    kind: Literal["returned"] = "returned"
    visit_id: UUID


class ItemDeclared(EventBase):
    """Own items named after the entry."""

    kind: Literal["item_declared"] = "item_declared"
    visit_id: UUID
    own_items: tuple[OwnItemRecord, ...]


class HelpCalled(EventBase):
    """The button that calls staff was pressed."""

    kind: Literal["help_called"] = "help_called"


class PhotoTaken(EventBase):
    """A photo was taken at the kiosk; the picture itself goes another way."""

    kind: Literal["photo_taken"] = "photo_taken"
    enrolment_id: UUID


class Alarm(EventBase):
    """Forced or held open, tailgating, fire input."""

    kind: Literal["alarm"] = "alarm"
    alarm: Short


class DeviceHealth(Record):
    """State of one device of a station."""

    device: Short
    state: Short
    detail: Short = ""


class Health(EventBase):
    """How the station and its devices are."""

    kind: Literal["health"] = "health"
    devices: tuple[DeviceHealth, ...] = ()
    version: Short = ""
    queue_length: int = 0


StationEvent = Annotated[
    EntryDecided
    | ExitDecided
    | SlipJob
    | Passed
    | NotPassed
    | Exited
    | Left
    | Returned
    | ItemDeclared
    | HelpCalled
    | PhotoTaken
    | Alarm
    | Health,
    Field(discriminator="kind"),
]

STATION_EVENT: TypeAdapter[StationEvent] = TypeAdapter(StationEvent)


class EventBatch(Record):
    """`POST /api/v1/events`: oldest first. Events are raw so that one bad record harms no other."""

    events: Annotated[tuple[dict[str, Any], ...], Field(max_length=1000)]


class Receipt(StrEnum):
    """What became of an event at the server."""

    STORED = "stored"
    KNOWN = "known"
    UNPROCESSABLE = "unprocessable"


class EventReceipt(Record):
    """The server's answer for one event, in the order of the batch."""

    id: str
    """The event's id as it was sent, however broken."""
    receipt: Receipt
    problem: str | None = None


class EventReceipts(Record):
    """Answer to a batch; `epoch` changes when the server was restored from a backup."""

    epoch: str
    receipts: tuple[EventReceipt, ...]


# --- What the server tells stations -----------------------------------------------------------


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
    opened_at: AwareDatetime
    ticket_id: str | None = None
    event_id: str | None = None
    persons: int = 1
    slip_state: SlipState = SlipState.OPEN
    reading_room: tuple[DepartmentCountRecord, ...] = ()
    home_today: int = 0
    marks: int = 0
    own_items: tuple[OwnItemRecord, ...] = ()


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


class DepartmentRecord(Record):
    """A department, for slips and screens."""

    code: str
    name: str
    name_en: str = ""


class BuildingRecord(Record):
    """The house today; the counts of people inside come from the server."""

    library_name: str
    library_name_en: str = ""
    service_centre_phone: str = ""
    timezone: str = "Europe/Kyiv"
    opens_at: AwareDatetime | None = None
    closes_at: AwareDatetime | None = None
    closed_today: bool = False
    open_day: bool = False
    inside: int = 0
    limit: int | None = None
    emergency: Emergency = Emergency.NONE
    has_shelter: bool = False
    nearest_shelter: str = ""
    departments: tuple[DepartmentRecord, ...] = ()
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


class RowTable(StrEnum):
    """What the copy holds."""

    TICKET = "ticket"
    VISIT = "visit"
    EVENT = "event"
    BUILDING = "building"
    KEY = "key"


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


class ReservationQuery(Record):
    """`POST /api/v1/reservations`: take places of an event for a short while (V02)."""

    id: UUID
    event_id: Short
    persons: Annotated[int, Field(ge=1, le=200)] = 1


class ReservationAnswer(Record):
    """Whether the places are taken, and how many are left after that."""

    granted: bool
    places_left: int | None = None
    expires_at: AwareDatetime | None = None


class CheckQuery(Record):
    """`POST /api/v1/check`: the server decides, for readers that can't."""

    id: UUID
    direction: Literal["entry", "exit"] = "entry"
    code: Annotated[str, Field(max_length=1000)]
    at: AwareDatetime | None = None
    """None: now."""


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
