"""The words of notices: written, looked at, tried out by a letter to oneself, taken back."""

from __future__ import annotations

from dataclasses import replace
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gate.applicants import email_fault
from server.console import notice_words
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, words
from server.console.pages.setting_pages import by
from server.models import MailKind, NoticeKind
from server.services import mail
from server.services.notices import texts
from server.services.notices.texts import Text, Unfit
from templates.words import languages


@console.get("/notices/texts/<kind>/<language>", endpoint="notice_text")
def notice_text_page(kind: str, language: str) -> str:
    """The words that are sent now, and a letter made of them."""
    chosen = _known(kind, language)
    with database().reading() as session:
        text = texts.current(session, chosen, language)
    return _page(chosen, language, text)


@console.post("/notices/texts/<kind>/<language>")
def change_notice_text(kind: str, language: str) -> ResponseReturnValue:
    """Show what was typed as a letter, keep it, try it out, or go back to the first words."""
    chosen = _known(kind, language)
    act = request.form.get("act", "")
    if act == "drop":
        texts.drop(database(), chosen, language, by=by())
        return _done(words().gettext("Повернуто початкові слова."), kind, language)
    subject, body = request.form.get("subject", ""), request.form.get("body", "")
    try:
        text = texts.check(subject, body)
    except Unfit as unfit:
        fault = notice_words.fault(unfit, words())
        return _page(chosen, language, Text(subject, body), fault), HTTPStatus.UNPROCESSABLE_ENTITY
    if act == "try":
        return _try(chosen, language, text)
    if act == "save":
        texts.save(database(), chosen, language, text, by=by())
        return _done(words().gettext("Збережено."), kind, language)
    return _page(chosen, language, text)


def _try(kind: NoticeKind, language: str, text: Text) -> ResponseReturnValue:
    """A letter to whoever writes the words; it takes the same way as all others."""
    address = request.form.get("address", "").strip()
    if email_fault(address) is not None or not centre().outside.mail_sender:
        fault = words().gettext("Напишіть адресу, на яку надіслати пробний лист.")
        return _page(kind, language, text, fault), HTTPStatus.UNPROCESSABLE_ENTITY
    letter = notice_words.sample(kind, language, text, library(), now(), recipient=address)
    with database().writing() as session:
        mail.put(
            session, replace(letter, kind=MailKind.TRIAL), sender=centre().outside.mail_sender,
            sender_name=library().name_in(language), actor=by().actor, at=now(),
        )  # fmt: skip
    flash(words().gettext("Пробний лист надсилаємо."), "grant")
    return _page(kind, language, text)


def _done(said: str, kind: str, language: str) -> ResponseReturnValue:
    flash(said, "grant")
    return redirect(url_for("console.notice_text", kind=kind, language=language), 303)


def _known(kind: str, language: str) -> NoticeKind:
    try:
        chosen = NoticeKind(kind)
    except ValueError:
        abort(404)
    if language not in languages():
        abort(404)
    return chosen


def _page(kind: NoticeKind, language: str, text: Text, fault: str = "") -> str:
    said = words()
    letter = notice_words.sample(kind, language, text, library(), now())
    return render_template(
        "console/notice_text.html", kind=kind, language=language, text=text, letter=letter,
        fault=fault, names=notice_words.names(said),
        braces=[(f"{{{code}}}", said.gettext(name)) for code, name in notice_words.PLACES.items()],
        sends=bool(centre().outside.mail_sender), address=request.form.get("address", ""),
    )  # fmt: skip
