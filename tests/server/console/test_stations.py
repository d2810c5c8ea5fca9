"""Stations on the console: how they are, how they join, how they are shut out."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from gate.codes import new_signing_key
from gate.events import PairQuery
from gate.pairing import code_of as code_of_key
from server.models import Role, Station, StationRole
from server.services import releases, settings, stations
from server.services.releases import Running, Turn
from server.services.stations import PairingRefused
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited


def pair(library: Library, code: str, station: str = "Z1") -> str:
    key = new_signing_key(b"\1" * 32).public_raw.hex()
    query = PairQuery(code=code, station=station, slip_public_key=key)
    return stations.pair(library.database, query, at=NOON, entropy=lambda n: b"\2" * n).token


def code_of(page: str) -> str:
    found = re.search(r"<h1>(\w{4}-\w{4})</h1>", page)
    assert found is not None
    return found[1]


@pytest.fixture
def admin(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.ADMIN)


@pytest.mark.threat(18)
def test_a_new_station_joins_by_a_code_that_is_shown_and_counts_once(
    library: Library, admin: Desk
) -> None:
    page = admin.post("/stations", code="z1", name="Другий вхід", role="entrance", lane="1")
    code = code_of(page)
    assert code not in admin.get("/stations")
    assert pair(library, code)
    with pytest.raises(PairingRefused):
        pair(library, code)
    with library.database.reading() as session:
        station = session.get_one(Station, "Z1")
        assert (station.name, station.has_lane) == ("Другий вхід", True)


def test_a_reader_of_another_make_is_told_where_its_code_goes(admin: Desk) -> None:
    page = admin.post("/stations", code="z1", role="reader")
    assert "POST /api/v1/pair" in page
    assert "kiosk pair" not in page


@pytest.mark.threat(18)
def test_a_code_ends_after_ten_minutes(library: Library, admin: Desk, clock: Clock) -> None:
    clock.forward(-timedelta(minutes=11))
    code = code_of(admin.post("/stations", code="Z1", role="both"))
    with pytest.raises(PairingRefused):
        pair(library, code)


@pytest.mark.threat(18)
def test_a_station_is_let_in_by_the_code_on_its_own_screen(library: Library, admin: Desk) -> None:
    admin.post("/stations", code="Z1", role="both")
    code = code_of_key(new_signing_key(b"\1" * 32).public_raw)
    assert "десять знаків" in admin.post("/stations/Z1/approve", shown="AB-CD")
    with pytest.raises(PairingRefused):
        pair(library, code)
    assert "Станцію Z1 впущено" in admin.post("/stations/Z1/approve", shown=code.lower())
    assert pair(library, code)


@pytest.mark.threat(17)
def test_a_stolen_station_is_shut_out_on_its_typed_code(library: Library, admin: Desk) -> None:
    token = pair(library, code_of(admin.post("/stations", code="Z1", role="both")))
    assert "впишіть її код" in admin.post("/stations/Z1/revoke", typed="Z2")
    assert stations.by_token(library.database, token) is not None
    assert "Станцію відкликано" in admin.post("/stations/Z1/revoke", typed="z1")
    assert stations.by_token(library.database, token) is None


@pytest.mark.parametrize("code", ["", "K", "Ж1", "K-"])
def test_a_code_of_other_signs_is_refused(admin: Desk, code: str) -> None:
    assert "дві латинські літери" in admin.post("/stations", code=code, role="both")


def test_a_code_that_is_there_is_told(admin: Desk) -> None:
    assert "уже є" in admin.post("/stations", code="K1", role="both")


@pytest.mark.fault(1)
def test_every_device_stands_with_its_state_cause_and_remedy(library: Library, admin: Desk) -> None:
    told = [
        {"device": "printer", "state": "failed", "detail": "paper_out"},
        {"device": "camera", "state": "works", "detail": "fine"},
        {"device": "teleporter", "state": "warm", "detail": ""},
    ]
    with library.database.writing() as session:
        station = session.get_one(Station, "K1")
        station.last_seen_at, station.token_hash = NOON, "0" * 64
        station.last_health = {"devices": told, "version": "0.1.0", "queue_length": 7}
    page = admin.get("/stations")
    assert "Папір закінчився. <" in page
    assert "Вставте новий рулон." in page
    assert "на зв’язку" in page
    assert "у черзі 7" in page
    assert "teleporter" not in page


def test_devices_of_a_silent_station_are_a_memory_and_no_good_news(
    library: Library, admin: Desk
) -> None:
    with library.database.writing() as session:
        station = session.get_one(Station, "K1")
        station.last_seen_at, station.token_hash = NOON - timedelta(days=3), "0" * 64
        works = {"device": "camera", "state": "works", "detail": "fine"}
        station.last_health = {"devices": [works], "version": "0.1.0", "queue_length": 0}
    devices = admin.get("/stations").partition("Пристрої, як вони були тоді:")[2]
    assert "chip-grant" not in devices
    assert "chip-past" in devices


def test_a_change_of_a_station_is_told_with_before_and_after_and_taken_back(
    library: Library, admin: Desk
) -> None:
    admin.post("/stations/K1", name="Вхід з парку")
    page = admin.post("/stations/K1", name="Вхід з двору")
    assert "<del>Вхід з парку</del>" in page
    last, first = audited(library, "station_changed")
    if last.id < first.id:
        last, first = first, last
    assert first.details == {"before": {"name": "Вхід"}, "after": {"name": "Вхід з парку"}}
    assert "поверніть спершу пізнішу зміну" in admin.post("/stations/undo", record=str(first.id))
    admin.post("/stations/undo", record=str(last.id))
    admin.post("/stations/undo", record=str(first.id))
    with library.database.reading() as session:
        assert session.get_one(Station, "K1").name == "Вхід"


def test_a_technician_looks_and_lets_nobody_in(desk_of: Callable[[Role], Desk]) -> None:
    page = desk_of(Role.TECHNICIAN).get("/stations")
    assert "Станції" in page
    assert "Нова станція" not in page
    desk_of(Role.GUARD).get("/stations", status=403)


def test_an_administrator_adds_a_station_by_browser(console: Page, address: str) -> None:
    console.goto(f"{address}/stations")
    console.get_by_label("Код, два знаки").fill("Z9")
    console.get_by_role("button", name="Додати й отримати код").click()
    expect(console.get_by_role("heading", name=re.compile(r"\w{4}-\w{4}"))).to_be_visible()


def away_since(library: Library, hours: int, role: StationRole = StationRole.BOTH) -> None:
    with library.database.writing() as session:
        station = session.query(Station).filter(Station.code == "K1").one()
        station.role, station.last_seen_at = role, NOON - timedelta(hours=hours)


def set_policy(library: Library, **values: object) -> None:
    with library.database.writing() as session:
        settings.put(session, values, actor="system", at=NOON)


def test_the_page_tells_what_a_station_without_us_does_by_the_age_of_its_copy(
    library: Library, admin: Desk
) -> None:
    away_since(library, hours=0)
    assert "вирішує за копією" not in admin.get("/stations")
    away_since(library, hours=5)
    page = admin.get("/stations")
    assert "вирішує за копією даних, яка не новіша за" in page
    assert "впускає і позначає «без зв’язку»" in page
    assert "щоб той перевірив документи" in page
    set_policy(library, old_copy="desk", exit_on_old_counts="grant")
    page = admin.get("/stations")
    assert "далі надсилає до Центру" in page
    assert "вихід: випускає за відомими їй записами" in page
    away_since(library, hours=30, role=StationRole.ENTRANCE)
    page = admin.get("/stations")
    assert "бо копія застаріла" in page
    assert "вихід:" not in page


def set_versions(library: Library, **versions: str) -> None:
    """Stations that are heard of now, with these releases."""
    with library.database.writing() as session:
        for code, version in versions.items():
            station = session.get(Station, code) or Station(code=code, created_at=NOON)
            station.last_seen_at, station.token_hash = NOON, code * 32
            station.last_health = {"version": version, "devices": []}
            session.add(station)


def test_an_update_goes_from_station_to_station_and_stops_at_one_that_is_not_well(
    library: Library, admin: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.console.pages.stations._SERVER", "0.3.0")
    set_versions(library, K1="0.2.5", K2="0.2.5", K3="0.1.0")
    page = admin.get("/stations")
    assert page.count("старіша за сервер") == 2
    assert page.count("застарілий випуск") == 1
    assert "Наступною оновіть станцію K3." in page
    set_versions(library, K3="0.3.0")
    assert "Наступною оновіть станцію K1." in admin.get("/stations")
    with library.database.writing() as session:
        session.get_one(Station, "K3").last_seen_at = NOON - timedelta(minutes=5)
    page = admin.get("/stations")
    assert "Оновлення зачекає: K3." in page
    assert "Наступною оновіть" not in page
    set_versions(library, K1="0.3.0", K2="0.3.0", K3="0.3.0")
    page = admin.get("/stations")
    assert "сервер: версія 0.3.0" in page
    assert "Наступною оновіть" not in page
    assert "старіша" not in page


def running(code: str, version: str, *, is_well: bool = True) -> Running:
    return Running(code=code, standing=releases.standing(version, "0.3.0"), is_well=is_well)


def test_the_oldest_release_is_updated_first_and_none_past_one_that_is_ill() -> None:
    new, old = running("K1", "0.3.0"), running("K2", "0.2.0")
    assert releases.turn([new]) == Turn(station=None, waits_for=())
    assert releases.turn([new, old, running("K3", "0.1.0")]).station == "K3"
    ill = running("K1", "0.3.0", is_well=False)
    assert releases.turn([ill, old]) == Turn(station=None, waits_for=("K1",))
    assert releases.turn([new, running("K2", "0.2.0", is_well=False)]).station == "K2"


@pytest.mark.parametrize(
    "version, standing",
    [
        ("0.3.1", "current"), ("0.3.0", "behind"), ("0.2.9", "behind"), ("0.1.9", "too_old"),
        ("0.4.0", "ahead"), ("1.0.0", "ahead"), ("", "unknown"), ("dev", "unknown"),
    ],
)  # fmt: skip
def test_a_release_is_judged_beside_the_server_s(version: str, standing: str) -> None:
    assert releases.standing(version, "0.3.1") == standing
