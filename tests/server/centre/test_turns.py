"""Turns are given in the order of arrival."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest

from server.api.throttle import Throttle
from server.turns import Turns
from tests.server.centre.town import NOON


def test_who_waits_longest_comes_next() -> None:
    turns, order, arrived = Turns(), list[int](), threading.Semaphore(0)

    def take(number: int) -> None:
        arrived.release()
        with turns:
            order.append(number)

    threads = []
    with turns:
        for number in range(5):
            thread = threading.Thread(target=take, args=(number,))
            threads.append(thread)
            thread.start()
            arrived.acquire()
            while len(turns._waiting) <= number:
                pass
    for thread in threads:
        thread.join()
    assert order == [0, 1, 2, 3, 4]


def test_no_more_are_let_in_at_once_than_said() -> None:
    turns, lock = Turns(at_once=2), threading.Lock()
    inside, most = 0, 0

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with turns:
                with lock:
                    inside += 1
                    most = max(most, inside)
                with lock:
                    inside -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 <= most <= 2


def test_a_turn_that_raises_is_handed_on_all_the_same() -> None:
    turns = Turns()
    with pytest.raises(ZeroDivisionError), turns:
        raise ZeroDivisionError
    with turns:
        pass


@pytest.mark.threat(3, 18)
def test_a_throttle_counts_each_caller_within_a_minute() -> None:
    throttle = Throttle(2)
    for _ in range(2):
        assert not throttle.is_spent("K1", NOON)
        throttle.spend("K1", NOON)
    assert throttle.is_spent("K1", NOON + timedelta(seconds=59))
    assert not throttle.is_spent("E1", NOON)
    assert not throttle.is_spent("K1", NOON + timedelta(seconds=60))
    throttle.spend("K1", NOON + timedelta(seconds=60))
    assert not throttle.is_spent("K1", NOON + timedelta(seconds=61))
