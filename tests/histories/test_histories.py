"""Whatever fails between stations and server: each visit once, all sides equal at the end.

`make soak` tries ten thousand histories; here are a few of them, others each time.
"""

from __future__ import annotations

import pytest

from tests.histories.machine import search

HISTORIES = 60


@pytest.mark.fault(10, 12, 14, 15, 16, 17, 18)
@pytest.mark.parametrize("half", ["first", "second"])
def test_whatever_fails_each_visit_is_kept_once_and_all_sides_are_equal_at_the_end(
    half: str,
) -> None:
    """In two halves, for machines with two cores."""
    assert search(HISTORIES) >= HISTORIES, half
