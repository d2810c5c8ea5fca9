"""The calendar: hours of the week, days that differ, what stations and readers are told of it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from gate.calendar import OpenHours
from server.models import CalendarEntry, CalendarKind, Change, Department, Role, Staff
from server.services import calendar_days, house_record, settings
from server.services.by import By
from server.services.calendar_days import Wish
from server.services.houses import Hours
from server.services.settings import LibrarySettings
from tests.server import desk_library
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited

TODAY = NOON.date()
HOLIDAY = date(2025, 12, 25)


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def by(library: Library) -> By:
    return desk_library.by(library, Role.DIRECTOR)


def wish(**more: Any) -> Wish:
    told = {"first": HOLIDAY, "last": HOLIDAY, "kind": "closed"} | more
    return Wish.model_validate(told)


def kept(library: Library) -> LibrarySettings:
    with library.database.reading() as session:
        return settings.read(session)


# --- On both databases -------------------------------------------------------------------------


@pytest.mark.clause("R5.1.2")
def test_a_closed_day_closes_the_house_and_tells_stations(desk: Library) -> None:
    calendar_days.add(desk.database, wish(notice="Свято"), by(desk))
    with desk.database.reading() as session:
        library = settings.read(session)
        assert library.is_closed(HOLIDAY)
        assert library.next_open_day(HOLIDAY) == HOLIDAY + timedelta(days=1)
        record = house_record.building_record(session, library, at=NOON)
        assert session.scalars(select(Change)).all()
    assert [(days.first, days.notice) for days in record.special] == [(HOLIDAY, "Свято")]
    assert len(record.week) == 7
    assert audited(desk, "calendar_changed")[0].details["after"]["kind"] == "closed"


@pytest.mark.clause("R5.1.2")
def test_every_change_of_the_calendar_counts_the_revision_up(desk: Library) -> None:
    def revision() -> int:
        with desk.database.reading() as session:
            return settings.read_revised(session).revision

    before = revision()
    entry = calendar_days.add(desk.database, wish(), by(desk))
    assert calendar_days.cancel(desk.database, entry, by(desk))
    assert not calendar_days.cancel(desk.database, entry, by(desk))
    assert not kept(desk).is_closed(HOLIDAY)
    assert calendar_days.restore(desk.database, entry, by(desk))
    assert kept(desk).is_closed(HOLIDAY)
    assert revision() == before + 3


@pytest.mark.clause("R5.1.2")
@pytest.mark.scenario("E34")
def test_an_open_day_keeps_its_hours_and_lets_everybody_in(desk: Library) -> None:
    calendar_days.add(desk.database, wish(kind="open_day"), by(desk))
    library = kept(desk)
    assert library.is_open_day(HOLIDAY)
    assert library.hours_on(HOLIDAY) == OpenHours(540, 1140)


@pytest.mark.clause("R5.1.2")
def test_a_department_keeps_hours_and_days_of_its_own(desk: Library) -> None:
    week = [Hours(opens=600, closes=1020)] * 5 + [None, None]
    calendar_days.set_hours(desk.database, Department, "5", week, by(desk))
    calendar_days.add(desk.database, wish(kind="sanitary", department_code="5"), by(desk))
    with desk.database.reading() as session:
        library, arts = settings.read(session), session.get_one(Department, "5")
        days = [
            calendar_days.days(session, library, day, day, arts)[0].hours
            for day in (TODAY, date(2025, 11, 22), HOLIDAY)
        ]
        house = calendar_days.days(session, library, HOLIDAY, HOLIDAY)[0].hours
    assert days == [OpenHours(600, 1020), None, None]
    assert house == OpenHours(540, 1140)


def test_a_department_is_shut_where_the_house_is(desk: Library) -> None:
    calendar_days.add(desk.database, wish(), by(desk))
    calendar_days.add(
        desk.database, wish(kind="hours", opens="09:00", closes="12:00", department_code="5"),
        by(desk),
    )  # fmt: skip
    with desk.database.reading() as session:
        found = calendar_days.days(
            session, settings.read(session), HOLIDAY, HOLIDAY, session.get_one(Department, "5")
        )
    assert found[0].hours is None


@pytest.mark.parametrize(
    "told",
    [
        {"last": HOLIDAY - timedelta(days=1)}, {"last": HOLIDAY + timedelta(days=400)},
        {"kind": "hours"}, {"kind": "hours", "opens": "12:00"},
        {"kind": "hours", "opens": "12:00", "closes": "09:00"}, {"notice": "х" * 301},
    ],
)  # fmt: skip
def test_days_that_make_no_sense_are_refused(told: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        wish(**told)


# --- Pages -------------------------------------------------------------------------------------


@pytest.mark.clause("R5.1.2")
def test_a_closing_is_told_from_the_day_of_its_notice_on(library: Library, director: Desk) -> None:
    director.post(
        "/calendar", first="2025-12-24", last="2025-12-26", kind="closed", notice="Зачинено",
    )  # fmt: skip
    with library.database.writing() as session:
        entry = session.scalars(select(CalendarEntry)).one()
        entry.announce_from = TODAY + timedelta(days=2)
        session.flush()
        told = [len(calendar_days.announced(session, TODAY + timedelta(days=n))) for n in range(4)]
    assert told == [0, 0, 1, 1]


@pytest.mark.clause("R5.1.2")
def test_days_are_written_down_announced_and_cancelled_on_the_page(
    library: Library, director: Desk
) -> None:
    page = director.post(
        "/calendar", first="2025-12-24", last="2025-12-26", kind="hours", opens="10:00",
        closes="15:00", notice="Святкові години",
    )  # fmt: skip
    assert "24 грудня 2025 р. – 26 грудня 2025 р." in page.replace("\N{NO-BREAK SPACE}", " ")
    assert "10:00–15:00" in page
    assert "Святкові години" in page
    day = page.split('data-day="2025-12-25"')[0].rpartition("<a ")[2]
    assert "day-hours" in day
    with library.database.reading() as session:
        entry = session.scalars(select(CalendarEntry)).one()
        assert entry.announce_from == TODAY
    page = director.post("/calendar/cancel", entry=str(entry.id))
    assert "скасовано" in page
    assert kept(library).hours_on(date(2025, 12, 25)) == OpenHours(540, 1140)
    director.post("/calendar/cancel", entry=str(entry.id), back="1")
    assert kept(library).hours_on(date(2025, 12, 25)) == OpenHours(600, 900)


def test_what_is_wrong_is_said_and_what_was_typed_stays(director: Desk) -> None:
    form = {"first": "2025-12-24", "kind": "hours", "opens": "15:00", "closes": "10:00",
            "notice": "Скорочений день", "csrf_token": secret_of(director.client)}  # fmt: skip
    answer = director.client.post("/calendar", data=form)
    assert answer.status_code == 422
    assert "Зачиняється раніше, ніж відчиняється." in answer.text
    assert "Скорочений день" in answer.text


def test_whoever_closes_the_house_over_an_event_is_told(director: Desk) -> None:
    page = director.post("/calendar", first=TODAY.isoformat(), kind="closed")
    assert "На ці дні є заходи" in page
    assert "Вечір поезії Ліни Костенко" in page


def week(**other: str) -> dict[str, str]:
    told = {f"opens-{day}": "09:00" for day in range(6)}
    return told | {f"closes-{day}": "18:00" for day in range(6)} | other


@pytest.mark.clause("R5.1.2")
def test_the_week_is_typed_as_times_and_an_empty_day_is_off(
    library: Library, director: Desk
) -> None:
    director.post("/calendar/week", **week())
    found = kept(library)
    assert found.week[0] == OpenHours(540, 1080)
    assert found.week[6] is None
    assert audited(library, "setting_changed")[0].object_id == "hours"


@pytest.mark.parametrize("typed", ["9", "25:00", "18:61", "ранок"])
def test_a_time_that_is_none_changes_nothing(library: Library, director: Desk, typed: str) -> None:
    page = director.post("/calendar/week", **week(**{"opens-2": typed}))
    assert "середа: час пишуть так: 09:00." in page
    assert kept(library).hours == LibrarySettings().hours


def test_a_department_takes_its_hours_and_gives_them_back(library: Library, director: Desk) -> None:
    director.post("/calendar/week", whose="department:5", **week())
    page = director.get("/calendar?whose=department:5")
    assert 'value="18:00"' in page
    director.post("/calendar/week", whose="department:5", as_house="1", **week())
    with library.database.reading() as session:
        assert session.get_one(Department, "5").hours is None
    assert len(audited(library, "department_hours_changed")) == 2


def test_who_rules_nothing_looks_and_changes_nothing(centre: Desk) -> None:
    page = centre.get("/calendar")
    assert "Змінити дні" not in page
    centre.client.post("/calendar", data={"csrf_token": secret_of(centre.client)})
    assert "09:00–19:00" in page


# --- Before closing ----------------------------------------------------------------------------

CLOSING = datetime.combine(TODAY, datetime.min.time(), NOON.tzinfo) + timedelta(hours=17)
"""19:00 in Kyiv."""


def shown(page: str) -> list[str]:
    parts = [part.split("</p>")[0] for part in page.split("data-since=")[1:]]
    return [part.split("<span>")[1].split("<")[0] for part in parts
            if " hidden" not in part.split(">")[0]]  # fmt: skip


@pytest.mark.clause("R3.2.7", "R3.2.8")
@pytest.mark.parametrize(
    "minutes, said",
    [(31, ""), (30, "зі сховища більше не видаємо"), (15, "вже мають бути повернуті"), (0, "")],
)
def test_the_desk_is_told_half_an_hour_and_a_quarter_before_closing(
    desk_of: Callable[[Role], Desk], clock: Clock, minutes: int, said: str
) -> None:
    clock.at = CLOSING - timedelta(minutes=minutes)
    told = shown(desk_of(Role.SERVICE_CENTRE).get("/inside"))
    assert len(told) == bool(said)
    assert said in "".join(told)


def test_a_closed_day_has_no_closing(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    calendar_days.add(library.database, wish(first=TODAY, last=TODAY), by(library))
    clock.at = CLOSING - timedelta(minutes=20)
    assert "data-since" not in desk_of(Role.SERVICE_CENTRE).get("/inside")


@pytest.mark.clause("R3.2.8")
def test_a_department_is_told_of_its_own_closing(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:

    with library.database.writing() as session:
        librarian = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        librarian.department_code = "5"
    short = wish(first=TODAY, last=TODAY, kind=CalendarKind.HOURS, opens="09:00", closes="15:00",
                 department_code="5")  # fmt: skip
    calendar_days.add(library.database, short, by(library))
    clock.at = CLOSING - timedelta(hours=4, minutes=20)
    assert "До закриття 15:00" in "".join(shown(desk_of(Role.DEPARTMENT).get("/inside")))
