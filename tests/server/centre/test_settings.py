"""The library's own settings: checked, counted, told, and kept before and after."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError
from sqlalchemy import select

from gate.calendar import SpecialDays
from server.models import AuditRecord, Setting
from server.services import settings
from server.services.houses import Hours
from server.services.settings import LibrarySettings
from tests.server.centre.town import NOON, Town


def test_a_change_is_kept_with_before_and_after(town: Town) -> None:
    town.set(reading_room_limit=5)
    with town.database.reading() as session:
        assert settings.read(session).reading_room_limit == 5
        record = session.scalars(select(AuditRecord).order_by(AuditRecord.id.desc())).first()
    assert record is not None
    assert (record.object_id, record.details) == ("reading_room_limit", {"before": 10, "after": 5})


def test_every_change_counts_the_revision_up(town: Town) -> None:
    with town.database.reading() as session:
        before = settings.read_revised(session).revision
    town.set(home_limit=3)
    with town.database.reading() as session:
        assert settings.read_revised(session).revision == before + 1


@pytest.mark.parametrize(
    "values",
    [
        {"reading_room_limit": -1}, {"timezone": "Mars/Olympus"}, {"no_such": 1},
        {"hours": [None] * 6}, {"hours": [{"opens": "9", "closes": "25:00"}] * 7},
        {"grace_until_month_day": [13]}, {"old_copy": "whatever"},
    ],
)  # fmt: skip
def test_a_wrong_value_changes_nothing(town: Town, values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        town.set(**values, home_limit=1)
    with town.database.reading() as session:
        assert settings.read(session).home_limit == 10


def test_a_setting_of_a_newer_version_is_passed_over(town: Town) -> None:
    with town.database.writing() as session:
        session.add(Setting(key="from_the_future", value=1, changed_at=NOON))
    with town.database.reading() as session:
        assert settings.read(session).epoch == "e1"


@pytest.mark.clause("R5.1.2")
def test_hours_are_of_the_library_s_own_day() -> None:
    library = LibrarySettings()
    assert library.opening(date(2026, 3, 18)) == (
        datetime(2026, 3, 18, 7, tzinfo=UTC), datetime(2026, 3, 18, 17, tzinfo=UTC),
    )  # fmt: skip
    assert library.day(datetime(2026, 3, 18, 22, 30, tzinfo=UTC)) == date(2026, 3, 19)


@pytest.mark.fault(20)
def test_summer_time_moves_nobody_s_opening() -> None:
    library = LibrarySettings()
    for day, hour in ((date(2026, 3, 28), 8), (date(2026, 3, 29), 7), (date(2026, 10, 26), 7)):
        opening = library.opening(day)
        assert opening is not None
        assert opening[0].hour == hour


def test_a_day_may_last_until_midnight() -> None:
    library = LibrarySettings(hours=(Hours(opens=0, closes=24 * 60),) * 7)
    opening = library.opening(date(2026, 3, 18))
    assert opening is not None
    assert opening[1] - opening[0] == timedelta(days=1)


@pytest.mark.clause("R5.1.2")
def test_closed_days_are_stepped_over() -> None:
    hours = LibrarySettings().hours
    closed = SpecialDays(first=date(2026, 3, 23), last=date(2026, 3, 23))
    library = LibrarySettings(hours=(*hours[:6], None), special=(closed,))
    assert library.is_closed(date(2026, 3, 22))
    assert library.opening(date(2026, 3, 22)) is None
    assert library.next_open_day(date(2026, 3, 22)) == date(2026, 3, 24)
    never = LibrarySettings(hours=(None,) * 7)
    assert never.next_open_day(date(2026, 3, 22)) == date(2026, 3, 22)
