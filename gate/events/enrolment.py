"""Enrolment begun at a kiosk: what somebody learns before, and what they leave for the desk."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from gate.events.base import Record, Short
from gate.kinds import TicketKind

PREREGISTRATION_PREFIX = "LP1:"
"""A queue slip's code: this and the record's id in 32 capital hexadecimal signs."""


class TariffRecord(Record):
    """What a category of readers pays (R2.5)."""

    category: str
    concession: Literal["full", "reduced", "free"]
    fee: int
    """Kopiykas."""


class TextRecord(Record):
    """A version of a text that people read before they sign (R1.2, R2.2)."""

    kind: str
    version: str
    body: str
    """In Ukrainian, which is what is signed."""
    body_en: str = ""
    """In English; empty where there is none."""


class TermsRecord(Record):
    """What enrolment asks and costs today."""

    today: date
    """The library's calendar day."""
    tariffs: tuple[TariffRecord, ...]
    one_time_fee: int
    """Kopiykas."""
    guarantee_below_age: int = 0
    """Below this age a permanent ticket needs a guarantee (R1.5); 0: never."""
    kept_days: int
    """How long the desk keeps what was begun here."""
    texts: tuple[TextRecord, ...]


class GuardianRecord(Record):
    """Who consents for a reader under 16 (R1.4)."""

    kind: Literal["parent", "guardian"]
    name: Short
    phone: Short = ""


class PreregistrationQuery(Record):
    """What somebody gave at a kiosk; the desk compares it with their document (R2.1, R2.2)."""

    id: UUID
    """Born at the station: sent again it is the same."""
    kind: TicketKind = TicketKind.PERMANENT
    category: Short
    surname: Annotated[str, Field(min_length=1, max_length=100)]
    given_name: Annotated[str, Field(min_length=1, max_length=100)]
    patronymic: Annotated[str, Field(max_length=100)] = ""
    birth_date: date
    residence: Short
    address: Annotated[str, Field(max_length=300)] = ""
    phone: Annotated[str, Field(max_length=40)] = ""
    email: Short = ""
    guardian: GuardianRecord | None = None
    consents: dict[Short, bool] = Field(default_factory=dict, max_length=10)
    """Purpose -> what was answered; a purpose that nobody answered is not there."""
    texts: dict[Short, Short] = Field(default_factory=dict, max_length=10)
    """Kind of text -> version that was shown."""
    photo: Annotated[str, Field(max_length=1_000_000)] = ""
    """JPEG in Base64; empty without a photo."""


class PreregistrationAnswer(Record):
    """The number in the Service Centre's queue, and the code that the desk scans."""

    id: UUID
    number: str
    code: str
    kept_until: date
    """Last day; after it everything is erased."""
