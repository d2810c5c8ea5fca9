"""Places of an event: the last one is given once, whoever asks."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest

from gate.events import ReservationAnswer, ReservationQuery
from server.models import EventOfDay
from server.services import reservations
from tests.server.centre.town import NOON, Town, entry, new_id


def ask(
    town: Town, event_id: str, persons: int = 1, key: UUID | None = None, after_s: int = 0
) -> ReservationAnswer:
    query = ReservationQuery(id=key or new_id(), event_id=event_id, persons=persons)
    at = NOON + timedelta(seconds=after_s)
    return reservations.reserve(town.database, query, station="K1", at=at)


@pytest.mark.scenario("V01")
def test_a_place_taken_is_one_less(town: Town) -> None:
    answer = ask(town, town.event(places=3))
    assert (answer.granted, answer.places_left) == (True, 2)
    assert answer.expires_at == NOON + timedelta(seconds=120)


@pytest.mark.scenario("V02")
def test_the_last_place_asked_for_by_eight_kiosks_goes_to_one(town: Town) -> None:
    event_id = town.event(places=1)
    with ThreadPoolExecutor(8) as kiosks:
        answers = list(kiosks.map(lambda _: ask(town, event_id), range(8)))
    assert [answer.granted for answer in answers].count(True) == 1
    assert {answer.places_left for answer in answers} == {0}


def test_asking_again_takes_no_second_place(town: Town) -> None:
    event_id, key = town.event(places=2), new_id()
    assert ask(town, event_id, key=key).places_left == 1
    assert ask(town, event_id, key=key).places_left == 1


@pytest.mark.scenario("V07")
def test_a_class_takes_all_its_places_or_none(town: Town) -> None:
    event_id = town.event(places=30)
    assert ask(town, event_id, persons=25).places_left == 5
    assert not ask(town, event_id, persons=6).granted


def test_a_place_not_used_in_time_is_free_again(town: Town) -> None:
    event_id, key = town.event(places=1), new_id()
    ask(town, event_id, key=key)
    assert not ask(town, event_id, after_s=119).granted
    assert ask(town, event_id, after_s=121).granted
    assert not ask(town, event_id, key=key, after_s=122).granted


def test_a_visit_takes_over_the_place_of_its_reservation(town: Town) -> None:
    event_id, key = town.event(places=2), new_id()
    ask(town, event_id, key=key)
    town.tell("K1", entry("K1", event_id=event_id, reservation_id=str(key)))
    assert ask(town, event_id, after_s=600).places_left == 0


def test_an_event_without_limit_counts_nothing(town: Town) -> None:
    answer = ask(town, town.event(places=None), persons=200)
    assert (answer.granted, answer.places_left) == (True, None)


def test_an_unknown_or_cancelled_event_has_no_places(town: Town) -> None:
    event_id = town.event()
    town.change(EventOfDay, event_id, cancelled_at=NOON)
    for unknown in (event_id, "event-0"):
        with pytest.raises(reservations.UnknownEvent):
            ask(town, unknown)
