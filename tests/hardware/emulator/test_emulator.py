"""Slips on an independent emulator: `make test-emulator`, where a Python 3.13 is found.

What our own simulator shows could be one misunderstanding on both sides; this is nobody's
but Epson's command reference as somebody else read it.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from hardware import factory
from hardware.contracts import (
    CoverOpen,
    DeviceOffline,
    HardwareError,
    HealthState,
    Now,
    PaperOut,
    PaperStatus,
    SlipPrinter,
)
from templates.slips.draw import draw_slip
from templates.slips.examples import APPROVED
from tests.hardware.dots import differing
from tests.hardware.emulator.conftest import Emulator

Pair = tuple[SlipPrinter, str]


@pytest.fixture(params=["net", "line"])
def pair(
    request: pytest.FixtureRequest, well: Emulator, now: Now, opened: Callable[[Any], Any]
) -> Pair:
    """A driver, and the name of the printer at its end."""
    if request.param == "net":
        config = {"driver": "network", "host": "127.0.0.1", "port": well.port}
    else:
        config = {"driver": "serial", "port": well.serial_port(), "baud": 9600}
    return opened(factory.make_printer(config | {"timeout_s": 2}, now)), request.param


def dots(height: int, seed: int) -> Image.Image:
    """Chance in each dot: whatever is lost or moved shows."""
    chance = np.random.default_rng(seed).integers(0, 2, (height, 576))
    return Image.fromarray((chance * 255).astype(np.uint8)).convert("1")


def test_every_dot_comes_out(pair: Pair, well: Emulator) -> None:
    (printer, device), picture = pair, dots(500, 7)
    before = len(well.receipts(device))
    printer.print_picture(picture)
    assert len(well.receipts(device)) == before + 1
    paper = well.picture(device)
    assert paper.width == 576
    # One dot more for each pair of bytes that a printer would obey amid a picture.
    assert differing(paper.crop((0, 0, 576, 500)), picture) <= 2


def test_a_control_slip_comes_out_as_it_was_drawn(pair: Pair, well: Emulator) -> None:
    printer, device = pair
    slip = draw_slip(APPROVED, 576, "uk")
    printer.print_picture(slip)
    paper = well.picture(device).convert("1")
    assert differing(paper.crop((0, 0, *slip.size)), slip.convert("1")) == 0


def test_each_slip_is_cut_from_the_next(pair: Pair, well: Emulator) -> None:
    printer, device = pair
    before = len(well.receipts(device))
    for height in (160, 240):
        printer.print_picture(dots(height, height))
    told = well.receipts(device)[-2:]
    assert len(well.receipts(device)) == before + 2
    assert {each["boundary"] for each in told} == {"cut"}


@pytest.mark.parametrize(
    "fault,status,error",
    [
        pytest.param("paper-out", PaperStatus.OUT, PaperOut, marks=pytest.mark.fault(1)),
        pytest.param("cover-open", PaperStatus.COVER_OPEN, CoverOpen, marks=pytest.mark.fault(4)),
        pytest.param("offline", PaperStatus.OFFLINE, DeviceOffline, marks=pytest.mark.fault(3)),
    ],
)
def test_what_is_wrong_is_told_apart_and_prints_nothing(
    pair: Pair, well: Emulator, fault: str, status: PaperStatus, error: type[HardwareError]
) -> None:
    printer, device = pair
    before = len(well.receipts(device))
    well.fault(device, fault, on=True)
    assert printer.status() is status
    with pytest.raises(error):
        printer.print_picture(dots(160, 1))
    well.fault(device, fault, on=False)
    assert printer.status() is PaperStatus.OK
    assert len(well.receipts(device)) == before


def test_little_paper_is_told_and_printed_on(pair: Pair, well: Emulator) -> None:
    printer, device = pair
    well.fault(device, "paper-near-end", on=True)
    assert printer.status() is PaperStatus.NEAR_END
    printer.print_picture(dots(160, 2))
    assert printer.health().state is HealthState.DEGRADED
