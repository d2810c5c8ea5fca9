"""What the patron's page fetches while a photo is taken: the camera's view, and the shot.

Pictures go to the page's own script, which carries the page's token in a header, and are drawn on
a canvas: no address of them can be kept, opened or guessed.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, abort, request

from kiosk.photo.booth import PhotoBooth
from kiosk.photo.session import PhotoState, View

_WAIT_S: Final = 1.0


def photo_pages(booth: PhotoBooth | None, check_token: Callable[[], None]) -> Blueprint:
    """The routes below /photo; `check_token` aborts a request that is not the page's own."""
    pages = Blueprint("photo", __name__, url_prefix="/photo")
    pages.before_request(check_token)

    @pages.get("/view")
    def view() -> Response:
        after = request.args.get("after", 0, type=int)
        session = booth.session if booth else None
        if session is None:
            abort(HTTPStatus.NOT_FOUND)
        found = session.view(after, _WAIT_S)
        return Response(status=HTTPStatus.NO_CONTENT) if found is None else _told(found)

    @pages.get("/shot")
    def shot() -> Response:
        session = booth.session if booth else None
        jpeg = session.state.shot if session else None
        return Response(jpeg or abort(HTTPStatus.NOT_FOUND), mimetype="image/jpeg")

    return pages


def _told(view: View) -> Response:
    """A picture, which may be empty, with what is to be said of it."""
    answer = Response(view.jpeg, mimetype="image/jpeg")
    answer.headers["X-Photo"] = json.dumps({"number": view.number} | _state(view.state))
    return answer


def _state(state: PhotoState) -> dict[str, object]:
    return {"phase": state.phase, "hint": state.hint, "countdown": state.countdown}
