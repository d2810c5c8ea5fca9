"""From an e-ticket before the camera to the words on the screen, in a real browser.

The whole library runs as in `lystok demo`: camera, decoder, rules, server and printer take their
part of the time. The station says when the code was read; from there the page's frame lights and a
note sounds (limit 100 ms), then comes the greeting with the slip (limit 1 s). Before it lies the
camera: from the moment when it sees the ticket, which the simulated one tells, to the next of its
frames, 15 a second, and through the decoder. What the simulated hand needs to draw the ticket on
its phone is told beside it, and belongs to nobody's time. The page takes the times when its
picture is made, by the clock of this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, Final

from playwright.sync_api import Page, sync_playwright

from bench.figure import Figure, percentile
from demo import stage
from demo.handles import hold
from demo.programs import wait_until
from demo.stage import ENTRANCE, Stage
from hardware.camera_simulator import Settings as CameraSettings

_CHROMIUM: Final = "/usr/bin/chromium"
_ALONE: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_HELD_S, _GOES_S, _WITHIN_S = 0.8, 6.0, 20.0
_FEEDBACK_MS, _GREETING_MS = 100, 1000
_TIMES, _MANY = 6, 40
_WATCH: Final = """() => {
  window.seen = [];
  const page = document.documentElement;
  const look = () => [page.dataset.read, document.querySelector('.screen')?.dataset.name];
  let last = look();
  // A change is on the screen once the frame after it is made.
  const painted = (tell) => requestAnimationFrame(() => setTimeout(tell));
  new MutationObserver(() => {
    const [read, name] = look();
    const tell = (what) => painted(() => window.seen.push({...what, at: Date.now()}));
    if (read !== last[0]) tell({name: 'read', read: Number(read)});
    if (name !== last[1]) tell({name});
    last = [read, name];
  }).observe(page, {subtree: true, childList: true, attributes: true});
}"""


@dataclass(frozen=True, slots=True)
class Taken:
    """Milliseconds of one ticket: drawn, read once it is seen, then to the frame and greeting."""

    drawn: float
    read: float
    feedback: float
    greeting: float


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Milliseconds from the ticket to the read, from there to the first change and the greeting."""
    with (
        TemporaryDirectory(prefix="lystok-bench-") as folder,
        stage.running(Path(folder)) as here,
        sync_playwright() as player,
        player.chromium.launch(executable_path=_CHROMIUM, args=_ALONE) as chromium,
    ):
        page = chromium.new_page(viewport={"width": 1080, "height": 1920})
        page.goto(here.stations[ENTRANCE].page)
        page.evaluate(_WATCH)
        taken = [_once(here, page, number) for number in _numbers(here, full=full)]
    # The first greets a cold station.
    taken = taken[1:]
    yield Figure("ticket drawn by the simulated hand median", median(o.drawn for o in taken), "ms")
    yield Figure("camera between two frames", 1000 / CameraSettings(driver="simulator").fps, "ms")
    yield Figure("ticket to read median", median(one.read for one in taken), "ms")
    yield Figure("ticket to read 99th percentile", percentile([o.read for o in taken], 99), "ms")
    for name, limit in (("feedback", _FEEDBACK_MS), ("greeting", _GREETING_MS)):
        times = [getattr(one, name) for one in taken]
        yield Figure(f"read to {name} median", median(times), "ms", at_most=limit)
        yield Figure(f"read to {name} 99th percentile", percentile(times, 99), "ms", at_most=limit)
    whole = [one.read + one.greeting for one in taken]
    yield Figure("ticket to greeting median", median(whole), "ms", at_most=_GREETING_MS)
    yield Figure("ticket to greeting 99th percentile", percentile(whole, 99), "ms")


def _numbers(here: Stage, *, full: bool) -> list[str]:
    """Tickets of readers who are let in."""
    valid = [ticket.number for ticket in here.tickets if ticket.state == "valid"]
    numbers = valid[: 1 + (_MANY if full else _TIMES)]
    for number in numbers:
        here.ticket_picture(number)
    return numbers


def _once(here: Stage, page: Page, number: str) -> Taken:
    page.evaluate("window.seen.length = 0")
    picture = here.ticket_picture(number)
    began_ms = time.time() * 1000
    camera = here.stations[ENTRANCE].camera
    hold(camera, picture, _HELD_S)
    held_ms = datetime.fromisoformat(camera.state()["held_at"]).timestamp() * 1000
    seen: dict[str, dict[str, Any]] = {}

    def greeted() -> bool:
        for one in page.evaluate("window.seen"):
            seen.setdefault(one["name"], one)
        return "greeting" in seen and "read" in seen

    if not wait_until(greeted, _WITHIN_S):
        raise TimeoutError(f"nobody was greeted, only {list(seen)}")
    # The person walks, and the screen waits for the next one.
    page.wait_for_timeout(_GOES_S * 1000)
    read_ms = seen["read"]["read"]
    return Taken(
        drawn=held_ms - began_ms,
        read=read_ms - held_ms,
        feedback=seen["read"]["at"] - read_ms,
        greeting=seen["greeting"]["at"] - read_ms,
    )
