"""The support bundle: what somebody far away needs to help, and nothing about any person.

What it holds is chosen, not filtered: states, settings, codes of events, hardware. The log alone
is free text; it holds no names by rule, and what looks like a code, a number of a slip, a card or
a telephone is taken out of it all the same.
"""

from __future__ import annotations

import io
import json
import platform
import re
import sys
import zipfile
from collections.abc import Iterable
from dataclasses import asdict
from importlib.metadata import distributions
from pathlib import Path
from typing import Any, Final

from hardware import doctor
from kiosk.maintenance.events import Line
from kiosk.maintenance.overview import Overview
from kiosk.origins import Setting

FOLDER: Final = "support"
_REMOVED: Final = "[…]"
_PERSONAL: Final = re.compile(
    r"L[TS]1:\S+"  # codes of tickets and slips
    r"|\b[A-Z0-9]{2}-\d{3,}-[A-Z0-9]{4,}\b"  # numbers of slips
    r"|\b[0-9a-fA-F]{8}(?:[0-9a-fA-F]{2})*\b"  # numbers of cards
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|\+?\d[\d\s()-]{8,}\d"
    r"|\b\d{6,}\b"
)
_STAMP: Final = re.compile(r"timestamp=\S+")


def make(
    seen: Overview, settings: Iterable[Setting], events: Iterable[Line], log: Iterable[str]
) -> bytes:
    """The bundle as a ZIP."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle:
        _add(bundle, "state.json", {"state": seen.state, "machine": asdict(seen.machine)})
        _add(bundle, "faults.json", [asdict(fault) for fault in seen.faults])
        _add(bundle, "settings.json", [asdict(each) for each in settings])
        _add(bundle, "events.json", [_told(line) for line in events])
        _add(bundle, "hardware.json", [asdict(part) for part in doctor.parts()])
        _add(bundle, "versions.json", _versions())
        bundle.writestr("log.txt", "\n".join(map(redacted, log)))
    return file.getvalue()


def write(folder: Path, name: str, bundle: bytes) -> Path:
    """Keep it below the station's data; answers where."""
    target = folder / FOLDER / name
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_bytes(bundle)
    return target


def redacted(line: str) -> str:
    """A line of the log without what may be somebody's; its own time stays."""
    stamps = _STAMP.findall(line)
    kept = iter(stamps)
    rest = _PERSONAL.sub(_REMOVED, _STAMP.sub("\0", line))
    return re.sub("\0", lambda _: next(kept), rest)


def _told(line: Line) -> dict[str, Any]:
    return asdict(line) | {"problem": redacted(line.problem)}


def _versions() -> dict[str, str]:
    found = {each.metadata["Name"]: each.version for each in distributions()}
    return {"python": sys.version, "system": platform.platform(), **dict(sorted(found.items()))}


def _add(bundle: zipfile.ZipFile, name: str, told: Any) -> None:
    bundle.writestr(name, json.dumps(told, ensure_ascii=False, indent=1, default=str))
