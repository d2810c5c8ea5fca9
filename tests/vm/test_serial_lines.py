"""Scanner and printer on a USB serial adapter of the kernel's own: by stable name, pulled out."""

from __future__ import annotations

import os
import tty
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from select import POLLIN, poll
from socket import create_connection
from threading import Event, Thread
from time import monotonic

import pytest
from PIL import Image

from hardware import factory
from hardware.contracts import DeviceOffline, HealthState, Now, PaperStatus, RetryLater
from hardware.printer_simulator import PrinterSimulator
from tests.vm.conftest import FOUND_WITHIN_S, appears, until
from tests.vm.gadgets import SerialDevice


@pytest.fixture
def line() -> Iterator[SerialDevice]:
    with closing(SerialDevice("S0001")) as device:
        device.plug()
        appears(device.link)
        yield device
    until(lambda: not device.link.exists())


class Sender:
    """A scanner at the far end of the line."""

    def __init__(self, line: SerialDevice) -> None:
        self._end = os.open(line.end, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(self._end)

    def send(self, data: bytes) -> None:
        os.write(self._end, data)

    def close(self) -> None:
        os.close(self._end)


@pytest.mark.fault(8)
def test_codes_come_through_and_half_ones_do_not(line: SerialDevice, now: Now) -> None:
    settings = {"driver": "serial", "port": line.link.name, "prefix": "~", "suffix": "#"}
    with closing(factory.make_scanner(settings, now)) as scanner, closing(Sender(line)) as sender:
        assert scanner.read(0) is None
        sender.send(b"alf a code#\r\n~LT1:WHOLE#\r\n")
        scan = scanner.read(10)
        assert scan is not None
        assert scan.data == b"LT1:WHOLE"
        assert scanner.read(0.5) is None


def test_one_program_has_a_line_for_itself(line: SerialDevice, now: Now) -> None:
    settings = {"driver": "serial", "port": line.link.name}
    with (
        closing(factory.make_scanner(settings, now)) as one,
        closing(factory.make_scanner(settings, now)) as other,
    ):
        assert one.read(0) is None
        with pytest.raises(DeviceOffline):
            other.read(0)


@pytest.mark.fault(5)
def test_pulled_out_and_put_in_again_it_is_found_within_five_seconds(
    line: SerialDevice, now: Now
) -> None:
    settings = {"driver": "serial", "port": line.link.name}
    with closing(factory.make_scanner(settings, now)) as scanner:
        assert scanner.read(0) is None
        line.unplug()
        with pytest.raises(RetryLater):
            scanner.read(5)
        line.plug()
        appears(line.link)
        started_s = monotonic()
        while scanner.health().state is not HealthState.WORKS:
            with suppress(RetryLater):
                scanner.read(0)
        assert monotonic() - started_s < FOUND_WITHIN_S


@pytest.fixture
def simulator(tmp_path: Path, now: Now) -> Iterator[PrinterSimulator]:
    with closing(PrinterSimulator(tmp_path / "slips", now)) as simulator:
        yield simulator


@pytest.fixture
def carried(line: SerialDevice, simulator: PrinterSimulator) -> Iterator[None]:
    """The simulator stands at the far end of the line."""
    ended = Event()

    def carry() -> None:
        wait, end = poll(), os.open(line.end, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(end)
        with create_connection((simulator.host, simulator.port)) as peer:
            wait.register(end, POLLIN)
            wait.register(peer, POLLIN)
            while not ended.is_set():
                for ready, _ in wait.poll(50):
                    if ready == end:
                        peer.sendall(os.read(end, 4096))
                    else:
                        os.write(end, peer.recv(4096))
        os.close(end)

    thread = Thread(target=carry)
    thread.start()
    yield
    ended.set()
    thread.join()


@pytest.mark.usefixtures("carried")
def test_a_slip_goes_through_the_line_and_the_printer_answers(
    line: SerialDevice, simulator: PrinterSimulator, now: Now, tmp_path: Path
) -> None:
    settings = {"driver": "serial", "port": line.link.name, "baud": 115200}
    with closing(factory.make_printer(settings, now)) as printer:
        assert printer.status() is PaperStatus.OK
        printer.print_picture(Image.linear_gradient("L").resize((576, 200)))
        assert simulator.mechanism.wait_until(lambda state: bool(state["slips"]), 30)
        assert list((tmp_path / "slips").glob("slip-*.png"))
        simulator.set(paper="out")
        until(lambda: printer.status() is PaperStatus.OUT)
