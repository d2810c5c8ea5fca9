"""Taking back the last act of whoever did it, as the page above offered it."""

from __future__ import annotations

import os
from uuid import UUID

from flask import flash, redirect, url_for
from flask.typing import ResponseReturnValue

from server.console import undo
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.undo import Kind, Offer
from server.services import second_thoughts, undoing
from server.services.by import By


@console.post("/undo")
def undo_act() -> ResponseReturnValue:
    """Take back what the page offered; nothing where it is too late."""
    offer = undo.offered()
    undo.forget()
    if offer is None or not _take_back(offer):
        flash(words().gettext("Скасувати вже не можна: відтоді щось змінилося."), "desk")
        return redirect(url_for("console.home") if offer is None else offer.back, 303)
    _ = words().gettext
    said = _("Скасовано: %(name)s", name=offer.name) if offer.name else _("Скасовано.")
    flash(said, "grant")
    return redirect(offer.back, 303)


def _take_back(offer: Offer) -> bool:
    """False where it is too late."""
    by = By(staff_id=staff().staff_id, at=now())
    try:
        _undo(offer, by)
    except undoing.TooLate:
        return False
    return True


def _undo(offer: Offer, by: By) -> None:
    base, subject = database(), offer.subject
    match offer.kind:
        case Kind.EXIT:
            undoing.exit_(base, UUID(subject), by=by)
        case Kind.LEAVE:
            undoing.leave(base, UUID(subject), by=by, entropy=os.urandom)
        case Kind.ADMISSION:
            undoing.admission(base, UUID(subject), by=by)
        case Kind.INBOX:
            kind, _, key = subject.partition(" ")
            second_thoughts.inbox_entry(base, kind, key, by=by)
        case Kind.ANSWER:
            second_thoughts.answer(base, int(subject), by=by)
        case Kind.SETTLEMENT:
            second_thoughts.settlement(base, int(subject), by=by)
        case Kind.DEMAND:
            second_thoughts.demand(base, int(subject), by=by)
        case Kind.HOLD:
            second_thoughts.cancelled_hold(base, int(subject), by=by)
