"""The station's time for technicians of this machine: what it rests on, and a word of staff."""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Any

from flask import Blueprint, abort, request

from kiosk.timekeeper import Timekeeper


def clock_pages(keeper: Timekeeper, token: str) -> Blueprint:
    """`GET /clock` tells the time and what it rests on; `POST /clock` confirms it by eye."""
    pages = Blueprint("clock", __name__)

    @pages.before_request
    def only_with_the_token() -> None:
        given = request.headers.get("X-Lystok-Token", "")
        if not hmac.compare_digest(given.encode(), token.encode()):
            abort(HTTPStatus.FORBIDDEN)

    @pages.get("/clock")
    def tell() -> dict[str, Any]:
        return {
            "now": keeper.now().isoformat(),
            "machine_now": keeper.machine_now().isoformat(),
            "trust": keeper.trust().value,
            "confirmed_by": keeper.confirmed.value,
            "machine_ahead_s": round(keeper.offset().total_seconds(), 3),
        }

    @pages.post("/clock")
    def confirm() -> tuple[dict[str, Any], int]:
        is_taken = keeper.confirm()
        return tell(), HTTPStatus.OK if is_taken else HTTPStatus.CONFLICT

    return pages
