"""A station as a program of its own: how long until it is ready, and how much memory it holds.

Every device has the driver of a real one: a camera that sends 1280x720 over HTTP, with a code that
is held to it and taken away, so that both decoders work; a real pcscd with a virtual reader; a
printer on TCP; a lane's own process. Its peer is a program that only imports the libraries which
a station cannot do without. Memory is that of a station after a boot, whose libraries come from the
disk. Others may use the machine, so that the start has a limit as a ratio.
"""

from __future__ import annotations

import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median
from threading import Event
from time import monotonic
from typing import Final

import requests

from bench.figure import Figure
from bench.programs import Served, serving, told_kb

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


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Starts beside imports, in turns; then a station that works."""
    _as_after_a_boot()
    # Only now: its devices load the same libraries, and what is mapped is not forgotten.
    from bench.station_devices import station  # noqa: PLC0415

    with ExitStack() as stack:
        config = station(stack)
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
        alone, _ = _working_mb(config, _STATION)
        yield Figure("station memory", alone, "MB", at_most=_MB)
    with ExitStack() as stack:
        # A ticket that is shown would end the photo.
        alone, whole = _working_mb(station(stack, shows=False), _TAKING)
        yield Figure("station memory while a photo is taken", alone, "MB", at_most=_MB)
        yield Figure("station memory with its photographer", whole, "MB")


def _as_after_a_boot() -> None:
    """Let the system forget the files of the libraries.

    Those that were just installed lie in its page cache in large pieces, and a recent Linux (6.18)
    maps a whole piece where a program touches one page of it: 35 MB that no station asked for.
    """
    for path in Path(sysconfig.get_path("platlib")).rglob("*.so*"):
        with path.open("rb") as file:
            os.fsync(file.fileno())
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


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


def _working_mb(config: Path, command: tuple[str, ...]) -> tuple[float, float]:
    """Megabytes of a station that looks, reads and waits; frames come and go.

    Of its own process, and with that of the one which judges a photo.
    """
    with _running(config, command) as station:
        # A station whose page nobody has opened has not even read its words yet.
        _asked(config, "")
        Event().wait(_WORKS_S)
        _all_work(config)
        if command is _TAKING:
            _mirror_is_on(config)
        looks = []
        for _ in range(9):
            looks.append((station.resident_mb(), station.whole_mb()))
            Event().wait(0.3)
    return median(alone for alone, _ in looks), median(whole for _, whole in looks)


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
    answer = requests.get(address, headers={"X-Lystok-Token": token}, timeout=5)
    answer.raise_for_status()
    return answer
