"""The e-ticket as a picture to keep on a phone or to print as a card."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from PIL import Image, ImageDraw

from templates.slips.codes import QR_QUIET_MODULES, TICKET_QR_MOST, qr, qr_modules
from templates.slips.content import Language
from templates.slips.tokens import Style
from templates.slips.typeface import cap_height, clean, draw_words, fit, measure, wrap
from templates.tickets.tokens import Look, look

_LIBRARY_LINES = 3


def draw_ticket(
    code: str,
    number: str,
    kind: str,
    library: str,
    *,
    valid_until: str,
    name: str | None = None,
    language: Language = "uk",
) -> Image.Image:
    """A card in RGB, 1080 x 1712 pixels: what it is and whose, above a QR code as wide as it.

    `code` is the signed text `LT1:…`, `kind` one of permanent, one_time, staff; `valid_until` is
    formatted already. Raises CodeError where the code needs more than a QR version 6-M,
    KeyError for another kind.
    """
    measures, word = look(), words(language)
    card = Image.new("RGB", (measures.width, measures.height), measures.colours["field"])
    panel = code_panel(code, measures.width)
    card.paste(panel, (0, measures.height - panel.height))
    pen = _Pen(card, measures)
    bottom = measures.height - panel.height - measures.margin
    bottom = pen.facts(bottom, _facts(word, name, valid_until)) - measures.gap
    bottom = pen.fitted(bottom, clean(number, 24), "number")
    pen.line(bottom - measures.styles["title"].line, word[kind], "title")
    pen.library(clean(library))
    return card


def draw_code_only(code: str, side_most: int = 400) -> Image.Image:
    """The QR code alone with its quiet zone, black on white, for a page or a letter.

    As wide as whole modules make it, at most `side_most` pixels. Raises CodeError as above.
    """
    return _panel(code, side_most, "#000000", "#ffffff")


def code_panel(code: str, side: int) -> Image.Image:
    """A white square with the code in it, in the largest whole module that leaves it quiet."""
    colours = look().colours
    inner = _panel(code, side, colours["code"], colours["panel"])
    panel = Image.new("RGB", (side, side), colours["panel"])
    panel.paste(inner, ((side - inner.width) // 2, (side - inner.height) // 2))
    return panel


def _panel(code: str, side: int, dark: str, light: str) -> Image.Image:
    modules = qr_modules(code, TICKET_QR_MOST) + 2 * QR_QUIET_MODULES
    module = side // modules
    mask, _ = qr(code, (modules - 2 * QR_QUIET_MODULES) * module, TICKET_QR_MOST)
    panel = Image.new("RGB", (modules * module, modules * module), light)
    panel.paste(dark, (QR_QUIET_MODULES * module, QR_QUIET_MODULES * module), mask)
    return panel


@cache
def words(language: Language) -> Mapping[str, str]:
    """The words of one language."""
    source = tomllib.loads(files("templates.tickets").joinpath("words.toml").read_text("utf-8"))
    table: dict[str, str] = source[language]
    return table


def _facts(word: Mapping[str, str], name: str | None, valid_until: str) -> list[tuple[str, str]]:
    holder = [(word["holder"], clean(name, 40))] if name else []
    return [*holder, (word["valid_until"], clean(valid_until, 20))]


class _Pen:
    """Writes on the coloured field; every y is the top of a line."""

    def __init__(self, card: Image.Image, measures: Look) -> None:
        self._draw = ImageDraw.Draw(card)
        self._look = measures
        self._inner = measures.width - 2 * measures.margin

    def line(self, y: int, text: str, style: str | Style, x: int = 0) -> None:
        chosen = self._look.styles[style] if isinstance(style, str) else style
        baseline = y + (chosen.line + cap_height(chosen)) // 2
        colour = self._look.colours["on_field"]
        draw_words(self._draw, (self._look.margin + x, baseline), text, chosen, colour)

    def fitted(self, bottom: int, text: str, style: str) -> int:
        """One line above `bottom`, as large as the card's width allows; returns its top."""
        chosen = fit(text, self._look.styles[style], self._inner, self._look.least[style])
        self.line(bottom - chosen.line, wrap(text, chosen, self._inner, 1)[0], chosen)
        return bottom - chosen.line

    def facts(self, bottom: int, entries: list[tuple[str, str]]) -> int:
        """Labels and values side by side above `bottom`, the last at the right; returns the top."""
        label, value = self._look.styles["label"], self._look.styles["value"]
        top, right = bottom - label.line - value.line, self._inner
        for name, text in reversed(entries):
            most = right if name == entries[0][0] else self._inner // 2
            chosen = fit(text, value, most, self._look.least["value"])
            x = (
                0
                if name == entries[0][0]
                else right - max(measure(text, chosen), measure(name, label))
            )
            self.line(top, name, label, x)
            self.line(top + label.line, wrap(text, chosen, most, 1)[0], chosen, x)
            right = x - self._look.column
        return top

    def library(self, name: str) -> None:
        style = self._look.styles["library"]
        for index, row in enumerate(wrap(name, style, self._inner, _LIBRARY_LINES)):
            self.line(self._look.margin + index * style.line, row, style)
