"""Slip numbers: typed, scanned, mistyped."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.slip_numbers import SIGNS, new_slip_number, normalise_slip_number

STATION_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
numbers = st.builds(
    new_slip_number,
    st.text(STATION_SIGNS, min_size=2, max_size=2),
    st.integers(1, 99_999_999),
    st.binary(min_size=4, max_size=8),
)


def test_a_number_is_station_running_number_chance_and_check() -> None:
    assert new_slip_number("K1", 123, bytes(8)) == "K1-0123-A000D"
    assert new_slip_number("K1", 123_456, b"\xff" * 8).startswith("K1-123456-")


@given(numbers)
def test_a_number_reads_as_itself(number: str) -> None:
    assert normalise_slip_number(number) == number


@given(numbers)
def test_case_spaces_and_hyphens_do_not_matter(number: str) -> None:
    compact = number.replace("-", "")
    for typed in (compact, compact.lower(), f" {compact[:4]} {compact[4:]}\n", number.lower()):
        assert normalise_slip_number(typed) == number


@given(numbers)
def test_look_alikes_are_taken_for_what_was_printed(number: str) -> None:
    head, tail = number[:2], number[2:]
    for printed, typed in zip("0011258", "OQILZSB", strict=True):
        assert normalise_slip_number(head + tail.replace(printed, typed)) == number


@given(numbers, st.data())
def test_every_single_wrong_sign_is_noticed(number: str, data: st.DataObject) -> None:
    compact = number.replace("-", "")
    place = data.draw(st.integers(0, len(compact) - 1))
    alphabet = STATION_SIGNS if place < 2 else SIGNS
    wrong = data.draw(st.sampled_from(alphabet).filter(lambda sign: sign != compact[place]))
    assert normalise_slip_number(compact[:place] + wrong + compact[place + 1 :]) is None


@given(numbers)
def test_every_swap_of_neighbours_is_noticed(number: str) -> None:
    compact = number.replace("-", "")
    for place in range(len(compact) - 1):
        one, two = compact[place], compact[place + 1]
        swapped = compact[:place] + two + one + compact[place + 2 :]
        if one != two:
            assert normalise_slip_number(swapped) != number
            assert place == 1 or normalise_slip_number(swapped) is None


@given(numbers)
def test_numbers_carry_no_look_alikes_and_fit_a_narrow_paper(number: str) -> None:
    compact = number.replace("-", "")
    assert set(compact[2:]) <= set(SIGNS)
    assert len(compact) <= 15


@given(st.from_regex(r"[0-9]{5,20}", fullmatch=True))
def test_digits_alone_are_never_a_slip(digits: str) -> None:
    assert normalise_slip_number(digits) is None


@given(st.text(max_size=60) | st.text(STATION_SIGNS + "- ", max_size=20))
def test_anything_else_is_none_or_a_number_that_reads_as_itself(text: str) -> None:
    number = normalise_slip_number(text)
    assert number is None or normalise_slip_number(number) == number


@pytest.mark.threat(3)
def test_the_next_number_cannot_be_guessed_from_the_last() -> None:
    """Half a million endings to each running number, by chance alone."""
    endings = {new_slip_number("K1", 7, chance.to_bytes(4, "big"))[8:] for chance in range(3000)}
    assert len(endings) > 2300
    spread = {new_slip_number("K1", 7, bytes(2) + bytes([n, 0]))[8] for n in range(256)}
    assert len(spread) > 15


@pytest.mark.parametrize(
    "station, running, entropy",
    [
        ("K", 1, bytes(4)),
        ("k1", 1, bytes(4)),
        ("КА", 1, bytes(4)),
        ("K1", 0, bytes(4)),
        ("K1", 100_000_000, bytes(4)),
        ("K1", 1, bytes(3)),
    ],
)
def test_what_makes_no_number_is_refused(station: str, running: int, entropy: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        new_slip_number(station, running, entropy)


@pytest.mark.parametrize(
    "text", ["", "K1", "K1-0123-A000V", "K1-00123-A000D", "K1-0000-A0000", "Ａ"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert normalise_slip_number(text) is None


@pytest.mark.parametrize("head", ["K1-00123-A00", "K1-0000-A00"])
def test_a_running_number_is_written_in_one_way_and_never_zero(head: str) -> None:
    """Whatever the last signs: one of these endings has the right check sign."""
    for last in SIGNS:
        assert {normalise_slip_number(head + last + check) for check in SIGNS} == {None}
