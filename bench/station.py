"""A station as a program of its own: how long until it is ready, and how much memory it holds.

Every device has the driver of a real one: a camera that sends 1280x720 over HTTP, with a code that
is held to it and taken away, so that both decoders work; a real pcscd with a virtual reader; a
printer on TCP; a lane's own process. Its peer is a program that only imports the libraries which
a station cannot do without. Others may use the machine, so that the start has a limit as a ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from threading import Event
from time import monotonic
from typing import Any, Final

import requests
import tomli_w

from bench.figure import Figure
from bench.programs import Served, free_port, serving, told_kb
from hardware.camera_person import PersonScene, Pose
from hardware.camera_scene import Manner, Scene
from hardware.printer_simulator import PrinterSimulator
from kiosk.keys import make_slip_key
from tests.hardware.lanes.test_lane_daemon import Process
from tests.hardware.mjpeg_peer import MjpegPeer, jpeg
from tests.hardware.test_decoder import TICKET, qr_picture
from tests.support import virtual_card

_LIBRARIES: Final = (
    "cv2, zxingcpp, PIL.Image, smartcard.scard, pydantic_settings, flask, waitress,"
    " structlog, requests, cryptography.hazmat.primitives.asymmetric.ed25519, babel.dates, segno"
)
_WORKS_S: Final = 12.0
"""Long enough for the second decoder to have had its turns, and for every device to be found."""
_MB: Final = 150
_STATION: Final = ("-m", "lystok", "kiosk", "run", "--config")
_TAKING: Final = ("-m", "bench.booth")
"""The same with somebody before the camera for photos, whom no picture of themselves suits."""
_POSES: Final = (Pose.GOOD, Pose.FAR, Pose.TWO, Pose.NOBODY)
_HELD, _FREE, _FPS = 20, 100, 30


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Starts beside imports, in turns; then a station that works."""
    with ExitStack() as stack:
        config = _station(stack)
        imports, ready = [], []
        for _ in range(7 if full else 3):
            imports.append(_imported(config))
            ready.append(_started_s(config))
        imports_s = [taken_s for taken_s, _ in imports]
        yield Figure("station libraries import", median(imports_s), "s")
        yield Figure("station start to ready", median(ready), "s")
        ratio = median(whole / bare for whole, bare in zip(ready, imports_s, strict=True))
        yield Figure("station start to its imports", ratio, "times", at_most=3)
        yield Figure("station libraries memory", imports[0][1], "MB")
        yield Figure("station memory", _working_mb(config, _STATION), "MB", at_most=_MB)
        taking = _working_mb(config, _TAKING)
        yield Figure("station memory while a photo is taken", taking, "MB", at_most=_MB)


def _imported(config: Path) -> tuple[float, float]:
    """Seconds and resident megabytes of the libraries alone."""
    program = f"import {_LIBRARIES}; print(open('/proc/self/smaps_rollup').read())"
    started_s = monotonic()
    done = subprocess.run(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, check=True, env=_bare(config)
    )
    return monotonic() - started_s, told_kb(done.stdout.decode(), "Rss") / 1024


def _started_s(config: Path) -> float:
    started_s = monotonic()
    with _running(config):
        return monotonic() - started_s


def _working_mb(config: Path, command: tuple[str, ...]) -> float:
    """Resident megabytes of a station that looks, reads and waits; frames come and go."""
    with _running(config, command) as station:
        Event().wait(_WORKS_S)
        _all_work(config)
        if command is _TAKING:
            _mirror_is_on(config)
        looks = []
        for _ in range(9):
            looks.append(station.resident_mb())
            Event().wait(0.3)
    return median(looks)


@contextmanager
def _running(config: Path, command: tuple[str, ...] = _STATION) -> Iterator[Served]:
    with serving([*command, str(config)], _port(config), **_bare(config)) as served:
        yield served


def _bare(config: Path) -> dict[str, str]:
    """An environment in which what no station has installed is not found.

    Tools of development bring rich, which structlog loads wherever it is: 10 MB.
    """
    folder = config.with_name("bare")
    folder.mkdir(exist_ok=True)
    (folder / "rich.py").write_text('raise ImportError("no station has it")')
    paths = (str(folder), os.environ.get("PYTHONPATH"))
    return os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}


def _port(config: Path) -> int:
    return int(config.with_name("port").read_text())


def _all_work(config: Path) -> None:
    """Memory of a station without its devices would be no figure."""
    state = _asked(config, "state").json()
    idle = {name: told["detail"] for name, told in state["devices"].items()}
    if set(idle.values()) != {"fine"}:
        raise RuntimeError(f"not every device works: {idle}")


def _mirror_is_on(config: Path) -> None:
    """Nor would that of a photo whose camera nobody looks through any more."""
    seen = _asked(config, "photo/view")
    if not seen.content:
        raise RuntimeError(f"no photo is taken: {seen.status_code}")


def _asked(config: Path, path: str) -> requests.Response:
    token = (config.parent / "data" / "local-token").read_text()
    address = f"http://127.0.0.1:{_port(config)}/{path}"
    return requests.get(address, headers={"X-Lystok-Token": token}, timeout=5)


# --- Its devices --------------------------------------------------------------------------------


def _station(stack: ExitStack) -> Path:
    """A configuration, and everything that it names."""
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
    make_slip_key(folder / "slip.key")
    (folder / "token").write_text("of a server that is away", "ascii")
    port = free_port()
    (folder / "port").write_text(str(port))
    config = folder / "kiosk.toml"
    config.write_text(
        tomli_w.dumps(
            {
                "station": "K1",
                "role": "both",
                "data_dir": "data",
                "token_file": "token",
                "slip_key_file": "slip.key",
                "server": {"url": "http://127.0.0.1:9"},
                "screen": {"port": port},
                "photo": {"automatic": False},
                "devices": _devices(stack, folder),
            }
        )
    )
    return config


def _devices(stack: ExitStack, folder: Path) -> dict[str, Any]:
    camera, booth = MjpegPeer(fps=_FPS), MjpegPeer(fps=_FPS)
    for peer, frames in ((camera, _views()), (booth, _people())):
        stack.callback(peer.close)
        peer.frames = frames
    printer = PrinterSimulator(folder / "slips", lambda: datetime.now(UTC))
    stack.callback(printer.close)
    virtual_card.pytest_configure()
    cards = virtual_card.CardService(folder)
    stack.callback(cards.close)
    cards.start()
    lane = Process(folder)
    stack.callback(lane.close)
    lane.start()
    return {
        "scanner": {"driver": "camera", "camera": {"driver": "opencv", "source": camera.url}},
        "camera": {"driver": "opencv", "source": booth.url},
        "printer": {"driver": "network", "host": printer.host, "port": printer.port},
        "card_reader": {"driver": "pcsc"},
        "lane": {"driver": "daemon", "socket": str(lane.socket)},
    }


def _views() -> list[bytes]:
    """A desk, to which a ticket is held now and then."""
    scene = Scene()
    views = []
    for number in range(_HELD + _FREE):
        if number == _FREE:
            scene.hold(qr_picture(TICKET), Manner.PHONE)
        views.append(jpeg(scene.frame(number, number / _FPS)))
    return views


def _people() -> list[bytes]:
    """Somebody before a wall, near and far, and nobody: every model has its work."""
    scene = PersonScene()
    views = []
    for number in range(_FREE):
        scene.pose = _POSES[number * len(_POSES) // _FREE]
        views.append(jpeg(scene.frame(number, number / _FPS)))
    return views
