"""Branches: buildings with hours of their own, and what is theirs at stations and desks."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select

from gate.calendar import OpenHours
from gate.facts import DocumentClass, VisitState
from gate.reasons import Reason
from server.models import (
    Branch,
    CalendarKind,
    Department,
    EventOfDay,
    Hall,
    LaneOrder,
    RequestKind,
    Role,
    Staff,
    Station,
    StationRole,
    Visit,
)
from server.services import (
    branch_closing,
    calendar_days,
    days,
    facts,
    feed,
    house_record,
    lending,
    presence,
    requests,
    settings,
    shifts,
    stations,
)
from server.services.houses import Hours
from server.services.lending import Desk as LendingDesk
from server.services.settings import LibrarySettings
from tests.server.admin.test_calendar import CLOSING, HOLIDAY, TODAY, by, shown, wish
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited

SHORT = [Hours(opens=600, closes=960)] * 5 + [None, None]
"""10:00-16:00 on workdays."""


@pytest.fixture
def branched(desk: Library) -> Library:
    """With a branch, a department and a station in it."""
    furnish(desk)
    return desk


def furnish(library: Library) -> None:
    with library.database.writing() as session:
        session.add(
            Branch(
                code="2",
                name="Філія № 2",
                name_en="Branch 2",
                phone="22 33 44",
                address="вул. Лісова, 8",
                capacity=2,
            )
        )
        session.flush()
        session.add(Department(code="9", name="Абонемент філії", branch_code="2", position=9))
    stations.register(library.database, "B1", name="Філія", role=StationRole.BOTH, has_lane=False,
                      actor="system", at=NOON, place=stations.Place("2"))  # fmt: skip
    calendar_days.set_hours(library.database, Branch, "2", SHORT, by(library))


def kept(library: Library) -> LibrarySettings:
    with library.database.reading() as session:
        return settings.read(session)


# --- On both databases -------------------------------------------------------------------------


@pytest.mark.clause("R5.1.2", "C1.3")
def test_a_branch_keeps_hours_of_its_own_and_the_library_those_it_had(branched: Library) -> None:
    library = kept(branched)
    assert library.hours_on(TODAY) == OpenHours(540, 1140)
    assert library.at_branch("2").hours_on(TODAY) == OpenHours(600, 960)
    assert library.at_station("B1").hours_on(TODAY) == OpenHours(600, 960)
    assert library.at_station("K1") is library
    assert audited(branched, "branch_hours_changed")


@pytest.mark.clause("R5.1.2")
def test_a_branch_s_day_holds_before_the_library_s_whichever_came_later(branched: Library) -> None:
    calendar_days.add(
        branched.database,
        wish(kind="hours", opens="11:00", closes="13:00", branch_code="2"),
        by(branched),
    )
    calendar_days.add(branched.database, wish(kind="closed"), by(branched))
    library = kept(branched)
    assert library.is_closed(HOLIDAY)
    assert library.at_branch("2").hours_on(HOLIDAY) == OpenHours(660, 780)
    with branched.database.reading() as session:
        room = session.get_one(Department, "9")
        found = calendar_days.days(session, library, HOLIDAY, HOLIDAY, room)
    assert found[0].hours == OpenHours(660, 780)


@pytest.mark.clause("C5.4")
def test_a_department_of_a_branch_works_only_while_its_branch_does(branched: Library) -> None:
    calendar_days.set_hours(branched.database, Department, "9",
                            [Hours(opens=540, closes=900)] * 7, by(branched))  # fmt: skip
    with branched.database.reading() as session:
        room = session.get_one(Department, "9")
        found = calendar_days.days(session, settings.read(session), TODAY, date(2025, 11, 22), room)
    assert [day.hours for day in found] == [OpenHours(600, 900), None]


@pytest.mark.clause("R3.2.8", "R5.1.2")
def test_a_station_is_told_of_its_own_house_and_of_all_departments(branched: Library) -> None:
    calendar_days.add(branched.database, wish(notice="Ремонт", branch_code="2"), by(branched))
    calendar_days.set_hours(branched.database, Department, "9", SHORT, by(branched))
    with branched.database.reading() as session:
        library = settings.read(session)
        there = house_record.building_record(session, library.at_station("B1"), at=NOON)
        main = house_record.building_record(session, library.at_station("K1"), at=NOON)
    assert (there.branch, there.week[0], there.limit) == ("2", (600, 960), 2)
    assert there.library_name.endswith(". Філія № 2")
    assert there.service_centre_phone == "22 33 44"
    assert [each.notice for each in there.special] == ["Ремонт"]
    assert (main.branch, main.week[0], main.special) == ("", (540, 1140), ())
    by_code = {each.code: each for each in main.departments}
    assert (by_code["9"].branch, by_code["9"].week[0]) == ("2", (600, 960))
    assert by_code["5"].branch == ""


def test_each_station_reads_the_change_as_its_own(branched: Library) -> None:
    def told(station: str) -> str:
        found = feed.read(branched.database, 0, epoch=None, at=NOON, station=station)
        rows = [row.value for row in found.rows if row.key == "building" and row.value]
        return str(rows[-1]["branch"])

    assert (told("B1"), told("K1")) == ("2", "")


@pytest.mark.scenario("E32")
def test_each_house_counts_those_inside_it(branched: Library) -> None:
    with branched.database.writing() as session:
        library = settings.read(session)
        before = presence.count_inside(session, TODAY, library)
        session.add(
            Visit(
                id=uuid4(),
                state=VisitState.INSIDE,
                station_code="B1",
                branch_code="2",
                persons=2,
                slip_number="B1-1",
                local_day=TODAY,
                opened_at=NOON,
                changed_at=NOON,
            )
        )
        session.flush()
        there = library.at_branch("2")
        assert presence.count_inside(session, TODAY, library) == before
        assert presence.count_inside(session, TODAY, there) == 2
        house = facts.of_building(session, there, at=NOON)
    assert (house.inside, house.limit) == (2, 2)


@pytest.mark.clause("R3.2.7")
@pytest.mark.scenario("S08")
def test_the_stack_of_a_department_closes_by_its_own_hours(branched: Library) -> None:
    short = wish(first=TODAY, last=TODAY, kind="hours", opens="09:00", closes="15:00",
                 department_code="5")  # fmt: skip
    calendar_days.add(branched.database, short, by(branched))
    form = {"title": "Кобзар", "author": "Шевченко", "shelf_mark": "84(4Укр)"}

    def reasons(department: str, minutes: int) -> set[Reason]:
        asked = requests.ask(
            branched.database, branched.visit, form, RequestKind.STACK,
            desk=LendingDesk(department=department, staff_id=by(branched).staff_id),
            at=CLOSING - timedelta(hours=4, minutes=minutes),
        )  # fmt: skip
        return set(asked.decision.codes)

    assert Reason.STACK_CLOSED in reasons("5", 29)
    assert Reason.STACK_CLOSED not in reasons("5", 31)
    assert Reason.STACK_CLOSED not in reasons("1", 29)


@pytest.mark.scenario("S06")
def test_a_loan_falls_due_on_a_day_when_its_department_is_open(branched: Library) -> None:
    with branched.database.reading() as session:
        library = settings.read(session)
        here = calendar_days.at_desk(session, library, "9")
        main = calendar_days.at_desk(session, library, "5")
    friday = NOON - timedelta(days=29)  # 30 days later is a Saturday
    due = [lending.due_day(library, each, DocumentClass.ORDINARY, friday) for each in (here, main)]
    assert due == [date(2025, 11, 24), date(2025, 11, 22)]


def test_each_house_ends_its_own_day(branched: Library) -> None:
    late = [Hours(opens=600, closes=1260)] * 7
    calendar_days.set_hours(branched.database, Branch, "2", late, by(branched))
    with branched.database.writing() as session:
        session.get_one(Visit, branched.visit).branch_code = "2"
        guard = session.scalars(select(Staff).where(Staff.role == Role.GUARD)).one()
        guard.department_code = "9"
    here, there = by(branched).staff_id, guard.id
    assert days.close_today(branched.database, staff_id=here, at=CLOSING) > 0
    with branched.database.reading() as session:
        left = session.scalars(select(Visit.id).where(Visit.closed_at.is_(None))).all()
        assert left == [branched.visit], "the branch goes on"
    with pytest.raises(days.NotYet):
        days.close_today(branched.database, staff_id=there, at=CLOSING)
    evening = CLOSING + timedelta(hours=2)
    assert days.close_today(branched.database, staff_id=there, at=evening) == 1


@pytest.mark.clause("C1.3", "C4")
def test_each_house_has_its_own_shift_with_its_own_slips(branched: Library) -> None:
    with branched.database.writing() as session:
        session.get_one(Visit, branched.visit).branch_code = "2"
        guard = session.scalars(select(Staff).where(Staff.role == Role.GUARD)).one()
        guard.department_code = "9"
    here, there = by(branched).staff_id, guard.id
    for who, name in ((here, "Марія"), (there, "Степан")):
        shifts.open_shift(branched.database, name, {}, staff_id=who, at=NOON)
    told = shifts.Told(note="У філії тихо")
    closed = shifts.close_shift(branched.database, {}, told=told, staff_id=there, at=CLOSING)
    assert closed.issued == 1
    with branched.database.reading() as session:
        main, branch = shifts.current(session), shifts.current(session, "2")
        assert main is not None
        assert (main.librarian, branch) == ("Марія", None)
        assert [shifts.last_note(session, house) for house in (None, "2")] == ["", "У філії тихо"]
        both = [shifts.figures(session, NOON.date(), house).issued for house in (None, "2")]
        assert both[1] == 1
        assert both[0] > 1


@pytest.mark.clause("C9")
def test_a_shift_that_nobody_closed_ends_with_its_branch(branched: Library) -> None:
    with branched.database.writing() as session:
        guard = session.scalars(select(Staff).where(Staff.role == Role.GUARD)).one()
        guard.department_code = "9"
    shifts.open_shift(branched.database, "Степан", {}, staff_id=guard.id, at=NOON)
    with branched.database.writing() as session:
        session.get_one(Staff, guard.id).department_code = None
    stations.revoke(branched.database, "B1", actor="system", at=NOON)
    branch_closing.close(branched.database, "2", staff_id=None, at=CLOSING)
    with branched.database.reading() as session:
        assert shifts.current(session, "2") is None


def test_a_day_is_of_a_branch_or_of_a_department_and_not_of_both() -> None:
    with pytest.raises(ValueError, match="two_places"):
        wish(branch_code="2", department_code="5")


# --- Pages -------------------------------------------------------------------------------------


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def test_a_library_in_one_building_sees_no_branch(director: Desk) -> None:
    for path in ("/departments", "/departments/row/5", "/halls/new", "/calendar", "/stations"):
        assert "Філі" not in director.get(path), path
    assert "Філії" in director.get("/settings")


@pytest.mark.clause("R5.1.2", "C1.3")
def test_a_branch_is_opened_furnished_and_given_hours_on_the_pages(
    library: Library, director: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    page = director.post("/branches", code="2", name="Філія № 2", address="вул. Лісова, 8",
                         phone="", position="1")  # fmt: skip
    assert "Збережено" in page
    form = {"name": "Відділ мистецтв", "kind": "lending", "position": "5", "branch_code": "2"}
    assert "Збережено" in director.post("/departments/row/5", **form)
    page = director.post("/calendar/week", whose="branch:2",
                         **{f"opens-{day}": "10:00" for day in range(5)},
                         **{f"closes-{day}": "16:00" for day in range(5)})  # fmt: skip
    assert "Філія № 2" in page
    assert '<optgroup label="Філії">' in page
    page = director.get("/calendar?whose=department:5")
    assert "Так само, як Філія № 2" in page
    assert "10:00–16:00" in page
    page = director.post("/calendar", first=HOLIDAY.isoformat(), kind="closed", whose="branch:2")
    assert kept(library).at_branch("2").is_closed(HOLIDAY)
    assert not kept(library).is_closed(HOLIDAY)
    desk_of(Role.ADMIN).post("/stations/K1", name="Вхід", branch="2")
    with library.database.reading() as session:
        assert session.get_one(Station, "K1").branch_code == "2"
    assert kept(library).at_station("K1").branch is not None


def test_hours_of_a_place_are_taken_back_to_those_before(library: Library, director: Desk) -> None:
    furnish(library)
    week = {f"opens-{day}": "12:00" for day in range(7)}
    week |= {f"closes-{day}": "14:00" for day in range(7)}
    assert 'name="undo"' in director.post("/calendar/week", whose="branch:2", **week)
    assert kept(library).at_branch("2").hours_on(TODAY) == OpenHours(720, 840)
    assert "Повернуто, як було." in director.post("/calendar/week", whose="branch:2", undo="1")
    assert kept(library).at_branch("2").hours_on(TODAY) == OpenHours(600, 960)


def test_a_closed_branch_takes_nobody_s_hours_with_it(library: Library, director: Desk) -> None:
    furnish(library)
    director.post("/branches/row/2/close", order="12-од", confirm="2")
    assert kept(library).at_station("B1") == kept(library)
    director.post("/branches/row/2/retire", back="1")
    assert kept(library).at_station("B1").hours_on(TODAY) == OpenHours(600, 960)


@pytest.mark.parametrize("whose", ["branch:8", "department:77", "hall:1", "5"])
def test_a_calendar_of_nobody_is_not_found(director: Desk, whose: str) -> None:
    assert director.client.get(f"/calendar?whose={whose}").status_code == 404


def test_an_event_is_warned_of_where_its_hall_is(library: Library, director: Desk) -> None:
    furnish(library)
    closed = {"first": TODAY.isoformat(), "kind": "closed", "whose": "branch:2"}
    assert "На ці дні є заходи" not in director.post("/calendar", **closed)
    with library.database.writing() as session:
        hall = Hall(name="Зала філії", branch_code="2")
        session.add(hall)
        session.flush()
        session.get_one(EventOfDay, "reading").hall_id = hall.id
    assert "На ці дні є заходи" in director.post("/calendar", **closed)


@pytest.mark.clause("R3.2.8")
def test_the_service_centre_is_told_which_department_closes_first(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    short = wish(first=TODAY, last=TODAY, kind=CalendarKind.HOURS, opens="09:00", closes="15:00",
                 department_code="5")  # fmt: skip
    calendar_days.add(library.database, short, by(library))
    clock.at = CLOSING - timedelta(hours=4, minutes=20)
    desk = desk_of(Role.SERVICE_CENTRE)
    assert shown(desk.get("/inside")) == ["«Відділ мистецтв» зачиняється о 15:00."]
    assert "09:00–15:00" in desk.get("/shift")


def place_librarian(library: Library, department: str | None) -> None:
    with library.database.writing() as session:
        librarian = session.scalars(select(Staff).where(Staff.role == Role.DEPARTMENT)).one()
        librarian.department_code = department


@pytest.mark.clause("C1.3", "C4")
def test_whoever_works_in_a_branch_gives_no_documents_of_another_building(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    furnish(library)
    place_librarian(library, "9")
    desk = desk_of(Role.DEPARTMENT)
    assert "<h1>Абонемент філії</h1>" in desk.get("/desk")
    chosen = desk.post("/desk/department", department="")
    assert 'value="9"' in chosen
    assert 'value="5"' not in chosen
    assert "У якому ви відділі?" in desk.post("/desk/department", department="5")
    assert "<h1>Абонемент філії</h1>" in desk.post("/desk/department", department="9")


@pytest.mark.clause("C1.3", "C4")
def test_whoever_has_no_department_helps_out_in_every_building(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    furnish(library)
    place_librarian(library, None)
    page = desk_of(Role.DEPARTMENT).post("/desk/department", department="")
    assert 'value="9"' in page
    assert 'value="5"' in page


@pytest.mark.clause("C1.3", "C4")
def test_whoever_works_in_a_branch_steers_no_lane_of_another_building(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    furnish(library)
    with library.database.writing() as session:
        for code in ("B1", "K1"):
            session.get_one(Station, code).has_lane = True
        keeper = session.scalars(select(Staff).where(Staff.role == Role.SERVICE_CENTRE)).one()
        keeper.department_code = "9"
    desk = desk_of(Role.SERVICE_CENTRE)
    page = desk.get("/lanes")
    assert 'value="B1 open_once in"' in page
    assert 'value="K1 open_once in"' not in page
    form = {"order": "K1 open_once in", "csrf_token": secret_of(desk.client)}
    assert desk.client.post("/lanes", data=form).status_code == 403
    with library.database.reading() as session:
        assert session.scalars(select(LaneOrder)).all() == []
    desk.post("/lanes", order="B1 open_once in")
    assert audited(library, "lane_order")[0].object_id == "B1"


def test_whoever_works_in_a_branch_is_told_of_its_closing(
    library: Library, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    furnish(library)
    place_librarian(library, "9")
    clock.at = CLOSING - timedelta(hours=3, minutes=20)
    assert "До закриття 16:00" in "".join(shown(desk_of(Role.DEPARTMENT).get("/inside")))
