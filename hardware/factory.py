"""From a name in the configuration to a driver.

A configuration is a mapping with the key `driver` and that driver's own settings. Only the
named driver's module is imported. A wrong name refuses to start: nothing ever falls back
to another driver, least of all to a simulator.

A driver's module offers two names: `Settings`, a model of its settings, and
`connect(settings, now)`, which builds the driver. Building one never waits for the device:
a device that is missing says so when it is used, and in its health.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from importlib import import_module
from typing import Any, Final, cast

from hardware.contracts import (
    BadSettings,
    Camera,
    CardReader,
    DriverNotInstalled,
    Lane,
    Now,
    Scanner,
    SlipPrinter,
    UnknownDriver,
)
from hardware.settings import did_you_mean, read_settings


class Kind(StrEnum):
    """The kinds of devices."""

    CAMERA = "camera"
    CARD_READER = "card_reader"
    LANE = "lane"
    PRINTER = "printer"
    SCANNER = "scanner"


SIMULATOR: Final = "simulator"

_MODULES: Final[Mapping[Kind, Mapping[str, str]]] = {
    Kind.CAMERA: {
        "opencv": "hardware.camera_opencv",
        "rpicam": "hardware.camera_rpicam",
        SIMULATOR: "hardware.camera_simulator",
    },
    Kind.CARD_READER: {
        "pcsc": "hardware.card_pcsc",
        SIMULATOR: "hardware.card_simulator",
    },
    Kind.LANE: {
        "daemon": "hardware.lane_client",
        "gpio": "hardware.lane_gpio",
        SIMULATOR: "hardware.lane_simulator",
    },
    Kind.PRINTER: {
        "file": "hardware.printer_file",
        "network": "hardware.printer_network",
        "serial": "hardware.printer_serial",
        "usb": "hardware.printer_usb",
        SIMULATOR: "hardware.printer_simulated",
    },
    Kind.SCANNER: {
        "camera": "hardware.camera_scanner",
        "keyboard": "hardware.scanner_keyboard",
        "serial": "hardware.scanner_serial",
    },
}


def make_camera(config: Mapping[str, Any], now: Now) -> Camera:
    """The camera that `config` names."""
    return cast(Camera, _make(Kind.CAMERA, config, now))


def make_card_reader(config: Mapping[str, Any], now: Now) -> CardReader:
    """The card reader that `config` names."""
    return cast(CardReader, _make(Kind.CARD_READER, config, now))


def make_lane(config: Mapping[str, Any], now: Now) -> Lane:
    """The lane that `config` names."""
    return cast(Lane, _make(Kind.LANE, config, now))


def make_printer(config: Mapping[str, Any], now: Now) -> SlipPrinter:
    """The slip printer that `config` names."""
    return cast(SlipPrinter, _make(Kind.PRINTER, config, now))


def make_scanner(config: Mapping[str, Any], now: Now) -> Scanner:
    """The scanner that `config` names; one that looks through a camera owns its camera."""
    return cast(Scanner, _make(Kind.SCANNER, config, now))


def drivers(kind: Kind) -> tuple[str, ...]:
    """The names that a configuration may use for a device of this kind."""
    return tuple(_MODULES[kind])


def module_name(kind: Kind, name: str) -> str:
    """Which module a driver is; raises KeyError for an unknown one."""
    return _MODULES[kind][name]


def is_simulator(name: str) -> bool:
    """Whether a driver's name means simulated hardware."""
    return name == SIMULATOR


def uses_simulator(config: Mapping[str, Any]) -> bool:
    """Whether a device's configuration, or a device within it, is simulated."""
    inner = (value for value in config.values() if isinstance(value, Mapping))
    return is_simulator(str(config.get("driver"))) or any(map(uses_simulator, inner))


_PLACES: Final = ("source", "camera", "device", "host", "port", "reader", "path", "queue", "socket")


def where(config: Mapping[str, Any]) -> str:
    """Which device a configuration means, in the words of the configuration itself."""
    told = []
    for key in (*_PLACES, "vendor", "product"):
        value = config.get(key)
        if isinstance(value, Mapping):
            told.append(f"{value.get('driver', '')} {where(value)}".strip())
        elif value is not None:
            number = key in ("vendor", "product") and isinstance(value, int)
            told.append(f"{key} = {value:#06x}" if number else f"{key} = {value}")
    return ", ".join(told)


def check(kind: Kind, config: Mapping[str, Any]) -> tuple[str, ...]:
    """Every fault of a device's configuration; opens nothing."""
    try:
        _settings(kind, config)
    except BadSettings as error:
        return error.faults
    except DriverNotInstalled as error:
        return (str(error),)
    return ()


def _make(kind: Kind, config: Mapping[str, Any], now: Now) -> object:
    module, settings = _settings(kind, config)
    return module.connect(settings, now)


def _settings(kind: Kind, config: Mapping[str, Any]) -> tuple[Any, Any]:
    """The driver's module and its checked settings."""
    module = _module(kind, config.get("driver"))
    return module, read_settings(module.Settings, config)


def _module(kind: Kind, name: object) -> Any:
    known = _MODULES[kind]
    if not isinstance(name, str) or name not in known:
        hint = did_you_mean(str(name), list(known))
        raise UnknownDriver((f"driver: no {kind} driver {name!r}, {hint}",))
    try:
        return import_module(known[name])
    except ImportError as error:
        raise DriverNotInstalled(f"driver: {kind} driver {name!r} needs {error}") from error
