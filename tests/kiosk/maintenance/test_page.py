"""The maintenance page of a running station, its server away: by HTTP and in a real browser."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast
from zoneinfo import ZoneInfo

import pytest
import requests
import tomli_w
from PIL import Image, ImageChops
from playwright.sync_api import Browser, Page, expect

from demo.programs import wait_until
from gate.events import TicketRecord
from hardware import lane_simulator
from hardware.camera_simulator import SimulatedCamera
from hardware.card_simulator import SimulatedCardReader
from hardware.contracts import Direction
from hardware.lane_simulator import SimulatedLane
from hardware.printer_simulated import SimulatedPrinter
from kiosk import ground, logs, screens
from kiosk.config import load
from kiosk.keys import make_slip_key
from kiosk.maintenance.last_run import End, Ending
from kiosk.maintenance.pages import COOKIE, TABS
from kiosk.maintenance.paper import PaperCounter
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.program import Station, running
from kiosk.store import copy, server_backup
from kiosk.store.copy import CopyState
from kiosk.timekeeper import Timekeeper
from templates.words import words_for
from tests.hardware.test_decoder import qr_picture
from tests.kiosk.house import NOWHERE, building, code_of, key_rows, row, ticket
from tests.kiosk.showing import SIZES
from tests.kiosk.test_program import CLOCK
from tests.support.axe import violations

CODE = "246810"
UID = bytes.fromhex("04a1b2c3d4e5f6")
OTHER_UID = bytes.fromhex("04ffffffffffff")
READER = ticket(ticket_id="b1c2d3e4f5a6", number="004833", display_name="Марія Д.")
"""Somebody who comes in once; the other's code is only tried."""


@dataclass
class Technician:
    """Somebody at the station, with a browser of few words."""

    station: Station
    folder: Path
    end: End
    http: requests.Session = field(default_factory=requests.Session)
    word: str = ""

    @property
    def url(self) -> str:
        return self.station.url + "maintenance/"

    def send(self, path: str, body: object, **headers: str) -> requests.Response:
        ours = {"Origin": self.station.url.rstrip("/"), "X-Lystok-Token": self.word}
        return self.http.post(
            self.url + path, data=json.dumps(body), headers=ours | headers, timeout=30
        )

    def enter(self) -> None:
        self.word = self.station.token
        assert self.send("enter", {"code": CODE}).status_code == 204
        page = self.http.get(self.url, timeout=10).text
        self.word = page.partition('name="token" content="')[2].partition('"')[0]

    def tries(self, what: str) -> dict[str, Any]:
        answer = self.send("try", {"what": what})
        assert answer.status_code == 200
        return cast(dict[str, Any], answer.json())

    def tries_while(
        self, what: str, show: Callable[[], object], hide: Callable[[], object]
    ) -> dict[str, Any]:
        """Try something for which somebody shows a thing, again until it is seen."""
        with ThreadPoolExecutor(1) as other:
            answer = other.submit(self.tries, what)
            while not answer.done():
                show()
                wait_until(answer.done, 2)
                hide()
                # What was shown too early counts as shown again only after it was away.
                wait_until(answer.done, 2.5)
            return answer.result()

    def does(self, what: str, value: str = "") -> dict[str, Any]:
        answer = self.send("do", {"what": what, "value": value})
        assert answer.status_code == 200
        return cast(dict[str, Any], answer.json())

    @property
    def camera(self) -> SimulatedCamera:
        return cast(SimulatedCamera, cast(Any, self.station.devices.scanner).camera)

    @property
    def reader(self) -> SimulatedCardReader:
        return cast(SimulatedCardReader, self.station.devices.card_reader)

    @property
    def lane(self) -> SimulatedLane:
        return cast(SimulatedLane, self.station.devices.lane)

    @property
    def printer(self) -> SimulatedPrinter:
        return cast(SimulatedPrinter, cast(PaperCounter, self.station.devices.printer).printer)


@contextmanager
def at_a_station(
    folder: Path, role: str = "both", *, production: bool = False
) -> Iterator[Technician]:
    path = folder / "kiosk.toml"
    simulated = {"driver": "simulator"}
    settings = {
        "station": "K1",
        "role": role,
        "production": production,
        "allow_simulators": True,
        "data_dir": "data",
        "token_file": "token",
        "slip_key_file": "slip.key",
        "server": {"url": NOWHERE},
        "screen": {"port": 0},
        "devices": {
            "scanner": {"driver": "camera", "camera": simulated, "second_chance": False},
            "printer": {"driver": "simulator", "folder": str(folder / "slips")},
            "card_reader": simulated,
            "camera": simulated,
            "lane": simulated,
        },
    }
    path.write_text(tomli_w.dumps(settings), "utf-8")
    config, end = load(path), End()
    make_slip_key(config.slip_key_file)
    lines = logs.LastLines()
    for event in ("store_open", "station_ready"):
        lines.write(f"timestamp=2026-11-19T10:00:00Z level=info event={event}")
    with running(config, CLOCK, end, lines) as station:
        with station.database.write() as tx:
            at = CLOCK.now()
            house = building(opens_at=at - timedelta(hours=1), closes_at=at + timedelta(hours=9))
            state = CopyState(epoch="first", cursor=1, as_of=at, seen=0)
            copy.replace(tx, map(row, (house, ticket(), READER, *key_rows())), state)
        yield Technician(station, folder, end)


@pytest.fixture(scope="module")
def running_station(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Technician]:
    with at_a_station(tmp_path_factory.mktemp("station")) as technician:
        TechnicianFile(door_file(technician)).set_code(CODE)
        yield technician


def door_file(technician: Technician) -> Path:
    return technician.folder / "data" / "technician.json"


@pytest.fixture
def outsider(running_station: Technician) -> Technician:
    """Somebody who has not entered."""
    return Technician(running_station.station, running_station.folder, running_station.end)


@pytest.fixture
def technician(outsider: Technician) -> Technician:
    """Somebody who has."""
    outsider.enter()
    return outsider


# --- Who may --------------------------------------------------------------------------------------


@pytest.mark.threat(23)
def test_a_patron_who_finds_the_page_sees_only_its_door(outsider: Technician) -> None:
    for tab in ("", *TABS):
        page = outsider.http.get(outsider.url + tab, timeout=10).text
        assert "Введіть код техніка" in page
        assert "Черга подій" not in page
        assert "server.url" not in page
    assert outsider.http.get(outsider.url + "camera.jpg", timeout=10).status_code == 403


@pytest.mark.threat(23)
@pytest.mark.parametrize("path", ["try", "do", "leave", "language"])
def test_nothing_is_tried_or_done_for_who_is_not_in(outsider: Technician, path: str) -> None:
    for word in ("", outsider.station.token):
        outsider.word = word
        assert outsider.send(path, {"what": "open_in"}).status_code == 403
    outsider.http.cookies.set(COOKIE, "guessed", path="/maintenance")
    assert outsider.send(path, {"what": "open_in"}).status_code == 403


@pytest.mark.threat(11)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"X-Lystok-Token": "another"},
        {"Host": "evil.example:80"},
    ],
)
def test_another_site_does_nothing_even_in_the_technicians_browser(
    technician: Technician, headers: dict[str, str]
) -> None:
    assert technician.send("do", {"what": "restart"}, **headers).status_code == 403
    assert technician.send("try", {"what": "open_out"}, **headers).status_code == 403


@pytest.mark.threat(11)
def test_the_cookie_is_hidden_from_scripts_and_other_sites(outsider: Technician) -> None:
    outsider.word = outsider.station.token
    cookie = outsider.send("enter", {"code": CODE}).headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert "Path=/maintenance" in cookie


def test_who_left_is_outside(technician: Technician) -> None:
    assert technician.send("leave", {}).status_code == 204
    assert technician.send("do", {"what": "new_roll"}).status_code == 403


@pytest.mark.threat(22)
def test_nothing_of_the_page_is_kept_by_the_browser(technician: Technician) -> None:
    answer = technician.http.get(technician.url, timeout=10)
    assert answer.headers["Cache-Control"] == "no-store"


# --- Trying ---------------------------------------------------------------------------------------


def test_the_trial_print_comes_out_and_is_no_slip(tmp_path: Path) -> None:
    with at_a_station(tmp_path) as technician:
        TechnicianFile(door_file(technician)).set_code(CODE)
        technician.enter()
        told = technician.tries("print")
    assert told == {"ok": True, "text": "Надруковано. Погляньте на смугу і літери"}
    [paper] = (technician.folder / "slips").glob("*.png")
    with Image.open(paper) as printed:
        assert printed.width >= 576


@pytest.mark.fault(1)
def test_a_trial_that_fails_says_cause_and_remedy_in_words(technician: Technician) -> None:
    technician.printer.simulator.set(paper="out")
    try:
        told = technician.tries("print")
        assert not told["ok"]
        assert "Папір закінчився. Вставте новий рулон." in told["text"]
        page = technician.http.get(technician.url, timeout=10).text
        assert "Папір закінчився." in page
    finally:
        technician.printer.simulator.set(paper="ok")


def test_a_code_that_is_tried_is_not_told(technician: Technician) -> None:
    code = qr_picture(code_of(ticket()).decode())
    told = technician.tries_while(
        "scan", lambda: technician.camera.hold(code), technician.camera.lift
    )
    assert told["ok"]
    assert told["text"].startswith("Код прочитано: код квитка, байтів: ")


def test_a_card_is_tried_and_another_is_made_a_technicians(technician: Technician) -> None:
    reader = technician.reader
    told = technician.tries_while("card", lambda: reader.lay(OTHER_UID), reader.lift)
    assert told["text"] == "Картку прочитано, байтів у номері: 7"
    assert technician.tries_while("add_card", lambda: reader.lay(UID), reader.lift)["ok"]
    technician.reader.lay(UID)
    screen = technician.station.stage
    assert wait_until(lambda: isinstance(screen.shown.screen, screens.Technician), 5)
    technician.reader.lift()
    offered = cast(screens.Technician, screen.shown.screen).offered
    other = Technician(technician.station, technician.folder, technician.end)
    other.word = other.station.token
    assert other.send("enter", {"offered": offered}).status_code == 204
    assert other.send("enter", {"offered": offered}).status_code == 403
    assert technician.does("forget_cards")["ok"]


def test_the_gate_opens_for_one_passage_and_shuts_again(technician: Technician) -> None:
    if technician.lane.state()["bars"] == "free_in":
        # Somebody was admitted a moment ago.
        technician.lane.walk(Direction.IN)
        assert wait_until(lambda: technician.lane.state()["bars"] == "shut", 5)
    assert technician.tries("open_out")["ok"]
    assert technician.lane.state()["bars"] == "free_out"
    technician.lane.walk(Direction.OUT)
    assert wait_until(lambda: technician.lane.state()["bars"] == "shut", 5)


@pytest.mark.fault(28)
def test_a_lane_without_lines_is_told_and_nothing_opens(technician: Technician) -> None:
    technician.lane.trouble(lane_simulator.Trouble.GONE)
    try:
        told = technician.tries("open_in")
        assert not told["ok"]
        assert technician.lane.state()["bars"] != "free_in"
    finally:
        technician.lane.trouble(lane_simulator.Trouble.NONE)


def test_lamps_and_buzzer_are_tried(technician: Technician) -> None:
    assert technician.tries("buzz")["text"] == "Сигнал подано"
    assert technician.tries("lamp_stop")["ok"]
    assert technician.lane.state()["lamps"] == "ready"


def test_the_camera_shows_what_the_decoder_sees(technician: Technician) -> None:
    technician.camera.hold(qr_picture("TRIAL" * 8), 8)
    found = []

    def sees() -> bool:
        answer = technician.http.get(technician.url + "camera.jpg", timeout=10)
        assert answer.headers["Content-Type"] == "image/jpeg"
        found.append(Image.open(io.BytesIO(answer.content)))
        return answer.headers["X-Found"] == "QRCode"

    assert wait_until(sees, 5)
    technician.camera.lift()
    red, green, blue = found[-1].convert("RGB").split()
    others = ImageChops.lighter(red, blue)
    outline = ImageChops.subtract(green, others).point(lambda value: 255 if value > 60 else 0)
    assert outline.histogram()[255] > 200


def test_the_camera_for_photos_is_tried_without_a_person(technician: Technician) -> None:
    answer = technician.http.get(technician.url + "camera.jpg?which=photo", timeout=10)
    assert answer.status_code == 200
    assert Image.open(io.BytesIO(answer.content)).width == 960


@pytest.mark.parametrize("path", ["try", "do"])
def test_what_there_is_not_is_not_found(technician: Technician, path: str) -> None:
    assert technician.send(path, {"what": "explode"}).status_code == 404
    assert technician.send(path, {"what": "x" * 99}).status_code == 400
    assert technician.send(path, "nonsense").status_code == 400


# --- Seeing and doing ------------------------------------------------------------------------


def test_events_are_listed_without_anything_of_a_person(technician: Technician) -> None:
    technician.camera.hold(qr_picture(code_of(READER).decode()), 8)
    assert wait_until(lambda: came_in(technician, READER), 10)
    technician.camera.lift()
    page = technician.http.get(technician.url + "events", timeout=10).text
    for words in ("Вхід", "Може увійти", "за копією"):
        assert words in page
    for personal in ("Марія", "004833", READER.ticket_id, "LT1:"):
        assert personal not in page


@pytest.mark.parametrize(
    "least, words, seen",
    [
        ("info", "", {"slip", "device_unusable", "boom", "odd"}),
        ("warning", "", {"device_unusable", "boom"}),
        ("error", "", {"boom"}),
        ("info", "PRINTER device", {"device_unusable"}),
        ("error", "printer", set()),
        ("nonsense", "", {"slip", "device_unusable", "boom", "odd"}),
    ],
)
def test_the_log_is_sieved_by_gravity_and_by_words(least: str, words: str, seen: set[str]) -> None:
    lines = (
        'timestamp=1 level=info event=slip trouble="level=error"',
        "timestamp=2 level=warning event=device_unusable device=printer",
        "timestamp=3 level=critical event=boom",
        "event=odd",
    )
    found = logs.matching(lines, least, words)
    assert {line.partition("event=")[2].split()[0] for line in found} == seen


def test_the_log_page_keeps_what_was_asked_for_while_it_looks_anew(
    inside: Page, technician: Technician
) -> None:
    """By keys: words are typed, Enter asks; the choice of gravity stays, and so do the words."""
    inside.goto(technician.url + "log")
    lines = inside.locator(".log")
    expect(lines).to_contain_text("event=station_ready")
    inside.fill("#find", "station_ready")
    inside.keyboard.press("Enter")
    expect(lines).to_contain_text("event=station_ready")
    expect(lines).not_to_contain_text("event=store_open")
    with inside.expect_response(lambda answer: "part=1" in answer.url):
        pass
    expect(lines).not_to_contain_text("event=store_open")
    inside.get_by_role("button", name="Помилки", exact=True).click()
    expect(inside.locator("main")).to_contain_text("Таких рядків немає.")
    expect(inside.locator("#find")).to_have_value("station_ready")


def came_in(technician: Technician, reader: TicketRecord) -> bool:
    with technician.station.database.read() as tx:
        kept = tx.execute("SELECT body FROM outbox WHERE kind = 'entry_decided'").fetchall()
    return any(json.loads(each["body"])["ticket_id"] == reader.ticket_id for each in kept)


def test_a_server_that_was_long_not_saved_is_a_fault_with_its_remedy(
    technician: Technician,
) -> None:
    page = technician.http.get(technician.url + "state", timeout=10).text
    assert "сервер про неї не знає" in page
    assert "Сервер давно не зберігали" not in page
    with technician.station.database.write() as tx:
        server_backup.note(tx, datetime.now(UTC) - timedelta(days=5))
    page = technician.http.get(technician.url + "state", timeout=10).text
    assert "5 дн." in page
    assert "Сервер давно не зберігали" in page
    assert "lystok-server server backup" in page


@pytest.mark.threat(21)
def test_the_support_bundle_holds_nothing_of_a_person(technician: Technician) -> None:
    told = technician.does("bundle")
    path = Path(told["text"].removeprefix("Збережено: "))
    with zipfile.ZipFile(path) as bundle:
        parts = {name: bundle.read(name).decode() for name in bundle.namelist()}
    assert {"state.json", "settings.json", "events.json", "log.txt", "hardware.json"} <= set(parts)
    assert json.loads(parts["state.json"])["state"]["station"] == "K1"
    for personal in ("Оксана", "004821", "a1b2c3d4e5f6", "LT1:", "visit_id"):
        assert not [name for name, text in parts.items() if personal in text]


def test_a_new_roll_is_noted(technician: Technician) -> None:
    assert technician.does("new_roll")["ok"]
    paper = cast(PaperCounter, technician.station.devices.printer)
    assert paper.roll.left_percent == 100


def test_pairing_with_a_server_that_is_away_says_so(technician: Technician) -> None:
    told = technician.does("pair", "1234-5678")
    assert not told["ok"]
    assert told["text"].startswith("Сервер не відповідає: http")


@pytest.mark.fault(19)
def test_whoever_confirms_the_time_compares_the_very_clock_that_is_then_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine a year ahead: the station itself goes by the last good time until then."""
    told_by_nobody = partial(Timekeeper, ntp=lambda: False, rtc=lambda: False)
    monkeypatch.setattr(ground, "Timekeeper", told_by_nobody)
    with at_a_station(tmp_path, production=True) as technician:
        TechnicianFile(door_file(technician)).set_code(CODE)
        technician.enter()
        state, care = (
            technician.http.get(technician.url + tab, timeout=10).text for tab in ("state", "care")
        )
        machine = words_for("uk", ZoneInfo("Europe/Kyiv")).moment(CLOCK.now()).partition(",")[0]
        assert "непевний: рахує від останнього певного часу" in state
        assert f"Годинник машини: {machine}" in care
        assert technician.does("confirm_clock")["ok"]
        state = technician.http.get(technician.url + "state", timeout=10).text
        assert "довірений: підтвердили люди" in state
        assert machine in state


def test_a_restart_ends_the_run_to_begin_it_anew(tmp_path: Path) -> None:
    with at_a_station(tmp_path) as technician:
        TechnicianFile(door_file(technician)).set_code(CODE)
        technician.enter()
        assert technician.does("restart")["ok"]
        technician.end.wait()
        assert technician.end.ending is Ending.ASKED
    with at_a_station_again(tmp_path) as technician:
        technician.enter()
        assert "перезапустив технік" in technician.http.get(technician.url, timeout=10).text


@contextmanager
def at_a_station_again(folder: Path) -> Iterator[Technician]:
    end = End()
    with running(load(folder / "kiosk.toml"), CLOCK, end) as station:
        yield Technician(station, folder, end)


# --- In a browser ----------------------------------------------------------------------------


@pytest.fixture
def inside(page: Page, technician: Technician) -> Page:
    """The technician's page, with the session of the test's own."""
    cookie = technician.http.cookies[COOKIE]
    host = technician.station.url.removeprefix("http://").partition(":")[0]
    page.context.add_cookies(
        [{"name": COOKIE, "value": cookie, "domain": host, "path": "/maintenance"}]
    )
    page.goto(technician.url)
    return page


def test_a_corner_held_for_five_seconds_leads_to_the_door(page: Page, outsider: Technician) -> None:
    page.clock.install()
    page.goto(outsider.station.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    page.mouse.move(20, 20)
    page.mouse.down()
    page.clock.run_for(4500)
    assert "maintenance" not in page.url
    page.clock.run_for(1000)
    page.wait_for_url("**/maintenance/")


@pytest.mark.threat(23)
def test_the_code_is_typed_on_the_screen_or_the_keys_and_a_wrong_one_says_so(
    page: Page, outsider: Technician
) -> None:
    page.goto(outsider.station.url, wait_until="commit")
    page.wait_for_selector(".screen[data-fit]")
    page.keyboard.press("Control+Alt+KeyM")
    page.wait_for_url("**/maintenance/")
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type("111112")
    page.keyboard.press("Enter")
    expect(page.locator("#said")).to_have_text("Код неправильний")
    for digit in CODE:
        page.click(f'[data-digit="{digit}"]')
    page.click("button[type=submit]")
    expect(page.locator("[aria-current=page]")).to_have_text("Стан")


def test_a_result_is_seen_at_once_and_said_to_screen_readers(inside: Page) -> None:
    inside.click("text=Пристрої")
    inside.click('[data-try="print"]')
    said = inside.locator("#said")
    expect(said).to_have_text("Надруковано. Погляньте на смугу і літери")
    expect(said).to_have_attribute("role", "status")


def test_a_device_that_breaks_is_seen_without_touching_anything(
    inside: Page, technician: Technician
) -> None:
    inside.click("text=Пристрої")
    place = inside.locator("#device-lane")
    expect(place).to_contain_text("працює")
    technician.lane.trouble(lane_simulator.Trouble.GONE)
    try:
        expect(place).to_contain_text("не працює")
        expect(place).to_contain_text("Пропускайте людей самі")
    finally:
        technician.lane.trouble(lane_simulator.Trouble.NONE)


@pytest.mark.parametrize("size", SIZES)
def test_the_camera_picture_is_drawn_with_what_is_found_beneath_it(inside: Page, size: str) -> None:
    width, height = SIZES[size]
    inside.set_viewport_size({"width": width, "height": height})
    inside.click("text=Пристрої")
    inside.click('[data-picture=""]')
    expect(inside.locator("[data-sight] canvas")).to_be_visible()
    expect(inside.locator("figcaption")).to_have_text("Кодів у кадрі не знайдено")
    expect(inside.locator("figcaption")).to_be_in_viewport(ratio=1)
    header = inside.locator("header").first.bounding_box()
    canvas = inside.locator("[data-sight] canvas").bounding_box()
    assert header
    assert canvas
    assert canvas["y"] >= header["y"] + header["height"] - 1


def test_who_is_left_alone_with_the_page_leaves_it(inside: Page, technician: Technician) -> None:
    inside.clock.install()
    inside.reload()
    inside.clock.run_for(601_000)
    inside.wait_for_url(technician.station.url)
    inside.goto(technician.url)
    expect(inside.locator("#code")).to_be_visible()


def test_all_is_reached_by_keys_alone(inside: Page) -> None:
    inside.goto(inside.url.replace("state", "devices") + "devices")
    reached = set()
    for _ in range(40):
        inside.keyboard.press("Tab")
        reached.add(inside.evaluate("document.activeElement.textContent.trim()"))
    buttons = inside.locator("button, a").all_text_contents()
    assert {text.strip() for text in buttons} <= reached


# Words or controls that reach out of the screen.
_OUTSIDE = """() => [...document.querySelectorAll('main *, header *')].filter((one) => {
  const box = one.getBoundingClientRect();
  return one.offsetParent && !one.closest('.table-place, .unseen') && box.width
    && (box.right > innerWidth + 1 || box.left < -1);
}).map((one) => one.outerHTML.slice(0, 80))"""
# What a technician's finger hits: 44 px each way.
_SMALL = """() => [...document.querySelectorAll('button, .tabs a, input')].filter((one) => {
  const box = one.getBoundingClientRect();
  return one.offsetParent && (box.height < 44 || box.width < 44);
}).map((one) => one.outerHTML.slice(0, 80))"""


@pytest.mark.parametrize(
    "language, eases", [("uk", ()), ("en", ("contrast",)), ("uk", ("text", "contrast"))]
)
def test_every_tab_fits_every_screen_and_axe_finds_nothing(
    inside: Page,
    technician: Technician,
    language: str,
    eases: tuple[str, ...],
    pictures: Path | None,
) -> None:
    inside.emulate_media(reduced_motion="reduce")
    assert technician.send("language", {"what": language}).status_code == 204
    inside.goto(technician.url + TABS[0])
    for ease in eases:
        inside.locator(f"[data-eases='{ease}']").click()
    found = {}
    for tab in TABS:
        inside.goto(technician.url + tab)
        faults: list[Any] = list(violations(inside))
        for size, (width, height) in SIZES.items():
            inside.set_viewport_size({"width": width, "height": height})
            faults += inside.evaluate(_OUTSIDE) + inside.evaluate(_SMALL)
            if pictures:
                name = "-".join(("maintenance", tab, size, language, *eases))
                inside.screenshot(path=pictures / f"{name}.png")
        if faults:
            found[tab] = faults
    assert found == {}


def test_who_leaves_takes_their_letters_and_contrast_along(
    inside: Page, technician: Technician
) -> None:
    inside.locator("[data-eases='text']").click()
    expect(inside.locator("html")).to_have_attribute("data-text", "large")
    inside.reload()
    expect(inside.locator("[data-eases='text']")).to_have_attribute("aria-pressed", "true")
    inside.locator("[data-leave]").click()
    inside.wait_for_url(technician.station.url)
    assert inside.evaluate("sessionStorage.length") == 0


@pytest.mark.parametrize("size", SIZES)
def test_the_door_fits_every_screen_and_axe_finds_nothing(
    browser: Browser, outsider: Technician, size: str
) -> None:
    width, height = SIZES[size]
    with browser.new_context(viewport={"width": width, "height": height}) as context:
        page = context.new_page()
        page.goto(outsider.url)
        assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
        assert page.evaluate(_SMALL) == []
        assert violations(page) == []
