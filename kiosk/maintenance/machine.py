"""What the machine tells of itself, and the two knobs that a technician turns: sound and light.

Everything is read from the files of Linux; what a machine does not have is None, never an error.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

_ANSWERS_S: Final = 3.0
_MIXER: Final = "amixer"
_DARKEST: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """The machine at this moment."""

    disk_free_mb: int
    disk_free_percent: int
    temperature_c: float | None
    undervoltage: bool | None
    """Whether the power supply is, or was since the machine's start, too weak."""
    uptime_s: float | None
    memory_free_mb: int | None
    addresses: tuple[str, ...]
    """Of the network, as `eth0 192.168.1.20`."""


def look(folder: Path, root: Path = Path("/")) -> Machine:
    """Look at the machine, and at the disk that `folder` lies on; never raises."""
    disk = shutil.disk_usage(folder)
    return Machine(
        disk_free_mb=disk.free // 2**20,
        disk_free_percent=round(100 * disk.free / disk.total),
        temperature_c=_temperature_c(root),
        undervoltage=_undervoltage(root),
        uptime_s=_first_number(root / "proc/uptime"),
        memory_free_mb=_memory_free_mb(root),
        addresses=_addresses(),
    )


def _temperature_c(root: Path) -> float | None:
    zones = sorted((root / "sys/class/thermal").glob("thermal_zone*/temp"))
    found = [value / 1000 for zone in zones if (value := _first_number(zone)) is not None]
    return max(found, default=None)


def _undervoltage(root: Path) -> bool | None:
    """The Pi's firmware watches its supply (driver raspberrypi-hwmon)."""
    for chip in (root / "sys/class/hwmon").glob("hwmon*"):
        if _text(chip / "name") == "rpi_volt":
            return _first_number(chip / "in0_lcrit_alarm") == 1
    return None


def _memory_free_mb(root: Path) -> int | None:
    for line in _text(root / "proc/meminfo").splitlines():
        if line.startswith("MemAvailable:"):
            return int(line.split()[1]) // 1024
    return None


def _addresses() -> tuple[str, ...]:
    told = _run("ip", "-json", "address", "show", "scope", "global")
    try:
        links: list[dict[str, Any]] = json.loads(told or "[]")
    except ValueError:
        return ()
    return tuple(
        f"{link.get('ifname', '?')} {address.get('local', '?')}"
        for link in links
        for address in link.get("addr_info", ())
        if "local" in address
    )


# --- Sound and light ----------------------------------------------------------------------------


def volume_percent() -> int | None:
    """How loud the machine is; None where it has no mixer."""
    told = _run(_MIXER, "sget", "Master")
    _, _, after = (told or "").partition("[")
    percent = after.partition("%")[0]
    return int(percent) if percent.isdigit() else None


def set_volume(percent: int) -> bool:
    """Make it so loud; whether the machine could."""
    return _run(_MIXER, "-q", "sset", "Master", f"{_within(percent, 0)}%") is not None


def brightness_percent(root: Path = Path("/")) -> int | None:
    """How bright the screen is; None where it cannot be set."""
    light = _light(root)
    if light is None:
        return None
    now, most = _first_number(light / "brightness"), _first_number(light / "max_brightness")
    return None if now is None or not most else round(100 * now / most)


def set_brightness(percent: int, root: Path = Path("/")) -> bool:
    """Make the screen so bright, never quite dark; whether the machine could."""
    light = _light(root)
    most = None if light is None else _first_number(light / "max_brightness")
    if light is None or not most:
        return False
    with suppress(OSError):
        (light / "brightness").write_text(str(round(most * _within(percent, _DARKEST) / 100)))
        return True
    return False


def _light(root: Path) -> Path | None:
    return next(iter(sorted((root / "sys/class/backlight").glob("*"))), None)


def _within(percent: int, least: int) -> int:
    return min(100, max(least, percent))


def _run(*command: str) -> str | None:
    """What a program says; None where there is none, or where it fails."""
    path = shutil.which(command[0])
    if path is None:
        return None
    try:
        done = subprocess.run(
            [path, *command[1:]], capture_output=True, text=True, timeout=_ANSWERS_S, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout


def _text(path: Path) -> str:
    try:
        return path.read_text(errors="replace").strip()
    except OSError:
        return ""


def _first_number(path: Path) -> float | None:
    try:
        return float(_text(path).split()[0])
    except (IndexError, ValueError):
        return None
