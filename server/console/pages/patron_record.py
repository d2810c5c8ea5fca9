"""A reader's record: what was done, by whom and when; who answers for a minor (R1.5, R2.3.1)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.console.enrolment_words import (
    DOCUMENTS,
    FIELDS,
    GUARANTORS,
    METHODS,
    PAID_FOR,
    PURPOSES,
    STEPS,
    choices,
    refusal,
    said,
)
from server.console.pages.enrolment import answerer, by
from server.models import (
    Guarantor,
    IdentityDocument,
    PaidFor,
    Patron,
    PaymentMethod,
    Purpose,
    Staff,
    Step,
)
from server.services import enrolment_rules, guarantors, patron_changes, patron_record
from server.services.patron_record import Entry, Kind
from server.services.people import document_to_renew_from
from server.services.tariffs import Refused
from templates.words import N_

_ACTIONS = {
    "document_shown": N_("Пред’явлено новий документ"),
    "guarantee_noted": N_("Записано гарантію"),
    "guardian_consent_noted": N_("Записано згоду батьків"),
    "ticket_lost": N_("Квиток заблоковано"),
    "ticket_found": N_("Квиток знайшовся"),
    "ticket_replaced": N_("Видано дублікат"),
    "ticket_cancelled": N_("Квиток скасовано"),
    "credential_linked": N_("Прив’язано картку чи номер"),
    "credential_unlinked": N_("Відв’язано картку чи номер"),
    "ticket_kept_on_phone": N_("Квиток збережено на телефоні"),
    "ticket_links_revoked": N_("Посилання на квиток відкликано"),
}
_SIGNS = {
    Kind.STEP: "ticket", Kind.CONSENT: "check", Kind.CHANGE: "person", Kind.DOCUMENT: "card",
    Kind.GUARANTEE: "people", Kind.PAYMENT: "card", Kind.REGISTRATION: "clock",
    Kind.TICKET: "ticket",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An entry of the record in words."""

    at: datetime
    by: str
    sign: str
    title: str
    more: str
    late: bool = False
    """A change that was told later than within a month (R2.3.1)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswererLine:
    """Who consented or answers."""

    who: str
    name: str
    phone: str
    email: str
    paper: str
    guarantees: bool
    until: date | None
    ended: bool
    since: datetime


@console.get("/patrons/<int:patron_id>/record", endpoint="patron_record")
def record_page(patron_id: int) -> str:
    """The page; 404 where there is no such patron."""
    today = library().day(now())
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            abort(404)
        renew = document_to_renew_from(
            patron.birth_date, patron.identity_document, patron.document_renew_from
        )
        return render_template(
            "console/patron_record.html",
            patron=patron,
            lines=_lines(session, patron_id),
            answerers=[_answerer(each, today) for each in guarantors.of_patron(session, patron_id)],
            is_child=enrolment_rules.is_below(patron.birth_date, 16, today),
            is_minor=enrolment_rules.is_below(patron.birth_date, enrolment_rules.MAJORITY, today),
            renew_since=renew if renew is not None and renew <= today else None,
            document=said(DOCUMENTS, patron.identity_document),
            documents=choices(DOCUMENTS), kinds=choices(GUARANTORS),
        )  # fmt: skip


@console.post("/patrons/<int:patron_id>/record")
def note_in_record(patron_id: int) -> ResponseReturnValue:
    """A new consent, guarantee, document, or need of help; 404 where there is no such patron."""
    act = request.form.get("act", "")
    try:
        if act == "document":
            kind = IdentityDocument(request.form.get("document", ""))
            patron_changes.note_document(database(), patron_id, kind, by=by())
        elif act == "help":
            needed = request.form.get("needs_help") == "on"
            patron_changes.note_help(database(), patron_id, needed=needed, by=by())
        elif act in ("guardian", "guarantee"):
            guarantees = act == "guarantee"
            guarantors.renew(database(), patron_id, answerer(), guarantees=guarantees, by=by())
        else:
            abort(400)
    except Refused as refused:
        flash(refusal(str(refused)), "refuse")
    except LookupError:
        abort(404)
    except ValueError:
        abort(400)
    else:
        flash(words().gettext("Записано."), "grant")
    return redirect(url_for("console.patron_record", patron_id=patron_id), 303)


def _answerer(found: Guarantor, today: date) -> AnswererLine:
    return AnswererLine(
        who=said(GUARANTORS, found.kind), name=found.name, phone=found.phone, email=found.email,
        paper=found.paper, guarantees=found.guarantees, until=found.until, since=found.at,
        ended=found.until is not None and found.until < today,
    )  # fmt: skip


def _lines(session: Session, patron_id: int) -> Sequence[Line]:
    names = {f"staff:{key}": name for key, name in session.execute(select(Staff.id, Staff.name))}
    actors = {"reader": words().gettext("сам читач"), "system": words().gettext("система"), **names}
    return [
        Line(
            at=entry.at, by=actors.get(entry.actor, ""), sign=_SIGNS[entry.kind],
            title=title, more=more, late=bool(entry.details.get("late")),
        )
        for entry in patron_record.of_patron(session, patron_id)
        for title, more in [_SAID[entry.kind](entry)]
    ]  # fmt: skip


def _step(entry: Entry) -> tuple[str, str]:
    versions = [str(entry.details[key]) for key in ("rules", "data_notice") if key in entry.details]
    seen = entry.details.get("document")
    more = said(DOCUMENTS, IdentityDocument(seen)) if seen else ", ".join(versions)
    return words().gettext("Запис: %(step)s", step=said(STEPS, Step(entry.what))), more


def _consent(entry: Entry) -> tuple[str, str]:
    _ = words().gettext
    details = entry.details
    answer = _("Згода: %(purpose)s") if details["given"] else _("Без згоди: %(purpose)s")
    told = [_("текст %(version)s", version=details["text"])]
    if details["by_guardian"]:
        told.append(_("дали батьки"))
    return answer % {"purpose": said(PURPOSES, Purpose(entry.what))}, ", ".join(told)


def _change(entry: Entry) -> tuple[str, str]:
    """What changed, not from what to what: the log holds no personal values."""
    fields = [said(FIELDS, name) for name in entry.details.get("changed", {}) if name in FIELDS]
    return words().gettext("Змінено дані"), ", ".join(fields)


def _payment(entry: Entry) -> tuple[str, str]:
    details = entry.details
    amount = words().money(details["amount"])
    told = [said(METHODS, PaymentMethod(details["method"])), f"№ {details['receipt']}"]
    if details["cancelled"]:
        told.append(words().gettext("скасовано"))
    return f"{said(PAID_FOR, PaidFor(entry.what))}: {amount}", ", ".join(told)


def _registration(entry: Entry) -> tuple[str, str]:
    _ = words().gettext
    shown = _("показано документів: %(count)s", count=entry.details["loans"])
    return _("Зареєстровано на %(year)s рік", year=entry.what), shown


def _act(entry: Entry) -> tuple[str, str]:
    return words().gettext(_ACTIONS.get(entry.what, entry.what)), ""


_SAID: Mapping[Kind, Callable[[Entry], tuple[str, str]]] = {
    Kind.STEP: _step,
    Kind.CONSENT: _consent,
    Kind.CHANGE: _change,
    Kind.DOCUMENT: _act,
    Kind.GUARANTEE: _act,
    Kind.PAYMENT: _payment,
    Kind.REGISTRATION: _registration,
    Kind.TICKET: _act,
}
