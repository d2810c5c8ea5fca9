"""What `lystok demo` does, in its three ways."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Final

from demo import day
from demo.serving import claim, serving
from demo.stage import ENTRANCE, EXIT, Stage, running
from server import sample

_SIGNALS: Final = (signal.SIGINT, signal.SIGTERM)
_SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY")


def write_sample(folder: Path, *, patrons: int) -> str:
    """Write the sample library into `folder`; start nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    return str(sample.write_sample(folder, patrons=patrons, now=datetime.now(UTC)))


def play_day(out: Path | None) -> int:
    """Play one day without a screen; answers the exit status. Raises StageError."""
    _stop_on_signals()
    with _folder(out) as folder, running(folder) as stage:
        status = day.play(stage, print)
        for picture in day.keep_slips(
            stage, Path("demo-slips") if out is None else out / "pictures"
        ):
            print(picture)
    return status


def open_demo(out: Path | None, *, port: int, browser: bool) -> int:
    """Bring everything up, open the bench beside it, and wait until told to stop.

    Raises StageError.
    """
    _stop_on_signals()
    place = claim(port)
    print("the library is coming up, this takes some seconds", flush=True)
    with place, _folder(out) as folder, running(folder) as stage, serving(stage, place) as bench:
        pages = _pages(stage, bench)
        for name, address in pages.items():
            print(f"{name:<9}  {address}")
        print(f"logins     {folder / 'staff.txt'} (and on the bench)")
        print("stop it with Ctrl-C", flush=True)
        if browser:
            _open(list(pages.values()))
        with suppress(KeyboardInterrupt):
            threading.Event().wait()
        print("going down", flush=True)
    return 0


def _pages(stage: Stage, bench: str) -> dict[str, str]:
    """The addresses, the bench last: a browser shows what it opened last."""
    return {
        "console": f"{stage.server}/",
        "entrance": stage.stations[ENTRANCE].page,
        "exit": stage.stations[EXIT].page,
        "bench": bench,
    }


def _stop_on_signals() -> None:
    """Let SIGTERM end a run as Ctrl-C does: once, so that going down is never cut short.

    The programs of the stage have sessions of their own: who leaves without asking them to stop
    leaves them running.
    """

    def stop(number: int, frame: FrameType | None) -> None:
        del number, frame
        for each in _SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        raise KeyboardInterrupt

    for each in _SIGNALS:
        signal.signal(each, stop)


def _open(addresses: list[str]) -> None:
    """Show pages in the person's browser, where there is a screen to show them on."""
    has_screen = sys.platform != "linux" or any(os.environ.get(name) for name in _SCREENS)
    if not has_screen or not all(webbrowser.open(address) for address in addresses):
        print("no browser could be opened here: open the addresses above", flush=True)


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Where the library lives: a folder that stays where one was named, else one that goes."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="lystok-demo-") as name:
            yield Path(name)
    else:
        out.mkdir(parents=True, exist_ok=True)
        yield out.resolve()
