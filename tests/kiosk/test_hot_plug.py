"""Every device of a running `lystok kiosk run` is pulled out, replaced and put in again.

The program is a process of its own that nobody restarts. What it says of its devices is read where
people read it: on the technician's page in a browser that nobody touches, and from `lystok kiosk
doctor` at the terminal; and from what the real centre was told.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import requests
import tomli_w
from playwright.sync_api import Page, expect
from waitress import wasyncore
from waitress.server import create_server

import lystok
from demo.programs import free_ports, wait_until
from hardware.printer_simulator import PrinterSimulator
from kiosk.config import load
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.pairing import pair
from kiosk.screens import OutOfService
from server import config as server_config
from server import sample
from server.app import create_app
from server.database import open_database
from server.models import Station
from tests.hardware.lanes.test_lane_daemon import Process as LaneProcess
from tests.hardware.mjpeg_peer import MjpegPeer
from tests.hardware.scanners.test_scanner_serial import SendingScanner
from tests.support.virtual_card import CardService

CODE = "135790"
KINDS = ("scanner", "printer", "card_reader", "camera", "lane")
SEEN_WITHIN_S = 20.0
FOUND_WITHIN_S = 5.0


@dataclass(frozen=True)
class Library:
    """A sample library whose real centre runs."""

    folder: Path
    port: int
    told: Callable[[], dict[str, str]]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("library") / "sample"
    sample.write_sample(folder, now=datetime.now(UTC))
    config = server_config.load(folder / "server.toml")
    with closing(open_database(config.database.url)) as database:

        def told() -> dict[str, str]:
            with database.reading() as db:
                row = db.get(Station, "K1")
                health = {} if row is None else row.last_health or {}
            return {each["device"]: each["detail"] for each in health.get("devices", ())}

        with served(create_app(config, database=database)) as port:
            yield Library(folder, port, told)


@contextmanager
def served(app: Any) -> Iterator[int]:
    sockets: dict[Any, Any] = {}
    server: Any = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=8)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield int(server.effective_port)
    server.task_dispatcher.shutdown(timeout=2)
    server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
    thread.join(5)


@dataclass
class Door:
    """A station with all its devices, each in somebody's hand."""

    page: str
    file: Path
    """The station's configuration."""
    told: Callable[[], dict[str, str]]
    """What the centre was told last, by device."""

    def devices(self) -> dict[str, str]:
        """What the station says of each, by kind: the detail."""
        return {kind: str(each["detail"]) for kind, each in self._state()["devices"].items()}

    def is_out_of_service(self) -> bool:
        """Whether the patron's screen sends everybody to the desk."""
        return bool(self._state()["screen"] == OutOfService.name)

    def _state(self) -> dict[str, Any]:
        token = (self.file.parent / "data" / "local-token").read_text("ascii")
        headers = {"X-Lystok-Token": token}
        answer = requests.get(f"{self.page}state", headers=headers, timeout=5)
        state: dict[str, Any] = answer.json()
        return state

    def says(self, kind: str, *, fine: bool, within_s: float = SEEN_WITHIN_S) -> None:
        """Wait until it is so at the station and at the centre."""
        assert wait_until(lambda: (self.devices()[kind] == "fine") is fine, within_s), (
            self.devices()
        )
        assert wait_until(lambda: (self.told().get(kind) == "fine") is fine, SEEN_WITHIN_S), (
            self.told()
        )


@dataclass
class Hands:
    """What can be done to each device."""

    scanner: SendingScanner
    printer: PrinterSimulator
    cards: CardService
    lane: LaneProcess
    camera: MjpegPeer
    _lane_program: Any = None

    def plug(self, kind: str) -> None:
        match kind:
            case "scanner":
                self.scanner.plug()
            case "printer":
                self.printer.set(power="on")
            case "card_reader":
                self.cards.plug()
            case "camera":
                self.camera = MjpegPeer(self.camera.port)
            case "lane":
                self._lane_program = self.lane.start()

    def unplug(self, kind: str) -> None:
        match kind:
            case "scanner":
                self.scanner.unplug()
            case "printer":
                self.printer.set(power="off")
            case "card_reader":
                self.cards.unplug()
            case "camera":
                self.camera.close()
            case "lane":
                self._lane_program.kill()
                self._lane_program.wait()


@pytest.fixture(scope="module")
def hands(
    session_card_service: CardService, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Hands]:
    folder = tmp_path_factory.mktemp("hands")
    session_card_service.refresh()
    printer = PrinterSimulator(folder / "slips", lambda: datetime.now(UTC))
    scanner, lane, camera = SendingScanner(folder), LaneProcess(folder), MjpegPeer()
    scanner.plug()
    with closing(printer), closing(scanner), closing(lane):
        hands = Hands(scanner, printer, session_card_service, lane, camera)
        hands.plug("lane")
        yield hands
        hands.camera.close()


def configured(folder: Path, hands: Hands, page: int, server: int) -> Path:
    camera = {"driver": "opencv", "source": hands.camera.url, "stall_s": 1}
    settings = {
        "station": "K1",
        "production": False,
        "role": "both",
        "data_dir": "data",
        "token_file": "token",
        "slip_key_file": "slip.key",
        "server": {"url": f"http://127.0.0.1:{server}", "long_poll_s": 0.5},
        "screen": {"port": page},
        "devices": {
            "scanner": {"driver": "serial", "port": str(hands.scanner.link)},
            "printer": {
                "driver": "network", "host": "127.0.0.1", "port": hands.printer.port,
                "timeout_s": 1,
            },
            "card_reader": {"driver": "pcsc"},
            "camera": camera,
            "lane": {"driver": "daemon", "socket": str(hands.lane.socket)},
        },
    }  # fmt: skip
    file = folder / "kiosk.toml"
    file.write_text(tomli_w.dumps(settings), "utf-8")
    return file


@contextmanager
def program(file: Path, page: str) -> Iterator[None]:
    with subprocess.Popen(
        [sys.executable, "-m", "lystok", "kiosk", "run", "--config", str(file)],
        stdout=subprocess.DEVNULL,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    ) as process:
        try:
            assert wait_until(lambda: _answers(page), 60)
            yield
            assert process.poll() is None, "it was never restarted"
        finally:
            process.terminate()


def _answers(page: str) -> bool:
    try:
        return requests.get(page, timeout=2).ok
    except requests.RequestException:
        return False


@pytest.fixture(scope="module")
def door(
    library: Library, hands: Hands, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Door]:
    folder = tmp_path_factory.mktemp("station")
    (port,) = free_ports(1)
    file = configured(folder, hands, port, library.port)
    pair(load(file), json.loads((library.folder / "stations.json").read_text("utf-8"))["K1"])
    page = f"http://127.0.0.1:{port}/"
    with program(file, page):
        TechnicianFile(folder / "data" / "technician.json").set_code(CODE)
        door = Door(page, file, library.told)
        for kind in KINDS:
            door.says(kind, fine=True, within_s=60)
        yield door


@pytest.fixture
def technicians_page(page: Page, door: Door) -> Page:
    """All devices on the maintenance page; nobody touches it from now on."""
    page.goto(f"{door.page}maintenance/")
    # Who types sees the cursor first.
    expect(page.locator("#code")).to_be_focused()
    page.keyboard.type(CODE)
    page.keyboard.press("Enter")
    page.click("text=Пристрої")
    expect(page.locator(".device .state.is-works")).to_have_count(len(KINDS))
    return page


@pytest.fixture
def doctor(door: Door, capsys: pytest.CaptureFixture[str]) -> Callable[[], tuple[int, str]]:
    """Asks `lystok kiosk doctor`; its exit status and its words."""

    def ask() -> tuple[int, str]:
        capsys.readouterr()
        status = lystok.main(["kiosk", "doctor", "--config", str(door.file)])
        return status, capsys.readouterr().out

    return ask


@pytest.mark.fault(5)
@pytest.mark.parametrize("kind", KINDS)
def test_a_device_that_is_pulled_out_is_missed_and_found_again_without_a_restart(
    door: Door,
    hands: Hands,
    technicians_page: Page,
    doctor: Callable[[], tuple[int, str]],
    kind: str,
) -> None:
    place = technicians_page.locator(f"#device-{kind}")
    assert not door.is_out_of_service()
    hands.unplug(kind)
    # Through the camera for photos there is a glance each half minute.
    door.says(kind, fine=False, within_s=45 if kind == "camera" else SEEN_WITHIN_S)
    expect(place.locator(".state.is-works")).to_have_count(0, timeout=1000 * FOUND_WITHIN_S)
    # Who comes meanwhile is served by whatever is left; without eyes the station says so.
    sends_away = kind == "scanner"
    assert wait_until(lambda: door.is_out_of_service() is sends_away, FOUND_WITHIN_S)
    status, said = doctor()
    assert status == 1
    advice = said[said.index("Причина: ") :]
    cause, remedy = (line.partition(": ")[2] for line in advice.splitlines()[:2])
    expect(place).to_contain_text(f"{cause} {remedy}")

    hands.plug(kind)
    door.says(kind, fine=True, within_s=FOUND_WITHIN_S)
    assert wait_until(lambda: not door.is_out_of_service(), FOUND_WITHIN_S)
    expect(place.locator(".state.is-works")).to_be_visible(timeout=1000 * FOUND_WITHIN_S)
    status, said = doctor()
    assert (status, said.count("+ ")) == (0, len(KINDS))
    assert set(door.devices().values()) == {"fine"}


@pytest.mark.fault(7)
def test_pcscd_is_restarted_beneath_a_running_station(door: Door, hands: Hands) -> None:
    hands.cards.kill()
    door.says("card_reader", fine=False)
    hands.cards.start()
    door.says("card_reader", fine=True, within_s=FOUND_WITHIN_S)
