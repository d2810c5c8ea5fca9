"""The bench: a page on the loopback from which a person plays the hardware of the stage.

It is as shut as a station's own page: the Host must be this machine's own name (DNS rebinding),
what changes something must come from this very page and carry its token, pictures are read within
bounds, and no path from a request reaches the disk unlisted.
"""

from __future__ import annotations

import hmac
import secrets
from http import HTTPStatus
from io import BytesIO
from typing import Any, Final, TypeVar
from urllib.parse import urlsplit

import requests
from flask import Flask, Response, abort, request, send_file
from flask.typing import ResponseReturnValue
from PIL import Image
from pydantic import BaseModel, ValidationError

from demo.bench_page import Renderer, mime_type, page_files
from demo.handles import hold
from demo.plays import Cable, Holding, Play, Press
from demo.stage import Stage, Station
from demo.things import SlipThing, TicketThing, manner_of, picture_of
from demo.watch import Watch
from hardware.camera_scene import Manner
from hardware.image_files import UnreadableImage, read_image
from templates import assets
from templates.words import SOURCE_LANGUAGE, languages

HOLD_S: Final = 2.0
"""How long a hand holds something to a camera."""
UPLOAD_MOST: Final = 8 << 20
_BODY_MOST: Final = 4096
_SIDE_MOST: Final = 1600
"""More than a camera's frame shows anyway."""
_THUMBNAIL: Final = (360, 640)
_LOOK_S: Final = 8.0
_YEAR_S: Final = 31_536_000
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; "
    "connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'"
)

M = TypeVar("M", bound=BaseModel)


class Bench:
    """The hands on the stage: holds things, plays devices, cuts cables."""

    def __init__(self, stage: Stage, watch: Watch) -> None:
        self.stage = stage
        self.watch = watch
        self._held: dict[str, bytes] = {}

    def station(self, code: str) -> Station:
        """A station of the stage; the request is refused where there is no such."""
        station = self.stage.stations.get(code)
        if station is None:
            abort(HTTPStatus.NOT_FOUND)
        return station

    def hold(self, code: str, picture: Image.Image, manner: Manner) -> None:
        """Hold a picture to a station's camera for a moment."""
        hold(self.station(code).camera, picture, HOLD_S, manner.value)
        self._held[code] = _png(picture, _THUMBNAIL)
        self.watch.held(code)

    def held(self, code: str) -> bytes:
        """What was held to a station's camera last, small, as PNG."""
        picture = self._held.get(code)
        if picture is None:
            abort(HTTPStatus.NOT_FOUND)
        return picture


def create_app(stage: Stage, watch: Watch) -> Flask:
    """The page's application; its token is new with every run."""
    app = Flask(__name__, static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = UPLOAD_MOST
    bench, token = Bench(stage, watch), secrets.token_urlsafe(24)
    app.before_request(_only_this_machine)
    app.before_request(lambda: _only_this_page(token))
    app.after_request(_guard)
    app.register_error_handler(requests.RequestException, _refused)
    _add_pages(app, bench, Renderer(stage, token))
    _add_pictures(app, bench)
    _add_holding(app, bench)
    _add_plays(app, bench)
    return app


# --- What is looked at ---------------------------------------------------------------------------


def _add_pages(app: Flask, bench: Bench, renderer: Renderer) -> None:
    @app.get("/")
    def page() -> str:
        asked = request.args.get("lang", "")
        return renderer.page(asked if asked in languages() else SOURCE_LANGUAGE)

    @app.get("/state")
    def state() -> dict[str, Any]:
        return bench.watch.after(request.args.get("after", 0, type=int), _LOOK_S)

    @app.get("/screen/<code>")
    def screen(code: str) -> str:
        bench.station(code)
        return renderer.screen(code)

    @app.get("/screen/<code>/now")
    def screen_now(code: str) -> str:
        seen = bench.watch.screen(bench.station(code).code)
        if seen is None:
            abort(HTTPStatus.NOT_FOUND)
        return seen.html

    @app.get("/static/<path:name>")
    def static(name: str) -> Response:
        path = assets.static_files().get(name)
        if path is None:
            abort(HTTPStatus.NOT_FOUND)
        return send_file(path, mimetype=assets.mime_type(name), max_age=_YEAR_S)

    @app.get("/pages/<name>")
    def own_file(name: str) -> Response:
        path = page_files().get(name)
        if path is None:
            abort(HTTPStatus.NOT_FOUND)
        return send_file(path, mimetype=mime_type(path))


def _add_pictures(app: Flask, bench: Bench) -> None:
    @app.get("/staff/<login>/code")
    def code(login: str) -> Response:
        """The code with which somebody of the sample signs in now."""
        found = next((each.code for each in bench.stage.staff if each.login == login), "")
        if not found:
            abort(HTTPStatus.NOT_FOUND)
        return Response(found, mimetype="text/plain")

    @app.get("/tickets/<number>.png")
    def ticket(number: str) -> Response:
        thing = _checked(TicketThing, {"kind": "ticket", "number": number})
        return _picture(_png(_found(bench, thing), _THUMBNAIL))

    @app.get("/slips/<code>/<name>.png")
    def slip(code: str, name: str) -> Response:
        thing = _checked(SlipThing, {"kind": "slip", "name": f"{code}/{name}"})
        return _picture(_png(_found(bench, thing)))

    @app.get("/held/<code>.png")
    def held(code: str) -> Response:
        return _picture(bench.held(code))


def _found(bench: Bench, thing: TicketThing | SlipThing) -> Image.Image:
    try:
        return picture_of(thing, bench.stage)[0]
    except LookupError:
        abort(HTTPStatus.NOT_FOUND)


# --- What is done --------------------------------------------------------------------------------


def _add_holding(app: Flask, bench: Bench) -> None:
    @app.post("/hold")
    def hold_thing() -> ResponseReturnValue:
        holding = _body(Holding)
        bench.station(holding.station)
        try:
            picture, manner = picture_of(holding.thing, bench.stage)
        except LookupError:
            abort(HTTPStatus.NOT_FOUND)
        bench.hold(holding.station, picture, manner)
        return _done(bench)

    @app.post("/upload/<code>")
    def upload(code: str) -> ResponseReturnValue:
        bench.station(code)
        try:
            picture = read_image(request.get_data())
        except UnreadableImage:
            return {"error": "no_picture"}, HTTPStatus.BAD_REQUEST
        picture.thumbnail((_SIDE_MOST, _SIDE_MOST))
        bench.hold(code, picture, manner_of(picture))
        return _done(bench)


def _add_plays(app: Flask, bench: Bench) -> None:
    @app.post("/play")
    def play() -> ResponseReturnValue:
        asked = _body(Play)
        if not asked.is_allowed:
            abort(HTTPStatus.BAD_REQUEST)
        asked.carry_out(bench.station(asked.station))
        return _done(bench)

    @app.post("/cable")
    def cable() -> ResponseReturnValue:
        asked = _body(Cable)
        wire = bench.station(asked.station).wire
        if asked.whole:
            wire.mend()
        else:
            wire.cut()
        return _done(bench)

    @app.post("/press")
    def press() -> ResponseReturnValue:
        asked = _body(Press)
        try:
            bench.watch.press(bench.station(asked.station).code, asked.action, asked.value)
        except LookupError:
            return {"error": "gone"}, HTTPStatus.SERVICE_UNAVAILABLE
        return _done(bench)


def _done(bench: Bench) -> ResponseReturnValue:
    bench.watch.soon()
    return "", HTTPStatus.NO_CONTENT


def _refused(error: requests.RequestException) -> ResponseReturnValue:
    """A device that says no, or is not there."""
    if error.response is None:
        return {"error": "gone"}, HTTPStatus.SERVICE_UNAVAILABLE
    known = {HTTPStatus.CONFLICT: "not_now", HTTPStatus.FORBIDDEN: "gone"}
    status = HTTPStatus(error.response.status_code)
    return {"error": known.get(status, "wrong")}, status


# --- Guards --------------------------------------------------------------------------------------


def _only_this_machine() -> None:
    """A name that was made to point here is not ours."""
    if urlsplit(f"//{request.host}").hostname not in ("127.0.0.1", "localhost", "::1"):
        abort(HTTPStatus.FORBIDDEN)


def _only_this_page(token: str) -> None:
    if request.method in ("GET", "HEAD"):
        return
    given = request.headers.get("X-Lystok-Token", "")
    ours = request.headers.get("Origin") == request.host_url.rstrip("/")
    if not ours or not hmac.compare_digest(given.encode(), token.encode()):
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


def _body(model: type[M]) -> M:
    if (request.content_length or 0) > _BODY_MOST or not request.is_json:
        abort(HTTPStatus.BAD_REQUEST)
    return _checked(model, request.get_json(silent=True))


def _checked(model: type[M], value: object) -> M:
    try:
        return model.model_validate(value)
    except ValidationError:
        abort(HTTPStatus.BAD_REQUEST)


def _png(picture: Image.Image, within: tuple[int, int] | None = None) -> bytes:
    """A picture as a file, made smaller to fit `within`."""
    if within is not None:
        picture = picture.copy()
        picture.thumbnail(within)
    file = BytesIO()
    picture.save(file, "PNG")
    return file.getvalue()


def _picture(data: bytes) -> Response:
    return Response(data, mimetype="image/png")
