"""A running station: every part made and joined here, started in order, stopped in reverse."""

from __future__ import annotations

import secrets
import signal
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from typing import Final, Protocol
from zoneinfo import ZoneInfo

import structlog
from flask import Flask

from gate.events import RowTable
from hardware import service_manager
from kiosk import health_page, logs
from kiosk.beat_page import beat_pages
from kiosk.browser import Beats
from kiosk.clock import Clock
from kiosk.clock_page import clock_pages
from kiosk.conductor import Conductor
from kiosk.config import KioskConfig
from kiosk.devices import Devices, HealthWatch, card_reading, scanning, works
from kiosk.enrolment.office import ServiceCentre
from kiosk.front import Front
from kiosk.ground import Ground, lay_ground
from kiosk.knowledge import timezone_of
from kiosk.logs import LastLines
from kiosk.maintenance.attention import Attention, Heard
from kiosk.maintenance.last_run import End, Ending
from kiosk.maintenance.pages import maintenance_pages
from kiosk.maintenance.rendering import Renderer as MaintenanceRenderer
from kiosk.maintenance.upkeep import Plant, make_upkeep
from kiosk.messages import CopyChanged
from kiosk.pages import PageSettings, create_app, only_this_page, only_with
from kiosk.passages import LaneKeeper
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.glances import Glances
from kiosk.printing import PrintDesk
from kiosk.rendering import Renderer
from kiosk.service import Hands
from kiosk.speech import Voice
from kiosk.stage import Stage
from kiosk.state import StateTeller
from kiosk.store import Database, copy, identity
from kiosk.sync.follower import Follower
from kiosk.sync.loop import Loop
from kiosk.sync.uploader import Uploader
from kiosk.web import PageServer
from kiosk.wiping import wipe

_log = structlog.get_logger()

_HOME: Final = ZoneInfo("Europe/Kyiv")
_LOOK_S: Final = 1.0
_ALIVE_LOOKS: Final = 5
"""Every so many looks the service manager is told that the station serves."""
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
        service_manager.tell(service_manager.READY)
        for look in count():
            if end.wait(_LOOK_S):
                break
            if look % _ALIVE_LOOKS == 0:
                health_page.tell_alive(station.url)
            if station.database.damaged.is_set():
                # The next start finds what is wrong and makes it good; the system sees to one.
                raise DamagedDatabase(f"{station.database.path} is damaged")
    _log.info("station_stopped", station=config.station, ending=end.ending)
    if end.ending is Ending.REVOKED:
        wipe(config)
    return end.ending


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
        ground = lay_ground(config, clock, down, end)
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
            *_glances(ground, hands.booth),
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
            *_ears(ground.devices, attention, stage, conductor),
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


def _front(ground: Ground) -> Front:
    return Front(
        ground.database,
        ground.config.role,
        ground.clock,
        lambda: works(ground.devices.scanner),
        station=ground.config.station,
        has_cards=ground.devices.card_reader is not None,
        has_lane=ground.devices.lane is not None,
        may_enrol=ground.config.enrols,
        may_order=ground.config.takes_requests,
    )


def _follower(ground: Ground, conductor: Conductor) -> Follower:
    def changed(tables: frozenset[RowTable]) -> None:
        if RowTable.KEY in tables:
            ground.premises.keys.changed()
        conductor.post(CopyChanged(tables))

    wait_s = ground.config.server.long_poll_s
    return Follower(ground.database, ground.client, ground.link, changed, wait_s)


def _office(ground: Ground) -> ServiceCentre | None:
    """The way to the desk, at a station that enrols."""
    if not ground.config.enrols:
        return None
    prints = ground.devices.printer is not None
    return ServiceCentre(ground.premises, ground.client, prints=prints)


def _printing(ground: Ground, conductor: Conductor, hands: Hands) -> Iterator[Part]:
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


def _lane(ground: Ground, conductor: Conductor, hands: Hands) -> Iterator[Part]:
    if ground.devices.lane is not None:
        settings = ground.config.lane.settings
        hands.lane = LaneKeeper(ground.devices.lane, ground.clock.now, conductor.post, settings)
        yield hands.lane


def _ears(
    devices: Devices, attention: Attention, stage: Stage, conductor: Conductor
) -> Iterator[Part]:
    """Scanner and card reader are heard last, when everything is there to serve them.

    That something was read is shown by their own threads, whatever else the station is at.
    """

    def hear(message: Heard) -> None:
        stage.note_read(message.at)
        attention.hear(message)

    yield scanning(devices.scanner, hear, conductor.post)
    if devices.card_reader is not None:
        yield card_reading(devices.card_reader, hear)


def _booth(ground: Ground, down: ExitStack) -> PhotoBooth | None:
    camera = ground.devices.camera
    if camera is None:
        return None
    booth = PhotoBooth(camera, ground.clock.monotonic, ground.config.photo)
    down.callback(booth.stop)
    return booth


def _glances(ground: Ground, booth: PhotoBooth | None) -> Iterator[Part]:
    if ground.devices.camera is not None and booth is not None:
        yield Glances(ground.devices.camera, booth, ground.clock.monotonic).loop


def _page(
    ground: Ground,
    stage: Stage,
    conductor: Conductor,
    hands: Hands,
    attention: Attention,
    end: End,
    lines: LastLines,
) -> PageServer:
    teller = StateTeller(
        ground.config,
        ground.database,
        ground.devices,
        ground.link,
        ground.certificate,
        stage,
        ground.clock,
    )
    app = _patron_page(ground, stage, conductor, hands, teller)
    plant = Plant(
        config=ground.config,
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
    renderer = MaintenanceRenderer(lambda: _timezone(ground.database))
    beats = beat_pages(
        Beats(ground.clock.monotonic),
        lambda: only_this_page(ground.token),
        lambda: only_with(ground.token),
    )
    app.register_blueprint(clock_pages(ground.keeper, ground.token))
    app.register_blueprint(maintenance_pages(make_upkeep(plant), renderer))
    app.register_blueprint(health_page.health_pages(lambda: conductor.still_s, teller.tell))
    app.register_blueprint(beats)
    return PageServer(app, stage, ground.config.screen.host, ground.config.screen.port)


def _patron_page(
    ground: Ground, stage: Stage, conductor: Conductor, hands: Hands, teller: StateTeller
) -> Flask:
    config = ground.config
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
    return create_app(stage, renderer, settings, conductor.post, teller.tell, hands.booth, voice)


def _keep_store(database: Database) -> float:
    identity.keep_ahead(database)
    database.reserve.keep()
    return _STORE_LOOK_S


def _timezone(database: Database) -> ZoneInfo:
    with database.read() as tx:
        building = copy.building(tx)
    return _HOME if building is None else timezone_of(building)
