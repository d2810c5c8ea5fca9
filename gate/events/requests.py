"""What kiosk and centre say to each other when a reader asks for a document (R3.2.1)."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import Field

from gate.events.base import Record, Short
from gate.kinds import CredentialKind


class DocumentsQuery(Record):
    """`POST /api/v1/documents`: look for what can be asked for at a kiosk (R3.2.1)."""

    text: Annotated[str, Field(min_length=1, max_length=100)]
    """An inventory number, or words of author and title."""


class Availability(StrEnum):
    """Whether a document can be fetched now."""

    FREE = "free"
    OUT = "out"
    HELD = "held"
    """It lies on the reserve shelf for somebody."""


class DocumentRecord(Record):
    """A document as a kiosk shows it."""

    document_id: int
    title: str
    author: str = ""
    year: int | None = None
    shelf_mark: str = ""
    inventory_number: Short
    department: str
    department_en: str = ""
    availability: Availability = Availability.FREE


class DocumentsAnswer(Record):
    """What was found, best first; no more than a screen can hold."""

    found: tuple[DocumentRecord, ...] = ()
    more: bool = False


class OrderOutcome(StrEnum):
    """What became of a request form at a kiosk."""

    ASKED = "asked"
    ALREADY = "already"
    NOT_INSIDE = "not_inside"
    """There is no open visit: the slip comes first (R3.1.1)."""
    TOO_LATE = "too_late"
    """The stack takes no more before closing (R3.2.7)."""
    TAKEN = "taken"
    """Somebody else was quicker."""
    DESK = "desk"


class OrderQuery(Record):
    """`POST /api/v1/orders`: a reader asks for a document by ticket or slip."""

    id: UUID
    """Born at the kiosk: what is sent twice is asked once."""
    document_id: Annotated[int, Field(ge=1, lt=2**63)]
    credential: CredentialKind
    value: Short


class OrderAnswer(Record):
    """What became of it, and what stands on the printed form."""

    outcome: OrderOutcome
    number: int | None = None
    reader: str = ""
    """First name and initial."""
    ticket: str = ""
    document: DocumentRecord | None = None
