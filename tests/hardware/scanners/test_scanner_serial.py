"""Scanners on a serial line: the real pyserial on a pseudo-terminal, which a test holds."""

import os
import tty
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.scans import ScanKind, classify
from hardware import factory
from hardware.contracts import (
    BadSettings,
    Detail,
    DeviceMissing,
    DeviceOffline,
    HealthState,
    Now,
    Scanner,
)
from hardware.scanner_serial import SerialStream, Settings, connect
from tests.hardware.conftest import MOMENT

TICKET = b"LT1:6BF+70790T9WJWG.FKY*4GO0.O1CV2$R%1/:QJ"
Connect = Callable[..., Scanner]


class SendingScanner:
    """A scanner at the far end of a pseudo-terminal; `link` is its by-id link."""

    def __init__(self, folder: Path, name: str = "usb-Example_Scanner_0001-if00") -> None:
        self.link = folder / name
        self._ends: tuple[int, int] | None = None

    def plug(self) -> None:
        self._ends = os.openpty()
        tty.setraw(self._ends[1])
        self.link.symlink_to(os.ttyname(self._ends[1]))

    def unplug(self) -> None:
        if self._ends:
            self.link.unlink()
            for end in self._ends:
                os.close(end)
            self._ends = None

    close = unplug

    def send(self, data: bytes) -> None:
        assert self._ends is not None
        assert os.write(self._ends[0], data) == len(data)


@pytest.fixture
def device(tmp_path: Path, opened: Callable[[Any], Any]) -> SendingScanner:
    """A scanner that is plugged in."""
    scanner: SendingScanner = opened(SendingScanner(tmp_path))
    scanner.plug()
    return scanner


@pytest.fixture
def connected(now: Now, opened: Callable[[Any], Any]) -> Connect:
    """Makes the driver of a scanner, which then has its port open."""

    def of(device: SendingScanner, **settings: Any) -> Scanner:
        config = {"driver": "serial", "port": str(device.link), **settings}
        driver: Scanner = opened(factory.make_scanner(config, now))
        assert driver.read(0) is None
        return driver

    return of


def codes(scanner: Scanner, *, wait_s: float = 5.0) -> list[bytes]:
    """What it reads; only the first code is waited for."""
    found: list[bytes] = []
    while scan := scanner.read(0 if found else wait_s):
        found.append(scan.data)
    return found


@pytest.mark.fault(8)
@pytest.mark.parametrize("end", [b"\r", b"\n", b"\r\n"])
def test_a_code_arrives_without_its_line_end(
    device: SendingScanner, connected: Connect, end: bytes
) -> None:
    scanner = connected(device)
    device.send(TICKET + end)
    scan = scanner.read(5.0)
    assert scan is not None
    assert scan.data == TICKET
    assert timedelta(0) <= MOMENT - scan.at < timedelta(seconds=5)
    assert scanner.read(0) is None


@pytest.mark.fault(8)
def test_what_a_scanner_puts_around_a_code_is_taken_off(
    device: SendingScanner, connected: Connect
) -> None:
    scanner = connected(device, prefix="\x02", suffix="\x03")
    device.send(b"\x02]Q1" + TICKET + b"\x03\r\n")
    (code,) = codes(scanner)
    assert code == b"]Q1" + TICKET
    assert classify(code).kind is ScanKind.TICKET_CODE


@pytest.mark.fault(8)
def test_half_a_code_is_dropped_after_the_pause(device: SendingScanner, connected: Connect) -> None:
    scanner = connected(device, pause_s=0.05)
    device.send(TICKET[:20])
    assert scanner.read(0.1) is None
    device.send(b"12345\r")
    assert codes(scanner) == [b"12345"]


def test_a_code_that_comes_in_pieces_is_whole(device: SendingScanner, connected: Connect) -> None:
    scanner = connected(device, pause_s=5)
    for at in range(0, len(TICKET), 7):
        device.send(TICKET[at : at + 7])
        assert scanner.read(0) is None
    device.send(b"\r")
    assert codes(scanner) == [TICKET]


def test_a_pause_ends_a_code_of_a_scanner_without_line_ends(
    device: SendingScanner, connected: Connect
) -> None:
    scanner = connected(device, ends_by="pause", pause_s=0.05)
    device.send(TICKET)
    assert codes(scanner) == [TICKET]


@pytest.mark.fault(9)
def test_a_scanner_that_goes_on_reading_one_code_scans_it_once(
    device: SendingScanner, connected: Connect
) -> None:
    scanner = connected(device)
    device.send(b"12345\r\n" * 40 + b"67890\r\n")
    assert codes(scanner) == [b"12345", b"67890"]


def test_two_scanners_are_two_drivers(
    device: SendingScanner, connected: Connect, tmp_path: Path, opened: Callable[[Any], Any]
) -> None:
    other_device: SendingScanner = opened(SendingScanner(tmp_path, "usb-Other-if00"))
    other_device.plug()
    scanner, other = connected(device), connected(other_device)
    device.send(b"24")
    other_device.send(b"35")
    device.send(b"6\r")
    other_device.send(b"7\r")
    assert (codes(scanner), codes(other)) == ([b"246"], [b"357"])


@pytest.mark.fault(5)
def test_a_scanner_that_was_unplugged_is_found_again_by_itself(
    device: SendingScanner, connected: Connect
) -> None:
    scanner = connected(device)
    device.send(b"half")
    assert scanner.read(0) is None
    device.unplug()
    with pytest.raises(DeviceMissing):
        scanner.read(0)
    assert scanner.health().state is HealthState.FAILED
    assert scanner.health().detail_code == Detail.MISSING
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(scanner.read, 10.0)
        device.plug()
        plugged_s = monotonic()
        while scanner.health().state is not HealthState.WORKS:
            assert monotonic() - plugged_s < 5.0
        device.send(b"whole\r")
        scan = waiting.result()
    assert scan is not None
    assert scan.data == b"whole"


def test_a_port_that_another_program_holds_is_told_from_a_missing_one(
    device: SendingScanner, connected: Connect, now: Now, opened: Callable[[Any], Any]
) -> None:
    connected(device)
    config = {"driver": "serial", "port": str(device.link)}
    second = opened(factory.make_scanner(config, now))
    with pytest.raises(DeviceOffline):
        second.read(0)
    assert second.health().detail_code == Detail.OFFLINE


def test_how_the_line_is_set_up_can_be_chosen(
    device: SendingScanner, opened: Callable[[Any], Any]
) -> None:
    settings = Settings(
        driver="serial", port=str(device.link), baud=38400, parity="even", data_bits=8
    )
    stream: SerialStream = opened(SerialStream(settings))
    assert (stream._port.baudrate, stream._port.parity) == (38400, "E")


@pytest.mark.threat(7)
@given(sent=st.lists(st.binary(max_size=200), max_size=5))
def test_whatever_is_sent_the_next_code_is_read(
    sent: list[bytes], tmp_path_factory: pytest.TempPathFactory
) -> None:
    device = SendingScanner(tmp_path_factory.mktemp("serial"))
    device.plug()
    scanner = connect(Settings(driver="serial", port=str(device.link)), lambda: MOMENT)
    assert scanner.read(0) is None
    device.send(b"".join(sent) + b"\rthe next code\r")
    try:
        assert b"the next code" in codes(scanner)
    finally:
        scanner.close()
        device.close()


@pytest.mark.parametrize("wrong", [{"port": ""}, {"baud": 9601}, {"parity": "mark"}])
def test_wrong_settings_are_refused(wrong: dict[str, Any], now: Now) -> None:
    with pytest.raises(BadSettings):
        factory.make_scanner({"driver": "serial", "port": "usb-Scanner-if00"} | wrong, now)
