"""A control slip from picture to paper: bytes, time, and a maker's library on the same picture."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import redirect_stdout
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from PIL import Image

from bench.figure import Figure, timed_ms
from hardware.escpos_job import Cutter, job
from hardware.printer_network import Settings, network_printer
from hardware.printer_simulator import PrinterSimulator
from templates.slips.content import WidthDots
from templates.slips.draw import draw_slip
from templates.slips.examples import APPROVED

_PAPERS: Final[tuple[tuple[WidthDots, str], ...]] = ((576, "80 mm"), (384, "58 mm"))
_BITS_A_BYTE: Final = 10
"""On a serial line: a start bit, eight, a stop bit."""


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Sizes and times of one full slip on paper of 80 and 58 mm."""
    times = 30 if full else 5
    for width, paper in _PAPERS:
        yield from _slip(draw_slip(APPROVED, width, "uk"), paper, times)
    yield from _over_tcp(times)


def _slip(slip: Image.Image, paper: str, times: int) -> Iterator[Figure]:
    def make() -> bytes:
        return b"".join(job(slip, slip.width, Cutter.PARTIAL, 24))

    size = len(make())
    taken_ms, _ = timed_ms(make, times)
    yield Figure(f"slip of {paper} bytes", size, "B", at_most=160_000)
    yield Figure(f"slip of {paper} made into bytes", taken_ms, "ms", at_most=100)
    yield from _peer(slip, paper, times)
    for baud in (38_400, 115_200):
        yield Figure(f"slip of {paper} on {baud} baud", size * _BITS_A_BYTE / baud, "s")


def _peer(slip: Image.Image, paper: str, times: int) -> Iterator[Figure]:
    """python-escpos makes the same picture into a raster."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from escpos.printer import Dummy  # noqa: PLC0415 - it warns when it is imported

    def make() -> Any:
        printer = Dummy()
        # It has a word to say about each picture.
        with redirect_stdout(StringIO()):
            printer.image(slip, impl="bitImageRaster")
        printer.cut(mode="PART")
        return printer.output

    taken_ms, _ = timed_ms(make, times)
    yield Figure(f"escpos library {paper} bytes", len(make()), "B")
    yield Figure(f"escpos library {paper} made into bytes", taken_ms, "ms")


def _over_tcp(times: int) -> Iterator[Figure]:
    """From the call to the printer's word that the slip is cut; the paper costs no time here."""
    slip = draw_slip(APPROVED, 576, "uk")
    with TemporaryDirectory() as folder:
        device = PrinterSimulator(Path(folder), lambda: datetime.now(UTC))
        settings = Settings(driver="network", host=device.host, port=device.port)
        printer = network_printer(device.host, device.port, settings, lambda: datetime.now(UTC))
        taken_ms, slow_ms = timed_ms(lambda: printer.print_picture(slip), times)
        device.close()
    yield Figure("slip over tcp printed and confirmed median", taken_ms, "ms", at_most=1000)
    yield Figure("slip over tcp printed and confirmed p95", slow_ms, "ms")
