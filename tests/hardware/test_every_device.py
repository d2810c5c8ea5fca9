"""What every driver of every kind promises as a device; a driver without a case here fails.

Beside this, each kind has a suite of its own over its drivers: `SUITES` says where.
"""

import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from threading import Event
from time import monotonic
from types import SimpleNamespace
from typing import Any

import pytest
from usb.backend import libusb1

from hardware import factory
from hardware.contracts import (
    Detail,
    DeviceClosed,
    HealthState,
    Now,
    PaperStatus,
    RetryLater,
)
from hardware.factory import Kind
from tests.hardware import test_cameras, test_printer_contract
from tests.hardware.lanes import benches

MAKERS: dict[Kind, Callable[..., Any]] = {
    Kind.CAMERA: factory.make_camera,
    Kind.CARD_READER: factory.make_card_reader,
    Kind.LANE: factory.make_lane,
    Kind.PRINTER: factory.make_printer,
    Kind.SCANNER: factory.make_scanner,
}
SIMULATED_CAMERA = {"camera": {"driver": "simulator", "fps": 100}}


@dataclass(frozen=True)
class Case:
    """A driver's settings, which name a device that is `there` or not."""

    kind: Kind
    driver: str
    settings: dict[str, Any] = field(default_factory=dict)
    there: bool = False

    @property
    def config(self) -> dict[str, Any]:
        return {"driver": self.driver} | self.settings


CASES = (
    Case(Kind.CAMERA, "opencv", {"source": "/dev/no-such-camera"}),
    Case(Kind.CAMERA, "rpicam", {"stall_s": 0.3}),
    Case(Kind.CAMERA, "simulator", {"fps": 100}, there=True),
    Case(Kind.CARD_READER, "pcsc", {"reader": "no such reader"}),
    Case(Kind.CARD_READER, "simulator", there=True),
    Case(Kind.LANE, "daemon", {"socket": "/run/no-such-lane.sock"}),
    Case(Kind.LANE, "gpio", {k: v for k, v in benches.LINES.items() if k != "driver"}),
    Case(Kind.LANE, "simulator", there=True),
    Case(Kind.PRINTER, "file", {"path": "no/such/folder/slips"}),
    Case(Kind.PRINTER, "network", {"host": "127.0.0.1", "port": 1}),
    Case(Kind.PRINTER, "serial", {"port": "usb-no-such-printer"}),
    Case(Kind.PRINTER, "simulator", {"folder": "slips"}, there=True),
    Case(Kind.PRINTER, "usb"),
    Case(Kind.SCANNER, "camera", {"camera": {"driver": "opencv", "source": "/dev/no-such-camera"}}),
    Case(Kind.SCANNER, "camera", SIMULATED_CAMERA, there=True),
    Case(Kind.SCANNER, "keyboard", {"device": "usb-no-such-scanner"}),
    Case(Kind.SCANNER, "serial", {"port": "usb-no-such-scanner"}),
)

SUITES: dict[Kind, tuple[str, set[str]]] = {
    Kind.CAMERA: ("tests.hardware.test_cameras", set(test_cameras.DRIVERS.values())),
    Kind.LANE: ("tests.hardware.lanes.test_lane_contract", set(benches.BENCHES)),
    Kind.PRINTER: (
        "tests.hardware.test_printer_contract",
        {*test_printer_contract.DRIVERS, "file"},
    ),
}
"""Kinds whose drivers all fit one suite. Readers and scanners differ too much in what arrives:
`cards`, `scanners` and `test_camera_scanner` have them."""


def test_every_driver_has_a_case() -> None:
    every = {(kind, name) for kind in Kind for name in factory.drivers(kind)}
    assert {(case.kind, case.driver) for case in CASES} == every


@pytest.mark.parametrize("kind", SUITES)
def test_every_driver_of_a_kind_goes_through_its_suite(kind: Kind) -> None:
    module, drivers = SUITES[kind]
    import_module(module)
    assert drivers == set(factory.drivers(kind))


def named(case: Case) -> str:
    return f"{case.kind}-{case.driver}"


ABSENT = pytest.mark.parametrize(
    "case", [case for case in CASES if not case.there], ids=named, indirect=True
)
PRESENT = pytest.mark.parametrize(
    "case", [case for case in CASES if case.there], ids=named, indirect=True
)


@pytest.fixture(params=CASES, ids=named)
def case(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Case:
    """A case on a machine with no USB devices and a camera program that ends at once."""
    monkeypatch.chdir(tmp_path)
    nothing = SimpleNamespace(enumerate_devices=lambda: iter(()))
    monkeypatch.setattr(libusb1, "get_backend", lambda: nothing)
    (tmp_path / "rpicam-vid").write_text("#!/bin/sh\nexit 1\n")
    (tmp_path / "rpicam-vid").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    asked: Case = request.param
    return asked


@pytest.fixture
def device(case: Case, now: Now) -> Iterator[Any]:
    started_s = monotonic()
    made = MAKERS[case.kind](case.config, now)
    assert monotonic() - started_s < 2, "building a driver never waits for its device"
    yield made
    made.close()


def ask(kind: Kind, device: Any) -> None:
    """What the station asks of such a device all day; raises what it raises."""
    match kind:
        case Kind.CAMERA:
            device.frame(0.3)
        case Kind.LANE:
            device.signals(0)
        case Kind.PRINTER:
            if device.status() is PaperStatus.MISSING:
                raise RetryLater
        case _:
            device.read(0.3)


def ask_until(kind: Kind, device: Any, holds: Callable[[], bool]) -> None:
    end_s, pause = monotonic() + 5, Event()
    while not holds():
        assert monotonic() < end_s, device.health()
        try:
            ask(kind, device)
        except RetryLater:
            pause.wait(0.01)


@ABSENT
def test_a_device_that_was_never_heard_of_is_not_called_well(device: Any) -> None:
    assert device.health().state is not HealthState.WORKS
    assert device.health().seen_at is None


@ABSENT
@pytest.mark.fault(5)
def test_a_device_that_is_missing_says_so_within_bounds_and_may_be_asked_again(
    case: Case, device: Any
) -> None:
    ask_until(case.kind, device, lambda: device.health().state is HealthState.FAILED)
    assert device.health().detail_code in {Detail.MISSING, Detail.SILENT}
    assert device.health().seen_at is None
    for _ in range(2):
        started_s = monotonic()
        with pytest.raises(RetryLater):
            ask(case.kind, device)
        assert monotonic() - started_s < 3


@PRESENT
def test_a_device_that_is_there_is_well_once_it_was_asked(case: Case, device: Any) -> None:
    ask_until(case.kind, device, lambda: device.health().state is HealthState.WORKS)
    assert device.health().detail_code == Detail.FINE


def test_a_closed_device_is_closed(case: Case, device: Any) -> None:
    device.close()
    device.close()
    assert device.health().state is HealthState.UNKNOWN
    assert device.health().detail_code == Detail.CLOSED
    with pytest.raises((DeviceClosed, RetryLater)) as caught:
        ask(case.kind, device)
    assert caught.type is DeviceClosed or case.kind is Kind.PRINTER
