"""Open the way out at once, and write the reason when there is time (X20)."""

from __future__ import annotations

import os
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.services import urgent_exits


@console.post("/exit/urgent")
def urgent_exit() -> ResponseReturnValue:
    """Nothing is asked: the person goes."""
    urgent_exits.open_at_once(
        database(), staff_id=staff().staff_id, visit_id=request.form.get("visit", type=UUID),
        at=now(), entropy=os.urandom,
    )  # fmt: skip
    flash(
        words().gettext("Випускайте. Виходи тримаємо відчиненими, причину напишете потім."), "grant"
    )
    return redirect(url_for("console.exit"), 303)


@console.post("/exit/urgent/reason")
def explain_urgent_exit() -> ResponseReturnValue:
    """What had happened."""
    urgent_id = request.form.get("urgent", type=UUID)
    reason = request.form.get("reason", "")
    if urgent_id is not None and urgent_exits.explain(
        database(), urgent_id, reason=reason, staff_id=staff().staff_id, at=now()
    ):
        flash(words().gettext("Записано."), "grant")
    return redirect(url_for("console.exit"), 303)
