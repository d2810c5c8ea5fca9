"""Codes are put together whatever pieces they come in, and half codes never are."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.scanner_lines import (
    LONGEST,
    MOST_REMEMBERED,
    EndsBy,
    LineAssembler,
    LineRules,
    Repeats,
)

PAUSE_S = 0.3
PLAIN = LineRules(pause_s=PAUSE_S)
WRAPPED = LineRules(prefix=b"~P", suffix=b"#", pause_s=PAUSE_S)
BY_PAUSE = LineRules(pause_s=PAUSE_S, ends_by=EndsBy.PAUSE)

ENDS = [b"\r", b"\n", b"\r\n", b"\t"]
ends = st.sampled_from(ENDS)
signs = st.sampled_from([sign for sign in range(256) if sign not in b"\r\n\t"])
codes = st.lists(signs, min_size=1, max_size=40).map(bytes)
all_rules = st.builds(
    LineRules,
    prefix=st.sampled_from([b"", b"~P", b"\x02"]),
    suffix=st.sampled_from([b"", b"#", b"\x03\x04"]),
    pause_s=st.just(PAUSE_S),
    ends_by=st.sampled_from(EndsBy),
)


def assemble(rules: LineRules, *pieces: tuple[bytes, float]) -> list[bytes]:
    lines = LineAssembler(rules)
    return [code for data, at_s in pieces for code in lines.feed(data, at_s)]


@given(all_rules, st.lists(st.tuples(codes, ends), max_size=6), st.data())
def test_codes_come_out_as_they_went_in_whatever_the_pieces(
    rules: LineRules, sent: list[tuple[bytes, bytes]], data: st.DataObject
) -> None:
    stream = b"".join(rules.prefix + code + rules.suffix + end for code, end in sent)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(stream)))) | {0, len(stream)})
    pieces = [
        (stream[a:b], number * 0.99 * PAUSE_S) for number, (a, b) in enumerate(pairwise(cuts))
    ]
    assert assemble(rules, *pieces) == [code for code, _ in sent]


@pytest.mark.fault(8)
@given(codes, codes, ends, st.floats(PAUSE_S * 1.01, 1e6))
def test_half_a_code_is_dropped_after_the_pause(
    half: bytes, whole: bytes, end: bytes, silence_s: float
) -> None:
    assert assemble(PLAIN, (half, 5.0), (whole + end, 5.0 + silence_s)) == [whole]


@given(codes, codes, st.floats(0, PAUSE_S * 0.99))
def test_a_code_may_come_slowly(first: bytes, second: bytes, wait_s: float) -> None:
    assert assemble(PLAIN, (first, 0.0), (second + b"\r", wait_s)) == [first + second]


@given(codes, st.floats(PAUSE_S * 1.01, 1e6))
def test_a_pause_ends_a_code_where_the_scanner_sends_no_end(code: bytes, wait_s: float) -> None:
    lines = LineAssembler(BY_PAUSE)
    assert lines.feed(code, 0.0) == []
    assert lines.pause(PAUSE_S) == []
    assert lines.pause(wait_s) == [code]
    assert lines.due_s is None


@pytest.mark.fault(8)
@pytest.mark.parametrize(
    "line", [b"CODE", b"~PCODE", b"CODE#", b"~P#", b"~P", b"#", b"P#", b"~#", b"P~CODE#"]
)
@pytest.mark.parametrize("ends_by", EndsBy)
def test_a_line_without_its_prefix_or_suffix_is_dropped(line: bytes, ends_by: EndsBy) -> None:
    rules = LineRules(prefix=b"~P", suffix=b"#", pause_s=PAUSE_S, ends_by=ends_by)
    assert assemble(rules, (line + b"\r\n~PNEXT#\r\n", 0.0)) == [b"NEXT"]


@pytest.mark.threat(7)
@given(st.integers(LONGEST + 1, 5 * LONGEST), st.integers(1, 700), ends)
def test_a_line_without_end_takes_no_memory_and_is_dropped(
    length: int, size: int, end: bytes
) -> None:
    lines = LineAssembler(PLAIN)
    stream = b"x" * length
    for at in range(0, length, size):
        assert lines.feed(stream[at : at + size], 0.0) == []
        assert len(lines._held) <= LONGEST
    assert lines.feed(b"tail" + end + b"NEXT" + end, 0.0) == [b"NEXT"]


@pytest.mark.threat(7)
@given(all_rules, st.lists(st.tuples(st.binary(max_size=1500), st.floats(0, 1e9)), max_size=8))
def test_whatever_comes_makes_short_lines_without_ends(
    rules: LineRules, pieces: list[tuple[bytes, float]]
) -> None:
    for code in assemble(rules, *pieces):
        assert 0 < len(code) <= LONGEST
        assert not set(code) & set(b"\r\n\t")


def test_a_code_that_something_was_lost_from_is_dropped() -> None:
    lines = LineAssembler(BY_PAUSE)
    lines.feed(b"123", 0.0)
    lines.spoil()
    assert lines.feed(b"789\r456\r", 0.0) == [b"456"]


def test_what_was_lost_between_two_codes_spoils_no_later_one() -> None:
    lines = LineAssembler(PLAIN)
    lines.spoil()
    assert lines.feed(b"456\r", lines.due_s or 0.0) == []
    lines.spoil()
    assert lines.feed(b"456\r", (lines.due_s or 0.0) + 1) == [b"456"]


def test_a_clock_that_went_back_tears_nothing_apart() -> None:
    assert assemble(PLAIN, (b"12", 100.0), (b"34\r", 3.0)) == [b"1234"]


@pytest.mark.fault(9)
def test_a_code_that_is_sent_again_and_again_is_new_once() -> None:
    repeats = Repeats(away_s=2.0)
    sent = [repeats.is_new(b"code", tenths / 10) for tenths in range(0, 100, 3)]
    assert sent == [True] + [False] * (len(sent) - 1)


@pytest.mark.fault(9)
def test_two_codes_before_one_scanner_are_two_scans() -> None:
    repeats = Repeats(away_s=2.0)
    sent = [repeats.is_new(code, at) for at in range(8) for code in (b"one", b"other")]
    assert sent == [True, True] + [False] * 14


def test_a_code_that_was_away_is_new_again() -> None:
    repeats = Repeats(away_s=2.0)
    assert [repeats.is_new(b"code", at) for at in (0.0, 2.0, 4.0, 6.1)] == [
        True, False, False, True,
    ]  # fmt: skip


@given(st.lists(codes, max_size=300))
def test_what_is_remembered_is_bounded(sent: list[bytes]) -> None:
    repeats = Repeats(away_s=60.0)
    for at, code in enumerate(sent):
        repeats.is_new(code, at / 1000)
    assert len(repeats._last_s) <= MOST_REMEMBERED
