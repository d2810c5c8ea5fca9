"""Rights by branch, cell by cell: what of another building a role neither sees nor changes."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Topic, WorkplaceOutcome, WorkplaceQuery
from gate.facts import CredentialKind, VisitState
from server.console.buildings import BOUND, EVERY_BUILDING
from server.console.roles import ROLES
from server.models import (
    AuditRecord,
    Base,
    Concession,
    Conflict,
    ConflictKind,
    Consultation,
    Demand,
    Department,
    DepartmentKind,
    DepartmentNotice,
    Document,
    Equipment,
    EventOfDay,
    EventSignup,
    Hall,
    Hold,
    LaneAlarm,
    Outcome,
    PaidFor,
    Payment,
    PaymentMethod,
    Request,
    Role,
    ServiceCode,
    Shift,
    Staff,
    Station,
    StockTaking,
    Visit,
    Workplace,
    WorkplaceBooking,
    WorkplaceUse,
)
from server.services import (
    audit,
    house_record,
    self_seating,
    settings,
    workplace_bookings,
    workplaces,
)
from server.services.reach import Reach
from tests.server.admin.test_branches import furnish
from tests.server.console.desk import Desk, sign_in
from tests.server.console.library import NOON, Library

ROUTES = tomllib.loads(Path(__file__).with_name("routes.toml").read_text("utf-8"))
LISTED = set(ROUTES["listed"].split())
SHARED = set(ROUTES["shared"].split()) | {
    table + act
    for table in ROUTES["tables"].split()
    for act in ("", "_new", "_make", "_row", "_save", "_retire", "_undo")
}


@dataclass(frozen=True, slots=True)
class Things:
    """One of each kind in a building, as forms and addresses name it."""

    payment: int
    workplace: int
    use: int
    booking: int
    taking: int
    equipment: int
    workplace_change: int
    equipment_change: int
    request: int
    hold: int
    station: str
    alarm: str
    hall: int
    event: str
    signup: int
    shift: int
    conflict: int
    notice: str
    department: str


def asked(endpoint: str, it: Things) -> Mapping[str, Any]:
    """What a request to a route names, as its page does."""
    sale, use, taking = {"number": it.payment}, {"use": it.use}, {"taking": it.taking}
    booked = {"number": it.booking}
    slot = f"{it.workplace}|{NOON.isoformat()}"
    computer = {"key": it.workplace, "department_code": it.department}
    device = {"key": it.equipment, "department_code": it.department}
    event = {"event_id": it.event, "hall_id": it.hall}
    cases: Mapping[str, Mapping[str, Any]] = {
        "sale_paper": sale, "sale_picture": sale, "sale_file": sale, "cancel_sale": sale,
        "start_workplace": {"workplace": it.workplace},
        "extend_workplace": use, "end_workplace": use,
        "start_booked": {"booking": it.booking}, "cancel_booking": {"booking": it.booking},
        "booking_paper": booked, "booking_picture": booked, "booking_file": booked,
        "book_workplace": {"slot": slot},
        "stock_taking": taking, "see_stock": taking, "end_stock_taking": taking,
        "computers_row": computer, "computers_save": computer, "computers_retire": computer,
        "computers_make": {"department_code": it.department},
        "computers_undo": {"record": it.workplace_change},
        "equipment_row": device, "equipment_save": device, "equipment_retire": device,
        "equipment_make": {"department_code": it.department},
        "equipment_undo": {"record": it.equipment_change},
        "move_request": {"request_id": it.request}, "request_paper": {"request_id": it.request},
        "cancel_hold": {"hold": it.hold}, "extend_hold": {"hold": it.hold},
        "order_lane": {"order": f"{it.station} open_once in"},
        "acknowledge_alarm": {"alarm": it.alarm}, "alarm_photo": {"alarm_id": it.alarm},
        "make_event": {"hall_id": it.hall}, "edit_event": event, "change_event": event,
        "cancel_event": event, "note_online": event, "sign_up": event,
        "change_signup": {"signup_id": it.signup}, "admit_group": {"event": it.event},
        "shift_report": {"shift_id": it.shift},
        "resolve_entry": {"kind": "conflict", "key": it.conflict},
        "close_one_of_two": {"key": it.conflict}, "settle_conflict": {"key": it.conflict},
        "notice_seen": {"notice": it.notice},
    }  # fmt: skip
    return cases[endpoint.removeprefix("console.")]


@pytest.fixture
def buildings(library: Library) -> tuple[Things, Things]:
    """The library's own building and its branch, each with one of everything."""
    furnish(library)
    with library.database.writing() as session:
        session.add_all(
            Department(code=code, name=f"Центр {code}", kind=DepartmentKind.INFORMATION,
                       branch_code=branch, position=9)
            for code, branch in (("11", None), ("21", "2"))
        )  # fmt: skip
        session.get_one(Station, "B1").has_lane = True
        session.flush()
        return _one_of_each(session, "11", "K1", None), _one_of_each(session, "21", "B1", "2")


def _one_of_each(session: Session, room: str, station: str, branch: str | None) -> Things:
    staff = session.scalars(select(Staff).where(Staff.role == Role.INFORMATION_CENTRE)).one().id
    hour = timedelta(hours=1)
    visit = _visit(f"{station}-9", branch, VisitState.NOT_RETURNED)
    inside = _visit(f"{station}-8", branch, VisitState.INSIDE, group_name=f"Клас з {station}")
    book = Document(inventory_number=f"И{room}", barcode=f"Ш{room}", title=f"Книга {room}",
                    department_code=room)  # fmt: skip
    hall = Hall(name=f"Зала {room}", branch_code=branch)
    place = Workplace(name=f"ПК {room}", department_code=room)
    _add(session, visit, inside, book, hall, place)
    device = Equipment(inventory_number=f"10{room}", name=f"Сканер {room}", department_code=room)
    use = WorkplaceUse(visit_id=inside.id, workplace_id=place.id, asked_at=NOON, started_at=NOON,
                       ends_at=NOON + hour, department_code=room)  # fmt: skip
    booking = WorkplaceBooking(workplace_id=place.id, visit_id=inside.id, begins_at=NOON + hour,
                               ends_at=NOON + 2 * hour, made_at=NOON)  # fmt: skip
    sale = Payment(paid_for=PaidFor.SERVICE, amount=100, concession=Concession.FULL, year=2025,
                   method=PaymentMethod.CASH_DESK, receipt_number=f"К-{room}", at=NOON,
                   staff_id=staff, department_code=room)  # fmt: skip
    taking = StockTaking(begun_at=NOON, begun_by=staff, department_code=room)
    service = Consultation(at=NOON, service=ServiceCode.ADVICE, topic=Topic.STATE, minutes=5,
                           outcome=Outcome.HELPED, visit_id=inside.id, staff_id=staff,
                           department_code=room)  # fmt: skip
    demand = Demand(at=NOON, topic=Topic.STATE, asked=f"Питання {room}", staff_id=staff,
                    department_code=room)  # fmt: skip
    request = Request(
        patron_id=1, department_code=room, shelf_mark="84", author="Автор", asked_at=NOON,
        title=f"Вимога {room}", published="Київ, 1990", volume="",
    )  # fmt: skip
    hold = Hold(document_id=book.id, patron_id=1, placed_at=NOON)
    alarm = LaneAlarm(id=uuid4(), station_code=station, kind="forced", at=NOON)
    event = EventOfDay(
        id=f"evening-{room}", title="Вечір", title_en="", hall=hall.name, hall_id=hall.id,
        doors_at=NOON, starts_at=NOON, ends_at=NOON + hour,
    )  # fmt: skip
    conflict = Conflict(kind=ConflictKind.EXIT_WITHOUT_ENTRY, raised_at=NOON,
                        details={"station": station})  # fmt: skip
    notice = DepartmentNotice(id=uuid4(), visit_id=visit.id, department_code=room, day=NOON.date(),
                              documents=1, raised_at=NOON)  # fmt: skip
    _add(session, device, use, booking, sale, taking, service, demand, request, hold, alarm, event,
         conflict, notice)  # fmt: skip
    signup = EventSignup(event_id=event.id, name=f"Гостя {room}", at=NOON)
    shift = Shift(branch_code=branch, day=NOON.date(), librarian=f"Черга {room}", opened_at=NOON,
                  opened_by=staff, opening={}, closed_at=NOON, closing=None)  # fmt: skip
    _add(session, signup, shift)
    return Things(
        payment=sale.id, workplace=place.id, use=use.id, booking=booking.id, taking=taking.id,
        equipment=device.id, workplace_change=_change(session, "workplace", place.id),
        equipment_change=_change(session, "equipment", device.id), request=request.id,
        hold=hold.id, station=station, alarm=str(alarm.id), hall=hall.id, event=event.id,
        signup=signup.id, shift=shift.id, conflict=conflict.id, notice=str(notice.id),
        department=room,
    )  # fmt: skip


def _visit(slip_number: str, branch: str | None, state: VisitState, group_name: str = "") -> Visit:
    return Visit(
        id=uuid4(), state=state, station_code=slip_number.partition("-")[0], persons=1,
        slip_number=slip_number, local_day=NOON.date(), opened_at=NOON, changed_at=NOON,
        group_name=group_name, branch_code=branch,
    )  # fmt: skip


def _add(session: Session, *rows: Base) -> None:
    session.add_all(rows)
    session.flush()


def _change(session: Session, kind: str, key: int) -> int:
    audit.record(session, at=NOON, actor="system", action=f"{kind}_changed",
                 about=(kind, str(key)), details={"before": None, "after": {}})  # fmt: skip
    session.flush()
    latest = select(AuditRecord.id).order_by(AuditRecord.id.desc()).limit(1)
    return session.scalars(latest).one()


def settle_in(library: Library, role: Role, department: str | None) -> None:
    with library.database.writing() as session:
        session.scalars(select(Staff).where(Staff.role == role)).one().department_code = department


@pytest.fixture
def at(app: Flask, library: Library) -> Callable[[Role, str | None], Desk]:
    """Somebody of a role whose account names a department."""

    def make(role: Role, department: str | None) -> Desk:
        settle_in(library, role, department)
        client = app.test_client()
        assert sign_in(client, role.value) == 303
        return Desk(client)

    return make


def statuses(app: Flask, client: FlaskClient, endpoint: str, it: Things) -> set[int]:
    """How a route answers about something, without the form's secret: nothing is changed."""
    told = asked(endpoint, it)
    (rule,) = app.url_map.iter_rules(endpoint)
    with app.test_request_context():
        path = app.url_for(endpoint, **{name: told[name] for name in rule.arguments})
    method = "POST" if "POST" in (rule.methods or ()) else "GET"
    rest = {name: value for name, value in told.items() if name not in rule.arguments}
    if method == "POST":
        return {client.post(path, data=rest).status_code}
    return {client.get(path, query_string=rest).status_code}


def test_each_route_is_a_building_s_the_library_s_or_a_list_of_what_is_in_reach() -> None:
    bound = {endpoint.removeprefix("console.") for endpoint in BOUND}
    names = {endpoint.removeprefix("console.") for endpoint in ROLES}
    assert names == bound | LISTED | SHARED
    assert len(names) == len(bound) + len(LISTED) + len(SHARED)


@pytest.mark.clause("C1.3", "C4")
@pytest.mark.threat(14)
@pytest.mark.parametrize("role", [role for role in Role if role not in EVERY_BUILDING])
def test_no_role_touches_what_is_in_another_building(
    app: Flask, buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk], role: Role
) -> None:
    own, branch = buildings
    for department, ours, theirs in (("21", branch, own), ("11", own, branch)):
        client = at(role, department).client
        for endpoint in BOUND:
            if role not in ROLES[endpoint]:
                continue
            assert statuses(app, client, endpoint, theirs) == {403}, endpoint
            assert statuses(app, client, endpoint, ours) != {403}, endpoint


@pytest.mark.clause("C1.3")
@pytest.mark.parametrize("role", Role)
def test_whoever_has_no_department_or_answers_for_all_works_in_every_building(
    app: Flask, buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk], role: Role
) -> None:
    department = "21" if role in EVERY_BUILDING else None
    client, own = at(role, department).client, buildings[0]
    for endpoint in BOUND:
        if role in ROLES[endpoint]:
            assert statuses(app, client, endpoint, own) != {403}, endpoint


LISTS = {
    "/lanes": (Role.SERVICE_CENTRE, "{station}</b> <span"),
    "/stations": (Role.SERVICE_CENTRE, ">{station}<"),
    "/inbox": (Role.SERVICE_CENTRE, "{station}"),
    "/inside": (Role.INFORMATION_CENTRE, "Клас з {station}"),
    "/holds": (Role.DEPARTMENT, "Книга {department}"),
    "/requests": (Role.DEPARTMENT, "Вимога {department}"),
    "/payments": (Role.SERVICE_CENTRE, "К-{department}"),
    "/centre/sales": (Role.INFORMATION_CENTRE, "К-{department}"),
    "/centre/log": (Role.INFORMATION_CENTRE, "{station}-8"),
    "/centre/log?of=demand": (Role.INFORMATION_CENTRE, "Питання {department}"),
    "/workplaces": (Role.INFORMATION_CENTRE, "ПК {department}"),
    "/workplaces/bookings": (Role.INFORMATION_CENTRE, "ПК {department}"),
    "/computers": (Role.INFORMATION_CENTRE, "ПК {department}"),
    "/equipment": (Role.INFORMATION_CENTRE, "Сканер {department}"),
}
"""Pages with a role that opens them, and by what a thing of a building is known there."""


@pytest.mark.clause("C1.3", "C4")
@pytest.mark.parametrize("department", ["11", "21", None])
@pytest.mark.parametrize("role", sorted({role for role, _ in LISTS.values()}))
def test_lists_show_what_is_in_one_s_own_building(
    buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk], role: Role,
    department: str | None,
) -> None:  # fmt: skip
    desk = at(role, department)
    for path in (path for path, (whose, _) in LISTS.items() if whose is role):
        page, sign = desk.get(path), LISTS[path][1]
        for it in buildings:
            shown = sign.format(station=it.station, department=it.department) in page
            assert shown is (department in (it.department, None)), path


@pytest.mark.clause("C1.3", "C8.3")
def test_each_building_counts_its_own_equipment(
    buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    branch = at(Role.INFORMATION_CENTRE, "21")
    assert "Сканер 21" in branch.get("/centre/stock-taking")
    branch.post("/centre/stock-taking/end", taking=str(buildings[1].taking))
    assert "Сканер 11" not in branch.post("/centre/stock-taking/begin")
    assert "вже триває" in branch.post("/centre/stock-taking/begin")


@pytest.mark.clause("C1.3")
def test_what_is_noted_in_a_branch_stays_there_when_its_author_moves(
    library: Library, buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    at(Role.INFORMATION_CENTRE, "21").post(
        "/centre/demand", topic="state", asked="Субсидія у філії", missing="1"
    )
    assert "Субсидія у філії" not in at(Role.INFORMATION_CENTRE, "11").get("/centre/log?of=demand")
    assert "Субсидія у філії" in at(Role.INFORMATION_CENTRE, "21").get("/centre/log?of=demand")


@pytest.mark.clause("C1.3", "C7.1")
def test_a_computer_made_in_a_branch_stands_there_and_is_not_put_elsewhere(
    library: Library, buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    branch = at(Role.INFORMATION_CENTRE, "21")
    assert "Збережено" in branch.post(
        "/computers", name="Ноутбук", position="1", department_code=""
    )
    with library.database.reading() as session:
        made = session.scalars(select(Workplace).where(Workplace.name == "Ноутбук")).one()
        assert made.department_code == "21"
    assert '<option value="11"' not in branch.get(f"/computers/row/{made.id}")


@pytest.mark.clause("C1.3")
def test_an_event_is_put_into_a_hall_of_one_s_own_building(
    buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    page = at(Role.INFORMATION_CENTRE, "21").get("/events/new")
    assert ["Зала 11" in page, "Зала 21" in page] == [False, True]


@pytest.mark.clause("C1.3", "C3.1.4")
def test_the_list_of_an_event_is_kept_in_its_building(
    library: Library, buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    own, branch = buildings
    desk = at(Role.INFORMATION_CENTRE, "11")
    assert "Гостя 11" in desk.get(f"/events/{own.event}")
    page = desk.get(f"/events/{branch.event}")
    assert "Захід в іншій будівлі" in page
    assert "Гостя 21" not in page
    assert "Зала 21 · Філія" in page
    assert "Гостя 21" not in desk.get(f"/events/{branch.event}?format=csv")
    desk.post("/scan", code=library.slip, **{"from": f"event:{branch.event}"})
    with library.database.reading() as session:
        listed = session.scalars(select(EventSignup.event_id)).all()
    assert sorted(listed) == ["evening-11", "evening-21"], "a scan there opens the slip instead"
    assert "Зала 21 · Філія" in desk.get("/events")
    assert "Зала 21 · Філія" in desk.get("/events/all")


@pytest.mark.clause("C1.3")
def test_a_group_is_let_in_for_an_event_of_the_house(
    buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    page = at(Role.SERVICE_CENTRE, "21").get("/admit")
    assert ["evening-11" in page, "evening-21" in page] == [False, True]


@pytest.mark.clause("C1.3")
def test_a_thing_of_another_building_is_refused_in_words(
    buildings: tuple[Things, Things], at: Callable[[Role, str | None], Desk]
) -> None:
    page = at(Role.INFORMATION_CENTRE, "21").get(f"/centre/sales/{buildings[0].payment}", 403)
    assert "Це в іншій будівлі" in page


# --- Stations, too -------------------------------------------------------------------------------


@pytest.mark.clause("C1.3", "C3.1.1")
def test_a_kiosk_gives_the_computers_of_its_own_building(
    library: Library, buildings: tuple[Things, Things]
) -> None:
    with library.database.writing() as session:
        session.get_one(Workplace, buildings[0].workplace).retired_at = NOON
        free = Workplace(name="ПК 22", department_code="21")
        _add(session, free)
    shown = {
        station: self_seating.ask(
            library.database,
            WorkplaceQuery(credential=CredentialKind.SLIP_CODE, value=slip),
            station=station, at=NOON,
        )
        for station, slip in (("K1", library.slip), ("B1", library.clean_slip))
    }  # fmt: skip
    assert shown["K1"].outcome is WorkplaceOutcome.DESK, "its building has none"
    assert (shown["B1"].outcome, shown["B1"].place) == (WorkplaceOutcome.FREE, "ПК 22")
    with library.database.reading() as session:
        assert [use.visit_id for use in workplaces.room(session, NOON, Reach("2")).waiting] == [
            library.clean_visit
        ]
        assert not workplaces.room(session, NOON, Reach()).waiting
        house = settings.read(session)
        told = [
            house_record.building_record(session, house.at_station(code), at=NOON).workplaces
            for code in ("K1", "B1")
        ]
    assert told == [0, 2]


@pytest.mark.clause("C1.3", "C5.4")
def test_a_booking_without_a_wish_for_a_place_stays_in_the_building_and_its_hours(
    library: Library, buildings: tuple[Things, Things]
) -> None:
    def book(hour: int, within: Reach) -> WorkplaceBooking:
        begins = NOON + timedelta(hours=hour)
        with library.database.reading() as session:
            who = workplace_bookings.whose(session, library.visit)
        return workplace_bookings.book(
            library.database, who, workplace_bookings.Wish(begins, 30), staff_id=None,
            actor="system", at=NOON, within=within,
        )  # fmt: skip

    assert book(3, Reach("2")).workplace_id == buildings[1].workplace
    assert book(4, Reach()).workplace_id == buildings[0].workplace
    assert book(5, Reach()).workplace_id == buildings[0].workplace
    with pytest.raises(workplace_bookings.NotBooked, match="closed"):
        book(6, Reach("2"))
