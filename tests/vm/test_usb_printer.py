"""A USB printer as libusb and the kernel's usblp see it: descriptors, answers, pulled out."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from time import monotonic

import pytest
from PIL import Image

from hardware import doctor, factory
from hardware.contracts import HardwareError, Now, PaperStatus, SlipPrinter
from hardware.doctor import Bus
from hardware.printer_simulator import PrinterSimulator
from tests.vm.conftest import FOUND_WITHIN_S, appears, until
from tests.vm.gadgets import PRODUCT, VENDOR, UsbPrinter

SLIP = Image.radial_gradient("L").resize((576, 200)).point(lambda shade: 255 * (shade > 99), "1")


@pytest.fixture
def simulator(tmp_path: Path, now: Now) -> Iterator[PrinterSimulator]:
    with closing(PrinterSimulator(tmp_path / "slips", now)) as simulator:
        yield simulator


@pytest.fixture
def device(simulator: PrinterSimulator) -> Iterator[UsbPrinter]:
    with closing(UsbPrinter("P0001", simulator)) as device:
        device.plug()
        appears(Path("/dev/usb/lp0"))
        yield device


@pytest.fixture
def printer(device: UsbPrinter, now: Now) -> Iterator[SlipPrinter]:
    settings = {
        "driver": "usb", "vendor": VENDOR, "product": PRODUCT, "serial": device.serial,
        "timeout_s": 5,
    }  # fmt: skip
    with closing(factory.make_printer(settings, now)) as printer:
        until(lambda: printer.status() is PaperStatus.OK)
        yield printer


def test_a_slip_is_printed_dot_for_dot(
    printer: SlipPrinter, simulator: PrinterSimulator, tmp_path: Path
) -> None:
    printer.print_picture(SLIP)
    assert simulator.mechanism.wait_until(lambda state: bool(state["slips"]), 30)
    (file,) = (tmp_path / "slips").glob("slip-*.png")
    with Image.open(file) as paper:
        top = paper.convert("1").crop((0, 0, SLIP.width, SLIP.height))
    assert top.tobytes() == SLIP.tobytes()


@pytest.mark.fault(1, 4)
@pytest.mark.parametrize(
    "fault,status",
    [
        ({"paper": "out"}, PaperStatus.OUT),
        ({"paper": "near_end"}, PaperStatus.NEAR_END),
        ({"cover": "open"}, PaperStatus.COVER_OPEN),
        ({"answers": "silent"}, PaperStatus.SILENT),
    ],
)
def test_the_printer_says_what_is_wrong(
    printer: SlipPrinter, simulator: PrinterSimulator, fault: dict[str, str], status: PaperStatus
) -> None:
    simulator.set(**fault)
    assert printer.status() is status


@pytest.mark.fault(5)
def test_pulled_out_and_put_in_again_it_prints_within_five_seconds(
    printer: SlipPrinter, device: UsbPrinter, simulator: PrinterSimulator
) -> None:
    device.unplug()
    assert printer.status() is PaperStatus.MISSING
    device.plug()
    appears(Path("/dev/usb/lp0"))
    started_s = monotonic()
    until(lambda: printed(printer))
    assert monotonic() - started_s < FOUND_WITHIN_S * 3, "emulated: a slip alone takes seconds"
    assert simulator.mechanism.wait_until(lambda state: bool(state["slips"]), 30)


def printed(printer: SlipPrinter) -> bool:
    try:
        printer.print_picture(SLIP)
    except HardwareError:
        return False
    return True


def test_the_doctor_finds_it(device: UsbPrinter) -> None:
    found = [part for part in doctor.parts() if part.bus is Bus.USB]
    where = f"vendor = {VENDOR:#06x}, product = {PRODUCT:#06x}"
    assert ("Example Device (printer)", where) in {(part.name, part.where) for part in found}
    assert device.serial == "P0001"
