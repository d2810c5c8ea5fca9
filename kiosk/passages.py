"""The lane of a station: opened after the commit, and what then happened at it kept.

`gate.passage` says what a signal means; here it meets the lines of a real lane. One thread
listens to the sensors, any thread may grant.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal, TypeAlias
from uuid import UUID

import structlog

from gate import passage
from gate.events import Alarm, Counted, NotPassed, Passed
from gate.facts import VisitState
from gate.passage import Act, LaneAction, LaneSettings, LaneState, Phase, Signal, Way
from hardware.contracts import (
    Buzz,
    DeviceClosed,
    Direction,
    HardwareError,
    LampState,
    Lane,
)
from kiosk.clock import Now
from kiosk.premises import Premises
from kiosk.store import visits
from kiosk.sync.loop import Loop

_log = structlog.get_logger()

_LISTEN_S: Final = 0.25
_PAUSE_S: Final = 1.0
_DRIVEN: Final = frozenset(
    {Act.OPEN_ONCE, Act.HOLD_OPEN, Act.RELEASE_OUT, Act.SHUT, Act.RESET, Act.SHOW_REFUSAL}
)


@dataclass(frozen=True, slots=True)
class LaneMoved:
    """The lane is in another phase, or was locked or unlocked."""

    phase: Phase
    locked: bool


Report: TypeAlias = Callable[[LaneAction | LaneMoved], None]


class LaneKeeper:
    """Drives one lane; `report` hears of passages, alarms and calls for staff."""

    def __init__(
        self, lane: Lane, now: Now, report: Report, settings: LaneSettings | None = None
    ) -> None:
        self._lane = lane
        self._now = now
        self._report = report
        self._state = LaneState(settings=settings or LaneSettings())
        self._lock = threading.Lock()
        self.loop = Loop("lane", self._listen)

    def start(self) -> None:
        """Take the lane into service."""
        self._feed(Signal.START)
        self.loop.start()

    def stop(self) -> None:
        """Leave it in its safe state."""
        self.loop.stop()
        self._feed(Signal.STOP)

    def grant(self, way: Way, visit_id: UUID) -> None:
        """Open for one person."""
        self._feed(Signal.GRANT, way, str(visit_id))

    def tell(self, signal: Signal) -> None:
        """Staff or an emergency changed what the lane is for."""
        self._feed(signal)

    @property
    def mode(self) -> LaneMoved:
        """What the lane is doing; somebody who passes is no other phase to tell of."""
        phase = self._state.phase
        at_rest = Phase.CLOSED if phase is Phase.OPEN else phase
        return LaneMoved(at_rest, self._state.locked)

    @property
    def burns(self) -> bool:
        """Whether the fire input is on."""
        return self._state.fire

    def refuse(self, way: Way) -> None:
        """Show by lamp and sound that the way is not open."""
        self._feed(Signal.REFUSE, way)

    def _listen(self) -> float:
        try:
            heard = self._lane.signals(_LISTEN_S)
        except DeviceClosed:
            return _PAUSE_S
        except HardwareError as error:
            _log.warning("lane_unheard", trouble=error.code)
            return _PAUSE_S
        for signal in heard:
            way = None if signal.direction is None else Way(signal.direction.value)
            self._feed(Signal(signal.kind.value), way, at=signal.at)
        self._feed(Signal.TICK)
        return 0

    def _feed(
        self,
        kind: Signal,
        way: Way | None = None,
        whose: str | None = None,
        at: datetime | None = None,
    ) -> None:
        signal = passage.LaneSignal(kind=kind, way=way, passage=whose)
        with self._lock:
            before = self.mode
            self._state, actions = passage.step(self._state, signal, at or self._now())
            for action in actions:
                self._carry_out(action)
            if self.mode != before:
                self._report(self.mode)

    def _carry_out(self, action: LaneAction) -> None:
        try:
            self._drive(action)
        except HardwareError as error:
            _log.error("lane_undriven", act=action.act, trouble=error.code)
        if action.act not in _DRIVEN:
            self._report(action)

    def _drive(self, action: LaneAction) -> None:
        lane = self._lane
        match action.act:
            case Act.OPEN_ONCE:
                lane.open_once(Direction((action.way or Way.IN).value))
                lane.show(LampState.GO)
            case Act.HOLD_OPEN:
                lane.hold_open()
                lane.show(LampState.GO)
            case Act.RELEASE_OUT:
                lane.release()
                lane.show(LampState.STOP)
            case Act.SHUT:
                lane.shut()
                lane.show(LampState.READY)
            case Act.RESET:
                lane.reset()
                lane.show(LampState.READY)
            case Act.SHOW_REFUSAL:
                lane.show(LampState.STOP)
                lane.buzz(Buzz.LONG)
            case act if act in passage.ALARMS:
                lane.buzz(Buzz.ALARM)


_MOVES: Final = {
    VisitState.INSIDE: (VisitState.ADMITTED, VisitState.NOT_PASSED),
    VisitState.NOT_PASSED: (VisitState.ADMITTED,),
}
"""Where a passage may lead from; who was slow has passed after all."""


class Passages:
    """Keeps what happened at the lane."""

    def __init__(self, premises: Premises) -> None:
        self._premises = premises

    def came_in(self, visit_id: UUID, at: datetime) -> None:
        """The reader is inside."""
        self._move(visit_id, VisitState.INSIDE, at)

    def stayed_out(self, visit_id: UUID, at: datetime) -> None:
        """The lane was not used: the ticket is not used up (fault 30)."""
        self._move(visit_id, VisitState.NOT_PASSED, at)

    def alarm(self, code: str, way: Way | None, at: datetime) -> None:
        """Something that staff must know."""
        with self._premises.database.write() as tx:
            stamp = self._premises.journal.stamp(tx, at)
            self._premises.journal.write(tx, Alarm(**stamp, alarm=code, way=_told(way)))

    def counted(self, way: Way | None, at: datetime, persons: int = 1) -> None:
        """Somebody took a way that is free for anybody."""
        with self._premises.database.write() as tx:
            stamp = self._premises.journal.stamp(tx, at)
            self._premises.journal.write(tx, Counted(**stamp, way=_told(way), persons=persons))

    def _move(self, visit_id: UUID, state: VisitState, at: datetime) -> None:
        premises = self._premises
        with premises.database.write() as tx:
            mine = visits.own(tx, str(visit_id))
            if mine is None or mine.record.state not in _MOVES[state]:
                return
            visits.put(tx, mine.record.model_copy(update={"state": state}))
            kind = Passed if state is VisitState.INSIDE else NotPassed
            event = kind(**premises.journal.stamp(tx, at), visit_id=visit_id)
            premises.journal.write(tx, event, visit_id)


def _told(way: Way | None) -> Literal["in", "out"] | None:
    if way is None:
        return None
    return "in" if way is Way.IN else "out"
