"""What axe finds on a page: the library is put into a page once, not before every look."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import axe_playwright_python
from playwright.sync_api import Page

# Contrast of 7:1 is not among the rules that axe looks at by itself.
SEVEN_TO_ONE = {"rules": {"color-contrast-enhanced": {"enabled": True}}}


@cache
def _source() -> str:
    (file,) = Path(axe_playwright_python.__file__).parent.rglob("axe.min.js")
    return file.read_text("utf-8")


def violations(page: Page, options: dict[str, Any] | None = None) -> list[tuple[str, str]]:
    """Each rule that the page breaks, with the beginning of the first place that does."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(_source())
    found: list[list[str]] = page.evaluate(
        "(options) => axe.run(document, options).then((told) => told.violations.map("
        "(one) => [one.id, one.nodes[0].html.slice(0, 90)]))",
        {**(options or {}), "resultTypes": ["violations"]},
    )
    return [(rule, place) for rule, place in found]
