"""The idle screen in the last half hour, and what it announces."""

from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gate.events import DepartmentRecord, SpecialDaysRecord
from kiosk.config import Role
from kiosk.front import announcement, away, closing, closing_rooms
from kiosk.knowledge import of_today
from kiosk.screens import Away
from tests.kiosk.house import AT, building

CLOSES = AT + timedelta(hours=10)


@pytest.mark.clause("R3.2.7", "R3.2.8")
@pytest.mark.parametrize(
    "minutes, closes, until",
    [(31, False, False), (30, True, True), (16, True, True), (15, True, False), (0, False, False)],
)
def test_the_screen_tells_of_closing_at_thirty_and_fifteen_minutes(
    minutes: int, closes: bool, until: bool
) -> None:
    closes_at, return_by = closing(building(), CLOSES - timedelta(minutes=minutes))
    assert closes_at == (CLOSES if closes else None)
    assert return_by == (CLOSES - timedelta(minutes=15) if until else None)


def test_the_minutes_are_the_library_s_own() -> None:
    hour = building(policy={"stack_stops_before_closing": 3600.0})
    assert closing(hour, CLOSES - timedelta(minutes=50))[0] == CLOSES


def test_where_hours_are_not_known_nothing_is_told() -> None:
    assert closing(building(closes_at=None), CLOSES) == (None, None)


def days(**more: Any) -> SpecialDaysRecord:
    today = AT.date()
    told = {"first": today + timedelta(days=5), "last": today + timedelta(days=9)}
    return SpecialDaysRecord.model_validate(told | {"notice": "Свята"} | more)


@pytest.mark.clause("R5.1.2")
def test_a_change_is_announced_from_its_day_until_it_is_over() -> None:
    told = days(announce_from=AT.date() + timedelta(days=1))
    house = building(special=(told,))
    heard = [announcement(house, AT + timedelta(days=n))[0] for n in (0, 1, 9, 10)]
    assert heard == ["", "Свята", "Свята", ""]


def room(code: str, closes: int | None = None, **more: Any) -> DepartmentRecord:
    """A department that is open on every day from 9:00, or as its house."""
    week = 7 * ((540, closes),) if closes else ()
    told = {"code": code, "name": f"Відділ {code}", "week": week}
    return DepartmentRecord.model_validate(told | more)


WEEK = 7 * ((540, 1140),)
"""9:00-19:00."""


@pytest.mark.clause("R3.2.8", "R5.1.2")
def test_a_department_that_closes_before_its_house_is_told_in_its_last_half_hour() -> None:
    rooms = (room("1", 1020), room("2", 1020), room("3", 1050), room("4"),
             room("5", 1020, branch="2"))  # fmt: skip
    house = building(week=WEEK, departments=rooms)
    five = AT.astimezone(ZoneInfo("Europe/Kyiv")).replace(hour=17, minute=0)
    told = {
        minutes: [name for name, _ in closing_rooms(house, five - timedelta(minutes=minutes))[1]]
        for minutes in (31, 30, 1, 0, -29)
    }
    assert told == {31: [], 30: ["Відділ 1", "Відділ 2"], 1: ["Відділ 1", "Відділ 2"],
                    0: ["Відділ 3"], -29: ["Відділ 3"]}  # fmt: skip


@pytest.mark.clause("R5.1.2")
def test_a_department_s_own_day_closes_it_alone_and_is_announced_with_its_name() -> None:
    today = AT.date()
    short = days(first=today, last=today, opens=540, closes=720, notice="Лекція")
    house = building(week=WEEK, departments=(room("1", special=(short,)),))
    noon = AT.astimezone(ZoneInfo("Europe/Kyiv")).replace(hour=11, minute=45)
    assert closing_rooms(house, noon)[1] == (("Відділ 1", "Відділ 1"),)
    assert announcement(house, noon) == ("Відділ 1: Лекція", "")


def test_without_a_calendar_no_department_is_said_to_close() -> None:
    assert closing_rooms(building(departments=(room("1", 1020),)), CLOSES) == (None, ())


def test_the_next_change_is_told_first() -> None:
    later = days(first=AT.date() + timedelta(days=7), notice="Пізніше")
    assert announcement(building(special=(later, days())), AT) == ("Свята", "")


@pytest.mark.clause("R5.1.2")
@pytest.mark.fault(10)
def test_a_station_without_its_server_takes_the_hours_from_its_copy() -> None:
    week = [(540, 1140)] * 7
    house = building(week=week, special=(days(),))
    today = of_today(house, AT, AT + timedelta(days=2))
    assert today.opens_at is not None
    assert of_today(house, AT, AT + timedelta(days=6)).closed_today
    assert date(2026, 1, 1) < today.opens_at.date()


@pytest.mark.scenario("E35", "E36")
@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "age, policy, expected",
    [
        (timedelta(seconds=90), "desk", None),
        (timedelta(hours=5), "admit", Away(as_of=AT)),
        (timedelta(hours=5), "desk", Away(as_of=AT)),
        (timedelta(hours=25), "admit", Away(as_of=AT, today=False)),
        (timedelta(hours=25), "desk", Away(as_of=AT, today=False, to_the_desk=True)),
    ],
)
def test_the_screen_tells_of_a_copy_by_its_age_and_the_policy(
    age: timedelta, policy: str, expected: Away | None
) -> None:
    house = building(policy={"old_copy": policy})
    assert away(house, AT, AT + age, Role.ENTRANCE, time_known=True) == expected


@pytest.mark.scenario("X13")
@pytest.mark.fault(10)
@pytest.mark.parametrize(
    "role, policy, expected",
    [
        (Role.EXIT, "desk", Away(as_of=AT, slips_to_staff=True)),
        (Role.EXIT, "grant", Away(as_of=AT)),
        (Role.BOTH, "desk", Away(as_of=AT, to_the_desk=True, slips_to_staff=True)),
        (Role.ENTRANCE, "desk", Away(as_of=AT, to_the_desk=True)),
    ],
)
def test_the_screen_of_a_way_out_tells_what_happens_there(
    role: Role, policy: str, expected: Away
) -> None:
    wanted = {"old_copy": "desk", "copy_max_age": 3600.0, "exit_on_old_counts": policy}
    told = away(building(policy=wanted), AT, AT + timedelta(hours=2), role, time_known=True)
    assert told == expected


@pytest.mark.fault(19)
def test_the_screen_tells_that_the_time_is_not_known() -> None:
    told = away(building(), AT, AT, Role.ENTRANCE, time_known=False)
    assert told == Away(as_of=AT, time_known=False)
