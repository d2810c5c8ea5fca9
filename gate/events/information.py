"""What the information centre tells and is asked at a kiosk: e-resources, computers (C3.1.1)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated

from pydantic import AwareDatetime, Field

from gate.events.base import Record, Short
from gate.kinds import CredentialKind


class Topic(StrEnum):
    """Topic of a resource, and what somebody asked about (C2.2a, C3.1.1)."""

    STATE = "state"
    REGIONAL = "regional"
    SOCIAL = "social"
    ADMINISTRATIVE = "administrative"
    ENTERPRISE = "enterprise"
    OTHER = "other"


class ResourceRecord(Record):
    """An electronic resource of the catalogue, for the screen that shows its QR code."""

    resource_id: int
    name: str
    name_en: str = ""
    topic: Topic
    address: str
    owner: str = ""
    language: str = ""
    """ISO 639 code."""
    about: str = ""
    about_en: str = ""
    checked_on: date | None = None
    """When somebody last saw that it is there and is what it says."""
    position: int = 0


class WorkplaceOutcome(StrEnum):
    """What became of somebody's wish to sit at a computer."""

    FREE = "free"
    """One is free for them: the centre's staff seat them by the slip."""
    WAITS = "waits"
    SITS = "sits"
    LEFT = "left"
    """They wait no longer."""
    NOT_INSIDE = "not_inside"
    """There is no open visit: the slip comes first (R3.1.1)."""
    DESK = "desk"
    """Not by this slip (R2.4), or no computer works."""


class WorkplaceQuery(Record):
    """`POST /api/v1/workplaces`: ask for a computer by ticket or slip, or wait no longer."""

    credential: CredentialKind
    value: Short
    cancel: bool = False


class WorkplaceAnswer(Record):
    """What became of it. Asking again changes nothing and tells how it stands now."""

    outcome: WorkplaceOutcome
    place: str = ""
    """Name of the computer that is theirs, or free for them. With `waits` it is booked, and
    somebody still sits there."""
    before: int = 0
    """How many wait before them."""
    at: AwareDatetime | None = None
    """Until when they sit; for those who wait, when one is about to be free."""


class BookingOutcome(StrEnum):
    """What became of somebody's wish to book a computer."""

    OPEN = "open"
    """Nothing was booked: these days and times may be."""
    BOOKED = "booked"
    CANCELLED = "cancelled"
    TAKEN = "taken"
    """Somebody was faster: these times are still free."""
    ALREADY = "already"
    """They have another booking at that time."""
    TOO_MANY = "too_many"
    """They have as many as one may have."""
    NOT_THEN = "not_then"
    """That time has passed, or nobody works then: these times are still free."""
    NOT_INSIDE = "not_inside"
    """There is no open visit: the slip comes first (R3.1.1)."""
    DESK = "desk"
    """Not by this slip (R2.4)."""


class BookingRecord(Record):
    """A computer that is kept for somebody."""

    booking_id: int
    place: str
    begins_at: AwareDatetime
    ends_at: AwareDatetime


class OpeningRecord(Record):
    """From when somebody may sit, and how many minutes at most."""

    begins_at: AwareDatetime
    minutes: int


class BookingQuery(Record):
    """`POST /api/v1/bookings`: what may be booked by ticket or slip, book it, or give it back.

    With `begins_at` it books, with `cancel` it gives one's own booking back, else it only tells.
    """

    credential: CredentialKind
    value: Short
    day: date | None = None
    """Whose times are asked for."""
    begins_at: AwareDatetime | None = None
    minutes: Annotated[int, Field(ge=15, le=240)] = 60
    cancel: int | None = None


class BookingAnswer(Record):
    """What became of it, and what may be booked now."""

    outcome: BookingOutcome
    booked: BookingRecord | None = None
    mine: tuple[BookingRecord, ...] = ()
    """What they have booked and not begun."""
    days: tuple[date, ...] = ()
    openings: tuple[OpeningRecord, ...] = ()
    """Of the day that was asked for."""
    kept_min: int = 0
    """How long a booked computer waits for them."""
    most: int = 0
    """Bookings to come that one may have."""
