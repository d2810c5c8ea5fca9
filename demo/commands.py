"""What `lystok demo` does, in its three ways."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from demo import day
from demo.stage import running
from server import sample


def write_sample(folder: Path, *, patrons: int) -> str:
    """Write the sample library into `folder`; start nothing."""
    folder.mkdir(parents=True, exist_ok=True)
    return str(sample.write_sample(folder, patrons=patrons, now=datetime.now(UTC)))


def play_day(out: Path | None) -> int:
    """Play one day without a screen; answers the exit status."""
    with _folder(out) as folder, running(folder) as stage:
        status = day.play(stage, print)
        for picture in day.keep_slips(
            stage, Path("demo-slips") if out is None else out / "pictures"
        ):
            print(picture)
    return status


@contextmanager
def _folder(out: Path | None) -> Iterator[Path]:
    """Where the library lives: a folder that stays where one was named, else one that goes."""
    if out is None:
        with tempfile.TemporaryDirectory(prefix="lystok-demo-") as name:
            yield Path(name)
    else:
        out.mkdir(parents=True, exist_ok=True)
        yield out.resolve()
