"""What `lystok release` and the install script ask for; answers are what is printed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Final

from release import bundle, environment, machine, renewal
from release.bundle import BadBundle
from release.environment import NoEnvironment
from release.place import Parts, Place
from release.renewal import RolledBack

ROOT: Final = Path("/opt/lystok")
_EPOCH: Final = "1767225600"
_NOT_BUILT: Final = (".*", "bench", "build", "docs", "tests", "*.egg-info", "__pycache__")
TRUSTED: Final = Path("/etc/lystok/release.pub")
FAULTS: Final = (BadBundle, NoEnvironment, RolledBack, LookupError, OSError)
"""Why there may be no release; the message says what, and what helps."""


def keys(private: Path, public: Path) -> str:
    """Make the keys of releases. Raises FileExistsError."""
    bundle.new_key(private, public)
    return (
        f"{private} signs releases: keep it off every machine that runs Lystok\n"
        f"{public} verifies them: copy it to {TRUSTED} of each"
    )


def build(source: Path, target: Path, key_file: Path) -> str:
    """Make a signed release of the project at `source`. Raises NoEnvironment."""
    with tempfile.TemporaryDirectory(prefix="lystok-wheel-") as folder:
        wheel = make_wheel(source, Path(folder), Path(sys.executable))
        bundle.build(source, wheel, target, key_file=key_file, at=datetime.now(UTC))
    return f"{target}: {target.stat().st_size // 1024} KiB, signed"


def make_wheel(source: Path, folder: Path, python: Path) -> Path:
    """Build the project's wheel with the tools of an environment. Raises NoEnvironment."""
    copy = folder / "source"
    # Building leaves traces; the source may be somebody else's.
    shutil.copytree(source, copy, ignore=shutil.ignore_patterns(*_NOT_BUILT))
    ended = subprocess.run(
        [
            str(python), "-m", "pip", "--isolated", "wheel", "--quiet", "--no-deps", "--no-index",
            "--no-build-isolation", "--disable-pip-version-check", "--wheel-dir", str(folder),
            str(copy),
        ],
        capture_output=True, text=True, check=False,
        # The same source gives the same wheel, to the byte.
        env={**os.environ, "SOURCE_DATE_EPOCH": _EPOCH, "PYTHONWARNINGS": "ignore"},
    )  # fmt: skip
    if ended.returncode != 0:
        raise NoEnvironment(ended.stderr.strip()[-2000:])
    (wheel,) = folder.glob("lystok-*.whl")
    return wheel


def install(path: Path, role: str, root: Path = ROOT, trusted: Path = TRUSTED) -> str:
    """Verify a bundle, lay it beside the present release and keep it if it works.

    Raises BadBundle, NoEnvironment, RolledBack, OSError.
    """
    place = Place(root / role)
    with tempfile.TemporaryDirectory(prefix="lystok-bundle-") as folder:
        inside = Path(folder)
        bundle.unpack(path, inside, public_key=trusted.read_text("ascii"))
        name = place.lay(bundle.parts(inside, machine.lock_of(role)), _maker(inside))
    if place.present == name:
        return f"{name} is at work already: nothing was changed"
    renewal.renew(place, name, machine.program(role, place))
    place.tidy()
    if place.before is None:
        return f"{name} is at work"
    return f"{name} is at work; `lystok release back --role {role}` brings {place.before} back"


def back(role: str, root: Path = ROOT) -> str:
    """Go back to the release before. Raises LookupError where there is none, OSError."""
    place = Place(root / role)
    if place.before is None:
        raise LookupError("there is no release before this one")
    name = place.before
    renewal.renew(place, name, machine.program(role, place))
    return f"{name} is at work again"


def settle(role: str, root: Path = ROOT) -> str:
    """After the power went in a renewal: keep what works. Raises OSError."""
    place = Place(root / role)
    undone = renewal.settle(place, machine.program(role, place))
    return f"{undone} was not ready: {place.present} is back" if undone else "nothing was cut off"


def told(role: str, root: Path = ROOT) -> str:
    """The releases of a machine, a line each."""
    place = Place(root / role)
    marks = {place.before: "before", place.present: "present"}
    names = sorted(path.name for path in (place.root / "releases").glob("[!.]*"))
    return "\n".join(f"{name}  {marks.get(name, '')}".rstrip() for name in names) or "none"


def lay(source: Path, role: str, root: Path = ROOT) -> tuple[str, bool]:
    """For the install script: the release of a checkout or unpacked bundle is the present one.

    Answers its name and whether anything was changed. Raises NoEnvironment, BadBundle.
    """
    place = Place(root / role)
    before = place.present
    if any(source.glob("lystok-*.whl")):
        name = place.lay(bundle.parts(source, machine.lock_of(role)), _maker(source))
    else:
        name = _lay_checkout(source, role, place)
    place.switch(name)
    place.tidy()
    return name, before != name


def _lay_checkout(source: Path, role: str, place: Place) -> str:
    """The project's own wheel is built with the tools that its lock names."""
    lock = source / "requirements" / f"{machine.lock_of(role)}.txt"
    tools = place.environment(lock, _maker(source))
    with tempfile.TemporaryDirectory(prefix="lystok-wheel-") as folder:
        wheel = make_wheel(source, Path(folder), tools / "bin" / "python")
        return place.lay(Parts(wheel=wheel, lock=lock, deploy=source / "deploy"), _maker(source))


def _maker(source: Path) -> Callable[[Path, Path], None]:
    wheels = [folder for folder in (source / "wheels",) if folder.is_dir()]
    return partial(environment.make, build=source / "requirements" / "build.txt", wheels=wheels)
