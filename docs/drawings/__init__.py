"""The drawings of the architecture page: `python -m docs.drawings` writes them as SVG."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from docs.hardware.drawings import ACCENT, ALARM, QUIET, Sheet

FOLDER: Final = Path(__file__).parent
_TIP: Final = 7


class Plan(Sheet):
    """A sheet with arrows and grounds."""

    def arrow(
        self, *points: tuple[int, int], words: str = "", at: tuple[int, int] = (0, 0)
    ) -> None:
        """A line with a tip at its end; its words stand at `at`."""
        self.wire(*points, colour=ACCENT)
        (x0, y0), (x, y) = points[-2:]
        across = (x > x0) - (x < x0), (y > y0) - (y < y0)
        back = x - across[0] * _TIP, y - across[1] * _TIP
        side = across[1] * _TIP // 2 + across[1], across[0] * _TIP // 2 + across[0]
        self.wire(
            (back[0] + side[0], back[1] + side[1]), (x, y), (back[0] - side[0], back[1] - side[1]),
            colour=ACCENT,
        )  # fmt: skip
        if words:
            self.say(*at, words, colour=ACCENT)

    def ground(self, x: int, y: int, width: int, height: int, words: str) -> None:
        """What belongs together, named in its corner."""
        self.dashes(x, y, width, height)
        self.say(x + 16, y + 24, words, at="start", colour=QUIET)


def house() -> str:
    """Which room knows which."""
    sheet = Plan("The house: who may know whom", 880, 420)
    sheet.box(50, 110, 230, 174, "kiosk", "a station: store, sync, flow")
    sheet.box(600, 110, 230, 174, "server", "tables, services, API, console")
    sheet.wire((165, 110), (165, 56), (400, 56), colour=ALARM)
    sheet.wire((480, 56), (715, 56), (715, 110), colour=ALARM)
    sheet.say(440, 61, "never", colour=ALARM, bold=True)
    sheet.box(340, 110, 200, 64, "gate", "the judgement, pure")
    sheet.box(340, 220, 200, 64, "templates", "words, looks, papers")
    for y in (142, 252):
        sheet.arrow((280, y), (340, y))
        sheet.arrow((600, y), (540, y))
    sheet.arrow((165, 284), (165, 330))
    sheet.box(50, 330, 230, 64, "hardware", "drivers, simulators")
    sheet.box(340, 330, 200, 64, "release", "updates, and back")
    sheet.box(600, 330, 230, 64, "lystok, demo", "start all of it; nobody knows them")
    return sheet.svg()


def event() -> str:
    """The way of an event from the door to the audit log, and of facts back."""
    sheet = Plan("The way of an event, and of facts back", 880, 500)
    sheet.ground(20, 20, 390, 460, "a station")
    sheet.ground(490, 20, 370, 460, "the centre")
    sheet.box(50, 70, 160, 56, "scan", "code or card")
    sheet.box(50, 176, 160, 56, "judgement", "gate.rules")
    sheet.box(50, 282, 340, 64, "one commit", "visit, print job, event: SQLite, FULL")
    sheet.box(50, 400, 150, 56, "paper", "printer")
    sheet.box(240, 400, 150, 56, "lane", "its own process")
    sheet.box(250, 176, 140, 56, "copy", "rows and cursor")
    sheet.box(510, 70, 330, 56, "facts", "POST facts, answered within 400 ms")
    sheet.box(510, 176, 330, 56, "changes", "GET changes behind a cursor, long poll")
    sheet.box(510, 282, 330, 64, "events", "kept once by their UUIDv7, judged again")
    sheet.box(510, 400, 150, 56, "inbox", "verdicts that differ")
    sheet.box(690, 400, 150, 56, "audit log", "sealed in a chain")
    sheet.arrow((130, 126), (130, 176))
    sheet.arrow((210, 98), (510, 98), words="asks", at=(450, 90))
    sheet.arrow((250, 204), (210, 204))
    sheet.arrow((130, 232), (130, 282))
    sheet.arrow((510, 204), (390, 204), words="rows", at=(450, 196))
    sheet.arrow((125, 346), (125, 400))
    sheet.arrow((315, 346), (315, 400))
    sheet.arrow((390, 314), (510, 314), words="outbox", at=(450, 306))
    sheet.arrow((585, 346), (585, 400))
    sheet.arrow((765, 346), (765, 400))
    return sheet.svg()


def decision() -> str:
    """How a scan becomes a verdict."""
    sheet = Plan("How a scan becomes a verdict", 880, 430)
    sheet.box(20, 50, 150, 56, "code", "signature, term, kind")
    sheet.box(220, 50, 180, 56, "server in time?", "400 ms, then a breaker")
    sheet.box(470, 20, 180, 56, "fresh facts", "as of now")
    sheet.box(470, 96, 180, 56, "the copy", "as of its last change")
    sheet.box(700, 50, 160, 64, "facts", "one shape, as_of")
    sheet.arrow((170, 78), (220, 78))
    sheet.arrow((400, 66), (435, 66), (435, 48), (470, 48), words="yes", at=(418, 58))
    sheet.arrow((400, 90), (435, 90), (435, 124), (470, 124), words="no", at=(418, 108))
    sheet.arrow((650, 48), (675, 48), (675, 72), (700, 72))
    sheet.arrow((650, 124), (675, 124), (675, 92), (700, 92))
    sheet.arrow((780, 114), (780, 190))
    sheet.box(560, 190, 300, 64, "decide(facts, at)", "pure: time is an argument")
    sheet.say(530, 215, "policy: settings, calendar", at="end", colour=QUIET)
    sheet.say(530, 235, "freshness: age of the facts, trust in the time", at="end", colour=QUIET)
    sheet.arrow((600, 254), (600, 290), (130, 290), (130, 330))
    sheet.arrow((650, 254), (650, 300), (360, 300), (360, 330))
    sheet.arrow((710, 254), (710, 310), (570, 310), (570, 330))
    sheet.arrow((780, 254), (780, 330))
    sheet.box(40, 330, 180, 64, "grant", "the slip, then the lane")
    sheet.box(270, 330, 180, 64, "desk", "a person decides")
    sheet.box(480, 330, 180, 64, "refuse", "why, and where to go")
    sheet.box(700, 330, 160, 64, "reasons, duties", "codes; words later")
    return sheet.svg()


DRAWINGS: Final[Mapping[str, Callable[[], str]]] = {
    "house": house,
    "event": event,
    "decision": decision,
}


def main() -> None:
    """Write every drawing beside this file."""
    for name, draw in DRAWINGS.items():
        (FOLDER / f"{name}.svg").write_text(draw(), "utf-8")
