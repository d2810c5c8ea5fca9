"""An independent ESC/POS printer: the package `emupos`, which knows nothing of this project."""

import json
import os
import shutil
import socket
import subprocess
import urllib.request
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any, Final

import pytest
from PIL import Image

_FOLDER: Final = Path(__file__).parents[3] / ".venv-emulator" / "bin"
_STARTS_S: Final = 30.0

# Where there is none the tests are skipped, and the report says so in this line.
_MISSING: Final = "no emulator: it needs a Python 3.13, see `make test-emulator`"

_CONFIGURATION: Final = """\
schema: 1
api: {{ host: 127.0.0.1, port: {api} }}
devices:
  - id: net
    type: printer
    profile: epson-tm-t20iii
    connections: [{{ tcp: {{ port: {printer} }} }}]
    receipts_dir: {folder}/net
  - id: line
    type: printer
    profile: xprinter-xp80t
    connections: [{{ serial: {{ pty: true }} }}]
    receipts_dir: {folder}/line
"""


class Emulator:
    """The running emulator: a printer `net` on TCP and a printer `line` on a serial line."""

    def __init__(self, api: int, printer: int) -> None:
        self._url = f"http://127.0.0.1:{api}/api/v1/devices"
        self.port = printer

    def devices(self) -> list[dict[str, Any]]:
        return list(json.loads(self._ask("GET", "")))

    def serial_port(self) -> str:
        line = next(each for each in self.devices() if each["id"] == "line")
        return str(line["connections"][0]["device_path"])

    def fault(self, device: str, fault: str, *, on: bool) -> None:
        self._ask("PUT" if on else "DELETE", f"/{device}/faults/{fault}")

    def receipts(self, device: str) -> list[dict[str, Any]]:
        return list(json.loads(self._ask("GET", f"/{device}/receipts")))

    def picture(self, device: str) -> Image.Image:
        """What the last slip looks like."""
        return Image.open(BytesIO(self._ask("GET", f"/{device}/receipts/latest/image")))

    def _ask(self, method: str, path: str) -> bytes:
        request = urllib.request.Request(self._url + path, method=method)  # noqa: S310
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310
            return bytes(response.read())


def _command() -> str | None:
    return os.environ.get("LYSTOK_EMUPOS") or shutil.which("emupos", path=_FOLDER)


def _free_ports() -> tuple[int, int]:
    with (
        socket.create_server(("127.0.0.1", 0)) as one,
        socket.create_server(("127.0.0.1", 0)) as other,
    ):
        return one.getsockname()[1], other.getsockname()[1]


@pytest.fixture(scope="package")
def emulator() -> Iterator[Emulator]:
    command = _command()
    if command is None:
        pytest.skip(_MISSING)
    with TemporaryDirectory(dir="/tmp") as folder:
        api, printer = _free_ports()
        file = Path(folder) / "emupos.yaml"
        file.write_text(_CONFIGURATION.format(api=api, printer=printer, folder=folder))
        process = subprocess.Popen(
            [command, "run", "--config", str(file)],
            stdout=subprocess.DEVNULL,
            env=os.environ | {"TMPDIR": folder},
        )
        try:
            yield _awaited(Emulator(api, printer), process)
        finally:
            process.terminate()
            process.wait(10)


def _awaited(emulator: Emulator, process: "subprocess.Popen[bytes]") -> Emulator:
    end_s = monotonic() + _STARTS_S
    while monotonic() < end_s and process.poll() is None:
        try:
            emulator.devices()
        except OSError:
            continue
        return emulator
    pytest.fail("the emulator did not start")


@pytest.fixture
def well(emulator: Emulator) -> Iterator[Emulator]:
    """The emulator without any fault."""
    yield emulator
    for device in emulator.devices():
        for fault in device["state"]["faults"]:
            emulator.fault(device["id"], fault, on=False)
