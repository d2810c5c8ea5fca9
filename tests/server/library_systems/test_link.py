"""The link bounds every question, and leaves a system alone that does not answer (fault 35)."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime

import pytest

from server.database import open_database
from server.library_systems.contract import Account, SystemAway
from server.library_systems.link import How, Link
from server.library_systems.mirror import Terms
from tests.server.library_systems.scripted import Scripted

AT = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)


class Slow(Scripted):
    """Answers only once it is let."""

    def __init__(self) -> None:
        super().__init__()
        self.lets = threading.Event()

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        self.lets.wait(60)
        return super().account(number, at=at, within_s=within_s)


@pytest.fixture
def linked() -> Iterator[Callable[..., Link]]:
    """Makes links, on a clock of one's own."""
    database = open_database("sqlite://")
    made: list[Link] = []

    def make(system: Scripted, *, deadline_s: float = 5.0, clock: list[float]) -> Link:
        made.append(
            Link(
                system, database, Terms(department="1"), deadline_s=deadline_s, at_once=2,
                clock=lambda: clock[0],
            )
        )  # fmt: skip
        return made[-1]

    yield make
    for link in made:
        link.close()
    database.close()


@pytest.mark.fault(35)
def test_a_system_that_never_answers_delays_nobody_beyond_the_deadline(
    linked: Callable[..., Link],
) -> None:
    system = Slow()
    link = linked(system, deadline_s=0.05, clock=[0.0])
    with pytest.raises(SystemAway, match=r"within 0\.05 s"):
        link.ask("1", at=AT)
    system.lets.set()


@pytest.mark.fault(35)
def test_after_two_failures_it_is_left_alone_for_a_while(linked: Callable[..., Link]) -> None:
    system, clock = Scripted(away=True), [0.0]
    link = linked(system, clock=clock)
    for _ in range(5):
        with pytest.raises(SystemAway):
            link.ask("1", at=AT)
    assert system.asked == 2
    clock[0] = 5.0
    system.away = False
    assert not link.ask("1", at=AT).known
    assert link.is_worth_asking


def test_the_pause_grows_and_has_an_end(linked: Callable[..., Link]) -> None:
    system, clock = Scripted(away=True), [0.0]
    link = linked(system, clock=clock)
    pauses = []
    for _ in range(9):
        with pytest.raises(SystemAway):
            link.ask("1", at=AT)
        before = clock[0]
        while not link.is_worth_asking:
            clock[0] += 1.0
        pauses.append(clock[0] - before)
    assert pauses[:4] == [0.0, 5.0, 10.0, 20.0]
    assert max(pauses) == 120.0


def test_a_technician_s_try_goes_through_the_pause(linked: Callable[..., Link]) -> None:
    system = Scripted(away=True)
    link = linked(system, clock=[0.0])
    for _ in range(2):
        with pytest.raises(SystemAway):
            link.ask("1", at=AT)
    system.away = False
    assert link.standing(at=AT).online


def test_what_was_tried_is_kept_with_its_time(linked: Callable[..., Link]) -> None:
    system = Scripted()
    link = linked(system, clock=[0.0])
    link.ask("1", at=AT)
    system.away = True
    with pytest.raises(SystemAway):
        link.ask("1", at=AT)
    assert [tried.how for tried in link.tries] == [How.AWAY, How.ANSWERED]


def test_the_log_says_once_that_it_is_away_and_of_whom_it_was_asked_never(
    linked: Callable[..., Link], caplog: pytest.LogCaptureFixture
) -> None:
    link = linked(Scripted(away=True), clock=[0.0])
    with caplog.at_level(logging.INFO):
        for _ in range(4):
            with pytest.raises(SystemAway):
                link.ask("ЧК-4711", at=AT)
    assert len(caplog.records) == 1
    assert "4711" not in caplog.text
