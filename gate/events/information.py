"""What the information centre tells and is asked at a kiosk: e-resources, computers (C3.1.1)."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from pydantic import AwareDatetime

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
    """Name of the computer that is theirs, or free for them."""
    before: int = 0
    """How many wait before them."""
    at: AwareDatetime | None = None
    """Until when they sit; for those who wait, when one is about to be free."""
