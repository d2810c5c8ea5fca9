"""A running station: every part made and joined here, started in order, stopped in reverse."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog

from gate.events import RowTable
from hardware import factory
from kiosk import logs
from kiosk.beat_page import beat_pages
from kiosk.browser import Beats
from kiosk.clock import Clock
from kiosk.clock_page import clock_pages
from kiosk.conductor import Conductor
from kiosk.config import KioskConfig
from kiosk.devices import Devices, HealthWatch, card_reading, make_devices, scanning, works
from kiosk.enrolment.office import ServiceCentre
from kiosk.front import Front
from kiosk.journal import Journal
from kiosk.keys import Keys, load_slip_key
from kiosk.knowledge import Knowledge, timezone_of
from kiosk.logs import LastLines
from kiosk.maintenance.attention import Attention
from kiosk.maintenance.door import Door
from kiosk.maintenance.last_run import Ending, LastRun, RunLog
from kiosk.maintenance.pages import maintenance_pages
from kiosk.maintenance.paper import PaperCounter
from kiosk.maintenance.rendering import Renderer as MaintenanceRenderer
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.maintenance.upkeep import FILE as TECHNICIANS
from kiosk.maintenance.upkeep import Plant, make_upkeep
from kiosk.messages import CopyChanged
from kiosk.pages import PageSettings, create_app, only_this_page, only_with
from kiosk.pairing import read_token
from kiosk.passages import LaneKeeper
from kiosk.photo.booth import PhotoBooth
from kiosk.premises import Premises
from kiosk.printing import PrintDesk
from kiosk.rendering import Renderer
from kiosk.service import Hands
from kiosk.speech import Voice
from kiosk.stage import Stage
from kiosk.state import StateTeller
from kiosk.store import Database, copy, identity
from kiosk.store.rescue import open_sound
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.certificate import CertificateWatch
from kiosk.sync.client import ServerClient
from kiosk.sync.follower import Follower
from kiosk.sync.link import Link
from kiosk.sync.loop import Loop
from kiosk.sync.uploader import Uploader
from kiosk.timekeeper import Timekeeper
from kiosk.web import PageServer

_log = structlog.get_logger()

_HOME: Final = ZoneInfo("Europe/Kyiv")
_OWNER_ALONE: Final = 0o600
_LOOK_S: Final = 1.0
_STORE_LOOK_S: Final = 60.0


class DamagedDatabase(RuntimeError):
    """The database turned out to be damaged while the station worked."""


class Part(Protocol):
    """Something that works while the station runs."""

    def start(self) -> None:
        """Begin."""
        ...

    def stop(self) -> None:
        """End."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """A station that runs: its page, what a press must carry, and its parts."""

    url: str
    token: str
    stage: Stage
    conductor: Conductor
    devices: Devices
    database: Database


def run(config: KioskConfig) -> Ending:
    """Run the station until SIGTERM, SIGINT or a technician ends it; answers how it ended."""
    end, lines = End(), LastLines()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: end.come(Ending.STOPPED))
    logs.begin(lines)
    with running(config, Clock(now=lambda: datetime.now(UTC)), end, lines) as station:
        _log.info("station_ready", station=config.station, role=config.role, page=station.url)
        while not end.wait(_LOOK_S):
            if station.database.damaged.is_set():
                # The next start finds what is wrong and makes it good; the system sees to one.
                raise DamagedDatabase(f"{station.database.path} is damaged")
    _log.info("station_stopped", station=config.station, ending=end.ending)
    return end.ending


class End:
    """The end of a run: waited for in one place, brought about in others."""

    def __init__(self) -> None:
        self._come = threading.Event()
        self.ending = Ending.STOPPED

    def come(self, ending: Ending) -> None:
        """End the run."""
        self.ending = ending
        self._come.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Until somebody ends it, for a time at most; whether they did."""
        return self._come.wait(timeout_s)


@contextmanager
def running(
    config: KioskConfig, clock: Clock, end: End | None = None, lines: LastLines | None = None
) -> Iterator[Station]:
    """The station while the block lasts; what is started last is stopped first.

    `end` is brought about by a technician who restarts the station, `lines` are its log for them.
    A server that is away is no hindrance: the copy serves, and without one the screen says so.
    Raises OSError or BadKeyFile where the slip key is missing or broken: pair the station first.
    """
    with ExitStack() as down:
        end = end or End()
        ground = _lay_ground(config, clock, down, end)
        front = _front(ground)
        stage = Stage(front.home(), config.screen, config.language, clock.monotonic)
        uploader = Uploader(ground.database, ground.client, ground.link, ground.clock.now)
        hands = Hands(booth=_booth(ground, down), office=_office(ground))
        conductor = Conductor(ground.premises, stage, front, hands, uploader.loop.wake)
        attention = Attention(conductor.post, ground.door)
        page = _page(ground, stage, conductor, hands, attention, end, lines or LastLines())
        parts: list[Part] = [
            *_printing(ground, conductor, hands),
            *_lane(ground, conductor, hands),
            conductor,
            ground.keeper.loop,
            Loop("store", lambda: _keep_store(ground.database)),
            uploader.loop,
            _follower(ground, conductor).loop,
            ground.certificate.loop,
            HealthWatch(
                ground.devices, ground.premises, conductor.post, ground.certificate.warning
            ).loop,
            page,
            *_ears(ground.devices, attention),
        ]
        for part in parts:
            down.callback(part.stop)
            part.start()
        yield Station(
            url=page.url,
            token=ground.token,
            stage=stage,
            conductor=conductor,
            devices=ground.devices,
            database=ground.database,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What everything stands on."""

    config: KioskConfig
    clock: Clock
    keeper: Timekeeper
    database: Database
    devices: Devices
    client: ServerClient
    link: Link
    certificate: CertificateWatch
    premises: Premises
    token: str
    door: Door
    paper: PaperCounter | None
    last_run: LastRun


def _lay_ground(config: KioskConfig, clock: Clock, down: ExitStack, end: End) -> _Ground:
    """Store, devices, keys and the line to the server; released by `down`."""
    slip_key = load_slip_key(config.slip_key_file)
    database, _ = open_sound(config.data_dir / f"station-{config.station}.sqlite")
    down.callback(database.close)
    keeper = Timekeeper(database, clock, assume=not config.production)
    clock = keeper.clock
    incarnation = identity.begin(database, clock.now())
    _log.info("store_open", path=str(database.path), incarnation=incarnation)
    last_run = _note_run(config, clock, down, end)
    devices = make_devices(config.devices, clock.now)
    down.callback(devices.close)
    paper = None
    if devices.printer is not None:
        paper = PaperCounter(devices.printer, database, clock.now, config.printing.roll_m)
        devices = replace(devices, printer=paper)
    server = config.server
    client = ServerClient(server.url, read_token(config.token_file), server.ca_file)
    down.callback(client.close)
    breaker = Breaker(clock.monotonic)
    asker = Asker(breaker, server.facts_deadline_ms / 1000)
    premises = Premises(
        station=config.station,
        database=database,
        knowledge=Knowledge(database, client, asker, clock),
        keys=Keys(database),
        slip_key=slip_key,
        journal=Journal(clock),
        clock=clock,
        slip_language=config.language,
        has_lane=devices.lane is not None,
        offline_event_places=config.offline_event_places,
    )
    return _Ground(
        config=config,
        clock=clock,
        keeper=keeper,
        database=database,
        devices=devices,
        client=client,
        certificate=CertificateWatch(server.url, server.ca_file, clock.now),
        link=Link(clock.now, breaker.succeeded),
        premises=premises,
        token=_local_token(config.data_dir / "local-token"),
        door=Door(TechnicianFile(config.data_dir / TECHNICIANS), premises, clock.monotonic),
        paper=paper,
        last_run=last_run,
    )


def _note_run(config: KioskConfig, clock: Clock, down: ExitStack, end: End) -> LastRun:
    """Tell the last run's ending, and note how this one ends."""
    run_log = RunLog(config.data_dir / "last-run.json", clock.boot_id)
    last_run = run_log.begin(clock.now())
    _log.info("last_run", ending=last_run.ending)

    def note(error: type[BaseException] | None, *_: object) -> None:
        run_log.end(end.ending if error is None else Ending.CRASHED)

    down.push(note)
    return last_run


def _front(ground: _Ground) -> Front:
    return Front(
        ground.database,
        ground.config.role,
        ground.clock,
        lambda: works(ground.devices.scanner),
        has_cards=ground.devices.card_reader is not None,
        may_enrol=ground.config.enrols,
    )


def _follower(ground: _Ground, conductor: Conductor) -> Follower:
    def changed(tables: frozenset[RowTable]) -> None:
        if RowTable.KEY in tables:
            ground.premises.keys.changed()
        conductor.post(CopyChanged(tables))

    wait_s = ground.config.server.long_poll_s
    return Follower(ground.database, ground.client, ground.link, changed, wait_s)


def _office(ground: _Ground) -> ServiceCentre | None:
    """The way to the desk, at a station that enrols."""
    if not ground.config.enrols:
        return None
    prints = ground.devices.printer is not None
    return ServiceCentre(ground.premises, ground.client, prints=prints)


def _printing(ground: _Ground, conductor: Conductor, hands: Hands) -> Iterator[Part]:
    printer = ground.devices.printer
    if printer is None:
        return
    desk = PrintDesk(
        ground.database,
        printer,
        ground.premises.journal,
        ground.clock,
        conductor.post,
        ground.config.printing,
        ground.config.language,
    )
    desk.recover()
    hands.print_soon = desk.loop.wake
    hands.print_paper = desk.print_paper
    yield desk.loop


def _lane(ground: _Ground, conductor: Conductor, hands: Hands) -> Iterator[Part]:
    if ground.devices.lane is not None:
        settings = ground.config.lane.settings
        hands.lane = LaneKeeper(ground.devices.lane, ground.clock.now, conductor.post, settings)
        yield hands.lane


def _ears(devices: Devices, attention: Attention) -> Iterator[Part]:
    """Scanner and card reader are heard last, when everything is there to serve them."""
    yield scanning(devices.scanner, attention.hear)
    if devices.card_reader is not None:
        yield card_reading(devices.card_reader, attention.hear)


def _booth(ground: _Ground, down: ExitStack) -> PhotoBooth | None:
    camera, clock = ground.config.devices.camera, ground.clock
    if camera is None:
        return None
    booth = PhotoBooth(
        lambda: factory.make_camera(camera, clock.now), clock.monotonic, ground.config.photo
    )
    down.callback(booth.stop)
    return booth


def _page(
    ground: _Ground,
    stage: Stage,
    conductor: Conductor,
    hands: Hands,
    attention: Attention,
    end: End,
    lines: LastLines,
) -> PageServer:
    config = ground.config
    teller = StateTeller(
        config,
        ground.database,
        ground.devices,
        ground.link,
        ground.certificate,
        stage,
        ground.clock,
    )
    settings = PageSettings(
        token=ground.token,
        instance=secrets.token_hex(8),
        station=config.station,
        role=config.role.value,
        warning_s=config.screen.warning_s,
        simulated=config.shows_simulated,
        headphones=config.speech.headphones,
    )
    voice = Voice(config.speech)
    renderer = Renderer(lambda: _timezone(ground.database), has_voice=voice.works)
    app = create_app(stage, renderer, settings, conductor.post, teller.tell, hands.booth, voice)
    app.register_blueprint(clock_pages(ground.keeper, ground.token))
    plant = Plant(
        config=config,
        clock=ground.clock,
        database=ground.database,
        devices=ground.devices,
        teller=teller,
        attention=attention,
        door=ground.door,
        timekeeper=ground.keeper,
        lane=lambda: hands.lane,
        booth=hands.booth,
        paper=ground.paper,
        last_run=ground.last_run,
        log=lines,
        restart=lambda: end.come(Ending.ASKED),
        token=ground.token,
    )
    upkeep = make_upkeep(plant)
    technician = maintenance_pages(upkeep, MaintenanceRenderer(lambda: _timezone(ground.database)))
    app.register_blueprint(technician)
    app.register_blueprint(
        beat_pages(
            Beats(ground.clock.monotonic),
            lambda: only_this_page(ground.token),
            lambda: only_with(ground.token),
        )
    )
    return PageServer(app, stage, config.screen.host, config.screen.port)


def _keep_store(database: Database) -> float:
    identity.keep_ahead(database)
    database.reserve.keep()
    return _STORE_LOOK_S


def _timezone(database: Database) -> ZoneInfo:
    with database.read() as tx:
        building = copy.building(tx)
    return _HOME if building is None else timezone_of(building)


def _local_token(path: Path) -> str:
    """A new token for the page and for programs of this machine that may read the file."""
    token = secrets.token_urlsafe(24)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token)
    return token
