"""From an e-ticket before the camera to the words on the screen, in a real browser.

The whole library runs as in `lystok demo`: camera, decoder, rules, server and printer take their
part of the time. What the eye sees first is the first screen that changes, and the greeting is the
one with the slip. Both are taken by the page itself, by the clock of this machine.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
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

_CHROMIUM: Final = "/usr/bin/chromium"
_ALONE: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_HELD_S, _GOES_S, _WITHIN_S = 0.8, 9.0, 20.0
_LIMIT_MS = 1000
_TIMES, _MANY = 5, 20
_WATCH: Final = """() => {
  window.seen = [];
  const note = () => {
    const name = [...document.querySelectorAll('.screen')].at(-1)?.dataset.name;
    if (name && window.seen.at(-1)?.name !== name) window.seen.push({name, at: Date.now()});
  };
  const all = {subtree: true, childList: true, attributes: true};
  new MutationObserver(note).observe(document.body, all);
}"""


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Milliseconds from the ticket to the first change and to the greeting."""
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
    first, greeted = zip(*taken, strict=True)
    yield Figure("ticket to first change median", median(first), "ms")
    yield Figure("ticket to first change slowest", max(first), "ms")
    yield Figure("ticket to greeting median", median(greeted), "ms", at_most=_LIMIT_MS)
    yield Figure("ticket to greeting 99th percentile", percentile(greeted, 99), "ms")


def _numbers(here: Stage, *, full: bool) -> list[str]:
    """Tickets of readers who are let in; the first greets a cold station and is shown apart."""
    valid = [ticket.number for ticket in here.tickets if ticket.state == "valid"]
    for number in valid:
        here.ticket_picture(number)
    return valid[: _MANY if full else _TIMES]


def _once(here: Stage, page: Page, number: str) -> tuple[float, float]:
    page.evaluate("window.seen.length = 0")
    picture = here.ticket_picture(number)
    began_ms = time.time() * 1000
    hold(here.stations[ENTRANCE].camera, picture, _HELD_S)
    seen: list[dict[str, Any]] = []

    def greeted() -> bool:
        seen[:] = page.evaluate("window.seen")
        return any(screen["name"] == "greeting" for screen in seen)

    if not wait_until(greeted, _WITHIN_S):
        raise TimeoutError("nobody was greeted")
    at = next(screen["at"] for screen in seen if screen["name"] == "greeting")
    # The person walks, and the screen waits for the next one.
    page.wait_for_timeout(_GOES_S * 1000)
    return seen[0]["at"] - began_ms, at - began_ms
