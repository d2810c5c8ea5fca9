"""Obstacles of house and hall, the same for readers and visitors: hours, places, age, clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from gate.facts import Because, ClockTrust, EntryFacts, OldCopy
from gate.reasons import Reason
from gate.rules.days import is_away_from_server


def closed(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """Opening hours; an event has its own, and an untrusted clock knows none (R5.1.2, E23)."""
    if facts.event is not None or facts.freshness.clock is ClockTrust.UNTRUSTED:
        return
    building = facts.building
    before = building.opens_at is not None and at < building.opens_at
    after = building.closes_at is not None and at >= building.closes_at
    if building.closed_today or before or after:
        yield Because(code=Reason.CLOSED, until=building.opens_at if before else None)


def closing_soon(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """The last minutes before closing (R3.2.8, E45)."""
    closes = facts.building.closes_at
    if closes is None or facts.event is not None or at >= closes:
        return
    if closes - at <= facts.policy.closing_soon:
        yield Because(code=Reason.CLOSING_SOON, until=closes)


def full(facts: EntryFacts) -> Iterator[Because]:
    """The building's limit of persons (E32)."""
    limit = facts.building.limit
    if limit is not None and facts.building.inside + facts.persons > limit:
        yield Because(code=Reason.BUILDING_FULL)


def hall_full(facts: EntryFacts) -> Iterator[Because]:
    """The limit of the hall that the way leads to."""
    if not facts.hall.has_room_for(facts.persons):
        yield Because(code=Reason.HALL_FULL)


def event_obstacles(
    facts: EntryFacts, at: datetime, *, place_taken: bool = False
) -> Iterator[Because]:
    """Places and times of the event, if one was chosen (R2.4, V01, V03, V07, V08)."""
    event = facts.event
    if event is None:
        return
    places = event.places_left
    if places is not None and places < facts.persons and not place_taken:
        yield Because(code=Reason.EVENT_FULL)
    if facts.freshness.clock is ClockTrust.UNTRUSTED:
        yield from needs_clock(facts)
    elif at >= event.ends_at:
        yield Because(code=Reason.EVENT_OVER)
    elif at < event.opens_at:
        yield Because(code=Reason.EVENT_NOT_OPEN, until=event.opens_at)


def too_old(facts: EntryFacts, at: datetime) -> Iterator[Because]:
    """A copy older than the policy allows (E35, E36)."""
    if facts.policy.old_copy is not OldCopy.DESK or not is_away_from_server(facts.freshness):
        return
    if at - facts.freshness.as_of > facts.policy.copy_max_age:
        yield Because(code=Reason.COPY_TOO_OLD)


def needs_clock(facts: EntryFacts) -> Iterator[Because]:
    """For what can't be judged without knowing the day (E37, E38)."""
    if facts.freshness.clock is ClockTrust.UNTRUSTED:
        yield Because(code=Reason.CLOCK_UNTRUSTED)
