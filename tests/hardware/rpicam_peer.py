"""A program `rpicam-vid` on the path: real JPEG pictures to its output, and trouble on command."""

import os
import stat
import sys
from pathlib import Path
from time import monotonic

import pytest

from tests.hardware.mjpeg_peer import flat, jpeg

_PROGRAM = """\
#!{python} -S
import os, sys, time
folder = "{folder}"
camera = sys.argv[sys.argv.index("--camera") + 1]
pictures = [open(f"{{folder}}/{{n}}.jpg", "rb").read() for n in range({count})]
open(f"{{folder}}/started", "a").write(" ".join(sys.argv[1:]) + "\\n")
number = 20 * int(camera)
while True:
    mood = open(f"{{folder}}/mood").read()
    if mood == "dies":
        sys.exit(1)
    if mood == "garbage":
        os.write(1, os.urandom(50_000))
    elif mood != "hangs":
        # In pieces that are no pictures.
        data = pictures[number % len(pictures)]
        for start in range(0, len(data), 3000):
            os.write(1, data[start : start + 3000])
        number += mood != "frozen"
    time.sleep(0.01)
"""


class RpicamPeer:
    """The program, in a folder of its own; its pictures have the shades 60 to 99."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self._folder = folder
        for number in range(40):
            (folder / f"{number}.jpg").write_bytes(jpeg(flat(60 + number)))
        self.mood("well")
        (folder / "started").touch()
        self.install("rpicam-vid")
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)

    def install(self, name: str) -> None:
        program = self._folder / name
        program.write_text(_PROGRAM.format(python=sys.executable, folder=self._folder, count=40))
        program.chmod(stat.S_IRWXU)

    def remove(self) -> None:
        (self._folder / "rpicam-vid").unlink()

    def mood(self, mood: str) -> None:
        """From now on it is "well", "hangs", "frozen", "garbage", or "dies"."""
        unfinished = self._folder / ".mood"
        unfinished.write_text(mood)
        unfinished.replace(self._folder / "mood")

    @property
    def starts(self) -> list[str]:
        """The words it was started with, each time."""
        return (self._folder / "started").read_text().splitlines()

    def wait_for_starts(self, count: int) -> None:
        end_s = monotonic() + 10
        while len(self.starts) < count:
            assert monotonic() < end_s, f"it was started {len(self.starts)} times"
