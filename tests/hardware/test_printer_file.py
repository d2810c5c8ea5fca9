"""The printer that is only written to: nobody answers, so nothing is ever known to be well."""

import os
import stat
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hardware import factory
from hardware.contracts import (
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    HealthState,
    Now,
    PaperStatus,
    PrintUncertain,
    SlipPrinter,
)
from hardware.escpos_paper import draw
from hardware.factory import Kind
from tests.hardware.conftest import MOMENT
from tests.hardware.dots import differing

Made = Callable[..., SlipPrinter]


@pytest.fixture
def made(now: Now, opened: Callable[[Any], Any]) -> Made:
    def make(**settings: Any) -> SlipPrinter:
        return opened(factory.make_printer({"driver": "file", **settings}, now))  # type: ignore[no-any-return]

    return make


def slip(width: int = 576) -> Image.Image:
    picture = Image.new("1", (width, 300), 1)
    picture.paste(0, (40, 30, 300, 240))
    return picture


def shows_slip(data: bytes, width: int = 576) -> bool:
    return differing(draw(data, width).crop((0, 0, width, 300)), slip(width)) == 0


def test_a_folder_gets_a_file_for_each_slip(made: Made, tmp_path: Path) -> None:
    printer = made(path=tmp_path)
    for _ in range(2):
        printer.print_picture(slip())
    files = sorted(tmp_path.iterdir())
    assert [file.name for file in files] == [
        f"slip-{MOMENT:%Y%m%dT%H%M%S}000000-000{n}.bin" for n in (1, 2)
    ]
    assert all(shows_slip(file.read_bytes()) for file in files)


def test_a_device_is_written_to_one_slip_after_the_other(made: Made, tmp_path: Path) -> None:
    device = tmp_path / "lp0"
    printer = made(path=device, paper_mm=58, cutter="none")
    printer.print_picture(slip(384))
    once = device.read_bytes()
    assert shows_slip(once, 384)
    assert once.endswith(b"\x1bJ" + bytes([160])), "20 mm to tear off by hand"
    printer.print_picture(slip(384))
    assert device.read_bytes() == 2 * once


def test_a_queue_is_given_the_bytes_as_they_are(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spooler(tmp_path, f'echo "$@" > {tmp_path}/words; cat > {tmp_path}/job', monkeypatch)
    made(queue="slips").print_picture(slip())
    assert (tmp_path / "words").read_text() == "-d slips -o raw -\n"
    assert shows_slip((tmp_path / "job").read_bytes())


def _spooler(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An `lp` that does this."""
    (folder / "lp").write_text(f"#!/bin/sh\n{script}\n")
    (folder / "lp").chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)


@pytest.mark.fault(3)
def test_health_is_unknown_and_never_good(made: Made, tmp_path: Path) -> None:
    printer = made(path=tmp_path)
    assert printer.health().detail_code == Detail.NOT_TRIED
    printer.print_picture(slip())
    assert printer.status() is PaperStatus.SILENT
    assert not printer.status().can_print
    health = printer.health()
    assert (health.state, health.detail_code) == (HealthState.UNKNOWN, Detail.NO_STATUS)
    assert health.seen_at == MOMENT


@pytest.mark.fault(5)
def test_what_cannot_be_opened_is_missing_and_found_again(made: Made, tmp_path: Path) -> None:
    printer = made(path=tmp_path / "usb" / "lp0")
    with pytest.raises(DeviceMissing):
        printer.print_picture(slip())
    assert printer.status() is PaperStatus.MISSING
    assert printer.health().state is HealthState.FAILED
    (tmp_path / "usb").mkdir()
    printer.print_picture(slip())
    assert printer.health().state is HealthState.UNKNOWN


@pytest.mark.fault(5)
def test_a_device_is_never_made_where_it_is_missing(made: Made) -> None:
    printer = made(path="/dev/usb-printer-that-is-not-there")
    with pytest.raises(DeviceMissing):
        printer.print_picture(slip())
    assert not Path("/dev/usb-printer-that-is-not-there").exists()


@pytest.mark.fault(2, 3)
def test_a_device_that_stops_taking_leaves_the_slip_uncertain(made: Made, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(PrintUncertain) as caught:
        made(path=pipe, timeout_s=0.1).print_picture(Image.new("1", (576, 3000), 0))
    assert isinstance(caught.value.because, DeviceSilent)
    os.close(reader)


@pytest.mark.fault(2)
def test_a_device_that_goes_within_a_slip_leaves_it_uncertain(made: Made, tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    printer = made(path=pipe, timeout_s=10)
    with ThreadPoolExecutor(1) as aside:
        printing = aside.submit(printer.print_picture, Image.new("1", (576, 3000), 0))
        taken = 0
        while taken < 1000:
            try:
                taken += len(os.read(reader, 1000))
            except BlockingIOError:
                continue
        os.close(reader)
        with pytest.raises(PrintUncertain) as caught:
            printing.result(10)
    assert isinstance(caught.value.because, DeviceMissing)
    assert printer.health().state is HealthState.FAILED


def test_a_spooler_that_refuses_has_printed_nothing(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _spooler(tmp_path, "echo no such queue >&2; exit 1", monkeypatch)
    with pytest.raises(DeviceMissing, match="no such queue"):
        made(queue="slips").print_picture(slip())


def test_a_missing_spooler_is_said(
    made: Made, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DeviceMissing, match="cups-client"):
        made(queue="slips").print_picture(slip())


def test_it_is_told_one_place(tmp_path: Path) -> None:
    both = {"driver": "file", "path": str(tmp_path), "queue": "slips"}
    for config in (both, {"driver": "file"}):
        assert factory.check(Kind.PRINTER, config) == ("one of path and queue is needed",)
    assert factory.check(Kind.PRINTER, {"driver": "file", "queue": "-x"})


def test_a_closed_driver_writes_no_more(made: Made, tmp_path: Path) -> None:
    printer = made(path=tmp_path)
    printer.close()
    printer.close()
    with pytest.raises(DeviceClosed):
        printer.print_picture(slip())
    assert printer.status() is PaperStatus.MISSING
    assert printer.health().detail_code == Detail.CLOSED
    assert list(tmp_path.iterdir()) == []
