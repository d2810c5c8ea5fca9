"""Contacts that bounce."""

from hypothesis import given
from hypothesis import strategies as st

from hardware.debounce import Debounced


def heard(contact: Debounced, levels: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    fed = [(at_s, contact.feed(raw=raw, at_s=at_s)) for at_s, raw in levels]
    return [(at_s, change) for at_s, change in fed if change is not None]


def test_a_contact_that_bounces_switches_once() -> None:
    bouncing = [(n / 64, n % 2 == 0) for n in range(9)]
    held = [(8 / 64 + n / 16, True) for n in range(6)]
    assert heard(Debounced(1 / 4), bouncing + held) == [(8 / 64 + 1 / 4, True)]


def test_a_spike_is_nothing() -> None:
    assert heard(Debounced(0.02), [(0, True), (0.015, True), (0.019, False), (1, False)]) == []


def test_a_contact_that_lets_go_is_told_too() -> None:
    contact = Debounced(1 / 4)
    levels = [(0.0, True), (0.25, True), (5.0, False), (5.25, False)]
    assert heard(contact, levels) == [(0.25, True), (5.25, False)]


def test_what_is_on_from_the_start_is_told_where_it_matters() -> None:
    levels = [(0.0, True), (0.05, True)]
    assert heard(Debounced(0.02), levels) == [(0.05, True)]
    barrier = Debounced(0.02, starts_anyhow=True)
    assert heard(barrier, levels) == []
    assert barrier.level is True


@given(st.lists(st.tuples(st.floats(0.0001, 0.1), st.booleans())), st.floats(0.001, 0.05))
def test_a_change_is_told_only_after_the_level_held_and_never_twice(
    steps: list[tuple[float, bool]], settle_s: float
) -> None:
    contact, at_s, last, since_s, told = Debounced(settle_s), 0.0, False, 0.0, False
    for step_s, raw in steps:
        at_s += step_s
        if raw != last:
            last, since_s = raw, at_s
        change = contact.feed(raw=raw, at_s=at_s)
        if change is not None:
            assert change is raw
            assert change is not told
            assert at_s - since_s >= settle_s
            told = change
        assert contact.level is told
