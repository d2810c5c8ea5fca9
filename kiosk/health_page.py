"""Whether the station works, asked over its own page, and what the service manager hears of it.

An answer proves the page; what it says proves the conductor. A station that holds still is ended
by systemd (`WatchdogSec`) and begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import requests
from flask import Blueprint, Response
from prometheus_client import CONTENT_TYPE_LATEST

from hardware import service_manager
from kiosk.metrics import exposition

STILL_S: Final = 20.0
"""The conductor looks around every ten seconds; twice that, and something holds it."""
_ANSWERS_S: Final = 5.0


def health_pages(
    still_s: Callable[[], float], state: Callable[[], Mapping[str, Any]] | None = None
) -> Blueprint:
    """`GET /healthz`: 200 where the station serves, 503 where something holds it.

    `GET /metrics`: figures of `state`, for a Prometheus on this machine.
    """
    pages = Blueprint("health", __name__)

    @pages.get("/healthz")
    def healthz() -> tuple[dict[str, Any], int]:
        works = still_s() < STILL_S
        status = HTTPStatus.OK if works else HTTPStatus.SERVICE_UNAVAILABLE
        return {"status": "ok" if works else "still"}, status

    @pages.get("/metrics")
    def metrics() -> Response:
        text = b"" if state is None else exposition(state())
        return Response(text, content_type=CONTENT_TYPE_LATEST)

    return pages


def answers(url: str) -> bool:
    """Whether the station at this page serves."""
    try:
        return requests.get(f"{url}healthz", timeout=_ANSWERS_S).ok
    except requests.RequestException:
        return False


def tell_alive(url: str) -> None:
    """Tell the service manager that the station serves, if it does."""
    if answers(url):
        service_manager.tell(service_manager.ALIVE)
