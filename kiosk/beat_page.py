"""Where the page tells that it is alive, and who keeps the browser asks for it."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Blueprint

from kiosk.browser import Beats


def beat_pages(
    beats: Beats, only_this_page: Callable[[], None], only_with_token: Callable[[], None]
) -> Blueprint:
    """`POST /beat` is the page's, `GET /beat` answers how long ago that was."""
    pages = Blueprint("beat", __name__)

    @pages.post("/beat")
    def beat() -> tuple[str, int]:
        only_this_page()
        beats.beat()
        return "", HTTPStatus.NO_CONTENT

    @pages.get("/beat")
    def tell() -> dict[str, Any]:
        only_with_token()
        return {"age_s": beats.age_s}

    return pages
