"""What there is to see on the stage at this moment, for whoever looks."""

from __future__ import annotations

import threading
import time
from datetime import UTC, datetime
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import requests
from PIL import Image

from demo.eyes import Eyes, Seen
from demo.handles import Handle
from demo.stage import Stage, Station
from gate.slip_numbers import normalise_slip_number
from hardware.contracts import CodeFormat
from hardware.decoder import decode_picture

_EVERY_S: Final = 0.5
_NOBODY_LOOKS_S: Final = 5.0
"""After so long without a question nobody looks any more."""
_SLIPS: Final = 40
_PRINTER_TELLS: Final = ("status", "faults", "waiting_bytes", "lines_begun")
_LANE_TELLS: Final = 6

Sight = dict[str, Any]


class Watch:
    """Looks at all devices while somebody asks, and at once when a screen changes."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._eyes: dict[str, Eyes] = {}
        self._held: dict[str, int] = {}
        self._changed = threading.Condition()
        self._sight: Sight = {}
        self._version = 0
        self._asked_at = 0.0
        self._soon = threading.Event()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def after(self, version: int, timeout_s: float) -> Sight:
        """What is seen as soon as it differs from `version`, or after the time as it is."""
        with self._changed:
            rests = time.monotonic() - self._asked_at > _NOBODY_LOOKS_S
            self._asked_at = time.monotonic()
            if rests or not self._version:
                self._soon.set()
            self._changed.wait_for(
                lambda: self._closed or self._version not in (0, version), timeout_s
            )
            return {"version": self._version, **self._sight}

    def soon(self) -> None:
        """Look at once: something was done."""
        self._soon.set()

    def held(self, station: str) -> None:
        """Something else is held to a station's camera."""
        with self._changed:
            self._held[station] = self._held.get(station, 0) + 1
        self.soon()

    def screen(self, station: str) -> Seen | None:
        """What a station's screen shows; None while it is dark."""
        eyes = self._eyes.get(station)
        return eyes.now if eyes is not None and not eyes.is_over else None

    def press(self, station: str, action: str, value: str) -> None:
        """Press a button of a station's screen. Raises LookupError while it is dark."""
        eyes = self._eyes.get(station)
        if eyes is None or self.screen(station) is None:
            raise LookupError(f"the screen of {station} is dark")
        eyes.press(action, value)

    def close(self) -> None:
        """Look away."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._soon.set()
        self._thread.join()
        for eyes in self._eyes.values():
            eyes.close()

    def _run(self) -> None:
        while True:
            self._soon.wait(_EVERY_S)
            if self._closed:
                return
            asked = self._soon.is_set()
            self._soon.clear()
            if asked or time.monotonic() - self._asked_at < _NOBODY_LOOKS_S:
                self._look()

    def _look(self) -> None:
        sight: Sight = {
            "stations": {code: self._station(one) for code, one in self._stage.stations.items()},
            "slips": [slip_told(path) for path in reversed(self._stage.slips()[-_SLIPS:])],
        }
        with self._changed:
            if sight != self._sight:
                self._sight = sight
                self._version += 1
                self._changed.notify_all()

    def _station(self, station: Station) -> Sight:
        return {
            "camera": _state(station.camera),
            "cards": _state(station.cards),
            "lane": _lane(_state(station.lane)),
            "printer": _some(_state(station.printer), _PRINTER_TELLS),
            "held": self._held.get(station.code, 0),
            "cable": {"whole": not station.wire.is_cut},
            "screen": self._screen(station),
        }

    def _screen(self, station: Station) -> Sight | None:
        eyes = self._eyes.get(station.code)
        if eyes is None or eyes.is_over:
            eyes = self._open(station)
        seen = None if eyes is None else eyes.now
        if eyes is None or seen is None:
            return None
        return {
            "count": eyes.count(),
            "name": seen.name,
            "tone": seen.tone,
            "title": headline(seen.html),
        }

    def _open(self, station: Station) -> Eyes | None:
        try:
            eyes = Eyes(station.page, self._soon.set)
        except (requests.RequestException, OSError, ValueError):
            return None
        self._eyes[station.code] = eyes
        return eyes


def _state(handle: Handle) -> Sight | None:
    """What a device tells; None while its program is not there."""
    try:
        return handle.state()
    except requests.RequestException:
        return None


def _some(state: Sight | None, names: tuple[str, ...]) -> Sight | None:
    return None if state is None else {name: state[name] for name in names}


def _lane(state: Sight | None) -> Sight | None:
    return None if state is None else {**state, "past": state["past"][-_LANE_TELLS:]}


def slip_told(path: Path) -> Sight:
    """A slip by station and name, when it came out, its number where its bars can be read."""
    return {
        "name": f"{path.parent.name}/{path.stem}",
        "station": path.parent.name,
        "torn": path.stem.endswith("-torn"),
        "at": datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat(),
        "number": slip_number(path),
    }


@cache
def slip_number(path: Path) -> str:
    """The number of a slip, read from its bars; empty where there are none."""
    with Image.open(path) as drawn:
        codes = decode_picture(drawn.convert("RGB"))
    bars = (code.text for code in codes if code.format == CodeFormat.CODE128)
    return next((number for text in bars if (number := normalise_slip_number(text))), "")


def headline(html: str) -> str:
    """The headline of a screen, in words."""
    reader = _Headline()
    reader.feed(html)
    return " ".join("".join(reader.words).split())


class _Headline(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._within = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        self._within = self._within or tag == "h1"

    def handle_endtag(self, tag: str) -> None:
        self._within = self._within and tag != "h1"

    def handle_data(self, data: str) -> None:
        if self._within:
            self.words.append(data)
