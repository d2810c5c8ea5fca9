"""A slip printer that speaks ESC/POS, over any link.

A slip goes in three steps, and where it stops decides what the caller may believe. The
printer is asked for its state (DLE EOT 1 to 4) before anything is sent: what goes wrong
until then has printed nothing. Then the picture is sent. At last the printer must say that
it came to the end: GS r is answered in order, so its answer stands behind the cut. For a
printer that does not know GS r, its real-time state after the time that printing takes
must do. Anything that goes wrong after the first byte leaves the slip uncertain.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from threading import Lock
from time import monotonic
from typing import Final, Literal, Protocol

from PIL import Image
from pydantic import Field

from hardware.contracts import (
    CoverOpen,
    CutterJam,
    Detail,
    DeviceBroken,
    DeviceClosed,
    DeviceMissing,
    DeviceOffline,
    DeviceSilent,
    HardwareError,
    Health,
    HealthState,
    Now,
    PaperOut,
    PaperStatus,
    PrintUncertain,
)
from hardware.escpos_job import Cutter, job
from hardware.escpos_status import (
    ASK_IN_ORDER,
    QUESTIONS,
    RECOVER_AND_FORGET,
    Condition,
    condition,
    is_in_order,
    is_real_time,
)
from hardware.settings import DriverSettings

DOTS_PER_MM: Final = 8
SLOWEST_ROWS_PER_S: Final = 400
"""Printers print 50 to 300 mm, 400 to 2,400 rows, a second."""

_ORDER_TRIAL_S: Final = 0.5
_ORDER_TRIALS: Final = 3
_PAUSE_S: Final = 0.1

_ERRORS: Final[dict[PaperStatus, type[HardwareError]]] = {
    PaperStatus.OUT: PaperOut,
    PaperStatus.COVER_OPEN: CoverOpen,
    PaperStatus.CUTTER_JAM: CutterJam,
    PaperStatus.OFFLINE: DeviceOffline,
    PaperStatus.BROKEN: DeviceBroken,
    PaperStatus.MISSING: DeviceMissing,
    PaperStatus.SILENT: DeviceSilent,
}

_HEALTH: Final[dict[PaperStatus, tuple[HealthState, Detail]]] = {
    PaperStatus.OK: (HealthState.WORKS, Detail.FINE),
    PaperStatus.NEAR_END: (HealthState.DEGRADED, Detail.PAPER_NEAR_END),
    PaperStatus.SILENT: (HealthState.UNKNOWN, Detail.SILENT),
} | {
    status: (HealthState.FAILED, error.code)
    for status, error in _ERRORS.items()
    if status is not PaperStatus.SILENT
}


class PrinterSettings(DriverSettings):
    """What is to be known of a printer, however it is attached."""

    paper_mm: Literal[58, 80] = 80
    """Width of the paper, in millimetres."""
    cutter: Cutter = Cutter.PARTIAL
    """How it cuts; `none`: the slip is torn off by hand."""
    feed_mm: float | None = Field(default=None, ge=0, le=31)
    """White paper below the slip; by default 3, or 20 to tear off by hand."""
    timeout_s: float = Field(default=3.0, gt=0, le=30)
    """The longest that one answer of the printer may take."""

    @property
    def width_dots(self) -> int:
        """The printable width."""
        return {58: 384, 80: 576}[self.paper_mm]

    @property
    def feed_dots(self) -> int:
        """`feed_mm` or its default, in dots."""
        default_mm = 20 if self.cutter is Cutter.NONE else 3
        return round((default_mm if self.feed_mm is None else self.feed_mm) * DOTS_PER_MM)


class Link(Protocol):
    """A line to a printer. A line that breaks raises `DeviceMissing`."""

    def send(self, data: bytes, timeout_s: float) -> None:
        """Send all of `data`; raises `DeviceSilent` if the printer takes no more of it."""
        ...

    def receive(self, timeout_s: float) -> bytes:
        """What the printer sent, nothing if it sent nothing within `timeout_s`."""
        ...

    def close(self) -> None:
        """Hang up."""
        ...


class EscposPrinter:
    """A `SlipPrinter` behind links that `dial` makes, a new one for each job.

    May be used from several threads.
    """

    def __init__(self, dial: Callable[[], Link], settings: PrinterSettings, now: Now) -> None:
        self._dial = dial
        self._settings = settings
        self._now = now
        self._lock = Lock()
        self._closed = False
        self._order = _Order()
        self._status: PaperStatus | None = None
        self._health = Health(HealthState.UNKNOWN, Detail.NOT_TRIED, None)

    @property
    def width_dots(self) -> int:
        """How wide a picture may be."""
        return self._settings.width_dots

    def print_picture(self, image: Image.Image) -> None:
        """Print, feed, cut and wait for the printer's word; see `SlipPrinter`."""
        settings = self._settings
        pieces = tuple(job(image, self.width_dots, settings.cutter, settings.feed_dots))
        with self._lock:
            because = self._print(pieces, image.height)
            if because is not None:
                raise PrintUncertain(self._cause(because)) from because

    def status(self) -> PaperStatus:
        """Ask the printer; while a slip is being printed, the last that was known."""
        if not self._lock.acquire(timeout=self._settings.timeout_s):
            return self._status or PaperStatus.SILENT
        try:
            return self._ask()
        finally:
            self._lock.release()

    def health(self) -> Health:
        """What the last contact showed."""
        return self._health

    def close(self) -> None:
        """Use the printer no more."""
        self._closed = True
        self._health = Health(HealthState.UNKNOWN, Detail.CLOSED, self._health.seen_at)

    def _print(self, pieces: tuple[bytes, ...], rows: int) -> HardwareError | None:
        """Print; raises what went wrong before the first byte, returns what did after it."""
        with closing(self._call()) as link:
            talk = _Talk(link, self._settings.timeout_s)
            self._make_ready(talk)
            try:
                for piece in pieces:
                    talk.send(piece)
                self._await_end(talk, rows)
            except HardwareError as error:
                return error
        return None

    def _call(self) -> Link:
        if self._closed:
            raise DeviceClosed("the printer's driver is closed")
        try:
            return self._dial()
        except HardwareError as error:
            self._note(_status_of(error))
            raise

    def _make_ready(self, talk: _Talk) -> None:
        """Raises unless the printer can print now."""
        status = self._look(talk)
        if status is PaperStatus.CUTTER_JAM:
            talk.send(RECOVER_AND_FORGET)
            status = self._look(talk)
        if not status.can_print:
            raise _error(status)
        if self._order.untried:
            self._order.note(answered=talk.answers_in_order())

    def _await_end(self, talk: _Talk, rows: int) -> None:
        """Return when the printer has come behind the cut; raises what keeps it."""
        printing_s = rows / SLOWEST_ROWS_PER_S
        started = monotonic()
        if self._order.known:
            talk.ask_in_order()
        while monotonic() < started + printing_s + self._settings.timeout_s:
            status = self._look(talk)
            if self._order.known and talk.in_order:
                return
            if not status.can_print:
                raise _error(status)
            if not self._order.known and monotonic() >= started + printing_s:
                return
            talk.listen(_PAUSE_S)
        raise DeviceSilent("the printer did not come to the end of the slip")

    def _cause(self, because: HardwareError) -> HardwareError:
        """Why the slip was not finished; a broken line may have a cause that can be asked."""
        if not isinstance(because, DeviceMissing | DeviceSilent):
            return because
        status = self._ask()
        return because if status.can_print else _error(status)

    def _ask(self) -> PaperStatus:
        try:
            with closing(self._call()) as link:
                return self._look(_Talk(link, self._settings.timeout_s))
        except HardwareError as error:
            return _status_of(error)

    def _look(self, talk: _Talk) -> PaperStatus:
        try:
            status = talk.condition().status
        except HardwareError as error:
            self._note(_status_of(error))
            raise
        self._note(status)
        return status

    def _note(self, status: PaperStatus) -> None:
        answered = status not in (PaperStatus.SILENT, PaperStatus.MISSING)
        state, detail = _HEALTH[status]
        self._status = status
        self._health = Health(state, detail, self._now() if answered else self._health.seen_at)


class _Order:
    """Whether this printer answers GS r; one that was silent thrice is not asked again."""

    def __init__(self) -> None:
        self.known = False
        self._misses = 0

    @property
    def untried(self) -> bool:
        return not self.known and self._misses < _ORDER_TRIALS

    def note(self, *, answered: bool) -> None:
        self.known = answered
        self._misses += not answered


class _Talk:
    """Questions to a printer and its answers, over one link."""

    def __init__(self, link: Link, timeout_s: float) -> None:
        self._link = link
        self._timeout_s = timeout_s
        self._real_time: list[int] = []
        self.in_order = False

    def send(self, data: bytes) -> None:
        self._link.send(data, self._timeout_s)

    def condition(self) -> Condition:
        """Ask all four real-time questions; raises `DeviceSilent` if one stays open."""
        deadline = monotonic() + self._timeout_s
        return condition([self._answer(question, deadline) for question in QUESTIONS])

    def answers_in_order(self) -> bool:
        """Whether this printer, which has nothing to do now, knows GS r."""
        self.ask_in_order()
        deadline = monotonic() + _ORDER_TRIAL_S
        while not self.in_order and monotonic() < deadline:
            self.listen(deadline - monotonic())
        return self.in_order

    def ask_in_order(self) -> None:
        """Ask what is answered when all that was sent before is printed."""
        self.in_order = False
        self.send(ASK_IN_ORDER)

    def listen(self, timeout_s: float) -> None:
        """Take in what the printer says within `timeout_s`."""
        for byte in self._link.receive(max(0.0, timeout_s)):
            if is_real_time(byte):
                self._real_time.append(byte)
            elif is_in_order(byte):
                self.in_order = True

    def _answer(self, question: bytes, deadline: float) -> int:
        self._real_time.clear()
        self.send(question)
        while not self._real_time:
            left_s = deadline - monotonic()
            if left_s <= 0:
                raise DeviceSilent(f"no answer from the printer in {self._timeout_s} s")
            self.listen(left_s)
        return self._real_time[0]


def _error(status: PaperStatus) -> HardwareError:
    return _ERRORS[status](f"the printer says: {status}")


def _status_of(error: HardwareError) -> PaperStatus:
    """What an error on the line says about the printer."""
    if isinstance(error, DeviceSilent | DeviceOffline | DeviceBroken):
        return next(status for status, kind in _ERRORS.items() if isinstance(error, kind))
    return PaperStatus.MISSING
