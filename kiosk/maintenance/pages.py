"""The maintenance page on the loopback: for technicians alone, with the server away too.

A session is a cookie that scripts cannot read and no other site can send; what changes anything
must come from this very page and carry the session's own word besides.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, TypeVar

from flask import Blueprint, Response, abort, jsonify, request
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hardware.contracts import HardwareError
from kiosk import logs
from kiosk.maintenance.care import Care
from kiosk.maintenance.door import IDLE_S, Door, Session
from kiosk.maintenance.rendering import Renderer
from kiosk.maintenance.sight import Sight
from kiosk.maintenance.trials import NoSuchTrial, Result, Trials
from templates import words

COOKIE: Final = "lystok_technician"
TABS: Final = ("state", "devices", "events", "log", "settings", "care")

M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """What the page needs: the door, what there is to see, to try and to do."""

    door: Door
    trials: Trials
    care: Care
    look: Callable[[str], Sight]
    """Through the camera of the scanner, or the one for photos; LookupError without one."""
    tell: Callable[[str], dict[str, Any]]
    """What a tab shows, by the tab's name."""
    token: str
    """Of the patron's page: who knocks must come from this machine's browser."""


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Knock(_Body):
    """A code, or what a card offered."""

    code: str = Field(default="", max_length=32)
    offered: str = Field(default="", max_length=64)
    language: str = Field(default="uk", max_length=8)


class Order(_Body):
    """Something to try or to do."""

    what: str = Field(max_length=40)
    value: str = Field(default="", max_length=64)


def maintenance_pages(upkeep: Upkeep, renderer: Renderer) -> Blueprint:
    """The routes below /maintenance."""
    pages = Blueprint("maintenance", __name__, url_prefix="/maintenance")
    _to_enter(pages, upkeep, renderer)
    _to_see(pages, upkeep)
    _to_do(pages, upkeep, renderer)
    return pages


def _to_enter(pages: Blueprint, upkeep: Upkeep, renderer: Renderer) -> None:
    door = upkeep.door

    @pages.get("/")
    @pages.get("/<tab>")
    def page(tab: str = "state") -> str | Response:
        session = _session(door)
        if session is None:
            language = _language(request.args.get("language", ""))
            return renderer.page(
                "knock.html",
                language,
                token=upkeep.token,
                beat=upkeep.token,
                has_code=door.file.has_code,
            )
        if tab not in TABS:
            abort(HTTPStatus.NOT_FOUND)
        name = "part.html" if "part" in request.args else "page.html"
        return renderer.page(
            name, session.language, tab=tab, tabs=TABS, csrf=session.csrf,
            idle_s=IDLE_S, beat=upkeep.token, **_asked(upkeep.tell(tab)),
        )  # fmt: skip

    @pages.post("/enter")
    def enter() -> Response:
        _from_this_page(upkeep.token)
        knock = _read(Knock)
        language = _language(knock.language)
        if knock.offered:
            token = door.enter_by_pass(knock.offered, language)
        else:
            token = door.enter_by_code(knock.code, language)
        if token is None:
            answer = jsonify(shut_s=round(door.shut_s))
            answer.status_code = HTTPStatus.FORBIDDEN
            return answer
        answer = Response(status=HTTPStatus.NO_CONTENT)
        answer.set_cookie(
            COOKIE, token, path="/maintenance", httponly=True, samesite="Strict", secure=False
        )
        return answer

    @pages.post("/leave")
    def leave() -> Response:
        _from_technician(door)
        door.leave(request.cookies.get(COOKIE, ""))
        answer = Response(status=HTTPStatus.NO_CONTENT)
        answer.delete_cookie(COOKIE, path="/maintenance")
        return answer


def _to_do(pages: Blueprint, upkeep: Upkeep, renderer: Renderer) -> None:
    door = upkeep.door

    @pages.post("/language")
    def language() -> Response:
        _from_technician(door).language = _language(_read(Order).what)
        return Response(status=HTTPStatus.NO_CONTENT)

    @pages.post("/try")
    def attempt() -> Response:
        session = _from_technician(door)
        try:
            return _told(upkeep.trials.run(_read(Order).what), renderer, session)
        except NoSuchTrial:
            abort(HTTPStatus.NOT_FOUND)

    @pages.post("/do")
    def do() -> Response:
        session = _from_technician(door)
        order = _read(Order)
        result = upkeep.care.do(order.what, order.value)
        return _told(result or abort(HTTPStatus.NOT_FOUND), renderer, session)


def _to_see(pages: Blueprint, upkeep: Upkeep) -> None:
    @pages.get("/camera.jpg")
    def camera() -> Response:
        if _session(upkeep.door) is None:
            abort(HTTPStatus.FORBIDDEN)
        try:
            sight = upkeep.look(request.args.get("which", ""))
        except LookupError:
            abort(HTTPStatus.NOT_FOUND)
        except HardwareError as error:
            return Response(str(error.code), HTTPStatus.SERVICE_UNAVAILABLE, mimetype="text/plain")
        answer = Response(sight.jpeg, mimetype="image/jpeg")
        answer.headers["X-Found"] = ", ".join(sight.found)
        return answer


def _asked(told: dict[str, Any]) -> dict[str, Any]:
    """What a tab shows; of the log, the lines that are asked for."""
    if "log" not in told:
        return told
    least, words = request.args.get("level", ""), request.args.get("find", "")
    lines = logs.matching(told["log"], least, words)
    return {"log": lines, "levels": logs.LEVELS, "level": least or logs.LEVELS[0], "find": words}


def _session(door: Door) -> Session | None:
    return door.session(request.cookies.get(COOKIE, ""))


def _from_technician(door: Door) -> Session:
    session = _session(door)
    if session is None:
        abort(HTTPStatus.FORBIDDEN)
    _from_this_page(session.csrf)
    return session


def _from_this_page(word: str) -> None:
    given = request.headers.get("X-Lystok-Token", "")
    ours = request.headers.get("Origin") == request.host_url.rstrip("/")
    if not ours or not hmac.compare_digest(given.encode(), word.encode()):
        abort(HTTPStatus.FORBIDDEN)


def _told(result: Result, renderer: Renderer, session: Session) -> Response:
    return jsonify(ok=result.ok, text=renderer.result(result.code, result.facts, session.language))


def _language(wanted: str) -> str:
    return wanted if wanted in words.languages() else words.SOURCE_LANGUAGE


def _read(model: type[M]) -> M:
    try:
        return model.model_validate_json(request.get_data())
    except ValidationError:
        abort(HTTPStatus.BAD_REQUEST)
