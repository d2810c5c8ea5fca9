"""What the parts of a station tell the conductor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from gate.events import RowTable
from gate.passage import LaneAction
from hardware.abilities import HintCode
from kiosk.enrolment.enrolling import Sent
from kiosk.passages import LaneMoved
from kiosk.printing import PrintReport


@dataclass(frozen=True, slots=True)
class CodeScanned:
    """A code was shown; its bytes are anybody's."""

    data: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class CodeHeld:
    """A code is held to the scanner in vain, and why; `hint` is None once it is no longer."""

    hint: HintCode | None


@dataclass(frozen=True, slots=True)
class CardLaid:
    """A card was laid on the reader."""

    uid: bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class Pressed:
    """Something was pressed on the screen with this serial."""

    action: str
    value: str
    serial: int


@dataclass(frozen=True, slots=True)
class TechnicianCame:
    """A technician's card was laid; `offered` opens the maintenance page once."""

    offered: str


@dataclass(frozen=True, slots=True)
class CopyChanged:
    """Rows came from the server."""

    tables: frozenset[RowTable]


@dataclass(frozen=True, slots=True)
class DevicesChanged:
    """A device broke or works again."""


@dataclass(frozen=True, slots=True)
class PhotoChanged:
    """The photo that is being taken has come to another phase."""


Message: TypeAlias = (
    CodeScanned
    | CodeHeld
    | CardLaid
    | TechnicianCame
    | Pressed
    | CopyChanged
    | DevicesChanged
    | PhotoChanged
    | Sent
    | PrintReport
    | LaneAction
    | LaneMoved
)
