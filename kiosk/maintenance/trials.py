"""Trying each device by hand, with a result at once. Nothing here admits anybody or is a visit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import Final, cast
from uuid import uuid4

import structlog

from gate.passage import Way
from gate.scans import classify
from hardware.contracts import Buzz, HardwareError, LampState, Lane
from kiosk.clock import Now
from kiosk.devices import Devices
from kiosk.maintenance.attention import Attention
from kiosk.maintenance.door import Door
from kiosk.messages import CardLaid, CodeScanned
from kiosk.passages import LaneKeeper
from templates.slips.content import Language, WidthDots
from templates.slips.trial import draw_trial

_log = structlog.get_logger()

WAITS_S: Final = 15.0
"""How long a code or a card is waited for."""
_LAMP_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class Result:
    """What came of it: a code for words, and facts to fill them with."""

    ok: bool
    code: str
    facts: dict[str, str]


class NoSuchTrial(LookupError):
    """The station has no such device, or nothing to try at it."""


class Trials:
    """Every trial by its name."""

    def __init__(
        self,
        devices: Devices,
        attention: Attention,
        door: Door,
        keeper: Callable[[], LaneKeeper | None],
        station: str,
        now: Now,
        language: Language,
    ) -> None:
        self._devices = devices
        self._attention = attention
        self._door = door
        self._keeper = keeper
        self._station = station
        self._now = now
        self._language = language
        self._lane_is_tried = Event()
        self._trials: Final[dict[str, Callable[[], Result]]] = {
            "scan": self._scan,
            "card": self._card,
            "add_card": self._add_card,
            "print": self._print,
            "open_in": lambda: self._open(Way.IN),
            "open_out": lambda: self._open(Way.OUT),
            "lamp_go": lambda: self._lamps(LampState.GO),
            "lamp_stop": lambda: self._lamps(LampState.STOP),
            "lamp_call": lambda: self._lamps(LampState.CALL),
            "buzz": self._buzz,
        }

    def run(self, name: str) -> Result:
        """Carry one out; raises NoSuchTrial."""
        trial = self._trials.get(name)
        if trial is None:
            raise NoSuchTrial(name)
        self._door.tell(f"tried_{name}")
        try:
            return trial()
        except HardwareError as error:
            _log.warning("trial_failed", trial=name, trouble=error.code)
            return Result(ok=False, code="trouble", facts={"detail": error.code})

    def _scan(self) -> Result:
        heard = self._attention.next(CodeScanned, WAITS_S)
        if heard is None:
            return Result(ok=False, code="nothing_shown", facts={})
        data = cast(CodeScanned, heard).data
        # What stands in the code is its owner's business.
        facts = {"kind": classify(data).kind.value, "bytes": str(len(data))}
        return Result(ok=True, code="scanned", facts=facts)

    def _card(self) -> Result:
        heard = self._attention.next(CardLaid, WAITS_S)
        if heard is None:
            return Result(ok=False, code="nothing_laid", facts={})
        facts = {"bytes": str(len(cast(CardLaid, heard).uid))}
        return Result(ok=True, code="card_read", facts=facts)

    def _add_card(self) -> Result:
        heard = self._attention.next(CardLaid, WAITS_S)
        if heard is None:
            return Result(ok=False, code="nothing_laid", facts={})
        self._door.file.add_card(cast(CardLaid, heard).uid)
        return Result(ok=True, code="card_added", facts={"count": str(self._door.file.cards)})

    def _print(self) -> Result:
        printer = self._devices.printer
        if printer is None:
            raise NoSuchTrial("print")
        when = self._now().isoformat(sep=" ", timespec="seconds")
        width = cast(WidthDots, printer.width_dots)
        printer.print_picture(draw_trial(self._station, when, width, self._language))
        return Result(ok=True, code="printed", facts={})

    def _open(self, way: Way) -> Result:
        keeper = self._keeper()
        if keeper is None:
            raise NoSuchTrial("open")
        # Its health first: who opens by the state machine does not hear of lines that are lost.
        if self._devices.lane is not None:
            self._devices.lane.signals(0)
        keeper.grant(way, uuid4())
        return Result(ok=True, code="opened", facts={"way": way.value})

    def _lamps(self, lamps: LampState) -> Result:
        lane = self._lane()
        lane.show(lamps)
        self._lane_is_tried.wait(_LAMP_S)
        lane.show(LampState.READY)
        return Result(ok=True, code="lamp_shown", facts={"lamp": lamps.value})

    def _buzz(self) -> Result:
        self._lane().buzz(Buzz.SHORT)
        return Result(ok=True, code="buzzed", facts={})

    def _lane(self) -> Lane:
        if self._devices.lane is None:
            raise NoSuchTrial("lane")
        return self._devices.lane
