"""The drawings of the wiring page: `python -m docs.hardware.drawings` writes them as SVG.

Symbols after IEC 60617: contacts are drawn without current, at rest, in peace.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent
UKRAINIAN: Mapping[str, str] = tomllib.loads((FOLDER / "drawings-uk.toml").read_text("utf-8"))
"""What is said on them, by the English words; names of settings and voltages stay."""
ENGLISH: Mapping[str, str] = {}
INK, QUIET, ACCENT, ALARM = "#17131f", "#4c465a", "#4b2a95", "#8f1233"

_HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img" '
    'font-family="Manrope, sans-serif" font-size="13" fill="none" stroke="{ink}" '
    'stroke-width="2" stroke-linecap="round" stroke-linejoin="round">\n'
    "<title>{title}</title>\n"
    '<rect width="{width}" height="{height}" fill="#ffffff" stroke="none"/>\n'
)


class Sheet:
    """A drawing that grows; all measures in pixels."""

    def __init__(
        self, title: str, width: int, height: int, said: Mapping[str, str] = ENGLISH
    ) -> None:
        self._said = said
        title = escape(said.get(title, title))
        self._parts = [_HEAD.format(width=width, height=height, ink=INK, title=title)]

    def wire(self, *points: tuple[int, int], colour: str = INK) -> None:
        """A line through these points."""
        path = " ".join(f"{x},{y}" for x, y in points)
        self._parts.append(f'<polyline points="{path}" stroke="{colour}"/>\n')

    def say(
        self,
        x: int,
        y: int,
        words: str,
        *,
        at: str = "middle",
        colour: str = INK,
        bold: bool = False,
    ) -> None:
        """Words; `at` is start, middle or end."""
        weight = ' font-weight="700"' if bold else ""
        self._parts.append(
            f'<text x="{x}" y="{y}" text-anchor="{at}" fill="{colour}" stroke="none"{weight}>'
            f"{escape(self._said.get(words, words))}</text>\n"
        )

    def box(self, x: int, y: int, width: int, height: int, words: str, under: str = "") -> None:
        """A device, named inside."""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="4" fill="#faf8f3"/>\n'
        )
        middle = y + height // 2 + (5 if not under else -3)
        self.say(x + width // 2, middle, words, bold=True)
        if under:
            self.say(x + width // 2, middle + 17, under, colour=QUIET)

    def dashes(self, x: int, y: int, width: int, height: int) -> None:
        """A ground on which other things stand."""
        self._parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="12" '
            f'stroke="{QUIET}" stroke-dasharray="4 6"/>\n'
        )

    def contact(self, x: int, y: int, words: str, *, closed: bool, colour: str = INK) -> None:
        """A contact of 60 px in a level wire; closed or open while it has no current."""
        self.wire((x, y), (x + 16, y), colour=colour)
        self.wire((x + 44, y), (x + 60, y), colour=colour)
        if closed:
            self.wire((x + 44, y), (x + 44, y - 10), colour=colour)
            self.wire((x + 16, y), (x + 48, y - 10), colour=colour)
        else:
            self.wire((x + 16, y), (x + 42, y - 16), colour=colour)
        self.say(x + 30, y + 20, words, colour=colour)

    def resistor(self, x: int, y: int, words: str) -> None:
        """An upright resistor of 40 px."""
        self._parts.append(f'<rect x="{x - 7}" y="{y}" width="14" height="40" fill="#ffffff"/>\n')
        self.say(x + 14, y + 25, words, at="start", colour=QUIET)

    def dot(self, x: int, y: int) -> None:
        """Wires that meet."""
        self._parts.append(f'<circle cx="{x}" cy="{y}" r="3" fill="{INK}"/>\n')

    def svg(self) -> str:
        """The whole drawing."""
        return "".join([*self._parts, "</svg>\n"])


def locks(said: Mapping[str, str] = ENGLISH) -> str:
    """How three kinds of locks hang at relays."""
    sheet = Sheet(
        "Locks at relays: without current the way in is shut and the way out free", 760, 470, said
    )
    way_in = ("Way in: strike that opens with power", "open_in, without_current = locked")
    way_out = ("Way out: magnet that holds with power", "open_out, without_current = free")
    turnstile = ("Turnstile: input “let out”", "open_out or free_out, without_current = free")
    rows = (
        (70, *way_in, "NO", "strike", False),
        (220, *way_out, "NO", "magnet", False),
        (370, *turnstile, "NC", "turnstile", True),
    )
    for y, what, setting, contact, lock, closed in rows:
        sheet.say(20, y - 36, what, at="start", bold=True)
        sheet.say(740, y - 36, setting, at="end", colour=ACCENT)
        source = "its own input" if closed else "+12 V"
        sheet.say(20, y + 5, source, at="start")
        sheet.wire((110, y), (300, y))
        sheet.contact(300, y, f"relay, {contact}", closed=closed)
        sheet.wire((360, y), (520, y))
        sheet.box(520, y - 22, 130, 44, lock)
        sheet.wire((650, y), (700, y))
        sheet.say(710, y + 5, "0 V" if not closed else "GND", at="start")
        sheet.box(220, y + 40, 220, 40, "relay board, own 5 V", "")
        sheet.wire((330, y + 28), (330, y + 40), colour=ACCENT)
        sheet.say(210, y + 65, "GPIO", at="end", colour=ACCENT)
    return sheet.svg()


def fire(said: Mapping[str, str] = ENGLISH) -> str:
    """The loop that frees the way out without any software."""
    sheet = Sheet(
        "Fire: the panel cuts the power of the way out, whatever the software does", 760, 420, said
    )
    _power_of_the_way_out(sheet)
    _what_is_told(sheet)
    return sheet.svg()


def _power_of_the_way_out(sheet: Sheet) -> None:
    sheet.say(
        20,
        30,
        "Power of the way out: cut by hand or by the fire panel, first and alone",
        at="start",
        bold=True,
    )
    y = 90
    sheet.say(20, y + 5, "+12 V", at="start")
    sheet.wire((80, y), (110, y))
    sheet.contact(110, y, "fire panel", closed=True, colour=ALARM)
    sheet.wire((170, y), (240, y))
    sheet.contact(240, y, "button by the door", closed=True, colour=ALARM)
    sheet.wire((300, y), (400, y))
    sheet.contact(400, y, "relay open_out", closed=False)
    sheet.wire((460, y), (540, y))
    sheet.box(540, y - 22, 120, 44, "magnet")
    sheet.wire((660, y), (700, y))
    sheet.say(710, y + 5, "0 V", at="start")
    sheet.say(205, y + 52, "no software, no Raspberry Pi in this path", colour=ALARM)


def _what_is_told(sheet: Sheet) -> None:
    sheet.say(
        20,
        210,
        "What the software is told: a second contact of the panel, closed in peace",
        at="start",
        bold=True,
    )
    y = 330
    sheet.say(330, 238, "3.3 V")
    sheet.wire((330, 245), (330, 255))
    sheet.resistor(330, 255, "pull = up (inside the Pi)")
    sheet.wire((330, 295), (330, y))
    sheet.dot(330, y)
    sheet.wire((330, y), (200, y), colour=ACCENT)
    sheet.box(50, y - 22, 150, 44, "GPIO", "fire, active = high")
    sheet.wire((330, y), (420, y))
    sheet.contact(420, y, "fire panel, 2nd contact", closed=True, colour=ALARM)
    sheet.wire((480, y), (560, y))
    sheet.say(570, y + 5, "GND", at="start")
    sheet.say(
        20,
        395,
        "Fire, a cut cable and a pulled plug all read high: all are a fire.",
        at="start",
        colour=QUIET,
    )


def sensors(said: Mapping[str, str] = ENGLISH) -> str:
    """Inputs: contacts and light barriers."""
    sheet = Sheet(
        "Sensors: contacts to ground, light barriers through an optocoupler", 760, 400, said
    )
    button = ("Staff button, open at rest", "staff_button: pull = up, active = low")
    door = ("Door contact, closed while the door is shut", "door: pull = up, active = high")
    rows = ((80, *button, "button", False), (190, *door, "reed", True))
    for y, what, setting, name, closed in rows:
        sheet.say(20, y - 36, what, at="start", bold=True)
        sheet.say(740, y - 36, setting, at="end", colour=ACCENT)
        sheet.box(80, y - 20, 90, 40, "GPIO")
        sheet.wire((170, y), (330, y), colour=ACCENT)
        sheet.contact(330, y, name, closed=closed)
        sheet.wire((390, y), (560, y))
        sheet.say(570, y + 5, "GND", at="start")
    y = 310
    sheet.say(
        20, y - 46, "Light barrier of 12 or 24 V: never straight to a pin", at="start", bold=True
    )
    sheet.say(
        740, y - 46, "passed_in, passed_out: pull = up, active = low", at="end", colour=ACCENT
    )
    sheet.box(80, y - 20, 90, 40, "GPIO")
    sheet.wire((170, y), (280, y), colour=ACCENT)
    sheet.box(280, y - 32, 150, 64, "optocoupler", "e.g. PC817 board")
    sheet.wire((430, y - 14), (540, y - 14))
    sheet.wire((430, y + 14), (540, y + 14))
    sheet.box(540, y - 32, 160, 64, "light barrier", "NPN or PNP output")
    sheet.wire((355, y + 32), (355, y + 56))
    sheet.say(355, y + 74, "GND of the Pi; the barrier keeps its own supply", colour=QUIET)
    return sheet.svg()


def station(said: Mapping[str, str] = ENGLISH) -> str:
    """What hangs at the computer of a station, and what feeds it."""
    sheet = Sheet("A station: what hangs at its computer, and what feeds it", 760, 560, said)
    sheet.box(290, 32, 180, 416, "Raspberry Pi 4, 5", "or a small PC")
    left = (
        (60, "mains", "230 V", ""),
        (150, "UPS board", "stops cleanly, starts again", "5 V, I²C"),
        (240, "clock (RTC)", "a Pi 5 has its own", "I²C"),
        (330, "SSD", "not a memory card", "USB 3"),
        (420, "server", "the library’s network", "Ethernet"),
    )
    for y, name, under, line in left:
        sheet.box(20, y - 28, 190, 56, name, under)
        if line:
            sheet.wire((210, y), (290, y), colour=ACCENT)
            sheet.say(250, y - 8, line, colour=ACCENT)
    sheet.wire((115, 88), (115, 122))
    sheet.say(125, 110, "5 V unit", at="start", colour=QUIET)
    right = (
        (60, "screen", "touch", "HDMI, USB"),
        (150, "scanner", "or a camera", "USB"),
        (240, "slip printer", "24 V of its own", "USB, LAN"),
        (330, "card reader", "PC/SC", "USB"),
        (420, "camera for photos", "at the height of eyes", "CSI, USB"),
    )
    for y, name, under, line in right:
        sheet.box(560, y - 28, 180, 56, name, under)
        sheet.wire((470, y), (560, y), colour=ACCENT)
        sheet.say(515, y - 8, line, colour=ACCENT)
    sheet.wire((380, 448), (380, 476), colour=ACCENT)
    sheet.say(390, 467, "GPIO", at="start", colour=ACCENT)
    sheet.box(250, 476, 260, 56, "relay board, sensors", "5 V and 12 V of their own")
    return sheet.svg()


DRAWINGS: dict[str, Callable[[Mapping[str, str]], str]] = {
    "station": station,
    "locks": locks,
    "fire": fire,
    "sensors": sensors,
}


def main() -> None:
    """Write every drawing beside this file, in English and in Ukrainian."""
    for name, draw in DRAWINGS.items():
        (FOLDER / f"{name}.svg").write_text(draw(ENGLISH), "utf-8")
        (FOLDER / f"{name}-uk.svg").write_text(draw(UKRAINIAN), "utf-8")


if __name__ == "__main__":
    main()
