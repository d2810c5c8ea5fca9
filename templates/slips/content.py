"""What a slip says, without its words: facts already formatted for the reader's eye.

Numbers are counts, texts are dates, times and names as they shall be printed (local time, first
name and initial). The drawing cleans every text of what a printer or an eye could stumble over.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Language = Literal["uk", "en"]
WidthDots = Literal[576, 384]
"""80 mm paper prints 576 dots, 58 mm paper 384, both at 8 dots a millimetre."""


def width_on(paper_dots: int) -> WidthDots:
    """The widest slip that a paper of so many dots takes."""
    return 576 if paper_dots >= 576 else 384  # noqa: PLR2004 - see above


class ItemKind(StrEnum):
    """What a reader may bring in by agreement (R3.1.3)."""

    LAPTOP = "laptop"
    FOLDER = "folder"
    DOCUMENTS = "documents"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnItem:
    """A thing the reader brought in; a declared one has no `approved_by` yet (R3.1.3)."""

    kind: ItemKind
    count: int = 1
    note: str = ""
    """What it is, for `ItemKind.OTHER`."""
    approved_by: str | None = None
    """Display name of the librarian who allowed it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """A department's mark that is known already when the slip is printed (R3.1.2, R3.1.4)."""

    department: str
    time: str
    issued: int = 0
    returned: int = 0
    home: int = 0
    signed_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duplicate:
    """This slip replaces a lost one (R3.2.9)."""

    lost_number: str
    as_of: str
    """Time at which the departments were asked."""
    outstanding: tuple[tuple[str, int], ...] = ()
    """Department and count of documents not returned there."""
    allowed_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipContent:
    """A reader's control slip (R3.1.2)."""

    library: str
    number: str
    code: str
    """The signed text of the QR code, `LS1:`, at most 221 signs of Base45 (QR version 8-M)."""
    date: str
    entry_time: str
    service_phone: str
    return_by: str | None
    """Closing less 15 minutes (R3.2.8); None leaves a line to write on."""
    stack_until: str | None
    """Closing less 30 minutes (R3.2.7); None leaves a line to write on."""
    home_loans_allowed: bool
    reader: str | None = None
    """First name and initial; None where it is not known."""
    ticket_tail: str | None = None
    """The last signs of the ticket's number; None where no ticket was shown."""
    children: int = 0
    cloakroom_token: str | None = None
    own_items: tuple[OwnItem, ...] = ()
    marks: tuple[Mark, ...] = ()
    event: str | None = None
    """Title of the event that the reader joins; services stay (V06)."""
    copy_age_min: int | None = None
    """Age of the data in minutes when they came from the station's copy, else None."""
    reprint: bool = False
    duplicate: Duplicate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSlipContent:
    """A control slip of event visitors: no right to holdings or services (R2.4)."""

    library: str
    number: str
    code: str
    event: str
    hall: str
    date: str
    start: str
    end: str
    service_phone: str
    persons: int = 1
    copy_age_min: int | None = None
    reprint: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StubContent:
    """What a reader keeps during a temporary exit while the slip stays at the desk (R3.1.5)."""

    library: str
    slip_number: str
    date: str
    exit_time: str
    return_by: str
    service_phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RollLine:
    """Somebody on the list of those inside."""

    slip: str
    name: str
    """First name and initial, or the event; empty where neither is known."""
    seen: str
    """Time of the last mark, or of the entry."""
    persons: int = 1
    needs_help: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RollHall:
    """Those who were seen last in one hall; without a name where no department saw them."""

    name: str
    lines: tuple[RollLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestContent:
    """A request form filled in at a kiosk (R3.2.1)."""

    library: str
    number: str
    at: str
    reader: str
    ticket: str
    title: str
    author: str
    year: str
    shelf_mark: str
    inventory_number: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleContent:
    """A note that a paid service was sold (C3.1.7, C3.2)."""

    library: str
    number: str
    service: str
    price: str
    """Of one unit, as money."""
    quantity: str
    amount: str
    method: str
    receipt: str
    """Number of the cash desk's or terminal's own receipt."""
    at: str
    staff: str
    approved: str = ""
    """Order and day by which the price list was approved."""
    cancelled: str = ""
    """When the sale was cancelled; empty: it holds."""
    cancel_reason: str = ""
    canceller: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookingContent:
    """A computer of the information centre kept for an hour to come (C3.1.1); no name on it."""

    library: str
    number: str
    hours: str
    """`14:00–15:00`, the largest thing on the paper."""
    day: str
    """With the day of the week."""
    place: str
    kept_min: int
    """How long it waits for whoever is late."""
    phone: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RollContent:
    """The list of those inside, for an emergency: what one station knows at one moment."""

    library: str
    at: str
    fire: bool
    air_raid: bool
    station: str
    heard_at: str
    """When the server, and through it the other stations, were heard of last."""
    readers: int
    guests: int
    children: int
    staff: int
    halls: tuple[RollHall, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueSlipContent:
    """The number with which somebody who began to enrol at a kiosk goes to the desk (R2.1)."""

    library: str
    number: str
    code: str
    """What the desk scans, `LP1:`; it says nothing by itself."""
    date: str
    time: str
    kept_until: str
    service_phone: str
