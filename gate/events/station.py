"""What stations tell the server: everything that happened, refusals too."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Any, Final, Literal, get_args
from uuid import UUID

from pydantic import AwareDatetime, Field, TypeAdapter

from gate.events.base import SCHEMA_VERSION, OwnItemRecord, Record, Short
from gate.kinds import ClockTrust, CredentialKind, Source, VisitState
from gate.reasons import Duty, Reason, Verdict


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
    needs_help: bool = False
    """The person said that somebody must help them out in an evacuation."""
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
    """Forced or held open, tailgating, a jam, a fire input, an air raid told by a receiver."""

    kind: Literal["alarm"] = "alarm"
    alarm: Short
    """A code of gate.passage.Act, such as `alarm_forced`; `all_clear` ends an air raid."""
    way: Literal["in", "out"] | None = None


class Counted(EventBase):
    """Somebody took a way that is free for anybody: in an air raid, a fire, or held by staff."""

    kind: Literal["counted"] = "counted"
    way: Literal["in", "out"] | None = None
    persons: Annotated[int, Field(ge=1, le=200)] = 1


class LaneChanged(EventBase):
    """The lane is in another phase, see gate.passage.Phase, or was locked or unlocked."""

    kind: Literal["lane_changed"] = "lane_changed"
    phase: Short
    locked: bool = False
    order_id: UUID | None = None
    """The order of staff that it follows, if any."""
    by_ticket: Short | None = None
    """Ticket of the member of staff who reset it at the station."""


class Maintenance(EventBase):
    """A technician at the station's own page: came in, guessed wrong, tried or changed something.

    `act` says what, `means` by what somebody came in: `code` or `card`.
    """

    kind: Literal["maintenance"] = "maintenance"
    act: Short
    means: Short = ""


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
    | Counted
    | LaneChanged
    | Maintenance
    | Health,
    Field(discriminator="kind"),
]

STATION_EVENT: TypeAdapter[StationEvent] = TypeAdapter(StationEvent)

KINDS: Final[frozenset[str]] = frozenset(
    one.model_fields["kind"].default for one in get_args(get_args(StationEvent)[0])
)
"""Kinds of events that this version knows."""


class AuditHead(Record):
    """The newest seal of the server's audit log that a station heard of (threat 16).

    Kept where nobody who edits the server's database comes: it tells when the log was cut.
    """

    epoch: Short
    number: Annotated[int, Field(ge=0)]
    hash: Short


class EventBatch(Record):
    """`POST /api/v1/events`: oldest first. Events are raw so that one bad record harms no other."""

    events: Annotated[tuple[dict[str, Any], ...], Field(max_length=1000)]
    audit_head: AuditHead | None = None
    """What the station keeps of the audit log."""


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
    audit_head: AuditHead | None = None
