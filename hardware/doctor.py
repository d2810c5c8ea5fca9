"""What hardware there is on this machine, and what each configured device says when it is tried.

Facts and codes; words are `templates.devices`. Nothing is printed, opened or unlocked by a
trial: a printer is asked for its state, a camera for a frame, a scanner and a reader whether
they are there, a lane for its signals (a lane of pins is put into its safe levels by that, so
a station that drives one must not run meanwhile).
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from threading import Event
from time import monotonic
from typing import Any, Final, cast

from hardware import factory
from hardware.abilities import holds_light
from hardware.camera_rpicam import PROGRAMS
from hardware.contracts import (
    Camera,
    CardReader,
    Detail,
    Device,
    HardwareError,
    Health,
    HealthState,
    Lane,
    Now,
    Scanner,
    SlipPrinter,
)
from hardware.factory import Kind

PATIENCE_S: Final = 5.0

_LOOK_S: Final = 0.3
_PAUSE_S: Final = 0.1
_PRINTER_CLASS: Final = "07"


class Bus(StrEnum):
    """Where a part was found."""

    USB = "usb"
    SERIAL = "serial"
    VIDEO = "video"
    KEYBOARD = "keyboard"
    GPIO = "gpio"
    CARDS = "cards"
    PROGRAM = "program"


@dataclass(frozen=True, slots=True)
class Part:
    """Something that is there: `name` for people, `where` for a configuration."""

    bus: Bus
    name: str
    where: str


@dataclass(frozen=True, slots=True)
class Finding:
    """A configured device after its trial; `said` is the driver's own sentence, in English."""

    kind: Kind
    driver: str
    health: Health
    simulated: bool
    took_s: float
    said: str = ""
    where: str = ""
    """Which device was meant, in the words of its configuration."""
    holds_light: bool | None = None
    """Of a camera for photos: whether it can hold its exposure still for a photo."""

    @property
    def is_well(self) -> bool:
        """Whether nobody needs to do anything; of a printer behind a spool nobody knows more."""
        works = self.health.state is HealthState.WORKS
        return works or self.health.detail_code == Detail.NO_STATUS


# What is there.


def parts(root: Path = Path("/")) -> tuple[Part, ...]:
    """Everything on this machine that one of the drivers could use; never raises."""
    finders = (_usb, _serial, _video, _keyboards, _gpio)
    found = [part for finder in finders for part in _unless_gone(finder, root)]
    return (*found, *_programs(), *_card_readers())


def _unless_gone(finder: Callable[[Path], Iterator[Part]], root: Path) -> list[Part]:
    found: list[Part] = []
    # Devices may go while they are being listed.
    with suppress(OSError):
        found.extend(finder(root))
    return found


def _usb(root: Path) -> Iterator[Part]:
    for device in sorted((root / "sys/bus/usb/devices").glob("*")):
        vendor, product = _read(device / "idVendor"), _read(device / "idProduct")
        if not vendor or _read(device / "bDeviceClass") == "09":
            continue
        name = " ".join(filter(None, map(_read, (device / "manufacturer", device / "product"))))
        prints = any(_read(each) == _PRINTER_CLASS for each in device.glob("*:*/bInterfaceClass"))
        yield Part(
            Bus.USB,
            (name or "USB") + (" (printer)" if prints else ""),
            f"vendor = 0x{vendor}, product = 0x{product}",
        )


def _serial(root: Path) -> Iterator[Part]:
    for link in _listed(root / "dev/serial/by-id"):
        yield Part(Bus.SERIAL, link.name, f'port = "{link.name}"')
    for name in ("serial0", "ttyAMA0"):
        if (root / "dev" / name).exists():
            yield Part(Bus.SERIAL, name, f'port = "/dev/{name}"')


def _video(root: Path) -> Iterator[Part]:
    stable = {link.resolve().name: link.name for link in _listed(root / "dev/v4l/by-id")}
    for device in _listed(root / "sys/class/video4linux"):
        name = _read(device / "name")
        where = stable.get(device.name, f"/dev/{device.name}")
        yield Part(Bus.VIDEO, name or device.name, f'source = "{where}"')


def _keyboards(root: Path) -> Iterator[Part]:
    for link in _listed(root / "dev/input/by-id"):
        if link.name.endswith("-event-kbd"):
            yield Part(Bus.KEYBOARD, link.name, f'device = "{link.name}"')


def _gpio(root: Path) -> Iterator[Part]:
    model = _read(root / "proc/device-tree/model").rstrip("\0")
    for chip in sorted((root / "dev").glob("gpiochip*")):
        yield Part(Bus.GPIO, model or chip.name, f"/dev/{chip.name}")


def _programs() -> Iterator[Part]:
    for name in PROGRAMS:
        if path := shutil.which(name):
            yield Part(Bus.PROGRAM, name, path)


def _card_readers() -> Iterator[Part]:
    try:
        # Not every station has the library.
        from smartcard import scard  # noqa: PLC0415

        from hardware import card_pcsc  # noqa: PLC0415
    except ImportError:
        return
    with suppress(card_pcsc.Refused):
        context = card_pcsc.ask(scard.SCardEstablishContext, scard.SCARD_SCOPE_SYSTEM)
        try:
            for name in card_pcsc.readers(context):
                yield Part(Bus.CARDS, name, f'reader = "{name}"')
        finally:
            scard.SCardReleaseContext(context)


def _listed(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


# How it is.


def examine(
    kind: Kind, config: Mapping[str, Any], now: Now, patience_s: float = PATIENCE_S
) -> Finding:
    """Try one configured device for `patience_s` at most; never raises."""
    started_s = monotonic()
    said, light = "", None
    try:
        with closing(cast(Any, _MAKERS[kind](config, now))) as device:
            said = _tried(kind, device, patience_s)
            health = device.health()
            light = holds_light(device) if kind is Kind.CAMERA else None
    except HardwareError as error:
        health, said = Health(HealthState.FAILED, error.code, None), str(error)
    return Finding(
        kind,
        str(config.get("driver")),
        health,
        factory.uses_simulator(config),
        round(monotonic() - started_s, 2),
        said,
        factory.where(config),
        light,
    )


def _tried(kind: Kind, device: Device, patience_s: float) -> str:
    """Ask a device until it answers or patience ends; its last complaint."""
    deadline_s, pause = monotonic() + patience_s, Event()
    said = ""
    while True:
        try:
            _TRIALS[kind](device)
            said = ""
        except HardwareError as error:
            said = str(error)
        settled = device.health().state in (HealthState.WORKS, HealthState.DEGRADED)
        if settled or kind is Kind.PRINTER or monotonic() >= deadline_s:
            return said
        pause.wait(_PAUSE_S)


_MAKERS: Final[Mapping[Kind, Callable[[Mapping[str, Any], Now], object]]] = {
    Kind.CAMERA: factory.make_camera,
    Kind.CARD_READER: factory.make_card_reader,
    Kind.LANE: factory.make_lane,
    Kind.PRINTER: factory.make_printer,
    Kind.SCANNER: factory.make_scanner,
}
_TRIALS: Final[Mapping[Kind, Callable[[Any], object]]] = {
    Kind.CAMERA: lambda device: cast(Camera, device).frame(_LOOK_S),
    Kind.CARD_READER: lambda device: cast(CardReader, device).read(_LOOK_S),
    Kind.LANE: lambda device: cast(Lane, device).signals(_LOOK_S),
    Kind.PRINTER: lambda device: cast(SlipPrinter, device).status(),
    Kind.SCANNER: lambda device: cast(Scanner, device).read(_LOOK_S),
}
