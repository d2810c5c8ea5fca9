"""Kinds and states that facts, events and records are told in. They are codes, never labels."""

from __future__ import annotations

from enum import StrEnum


class TicketKind(StrEnum):
    """Permanent (R2.3.1), one-time (R2.3.2), or a pass of the library's staff."""

    PERMANENT = "permanent"
    ONE_TIME = "one_time"
    STAFF = "staff"


class TicketState(StrEnum):
    """A ticket is good only while active."""

    ACTIVE = "active"
    LOST = "lost"
    REPLACED = "replaced"
    CANCELLED = "cancelled"


class CredentialKind(StrEnum):
    """How somebody showed who they are."""

    TICKET_CODE = "ticket_code"
    """A signed e-ticket, `LT1:`."""
    SLIP_CODE = "slip_code"
    """A signed control slip, `LS1:`."""
    NUMBER = "number"
    """An old printed ticket number (barcode or typed)."""
    CARD = "card"
    """The bare UID of a contactless card."""
    DESK = "desk"
    """A named librarian knows the person (E49)."""


class CodeCheck(StrEnum):
    """What reading the code itself showed, before any look into the records."""

    GOOD = "good"
    BAD_SIGNATURE = "bad_signature"
    UNKNOWN = "unknown"


class Source(StrEnum):
    """Where the facts came from."""

    SERVER = "server"
    COPY = "copy"


class ClockTrust(StrEnum):
    """Trusted: confirmed by NTP, an RTC or staff. Untrusted: only a floor is known."""

    TRUSTED = "trusted"
    UNTRUSTED = "untrusted"


class VisitState(StrEnum):
    """A visit's life; `away` is a temporary exit (R3.1.5)."""

    ADMITTED = "admitted"
    INSIDE = "inside"
    AWAY = "away"
    CLOSED = "closed"
    NOT_PASSED = "not_passed"
    NOT_RETURNED = "not_returned"
    UNRESOLVED = "unresolved"
    EVACUATED = "evacuated"


OPEN_VISIT_STATES = frozenset(
    {VisitState.ADMITTED, VisitState.INSIDE, VisitState.AWAY, VisitState.EVACUATED}
)


class SlipState(StrEnum):
    """Open while its visit lasts; void once a duplicate was issued (R3.2.9)."""

    OPEN = "open"
    VOID = "void"
    CLOSED = "closed"


class OwnItemKind(StrEnum):
    """What a reader may bring in by agreement (R3.1.3)."""

    LAPTOP = "laptop"
    FOLDER = "folder"
    DOCUMENTS = "documents"
    OTHER = "other"


class Emergency(StrEnum):
    """Fire empties the building, an air raid fills its shelter."""

    NONE = "none"
    FIRE = "fire"
    AIR_RAID = "air_raid"


class DocumentClass(StrEnum):
    """Lending class of a document (R3.2.3, R3.2.6)."""

    ORDINARY = "ordinary"
    HIGH_DEMAND = "high_demand"
    PERIODICAL = "periodical"
    ROOM_ONLY = "room_only"


class LoanPlace(StrEnum):
    """Where the document may be read."""

    READING_ROOM = "reading_room"
    HOME = "home"


class ServiceKind(StrEnum):
    """What a department is asked for."""

    ISSUE_READING_ROOM = "issue_reading_room"
    ISSUE_HOME = "issue_home"
    RENEW = "renew"
    STACK_REQUEST = "stack_request"
    RETURN = "return"
    INFORMATION = "information"
    """Advice, a computer, a search in the information centre (C1.5)."""


class InsideAgain(StrEnum):
    """What to do with the ticket of somebody inside (E05, E06) and the slip of somebody outside."""

    HARD = "hard"
    """To the desk."""
    SOFT = "soft"
    """Let through with a warning to staff; the same visit goes on, or stays over."""
    TIMED = "timed"
    """Hard for a while after the passage, then soft: who slipped past a lane is not kept out."""


class OldCopy(StrEnum):
    """What to do with a reader when the copy is older than the policy allows."""

    ADMIT = "admit"
    DESK = "desk"


class LaneAct(StrEnum):
    """What staff tell a lane from the console."""

    OPEN_ONCE = "open_once"
    HOLD = "hold"
    LOCK = "lock"
    """Let nobody in; who goes out still may."""
    UNLOCK = "unlock"
    RESET = "reset"
    """End a hold, or a release after a fire whose input is quiet."""
