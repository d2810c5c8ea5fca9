"""Nobody waits long for a server that is slow, nor at all for one that is away."""

from __future__ import annotations

import threading

import pytest

from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.client import ServerAway
from kiosk.sync.link import Link
from tests.kiosk.house import MovedClock


@pytest.mark.fault(11)
def test_the_deadline_holds_however_slow_the_call_is() -> None:
    blocked = threading.Event()
    asker = Asker(Breaker(lambda: 0.0), deadline_s=0.05)

    def call(_: float) -> bool:
        return blocked.wait(10)

    with pytest.raises(ServerAway, match="no answer within"):
        asker.ask(call)
    blocked.set()


@pytest.mark.fault(11)
def test_after_two_failures_nobody_waits_until_the_breaker_tries_again(
    moved: MovedClock,
) -> None:
    breaker, calls = Breaker(moved.monotonic), []
    asker = Asker(breaker, deadline_s=1)

    def fail(_: float) -> None:
        calls.append(1)
        raise ServerAway

    for _ in range(5):
        with pytest.raises(ServerAway):
            asker.ask(fail)
    assert len(calls) == 2
    moved.seconds += 3
    with pytest.raises(ServerAway):
        asker.ask(fail)
    assert len(calls) == 3


def test_whoever_hears_the_server_closes_the_breaker(moved: MovedClock) -> None:
    breaker = Breaker(moved.monotonic)
    breaker.failed()
    breaker.failed()
    assert not breaker.lets_ask
    Link(moved.now, breaker.succeeded).heard()
    assert breaker.lets_ask
