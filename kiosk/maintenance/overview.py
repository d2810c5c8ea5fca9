"""Everything a technician wants to know at one look, and what of it is a fault."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from gate.facts import ClockTrust
from hardware.contracts import HealthState
from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.maintenance import machine
from kiosk.maintenance.last_run import Ending, LastRun
from kiosk.maintenance.machine import Machine
from kiosk.maintenance.paper import PaperCounter, Roll
from kiosk.state import StateTeller
from kiosk.timekeeper import Confirmed, Timekeeper

_QUEUE_OLD_S: Final = 3600.0
_COPY_OLD_S: Final = 6 * 3600.0
_BACKUP_OLD_S: Final = 3 * 24 * 3600.0
_DISK_LEAST_MB: Final = 500
_HOT_C: Final = 75.0
_PAPER_LEAST_PERCENT: Final = 10


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as it should be: whose, the code for words, and how grave."""

    about: str
    """A kind of device, or `station`."""
    code: str
    grave: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """The station at one moment."""

    state: dict[str, Any]
    machine: Machine
    last_run: LastRun
    roll: Roll | None
    certificate_days: int | None
    backup_age_s: float | None
    """Since the server was saved the last time, as far as it told."""
    confirmed: Confirmed
    """What the trust in the time rests on."""
    machine_now: datetime
    """By the machine's clock, believed or not."""
    now: datetime
    faults: tuple[Fault, ...]


class Overseer:
    """Looks at everything anew each time; never raises for what is missing."""

    def __init__(
        self,
        config: KioskConfig,
        teller: StateTeller,
        clock: Clock,
        last_run: LastRun,
        paper: PaperCounter | None,
        timekeeper: Timekeeper,
    ) -> None:
        self._config = config
        self._teller = teller
        self._clock = clock
        self._last_run = last_run
        self._paper = paper
        self._timekeeper = timekeeper

    def look(self) -> Overview:
        """The station now."""
        now, state = self._clock.now(), self._teller.tell()
        seen = machine.look(self._config.data_dir)
        roll = None if self._paper is None else self._paper.roll
        faults = (
            *_device_faults(state["devices"]),
            *_server_faults(state),
            *_backup_faults(_age_s(state["server_backup_at"], now)),
            *_machine_faults(seen),
            *_rest(self._last_run, roll, state["clock"]),
        )
        return Overview(
            state=state,
            machine=seen,
            last_run=self._last_run,
            roll=roll,
            certificate_days=_days_left(state["server"]["certificate_until"], now),
            backup_age_s=_age_s(state["server_backup_at"], now),
            confirmed=self._timekeeper.confirmed,
            machine_now=self._timekeeper.machine_now(),
            now=now,
            faults=tuple(sorted(faults, key=lambda fault: not fault.grave)),
        )


def _device_faults(devices: dict[str, Any]) -> Iterator[Fault]:
    for kind, told in devices.items():
        state, detail = told["state"], told["detail"]
        if state != HealthState.WORKS and detail not in ("no_status", "not_tried"):
            yield Fault(kind, detail, grave=state == HealthState.FAILED)


def _server_faults(state: dict[str, Any]) -> Iterator[Fault]:
    server, queue, copy = state["server"], state["queue"], state["copy"]
    if not server["admitted"]:
        yield Fault("station", "not_admitted")
    elif not server["reachable"]:
        yield Fault("station", "server_away", grave=False)
    if warning := server["certificate_warning"]:
        bad = warning == "bad"
        yield Fault("station", "certificate_bad" if bad else "certificate_ends", grave=bad)
    if queue["set_aside"]:
        yield Fault("station", "set_aside", grave=False)
    if (queue["oldest_age_s"] or 0) > _QUEUE_OLD_S:
        yield Fault("station", "queue_old", grave=False)
    if copy is None:
        yield Fault("station", "no_copy")
    elif copy["age_s"] > _COPY_OLD_S:
        yield Fault("station", "copy_old", grave=False)


def _backup_faults(age_s: float | None) -> Iterator[Fault]:
    if age_s is not None and age_s > _BACKUP_OLD_S:
        yield Fault("station", "backup_old", grave=False)


def _machine_faults(seen: Machine) -> Iterator[Fault]:
    if seen.disk_free_mb < _DISK_LEAST_MB:
        yield Fault("station", "disk_low")
    if (seen.temperature_c or 0) > _HOT_C:
        yield Fault("station", "hot")
    if seen.undervoltage:
        yield Fault("station", "undervoltage")


def _rest(last_run: LastRun, roll: Roll | None, clock: str) -> Iterator[Fault]:
    if clock != ClockTrust.TRUSTED:
        yield Fault("station", "clock_untrusted", grave=False)
    if roll is not None and roll.left_percent < _PAPER_LEAST_PERCENT:
        yield Fault("printer", "paper_low", grave=False)
    if last_run.ending is Ending.CRASHED:
        yield Fault("station", "crashed", grave=False)


def _age_s(at: str | None, now: datetime) -> float | None:
    return None if at is None else (now - datetime.fromisoformat(at)).total_seconds()


def _days_left(until: str | None, now: datetime) -> int | None:
    return None if until is None else (datetime.fromisoformat(until) - now).days
