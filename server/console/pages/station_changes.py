"""Stations renamed or taken to another place: each change with before and after, and undone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.centre import database, words
from server.console.pages.setting_pages import Past, by
from server.models import Branch, Hall, Station
from server.services import setting_history, stations, tables
from templates.words import N_

_NAMES = {
    "name": N_("Назва"),
    "branch_code": N_("Філія"),
    "hall_id": N_("Вхід веде лише до зали"),
}
_SHOWN = 5


def chosen_branch() -> str | None:
    """The building that was chosen; 404 for none of ours."""
    code = request.form.get("branch") or None
    with database().reading() as db:
        if code is not None and db.get(Branch, code) is None:
            abort(404)
    return code


def _chosen_hall() -> int | None:
    """The hall that was chosen; 404 for none of ours."""
    hall_id = request.form.get("hall", type=int)
    with database().reading() as db:
        if hall_id is not None and db.get(Hall, hall_id) is None:
            abort(404)
    return hall_id


@console.post("/stations/<code>")
def change_station(code: str) -> ResponseReturnValue:
    """Give a station another name, or take it to another building or hall."""
    values = {
        "name": request.form.get("name", "").strip()[:200],
        "branch_code": chosen_branch(),
        "hall_id": _chosen_hall(),
    }
    try:
        tables.save(database(), stations.TABLE, code, values, by())
    except LookupError:
        abort(404)
    flash(words().gettext("Збережено."), "grant")
    return redirect(url_for("console.stations"), 303)


@console.post("/stations/undo")
def undo_station() -> ResponseReturnValue:
    """Take a change back, unless a later one stands on it."""
    try:
        tables.undo(database(), stations.TABLE, request.form.get("record", 0, type=int), by())
    except LookupError:
        abort(404)
    except setting_history.Overtaken:
        told = words().gettext("Відтоді це вже змінили: поверніть спершу пізнішу зміну.")
        flash(told, "desk")
    else:
        flash(words().gettext("Повернуто, як було."), "grant")
    return redirect(url_for("console.stations"), 303)


def past_of(
    session: Session, row: Station, houses: Mapping[str, str], rooms: Mapping[int, str]
) -> Sequence[Past]:
    """The last changes of a station in words."""
    return [
        Past(
            record_id=each.record_id, at=each.at, by=each.by, can_undo=each.can_undo,
            name=", ".join(words().gettext(_NAMES[name]) for name in each.after),
            before=_said(each.before, houses, rooms), after=_said(each.after, houses, rooms),
        )
        for each in tables.history(session, stations.TABLE, row.code, _SHOWN)
    ]  # fmt: skip


def _said(values: Mapping[str, Any], houses: Mapping[str, str], rooms: Mapping[int, str]) -> str:
    told = {
        "name": values.get("name") or "—",
        "branch_code": houses.get(values.get("branch_code") or "")
        or words().gettext("головна будівля"),
        "hall_id": rooms.get(values.get("hall_id") or 0) or words().gettext("ні, до всієї будівлі"),
    }
    return ", ".join(told[name] for name in values)
