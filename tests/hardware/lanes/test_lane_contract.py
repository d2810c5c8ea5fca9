"""What every lane promises, whoever drives its bars."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hardware.contracts import (
    Buzz,
    Detail,
    DeviceClosed,
    DeviceMissing,
    Direction,
    HealthState,
    LampState,
    LaneSignal,
    Now,
    SignalKind,
)
from hardware.simulator_control import NotNow
from tests.hardware.conftest import MOMENT
from tests.hardware.lanes.benches import BENCHES, Bench

IN, OUT = Direction.IN, Direction.OUT


@pytest.fixture(params=BENCHES)
def bench(
    request: pytest.FixtureRequest,
    now: Now,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    opened: Callable[[Any], Any],
) -> Bench:
    """A lane that has been taken into service."""
    made: Bench = opened(BENCHES[request.param](now, monkeypatch, tmp_path))
    made.lane.shut()
    return made


def said(bench: Bench) -> list[tuple[SignalKind, Direction | None]]:
    return [(signal.kind, signal.direction) for signal in bench.lane.signals(0)]


def test_at_rest_both_ways_are_locked(bench: Bench) -> None:
    assert [bench.is_free(way) for way in Direction] == [False, False]
    assert bench.lane.signals(0) == ()


@pytest.mark.parametrize("way", Direction)
def test_it_opens_for_one_person_and_one_way(bench: Bench, way: Direction) -> None:
    other = OUT if way is IN else IN
    bench.lane.open_once(way)
    with pytest.raises(NotNow):
        bench.walk(other)
    bench.walk(way)
    assert bench.lane.signals(0) == (LaneSignal(SignalKind.PASSED, way, MOMENT),)
    with pytest.raises(NotNow):
        bench.walk(way)


@pytest.mark.fault(30)
def test_it_locks_by_itself_when_nobody_passes_and_says_so(bench: Bench) -> None:
    bench.lane.open_once(IN)
    bench.pass_time(7.9)
    assert said(bench) == []
    assert bench.is_free(IN)
    bench.pass_time(0.2)
    assert said(bench) == [(SignalKind.NOT_PASSED, IN)]
    assert not bench.is_free(IN)


def test_who_is_let_in_again_has_the_whole_time_anew(bench: Bench) -> None:
    bench.lane.open_once(IN)
    bench.pass_time(7)
    bench.lane.open_once(IN)
    bench.pass_time(7)
    assert bench.is_free(IN)


def test_it_can_be_held_open_and_shut_again(bench: Bench) -> None:
    bench.lane.hold_open()
    bench.pass_time(20)
    assert [bench.is_free(way) for way in Direction] == [True, True]
    bench.lane.shut()
    assert [bench.is_free(way) for way in Direction] == [False, False]


def test_the_way_out_alone_can_be_freed(bench: Bench) -> None:
    bench.lane.release()
    bench.pass_time(20)
    assert (bench.is_free(IN), bench.is_free(OUT)) == (False, True)
    bench.lane.shut()
    assert not bench.is_free(OUT)


@pytest.mark.fault(32)
def test_a_fire_frees_the_way_out_and_no_order_ends_it_but_a_reset(bench: Bench) -> None:
    bench.lane.open_once(IN)
    bench.fire(on=True)
    said(bench)
    for order in (bench.lane.hold_open, bench.lane.shut, lambda: bench.lane.open_once(IN)):
        order()
        assert (bench.is_free(IN), bench.is_free(OUT)) == (False, True)
    assert said(bench) == [(SignalKind.FIRE, None), (SignalKind.NOT_PASSED, IN)]
    bench.lane.reset()
    assert bench.is_free(OUT), "it burns"
    bench.fire(on=False)
    assert bench.is_free(OUT), "nobody has reset it"
    bench.lane.reset()
    assert not bench.is_free(OUT)


@pytest.mark.scenario("X20")
def test_the_staff_button_frees_both_ways_until_a_reset(bench: Bench) -> None:
    bench.staff_button()
    bench.lane.shut()
    assert [bench.is_free(way) for way in Direction] == [True, True]
    assert said(bench) == [(SignalKind.STAFF_BUTTON, None)] * 2
    bench.lane.reset()
    assert [bench.is_free(way) for way in Direction] == [False, False]


def test_who_pushes_through_is_told(bench: Bench) -> None:
    bench.push()
    assert SignalKind.FORCED in {kind for kind, _ in said(bench)}


@pytest.mark.fault(32)
def test_fire_its_end_and_the_button_are_told_in_their_order(bench: Bench) -> None:
    bench.fire(on=True)
    bench.fire(on=False)
    bench.staff_button()
    assert said(bench) == [
        (SignalKind.FIRE, None),
        (SignalKind.FIRE_CLEARED, None),
        (SignalKind.STAFF_BUTTON, None),
    ]


@pytest.mark.fault(28)
def test_without_its_lines_nothing_opens_and_everybody_is_told(bench: Bench) -> None:
    bench.lane.open_once(IN)
    bench.lose()
    acts: list[Callable[[], object]] = [
        lambda: bench.lane.open_once(IN),
        bench.lane.hold_open,
        lambda: bench.lane.show(LampState.GO),
        lambda: bench.lane.signals(0),
    ]
    for act in acts:
        with pytest.raises(DeviceMissing):
            act()
    assert (bench.is_free(IN), bench.is_free(OUT)) == (False, True)
    health = bench.lane.health()
    assert (health.state, health.detail_code) == (HealthState.FAILED, Detail.MISSING)


@pytest.mark.fault(5, 28)
def test_lines_that_come_back_are_found_and_nothing_is_open_from_before(bench: Bench) -> None:
    bench.lane.open_once(IN)
    bench.lose()
    bench.find()
    assert not bench.is_free(IN)
    bench.lane.open_once(IN)
    assert bench.lane.health().state is HealthState.WORKS
    assert bench.is_free(IN)


def test_lamps_show_what_they_are_told(bench: Bench) -> None:
    for lamps in (LampState.READY, LampState.GO, LampState.STOP, LampState.DARK):
        bench.lane.show(lamps)
        assert bench.lamps() is lamps
    bench.lane.buzz(Buzz.SHORT)


def test_closing_sets_safe_levels(bench: Bench) -> None:
    bench.lane.show(LampState.GO)
    bench.lane.hold_open()
    bench.lane.close()
    bench.lane.close()
    assert (bench.is_free(IN), bench.is_free(OUT)) == (False, True)
    assert bench.lamps() is LampState.DARK
    with pytest.raises(DeviceClosed):
        bench.lane.open_once(IN)
    with pytest.raises(DeviceClosed):
        bench.lane.signals(0)
    assert bench.lane.health().detail_code == Detail.CLOSED


def test_health_tells_when_the_lane_was_last_heard_of(bench: Bench) -> None:
    bench.pass_time(0.1)
    bench.lane.signals(0)
    health = bench.lane.health()
    assert (health.state, health.detail_code) == (HealthState.WORKS, Detail.FINE)
    assert health.seen_at == MOMENT
