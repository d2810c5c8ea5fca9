"""A stage for tests: real simulators and the stations' real pages, with nobody behind them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from demo.handles import Handle
from demo.sample_files import read_cards, read_patrons, read_staff
from demo.stage import ENTRANCE, EXIT, Stage, Station
from demo.wire import Wire
from hardware import camera_simulator, card_simulator, lane_simulator, printer_network
from hardware.contracts import SlipPrinter
from hardware.printer_simulator import PrinterSimulator
from hardware.simulator_control import ControlServer
from kiosk import pages
from kiosk.config import Role, ScreenSettings
from kiosk.messages import Message
from kiosk.rendering import Renderer
from kiosk.screens import Start
from kiosk.stage import Stage as Screen
from kiosk.web import PageServer

_HANDLED: Any = {"driver": "simulator", "control_port": 0}


@dataclass(kw_only=True)
class Side:
    """The devices of one station, and what its screen shows and hears."""

    camera: camera_simulator.SimulatedCamera
    cards: card_simulator.SimulatedCardReader
    lane: lane_simulator.SimulatedLane
    printer: PrinterSimulator
    paper: SlipPrinter
    screen: Screen
    page: PageServer
    pressed: list[Message] = field(default_factory=list)


@dataclass(kw_only=True)
class Rehearsal:
    """The stage and what stands behind it."""

    stage: Stage
    sides: dict[str, Side]


def now() -> datetime:
    return datetime.now(UTC)


@contextmanager
def rehearsal(folder: Path) -> Iterator[Rehearsal]:
    """A stage over a folder with a written sample; all of it in this process."""
    with ExitStack() as down:
        stations, sides = {}, {}
        for code, role in ((ENTRANCE, Role.ENTRANCE), (EXIT, Role.EXIT)):
            sides[code] = _side(down, folder / "slips" / code, code, role)
            stations[code] = _station(down, code, sides[code])
        stage = Stage(
            folder=folder,
            server="http://127.0.0.1:9",
            stations=stations,
            tickets=read_patrons(folder / "patrons.csv"),
            cards=read_cards(folder / "cards.csv"),
            staff=read_staff(folder / "staff.txt"),
        )
        yield Rehearsal(stage=stage, sides=sides)


def _side(down: ExitStack, slips: Path, code: str, role: Role) -> Side:
    printer = PrinterSimulator(slips, now)
    down.callback(printer.close)
    paper = printer_network.connect(
        printer_network.Settings(driver="network", host=printer.host, port=printer.port), now
    )
    down.callback(paper.close)
    screen = Screen(
        Start(role=role, has_events=True, has_cards=True), ScreenSettings(), "uk", time.monotonic
    )
    pressed: list[Message] = []
    page = PageServer(_page(screen, code, role, pressed), screen, "127.0.0.1", 0)
    page.start()
    down.callback(page.stop)
    side = Side(
        camera=camera_simulator.connect(camera_simulator.Settings(**_HANDLED), now),
        cards=card_simulator.connect(card_simulator.Settings(**_HANDLED), now),
        lane=lane_simulator.connect(lane_simulator.Settings(**_HANDLED), now),
        printer=printer,
        paper=paper,
        screen=screen,
        page=page,
        pressed=pressed,
    )
    for device in (side.camera, side.cards, side.lane):
        down.callback(device.close)
    return side


def _page(screen: Screen, code: str, role: Role, pressed: list[Message]) -> Any:
    settings = pages.PageSettings(
        token="t" * 24, instance="rehearsal", station=code, role=role, warning_s=20
    )
    renderer = Renderer(lambda: ZoneInfo("Europe/Kyiv"))
    return pages.create_app(screen, renderer, settings, pressed.append, dict)


def _station(down: ExitStack, code: str, side: Side) -> Station:
    control = ControlServer(side.printer, "printer")
    down.callback(control.close)
    assert side.camera.control
    assert side.cards.control
    assert side.lane.control
    return Station(
        code=code,
        page=side.page.url,
        wire=down.enter_context(Wire(9)),
        camera=Handle(side.camera.control.port),
        cards=Handle(side.cards.control.port),
        lane=Handle(side.lane.control.port),
        printer=Handle(control.port),
    )
