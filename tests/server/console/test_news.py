"""What can't wait comes to every page that lies open: emergencies, alarms of lanes, calls."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from playwright.sync_api import Page, expect
from sqlalchemy import event

from gate.facts import Emergency
from server.models import EmergencyOrigin, LaneAlarm, Role, Staff
from server.services import emergencies, inbox, lanes
from server.services.by import By
from tests.server.admin.test_branches import furnish
from tests.server.console.desk import Clock, Desk, enter
from tests.server.console.library import NOON, Library
from tests.server.desk_library import by, chance, staff_id
from tests.server.visits_desk.test_inbox import call_for_help


def forced(library: Library, station: str = "K1", at: datetime = NOON) -> UUID:
    """Somebody pushed through a lane."""
    alarm_id = uuid4()
    with library.database.writing() as session:
        session.add(
            LaneAlarm(id=alarm_id, station_code=station, kind="alarm_forced", way="in", at=at)
        )
    return alarm_id


def burn(library: Library) -> None:
    emergencies.raise_alarm(
        library.database, Emergency.FIRE, origin=EmergencyOrigin.CONSOLE, at=NOON, entropy=chance
    )


def test_in_peace_nobody_reads_the_database_for_the_pages_that_ask(
    library: Library, centre: Desk
) -> None:
    centre.get("/news")
    asked: list[str] = []
    engine = library.database.engine
    event.listen(engine, "before_cursor_execute", lambda *told: asked.append(told[2]))
    centre.client.get("/news", headers={"X-Live": "1"})
    (session,) = (one for one in asked if one.startswith("SELECT"))
    assert "staff_session" in session, "whose session it is"


@pytest.mark.fault(31)
def test_what_waits_at_lanes_is_told_to_those_who_may_see_to_it_until_they_did(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    centre, department = desk_of(Role.SERVICE_CENTRE), desk_of(Role.DEPARTMENT)
    assert "data-key" not in centre.get("/news")
    alarms = [forced(library), forced(library, at=NOON + timedelta(minutes=1))]
    told = centre.get("/news")
    assert "Пройшли силоміць" in told
    assert "і ще 1" in told
    assert f'data-key="{alarms[1]}"' in told
    assert "data-key" not in department.get("/news")
    for alarm in alarms:
        lanes.acknowledge(library.database, alarm, note="", by=by(library))
    assert "data-key" not in centre.get("/news")


def test_a_call_for_help_is_told_for_an_hour_or_until_somebody_answers(
    library: Library, centre: Desk, clock: Clock
) -> None:
    key = call_for_help(library)
    assert "Кличуть працівника" in centre.get("/news")
    clock.at = NOON + timedelta(minutes=59)
    assert f'data-key="{key}"' in centre.get("/news")
    clock.at = NOON + timedelta(minutes=61)
    assert "data-key" not in centre.get("/news"), "by now it is an entry of the inbox alone"
    clock.at = NOON + timedelta(minutes=1)
    inbox.resolve(library.database, "help_call", key, note="", staff_id=staff_id(library), at=NOON)
    assert "data-key" not in centre.get("/news")


@pytest.mark.clause("C1.3")
def test_lanes_of_another_building_call_those_who_work_there(
    library: Library, centre: Desk
) -> None:
    furnish(library)
    forced(library, "B1")
    assert "B1" in centre.get("/news"), "without a department one helps out everywhere"
    with library.database.writing() as session:
        session.get_one(Staff, staff_id(library)).department_code = "5"
    assert "data-key" not in centre.get("/news")


@pytest.mark.fault(31, 32)
def test_a_page_that_lies_open_shows_it_by_itself_and_once_it_is_seen_no_more(
    page: Page, address: str, library: Library
) -> None:
    enter(page, address, Role.SERVICE_CENTRE)
    page.goto(f"{address}/desk")
    notices = page.locator("[data-key]")
    expect(notices).to_have_count(0)
    alarm = forced(library)
    expect(notices).to_contain_text("Пройшли силоміць")
    burn(library)
    expect(notices).to_have_count(2)
    expect(notices.first).to_contain_text("Тривога")
    lanes.acknowledge(library.database, alarm, note="", by=By(staff_id=staff_id(library), at=NOON))
    expect(notices).to_have_count(1)
    page.goto(f"{address}/emergency")
    expect(page.locator(".roll-line").first).to_be_visible()
    expect(notices).to_be_hidden()
