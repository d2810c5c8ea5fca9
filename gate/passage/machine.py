"""What a lane does at each signal, and which ways are free meanwhile.

`step` is pure: whoever drives the lane brings signals and the time, carries out the actions in
their order and keeps the state. Without power, or when its program hangs, wiring must give what
`Phase.STOPPED` gives: the way out free, the way in shut.

Whoever is granted a passage gets one word on it: passed, not passed, or not opened at all. A lane
takes one person after the other; who was granted meanwhile waits for their turn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from gate.passage.terms import (
    Act,
    Barrier,
    LaneAction,
    LaneSignal,
    LaneState,
    Phase,
    Signal,
    Turn,
    Way,
)

_MOST_WAITING: Final = 8
_CLOCK_SLIPS: Final = timedelta(seconds=5)
"""A signal this little older than the opening belongs to whoever was before; an older one shows
that the clock was set back."""

_SETTLES: Final = timedelta(seconds=0.5)
"""A lane that says so soon that nobody passed still speaks of whoever was before."""

Step = tuple[LaneState, tuple[LaneAction, ...]]


def step(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """What the lane is after the signal, and what is to be done. Never raises.

    `at` is when it happened. Faults 28-32; scenarios E33, X14, X20, X21.
    """
    at_any_time = _AT_ANY_TIME.get(signal.kind)
    if at_any_time is not None:
        return at_any_time(state, signal, at)
    if state.phase in (Phase.CLOSED, Phase.OPEN):
        return _in_service(state, signal, at)
    return _free_for_all(state, signal, at)


_ALARMS = {Signal.FORCED: Act.ALARM_FORCED, Signal.HELD_OPEN: Act.ALARM_HELD_OPEN}


# --- One person after the other --------------------------------------------------------------


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
            return _frees(state, Phase.HELD, at)
        case Signal.FORCED | Signal.HELD_OPEN:
            return state, (LaneAction(act=_ALARMS[signal.kind], way=signal.way),)
        case _:
            return _timed_out(state, signal, at)


def _granted(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """Open for one person, or let them wait; the same passage again has its time anew."""
    turn = Turn(way=signal.way or Way.IN, passage=signal.passage)
    if not _may_take(state, turn.way):
        return state, (_told(Act.REPORT_BUSY, turn),)
    if state.phase is not Phase.OPEN:
        return _opened(state, turn, at)
    if turn.passage is not None and turn.passage == state.passage and turn.way is state.way:
        return _opened(state, turn, at)
    if turn.passage is not None and turn in state.waiting:
        return state, ()
    if len(state.waiting) >= _MOST_WAITING:
        return state, (_told(Act.REPORT_BUSY, turn),)
    return replace(state, waiting=(*state.waiting, turn)), ()


def _may_take(state: LaneState, way: Way) -> bool:
    return way in state.settings.ways and not (state.locked and way is Way.IN)


def _opened(state: LaneState, turn: Turn, at: datetime) -> Step:
    opened = replace(
        state,
        phase=Phase.OPEN,
        way=turn.way,
        passage=turn.passage,
        opened_at=at,
        until=at + state.settings.open_for,
    )
    return opened, (_told(Act.OPEN_ONCE, turn),)


def _passed(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """The one who was let through, the one before who was slow, or somebody who was not let."""
    late = state.late if _is_late(state, signal, at) else None
    here = state.phase is Phase.OPEN and signal.way in (state.way, None)
    again = late is not None and late.passage == state.passage
    if here and (again or not _is_of_before(state, at)):
        return _next(replace(state, passed_at=at), Act.REPORT_PASSED, at)
    if late is not None:
        waiting = tuple(turn for turn in state.waiting if turn.passage != late.passage)
        passed = replace(state, late=None, passed_at=at, waiting=waiting)
        return passed, (_told(Act.REPORT_PASSED, late),)
    return state, (LaneAction(act=_intrusion(state, signal, at), way=signal.way),)


def _is_late(state: LaneState, signal: LaneSignal, at: datetime) -> bool:
    """Whether this may be the one whose time ran out a moment ago."""
    late = state.late
    if late is None or late.until is None or at > late.until:
        return False
    return signal.way in (late.way, None)


def _is_of_before(state: LaneState, at: datetime) -> bool:
    """Whether something happened before the present passage was opened."""
    opened_at = state.opened_at
    return opened_at is not None and timedelta(0) < opened_at - at <= _CLOCK_SLIPS


def _intrusion(state: LaneState, signal: LaneSignal, at: datetime) -> Act:
    last = state.passed_at
    on_the_heels = last is not None and at - last <= state.settings.tailgating_within
    if signal.way is Way.OUT and state.is_way_out_free:
        return Act.ALARM_UNCHECKED
    if on_the_heels:
        return Act.ALARM_TAILGATING
    return Act.ALARM_UNCHECKED if state.is_way_in_free else Act.ALARM_FORCED


def _timed_out(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """The time of the one who was let through is over, by our clock or by the lane's word."""
    if state.phase is not Phase.OPEN or state.opened_at is None or state.until is None:
        return state, ()
    told = signal.kind is Signal.NOT_PASSED and signal.way in (state.way, None)
    in_time = state.opened_at - _CLOCK_SLIPS <= at < state.until
    if in_time and not (told and at - state.opened_at >= _SETTLES):
        return state, ()
    if state.settings.barrier is Barrier.LOCK:
        return _next(replace(state, passed_at=at), Act.REPORT_PASSED, at)
    late = Turn(
        way=state.way or Way.IN, passage=state.passage, until=at + state.settings.late_within
    )
    return _next(replace(state, late=late), Act.REPORT_NOT_PASSED, at)


def _next(state: LaneState, outcome: Act, at: datetime) -> Step:
    """One passage is over: open for the next who waits, or shut."""
    report = LaneAction(act=outcome, way=state.way, passage=state.passage)
    if not state.waiting:
        shut = replace(_at(state, Phase.CLOSED), late=state.late, passed_at=state.passed_at)
        return shut, (report, LaneAction(act=Act.SHUT))
    turn, *waiting = state.waiting
    after, actions = _opened(replace(state, waiting=tuple(waiting)), turn, at)
    return after, (report, *actions)


# --- Ways that are free for anybody, and a lane that is not driven ---------------------------


def _free_for_all(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    match signal.kind:
        case Signal.GRANT:
            return _granted_freely(state, signal, at)
        case Signal.PASSED if state.phase is not Phase.STOPPED:
            return _counted(state, signal, at)
        case Signal.STAFF_BUTTON if state.phase is Phase.SHELTER:
            held = replace(_at(state, Phase.HELD), expected=state.expected)
            return held, (LaneAction(act=Act.HOLD_OPEN),)
        case _:
            return state, ()


def _granted_freely(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """Whoever is granted a way that is free anyway may take it; nobody is let into a fire."""
    turn = Turn(way=signal.way or Way.IN, passage=signal.passage)
    free = state.is_way_out_free if turn.way is Way.OUT else state.phase in _FREE_IN
    if not free:
        return state, (_told(Act.REPORT_BUSY, turn),)
    return _expect(state, (turn,), at), (_told(Act.REPORT_PASSED, turn),)


_FREE_IN = (Phase.HELD, Phase.SHELTER)


def _expect(state: LaneState, turns: tuple[Turn, ...], at: datetime) -> LaneState:
    """Whoever was told to go is not counted a second time by the sensors."""
    until = at + state.settings.open_for
    coming = tuple(replace(turn, until=until) for turn in turns)
    return replace(state, expected=(*state.expected, *coming)[-_MOST_WAITING:])


def _counted(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    coming = [turn for turn in state.expected if turn.until is not None and at < turn.until]
    for turn in coming:
        if signal.way in (turn.way, None):
            coming.remove(turn)
            return replace(state, expected=tuple(coming)), ()
    state = replace(state, expected=tuple(coming))
    if signal.way is Way.IN and state.phase is Phase.RELEASED:
        return state, (LaneAction(act=Act.ALARM_FORCED, way=signal.way),)
    return state, (LaneAction(act=Act.REPORT_COUNTED, way=signal.way),)


def _frees(state: LaneState, phase: Phase, at: datetime) -> Step:
    """Both ways are free: whoever was let through or waits may go, and counts as gone."""
    turns = _under_way(state)
    freed = _expect(_at(state, phase), turns, at)
    told = tuple(_told(Act.REPORT_PASSED, turn) for turn in turns)
    return freed, (LaneAction(act=Act.HOLD_OPEN), *told)


# --- From one phase to another ---------------------------------------------------------------


def _tells(state: LaneState, signal: LaneSignal, _: datetime) -> Step:
    """What changes nothing here and somebody must know."""
    if state.phase is Phase.STOPPED:
        return state, ()
    return state, (LaneAction(act=_TOLD[signal.kind], way=signal.way),)


_TOLD = {
    Signal.JAM: Act.ALARM_JAM,
    Signal.TAMPER: Act.ALARM_TAMPER,
    Signal.AIR_RAID: Act.ALARM_AIR_RAID,
    Signal.AIR_RAID_OVER: Act.REPORT_ALL_CLEAR,
}


def _burns(state: LaneState, *_: object) -> Step:
    if state.phase is Phase.RELEASED:
        return replace(state, fire=True), ()
    undone = _left_undone(state)
    acts = (LaneAction(act=Act.RELEASE_OUT), LaneAction(act=Act.ALARM_FIRE))
    return _at(replace(state, fire=True), Phase.RELEASED), (*acts, *undone)


def _burnt_out(state: LaneState, *_: object) -> Step:
    return replace(state, fire=False), ()


def _stops(state: LaneState, *_: object) -> Step:
    """Safe levels; a release stays one, so that the next start does not end it."""
    if state.phase is Phase.RELEASED:
        return state, ()
    undone = _left_undone(state)
    return _at(state, Phase.STOPPED), (LaneAction(act=Act.RELEASE_OUT), *undone)


def _rests(state: LaneState, signal: LaneSignal, _: datetime) -> Step:
    """A start never ends a release; a reset does, once the fire input is off."""
    starts = signal.kind is Signal.START
    expected = (Phase.STOPPED,) if starts else (Phase.HELD, Phase.RELEASED)
    if state.phase not in expected:
        return state, ()
    if state.fire:
        return _burns(state)
    back = LaneAction(act=Act.SHUT if starts else Act.RESET)
    if state.shelter:
        return _at(state, Phase.SHELTER), (back, LaneAction(act=Act.HOLD_OPEN))
    return _at(state, Phase.CLOSED), (back,)


def _locks(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """Nobody is let in any more; who may go out still may, and emergencies are graver."""
    state = replace(state, locked=signal.kind is Signal.LOCK)
    if not state.locked or state.phase not in (Phase.OPEN, Phase.HELD):
        return state, ()
    if state.phase is Phase.HELD:
        return _at(state, Phase.CLOSED), (LaneAction(act=Act.RESET),)
    inwards = [turn for turn in _under_way(state) if turn.way is Way.IN]
    undone = tuple(_told(Act.REPORT_NOT_PASSED, turn) for turn in inwards)
    waiting = tuple(turn for turn in state.waiting if turn.way is Way.OUT)
    if state.way is Way.OUT:
        return replace(state, waiting=waiting), undone
    if waiting:
        after, actions = _opened(replace(state, waiting=waiting[1:]), waiting[0], at)
        return after, (*actions, *undone)
    return _at(state, Phase.CLOSED), (LaneAction(act=Act.SHUT), *undone)


def _shelters(state: LaneState, signal: LaneSignal, at: datetime) -> Step:
    """Both ways are free while the alert lasts; what is graver stays."""
    state = replace(state, shelter=signal.kind is Signal.SHELTER)
    if state.shelter and state.phase in (Phase.CLOSED, Phase.OPEN):
        return _frees(state, Phase.SHELTER, at)
    if not state.shelter and state.phase is Phase.SHELTER:
        return _at(state, Phase.CLOSED), (LaneAction(act=Act.SHUT),)
    return state, ()


def _at(state: LaneState, phase: Phase) -> LaneState:
    """In another phase nobody's passage is under way, and nobody is slow."""
    return LaneState(
        phase=phase,
        locked=state.locked,
        shelter=state.shelter,
        fire=state.fire,
        settings=state.settings,
    )


def _under_way(state: LaneState) -> tuple[Turn, ...]:
    if state.phase is not Phase.OPEN:
        return ()
    return (Turn(way=state.way or Way.IN, passage=state.passage), *state.waiting)


def _left_undone(state: LaneState) -> tuple[LaneAction, ...]:
    return tuple(_told(Act.REPORT_NOT_PASSED, turn) for turn in _under_way(state))


def _told(act: Act, turn: Turn) -> LaneAction:
    return LaneAction(act=act, way=turn.way, passage=turn.passage)


_AT_ANY_TIME: Final[Mapping[Signal, Callable[[LaneState, LaneSignal, datetime], Step]]] = {
    **dict.fromkeys(_TOLD, _tells),
    Signal.FIRE: _burns,
    Signal.FIRE_CLEARED: _burnt_out,
    Signal.STOP: _stops,
    Signal.START: _rests,
    Signal.RESET: _rests,
    Signal.LOCK: _locks,
    Signal.UNLOCK: _locks,
    Signal.SHELTER: _shelters,
    Signal.SHELTER_OVER: _shelters,
}
