"""The first administrator is led from the library's name to the first scan."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.codes import TICKET_PREFIX, new_signing_key
from gate.facts import TicketKind
from hardware.decoder import decode_picture
from server.console import register
from server.console.first_steps.rooms import TYPICAL
from server.models import (
    AuditRecord,
    Branch,
    Department,
    DepartmentKind,
    Patron,
    Role,
    Staff,
    Station,
    Ticket,
)
from server.services import accounts, settings, station_events
from server.services.accounts import NewAccount
from server.services.by import By
from server.services.settings import FirstStep, LibrarySettings
from server.services.stations import PairingRefused
from tests.server.admin.new_library import SHOWN, NewLibrary, found
from tests.server.centre.town import entry, told
from tests.server.console.desk import Clock, Desk, enter, secret_of
from tests.server.console.library import NOON
from tests.server.console.test_browser import RULES
from tests.support.axe import violations

NAMES = {
    "library_name": "Бібліотека на Подолі", "library_name_en": "Podil Library", "city": "Київ",
    "service_centre_phone": "+380 44 200 10 00", "timezone": "Europe/Kyiv",
}  # fmt: skip
ME = {"surname": "Бондар", "given_name": "Марія", "birth_date": "1990-03-14",
      "document": "id_card"}  # fmt: skip


@pytest.fixture
def new(tmp_path: Path) -> Iterator[NewLibrary]:
    library = found(tmp_path)
    yield library
    library.database.close()


@pytest.fixture
def app(new: NewLibrary, clock: Clock) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, new.database, clock=clock, keys_directory=new.keys)
    return app


@pytest.fixture
def admin(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.ADMIN)


def kept(new: NewLibrary) -> LibrarySettings:
    with new.database.reading() as session:
        return settings.read(session)


def send(desk: Desk, step: str, expected: int = 303, /, **form: str) -> str:
    """Send a step's form as it stands, but for these fields; answers where it leads, or a page."""
    page = desk.get(f"/first-run/{step}")
    whole = form_of(page) | form | {"csrf_token": secret_of(desk.client)}
    answer = desk.client.post(f"/first-run/{step}", data=whole)
    assert answer.status_code == expected, answer.text
    return answer.location or answer.text


def form_of(page: str) -> dict[str, str]:
    """What the page's forms would send as they stand."""
    main = page.split("<main")[1]
    form = dict(re.findall(r'<input[^>]*?name="([\w-]+)" value="([^"]*)"', main))
    ticks = dict.fromkeys(re.findall(r'type="checkbox"[^>]*?name="([\w-]+)"', main))
    form = {name: value for name, value in form.items() if name not in ticks}
    form |= dict.fromkeys(re.findall(r'name="([\w-]+)" value="1" checked', main), "1")
    form |= dict(re.findall(r'name="(category-\w+)" value="(\w+)"[^>]*checked', main))
    for name, options in re.findall(r'<select[^>]*name="([\w-]+)"(.*?)</select>', main, re.DOTALL):
        chosen = re.search(r'value="(\w*)" selected', options)
        form[name] = chosen[1] if chosen else ""
    return form


def beside(page: str, field: str) -> str:
    """What stands beside a field."""
    main = page.split("<main")[1]
    return main.split(f'name="{field}"')[1].split("entry-fault")[1].split("</p>", maxsplit=1)[0]


def go_on(desk: Desk, step: str) -> str:
    return desk.post(f"/first-run/{step}/on")


def test_whoever_sets_up_a_new_library_begins_here_and_nobody_else_does(
    app: Flask, new: NewLibrary, admin: Desk
) -> None:
    assert admin.client.get("/").location == "/first-run"
    page = admin.get("/first-run")
    assert "Вітаємо в «Листку»" in page
    assert page.count('class="first-step ') == len(FirstStep)
    assert 'href="/first-run/library">' in page.split("first-act")[1]
    assert 'href="/first-run"' in admin.get("/help").split('class="rail"')[1]


def test_ten_minutes_from_the_name_to_the_first_scan(new: NewLibrary, admin: Desk) -> None:
    assert send(admin, "library", **NAMES) == "/first-run/branches"
    assert "Відділи" in go_on(admin, "branches")
    assert send(admin, "departments") == "/first-run/hours"
    assert send(admin, "hours", **{"closes-4": "17:00", "opens-6": "", "closes-6": ""}).endswith(
        "/tariffs"
    )
    assert send(admin, "tariffs", fee_full="60,00") == "/first-run/staff"
    assert "Пароль" in send(
        admin, "staff", 200, login="o.koval", name="Олена Коваль", role="service_centre"
    )
    go_on(admin, "staff")
    assert send(admin, "station", shown=SHOWN, name="Вхід") == "/first-run/station"
    assert "чекає на код" in admin.get("/first-run/station")
    new.join()
    assert "чекає на код" not in admin.get("/first-run/station")
    assert send(admin, "scan", **ME) == "/first-run/scan"
    assert "Чекаємо на перше сканування" in admin.get("/first-run/scan")
    assert admin.client.get("/").location == "/first-run"

    with new.database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
    scan = entry("K1", ticket_id=ticket.id, credential="ticket_code")
    station_events.ingest(new.database, "K1", [scan], at=NOON)
    page = admin.get("/first-run/scan")
    assert "Станція K1 бачить квиток" in page
    assert "Це ваш пробний квиток." in page
    assert "Усе налаштовано" in go_on(admin, "scan")
    assert admin.client.get("/").location == "/inside"
    assert "Перший запуск" not in admin.get("/help").split('class="rail"')[1].split("</nav>")[0]
    assert 'href="/first-run"' in admin.get("/settings")

    library = kept(new)
    assert (library.library_name, library.city, library.fee_full) == (
        "Бібліотека на Подолі", "Київ", 6000,
    )  # fmt: skip
    assert library.hours[6] is None


@pytest.mark.parametrize(
    "step, values, field, fault",
    [
        ("library", {"library_name": " "}, "library_name", "Заповніть це поле."),
        ("library", {"timezone": "Mars/Olympus"}, "timezone", "Такого часового поясу немає."),
        ("branches", {"code": "№", "name": "Філія"}, "code", "Тут є недозволені знаки."),
        ("departments", {"name-1": ""}, "name-1", "Заповніть це поле."),
        ("departments", {"code-1": "1"}, "code-1", "Таке вже є."),
        ("departments", {"kind-0": "castle"}, "kind-0", "Оберіть зі списку."),
        ("hours", {"opens-2": "о десятій"}, "opens-2", "середа: час пишуть так: 09:00."),
        ("hours", {"closes-3": "08:00"}, "opens-3", "четвер: зачиняється раніше"),
        ("tariffs", {"fee_one_time": "дорого"}, "fee_one_time", "Потрібне ціле число."),
        ("staff", {"login": "Олена", "name": "Олена"}, "login", "Тут є недозволені знаки."),
        ("staff", {"login": "admin", "name": "Олена"}, "login", "Такий обліковий запис уже є."),
        ("station", {"shown": "AB-CD"}, "shown", "десять знаків"),
        ("station", {"shown": SHOWN, "code": "Ж1"}, "code", "Тут є недозволені знаки."),
        ("scan", {**ME, "surname": ""}, "surname", "Заповніть"),
        ("scan", {**ME, "document": "library card"}, "document", "Оберіть зі списку."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(
    new: NewLibrary, admin: Desk, step: str, values: dict[str, str], field: str, fault: str
) -> None:
    before = counted(new), kept(new)
    page = send(admin, step, 422, **values)
    assert fault in beside(page, field)
    assert "Не збережено: виправте позначені поля." in page
    assert (counted(new), kept(new)) == before


def counted(new: NewLibrary) -> Mapping[str, int]:
    with new.database.reading() as session:
        tables = (Branch, Department, Staff, Station, Patron, Ticket)
        return {table.__tablename__: len(session.scalars(select(table)).all()) for table in tables}


def test_only_ticked_departments_are_made_and_codes_count_on(new: NewLibrary, admin: Desk) -> None:
    send(admin, "departments", **{"name-1": "Абонемент для всіх", "phone-1": "12-34"})
    with new.database.reading() as session:
        rooms = session.scalars(select(Department).order_by(Department.position)).all()
        assert [(room.code, room.name, room.kind, room.phone) for room in rooms] == [
            ("1", "Сервісний центр", DepartmentKind.SERVICE_CENTRE, ""),
            ("2", "Абонемент для всіх", DepartmentKind.LENDING, "12-34"),
            ("3", "Читальна зала", DepartmentKind.READING_ROOM, ""),
        ]
        made = session.scalars(
            select(AuditRecord).where(AuditRecord.action == "department_changed")
        ).all()
    assert [record.details["before"] for record in made] == [None, None, None]
    assert made[1].details["after"]["name"] == "Абонемент для всіх"
    again = admin.get("/first-run/departments")
    assert 'name="code-0" value="4"' in again
    assert "checked" not in again.split("first-rows")[1]


def test_a_department_is_put_into_a_branch_where_there_is_one(new: NewLibrary, admin: Desk) -> None:
    assert "branch_code-0" not in admin.get("/first-run/departments")
    send(admin, "branches", code="2", name="Філія на Сихові", address="Львів, Сихівська, 1")
    assert "Філія на Сихові" in admin.get("/first-run/branches")
    send(admin, "departments", **{"branch_code-1": "2"})
    with new.database.reading() as session:
        assert session.get_one(Department, "2").branch_code == "2"
        assert session.get_one(Department, "1").branch_code is None
    page = send(admin, "departments", 422, **{"use-0": "1", "branch_code-0": "99"})
    assert "Оберіть зі списку." in beside(page, "branch_code-0")


def test_who_was_overtaken_keeps_nothing_of_a_step(new: NewLibrary, admin: Desk) -> None:
    stale = dict(form_of(admin.get("/first-run/tariffs"))) | {"fee_full": "1,00"}
    settings.change(new.database, {"home_days": 14}, actor="staff:1", at=NOON)
    stale["csrf_token"] = secret_of(admin.client)
    answer = admin.client.post("/first-run/tariffs", data=stale)
    assert answer.status_code == 409
    assert "Хтось змінив налаштування" in answer.text
    assert kept(new).fee_full == 5000


def test_what_stands_as_in_the_rules_is_settled_by_saving_it_as_it_is(
    new: NewLibrary, admin: Desk
) -> None:
    assert send(admin, "hours") == "/first-run/tariffs"
    assert send(admin, "tariffs") == "/first-run/staff"
    assert kept(new).first_run == (FirstStep.HOURS, FirstStep.TARIFFS)
    assert state_of(admin, "Години роботи") == state_of(admin, "Тарифи й пільги") == "готово"


def state_of(admin: Desk, name: str) -> str:
    line = next(
        line for line in admin.get("/first-run").split("<li>") if f"<span>{name}<small>" in line
    )
    chip = re.search(r'class="chip[^>]*>(?:<svg.*?</svg>)?([^<]*)', line, re.DOTALL)
    return chip[1].strip() if chip else ""


def test_a_step_can_be_skipped_and_come_back_to(new: NewLibrary, admin: Desk) -> None:
    assert "Працівники" not in state_of(admin, "Працівники")
    go_on(admin, "staff")
    assert state_of(admin, "Працівники") == "пропущено"
    send(admin, "staff", 200, login="o.koval", name="Олена Коваль", role="director")
    assert state_of(admin, "Працівники") == "готово"
    assert admin.client.get("/first-run/nothing").status_code == 404


def test_a_password_is_shown_once_and_the_roles_that_are_missing_are_named(
    new: NewLibrary, admin: Desk
) -> None:
    assert "Ще нікого: Директор, Сервісний центр, Бібліотекар відділу." in admin.get(
        "/first-run/staff"
    )
    page = send(admin, "staff", 200, login="o.koval", name="Олена Коваль", role="director")
    password = re.findall(r'class="shown-once">([^<]+)', page)[1]
    assert password not in admin.get("/first-run/staff")
    assert "Ще нікого: Сервісний центр, Бібліотекар відділу." in page


@pytest.mark.threat(18)
def test_a_station_is_let_in_by_its_own_code_alone_and_a_working_one_is_left_alone(
    new: NewLibrary, admin: Desk
) -> None:
    send(admin, "station", shown=SHOWN.lower(), code="k1", name="Вхід", role="entrance")
    with pytest.raises(PairingRefused):
        new.join(key=new_signing_key(b"\2" * 32).public_raw)
    new.join()
    with new.database.reading() as session:
        station = session.get_one(Station, "K1")
        assert (station.name, station.role.value) == ("Вхід", "entrance")
        assert station.paired_at == NOON
    page = send(admin, "station", 422, shown=SHOWN, code="K1")
    assert "Станція з таким кодом уже працює." in beside(page, "code")
    assert 'name="code" value="K2"' in admin.get("/first-run/station")


def test_a_code_that_ran_out_is_typed_anew(new: NewLibrary, admin: Desk) -> None:
    send(admin, "station", shown=SHOWN, name="Вхід", role="entrance", has_lane="1")
    send(admin, "station", shown=SHOWN)
    new.join()
    with new.database.reading() as session:
        station = session.get_one(Station, "K1")
        assert (station.name, station.role.value, station.has_lane) == ("Вхід", "entrance", True)
        assert station.paired_at == NOON


def test_the_test_ticket_is_a_staff_pass_whose_picture_a_camera_reads(
    new: NewLibrary, admin: Desk
) -> None:
    send(admin, "scan", **ME)
    with new.database.reading() as session:
        ticket = session.scalars(select(Ticket)).one()
        patron = session.get_one(Patron, ticket.patron_id)
    assert (ticket.kind, patron.full_name) == (TicketKind.STAFF, "Бондар Марія")
    page = admin.get("/first-run/scan")
    address = re.search(r'<img src="([^"]+ticket\.png)"', page)
    assert address is not None
    picture = Image.open(BytesIO(admin.client.get(address[1]).data)).convert("RGB")
    assert decode_picture(picture)[0].text.startswith(TICKET_PREFIX)
    assert "Марія Б." in page
    assert "Бондар" not in page.split("first-ticket")[1].split("</section>")[0]


def test_without_a_station_the_last_step_leads_to_the_one_before(admin: Desk) -> None:
    page = admin.get("/first-run/scan")
    assert "Спершу з’єднайте станцію" in page
    assert 'href="/first-run/station">' in page.split("first-scan")[1]


def test_a_refused_scan_is_shown_with_its_reason(new: NewLibrary, admin: Desk) -> None:
    send(admin, "station", shown=SHOWN)
    new.join()
    refused = told("K1", "entry_decided", verdict="refuse", reasons=["unknown_code"],
                   facts_as_of=NOON.isoformat())  # fmt: skip
    station_events.ingest(new.database, "K1", [refused], at=NOON)
    page = admin.get("/first-run/scan")
    assert "field-refuse" in page
    assert "відмовлено" in page
    assert "пробний квиток.</" not in page


def test_in_english_no_step_falls_back_to_ukrainian(new: NewLibrary, admin: Desk) -> None:
    admin.post("/preferences", language="en")
    send(admin, "station", shown=SHOWN)
    for step in FirstStep:
        page = admin.get(f"/first-run/{step}").split('<main id="main"')[1].split("</main>")[0]
        seen = re.sub(r'<[^>]*>|value="[^"]*"', " ", page)
        left = set(re.findall(r"[А-ЯІЇЄҐа-яіїєґ’]{3,}", seen))
        assert left <= {"Адміністратор", *typical()}, f"{step}: {left}"


def typical() -> set[str]:
    """Words of the departments' own names, which the director may change."""
    return set(re.findall(r"[\w’]+", " ".join(name for name, *_ in TYPICAL)))


def pages() -> list[str]:
    return ["/first-run", *(f"/first-run/{step}" for step in FirstStep), "/settings"]


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.thorough)])
def test_axe_finds_nothing_on_any_step_at_any_width(
    page: Page, address: str, new: NewLibrary, admin: Desk, theme: str
) -> None:
    send(admin, "branches", code="2", name="Філія на Сихові з дуже довгою назвою будинку культури")
    send(admin, "departments")
    send(admin, "station", shown=SHOWN)
    new.join()
    if theme == "dark":
        send(admin, "scan", **ME)
        refused = told("K1", "entry_decided", verdict="refuse", reasons=["unknown_code"],
                       facts_as_of=NOON.isoformat())  # fmt: skip
        station_events.ingest(new.database, "K1", [refused], at=NOON)
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    enter(page, address, Role.ADMIN)
    for path in pages():
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(address + path)
        assert violations(page, RULES) == [], path
        for width in (640, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{path} at {width}"
        assert violations(page, RULES) == [], f"{path}, narrow"


def test_keys_alone_go_through_a_step_and_a_fault_is_announced(
    page: Page, address: str, new: NewLibrary
) -> None:
    enter(page, address, Role.ADMIN)
    page.wait_for_url("**/first-run")
    page.get_by_role("link", name="Почати").press("Enter")
    name = page.get_by_label("Назва", exact=True)
    name.fill("   ")
    name.press("Enter")
    expect(page.locator("[data-say]")).to_contain_text("Не збережено")
    expect(name).to_have_attribute("aria-invalid", "true")
    name.fill("Бібліотека на Подолі")
    name.press("Enter")
    page.wait_for_url("**/first-run/branches")
    page.get_by_role("button", name="Одна будівля, далі").press("Enter")
    page.wait_for_url("**/first-run/departments")
    assert kept(new).library_name == "Бібліотека на Подолі"


def test_the_last_step_sees_a_scan_by_itself(
    page: Page, address: str, new: NewLibrary, admin: Desk
) -> None:
    send(admin, "station", shown=SHOWN)
    new.join()
    enter(page, address, Role.ADMIN)
    page.goto(f"{address}/first-run/scan")
    expect(page.locator("main").get_by_text("Чекаємо на перше сканування")).to_be_visible()
    scan = entry("K1")
    station_events.ingest(new.database, "K1", [scan], at=NOON)
    expect(page.get_by_role("heading", name="Станція K1 бачить квиток")).to_be_visible()


def test_other_roles_of_a_new_library_begin_at_their_own_place(app: Flask, new: NewLibrary) -> None:
    told = NewAccount(login="guard", name="Степан Чайка", role=Role.GUARD)
    accounts.make(new.database, told, "довгий пароль працівника", By(staff_id=1, at=NOON))
    with new.database.writing() as session:
        session.scalars(
            select(Staff).where(Staff.login == "guard")
        ).one().must_change_password = False
    client = app.test_client()
    form = {"login": "guard", "password": "довгий пароль працівника"}
    client.post("/sign-in", data={**form, "csrf_token": secret_of(client)})
    assert client.get("/").location == "/exit"
    assert client.get("/first-run").status_code == 403
