"""Lanes and emergencies on the console: several people, phones, paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import Locator, Page, expect
from sqlalchemy import select

from gate.events import Receipt
from gate.facts import Emergency
from server.models import (
    Branch,
    EmergencyCase,
    LaneAlarm,
    LaneOrder,
    LaneStatus,
    Role,
    RollEntry,
    RollState,
    Staff,
    Station,
    StationEvent,
    StationRole,
)
from server.services import lanes, settings
from tests.server.console.desk import Clock, Desk, enter
from tests.server.console.library import NOON, Library


def ids(library: Library) -> list[str]:
    with library.database.reading() as session:
        return [str(one) for one in session.scalars(select(RollEntry.id).order_by(RollEntry.id))]


def states(library: Library) -> list[RollState]:
    with library.database.reading() as session:
        return list(session.scalars(select(RollEntry.state).order_by(RollEntry.id)))


def test_in_peace_there_are_two_buttons_and_no_list(centre: Desk) -> None:
    page = centre.get("/emergency")
    assert 'value="fire"' in page
    assert 'value="air_raid"' in page


@pytest.mark.scenario("X14")
@pytest.mark.fault(32)
def test_any_member_of_staff_may_raise_a_fire_and_the_list_stands_by_hall(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    guard = desk_of(Role.GUARD)
    page = guard.post("/emergency", kind="fire")
    with library.database.reading() as session:
        assert settings.read(session).emergency is Emergency.FIRE
    assert "Олена К." in page
    assert "Коваленко" not in page, "a list that many see names nobody in full"
    assert "× 12" in page
    assert "Мала зала" in page
    assert 'value="fire"' not in page


def test_two_people_tick_the_list_and_each_sees_what_the_other_did(
    library: Library, centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    centre.post("/emergency", kind="fire")
    department = desk_of(Role.DEPARTMENT)
    first, second, third = ids(library)
    department.post("/emergency/roll", mark=f"{first} out")
    centre.post("/emergency/roll", mark=f"{second} missing")
    assert states(library) == [RollState.OUT, RollState.MISSING, RollState.WAITING]
    centre.post("/emergency/roll", mark=f"{second} out")
    assert states(library)[1] is RollState.OUT
    page = department.get("/emergency")
    assert f'value="{second} waiting" aria-pressed="true"' in page, "pressed again it is taken back"
    department.post("/emergency/roll", mark=f"{second} waiting")
    assert states(library)[1] is RollState.WAITING
    assert department.client.post("/emergency/roll", data={"mark": third}).status_code == 400


def test_the_all_clear_is_given_by_few_and_leaves_a_report(
    library: Library, centre: Desk, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    with library.database.writing() as session:
        session.add(LaneStatus(station_code="K1", phase="released", changed_at=NOON))
    department = desk_of(Role.DEPARTMENT)
    page = department.post("/emergency", kind="fire")
    case = page.split('name="case" value="')[1].split('"')[0]
    assert "Оголосити відбій" not in page
    clock.forward(timedelta(minutes=12))
    report = centre.post("/emergency/over", case=case, note="Задимлення в підвалі", lanes="on")
    assert "Задимлення в підвалі" in report
    assert "Марія Бондар" in report
    with library.database.reading() as session:
        assert settings.read(session).emergency is Emergency.NONE
        (given,) = lanes.log(session)[:1]
    assert getattr(given, "act", None) == "reset"
    assert "Минулі події" in centre.get("/emergency")


def test_the_paper_says_which_stations_were_not_heard_of(centre: Desk, library: Library) -> None:
    page = centre.post("/emergency", kind="air_raid")
    case = page.split('name="case" value="')[1].split('"')[0]
    paper = centre.get(f"/emergency/{case}")
    assert "Список присутніх" in paper
    assert "☐ вийшов" in paper
    assert "перевірте зали, сховище, вбиральні" in paper


@pytest.mark.fault(31)
def test_lanes_show_their_state_and_take_orders_with_a_reason(
    library: Library, centre: Desk
) -> None:
    assert "Ще не відомо" in centre.get("/lanes")
    with library.database.writing() as session:
        session.add(LaneStatus(station_code="K1", phase="closed", changed_at=NOON))
        session.get_one(Station, "K1").last_seen_at = NOON
    assert "Напишіть причину" in centre.post("/lanes", order="K1 hold", reason="")
    page = centre.post("/lanes", order="K1 hold", reason="виносять рояль")
    assert "Наказ надіслано" in page
    assert "виносять рояль" in page
    centre.post("/lanes", order="K1 open_once in")
    assert centre.client.post("/lanes", data={"order": "K1 dance"}).status_code in {400, 404}


def test_whoever_may_only_look_at_lanes_finds_no_buttons_there(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    with library.database.writing() as session:
        session.add(LaneAlarm(id=uuid4(), station_code="K1", kind="alarm_jam", at=NOON))
    for role, buttons in (
        (Role.SERVICE_CENTRE, True),
        (Role.DIRECTOR, False),
        (Role.TECHNICIAN, False),
    ):
        page = desk_of(role).get("/lanes")
        assert "заклинило" in page
        assert ('name="order"' in page, 'name="alarm"' in page) == (buttons, buttons)


@pytest.mark.threat(2)
def test_the_alarm_of_a_lent_ticket_shows_whose_it_is_until_somebody_saw_it(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    alarm_id = uuid4()
    with library.database.writing() as session:
        session.add(
            LaneAlarm(
                id=alarm_id, station_code="K1", kind="already_inside", at=NOON,
                ticket_id="000000000000",
            )
        )  # fmt: skip
    centre = desk_of(Role.SERVICE_CENTRE)
    page = centre.get("/lanes")
    assert "вже всередині" in page
    assert "Олена К." in page
    page = centre.post("/lanes/alarm", alarm=str(alarm_id), note="чоловік читачки")
    assert "Тривог немає" in page
    assert "чоловік читачки" in page.partition("Що відбувалося")[2]
    centre.get(f"/lanes/alarm/{alarm_id}/photo", 404)


@pytest.mark.fault(31)
def test_the_log_says_who_saw_an_alarm_and_what_it_was(library: Library, centre: Desk) -> None:
    alarm_id = uuid4()
    with library.database.writing() as session:
        session.add(
            LaneAlarm(id=alarm_id, station_code="K1", kind="alarm_forced", way="in", at=NOON)
        )
    assert "ще ніхто не підтвердив" in centre.get("/lanes")
    page = centre.post("/lanes/alarm", alarm=str(alarm_id), note="діти бавилися")
    log = page.partition("Що відбувалося")[2]
    assert re.search("силоміць</td><td>вхід · підтверджено о .*Марія Бондар · діти бавилися", log)


@pytest.mark.fault(32)
def test_the_log_names_whose_pass_put_a_lane_back_to_work(library: Library, centre: Desk) -> None:
    told = {"kind": "lane_changed", "phase": "closed", "by_ticket": "000000000000"}
    with library.database.writing() as session:
        session.add(
            StationEvent(
                id=uuid4(), station_code="K1", kind="lane_changed", payload=told, at=NOON,
                receipt=Receipt.STORED, received_at=NOON,
            )
        )  # fmt: skip
    assert "Коваленко Олена" in centre.get("/lanes").partition("Що відбувалося")[2]


def test_an_order_that_no_station_carried_out_says_so(
    library: Library, centre: Desk, clock: Clock
) -> None:
    page = centre.post("/lanes", order="K1 open_once out")
    assert "Станції K1 не чути" in page
    assert "чекає на станцію" in page
    clock.forward(timedelta(seconds=31))
    assert "не виконано: станція не озвалася" in centre.get("/lanes")
    with library.database.writing() as session:
        session.scalars(select(LaneOrder)).one().done_at = NOON
    assert "станція не озвалася" not in centre.get("/lanes")


def add_branch(library: Library) -> None:
    """A branch with a station of its own, and the guard, who has no department."""
    with library.database.writing() as session:
        session.add(Branch(code="2", name="Філія на Лісовій", assembly_point="стадіон"))
        session.flush()
        session.add(
            Station(code="B1", name="Філія", role=StationRole.BOTH, branch_code="2",
                    created_at=NOON, paired_at=NOON)
        )  # fmt: skip
        session.flush()
        session.add(LaneStatus(station_code="B1", phase="released", changed_at=NOON))
        session.add(LaneStatus(station_code="K1", phase="released", changed_at=NOON))
        settings.note_changed(session)


def alarmed(library: Library) -> list[Emergency]:
    with library.database.reading() as session:
        now = settings.read(session)
        return [now.emergency, now.at_branch("2").emergency]


@pytest.mark.scenario("X14")
def test_an_alarm_is_of_the_building_that_is_chosen_and_every_page_says_which(
    library: Library, centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    add_branch(library)
    with library.database.writing() as session:
        librarian = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        librarian.department_code = "5"
    works_here = desk_of(Role.DEPARTMENT).get("/emergency")
    assert '<option value="" selected>головна будівля' in works_here
    assert '<option value="*" selected>' in desk_of(Role.GUARD).get("/emergency"), "nobody knows"
    assert centre.client.post("/emergency", data={"kind": "fire", "where": "77"}).status_code != 303
    board = centre.get("/inside")
    assert re.search(r"головна будівля</dt><dd>14.*Філія на Лісовій</dt><dd>0", board, re.DOTALL)
    page = centre.post("/emergency", kind="fire", where="2")
    assert alarmed(library) == [Emergency.NONE, Emergency.FIRE]
    assert "Пожежа, Філія на Лісовій" in page
    assert "Збір: стадіон." in page
    assert "Олена К." not in page, "nobody in the main building is on the list"
    assert "B1" in page
    assert 'value="fire"' in page, "the main building may still have its own"
    assert "Філія на Лісовій." in centre.get("/inside")
    case = page.split('name="case" value="')[1].split('"')[0]
    report = centre.post("/emergency/over", case=case, lanes="on")
    assert "Звіт: Пожежа, Філія на Лісовій" in report
    with library.database.reading() as session:
        reset = {one.station_code for one in session.scalars(select(LaneOrder))}
    assert reset == {"B1"}, "lanes of the other building stay as they are"


def test_an_alarm_everywhere_is_one_for_each_building(library: Library, centre: Desk) -> None:
    add_branch(library)
    page = centre.post("/emergency", kind="air_raid", where="*")
    assert alarmed(library) == [Emergency.AIR_RAID, Emergency.AIR_RAID]
    assert page.index("Повітряна тривога, головна будівля") < page.index("Повітряна тривога, Філія")


def test_on_a_phone_a_tick_is_two_taps_and_others_see_it_at_once(
    page: Page, address: str, library: Library, centre: Desk
) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    enter(page, address, Role.DEPARTMENT)
    page.goto(f"{address}/emergency")
    page.get_by_role("button", name="Пожежа").click()
    line = page.locator(".roll-line").first
    expect(line).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth")
    assert wide <= 320, "nothing is cut off at the side"
    line.get_by_role("button", name="Вийшов").click()
    expect(page.locator(".roll-line").first.get_by_role("button", name="Вийшов")).to_have_attribute(
        "aria-pressed", "true"
    )
    second = ids(library)[1]
    centre.post("/emergency/roll", mark=f"{second} missing")
    expect(page.locator('[data-state="missing"]')).to_have_count(1, timeout=10_000)


def many_more(library: Library, count: int) -> None:
    """People whom staff put on the list by hand."""
    with library.database.writing() as session:
        case = session.scalars(select(EmergencyCase)).one()
        session.add_all(
            RollEntry(id=uuid4(), case_id=case.id, name=f"Гість {number}", persons=1, hall="",
                      seen_at=NOON, state=RollState.WAITING)
            for number in range(count)
        )  # fmt: skip


def top(line: Locator) -> float:
    """Where it stands in the window, in pixels: the page above it may grow."""
    box = line.bounding_box()
    assert box is not None
    return box["y"]


def test_in_a_long_list_one_goes_on_where_one_ticked_and_a_few_letters_find_a_line(
    page: Page, address: str, library: Library, centre: Desk
) -> None:
    centre.post("/emergency", kind="fire")
    many_more(library, 40)
    page.set_viewport_size({"width": 390, "height": 844})
    enter(page, address, Role.DEPARTMENT)
    page.goto(f"{address}/emergency")
    line = page.locator(".roll-line").filter(has_text="Гість 33")
    line.get_by_role("button", name="Вийшов").scroll_into_view_if_needed()
    assert page.evaluate("scrollY") > 844
    before = top(line)
    line.get_by_role("button", name="Вийшов").click()
    expect(line).to_have_attribute("data-state", "out")
    assert abs(top(line) - before) < 100
    line.get_by_role("button", name="Вийшов").click()
    expect(line).to_have_attribute("data-state", "waiting")
    assert abs(top(line) - before) < 100
    line.get_by_role("button", name="Вийшов").click()
    expect(line).to_have_attribute("data-state", "out")

    find = page.get_by_label("Знайти в списку")
    find.fill("гість 7")
    shown = page.locator(".roll-line:visible")
    expect(shown).to_have_count(1)
    shown.get_by_role("button", name="Не знайдено").click()
    expect(page.locator('.roll-line[data-state="missing"]')).to_have_count(1)
    page.get_by_label("Лише ті, кого чекаємо").check()
    expect(shown).to_have_count(41)
    tenth, following = shown.nth(9), shown.nth(10)
    tenth.get_by_role("button", name="Вийшов").scroll_into_view_if_needed()
    before, going_on = top(tenth), following.locator("b").inner_text()
    tenth.get_by_role("button", name="Вийшов").click()
    expect(shown).to_have_count(40)
    expect(page.get_by_label("Лише ті, кого чекаємо")).to_be_checked()
    assert shown.nth(9).locator("b").inner_text() == going_on
    assert abs(top(shown.nth(9)) - before) < 100
    focused = "document.activeElement.closest('.roll-line')?.querySelector('b').textContent"
    assert page.evaluate(focused) == going_on


def test_a_filter_alone_draws_no_list_anew(
    page: Page, address: str, library: Library, centre: Desk
) -> None:
    """A press that begins before it and ends after it would be lost."""
    centre.post("/emergency", kind="fire")
    many_more(library, 10)
    enter(page, address, Role.DEPARTMENT)
    page.goto(f"{address}/emergency")
    page.get_by_label("Знайти в списку").fill("гість 7")
    asked = lambda answer: answer.url.endswith("/emergency")  # noqa: E731
    for _ in range(2):
        with page.expect_response(asked) as answered:
            pass
        answered.value.finished()
    page.evaluate("document.querySelector('.roll').dataset.mark = 'same'")
    for _ in range(2):
        with page.expect_response(asked) as answered:
            pass
        answered.value.finished()
    assert page.evaluate("document.querySelector('.roll').dataset.mark") == "same"
