"""Taking back the last act at the Service Centre's desk: an exit, a leave, an admission."""

from __future__ import annotations

import os

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from server.console import undo
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.undo import Kind, Offer
from server.services import undoing
from server.services.by import By


@console.post("/undo")
def undo_act() -> ResponseReturnValue:
    """Take back what the page offered; nothing where it is too late."""
    offer = undo.offered()
    undo.forget()
    if offer is None or not _take_back(offer):
        flash(words().gettext("Скасувати вже не можна: відтоді щось змінилося."), "desk")
        return redirect(url_for("console.exit"), 303)
    said = words().gettext("Скасовано. Листок %(number)s", number=offer.slip_number)
    flash(said, "grant")
    if offer.kind is Kind.ADMISSION:
        return redirect(url_for("console.visit", visit_id=offer.visit_id), 303)
    return redirect(url_for("console.exit_check", visit_id=offer.visit_id), 303)


def _take_back(offer: Offer) -> bool:
    """False where it is too late."""
    by = By(staff_id=staff().staff_id, at=now())
    try:
        if offer.kind is Kind.EXIT:
            undoing.exit_(database(), offer.visit_id, by=by)
        elif offer.kind is Kind.LEAVE:
            undoing.leave(database(), offer.visit_id, by=by, entropy=os.urandom)
        else:
            undoing.admission(database(), offer.visit_id, by=by)
    except undoing.TooLate:
        return False
    return True
