"""The devices of a station: made by name, listened to, and looked after."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import version
from typing import Final, TypeAlias

import structlog

from gate.events import DeviceHealth
from gate.events import Health as HealthEvent
from gate.facts import ClockTrust
from hardware import factory
from hardware.abilities import HintCode, HintingScanner
from hardware.contracts import (
    Camera,
    CannotWork,
    CardReader,
    Device,
    DriverNotInstalled,
    Frame,
    HardwareError,
    Health,
    HealthState,
    Lane,
    Scanner,
    SlipPrinter,
)
from hardware.factory import Kind
from kiosk.clock import Now
from kiosk.config import DeviceSettings, DevicesSettings
from kiosk.messages import CardLaid, CodeHeld, CodeScanned, DevicesChanged, Message
from kiosk.premises import Premises
from kiosk.store import outbox
from kiosk.sync.loop import Loop

_log = structlog.get_logger()

_LISTEN_S: Final = 0.5
_AWAY_S: Final = 0.5
_DEAD_S: Final = 30.0
_LOOK_S: Final = 1.0

CERTIFICATE: Final = "certificate"
"""The server's certificate, told beside the devices where it ends soon or is bad."""
CLOCK: Final = "clock"
"""The station's clock, told beside the devices while nothing confirms it."""

Post = Callable[[Message], None]
Healths: TypeAlias = dict[str, tuple[HealthState, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Devices:
    """What stands at the door."""

    scanner: Scanner
    printer: SlipPrinter | None = None
    card_reader: CardReader | None = None
    camera: Camera | None = None
    """The one for photos; the scanner's own is the scanner's."""
    lane: Lane | None = None

    def named(self) -> dict[Kind, Device]:
        """Those that there are."""
        found = {
            Kind.SCANNER: self.scanner,
            Kind.PRINTER: self.printer,
            Kind.CARD_READER: self.card_reader,
            Kind.CAMERA: self.camera,
            Kind.LANE: self.lane,
        }
        return {kind: device for kind, device in found.items() if device is not None}

    def health(self) -> dict[Kind, Health]:
        """How each of them is, at once."""
        return {kind: device.health() for kind, device in self.named().items()}

    def close(self) -> None:
        """Release them all."""
        for device in self.named().values():
            with suppress(HardwareError):
                device.close()


def make_devices(settings: DevicesSettings, now: Now) -> Devices:
    """The drivers that the configuration names; none of them waits for its device."""
    printer, reader, lane = settings.printer, settings.card_reader, settings.lane
    camera = settings.camera
    return Devices(
        scanner=factory.make_scanner(settings.scanner, now),
        printer=None if printer is None else factory.make_printer(printer, now),
        card_reader=None if reader is None else factory.make_card_reader(reader, now),
        camera=None if camera is None else _photo_camera(camera, now),
        lane=None if lane is None else factory.make_lane(lane, now),
    )


def _photo_camera(settings: DeviceSettings, now: Now) -> Camera:
    try:
        return factory.make_camera(settings, now)
    except DriverNotInstalled as error:
        return UnusableCamera(error)


class UnusableCamera:
    """A camera whose program is not installed: there are no photos, all else goes on."""

    def __init__(self, why: HardwareError) -> None:
        self._why = why

    def frame(self, timeout_s: float) -> Frame:  # noqa: ARG002 - see `Camera`
        """Raises why there is none."""
        raise self._why

    def health(self) -> Health:
        """Failed for good."""
        return Health(HealthState.FAILED, self._why.code, None)

    def close(self) -> None:
        """There is nothing to release."""


def scanning(
    scanner: Scanner,
    post: Callable[[CodeScanned], None],
    tell: Callable[[CodeHeld], None] = lambda _: None,
) -> Loop:
    """Listens to a scanner; one that sees what it can't read says why."""
    told = CodeHeld(None)

    def step() -> float:
        nonlocal told
        scan = scanner.read(_LISTEN_S)
        if scan is not None:
            post(CodeScanned(scan.data, scan.at))
        held = CodeHeld(_why_unread(scanner))
        if held != told:
            told = held
            tell(held)
        return 0

    return Loop("scanner", _patiently(step))


def _why_unread(scanner: Scanner) -> HintCode | None:
    hint = scanner.hint() if isinstance(scanner, HintingScanner) else None
    return None if hint is None else hint.code


def card_reading(reader: CardReader, post: Callable[[CardLaid], None]) -> Loop:
    """Listens to a card reader; a number drawn anew each time identifies nobody (threat 6)."""

    def step() -> float:
        card = reader.read(_LISTEN_S)
        if card is not None and not card.uid_is_random:
            post(CardLaid(card.uid, card.at))
        return 0

    return Loop("card_reader", _patiently(step))


def _patiently(step: Callable[[], float]) -> Callable[[], float]:
    """Devices are found again by themselves (fault 5); one that can't work is left alone longer."""

    def patient() -> float:
        try:
            return step()
        except CannotWork as error:
            _log.warning("device_unusable", trouble=error.code)
            return _DEAD_S
        except HardwareError:
            return _AWAY_S

    return patient


class HealthWatch:
    """Tells the server and the screen when a device breaks or works again."""

    def __init__(
        self,
        devices: Devices,
        premises: Premises,
        post: Post,
        certificate: Callable[[], str] = lambda: "",
    ) -> None:
        self._devices = devices
        self._premises = premises
        self._post = post
        self._certificate = certificate
        self._last: Healths = {}
        self.loop = Loop("health", self.step)

    def step(self) -> float:
        """Compare with the last look; answers the seconds until the next."""
        found = self._devices.health()
        now: Healths = {
            kind.value: (health.state, health.detail_code) for kind, health in found.items()
        }
        if warning := self._certificate():
            now[CERTIFICATE] = (HealthState.DEGRADED, warning)
        if self._premises.clock.trust() is ClockTrust.UNTRUSTED:
            now[CLOCK] = (HealthState.DEGRADED, "clock_untrusted")
        if now != self._last:
            self._last = now
            self._tell(now)
        return _LOOK_S

    def _tell(self, now: Healths) -> None:
        premises = self._premises
        with premises.database.write() as tx:
            event = HealthEvent(
                **premises.journal.stamp(tx, premises.clock.now()),
                devices=tuple(
                    DeviceHealth(device=name, state=state.value, detail=detail)
                    for name, (state, detail) in now.items()
                ),
                version=version("lystok"),
                queue_length=outbox.backlog(tx).queued,
            )
            premises.journal.write(tx, event)
        bad = (HealthState.DEGRADED, HealthState.FAILED)
        log = _log.warning if any(state in bad for state, _ in now.values()) else _log.info
        log("devices", **{name: detail for name, (_, detail) in now.items()})
        self._post(DevicesChanged())


def works(device: Device) -> bool:
    """Whether a device is not known to have failed."""
    return device.health().state is not HealthState.FAILED
