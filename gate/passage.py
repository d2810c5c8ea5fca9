"""A lane as a state machine: what it does at each signal, and which ways are free meanwhile.

`step` is pure: whoever drives the lane brings signals and the time, carries out the actions in
their order and keeps the state. Without power, or when its program hangs, wiring must give what
`Phase.STOPPED` gives: the way out free, the way in shut.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum


class Way(StrEnum):
    """Into the building or out of it."""

    IN = "in"
    OUT = "out"


class Phase(StrEnum):
    """What the lane is doing."""

    STOPPED = "stopped"
    """Not driven: before the start, after the end, without power."""
    CLOSED = "closed"
    """At rest."""
    OPEN = "open"
    """One person may pass, for a while."""
    HELD = "held"
    """Staff hold both ways open (X20)."""
    RELEASED = "released"
    """Fire: the way out is free, nobody is let in, until staff reset it (X14)."""


class Signal(StrEnum):
    """What may happen to a lane."""

    START = "start"
    STOP = "stop"
    GRANT = "grant"
    REFUSE = "refuse"
    PASSED = "passed"
    NOT_PASSED = "not_passed"
    FORCED = "forced"
    HELD_OPEN = "held_open"
    TICK = "tick"
    """Time went by; wanted at least once a second."""
    STAFF_BUTTON = "staff_button"
    FIRE = "fire"
    FIRE_CLEARED = "fire_cleared"
    RESET = "reset"
    """Staff put the lane back to rest, by hand."""


class Act(StrEnum):
    """What the lane's driver must do, or tell on."""

    OPEN_ONCE = "open_once"
    HOLD_OPEN = "hold_open"
    RELEASE_OUT = "release_out"
    SHUT = "shut"
    SHOW_REFUSAL = "show_refusal"
    """Lamp and sound."""
    CALL_STAFF = "call_staff"
    REPORT_PASSED = "report_passed"
    REPORT_NOT_PASSED = "report_not_passed"
    REPORT_BUSY = "report_busy"
    """Somebody else's passage is under way: this one was not opened."""
    ALARM_FORCED = "alarm_forced"
    ALARM_UNCHECKED = "alarm_unchecked"
    """Somebody left by a free way out without a check (X21)."""
    ALARM_HELD_OPEN = "alarm_held_open"
    ALARM_TAILGATING = "alarm_tailgating"
    ALARM_FIRE = "alarm_fire"


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSettings:
    """How a lane behaves."""

    open_for: timedelta = timedelta(seconds=8)
    """Time for one person to pass (fault 30)."""
    tailgating_within: timedelta = timedelta(seconds=2)
    """A second person this soon after a passage follows on its heels; later ones force the lane."""
    lock_out: bool = False
    """Whether the way out is locked at rest, so that a refusal stops somebody (X21)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneState:
    """All that a lane remembers."""

    phase: Phase = Phase.STOPPED
    way: Way | None = None
    """Direction of the passage under way."""
    passage: str | None = None
    """Whose passage it is: an id that the reports carry."""
    until: datetime | None = None
    passed_at: datetime | None = None
    fire: bool = False
    """The fire input is on; a reset waits until it is off."""
    settings: LaneSettings = field(default_factory=LaneSettings)

    @property
    def is_way_in_free(self) -> bool:
        """Whether somebody can go in."""
        return self.phase is Phase.HELD or (self.phase is Phase.OPEN and self.way is Way.IN)

    @property
    def is_way_out_free(self) -> bool:
        """Whether somebody can go out."""
        if self.phase is Phase.CLOSED or (self.phase is Phase.OPEN and self.way is Way.IN):
            return not self.settings.lock_out
        return True


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneAction:
    """One thing to do, in order."""

    act: Act
    way: Way | None = None
    passage: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LaneSignal:
    """One thing that happened; way and passage where they belong to it."""

    kind: Signal
    way: Way | None = None
    passage: str | None = None


Step = tuple[LaneState, tuple[LaneAction, ...]]


def step(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """What the lane is after the signal, and what is to be done. Never raises.

    Faults 28-32; scenarios X14, X20, X21.
    """
    kind = signal.kind
    if kind is Signal.FIRE:
        return _to_release(state)
    if kind is Signal.FIRE_CLEARED:
        return replace(state, fire=False), ()
    if kind is Signal.STOP:
        return _to_stop(state)
    if kind in (Signal.START, Signal.RESET):
        return _to_rest(state, kind)
    if state.phase in (Phase.CLOSED, Phase.OPEN):
        return _in_service(state, signal, at)
    return _out_of_service(state, signal)


def _in_service(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    match signal.kind:
        case Signal.GRANT:
            return _granted(state, signal, at)
        case Signal.REFUSE:
            refused = LaneAction(act=Act.SHOW_REFUSAL, way=signal.way, passage=signal.passage)
            return state, (refused, LaneAction(act=Act.CALL_STAFF))
        case Signal.PASSED:
            return _passed(state, signal, at)
        case Signal.STAFF_BUTTON:
            return _to(state, Phase.HELD, LaneAction(act=Act.HOLD_OPEN))
        case Signal.FORCED | Signal.HELD_OPEN:
            return state, (LaneAction(act=_ALARMS[signal.kind], way=signal.way),)
        case _:
            return _timed_out(state, signal, at)


_ALARMS = {Signal.FORCED: Act.ALARM_FORCED, Signal.HELD_OPEN: Act.ALARM_HELD_OPEN}


def _granted(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """Open for one person; the same passage again has its time anew."""
    if state.phase is Phase.OPEN and signal.passage != state.passage:
        before, undone = _timed_out(state, signal, at)
        if before.phase is Phase.OPEN:
            busy = LaneAction(act=Act.REPORT_BUSY, way=signal.way, passage=signal.passage)
            return state, (busy,)
        after, actions = _granted(before, signal, at)
        return after, undone + actions
    way = signal.way or Way.IN
    opened = replace(
        state,
        phase=Phase.OPEN,
        way=way,
        passage=signal.passage,
        until=at + state.settings.open_for,
    )
    return opened, (LaneAction(act=Act.OPEN_ONCE, way=way, passage=signal.passage),)


def _passed(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """The one who was let through, or somebody who was not."""
    if state.phase is Phase.OPEN and signal.way in (state.way, None):
        report = _report(state, Act.REPORT_PASSED)
        return _to(replace(state, passed_at=at), Phase.CLOSED, report, LaneAction(act=Act.SHUT))
    return state, (LaneAction(act=_intrusion(state, signal, at), way=signal.way),)


def _intrusion(state: LaneState, signal: LaneSignal, at: datetime) -> Act:
    if signal.way is Way.OUT and state.is_way_out_free:
        return Act.ALARM_UNCHECKED
    last = state.passed_at
    on_the_heels = last is not None and at - last <= state.settings.tailgating_within
    return Act.ALARM_TAILGATING if on_the_heels else Act.ALARM_FORCED


def _timed_out(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    if state.phase is not Phase.OPEN:
        return state, ()
    in_time = state.until is not None and at < state.until
    if in_time and signal.kind is not Signal.NOT_PASSED:
        return state, ()
    report = _report(state, Act.REPORT_NOT_PASSED)
    return _to(state, Phase.CLOSED, report, LaneAction(act=Act.SHUT))


def _out_of_service(state: LaneState, signal: LaneSignal) -> Step:
    """Whoever is granted a way that is free anyway may take it; nobody is let into a fire."""
    if signal.kind is not Signal.GRANT:
        return state, ()
    free = state.is_way_out_free if signal.way is Way.OUT else state.is_way_in_free
    act = Act.REPORT_PASSED if free else Act.REPORT_BUSY
    return state, (LaneAction(act=act, way=signal.way, passage=signal.passage),)


def _to_release(state: LaneState) -> Step:
    if state.phase is Phase.RELEASED:
        return replace(state, fire=True), ()
    actions = (LaneAction(act=Act.RELEASE_OUT), LaneAction(act=Act.ALARM_FIRE))
    return _to(replace(state, fire=True), Phase.RELEASED, *actions)


def _to_stop(state: LaneState) -> Step:
    """Safe levels; a release stays one, so that the next start does not end it."""
    if state.phase is Phase.RELEASED:
        return state, ()
    return _to(state, Phase.STOPPED, LaneAction(act=Act.RELEASE_OUT))


def _to_rest(state: LaneState, kind: Signal) -> Step:
    """A start never ends a release; a reset does, once the fire input is off."""
    expected = (Phase.STOPPED,) if kind is Signal.START else (Phase.HELD, Phase.RELEASED)
    if state.phase not in expected:
        return state, ()
    if state.fire:
        return _to_release(state)
    return _to(state, Phase.CLOSED, LaneAction(act=Act.SHUT))


def _to(state: LaneState, phase: Phase, *actions: LaneAction) -> Step:
    """Change the phase; a passage that the actions do not report is reported as not passed."""
    rest = replace(state, phase=phase, way=None, passage=None, until=None)
    reported = any(action.act in _REPORTS for action in actions)
    return rest, actions if reported else (*actions, *_left_undone(state))


_REPORTS = (Act.REPORT_PASSED, Act.REPORT_NOT_PASSED)


def _left_undone(state: LaneState) -> tuple[LaneAction, ...]:
    return (_report(state, Act.REPORT_NOT_PASSED),) if state.phase is Phase.OPEN else ()


def _report(state: LaneState, act: Act) -> LaneAction:
    return LaneAction(act=act, way=state.way, passage=state.passage)
