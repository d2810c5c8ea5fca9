"""Hours of a day: the week's, unless a day differs; a station alone reckons as the server does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.calendar import (
    Calendar,
    OpenHours,
    SpecialDays,
    hours_on,
    instants,
    is_open_day,
    within,
)
from gate.events import BuildingRecord, SpecialDaysRecord
from gate.facts import BuildingFacts
from gate.records import building_on
from gate.rules.doors import closing_soon
from tests.gate.sample import entry

KYIV = ZoneInfo("Europe/Kyiv")
NINE = OpenHours(9 * 60, 19 * 60)
WEEK = (NINE, NINE, NINE, NINE, NINE, OpenHours(600, 1080), None)
MONDAY = date(2026, 11, 30)
TUESDAY = date(2026, 12, 1)
HOURS = st.builds(OpenHours, st.integers(0, 700), st.integers(701, 1440))


@pytest.mark.clause("R5.1.2")
def test_a_day_keeps_the_hours_of_its_week() -> None:
    assert hours_on(MONDAY, WEEK, ()) == NINE
    assert hours_on(date(2026, 12, 6), WEEK, ()) is None


@pytest.mark.clause("R5.1.2")
def test_special_days_hold_from_the_first_to_the_last_and_no_longer() -> None:
    short = OpenHours(600, 900)
    special = [SpecialDays(first=date(2026, 12, 1), last=date(2026, 12, 3), hours=short)]
    days = [date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 3), date(2026, 12, 4)]
    assert [hours_on(day, WEEK, special) for day in days] == [NINE, short, short, NINE]


def test_of_two_rules_for_a_day_the_later_one_holds() -> None:
    closed = SpecialDays(first=MONDAY, last=MONDAY)
    again = SpecialDays(first=MONDAY, last=MONDAY, hours=OpenHours(600, 720))
    assert hours_on(MONDAY, WEEK, [closed, again]) == OpenHours(600, 720)
    assert hours_on(MONDAY, WEEK, [again, closed]) is None


@pytest.mark.scenario("E34")
def test_an_open_day_changes_who_comes_in_and_not_when() -> None:
    special = [SpecialDays(first=MONDAY, last=MONDAY, usual=True, open_day=True)]
    assert is_open_day(MONDAY, special)
    assert not is_open_day(date(2026, 12, 1), special)
    assert hours_on(MONDAY, WEEK, special) == NINE


@pytest.mark.clause("R5.1.2")
@given(HOURS, HOURS)
def test_a_department_is_never_open_while_the_house_is_shut(
    own: OpenHours, house: OpenHours
) -> None:
    found = within(own, house)
    assert found is None or (house.opens <= found.opens < found.closes <= house.closes)
    assert within(own, None) is None


@pytest.mark.fault(20)
def test_summer_time_moves_no_opening() -> None:
    opens, closes = instants(date(2026, 3, 29), NINE, KYIV)
    assert (opens, closes) == (
        datetime(2026, 3, 29, 6, tzinfo=UTC), datetime(2026, 3, 29, 16, tzinfo=UTC),
    )  # fmt: skip


ALWAYS = Calendar(week=[OpenHours(0, 1440)] * 7)


def test_midnight_does_not_shut_a_house_that_is_open_on_both_sides_of_it() -> None:
    opens, closes = ALWAYS.doors(MONDAY, KYIV) or (None, None)
    assert opens == datetime(2026, 11, 29, 22, tzinfo=UTC)
    assert closes == datetime(2026, 12, 1, 22, tzinfo=UTC)
    until_midnight = replace(ALWAYS, special=[SpecialDays(first=TUESDAY, last=TUESDAY)])
    assert until_midnight.doors(MONDAY, KYIV) == until_midnight.opening(MONDAY, KYIV)
    assert until_midnight.doors(TUESDAY, KYIV) is None
    by_day = Calendar(week=WEEK)
    assert by_day.doors(MONDAY, KYIV) == by_day.opening(MONDAY, KYIV)


@pytest.mark.scenario("E45")
def test_a_house_open_through_the_night_warns_nobody_of_its_closing_at_midnight() -> None:
    house = building_on(record(week=[(0, 1440)] * 7, special=()), MONDAY, KYIV)
    facts = entry(building=BuildingFacts(opens_at=house.opens_at, closes_at=house.closes_at))
    assert not list(closing_soon(facts, datetime(2026, 11, 30, 21, 55, tzinfo=UTC)))


def record(**more: object) -> BuildingRecord:
    told = {
        "library_name": "Міська",
        "week": [hours and (hours.opens, hours.closes) for hours in WEEK],
        "special": [SpecialDaysRecord(first=date(2026, 12, 1), last=date(2026, 12, 1))],
    }
    return BuildingRecord.model_validate(told | more)


@pytest.mark.clause("R5.1.2")
@pytest.mark.fault(10)
def test_a_station_alone_for_weeks_knows_the_hours_of_its_day() -> None:
    at_home = building_on(record(), date(2026, 12, 14), KYIV)
    assert at_home.opens_at == datetime(2026, 12, 14, 7, tzinfo=UTC)
    assert building_on(record(), date(2026, 12, 1), KYIV).closed_today
    assert building_on(record(), date(2026, 12, 6), KYIV).closed_today


@pytest.mark.fault(34)
def test_an_older_server_tells_no_calendar_and_hours_refuse_nobody() -> None:
    told = {"opens_at": datetime(2026, 11, 30, 7, tzinfo=UTC), "closed_today": True, "week": ()}
    unknown = building_on(record(**told), date(2026, 12, 1), KYIV)
    assert (unknown.opens_at, unknown.closes_at, unknown.closed_today) == (None, None, False)
