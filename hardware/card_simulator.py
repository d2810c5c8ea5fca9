"""A card reader on which cards can be laid.

The handle of `hardware.simulator_control`:
{"do": "lay", "uid": "04A1B2C3D4E5F6", "ndef_text": "..."}, {"do": "lift"},
{"do": "set", "trouble": "gone"} and {"do": "reset"}.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from threading import Condition
from typing import Annotated, Any, ClassVar, Final

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from hardware.contracts import (
    Card,
    Detail,
    DeviceClosed,
    DeviceMissing,
    Health,
    HealthState,
    Now,
)
from hardware.settings import DriverSettings
from hardware.simulator_control import ControlServer, NotNow, arguments_as, no_such

UID_SIZES: Final = (4, 7, 10)


class Settings(DriverSettings):
    """The port of its handle (none by default, 0: any)."""

    control_port: int | None = Field(default=None, ge=0, le=65535)
    """Where it takes orders, on the loopback; 0: any free port; without: nowhere."""


def connect(settings: Settings, now: Now) -> SimulatedCardReader:
    """The reader."""
    return SimulatedCardReader(settings, now)


class Trouble(StrEnum):
    """What can be wrong with the reader."""

    NONE = "none"
    GONE = "gone"


def _uid(text: str) -> str:
    if len(bytes.fromhex(text)) not in UID_SIZES:
        raise ValueError("a card's number has 4, 7 or 10 bytes")
    return text


class Lay(BaseModel):
    """A card to be laid on the reader; `uid` in hexadecimal digits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    uid: Annotated[str, AfterValidator(_uid)]
    ndef_text: str | None = Field(default=None, max_length=8192)


class SetTrouble(BaseModel):
    """What shall be wrong."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    trouble: Trouble


class SimulatedCardReader:
    """A `CardReader` that reports what is laid on it."""

    kind: ClassVar[str] = "card_reader"
    actions: ClassVar[tuple[str, ...]] = ("lay", "lift", "set", "reset")

    def __init__(self, settings: Settings, now: Now) -> None:
        self._now = now
        self._changed = Condition()
        self._card: Card | None = None
        self._unread = False
        self._closed = False
        self._trouble = Trouble.NONE
        port = settings.control_port
        self.control = None if port is None else ControlServer(self, "card_reader", port)

    def lay(self, uid: bytes, ndef_text: str | None = None) -> None:
        """Lay a card on the reader; raises `NotNow` if there is one already."""
        with self._changed:
            if self._card is not None:
                raise NotNow("there is a card on the reader")
            self._card = Card(uid, ndef_text, self._now())
            self._unread = True
            self._changed.notify_all()

    def lift(self) -> None:
        """Take the card away."""
        with self._changed:
            self._card = None
            self._unread = False

    def trouble(self, trouble: Trouble) -> None:
        """Let this be wrong from now on; a card that lies there is read again afterwards."""
        with self._changed:
            if self._trouble is not trouble:
                self._unread = self._card is not None
            self._trouble = trouble
            self._changed.notify_all()

    def read(self, timeout_s: float) -> Card | None:
        """The next card; see `CardReader`."""
        with self._changed:
            ready = self._changed.wait_for(self._is_ready, timeout_s)
            if self._closed:
                raise DeviceClosed("the card reader's driver is closed")
            if self._trouble is Trouble.GONE:
                raise DeviceMissing("the card reader is unplugged")
            if not ready:
                return None
            self._unread = False
            return self._card

    def state(self) -> dict[str, Any]:
        """The card on the reader, and what is wrong."""
        with self._changed:
            uid = self._card.uid.hex().upper() if self._card else None
            return {"uid": uid, "trouble": self._trouble}

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        """Lay or lift a card, set or reset trouble."""
        match action:
            case "lay":
                card = arguments_as(Lay, arguments)
                self.lay(bytes.fromhex(card.uid), card.ndef_text)
            case "lift":
                self.lift()
            case "set":
                self.trouble(arguments_as(SetTrouble, arguments).trouble)
            case "reset":
                self.trouble(Trouble.NONE)
            case _:
                raise no_such(action, self)

    def health(self) -> Health:
        """A simulator always knows how it is."""
        if self._closed:
            return Health(HealthState.UNKNOWN, Detail.CLOSED, None)
        if self._trouble is Trouble.GONE:
            return Health(HealthState.FAILED, Detail.MISSING, None)
        return Health(HealthState.WORKS, Detail.FINE, self._now())

    def close(self) -> None:
        """Put it away; whoever waits in `read` is told."""
        with self._changed:
            first, self._closed = not self._closed, True
            self._changed.notify_all()
        if first and self.control:
            self.control.close()

    def _is_ready(self) -> bool:
        return self._closed or (self._unread and self._trouble is Trouble.NONE)
