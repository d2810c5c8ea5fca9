"""What every part of a station stands on: store, clock, devices, keys, the line to the server."""

from __future__ import annotations

import os
import secrets
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import structlog

from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.devices import Devices, make_devices
from kiosk.journal import Journal
from kiosk.keys import Keys, load_slip_key
from kiosk.knowledge import Knowledge
from kiosk.maintenance.door import Door
from kiosk.maintenance.last_run import End, Ending, LastRun, RunLog
from kiosk.maintenance.paper import PaperCounter
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.maintenance.upkeep import FILE as TECHNICIANS
from kiosk.pairing import read_token
from kiosk.premises import Premises
from kiosk.store import Database, identity
from kiosk.store.rescue import open_sound
from kiosk.sync.breaker import Asker, Breaker
from kiosk.sync.certificate import CertificateWatch
from kiosk.sync.client import ServerClient
from kiosk.sync.link import Link
from kiosk.timekeeper import Timekeeper
from kiosk.wiping import is_to_be_believed

_log = structlog.get_logger()

_OWNER_ALONE: Final = 0o600


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
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


def lay_ground(config: KioskConfig, clock: Clock, down: ExitStack, end: End) -> Ground:
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
        knowledge=Knowledge(database, client, asker, clock, config.station),
        keys=Keys(database),
        slip_key=slip_key,
        journal=Journal(clock),
        clock=clock,
        slip_language=config.language,
        has_lane=devices.lane is not None,
        offline_event_places=config.offline_event_places,
    )
    return Ground(
        config=config,
        clock=clock,
        keeper=keeper,
        database=database,
        devices=devices,
        client=client,
        certificate=CertificateWatch(server.url, server.ca_file, clock.now),
        link=Link(clock.now, breaker.succeeded, lambda: _revoked(config, end)),
        premises=premises,
        token=local_token(config.data_dir / "local-token"),
        door=Door(TechnicianFile(config.data_dir / TECHNICIANS), premises, clock.monotonic),
        paper=paper,
        last_run=last_run,
    )


def _revoked(config: KioskConfig, end: End) -> None:
    """The server shut this station out: it ends, and forgets all that it holds (threat 17)."""
    if is_to_be_believed(config.server.url):
        end.come(Ending.REVOKED)


def _note_run(config: KioskConfig, clock: Clock, down: ExitStack, end: End) -> LastRun:
    """Tell the last run's ending, and note how this one ends."""
    run_log = RunLog(config.data_dir / "last-run.json", clock.boot_id)
    last_run = run_log.begin(clock.now())
    _log.info("last_run", ending=last_run.ending)

    def note(error: type[BaseException] | None, *_: object) -> None:
        run_log.end(end.ending if error is None else Ending.CRASHED)

    down.push(note)
    return last_run


def local_token(path: Path) -> str:
    """A new token for the page and for programs of this machine that may read the file."""
    token = secrets.token_urlsafe(24)
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, _OWNER_ALONE)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(token)
    return token
