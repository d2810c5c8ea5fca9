"""One report for a code held still."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.contracts import CodeFormat
from hardware.decoder import Code
from hardware.held_still import HeldStill

TICKET = Code(b"LT1:A", CodeFormat.QR)
OTHER = Code(b"LT1:B", CodeFormat.QR)
BARS = Code(b"0042", CodeFormat.CODE128)


@pytest.mark.fault(9)
def test_a_code_held_for_long_is_new_once() -> None:
    held = HeldStill(2.0)
    news = [held.new([TICKET], moment / 30) for moment in range(300)]
    assert news[0] == [TICKET]
    assert not any(news[1:])


@pytest.mark.fault(9)
def test_a_hand_that_trembles_does_not_show_it_again() -> None:
    held = HeldStill(2.0)
    assert held.new([TICKET], 0)
    assert not held.new([], 1)
    assert not held.new([TICKET], 1.9)
    assert not held.new([TICKET], 3.8)


def test_a_code_that_was_away_is_new_again() -> None:
    held = HeldStill(2.0)
    assert held.new([TICKET], 0)
    assert held.new([TICKET], 2.1) == [TICKET]


def test_the_next_person_does_not_wait() -> None:
    held = HeldStill(2.0)
    assert held.new([TICKET], 0) == [TICKET]
    assert held.new([OTHER], 0.1) == [OTHER]
    assert held.new([TICKET, OTHER], 0.2) == []


def test_bars_count_when_two_frames_agree() -> None:
    held = HeldStill(2.0)
    assert held.new([BARS], 0) == []
    assert held.new([Code(b"0043", CodeFormat.CODE128)], 0.1) == []
    assert held.new([BARS], 0.2) == [BARS]
    assert held.new([BARS], 0.3) == []


def test_bars_on_the_same_paper_as_a_square_code_are_not_reported() -> None:
    held = HeldStill(2.0)
    assert held.new([TICKET, BARS], 0) == [TICKET]
    assert held.new([BARS], 0.5) == []
    assert held.new([BARS], 1.0) == []
    assert held.new([BARS], 2.1) == [BARS]


@given(shown=st.lists(st.tuples(st.binary(min_size=1, max_size=2), st.floats(0, 1)), max_size=300))
@pytest.mark.fault(9)
def test_no_code_is_reported_twice_within_the_time_that_makes_it_new(
    shown: list[tuple[bytes, float]],
) -> None:
    held, moment, last = HeldStill(2.0), 0.0, dict[bytes, float]()
    for data, pause in shown:
        moment += pause
        if held.new([Code(data, CodeFormat.QR)], moment) and len(last) < 64:
            assert moment - last.get(data, -9) > 2.0
        last[data] = moment


def test_a_flood_of_codes_is_not_remembered_for_ever() -> None:
    held = HeldStill(60)
    for number in range(1000):
        held.new([Code(str(number).encode(), CodeFormat.QR)], number / 100)
    assert len(held._seen) <= 66
