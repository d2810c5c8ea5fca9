"""Work that goes on by itself, and its pauses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kiosk.sync.loop import Backoff, Loop


def test_pauses_grow_and_are_never_the_same() -> None:
    backoff = Backoff(shortest_s=1, longest_s=8)
    pauses = [backoff.next_s() for _ in range(6)]
    assert all(
        0.5 * limit <= pause <= limit
        for pause, limit in zip(pauses, (1, 2, 4, 8, 8, 8), strict=True)
    )
    backoff.reset()
    assert backoff.next_s() <= 1


@contextmanager
def running(loop: Loop) -> Iterator[None]:
    loop.start()
    try:
        yield
    finally:
        loop.stop()


def test_a_loop_is_woken_from_a_long_wait_and_survives_what_nobody_foresaw() -> None:
    steps: list[int] = []
    twice = threading.Event()

    def step() -> float:
        steps.append(1)
        if len(steps) == 2:
            twice.set()
            raise RuntimeError("nobody foresaw this")
        return 1000

    loop = Loop("test", step)
    with running(loop):
        while not twice.wait(0.01):
            loop.wake()
    assert len(steps) >= 2
