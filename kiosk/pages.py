"""The patron's page on the loopback: the screen, pushed as things happen, and what is pressed.

Only the browser of this machine is answered: the Host must be the loopback's own name (DNS
rebinding), a press must come from this very page and carry its token (threat 11). Nothing is kept
by the browser (threat 22).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import Flask, Response, abort, request, send_file
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from kiosk.enrolment.draft import Ask, fault
from kiosk.messages import Message, Pressed
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.pages import photo_pages
from kiosk.rendering import Renderer
from kiosk.speech import Voice
from kiosk.stage import Ease, Shown, Stage
from templates import assets, words

_SILENCE_S: Final = 10.0
"""A comment is sent after this long, so that a browser that is gone is noticed."""
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; media-src 'none'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_YEAR_S: Final = 31_536_000
_BODY_MOST: Final = 4096

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSettings:
    """What the page needs to know of its station."""

    token: str
    """What a press must carry; new with every run."""
    instance: str
    """The run of the program, by which a page knows that it is out of date."""
    station: str
    role: str
    warning_s: float
    simulated: bool = False
    headphones: bool = False
    """Whether private facts may be read aloud."""


class Press(BaseModel):
    """What the page tells of a press."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    action: str = Field(max_length=40)
    value: str = Field(default="", max_length=200)
    serial: int


class Typed(BaseModel):
    """What stands in a field while somebody types; it is looked at and not kept."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ask: Ask
    value: str = Field(max_length=300)


class Phrase(BaseModel):
    """What the page wants to hear."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str = Field(min_length=1, max_length=1000)
    private: bool = False


def create_app(
    stage: Stage,
    renderer: Renderer,
    settings: PageSettings,
    post: Callable[[Message], None],
    state: Callable[[], dict[str, Any]],
    booth: PhotoBooth | None = None,
    voice: Voice | None = None,
) -> Flask:
    """The page's application; `state` tells how the station is."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = _BODY_MOST
    app.before_request(_only_this_machine)
    app.after_request(_guard)
    app.register_blueprint(photo_pages(booth, lambda: only_with(settings.token)))

    @app.get("/")
    def page() -> str:
        return renderer.page(stage.shown, settings=settings, comfort=_comfort(stage.shown))

    @app.get("/stream")
    def stream() -> Response:
        return Response(_stream(stage, renderer, settings), mimetype="text/event-stream")

    @app.post("/press")
    def press() -> tuple[str, int]:
        only_this_page(settings.token)
        pressed = _body(Press)
        if pressed.action == "language" and pressed.value not in words.languages():
            abort(HTTPStatus.BAD_REQUEST)
        post(Pressed(pressed.action, pressed.value, pressed.serial))
        return "", HTTPStatus.NO_CONTENT

    @app.post("/check")
    def check() -> dict[str, str]:
        only_this_page(settings.token)
        typed = _body(Typed)
        found = fault(typed.ask, typed.value, datetime.now(renderer.timezone).date())
        return {"fault": found or ""}

    @app.post("/speech")
    def speech() -> Response:
        only_this_page(settings.token)
        phrase = _body(Phrase)
        said = voice and voice.say(phrase.text, stage.shown.language, private=phrase.private)
        return Response(said or abort(HTTPStatus.NOT_FOUND), mimetype="audio/wav")

    @app.get("/state")
    def tell_state() -> dict[str, Any]:
        only_with(settings.token)
        return state()

    app.add_url_rule("/static/<path:name>", "static", _static)
    return app


def _static(name: str) -> Response:
    path = assets.static_files().get(name)
    if path is None:
        abort(HTTPStatus.NOT_FOUND)
    response = send_file(path, mimetype=assets.mime_type(name), max_age=_YEAR_S)
    response.cache_control.immutable = True
    return response


def _body(model: type[M]) -> M:
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError:
        abort(HTTPStatus.BAD_REQUEST)


def _only_this_machine() -> None:
    """A name that was made to point here is not ours."""
    if request.host.rpartition(":")[0] not in ("127.0.0.1", "localhost", "[::1]"):
        abort(HTTPStatus.FORBIDDEN)


def only_this_page(token: str) -> None:
    """Refuse a request that does not come from our own page with its token."""
    origin = request.headers.get("Origin")
    if origin != request.host_url.rstrip("/"):
        abort(HTTPStatus.FORBIDDEN)
    only_with(token)


def only_with(token: str) -> None:
    """Refuse a request without the token."""
    given = request.headers.get("X-Lystok-Token", "")
    if not hmac.compare_digest(given.encode(), token.encode()):
        abort(HTTPStatus.FORBIDDEN)


def _guard(response: Response) -> Response:
    headers = response.headers
    headers["Content-Security-Policy"] = _POLICY
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Referrer-Policy"] = "no-referrer"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if not request.path.startswith("/static/"):
        headers["Cache-Control"] = "no-store"
    return response


def _stream(stage: Stage, renderer: Renderer, settings: PageSettings) -> Iterator[str]:
    """Each screen as it comes, the present one first; before it that a code was read."""
    yield "retry: 500\n\n"
    version, number = 0, stage.last_read.number
    while not stage.closed:
        shown, read = stage.news(version, number, _SILENCE_S)
        if read is not None and read.at is not None:
            number = read.number
            yield f"event: read\ndata: {round(read.at.timestamp() * 1000)}\n\n"
        if shown is not None:
            version = shown.version
            yield f"event: screen\ndata: {_told(shown, renderer, settings, stage)}\n\n"
        elif read is None:
            yield ": still here\n\n"


def _comfort(shown: Shown) -> dict[str, str]:
    """Values of the page's own attributes, which its styles go by."""
    return {
        "contrast": "high" if Ease.CONTRAST in shown.eased else "usual",
        "text": "large" if Ease.LARGE in shown.eased else "usual",
        "aloud": "on" if Ease.ALOUD in shown.eased else "off",
    }


def _told(shown: Shown, renderer: Renderer, settings: PageSettings, stage: Stage) -> str:
    remaining_s = stage.remaining_s()
    return json.dumps(
        {
            "instance": settings.instance,
            "name": shown.screen.name,
            "tone": shown.screen.tone,
            "language": shown.language,
            **_comfort(shown),
            "headphones": settings.headphones,
            "serial": shown.serial,
            "version": shown.version,
            "resets_in_ms": None if remaining_s is None else round(remaining_s * 1000),
            "warning_ms": round(settings.warning_s * 1000),
            "html": renderer.fragment(shown),
        },
        ensure_ascii=False,
    )
