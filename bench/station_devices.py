"""The station that `station` measures: its configuration, and a peer for each of its devices."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import tomli_w

from bench.programs import free_port
from hardware.camera_person import PersonScene, Pose
from hardware.camera_scene import Manner, Scene
from hardware.printer_simulator import PrinterSimulator
from kiosk.keys import make_slip_key
from tests.hardware.lanes.test_lane_daemon import Process
from tests.hardware.mjpeg_peer import MjpegPeer, jpeg
from tests.hardware.test_decoder import TICKET, qr_picture
from tests.support import virtual_card

_POSES: Final = (Pose.GOOD, Pose.FAR, Pose.TWO, Pose.NOBODY)
_HELD, _FREE, _FPS = 20, 100, 30


def station(stack: ExitStack, *, shows: bool = True) -> Path:
    """A configuration, and everything that it names; now and then a ticket is shown."""
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
                "devices": _devices(stack, folder, _views() if shows else _views()[:_FREE]),
            }
        )
    )
    return config


def _devices(stack: ExitStack, folder: Path, views: list[bytes]) -> dict[str, Any]:
    camera, booth = MjpegPeer(fps=_FPS), MjpegPeer(fps=_FPS)
    for peer, frames in ((camera, views), (booth, _people())):
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
