"""A station whose touch screen is dead: it is still served by what people show."""

from datetime import timedelta

import pytest

from gate.events import SlipJobState
from kiosk import screens, slips
from kiosk.config import Role
from kiosk.printing import PrintReport
from kiosk.screens import Paper
from kiosk.store import jobs
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import House, MovedClock, code_of, ticket

CODE = code_of(ticket())

pytestmark = pytest.mark.fault(27)


@pytest.fixture
def counter(house: House) -> Counter:
    return make_counter(house, Role.BOTH)


def printed(counter: Counter) -> bytes:
    """The printer finishes the slip that waits; answers the slip's code."""
    with counter.house.database.write() as tx:
        job = jobs.pending(tx)[-1]
        jobs.move(tx, job.job_id, SlipJobState.PRINTED, None)
    report = PrintReport(job.job_id, job.visit_id, SlipJobState.PRINTED, None)
    counter.conductor.handle(report)
    return slips.read(job.content).content.code.encode()


def test_a_reader_comes_in_and_leaves_without_touching_anything(
    counter: Counter, moved: MovedClock
) -> None:
    counter.show(CODE)
    slip = printed(counter)
    assert counter.sees(screens.Greeting).paper is Paper.READY
    moved.forward(timedelta(seconds=31))
    counter.conductor.look_around()
    counter.sees(screens.Start)
    counter.show(slip)
    counter.sees(screens.Farewell)


@pytest.mark.parametrize(
    "presses",
    [["events"], ["bring"], ["events", "choose:poetry"], ["help"], ["language:en", "bring"]],
)
def test_whatever_screen_it_died_on_a_ticket_is_taken_there(
    counter: Counter, presses: list[str]
) -> None:
    for press in presses:
        counter.press(*press.split(":"))
    counter.show(CODE)
    counter.sees(screens.Greeting)


@pytest.mark.parametrize("presses", [["events"], ["bring"], ["help"]])
def test_a_screen_that_waits_for_a_touch_gives_way_by_itself(
    counter: Counter, moved: MovedClock, presses: list[str]
) -> None:
    for press in presses:
        counter.press(press)
    moved.forward(timedelta(minutes=3))
    counter.conductor.look_around()
    counter.sees(screens.Start)


def test_who_was_refused_makes_room_for_the_next_one(counter: Counter) -> None:
    counter.show(b"nonsense")
    counter.sees(screens.Refusal)
    counter.show(CODE)
    counter.sees(screens.Greeting)
