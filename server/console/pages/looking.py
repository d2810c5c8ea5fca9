"""Scan anywhere: whatever was scanned or typed opens what it stands for."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.pages import (
    centre_sales,
    desk,
    door,
    event_pages,
    information_centre,
    workplaces,
)
from server.console.places import first_place
from server.console.roles import may
from server.services import search
from server.services.search import Found, FoundKind

_SIGNS_MOST = 1000
_OF_THE_CENTRE = {
    "centre": information_centre.take, "sales": centre_sales.take, "workplaces": workplaces.take,
}  # fmt: skip


@console.post("/scan")
def scan() -> ResponseReturnValue:
    """Open what was scanned; the desk and the exit take their own scans first."""
    text = request.form.get("code", "")[:_SIGNS_MOST].strip()
    if not text:
        return redirect(url_for(first_place()), 303)
    found = search.scan(database(), text.encode(), at=now())
    return _taken_by_the_page(found, text) or _open(found) or _search(found, text)


def _taken_by_the_page(found: Found, text: str) -> ResponseReturnValue | None:
    """Where somebody lends or lets out, a scan is work there and opens nothing else."""
    place, role = request.form.get("from", ""), staff().role
    if place == "desk" and may(role, "console.desk"):
        return desk.take(found, text)
    if place in _OF_THE_CENTRE and may(role, "console.information_centre"):
        return _OF_THE_CENTRE[place](found)
    event_id = place.removeprefix("event:")
    if place != event_id and may(role, "console.sign_up"):
        return event_pages.take(event_id, found)
    if place == "exit" or not may(role, "console.visit"):
        return door.take(found) if may(role, "console.exit") else None
    return None


def _open(found: Found) -> ResponseReturnValue | None:
    """The page of what was found, if this role may see it."""
    role = staff().role
    if found.patron_id is not None and may(role, "console.patron"):
        return redirect(url_for("console.patron", patron_id=found.patron_id), 303)
    if found.visit_id is not None and may(role, "console.visit"):
        return redirect(url_for("console.visit", visit_id=found.visit_id), 303)
    if found.preregistration_id is not None and may(role, "console.preregistration"):
        known = found.preregistration_id
        return redirect(url_for("console.preregistration", known=known), 303)
    if found.document_id is not None and may(role, "console.document"):
        return redirect(url_for("console.document", document_id=found.document_id), 303)
    return None


def _search(found: Found, text: str) -> ResponseReturnValue:
    """Readers whose name or number begins like this, for roles that may see readers."""
    if found.kind is FoundKind.BAD_SIGNATURE:
        flash(words().gettext("Підпис коду неправильний. Можлива підробка."), "refuse")
    elif found.patron_id is not None:
        flash(words().gettext("Це квиток. Читачів відкриває Сервісний центр."), "desk")
        return redirect(url_for(first_place()), 303)
    allowed = may(staff().role, "console.patron") and found.kind is FoundKind.NOTHING
    rows = search.patrons(database(), text) if allowed else []
    return render_template("console/found.html", rows=rows, asked=text)
