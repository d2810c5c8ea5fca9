"""The technician's side of a running station, put together."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from hardware import factory
from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.devices import Devices
from kiosk.logs import LastLines
from kiosk.maintenance import bundle, events, machine, sight
from kiosk.maintenance.attention import Attention
from kiosk.maintenance.care import Care
from kiosk.maintenance.door import Door
from kiosk.maintenance.last_run import LastRun
from kiosk.maintenance.overview import Overseer
from kiosk.maintenance.pages import Upkeep
from kiosk.maintenance.paper import PaperCounter
from kiosk.maintenance.trials import Trials
from kiosk.origins import settings_of
from kiosk.passages import LaneKeeper
from kiosk.photo.booth import PhotoBooth
from kiosk.state import StateTeller
from kiosk.store import Database
from kiosk.timekeeper import Timekeeper

FILE = "technician.json"
"""Below the station's data: what technicians prove themselves with."""


class Caretaker:
    """Knows what each tab of the page shows."""

    def __init__(
        self,
        config: KioskConfig,
        database: Database,
        devices: Devices,
        overseer: Overseer,
        door: Door,
        log: LastLines,
    ) -> None:
        self._config = config
        self._database = database
        self._devices = devices
        self._overseer = overseer
        self._door = door
        self._log = log

    def tell(self, tab: str) -> dict[str, Any]:
        """The facts of one tab."""
        tabs: dict[str, Callable[[], dict[str, Any]]] = {
            "state": lambda: {"seen": self._overseer.look()},
            "devices": self._tell_devices,
            "events": lambda: {"events": events.newest(self._database)},
            "log": lambda: {"log": self._log.newest_first()},
            "settings": lambda: {
                "settings": settings_of(self._config, self._config.file),
                "file": self._config.file,
            },
            "care": self._tell_care,
        }
        return tabs[tab]()

    def make_bundle(self) -> bytes:
        """Everything for somebody who helps from afar."""
        return bundle.make(
            self._overseer.look(),
            settings_of(self._config, self._config.file),
            events.newest(self._database),
            self._log.newest_first(),
        )

    def _tell_devices(self) -> dict[str, Any]:
        told = self._overseer.look().state["devices"]
        for each in told.values():
            seen_at = each["seen_at"]
            each["seen_at"] = None if seen_at is None else datetime.fromisoformat(seen_at)
        for kind, settings in self._config.devices.named().items():
            told[kind] |= {"driver": str(settings["driver"]), "where": factory.where(settings)}
        return {
            "devices": told,
            "has_sight": sight.camera_of(self._devices.scanner) is not None,
        }

    def _tell_care(self) -> dict[str, Any]:
        seen = self._overseer.look()
        return {
            "volume": machine.volume_percent(),
            "brightness": machine.brightness_percent(),
            "roll": seen.roll,
            "machine_now": seen.machine_now,
            "confirmed": seen.confirmed.value,
            "cards": self._door.file.cards,
            "has_reader": self._devices.card_reader is not None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """What the technician's side stands on."""

    config: KioskConfig
    clock: Clock
    database: Database
    devices: Devices
    teller: StateTeller
    attention: Attention
    door: Door
    timekeeper: Timekeeper
    lane: Callable[[], LaneKeeper | None]
    booth: PhotoBooth | None
    paper: PaperCounter | None
    last_run: LastRun
    log: LastLines
    restart: Callable[[], None]
    token: str


def make_upkeep(plant: Plant) -> Upkeep:
    """Join its parts."""
    config, clock, door = plant.config, plant.clock, plant.door
    overseer = Overseer(config, plant.teller, clock, plant.last_run, plant.paper, plant.timekeeper)
    caretaker = Caretaker(config, plant.database, plant.devices, overseer, door, plant.log)
    return Upkeep(
        door=door,
        trials=Trials(
            plant.devices,
            plant.attention,
            door,
            plant.lane,
            config.station,
            clock.now,
            config.language,
        ),
        care=Care(
            config,
            door,
            plant.paper,
            plant.timekeeper,
            plant.restart,
            caretaker.make_bundle,
        ),
        look=lambda which: _look(plant, which),
        tell=caretaker.tell,
        token=plant.token,
    )


def _look(plant: Plant, which: str) -> sight.Sight:
    if which != "photo":
        camera = sight.camera_of(plant.devices.scanner)
    else:
        # While a reader's photo is taken, the camera is theirs.
        is_free = plant.booth is None or plant.booth.session is None
        camera = plant.devices.camera if is_free else None
    if camera is None:
        raise LookupError("no camera to look through now")
    return sight.look_through(camera)
