"""A station and the real centre, over real HTTP: pairing, copy, events, slips and exits."""

from __future__ import annotations

import csv
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any
from uuid import UUID

import pytest
import requests
from PIL import Image
from sqlalchemy import select
from waitress import wasyncore
from waitress.server import create_server

from demo.handles import Handle, hold
from demo.programs import free_ports
from demo.wire import Wire
from gate.events import SlipJobState
from gate.facts import VisitState
from hardware.card_simulator import SimulatedCardReader
from kiosk import screens
from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.messages import DevicesChanged
from kiosk.pairing import PairingFailed, pair
from kiosk.program import Station, running
from kiosk.screens import Screen
from kiosk.store import copy, outbox, server_backup
from server import commands, sample
from server.app import create_app
from server.backup import making
from server.config import load
from server.database import open_database
from server.models import StationEvent, Visit
from templates.tickets.draw import draw_code_only

SOON_S = 20.0


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a sample library whose server runs; its port stands in `port`.

    It is asked for pairing more often in a minute than any desk would ask.
    """
    folder = tmp_path_factory.mktemp("library") / "sample"
    sample.write_sample(folder, now=datetime.now(UTC))
    config = load(folder / "server.toml")
    with (
        closing(open_database(config.database.url)) as database,
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr("server.app._PAIRINGS_A_MINUTE", 1000)
        sockets: dict[Any, Any] = {}
        app = create_app(config, database=database)
        server: Any = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        (folder / "port").write_text(str(server.effective_port))
        yield folder
        server.task_dispatcher.shutdown(timeout=2)
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(5)


@pytest.fixture(scope="module")
def wire(library: Path) -> Iterator[Wire]:
    """The station's cable to the server."""
    with Wire(int((library / "port").read_text())) as wire:
        yield wire


def configured(folder: Path, port: int, camera: int | None = None) -> KioskConfig:
    return KioskConfig.model_validate(
        {
            "station": "K1",
            "role": "both",
            "production": False,
            "data_dir": folder / "data",
            "token_file": folder / "token",
            "slip_key_file": folder / "slip.key",
            "server": {"url": f"http://127.0.0.1:{port}", "long_poll_s": 0.5},
            "screen": {"port": 0},
            "devices": {
                "scanner": {
                    "driver": "camera",
                    "second_chance": False,
                    "camera": {"driver": "simulator", "fps": 30, "control_port": camera},
                },
                "printer": {"driver": "simulator", "folder": folder / "slips", "timeout_s": 1},
                "card_reader": {"driver": "simulator"},
            },
        }
    )


@pytest.fixture(scope="module")
def camera_port() -> int:
    return free_ports(1)[0]


@pytest.fixture
def camera(station: Station, camera_port: int) -> Handle:
    """The hand at the station's camera."""
    return Handle(camera_port)


@pytest.fixture(scope="module")
def paired(
    library: Path, wire: Wire, camera_port: int, tmp_path_factory: pytest.TempPathFactory
) -> KioskConfig:
    """A station that the server knows."""
    config = configured(tmp_path_factory.mktemp("station"), wire.port, camera_port)
    codes = json.loads((library / "stations.json").read_text("utf-8"))
    pair(config, codes["K1"])
    return config


@pytest.fixture(scope="module")
def station(paired: KioskConfig) -> Iterator[Station]:
    """It runs, with simulated devices and everything else real."""
    with running(paired, Clock(now=lambda: datetime.now(UTC))) as station:
        until(lambda: has_copy(station))
        yield station


def has_copy(station: Station) -> bool:
    with station.database.read() as tx:
        return copy.state(tx) is not None


def until(holds: Callable[[], bool], within_s: float = SOON_S) -> None:
    """Look again and again until it holds; fail in time."""
    ends, pause = monotonic() + within_s, threading.Event()
    while not holds():
        assert monotonic() < ends, "it never happened"
        pause.wait(0.01)


def number_of(library: Path, state: str, nth: int = 0) -> str:
    with (library / "patrons.csv").open(encoding="utf-8", newline="") as lines:
        found = [line["number"] for line in csv.DictReader(lines) if line["state"] == state]
    return found[nth]


def show(
    camera: Handle, station: Station, picture: Image.Image, kind: type[Screen], manner: str
) -> Screen:
    """Hold a picture to the camera until a screen of this kind is shown."""
    before = station.stage.shown.version
    hold(camera, picture, 10, manner)
    try:
        return await_screen(station, kind, before)
    finally:
        camera.do("lift")


def await_screen(station: Station, kind: type[Screen], after: int) -> Screen:
    ends = monotonic() + SOON_S
    while monotonic() < ends:
        shown = station.stage.wait(after, 0.5)
        if shown is not None:
            after = shown.version
            if isinstance(shown.screen, kind):
                return shown.screen
    raise AssertionError(f"no {kind.name}; the screen is {station.stage.shown.screen.name}")


@contextmanager
def records(library: Path) -> Iterator[Any]:
    url = load(library / "server.toml").database.url
    with closing(open_database(url)) as database, database.reading() as session:
        yield session


def visit_state(library: Path, slip_number: str) -> VisitState | None:
    with records(library) as session:
        query = select(Visit.state).where(Visit.slip_number == slip_number)
        found: VisitState | None = session.scalar(query)
        return found


def last_slip(station: Station) -> str:
    """Number of the newest slip."""
    with station.database.read() as tx:
        row = tx.execute("SELECT slip_number FROM job ORDER BY created_at DESC").fetchone()
    return str(row["slip_number"])


def test_a_code_that_no_administrator_made_pairs_nothing(wire: Wire, tmp_path: Path) -> None:
    config = configured(tmp_path, wire.port)
    with pytest.raises(PairingFailed, match="refused"):
        pair(config, "0000-0000")
    assert not config.token_file.exists()


def test_the_slip_key_of_a_station_is_readable_by_its_owner_alone(paired: KioskConfig) -> None:
    for file in (paired.slip_key_file, paired.token_file):
        assert file.stat().st_mode & 0o777 == 0o600


@pytest.mark.scenario("E01", "X01")
@pytest.mark.clause("R3.1.2", "R3.1.4")
def test_a_ticket_held_to_the_camera_becomes_a_slip_a_visit_and_an_exit(
    station: Station, camera: Handle, library: Path, paired: KioskConfig
) -> None:
    number = number_of(library, "valid")
    code = commands.issue_ticket(load(library / "server.toml"), number, png=None)
    show(camera, station, draw_code_only(code), screens.Greeting, "phone")
    until(lambda: printed(station))
    slip_number = last_slip(station)
    until(lambda: visit_state(library, slip_number) is VisitState.INSIDE)
    folder = paired.data_dir.parent / "slips"
    until(lambda: bool(list(folder.glob("*.png"))))
    with Image.open(max(folder.glob("*.png"))) as paper:
        show(camera, station, paper.convert("RGB"), screens.Farewell, "paper")
    until(lambda: visit_state(library, slip_number) is VisitState.CLOSED)


def printed(station: Station) -> bool:
    with station.database.read() as tx:
        states = [row["state"] for row in tx.execute("SELECT state FROM job")]
    return bool(states) and set(states) <= {SlipJobState.PRINTED.value}


@pytest.mark.scenario("E04")
@pytest.mark.fault(14)
def test_everything_sent_again_is_one_visit(
    station: Station, camera: Handle, library: Path
) -> None:
    number = number_of(library, "valid", 2)
    code = commands.issue_ticket(load(library / "server.toml"), number, png=None)
    show(camera, station, draw_code_only(code), screens.Greeting, "phone")
    until(lambda: printed(station))
    until(lambda: waiting(station) == 0)
    visits = of_all_visits(library)
    with station.database.write() as tx:
        told = {UUID(row["event_id"]) for row in tx.execute("SELECT event_id FROM outbox")}
        assert outbox.send_again(tx) == len(told)
    station.conductor.post(DevicesChanged())
    until(lambda: waiting(station) == 0)
    assert of_all_visits(library) == visits
    with records(library) as session:
        assert told <= set(session.scalars(select(StationEvent.id)))


def of_all_visits(library: Path) -> list[tuple[str, VisitState]]:
    """Slip and state of each visit that the server has."""
    with records(library) as session:
        query = select(Visit.slip_number, Visit.state).order_by(Visit.slip_number)
        return [(number, state) for number, state in session.execute(query)]


def waiting(station: Station) -> int:
    with station.database.read() as tx:
        return outbox.backlog(tx).queued


@pytest.mark.scenario("E08")
@pytest.mark.fault(11)
def test_with_the_cable_cut_a_reader_is_served_and_the_server_learns_of_it_later(
    station: Station, camera: Handle, library: Path, wire: Wire
) -> None:
    number = number_of(library, "valid", 1)
    code = commands.issue_ticket(load(library / "server.toml"), number, png=None)
    wire.cut()
    greeting = show(camera, station, draw_code_only(code), screens.Greeting, "phone")
    assert isinstance(greeting, screens.Greeting)
    assert waiting(station) > 0
    slip_number = last_slip(station)
    wire.mend()
    until(lambda: visit_state(library, slip_number) is VisitState.INSIDE)
    until(lambda: waiting(station) == 0)


def test_a_stranger_s_card_is_sent_to_the_desk_or_refused(station: Station) -> None:
    reader = station.devices.card_reader
    assert isinstance(reader, SimulatedCardReader)
    before = station.stage.shown.version
    reader.lay(bytes.fromhex("04DEADBEEF0102"))
    await_screen(station, screens.Refusal, before)
    reader.lift()


def test_the_state_tells_devices_queue_and_copy(station: Station) -> None:
    headers = {"X-Lystok-Token": station.token}

    def told() -> dict[str, Any]:
        told: dict[str, Any] = requests.get(
            f"{station.url}state", headers=headers, timeout=5
        ).json()
        return told

    # Until its first picture nobody knows of a camera whether it works.
    until(lambda: told()["devices"]["scanner"]["state"] == "works")
    state = told()
    assert state["devices"]["printer"]["simulated"]
    assert state["copy"]["age_s"] < 60
    assert state["queue"]["set_aside"] == 0
    assert "Оксана" not in json.dumps(state, ensure_ascii=False)


def test_the_station_hears_when_its_server_was_saved(station: Station, library: Path) -> None:
    made_at = datetime.now(UTC) - timedelta(days=4)
    making.make(load(library / "server.toml"), at=made_at)

    def heard() -> datetime | None:
        with station.database.read() as tx:
            return server_backup.made_at(tx)

    until(lambda: heard() == made_at)
    answer = requests.get(
        f"{station.url}state", headers={"X-Lystok-Token": station.token}, timeout=5
    )
    assert answer.json()["server_backup_at"] == str(heard()).replace(" ", "T")
