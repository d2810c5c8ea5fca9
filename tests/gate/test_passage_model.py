"""A lane explored to the end: every state that any sequence of signals can lead to.

Time is told in whole seconds and its terms are cut to a second or two, so that states differ only
by what matters and the exploration ends by itself. Every transition is judged, so whatever holds
here holds for sequences of any length with up to three people at the lane.
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from gate.passage import (
    ALARMS,
    Act,
    Barrier,
    LaneAction,
    LaneSettings,
    LaneSignal,
    LaneState,
    Phase,
    Signal,
    Turn,
    Way,
    step,
)
from tests.gate.sample import AT

PEOPLE = {"anna": Way.IN, "borys": Way.OUT, "vira": Way.IN}
TERMS: dict[str, Any] = {
    "open_for": timedelta(seconds=2),
    "late_within": timedelta(seconds=1),
    "tailgating_within": timedelta(seconds=1),
}
LANES = {
    "turnstile": LaneSettings(**TERMS),
    "locked both ways": LaneSettings(**TERMS, lock_out=True),
    "plain lock": LaneSettings(**TERMS, barrier=Barrier.LOCK),
    "no barrier": LaneSettings(**TERMS, barrier=Barrier.NONE),
    "way out alone": LaneSettings(**TERMS, ways=frozenset({Way.OUT}), lock_out=True),
}
WIRING = Path(__file__).parents[2] / "docs" / "hardware" / "wiring.md"
AS_TOLD = {
    "turnstile": "{states:,} states and {steps:,} steps",
    "locked both ways": "{states:,} states and {steps:,} steps",
    "plain lock": "{states:,} states for a plain lock",
    "no barrier": "{states:,} states and {steps:,} steps",
    "way out alone": "{states:,} for a way out alone",
}
"""How the documentation tells what was explored."""
OLDEST_S = 2
"""Older than this, all terms are over."""
MOMENTS = [AT + timedelta(seconds=n) for n in (0, 1)]
"""At once, and a second later."""
OUTCOMES = {Act.REPORT_PASSED, Act.REPORT_NOT_PASSED, Act.REPORT_BUSY}
DRIVING = {
    Act.HOLD_OPEN: (True, True),
    Act.RELEASE_OUT: (False, True),
    Act.SHUT: (False, False),
    Act.RESET: (False, False),
}
FREEING = (Signal.STAFF_BUTTON, Signal.SHELTER)


@dataclass(frozen=True)
class Lane:
    """A lane's state, and what its bars were last told: (in free, out free)."""

    state: LaneState
    bars: tuple[bool, bool] = (False, True)


def signals() -> Iterator[LaneSignal]:
    """Everything that can happen."""
    for kind in Signal:
        if kind is Signal.GRANT:
            yield from (LaneSignal(kind=kind, way=w, passage=p) for p, w in PEOPLE.items())
        elif kind in (Signal.PASSED, Signal.NOT_PASSED, Signal.REFUSE):
            yield from (LaneSignal(kind=kind, way=way) for way in Way)
        else:
            yield LaneSignal(kind=kind)


def after(lane: Lane, signal: LaneSignal, at: datetime) -> tuple[Lane, tuple[LaneAction, ...]]:
    state, actions = step(lane.state, signal, at)
    bars = lane.bars
    for action in actions:
        if action.act is Act.OPEN_ONCE:
            bars = (action.way is Way.IN, action.way is Way.OUT)
        bars = DRIVING.get(action.act, bars)
    return Lane(state, bars), actions


def aged(state: LaneState, at: datetime) -> LaneState:
    """The same state as seen from `AT`, with everything long past cut to one age."""

    def seen(moment: datetime | None) -> datetime | None:
        if moment is None or at - moment > timedelta(seconds=OLDEST_S):
            return None if moment is None else AT - timedelta(seconds=OLDEST_S)
        return AT + (moment - at)

    late, passed_at = state.late, seen(state.passed_at)
    return replace(
        state,
        opened_at=seen(state.opened_at),
        until=seen(state.until),
        passed_at=None if passed_at == AT - timedelta(seconds=OLDEST_S) else passed_at,
        late=replace(late, until=seen(late.until)) if _is_on(late, at) and late else None,
        expected=tuple(replace(t, until=seen(t.until)) for t in state.expected if _is_on(t, at)),
    )


def _is_on(turn: Turn | None, at: datetime) -> bool:
    return turn is not None and turn.until is not None and at <= turn.until


def explored(settings: LaneSettings) -> Iterator[tuple[Lane, LaneSignal, datetime, Lane, Any]]:
    """Every transition of every state that can be reached."""
    first = Lane(LaneState(settings=settings))
    known, todo = {first}, [first]
    while todo:
        lane = todo.pop()
        for signal in signals():
            for at in MOMENTS:
                then, actions = after(lane, signal, at)
                yield lane, signal, at, then, actions
                seen = Lane(aged(then.state, at), then.bars)
                if len(seen.state.expected) <= 2 and seen not in known:
                    known.add(seen)
                    todo.append(seen)


def under_way(state: LaneState) -> Counter[tuple[str | None, Way]]:
    """Who was granted a passage and has no word on it yet."""
    if state.phase is not Phase.OPEN:
        return Counter()
    assert state.way is not None
    waiting = ((turn.passage, turn.way) for turn in state.waiting)
    return Counter([(state.passage, state.way), *waiting])


def nobody_is_lost(lane: Lane, signal: LaneSignal, then: Lane, actions: Any) -> None:
    """Whoever is granted a passage gets one word on it, and waits until then."""
    before = under_way(lane.state)
    if signal.kind is Signal.GRANT:
        before[signal.passage, signal.way or Way.IN] = 1
    told = [(a.passage, a.way) for a in actions if a.act in OUTCOMES]
    slow = lane.state.late
    if slow is not None and (slow.passage, slow.way) in told and not before[slow.passage, slow.way]:
        told.remove((slow.passage, slow.way))
    assert before - Counter(told) == under_way(then.state)
    assert not Counter(told) - before


def every_passage_is_told(lane: Lane, signal: LaneSignal, then: Lane, actions: Any) -> None:
    """Somebody who goes through is known, counted, expected, or alarmed about."""
    if signal.kind is not Signal.PASSED or lane.state.phase is Phase.STOPPED:
        return
    told = [a for a in actions if a.act in {Act.REPORT_PASSED, Act.REPORT_COUNTED, *ALARMS}]
    fewer = len(then.state.expected) < len(lane.state.expected)
    assert len(told) == 1 or (not told and fewer)


def nothing_opens_undecided(lane: Lane, signal: LaneSignal, then: Lane, actions: Any) -> None:
    """A way is freed for somebody who was granted it, by staff, for a shelter, or by fire."""
    for action in actions:
        if action.act is Act.OPEN_ONCE:
            turn = (action.passage, action.way)
            assert turn in under_way(lane.state) or turn == (signal.passage, signal.way)
        if action.act is Act.HOLD_OPEN:
            into_shelter = signal.kind is Signal.RESET and lane.state.shelter
            assert signal.kind in FREEING or into_shelter or signal.kind is Signal.START
    if then.bars[0] and not lane.bars[0]:
        assert {a.act for a in actions} & {Act.OPEN_ONCE, Act.HOLD_OPEN}


def fire_opens_and_stays(lane: Lane, signal: LaneSignal, then: Lane, actions: Any) -> None:
    """The fire input always leads to a free way out and a shut way in; only a reset ends it."""
    if signal.kind is Signal.FIRE:
        assert then.state.phase is Phase.RELEASED
        assert then.bars == (False, True)
    if then.state.fire:
        assert then.bars == (False, True)
        assert then.state.is_way_out_free
    if lane.state.phase is Phase.RELEASED and then.state.phase is not Phase.RELEASED:
        assert signal.kind is Signal.RESET
        assert not lane.state.fire


def bars_do_as_the_state_says(settings: LaneSettings, then: Lane) -> None:
    """What the lane believes is free is what its driver was told to free."""
    state, (way_in, way_out) = then.state, then.bars
    if settings.barrier is not Barrier.NONE:
        assert state.is_way_in_free is way_in
    assert way_out <= state.is_way_out_free
    if settings.lock_out and settings.barrier is not Barrier.NONE:
        assert state.is_way_out_free is way_out
    if state.locked:
        assert not way_in or state.phase in (Phase.SHELTER, Phase.HELD)
    if state.phase is Phase.OPEN:
        assert state.way in settings.ways


@pytest.mark.fault(28, 29, 30, 31, 32)
@pytest.mark.parametrize("name", LANES)
def test_no_sequence_of_signals_breaks_a_promise(name: str) -> None:
    settings, transitions = LANES[name], 0
    for lane, signal, _, then, actions in explored(settings):
        transitions += 1
        nobody_is_lost(lane, signal, then, actions)
        every_passage_is_told(lane, signal, then, actions)
        nothing_opens_undecided(lane, signal, then, actions)
        fire_opens_and_stays(lane, signal, then, actions)
        bars_do_as_the_state_says(settings, then)
    states = transitions // (len(list(signals())) * len(MOMENTS))
    told = AS_TOLD[name].format(states=states, steps=transitions)
    assert told in " ".join(WIRING.read_text("utf-8").split())


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_is_reached(phase: Phase) -> None:
    assert any(then.state.phase is phase for *_, then, _ in explored(LANES["turnstile"]))


def test_a_state_holds_no_more_than_is_explored() -> None:
    """A field that is added is a new dimension: think about its ages above."""
    assert {field.name for field in fields(LaneState)} == {
        "phase", "way", "passage", "opened_at", "until", "waiting", "late", "expected",
        "passed_at", "locked", "shelter", "fire", "settings",
    }  # fmt: skip
