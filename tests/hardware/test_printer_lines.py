"""What printers on USB and serial lines have of their own, beside what all printers promise."""

import os
import tty
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import serial
from PIL import Image
from usb.backend import libusb1

from hardware import factory
from hardware.contracts import (
    Detail,
    DeviceBroken,
    DeviceMissing,
    DeviceOffline,
    DeviceSilent,
    DriverNotInstalled,
    HealthState,
    Now,
    PaperStatus,
    SlipPrinter,
)
from hardware.printer_serial import SerialLink, Settings
from hardware.printer_simulator import PrinterSimulator
from tests.hardware.dots import differing
from tests.hardware.printer_peers import SerialCable, UsbPort

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from escpos.printer import Usb

Made = Callable[..., SlipPrinter]

SLIP = Image.new("1", (576, 120), 0)


@pytest.fixture
def port(paper_printer: PrinterSimulator, monkeypatch: pytest.MonkeyPatch) -> UsbPort:
    port = UsbPort(paper_printer)
    monkeypatch.setattr(libusb1, "get_backend", lambda: port)
    return port


@pytest.fixture
def made(now: Now, opened: Callable[[Any], Any]) -> Made:
    def make(**settings: Any) -> SlipPrinter:
        return opened(factory.make_printer({"timeout_s": 0.3, **settings}, now))  # type: ignore[no-any-return]

    return make


def slips(device: PrinterSimulator) -> list[Any]:
    return list(device.state()["slips"])


# USB.


@pytest.mark.parametrize("out,answers", [(0x01, 0x82), (0x03, 0x84), (0x02, 0x81)])
def test_end_points_are_those_of_the_descriptor(
    port: UsbPort, made: Made, paper_printer: PrinterSimulator, out: int, answers: int
) -> None:
    port.ends = (out, answers)
    made(driver="usb").print_picture(SLIP)
    assert [each["lines"] for each in slips(paper_printer)] == [144]


def test_the_kernel_lets_go_and_the_setting_that_answers_is_chosen(
    port: UsbPort, made: Made
) -> None:
    assert made(driver="usb").status() is PaperStatus.OK
    assert port.held is False
    assert port.claimed == [(0, 0), (0, 1)]


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"vendor": UsbPort.VENDOR},
        {"vendor": UsbPort.VENDOR, "product": UsbPort.PRODUCT, "serial": UsbPort.SERIAL},
    ],
)
def test_a_printer_is_found_by_its_class_and_by_its_numbers(
    port: UsbPort, made: Made, wanted: dict[str, Any]
) -> None:
    assert made(driver="usb", **wanted).status() is PaperStatus.OK


@pytest.mark.parametrize("wanted", [{"vendor": 1}, {"serial": "B8"}, {"product": 0xC31C}])
@pytest.mark.fault(5)
def test_another_device_is_not_taken_for_the_printer(
    port: UsbPort, made: Made, wanted: dict[str, Any]
) -> None:
    printer = made(driver="usb", **wanted)
    assert printer.status() is PaperStatus.MISSING
    with pytest.raises(DeviceMissing):
        printer.print_picture(SLIP)


def test_a_printer_of_its_makers_own_class_is_believed_when_it_is_named(
    port: UsbPort, made: Made
) -> None:
    port.printer_class = 0xFF
    assert made(driver="usb").status() is PaperStatus.MISSING
    assert made(driver="usb", product=UsbPort.PRODUCT).status() is PaperStatus.OK


def test_a_printer_that_has_no_way_to_answer_is_refused_and_the_other_driver_named(
    port: UsbPort, made: Made
) -> None:
    port.ends = (0x03, 0)
    printer = made(driver="usb")
    with pytest.raises(DeviceBroken, match="'file'"):
        printer.print_picture(SLIP)
    assert printer.status() is PaperStatus.BROKEN


def test_a_printer_that_this_user_may_not_use_is_not_called_missing(
    port: UsbPort, made: Made
) -> None:
    port.forbidden = True
    printer = made(driver="usb")
    assert printer.status() is PaperStatus.OFFLINE
    with pytest.raises(DeviceOffline, match="may not use"):
        printer.print_picture(SLIP)
    assert printer.health().detail_code == Detail.OFFLINE


def test_without_libusb_the_driver_is_not_installed(
    made: Made, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libusb1, "get_backend", lambda: None)
    with pytest.raises(DriverNotInstalled, match=r"libusb-1\.0"):
        made(driver="usb")


def test_an_answer_of_before_is_not_taken_for_one_of_now(
    port: UsbPort, made: Made, paper_printer: PrinterSimulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    printer, open_device = made(driver="usb"), port.open_device

    def with_rest(dev: str) -> Any:
        handle = open_device(dev)
        if handle.line:
            handle.line.sendall(b"\x10\x04\x04")
            assert handle.line.recv(1, 2) == b"\x7e"
            paper_printer.set(paper="ok")
        return handle

    paper_printer.set(paper="out")
    monkeypatch.setattr(port, "open_device", with_rest)
    assert printer.status() is PaperStatus.OK


def test_the_port_of_these_tests_serves_another_makers_driver_too(
    port: UsbPort, paper_printer: PrinterSimulator
) -> None:
    port.ends = (0x01, 0x82)
    peer = Usb(UsbPort.VENDOR, UsbPort.PRODUCT, timeout=2000)
    peer.open()
    port.held = False
    port.set_interface_altsetting(None, 0, 1)
    peer._device.set_interface_altsetting(0, 1)
    peer.image(SLIP)
    peer.cut()
    assert paper_printer.mechanism.wait_until(lambda state: bool(state["slips"]), 5)
    peer.close()


# Serial.


@pytest.fixture
def cable(
    paper_printer: PrinterSimulator, tmp_path: Path, opened: Callable[[Any], Any]
) -> SerialCable:
    return opened(SerialCable(paper_printer, tmp_path / "usb-Example_Printer-if00"))  # type: ignore[no-any-return]


@pytest.fixture
def deaf(tmp_path: Path) -> Iterator[Path]:
    """A line whose other end takes nothing."""
    ends = os.openpty()
    tty.setraw(ends[1])
    yield Path(os.ttyname(ends[1]))
    for end in ends:
        os.close(end)


@pytest.mark.parametrize("flow", ["none", "rts_cts", "xon_xoff"])
def test_slips_come_through_under_any_flow_control(
    cable: SerialCable, made: Made, paper_printer: PrinterSimulator, tmp_path: Path, flow: str
) -> None:
    made(driver="serial", port=str(cable.link), baud=115200, flow=flow).print_picture(SLIP)
    with Image.open(tmp_path / "slips" / slips(paper_printer)[0]["png"]) as paper:
        assert differing(paper.crop((0, 0, 576, 120)), SLIP) == 0


@pytest.mark.fault(3)
def test_a_printer_that_takes_no_more_is_silent_in_bounds(deaf: Path) -> None:
    link = SerialLink(Settings(driver="serial", port=str(deaf), timeout_s=0.2))
    with pytest.raises(DeviceSilent):
        link.send(bytes(1 << 20), 0.2)
    link.close()


@pytest.mark.fault(3)
def test_what_waits_in_the_systems_buffer_is_waited_for_in_bounds(
    cable: SerialCable, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Pseudo-terminals have no such buffer: its filling is played.
    link = SerialLink(Settings(driver="serial", port=str(cable.link), timeout_s=0.2))
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: 4096))
    with pytest.raises(DeviceSilent):
        link.send(b"x", 0.2)
    filling = iter([600, 300, 0])
    monkeypatch.setattr(serial.Serial, "out_waiting", property(lambda _: next(filling)))
    link.send(b"x", 0.2)
    assert list(filling) == []
    link.close()


@pytest.mark.fault(3)
def test_a_line_without_printer_is_silent_and_not_out_of_paper(made: Made, deaf: Path) -> None:
    printer = made(driver="serial", port=str(deaf))
    assert printer.status() is PaperStatus.SILENT
    assert printer.health().state is HealthState.UNKNOWN


def test_a_port_that_another_program_holds_is_not_called_missing(
    cable: SerialCable, made: Made
) -> None:
    settings = Settings(driver="serial", port=str(cable.link))
    holder = SerialLink(settings)
    printer = made(driver="serial", port=str(cable.link))
    assert printer.status() is PaperStatus.OFFLINE
    with pytest.raises(DeviceOffline):
        printer.print_picture(SLIP)
    holder.close()
    assert printer.status() is PaperStatus.OK


@pytest.mark.fault(5)
def test_a_port_that_is_not_there_is_missing(made: Made) -> None:
    assert made(driver="serial", port="usb-None").status() is PaperStatus.MISSING
