"""A printer's status bytes."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.contracts import PaperStatus
from hardware.escpos_status import (
    QUESTIONS,
    Condition,
    answer,
    answer_in_order,
    condition,
    is_in_order,
    is_real_time,
)

CONDITIONS = [Condition(*flags) for flags in product((False, True), repeat=6)]


@pytest.mark.parametrize("now", CONDITIONS, ids=str)
def test_what_a_printer_answers_is_understood(now: Condition) -> None:
    understood = condition([answer(question[2], now) for question in QUESTIONS])
    assert understood.status is now.status


@pytest.mark.parametrize(
    "answers,status",
    [
        # As Epson's command reference gives them.
        ((0x12, 0x12, 0x12, 0x12), PaperStatus.OK),
        ((0x16, 0x12, 0x12, 0x12), PaperStatus.OK),
        ((0x12, 0x12, 0x12, 0x1E), PaperStatus.NEAR_END),
        ((0x1A, 0x32, 0x12, 0x7E), PaperStatus.OUT),
        ((0x1A, 0x36, 0x12, 0x7E), PaperStatus.COVER_OPEN),
        ((0x1A, 0x52, 0x1A, 0x12), PaperStatus.CUTTER_JAM),
        ((0x1A, 0x52, 0x32, 0x12), PaperStatus.BROKEN),
        ((0x1A, 0x1A, 0x12, 0x12), PaperStatus.OFFLINE),
        ((0x1A, 0x52, 0x52, 0x12), PaperStatus.OFFLINE),
    ],
)
def test_the_gravest_of_several_states_is_told(
    answers: tuple[int, ...], status: PaperStatus
) -> None:
    assert condition(answers).status is status


@pytest.mark.parametrize("now", CONDITIONS, ids=str)
def test_answers_to_both_kinds_of_question_are_told_apart(now: Condition) -> None:
    in_order = answer_in_order(now)
    assert is_in_order(in_order)
    assert not is_real_time(in_order)
    for question in QUESTIONS:
        assert is_real_time(answer(question[2], now))
        assert not is_in_order(answer(question[2], now))


@given(byte=st.integers(0, 255))
def test_flow_control_and_noise_are_no_answer(byte: int) -> None:
    assert not (is_real_time(byte) and is_in_order(byte))
    assert not is_real_time(0x11)
    assert not is_real_time(0x13)
