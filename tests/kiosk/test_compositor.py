"""The station's screen as its unit starts it: the compositor, in it the session, in it the browser.

The compositor shows its output as a window of an X server; keys go in there, so that it may take
them before the browser does. The browser has its own sandbox and the policy of `deploy`,
which keeps tests out of the page as well: what is seen is the picture, and what the station hears.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import suppress
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, ImageChops

from demo.programs import free_ports, wait_until
from kiosk.keys import make_slip_key
from kiosk.program import Station, running
from tests.kiosk.test_browser import POLICY, is_heard
from tests.kiosk.test_locked_screen import KEYS
from tests.kiosk.test_program import CLOCK, configured
from tests.support.xserver import running_xserver

UNIT = Path("deploy/systemd/lystok-session.service")
TOOLS = ("cage", "Xwayland", "Xvfb", "xdotool", "grim", "unshare")
LONG_S = 60.0
ALIKE = 0.98
"""Of all pixels; what has the focus has a frame."""
FEW_COLOURS = 50
"""A page that is not drawn yet has fewer."""
MORE_KEYS = ("alt+Escape", "ctrl+alt+F2", "ctrl+alt+F7", "super+Return", "super+shift+q")
"""What compositors listen to."""


@dataclass(slots=True)
class Session:
    """A compositor that runs, and the station whose page it shows."""

    process: subprocess.Popen[bytes]
    environment: dict[str, str]
    profile: Path
    station: Station
    first: int = 0

    def do(self, *words: str) -> str:
        """What `xdotool` says."""
        told = subprocess.run(
            ["xdotool", *words], env=self.environment, capture_output=True, text=True, check=False,
            timeout=30,
        )  # fmt: skip
        return told.stdout.strip()

    def picture(self) -> Image.Image:
        """What stands on the screen."""
        told = subprocess.run(
            ["grim", "-t", "ppm", "-"], env=self.environment, capture_output=True, check=True,
            timeout=30,
        )  # fmt: skip
        return Image.open(BytesIO(told.stdout)).convert("RGB")

    def browser(self) -> int:
        """The browser's own process, which alone is told the address; 0 where there is none."""
        found = subprocess.run(
            ["pgrep", "--full", "--oldest", f"user-data-dir={self.profile} --app="],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        return int(found.stdout.split()[0]) if found.stdout else 0

    def hears_keys(self) -> bool:
        """The frame of what has the focus moves on, and nothing else happens."""
        before = self.picture()
        self.do("key", "Tab")
        return wait_until(lambda: ALIKE < alike(self.picture(), before) < 1, LONG_S)

    def is_untouched(self) -> bool:
        """The compositor and the first browser run."""
        return self.process.poll() is None and self.browser() == self.first


def command(config: Path) -> list[str]:
    """The unit's own words, for this program and this configuration."""
    unit = ConfigParser(interpolation=None, strict=False)
    unit.read(UNIT)
    words = shlex.split(unit["Service"]["ExecStart"])
    program = words.index("--") + 1
    words[program : program + 1] = [sys.executable, "-m", "lystok"]
    words[-1] = str(config)
    return words


def as_patron(words: list[str], policy: Path) -> list[str]:
    """Under the policy alone, and as nobody special: the compositor refuses to run as root."""
    managed = "/etc/chromium/policies/managed"
    ready = f"mount -t tmpfs none /etc/chromium && mkdir -p {managed} && cp {policy} {managed}"
    user = "exec unshare --user --map-user=1000 --map-group=1000"
    return ["unshare", "--mount", "sh", "-c", f'{ready} && {user} "$@"', "sh", *words]


@pytest.fixture(scope="module")
def display() -> Iterator[str]:
    """An X server without a screen."""
    if missing := [tool for tool in TOOLS if shutil.which(tool) is None]:
        pytest.skip(f"a station's screen needs {', '.join(missing)}: `make test-screen`")
    may = ["unshare", "--mount", "unshare", "--user", "true"]
    if subprocess.run(may, capture_output=True, check=False).returncode:
        pytest.skip("a policy for one browser alone needs root and namespaces")
    with running_xserver(1280, 1024) as name:
        yield name


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory, display: str) -> Iterator[Session]:
    folder = tmp_path_factory.mktemp("screen")
    (port,) = free_ports(1)
    config = configured(folder, port)
    make_slip_key(config.slip_key_file)
    policy = folder / "policy.json"
    policy.write_text(
        json.dumps(json.loads(POLICY.read_text()) | {"URLAllowlist": [f"http://127.0.0.1:{port}"]})
    )
    runtime = folder / "runtime"
    runtime.mkdir(0o700)
    environment = os.environ | {
        "DISPLAY": display,
        "XDG_RUNTIME_DIR": str(runtime),
        "XDG_SESSION_TYPE": "wayland",
        "WLR_BACKENDS": "x11",
        "WLR_RENDERER": "pixman",
    }
    with (
        (folder / "log").open("wb") as log,
        running(config, CLOCK) as station,
        subprocess.Popen(
            as_patron(command(folder / "kiosk.toml"), policy),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=log,
            start_new_session=True,
        ) as process,
    ):
        inside = environment | {"WAYLAND_DISPLAY": "wayland-0"}
        one = Session(process, inside, folder / "data" / "browser", station)
        try:
            assert wait_until(lambda: is_heard(station), LONG_S), (folder / "log").read_text()
            one.first = one.browser()
            yield one
        finally:
            # As the unit does: the compositor leaves its child behind.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGTERM)
            assert wait_until(lambda: not one.browser(), LONG_S)


def alike(one: Image.Image, other: Image.Image) -> float:
    """The share of pixels that are the same."""
    differing = ImageChops.difference(one, other).convert("L").point(lambda level: level > 24)
    return 1 - differing.histogram()[1] / (one.width * one.height)


@pytest.fixture
def start(session: Session) -> Image.Image:
    """The idle screen as it stands there; whatever is pressed goes to the page."""
    # The window has no name; the first that is found is the root itself.
    session.do("windowfocus", session.do("search", "--onlyvisible", "--class", ".*").split()[-1])
    seen = [session.picture()]

    def stands() -> bool:
        seen.append(session.picture())
        drawn = len(seen[-1].getcolors(1 << 24) or []) > FEW_COLOURS
        return drawn and alike(*seen[-2:]) == 1

    assert wait_until(stands, LONG_S)
    return seen[-1]


@pytest.mark.threat(10)
def test_no_key_leads_out_of_compositor_or_browser(session: Session, start: Image.Image) -> None:
    assert session.hears_keys()
    for keys in (*KEYS, *MORE_KEYS):
        session.do("key", "--clearmodifiers", keys)
        assert session.is_untouched(), keys
    assert session.hears_keys()
    assert alike(session.picture(), start) > ALIKE
    assert is_heard(session.station)


@pytest.mark.fault(26)
def test_a_browser_that_dies_is_back_on_the_screen(session: Session, start: Image.Image) -> None:
    before = session.first
    os.kill(before, signal.SIGKILL)
    assert wait_until(lambda: session.browser() not in (0, before), LONG_S)
    session.first = session.browser()
    assert wait_until(lambda: alike(session.picture(), start) > ALIKE, LONG_S)
    assert wait_until(lambda: is_heard(session.station), LONG_S)
    assert session.hears_keys()
    assert session.is_untouched()
