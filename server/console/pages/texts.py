"""Texts that people sign, with their versions: rules, data notice, consent (R1.2, R2.2, R5.1.1)."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.models import LegalText, TextKind
from server.services import consents
from server.services.consents import Text
from templates.words import N_

_NAMES = {
    TextKind.RULES: N_("Правила користування"),
    TextKind.DATA_NOTICE: N_("Про обробку персональних даних"),
    TextKind.CONSENT: N_("Згода на обробку персональних даних"),
}
_BODY_MOST = 50_000


@console.get("/texts")
def texts() -> str:
    """What holds today, what held before, and what will hold."""
    today = library().day(now())
    with database().reading() as session:
        present = [
            (kind, words().gettext(name), consents.current(session, kind, today))
            for kind, name in _NAMES.items()
        ]
        versions = session.scalars(
            select(LegalText).order_by(LegalText.since.desc(), LegalText.id.desc())
        ).all()
        lines = [(text, words().gettext(_NAMES[text.kind])) for text in versions]
    chosen = request.args.get("kind", TextKind.RULES, type=TextKind)
    held = next(text for kind, _, text in present if kind is chosen)
    return render_template(
        "console/texts.html", present=present, lines=lines, today=today, chosen=chosen, held=held
    )


@console.post("/texts")
def publish_text() -> ResponseReturnValue:
    """A new version; the ones before stay as they were signed."""
    form = request.form
    kind = form.get("kind", TextKind.RULES, type=TextKind)
    version, body = form.get("version", "").strip()[:40], form.get("body", "").strip()[:_BODY_MOST]
    since = form.get("since", library().day(now()), type=date.fromisoformat)
    if not version or not body:
        flash(words().gettext("Потрібні і версія, і текст."), "desk")
        return redirect(url_for("console.texts", kind=kind), 303)
    english = form.get("body_en", "").strip()[:_BODY_MOST]
    text = Text(kind, version, since, *(each.replace("\r\n", "\n") for each in (body, english)))
    try:
        consents.publish(database(), text, staff_id=staff().staff_id, at=now())
    except IntegrityError:
        flash(words().gettext("Така версія вже є: версій не змінюють."), "desk")
    else:
        flash(words().gettext("Нову версію оприлюднено."), "grant")
    return redirect(url_for("console.texts", kind=kind), 303)
