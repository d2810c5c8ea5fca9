"""The simulated printer by itself: paper, pieces, handle and process."""

import json
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from hardware.contracts import Now
from hardware.escpos_paper import LONGEST_DOTS, draw
from hardware.printer_simulator import PrinterSimulator
from hardware.simulator_control import WrongAction
from tests.hardware.dots import differing

CUT = b"\x1dVB\x00"


def rows(count: int, byte: int = 0xFF) -> bytes:
    return b"\x1dv0\x00\x48\x00" + count.to_bytes(2, "little") + bytes([byte]) * 72 * count


@pytest.fixture
def line(paper_printer: PrinterSimulator) -> Iterator[socket.socket]:
    with socket.create_connection((paper_printer.host, paper_printer.port), 5) as connection:
        yield connection


def wait(printer: PrinterSimulator, holds: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    assert printer.mechanism.wait_until(holds, 10)
    return printer.state()


def test_each_cut_gives_the_bytes_and_their_picture(
    paper_printer: PrinterSimulator, line: socket.socket, tmp_path: Path
) -> None:
    line.sendall(rows(20) + CUT + rows(30) + CUT)
    state = wait(paper_printer, lambda state: len(state["slips"]) == 2)
    assert [slip["lines"] for slip in state["slips"]] == [20, 30]
    for slip in state["slips"]:
        sent = (tmp_path / "slips" / slip["bin"]).read_bytes()
        assert sent == rows(slip["lines"]) + CUT
        with Image.open(tmp_path / "slips" / slip["png"]) as picture:
            assert differing(picture, draw(sent, 576)) == 0


def test_numbers_go_on_after_a_restart(tmp_path: Path, now: Now) -> None:
    (tmp_path / "slip-0041-torn.bin").touch()
    printer = PrinterSimulator(tmp_path, now)
    with socket.create_connection((printer.host, printer.port), 5) as line:
        line.sendall(rows(5) + CUT)
        assert wait(printer, lambda state: state["slips"])["slips"][0]["name"] == "slip-0042"
    printer.close()


@pytest.mark.fault(2)
def test_the_pieces_of_a_torn_slip_are_what_was_sent(
    paper_printer: PrinterSimulator, line: socket.socket, tmp_path: Path
) -> None:
    paper_printer.set(out_after_lines=12)
    line.sendall(rows(5) + rows(30, 0x0F) + CUT)
    wait(paper_printer, lambda state: state["slips"])
    paper_printer.set(paper="ok")
    state = wait(paper_printer, lambda state: len(state["slips"]) == 2)
    pieces = [(tmp_path / "slips" / slip["bin"]).read_bytes() for slip in state["slips"]]
    assert pieces == [rows(5) + rows(7, 0x0F), rows(23, 0x0F) + CUT]


def test_a_text_of_a_foreign_program_is_printed_too(
    paper_printer: PrinterSimulator, line: socket.socket
) -> None:
    line.sendall(b"\x1b@Hello\n\x1bd\x02\x07" + CUT)
    assert wait(paper_printer, lambda state: state["slips"])["slips"][0]["lines"] == 90


def test_a_cut_without_paper_before_it_makes_no_slip(
    paper_printer: PrinterSimulator, line: socket.socket
) -> None:
    line.sendall(CUT + CUT + rows(3) + CUT)
    state = wait(paper_printer, lambda state: state["slips"])
    assert [slip["lines"] for slip in state["slips"]] == [3]


def test_endless_printing_ends_in_pieces(
    paper_printer: PrinterSimulator, line: socket.socket
) -> None:
    for _ in range(LONGEST_DOTS // 255 // 30 + 1):
        line.sendall(b"\x1bd\xff")
    assert wait(paper_printer, lambda state: state["slips"])["slips"][0]["cut"] is False


def test_a_printer_out_of_paper_keeps_answering(
    paper_printer: PrinterSimulator, line: socket.socket
) -> None:
    paper_printer.set(paper="out")
    line.sendall(rows(100) + CUT + b"\x10\x04\x04")
    assert line.recv(1) == b"\x7e"
    assert paper_printer.state()["waiting_bytes"] > 7200


@pytest.mark.parametrize("faults", [{"paper": "wet"}, {"colour": "red"}, {"out_after_lines": -1}])
def test_a_wrong_fault_is_refused(paper_printer: PrinterSimulator, faults: dict[str, Any]) -> None:
    with pytest.raises(WrongAction):
        paper_printer.do("set", faults)
    with pytest.raises(WrongAction, match="there are: set, reset, tear"):
        paper_printer.do("explode", {})


def test_it_runs_as_a_process_of_its_own(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hardware.printer_simulator", "--port", "0"]
    command += ["--paper", "58", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        _, printer, _, control = process.stdout.readline().split()
        _play(printer, f"http://{control}/")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0
    assert sorted(file.name for file in tmp_path.iterdir()) == ["slip-0001.bin", "slip-0001.png"]


def _play(printer: str, control: str) -> None:
    """Print while the paper is out, then load paper, both as a user would."""
    assert _post(control, paper="out")["state"]["status"] == "out"
    host, port = printer.split(":")
    with socket.create_connection((host, int(port)), 5) as line:
        line.sendall(b"\x1dv0\x00\x30\x00\x08\x00" + bytes(48 * 8) + CUT)
        line.sendall(b"\x1dr\x01")
        assert _post(control, paper="ok")["state"]["faults"]["paper"] == "ok"
        assert line.recv(1) == b"\x00"


def _post(control: str, **faults: Any) -> dict[str, Any]:
    request = urllib.request.Request(  # noqa: S310
        control,
        json.dumps({"do": "set", **faults}).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
        answer: dict[str, Any] = json.load(response)
    return answer
