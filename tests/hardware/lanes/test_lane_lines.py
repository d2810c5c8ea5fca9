"""Lines of a lane: unsafe wiring is refused, and the levels of each line are stated."""

from typing import Any

import pytest

from hardware import factory
from hardware.factory import Kind
from hardware.lane_lines import LineLevels, Settings, levels
from tests.hardware.lanes.benches import LINES

PULSE_TURNSTILE: dict[str, Any] = {
    "driver": "gpio",
    "open_in": {"pin": 17, "without_current": "locked", "drive": "pulse"},
    "open_out": {"pin": 27, "without_current": "locked", "drive": "pulse", "pulse_s": 0.3},
    "free_out": {"pin": 22, "without_current": "free", "active": "low"},
    "passed_in": {"pin": 5},
    "passed_out": {"pin": 6},
}


def faults(**lines: Any) -> tuple[str, ...]:
    return factory.check(Kind.LANE, {**LINES, **lines})


def test_sound_lines_are_accepted() -> None:
    assert faults() == ()
    assert factory.check(Kind.LANE, PULSE_TURNSTILE) == ()


@pytest.mark.parametrize(
    "lines,words",
    [
        (
            {"open_in": {"pin": 17, "without_current": "free"}},
            "must be locked without current",
        ),
        ({"open_out": {"pin": 27, "without_current": "locked"}}, "nobody gets out without power"),
        ({"open_out": None}, "nobody gets out without power"),
        (
            {"open_out": {"pin": 27, "without_current": "free", "drive": "pulse"}},
            "a pulse can only free",
        ),
        ({"free_out": {"pin": 4, "without_current": "locked"}}, "must be free without current"),
    ],
)
@pytest.mark.fault(28)
def test_wiring_that_is_unsafe_without_power_is_refused(lines: dict[str, Any], words: str) -> None:
    assert words in "".join(faults(**lines))


@pytest.mark.fault(28)
def test_a_way_out_that_never_locks_needs_no_relay() -> None:
    assert faults(open_out=None, out_never_locks=True) == ()


@pytest.mark.fault(30)
def test_a_way_that_nothing_watches_is_refused() -> None:
    assert "nothing sees whether somebody passed" in "".join(faults(passed_in=None, door=None))
    assert faults(passed_in=None) == ()


def test_one_pin_has_one_use_but_a_lamp_may_mean_two_things() -> None:
    assert "pin 5 is used 2 times" in "".join(faults(buzzer={"pin": 5}))
    assert faults(lamps={"stop": {"pin": 20}, "call": {"pin": 20}}) == ()
    assert "dark" in "".join(faults(lamps={"dark": {"pin": 20}}))


def test_all_faults_are_named_at_once() -> None:
    (sentence,) = faults(
        open_in={"pin": 5, "without_current": "free"}, open_out=None, passed_in={"pin": 5}
    )
    assert all(word in sentence for word in ("open_in", "nobody gets out", "pin 5"))


@pytest.mark.parametrize("pin", [-1, 28, "17a"])
def test_pins_are_those_of_the_header(pin: object) -> None:
    assert any("pin" in fault for fault in faults(buzzer={"pin": pin}))


def test_the_levels_of_every_line_are_stated() -> None:
    told = {each.name: each for each in levels(Settings.model_validate(LINES))}
    assert told["open_in"] == LineLevels("open_in", 17, "high", "high", "low", "high")
    assert told["open_out"] == LineLevels("open_out", 27, "low", "high", "low", "low")
    assert told["lamp_21"].open == "high"
    pulsed = {each.name: each for each in levels(Settings.model_validate(PULSE_TURNSTILE))}
    assert pulsed["open_out"].open == "high for 0.3 s"
    assert pulsed["free_out"] == LineLevels("free_out", 22, "high", "low", "high", "high")


@pytest.mark.parametrize("lines", [LINES, PULSE_TURNSTILE])
@pytest.mark.fault(28)
def test_every_line_starts_as_it_is_safe(lines: dict[str, Any]) -> None:
    settings = Settings.model_validate(lines)
    for each in levels(settings):
        assert each.start == each.safe
        assert each.start != settings.outputs[each.name].active, "no current"
