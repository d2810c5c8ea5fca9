"""Devices are listened to, found again, and their troubles told to staff."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from queue import Empty, SimpleQueue
from time import monotonic

import pytest
from structlog.testing import capture_logs

from gate.events import Health
from gate.facts import ClockTrust
from hardware.abilities import HintCode, ScanHint
from hardware.card_simulator import Settings as CardSettings
from hardware.card_simulator import SimulatedCardReader, Trouble
from hardware.contracts import (
    Card,
    CodeFormat,
    DeviceClosed,
    DeviceMissing,
    DriverNotInstalled,
    HealthState,
    Scan,
)
from hardware.contracts import Health as DeviceHealth
from hardware.factory import Kind
from hardware.printer_simulated import Settings as PrinterSettings
from hardware.printer_simulated import SimulatedPrinter
from kiosk.config import DevicesSettings, PrintSettings
from kiosk.devices import Devices, HealthWatch, card_reading, make_devices, scanning, works
from kiosk.messages import CardLaid, CodeHeld, CodeScanned, DevicesChanged, Message
from kiosk.printing import PrintDesk
from kiosk.sync.loop import Loop
from tests.kiosk.house import AT, House


class Handheld:
    """A scanner that gives what is put into it; it raises what is an error."""

    def __init__(self) -> None:
        self.codes: SimpleQueue[bytes | Exception] = SimpleQueue()
        self.state = HealthState.WORKS

    def read(self, timeout_s: float) -> Scan | None:
        try:
            code = self.codes.get(timeout=min(timeout_s, 0.05))
        except Empty:
            return None
        if isinstance(code, Exception):
            raise code
        return Scan(code, CodeFormat.QR, AT)

    def health(self) -> DeviceHealth:
        detail = "missing" if self.state is HealthState.FAILED else "fine"
        return DeviceHealth(self.state, detail, AT)

    def close(self) -> None:
        self.codes.put(DeviceClosed("closed"))


@pytest.fixture
def scanner() -> Handheld:
    return Handheld()


@pytest.fixture
def posted() -> list[Message]:
    return []


@pytest.fixture
def run() -> Iterator[Callable[[Loop], None]]:
    """Runs loops until the end of the test."""
    loops: list[Loop] = []

    def start(loop: Loop) -> None:
        loops.append(loop)
        loop.start()

    yield start
    for loop in loops:
        loop.stop()


def until(holds: Callable[[], bool]) -> None:
    ends, pause = monotonic() + 5, threading.Event()
    while not holds():
        assert monotonic() < ends, "it never happened"
        pause.wait(0.005)


def test_what_is_scanned_is_told(
    scanner: Handheld, posted: list[Message], run: Callable[[Loop], None]
) -> None:
    scanner.codes.put(b"LT1:ABC")
    run(scanning(scanner, posted.append))
    until(lambda: posted == [CodeScanned(b"LT1:ABC", AT)])


class Seeing(Handheld):
    """A scanner that sees what it can't read."""

    def __init__(self, *hints: HintCode | None) -> None:
        super().__init__()
        self.hints = list(hints)

    def hint(self) -> ScanHint | None:
        code = self.hints.pop(0) if len(self.hints) > 1 else self.hints[0]
        return None if code is None else ScanHint(code)


def test_why_a_code_is_not_read_is_told_once_and_so_is_its_end(
    posted: list[Message], run: Callable[[Loop], None]
) -> None:
    seeing = Seeing(None, HintCode.TOO_FAR, HintCode.TOO_FAR, HintCode.GLARE, None)
    run(scanning(seeing, posted.append, posted.append))
    told = [CodeHeld(HintCode.TOO_FAR), CodeHeld(HintCode.GLARE), CodeHeld(None)]
    until(lambda: posted == told)


@pytest.fixture
def reader() -> Iterator[SimulatedCardReader]:
    reader = SimulatedCardReader(CardSettings(driver="simulator"), lambda: AT)
    yield reader
    reader.close()


class Watched:
    """A card reader of which is told that it was found to be away."""

    def __init__(self, reader: SimulatedCardReader, missed: threading.Event) -> None:
        self._reader = reader
        self._missed = missed

    def read(self, timeout_s: float) -> Card | None:
        try:
            return self._reader.read(min(timeout_s, 0.05))
        except DeviceMissing:
            self._missed.set()
            raise

    def health(self) -> DeviceHealth:
        return self._reader.health()

    def close(self) -> None:
        self._reader.close()


@pytest.mark.fault(5)
def test_a_card_reader_that_was_unplugged_is_heard_again(
    reader: SimulatedCardReader, posted: list[Message], run: Callable[[Loop], None]
) -> None:
    looked = threading.Event()
    reader.trouble(Trouble.GONE)
    with capture_logs() as logged:
        run(card_reading(Watched(reader, looked), posted.append))
        assert looked.wait(5), "it is listened to while it is away"
        reader.trouble(Trouble.NONE)
        reader.lay(bytes.fromhex("04A1B2C3D4E5F6"))
        until(lambda: posted == [CardLaid(bytes.fromhex("04A1B2C3D4E5F6"), AT)])
    assert logged == [], "whoever pulls a plug is no error of the program"


class Pad:
    """A card reader on which these cards lie one after the other."""

    def __init__(self, *uids: str) -> None:
        self.cards = [Card(bytes.fromhex(uid), None, AT) for uid in uids]

    def read(self, timeout_s: float) -> Card | None:
        if not self.cards:
            raise DeviceClosed(f"no more cards, not even after {timeout_s} s")
        return self.cards.pop(0)

    def health(self) -> DeviceHealth:
        return DeviceHealth(HealthState.WORKS, "fine", AT)

    def close(self) -> None:
        self.cards.clear()


@pytest.mark.threat(6)
def test_a_number_that_a_phone_draws_anew_each_time_opens_nothing(
    posted: list[Message], run: Callable[[Loop], None]
) -> None:
    run(card_reading(Pad("08A1B2C3", "04A1B2C3"), posted.append))
    until(lambda: posted == [CardLaid(bytes.fromhex("04A1B2C3"), AT)])


def last_health(house: House) -> dict[str, str]:
    told = [event for event in house.told() if isinstance(event, Health)]
    return {device.device: device.detail for device in told[-1].devices}


def test_a_device_that_breaks_and_works_again_is_told_each_time_once(
    house: House, scanner: Handheld, posted: list[Message]
) -> None:
    watch = HealthWatch(Devices(scanner=scanner), house.premises, posted.append)
    for state in (HealthState.WORKS, HealthState.FAILED, HealthState.FAILED, HealthState.WORKS):
        scanner.state = state
        watch.step()
    assert house.kinds() == ["health"] * 3
    assert posted == [DevicesChanged()] * 3


@pytest.mark.fault(1)
def test_staff_are_told_that_the_paper_is_out(
    house: House, scanner: Handheld, posted: list[Message], tmp_path: Path
) -> None:
    settings = PrinterSettings(driver="simulator", folder=tmp_path / "paper", timeout_s=0.5)
    printer = SimulatedPrinter(settings, lambda: AT)
    watch = HealthWatch(Devices(scanner=scanner, printer=printer), house.premises, posted.append)
    desk = PrintDesk(
        house.database, printer, house.premises.journal, house.premises.clock,
        lambda _: None, PrintSettings(),
    )  # fmt: skip
    printer.simulator.set(paper="out")
    desk.step()  # nobody waits for a slip: the printer is looked after all the same
    watch.step()
    assert last_health(house)["printer"] == "paper_out"
    printer.simulator.set(paper="ok")
    desk.step()
    watch.step()
    assert last_health(house)["printer"] == "fine"
    printer.close()


@pytest.mark.fault(19)
def test_a_clock_that_nothing_confirms_is_told_beside_the_devices(
    house: House, scanner: Handheld, posted: list[Message]
) -> None:
    trust = [ClockTrust.UNTRUSTED]
    clock = replace(house.premises.clock, trust=lambda: trust[0])
    premises = replace(house.premises, clock=clock)
    watch = HealthWatch(Devices(scanner=scanner), premises, posted.append)
    watch.step()
    assert last_health(house)["clock"] == "clock_untrusted"
    trust[0] = ClockTrust.TRUSTED
    watch.step()
    assert "clock" not in last_health(house)


def test_a_scanner_that_never_answered_is_not_called_broken(scanner: Handheld) -> None:
    scanner.state = HealthState.UNKNOWN
    assert works(scanner)
    scanner.state = HealthState.FAILED
    assert not works(scanner)


def test_the_devices_are_made_by_the_names_of_their_drivers(tmp_path: Path) -> None:
    settings = DevicesSettings(
        scanner={"driver": "camera", "camera": {"driver": "simulator"}},
        printer={"driver": "simulator", "folder": str(tmp_path)},
        card_reader={"driver": "simulator"},
        camera={"driver": "simulator"},
        lane={"driver": "simulator"},
    )
    devices = make_devices(settings, lambda: AT)
    assert set(devices.named()) == set(Kind)
    assert set(settings.simulated) == set(devices.named())
    devices.close()


@pytest.mark.fault(6)
def test_a_camera_whose_program_is_missing_keeps_nobody_out(
    monkeypatch: pytest.MonkeyPatch, house: House, posted: list[Message]
) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    settings = DevicesSettings(
        scanner={"driver": "camera", "camera": {"driver": "simulator"}},
        camera={"driver": "rpicam"},
    )
    devices = make_devices(settings, lambda: AT)
    HealthWatch(devices, house.premises, posted.append).step()
    assert last_health(house)["camera"] == "driver_not_installed"
    assert devices.camera is not None
    with pytest.raises(DriverNotInstalled, match="rpicam-vid"):
        devices.camera.frame(1)
    devices.close()
