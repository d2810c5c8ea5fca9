"""What every slip printer promises: the driver against a printer on TCP that fails on command."""

import socket
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from PIL import Image
from usb.backend import libusb1

from demo.programs import wait_until
from hardware import factory
from hardware.contracts import (
    CoverOpen,
    CutterJam,
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    HardwareError,
    HealthState,
    Now,
    PaperOut,
    PaperStatus,
    PictureTooWide,
    PrintUncertain,
    SlipPrinter,
)
from hardware.printer_network import Settings
from hardware.printer_simulator import PrinterSimulator
from tests.hardware.conftest import MOMENT
from tests.hardware.dots import differing
from tests.hardware.printer_peers import SerialCable, UsbPort

TIMEOUT_S = 0.4
FEED = 24


DRIVERS = ("network", "serial", "simulator", "usb")
"""Drivers of printers that answer; `test_printer_file` has the one that does not."""


@pytest.fixture(params=DRIVERS)
def pair(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    now: Now,
    paper_printer: PrinterSimulator,
    monkeypatch: pytest.MonkeyPatch,
    opened: Callable[[Any], Any],
) -> tuple[SlipPrinter, PrinterSimulator]:
    """A driver, and the printer at the other end."""
    common = {"driver": request.param, "timeout_s": TIMEOUT_S}
    where: dict[str, Any] = {}
    match request.param:
        case "network":
            where = {"host": paper_printer.host, "port": paper_printer.port}
        case "serial":
            cable = opened(SerialCable(paper_printer, tmp_path / "usb-Example_Printer-if00"))
            where = {"port": str(cable.link)}
        case "usb":
            port = UsbPort(paper_printer)
            monkeypatch.setattr(libusb1, "get_backend", lambda: port)
        case _:
            where = {"folder": tmp_path / "slips"}
    driver = opened(factory.make_printer(common | where, now))
    return driver, getattr(driver, "simulator", paper_printer)


ONE_LINE = pytest.mark.parametrize("pair", ["network"], indirect=True)
"""For what is the same whatever the printer hangs at, and takes time."""


@pytest.fixture
def printer(pair: tuple[SlipPrinter, PrinterSimulator]) -> SlipPrinter:
    return pair[0]


@pytest.fixture
def device(pair: tuple[SlipPrinter, PrinterSimulator]) -> PrinterSimulator:
    return pair[1]


@pytest.fixture
def aside() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def slip(height: int = 400) -> Image.Image:
    picture = Image.new("1", (576, height), 1)
    picture.paste(0, (40, 30, 300, height - 60))
    return picture


def print_soon(printer: SlipPrinter) -> None:
    """Print as soon as the printer is found again, within 5 s."""
    end_s = monotonic() + 5
    while True:
        try:
            return printer.print_picture(slip())
        except DeviceMissing:
            if monotonic() > end_s:
                raise


def kept(device: PrinterSimulator, count: int = 0) -> list[dict[str, Any]]:
    """Slips that came out; a printer may still be busy with the last of `count` of them."""
    wait_until(lambda: len(device.state()["slips"]) >= count, 5)
    return list(device.state()["slips"])


def test_a_slip_comes_out_dot_for_dot(
    printer: SlipPrinter, device: PrinterSimulator, tmp_path: Path
) -> None:
    printer.print_picture(slip())
    with Image.open(tmp_path / "slips" / kept(device)[0]["png"]) as paper:
        assert paper.size == (576, 400 + FEED)
        assert differing(paper.crop((0, 0, 576, 400)), slip()) == 0


def test_it_returns_when_the_slip_is_cut_and_not_before(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(lines_per_s=2000)
    printer.print_picture(slip())
    assert [each["cut"] for each in kept(device)] == [True]


@ONE_LINE
def test_a_printer_that_knows_less_is_believed_after_the_time_that_printing_takes(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(knows_gs_r=False, lines_per_s=1000)
    printer.print_picture(slip(160))
    assert [each["cut"] for each in kept(device)] == [True]


def test_all_is_well_only_when_the_printer_says_so(printer: SlipPrinter) -> None:
    assert printer.health().state is HealthState.UNKNOWN
    assert printer.status() is PaperStatus.OK
    assert printer.health().state is HealthState.WORKS
    assert printer.health().seen_at == MOMENT


def test_little_paper_is_told_and_printed_on(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(paper="near_end")
    printer.print_picture(slip())
    assert printer.status() is PaperStatus.NEAR_END
    assert printer.health().detail_code == Detail.PAPER_NEAR_END
    assert printer.health().state is HealthState.DEGRADED


@pytest.mark.parametrize(
    "fault,error,status",
    [
        pytest.param({"paper": "out"}, PaperOut, PaperStatus.OUT, marks=pytest.mark.fault(1)),
        pytest.param(
            {"cover": "open"}, CoverOpen, PaperStatus.COVER_OPEN, marks=pytest.mark.fault(4)
        ),
        pytest.param(
            {"answers": "silent"}, DeviceSilent, PaperStatus.SILENT, marks=pytest.mark.fault(3)
        ),
        pytest.param(
            {"power": "off"}, DeviceMissing, PaperStatus.MISSING, marks=pytest.mark.fault(5)
        ),
    ],
)
def test_what_is_wrong_before_a_slip_prints_nothing_and_passes_by_itself(
    printer: SlipPrinter,
    device: PrinterSimulator,
    fault: dict[str, str],
    error: type[HardwareError],
    status: PaperStatus,
) -> None:
    device.set(**fault)
    with pytest.raises(error):
        printer.print_picture(slip())
    assert printer.status() is status
    assert printer.health().state in {HealthState.FAILED, HealthState.UNKNOWN}
    assert printer.health().detail_code == error.code
    assert device.state()["waiting_bytes"] == 0
    device.do("reset", {})
    print_soon(printer)
    assert [each["lines"] for each in kept(device)] == [400 + FEED]


@ONE_LINE
@pytest.mark.fault(3)
def test_a_silent_printer_is_waited_for_in_bounds(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    assert Settings(driver="network", host="localhost").timeout_s == 3
    device.set(answers="silent")
    started = monotonic()
    with pytest.raises(DeviceSilent):
        printer.print_picture(slip())
    assert monotonic() - started < TIMEOUT_S + 1


@ONE_LINE
@pytest.mark.fault(3)
def test_an_answer_that_comes_too_late_is_no_good_news(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(answers="slow")
    assert printer.status() is PaperStatus.SILENT


@pytest.mark.fault(2)
def test_paper_that_ends_within_a_slip_leaves_it_uncertain(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(out_after_lines=150)
    with pytest.raises(PrintUncertain) as caught:
        printer.print_picture(slip())
    assert isinstance(caught.value.because, PaperOut)
    assert [(each["lines"], each["cut"]) for each in kept(device)] == [(150, False)]


@pytest.mark.fault(2)
def test_the_rest_of_a_slip_comes_out_on_new_paper_and_the_next_is_whole(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(out_after_lines=150)
    with pytest.raises(PrintUncertain):
        printer.print_picture(slip())
    device.set(paper="ok")
    printer.print_picture(slip(200))
    assert [each["lines"] for each in kept(device, 3)] == [150, 250 + FEED, 200 + FEED]


@pytest.mark.fault(2)
def test_a_connection_that_breaks_within_a_slip_leaves_it_uncertain(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(drop_after_bytes=15_000)
    with pytest.raises(PrintUncertain) as caught:
        printer.print_picture(slip())
    assert caught.value.because.code in {Detail.MISSING, Detail.SILENT}
    # What came before the break is still being printed when the driver gives up.
    assert wait_until(lambda: device.state()["lines_begun"] > 0, 5)
    assert wait_until(lambda: not device.state()["waiting_bytes"], 5)
    device.do("tear", {})
    print_soon(printer)
    assert kept(device)[-1]["lines"] == 400 + FEED


@pytest.mark.fault(2)
@pytest.mark.parametrize(
    "fault,because",
    [({"power": "off"}, DeviceMissing), ({"answers": "silent"}, DeviceSilent)],
)
def test_a_printer_that_leaves_us_within_a_slip_leaves_it_uncertain(
    printer: SlipPrinter,
    device: PrinterSimulator,
    aside: ThreadPoolExecutor,
    fault: dict[str, str],
    because: type[HardwareError],
) -> None:
    device.set(lines_per_s=400)
    printing = aside.submit(printer.print_picture, slip(200))
    assert device.mechanism.wait_until(lambda state: state["lines_begun"] > 20, 5)
    device.set(**fault)
    with pytest.raises(PrintUncertain) as caught:
        printing.result(10)
    assert isinstance(caught.value.because, because)


@pytest.mark.fault(4)
def test_a_jammed_cutter_has_its_own_message_and_the_next_slip_stands_alone(
    printer: SlipPrinter, device: PrinterSimulator
) -> None:
    device.set(cutter="jam")
    with pytest.raises(PrintUncertain) as caught:
        printer.print_picture(slip())
    assert isinstance(caught.value.because, CutterJam)
    with pytest.raises(CutterJam):
        printer.print_picture(slip())
    device.set(cutter="ok")
    printer.print_picture(slip(200))
    assert [(each["lines"], each["cut"]) for each in kept(device)] == [
        (400, False),
        (200 + FEED, True),
    ]


@ONE_LINE
def test_asking_while_a_slip_is_printed_does_not_wait_for_its_end(
    printer: SlipPrinter, device: PrinterSimulator, aside: ThreadPoolExecutor
) -> None:
    device.set(lines_per_s=400)
    printing = aside.submit(printer.print_picture, slip(240))
    assert device.mechanism.wait_until(lambda state: state["lines_begun"] > 20, 5)
    started = monotonic()
    assert printer.status() is PaperStatus.OK
    assert monotonic() - started < TIMEOUT_S + 0.5
    printing.result(10)


def test_a_picture_that_does_not_fit_is_refused(printer: SlipPrinter) -> None:
    with pytest.raises(PictureTooWide):
        printer.print_picture(Image.new("1", (printer.width_dots + 1, 10), 1))


def test_a_closed_driver_prints_no_more(printer: SlipPrinter) -> None:
    printer.close()
    printer.close()
    with pytest.raises(DeviceClosed):
        printer.print_picture(slip())
    assert printer.status() is PaperStatus.MISSING
    assert printer.health().detail_code == Detail.CLOSED


@pytest.mark.parametrize("paper_mm,width", [(58, 384), (80, 576)])
def test_the_width_is_that_of_the_paper(paper_mm: int, width: int, now: Now) -> None:
    config = {"driver": "network", "host": "127.0.0.1", "paper_mm": paper_mm}
    assert factory.make_printer(config, now).width_dots == width


@pytest.mark.fault(3)
def test_a_host_that_accepts_and_says_nothing_is_silent_and_not_out_of_paper(now: Now) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        config = {"driver": "network", "host": "127.0.0.1", "timeout_s": 0.2}
        printer = factory.make_printer(config | {"port": mute.getsockname()[1]}, now)
        assert printer.status() is PaperStatus.SILENT
        assert printer.health().state is HealthState.UNKNOWN
