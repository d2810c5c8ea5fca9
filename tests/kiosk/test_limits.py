"""Halls and shelters at their limits: who waits, and that the waiting ends by itself."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from gate.events import Counted, EntryDecided, HallRecord
from gate.facts import Emergency
from gate.reasons import Reason
from kiosk import roll, screens
from kiosk.config import Role
from kiosk.messages import CopyChanged
from tests.kiosk.counter import Counter, make_counter
from tests.kiosk.house import AT, House, building, code_of, event, ticket
from tests.kiosk.test_dialogue import CODE

HALL = HallRecord(name="Мала зала", name_en="Small hall", limit=2, inside=1, stations=("K1",))
SECOND = ticket(ticket_id="00000000abcd")


@pytest.fixture
def counter(build: Callable[..., House]) -> Counter:
    counter = make_counter(build())
    counter.house.learn(SECOND)
    return counter


def learn(counter: Counter, **changes: object) -> None:
    """The server tells of the house."""
    counter.house.learn(building(**changes))
    counter.conductor.handle(CopyChanged(frozenset()))


@pytest.mark.scenario("E32")
def test_a_full_hall_shows_that_one_waits_and_goes_on_by_itself(counter: Counter) -> None:
    learn(counter, halls=(HALL,))
    counter.show(CODE)
    counter.sees(screens.Greeting)
    counter.press("cancel")
    assert counter.sees(screens.Full).hall == "Мала зала"
    counter.show(code_of(SECOND))
    assert counter.sees(screens.Refusal).because.code is Reason.HALL_FULL
    counter.press("cancel")
    counter.house.acknowledge()
    learn(counter, halls=(HALL,))
    counter.sees(screens.Start)


def test_the_limit_of_a_hall_elsewhere_stops_nobody_here(counter: Counter) -> None:
    learn(counter, halls=(HALL.model_copy(update={"stations": ("K2",), "inside": 2}),))
    counter.sees(screens.Start)
    counter.show(CODE)
    counter.sees(screens.Greeting)


def test_an_event_in_a_full_hall_waits_with_places_of_its_own_left(counter: Counter) -> None:
    hall = HallRecord(name="Велика зала", limit=30, inside=30)
    counter.house.learn(event())
    learn(counter, halls=(hall,))
    counter.press("events")
    (line,) = counter.sees(screens.Events).events
    assert line.admits is screens.Admits.FULL
    learn(counter, halls=(hall.model_copy(update={"inside": 29}),))
    counter.press("cancel")
    counter.press("events")
    (line,) = counter.sees(screens.Events).events
    assert line.admits is screens.Admits.NOW


def raid(counter: Counter, **changes: object) -> None:
    told = {"emergency": Emergency.AIR_RAID, "has_shelter": True, "shelter_place": "підвал"}
    learn(counter, **(told | changes))


def counted(counter: Counter) -> list[int]:
    return [one.persons for one in counter.house.told() if isinstance(one, Counted)]


@pytest.mark.scenario("E33")
def test_without_a_lane_people_press_how_many_they_are(counter: Counter) -> None:
    raid(counter)
    assert counter.sees(screens.Evacuation).counts
    counter.press("shelter", "3")
    assert counter.sees(screens.Sheltered).persons == 3
    counter.conductor.look_around()
    counter.sees(screens.Sheltered)
    counter.press("shelter", "2")
    assert counted(counter) == [3], "the screen was not asking any more"
    counter.house.moved.seconds += 60
    counter.conductor.look_around()
    counter.press("shelter", "99")
    counter.press("shelter", "2")
    assert counted(counter) == [3, 2]


@pytest.mark.scenario("E33")
def test_a_scan_counts_who_comes_from_the_street_and_nobody_twice(counter: Counter) -> None:
    counter.show(CODE)
    raid(counter)
    counter.show(CODE)
    assert counted(counter) == [], "this reader is on the list of those inside"
    counter.show(code_of(SECOND))
    counter.sees(screens.Evacuation)
    assert counted(counter) == [1]
    last = counter.house.told()[-2]
    assert isinstance(last, EntryDecided)
    assert last.reasons == (Reason.SHELTER,)


@pytest.mark.scenario("E33")
def test_a_full_shelter_names_another_one_and_asks_again_once_there_is_room(
    counter: Counter,
) -> None:
    raid(counter, shelter_limit=50, shelter_inside=50, nearest_shelter="вул. Шкільна, 5")
    shown = counter.sees(screens.Evacuation)
    assert (shown.because.code, shown.counts) == (Reason.SHELTER_FULL, False)
    assert shown.nearest_shelter == "вул. Шкільна, 5"
    raid(counter, shelter_limit=50, shelter_inside=49)
    assert counter.sees(screens.Evacuation).counts


def test_an_exit_counts_nobody_into_the_shelter(build: Callable[..., House]) -> None:
    counter = make_counter(build(), Role.EXIT)
    raid(counter)
    assert not counter.sees(screens.Evacuation).counts


def test_the_printed_list_goes_by_halls_and_says_who_needs_help(counter: Counter) -> None:
    learn(counter, halls=(HALL.model_copy(update={"limit": None, "departments": ("5",)}),))
    counter.press("bring")
    counter.press("belongings", "help")
    counter.press("ready")
    counter.show(CODE)
    counter.press("cancel")
    counter.show(code_of(SECOND))
    content = roll.content(counter.house.database, "K1", AT)
    assert content is not None
    (hall,) = content.halls
    assert hall.name == "Мала зала"
    assert [line.needs_help for line in hall.lines] == [True, False]
    first = next(one for one in counter.house.told() if isinstance(one, EntryDecided))
    assert first.needs_help
