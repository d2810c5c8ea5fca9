"""Trust in the time: confirmed by the system's synchronisation, a clock on the board, or staff.

A Pi without a clock of its own starts anywhere: in 1970, at the last shutdown, a year ahead. Until
the time is confirmed the station goes by the last good time and the seconds since its start. That
is never ahead of the truth, so no ticket expires by it; rules that need the day say so (E37, E38,
fault 19). What happened meanwhile is put right once the time is known.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Final

import structlog

from gate.facts import ClockTrust
from kiosk.clock import Clock
from kiosk.store import Database, outbox, timing
from kiosk.sync.loop import Loop

_log = structlog.get_logger()

_RTC: Final = Path("/sys/class/rtc/rtc0")
_TIME_ERROR: Final = 5
"""Of <sys/timex.h>: the kernel's clock is not synchronised (adjtimex(2))."""
_TIMEX_BYTES: Final = 512
_LONGEST_OFF: Final = timedelta(days=366)
"""A clock on the board that is further ahead of the last good time is not believed."""
_AGREE: Final = timedelta(minutes=1)
"""Two right clocks, this machine's and the server's, differ by less."""
_NEVER_BEFORE: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""The program is younger than any earlier time."""
_LOOK_S: Final = 5.0
_KEEP_EVERY_S: Final = 600.0
"""Rarely, for the card's sake: the copy's age keeps the floor near, too."""
_HELD_S: Final = 900.0
"""So long after the start, events of an untrusted clock wait to be put right before they go."""


class Confirmed(StrEnum):
    """What the trust in the time rests on."""

    NTP = "ntp"
    RTC = "rtc"
    STAFF = "staff"
    BEFORE = "before"
    """Confirmed in this boot, before the program was started again."""
    ASSUMED = "assumed"
    """Nobody asked: this station is not in production."""
    NOT = "not"


def ntp_synchronised() -> bool:
    """Whether the kernel's clock is kept by NTP now, whichever program does that."""
    library = ctypes.CDLL(None, use_errno=True)
    timex = ctypes.create_string_buffer(_TIMEX_BYTES)  # modes = 0: only ask
    state = int(library.adjtimex(timex))
    return 0 <= state < _TIME_ERROR


def rtc_set_the_clock(rtc: Path = _RTC) -> bool:
    """Whether the kernel took its time from a clock on the board at boot."""
    try:
        return (rtc / "hctosys").read_text("ascii").strip() == "1"
    except OSError:
        return False


class Timekeeper:
    """Tells the time and how far it is to be trusted; trust that was won lasts for the boot."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        ntp: Callable[[], bool] = ntp_synchronised,
        rtc: Callable[[], bool] = rtc_set_the_clock,
        assume: bool = False,
    ) -> None:
        self._database = database
        self._system = clock
        self._ntp = ntp
        self._lock = threading.Lock()
        self._started_s = clock.monotonic()
        self._passed = (_NEVER_BEFORE, self._started_s)
        self._raise_floor()
        with database.read() as tx:
            before = timing.is_good_boot(tx, clock.boot_id)
        self._kept_s = float("-inf")
        self._confirmed = Confirmed.NOT
        self.clock = Clock(
            now=self.now, monotonic=clock.monotonic, trust=self.trust, boot_id=clock.boot_id
        )
        self.loop = Loop("timekeeper", self.step)
        self._hold(on=not assume)
        if assume:
            self._confirmed = Confirmed.ASSUMED
        elif before:
            self._believe(Confirmed.BEFORE)
        elif rtc() and self._is_plausible():
            self._believe(Confirmed.RTC)
        self.step()

    @property
    def confirmed(self) -> Confirmed:
        """What the trust rests on."""
        with self._lock:
            return self._confirmed

    def trust(self) -> ClockTrust:
        """Whether anything confirmed the time."""
        is_known = self.confirmed is not Confirmed.NOT
        return ClockTrust.TRUSTED if is_known else ClockTrust.UNTRUSTED

    def now(self) -> datetime:
        """The time; by an untrusted clock the latest instant that has surely passed."""
        if self.confirmed is not Confirmed.NOT:
            return self._system.now()
        return self._surely_passed()

    def machine_now(self) -> datetime:
        """What the machine's clock says, whether it is believed or not: what `confirm` takes."""
        return self._system.now()

    def offset(self) -> timedelta:
        """How far the machine's clock is ahead of the time that is told; zero when trusted."""
        return self.machine_now() - self.now()

    def confirm(self) -> bool:
        """Staff compared the machine's time with a watch; False where it is impossibly early."""
        if self._system.now() < self._surely_passed() - _AGREE:
            return False
        self._believe(Confirmed.STAFF)
        return True

    def step(self) -> float:
        """Look whether the time is known by now, and keep it now and then."""
        if self.confirmed is Confirmed.ASSUMED:
            return _KEEP_EVERY_S
        if self.confirmed is not Confirmed.NTP and self._ntp():
            self._believe(Confirmed.NTP)
        elif self.confirmed is not Confirmed.NOT:
            self._keep()
        else:
            self._raise_floor()
            if self._system.monotonic() - self._started_s > _HELD_S:
                self._hold(on=False)
        return _LOOK_S

    def _surely_passed(self) -> datetime:
        passed, noted_s = self._passed
        return passed + timedelta(seconds=self._system.monotonic() - noted_s)

    def _raise_floor(self) -> None:
        """The copy tells the server's time, and may have come only now."""
        with self._database.read() as tx:
            floor = timing.floor(tx)
        if floor is not None and floor > self._surely_passed():
            self._passed = (floor, self._system.monotonic())

    def _is_plausible(self) -> bool:
        passed = self._surely_passed()
        return passed - _AGREE <= self._system.now() <= passed + _LONGEST_OFF

    def _believe(self, confirmed: Confirmed) -> None:
        """From now on the machine's clock is the time; what happened before is put right."""
        system = self._system
        zero = system.now() - timedelta(seconds=system.monotonic())
        with self._database.write() as tx:
            timing.keep(tx, system.now(), system.boot_id)
            corrected = timing.put_right(tx, system.boot_id, zero)
            outbox.hold_untimed(tx, on=False)
        with self._lock:
            self._confirmed = confirmed
        self._kept_s = system.monotonic()
        _log.info("clock_trusted", by=confirmed.value, events_put_right=corrected)

    def _hold(self, *, on: bool) -> None:
        with self._database.write() as tx:
            outbox.hold_untimed(tx, on=on)

    def _keep(self) -> None:
        if self._system.monotonic() - self._kept_s < _KEEP_EVERY_S:
            return
        with self._database.write() as tx:
            timing.keep(tx, self._system.now(), self._system.boot_id)
        self._kept_s = self._system.monotonic()
