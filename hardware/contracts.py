"""What every device of a station promises, whoever made it.

A driver is a class that fits one of the protocols below. The rest of the station knows
only this module and `hardware.factory`. Units stand in the names: `_s` seconds, `_dots`
printer dots of 1/8 mm (203 dpi). Datetimes are aware and in UTC; they come from the
`now` callable that a driver is built with. Codes are for machines, words come later.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar, Final, Protocol, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray
    from PIL import Image

# As text, so that whoever knows no camera need not load numpy.
Frame: TypeAlias = "NDArray[np.uint8]"
Picture: TypeAlias = "Image.Image"
Now: TypeAlias = Callable[[], datetime]


class HealthState(StrEnum):
    """How a device is."""

    WORKS = "works"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Detail(StrEnum):
    """Why a device is as it is; the code that `Health` and every `HardwareError` carry."""

    FINE = "fine"
    NOT_TRIED = "not_tried"
    MISSING = "missing"
    SILENT = "silent"
    OFFLINE = "offline"
    BROKEN = "broken"
    CLOSED = "closed"
    SETTINGS = "settings"
    DRIVER_UNKNOWN = "driver_unknown"
    DRIVER_NOT_INSTALLED = "driver_not_installed"
    PAPER_NEAR_END = "paper_near_end"
    PAPER_OUT = "paper_out"
    COVER_OPEN = "cover_open"
    CUTTER_JAM = "cutter_jam"
    PRINT_UNCERTAIN = "print_uncertain"
    PICTURE_TOO_WIDE = "picture_too_wide"
    NO_STATUS = "no_status"
    """A printer behind a spool, which tells nothing of itself."""
    CAMERA_BLACK = "camera_black"
    CAMERA_FROZEN = "camera_frozen"
    LANE_JAM = "lane_jam"


@dataclass(frozen=True, slots=True)
class Health:
    """The state of a device when it was last heard of; asking for it never blocks.

    `seen_at` is the last time the device answered, None if it never did.
    """

    state: HealthState
    detail_code: str
    seen_at: datetime | None


# Exceptions: the branch says what to do, the leaf says why.


class HardwareError(Exception):
    """A device could not do what was asked."""

    code: ClassVar[Detail] = Detail.BROKEN


class RetryLater(HardwareError):
    """It may work at the next attempt, and nobody has to do anything."""


class NeedsHands(HardwareError):
    """Somebody must be told: it works again after a human hand."""


class CannotWork(HardwareError):
    """Trying again is of no use; stop using the device."""


class DeviceMissing(RetryLater, ConnectionError):
    """The device is not there: unplugged, switched off or unreachable."""

    code = Detail.MISSING


class DeviceSilent(RetryLater, TimeoutError):
    """The device did not answer within its bound; its state is unknown, not good."""

    code = Detail.SILENT


class DeviceOffline(RetryLater):
    """The device answers that it is offline and gives no cause."""

    code = Detail.OFFLINE


class PaperOut(NeedsHands):
    """No paper."""

    code = Detail.PAPER_OUT


class CoverOpen(NeedsHands):
    """The printer's cover is open."""

    code = Detail.COVER_OPEN


class CutterJam(NeedsHands):
    """The cutter is stuck."""

    code = Detail.CUTTER_JAM


class PrintUncertain(NeedsHands):
    """Part of the slip may be on paper: never print it again unasked; `because` says why."""

    code = Detail.PRINT_UNCERTAIN

    def __init__(self, because: HardwareError) -> None:
        super().__init__(f"the slip may or may not be on paper: {because}")
        self.because = because


class DeviceBroken(CannotWork, OSError):
    """The device reports a fault that it cannot recover from."""

    code = Detail.BROKEN


class DeviceClosed(CannotWork, ValueError):
    """The driver was used after `close()`."""

    code = Detail.CLOSED


class PictureTooWide(CannotWork, ValueError):
    """The picture is wider than the paper."""

    code = Detail.PICTURE_TOO_WIDE


class BadSettings(CannotWork, ValueError):
    """A device's settings are wrong; `faults` names every one of them."""

    code = Detail.SETTINGS

    def __init__(self, faults: tuple[str, ...]) -> None:
        super().__init__("; ".join(faults))
        self.faults = faults


class UnknownDriver(BadSettings, LookupError):
    """The configuration names a driver that does not exist."""

    code = Detail.DRIVER_UNKNOWN


class DriverNotInstalled(CannotWork, ImportError):
    """The driver exists, a library or system package that it needs does not."""

    code = Detail.DRIVER_NOT_INSTALLED


# Devices.


class Device(Protocol):
    """What all devices have in common."""

    def health(self) -> Health:
        """The last known health, at once; never raises."""
        ...

    def close(self) -> None:
        """Release the device; may be called twice and never raises."""
        ...


class CodeFormat(StrEnum):
    """Symbologies by the names that `lystok decode` prints."""

    QR = "QRCode"
    AZTEC = "Aztec"
    PDF417 = "PDF417"
    CODE128 = "Code128"
    CODE39 = "Code39"
    EAN13 = "EAN13"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Scan:
    """One code that somebody showed. `data` are its raw bytes, not to be trusted."""

    data: bytes
    format: CodeFormat
    at: datetime


class Scanner(Device, Protocol):
    """Something that codes are shown to: a camera, a handheld scanner."""

    def read(self, timeout_s: float) -> Scan | None:
        """The next code, or None when none was shown within `timeout_s` (0 looks once).

        A code that is held still is reported once, and again only after it was away.
        Raises `RetryLater` while the device is missing or silent; it is found again by
        itself, so that going on reading is right.
        """
        ...


_SINGLE_SIZE: Final = 4


@dataclass(frozen=True, slots=True)
class Card:
    """One card that was laid on the reader: its number of 4, 7 or 10 bytes, and its text.

    `ndef_text` is the first text or URI record, None where the card has none. Neither is
    to be trusted: both can be copied.
    """

    uid: bytes
    ndef_text: str | None
    at: datetime

    @property
    def uid_is_random(self) -> bool:
        """Whether the number is drawn anew each time (ISO/IEC 14443-3: 4 bytes from 08)."""
        return len(self.uid) == _SINGLE_SIZE and self.uid.startswith(b"\x08")


class CardReader(Device, Protocol):
    """A reader for contactless cards."""

    def read(self, timeout_s: float) -> Card | None:
        """The next card laid on within `timeout_s`, or None.

        A card is reported once, and again only after it was lifted. Raises `RetryLater`
        while the reader is missing; it is found again by itself.
        """
        ...


class PaperStatus(StrEnum):
    """What a printer answers when asked. Only OK and NEAR_END mean that it can print."""

    OK = "ok"
    NEAR_END = "near_end"
    OUT = "out"
    COVER_OPEN = "cover_open"
    CUTTER_JAM = "cutter_jam"
    OFFLINE = "offline"
    BROKEN = "broken"
    MISSING = "missing"
    SILENT = "silent"

    @property
    def can_print(self) -> bool:
        """Whether a slip can be printed in this state."""
        return self in (PaperStatus.OK, PaperStatus.NEAR_END)


class SlipPrinter(Device, Protocol):
    """A receipt printer for paper of 80 mm (576 dots) or 58 mm (384 dots)."""

    @property
    def width_dots(self) -> int:
        """How wide a picture may be."""
        ...

    def print_picture(self, image: Picture) -> None:
        """Print `image`, feed and cut; return only when the printer has confirmed it.

        A printer that cannot answer (driver "file") has only taken over all of it by then.
        Every `HardwareError` but one means that nothing of this slip was sent, so the job
        is still to be done. `PrintUncertain` means that some of it may be on paper.
        Colours are cut at half brightness. `PictureTooWide` if it does not fit.
        """
        ...

    def status(self) -> PaperStatus:
        """Ask the printer, bounded in time; never raises. Silence is SILENT, never OK."""
        ...


class Camera(Device, Protocol):
    """A camera that several parts of a station may look through; it rests while nobody does."""

    def frame(self, timeout_s: float) -> Frame:
        """A picture taken after this call, as rows x columns x BGR of unsigned bytes.

        Without the last where somebody asked for no colours, see `abilities.GivesGrey`. Never one
        from a queue. Raises `DeviceSilent` if none came within `timeout_s`, and `DeviceMissing`
        while the camera is away; it is found again by itself.
        """
        ...


class Direction(StrEnum):
    """Which way through the lane."""

    IN = "in"
    OUT = "out"


class SignalKind(StrEnum):
    """What a lane's sensors say."""

    PASSED = "passed"
    NOT_PASSED = "not_passed"
    FORCED = "forced"
    HELD_OPEN = "held_open"
    JAM = "jam"
    """It was opened and does not give way."""
    TAMPER = "tamper"
    """Somebody has a hand in the works: the lane's case was opened."""
    AIR_RAID = "air_raid"
    AIR_RAID_OVER = "air_raid_over"
    FIRE = "fire"
    FIRE_CLEARED = "fire_cleared"
    STAFF_BUTTON = "staff_button"


@dataclass(frozen=True, slots=True)
class LaneSignal:
    """One sensor event; `direction` is None where the sensor knows none."""

    kind: SignalKind
    direction: Direction | None
    at: datetime


class LampState(StrEnum):
    """The lamps at the lane."""

    DARK = "dark"
    READY = "ready"
    GO = "go"
    STOP = "stop"
    CALL = "call"


class Buzz(StrEnum):
    """Sounds of the buzzer."""

    SHORT = "short"
    LONG = "long"
    ALARM = "alarm"


class Lane(Device, Protocol):
    """A turnstile or door. `close()` sets safe levels: the way out free, the way in shut."""

    def open_once(self, direction: Direction) -> None:
        """Unlock for one person; locks again by itself after the passage or in time.

        While the lane keeps a fire or a release nobody is let in: NOT_PASSED at once.

        The outcome arrives as a signal: PASSED, or NOT_PASSED when the time ran out.
        Raises `DeviceMissing` if the lines cannot be driven; then nothing was unlocked.
        """
        ...

    def hold_open(self) -> None:
        """Unlock both ways until `shut()`."""
        ...

    def release(self) -> None:
        """Free the way out and lock the way in, as at a fire, until `reset()`."""
        ...

    def shut(self) -> None:
        """Lock both ways and end whatever was open.

        What the lane keeps by itself stays, and is told once more: a fire, a release, a staff
        button. Only `reset()` ends it, so that no order that crossed it on the way does.
        """
        ...

    def reset(self) -> None:
        """Shut, by hand: a release or a staff button ends too, a fire once its input is quiet."""
        ...

    def signals(self, timeout_s: float) -> tuple[LaneSignal, ...]:
        """What the sensors said since the last call; waits up to `timeout_s` for the first."""
        ...

    def show(self, lamps: LampState) -> None:
        """Set the lamps."""
        ...

    def buzz(self, sound: Buzz) -> None:
        """Sound the buzzer; returns at once."""
        ...
