"""A scanner that plays a keyboard, for pages that tell it from fingers by its speed."""

from __future__ import annotations

import time
from typing import Any, Final

from playwright.sync_api import Page

_GAP_S: Final = 0.004
_ENTER: Final[dict[str, Any]] = {
    "key": "Enter",
    "code": "Enter",
    "text": "\r",
    "windowsVirtualKeyCode": 13,
}


def scan(page: Page, code: str) -> None:
    """Type a code and Enter, wherever the focus is, a key every four milliseconds.

    The keys bear these times themselves, as those of a real scanner do: typed one by one on a
    machine that is busy, they would seem to come from fingers.
    """
    browser = page.context.new_cdp_session(page)
    at = time.time()
    signs: list[dict[str, Any]] = [{"key": sign, "text": sign} for sign in code]
    for key in [*signs, _ENTER]:
        at += _GAP_S
        _press(browser, key, at)
    browser.detach()


def _press(browser: Any, key: dict[str, Any], at: float) -> None:
    silent = {name: value for name, value in key.items() if name != "text"}
    for kind, what in (("keyDown", key), ("keyUp", silent)):
        browser.send("Input.dispatchKeyEvent", {"type": kind, "timestamp": at, **what})
