"""Eight events, all of them today, whatever the hour."""

import tomllib
from datetime import UTC, datetime
from importlib.resources import files
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.models import EventOfDay
from server.sample.days import Day
from server.sample.events import _event
from server.services import copy
from tests.server.sample.library import KYIV, Sample, kyiv

SOURCE = tomllib.loads(files("server.sample").joinpath("events.toml").read_text("utf-8"))["event"]
FROM, TO = kyiv("2025-01-01", "00:00"), kyiv("2032-01-01", "00:00")
INSTANTS = st.integers(int(FROM.timestamp()), int(TO.timestamp())).map(
    lambda second: datetime.fromtimestamp(second, UTC)
)


def events_at(now: datetime) -> dict[str, EventOfDay]:
    day = Day(now, KYIV)
    return {entry["key"]: _event(entry, day) for entry in SOURCE}


@given(INSTANTS)
def test_every_event_is_today_and_in_its_order(now: datetime) -> None:
    day = Day(now, KYIV)
    for event in events_at(now).values():
        assert day.begins <= event.doors_at <= event.starts_at <= event.ends_at <= day.ends


@given(INSTANTS)
def test_every_event_is_where_its_name_says(now: datetime) -> None:
    if Day(now, KYIV).begins == now:
        # At the stroke of midnight nothing of today can be over.
        return
    events = events_at(now)
    assert events["over"].ends_at <= now
    for key in ("running", "no_limit", "full"):
        assert events[key].starts_at <= now < events[key].ends_at
    assert events["doors_open"].doors_at <= now < events["doors_open"].starts_at
    coming = [events[key] for key in ("opens_soon", "later", "evening")]
    assert now < coming[0].doors_at
    assert all(first.doors_at <= second.doors_at for first, second in pairwise(coming))


def test_in_the_morning_the_evening_is_in_the_evening() -> None:
    evening = events_at(kyiv("2026-11-20", "10:03"))["evening"]
    assert evening.starts_at == kyiv("2026-11-20", "18:30")


def test_times_are_round_while_the_day_leaves_room() -> None:
    for event in events_at(kyiv("2026-11-20", "12:37")).values():
        for at in (event.doors_at, event.starts_at, event.ends_at):
            assert (at.minute % 5, at.second, at.microsecond) == (0, 0, 0)


@pytest.mark.clause("R2.4")
def test_places_left_are_as_the_names_say(sample: Sample) -> None:
    """What stations hear of the events, by their names in the sample."""
    ids = {entry["key"]: f"2026-11-20-{entry['key']}" for entry in SOURCE}
    with sample.database.reading() as session:
        found = copy.event_records(session, list(ids.values()), at=sample.now)
    told = {key: found[event_id] for key, event_id in ids.items()}
    assert len(told) == 8
    assert told["full"].places_left == 0
    assert told["no_limit"].places_left is None
    assert told["running"].places_left == 26
    assert told["doors_open"].places_left == told["doors_open"].places
