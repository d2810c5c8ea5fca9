"""A reader's ticket at the desk: registration, payment, loss, duplicate, cards, consents (R2.3)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import CredentialKind, TicketKind, TicketState
from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.console.enrolment_words import (
    CANCEL_REASONS,
    CARD_FAULTS,
    CONCESSIONS,
    DOCUMENTS,
    METHODS,
    PURPOSES,
    choices,
    refusal,
    said,
)
from server.console.labels import ticket_kind_name, ticket_state_name
from server.console.pages.enrolment import as_form, by, data_page, fault_words
from server.console.pages.patrons import best_ticket
from server.console.pages.ticket_post import PostView, post_view
from server.models import (
    Credential,
    IdentityDocument,
    Loan,
    Patron,
    PaymentMethod,
    Purpose,
    RegistrationCard,
    Ticket,
)
from server.services import (
    cards,
    consents,
    enrolment,
    patron_changes,
    personal_data,
    photos,
    reregistration,
    tariffs,
)
from server.services import ticket_life as life
from server.services.cards import CardRefused
from server.services.personal_data import Unfit
from server.services.reregistration import NotShown, NotWaiting, Shown
from server.services.tariffs import Receipt, Refused
from server.services.ticket_life import CancelReason, NotPossible
from templates.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """All that the page shows of a ticket."""

    ticket: Ticket
    kind: str
    state: str
    active: bool
    over: bool
    """Its term is, though nobody took it out of use."""
    lost: bool
    to_register: bool
    unpaid: bool
    credentials: Sequence[Credential]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """All that the page shows."""

    patron: Patron
    current: TicketView | None
    loans: Sequence[Loan]
    amount: int
    concession: str
    pays_less: bool
    duplicate_fee: int
    answers: Sequence[tuple[str, str, bool | None]]
    photo: int
    """Changes with the photo; 0 where there is none."""
    photo_allowed: bool
    being_enrolled: bool
    year: int
    post: PostView | None


@console.get("/patrons/<int:patron_id>/ticket")
def ticket_desk(patron_id: int) -> str:
    """The page; 404 where there is no such patron."""
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            abort(404)
        return render_template(
            "console/ticket_desk.html", desk=_view(session, patron), documents=choices(DOCUMENTS),
            methods=choices(METHODS), reasons=choices(CANCEL_REASONS),
        )  # fmt: skip


def _view(session: Session, patron: Patron) -> DeskView:
    current = best_ticket(patron.tickets)
    kind = current.kind if current else TicketKind.PERMANENT
    what, amount = tariffs.due(session, patron, kind, library(), now())
    answers = consents.answers(session, patron.id)
    return DeskView(
        patron=patron,
        current=_ticket(session, current) if current else None,
        loans=reregistration.loans_to_show(session, patron.id),
        amount=amount,
        concession=said(CONCESSIONS, what),
        duplicate_fee=library().fee_duplicate,
        pays_less=patron.category in library().free_categories + library().reduced_categories,
        answers=[
            (
                purpose.value,
                said(PURPOSES, purpose),
                answers[purpose].given if purpose in answers else None,
            )
            for purpose in Purpose
        ],
        photo=photos.edition(session, patron.id),
        photo_allowed=Purpose.PHOTO in answers and answers[Purpose.PHOTO].given,
        being_enrolled=enrolment.open_enrolment(session, patron.id) is not None,
        year=library().day(now()).year,
        post=post_view(session, patron, current),
    )


def _ticket(session: Session, ticket: Ticket) -> TicketView:
    linked = session.scalars(select(Credential).where(Credential.ticket_id == ticket.id)).all()
    active = ticket.state is TicketState.ACTIVE
    permanent = ticket.kind is TicketKind.PERMANENT
    today = library().day(now())
    behind = ticket.registered_for < today.year
    return TicketView(
        ticket=ticket,
        kind=ticket_kind_name(ticket.kind),
        state=ticket_state_name(ticket.state),
        active=active,
        over=active and ticket.valid_until < today,
        lost=ticket.state is TicketState.LOST,
        to_register=active and permanent and behind,
        unpaid=active and not ticket.fee_paid,
        credentials=linked,
    )


@console.post("/patrons/<int:patron_id>/ticket")
def ticket_act(patron_id: int) -> ResponseReturnValue:
    """Do one act on a ticket of this patron."""
    act = _ACTS.get(request.form.get("act", ""))
    if act is None:
        abort(400)
    back = redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)
    try:
        return act(patron_id, _ticket_of(patron_id)) or back
    except CardRefused as refused:
        flash(said(CARD_FAULTS, refused.fault), "refuse")
    except NotShown as refused:
        flash(_not_shown(len(refused.loans)), "refuse")
    except (NotPossible, NotWaiting):
        flash(words().gettext("Стан квитка вже інший."), "desk")
    except Refused as refused:
        flash(refusal(str(refused)), "refuse")
    except LookupError:
        abort(404)
    except ValueError:
        abort(400)
    return back


def _not_shown(count: int) -> str:
    return words().ngettext(
        "Не показано %(num)s документ. Перереєструвати не можна.",
        "Не показано %(num)s документів. Перереєструвати не можна.",
        count,
    )


def _ticket_of(patron_id: int) -> str:
    """The ticket named by the form, if it is this patron's."""
    ticket_id = request.form.get("ticket", "")
    with database().reading() as session:
        ticket = session.get(Ticket, ticket_id) if ticket_id else None
    return ticket_id if ticket is not None and ticket.patron_id == patron_id else ""


def _said(message: str) -> None:
    flash(words().gettext(message), "grant")


def _register(_patron_id: int, ticket_id: str) -> None:
    method = request.form.get("method", "")
    shown = Shown(
        document=IdentityDocument(request.form.get("document", "")),
        certificate="certificate" in request.form,
        loans=frozenset(request.form.getlist("loan", type=int)),
        method=PaymentMethod(method) if method else None,
        receipt_number=request.form.get("receipt", ""),
    )
    reregistration.register(database(), ticket_id, shown, by=by())
    _said(N_("Квиток перереєстровано."))


def _pay(_patron_id: int, ticket_id: str) -> None:
    method = PaymentMethod(request.form.get("method", ""))
    receipt = request.form.get("receipt", "")
    reregistration.pay_late(database(), ticket_id, method, receipt, by=by())
    _said(N_("Оплату записано."))


def _lost(_patron_id: int, ticket_id: str) -> None:
    life.report_lost(database(), ticket_id, by=by())
    _said(N_("Квиток заблоковано: ні код, ні картка більше не діють."))


def _found(_patron_id: int, ticket_id: str) -> None:
    life.found_again(database(), ticket_id, by=by())
    _said(N_("Квиток знову чинний."))


def _duplicate(_patron_id: int, ticket_id: str) -> None:
    damaged = request.form.get("why") == "damaged"
    method, number = request.form.get("method", ""), request.form.get("receipt", "")
    receipt = Receipt(PaymentMethod(method), number) if method else None
    life.duplicate(
        database(), ticket_id, damaged=damaged, by=by(), entropy=os.urandom, receipt=receipt
    )
    _said(N_("Дублікат видано. Старий код і картка вже не діють."))


def _cancel(_patron_id: int, ticket_id: str) -> None:
    """Nothing brings a cancelled ticket back: its number is typed to confirm."""
    with database().reading() as session:
        number = session.get_one(Ticket, ticket_id).number if ticket_id else ""
    if not number or request.form.get("number", "").strip() != number:
        flash(words().gettext("Введіть номер квитка, щоб підтвердити."), "refuse")
        return
    life.cancel(database(), ticket_id, CancelReason(request.form.get("reason", "")), by=by())
    _said(N_("Квиток скасовано."))


def _link(_patron_id: int, ticket_id: str) -> None:
    kind = CredentialKind(request.form.get("kind", ""))
    if kind not in (CredentialKind.CARD, CredentialKind.NUMBER):
        abort(400)
    cards.link(database(), ticket_id, kind, request.form.get("value", ""), by=by())
    _said(N_("Прив’язано до квитка."))


def _unlink(_patron_id: int, ticket_id: str) -> None:
    credential_id = request.form.get("credential", 0, type=int)
    if cards.unlink(database(), ticket_id, credential_id, by=by()):
        _said(N_("Відв’язано від квитка."))


def _consent(patron_id: int, _ticket_id: str) -> None:
    given = request.form.get("given") == "yes"
    purpose = Purpose(request.form.get("purpose", ""))
    at, staff_id = by().at, by().staff_id
    consents.change(database(), patron_id, {purpose: given}, staff_id=staff_id, at=at)
    _said(N_("Відповідь записано."))


def _again(patron_id: int, _ticket_id: str) -> ResponseReturnValue:
    kind = TicketKind(request.form.get("kind", TicketKind.PERMANENT))
    enrolment.start_again(database(), patron_id, kind, by=by())
    return redirect(url_for("console.enrolment", patron_id=patron_id), 303)


_ACTS: Mapping[str, Callable[[int, str], ResponseReturnValue | None]] = {
    "register": _register,
    "pay": _pay,
    "lost": _lost,
    "found": _found,
    "duplicate": _duplicate,
    "cancel": _cancel,
    "link": _link,
    "unlink": _unlink,
    "consent": _consent,
    "again": _again,
}


@console.get("/patrons/<int:patron_id>/data")
def change_data(patron_id: int) -> str:
    """The form of personal data as they are kept; 404 where there is no such patron."""
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            abort(404)
        form = as_form(personal_data.of(patron, session.get(RegistrationCard, patron_id)))
    return data_page(form, {}, is_new=False)


def _changed_on(form: Mapping[str, str], today: date) -> date | None:
    """Since when it is so, where that was told; never a day to come."""
    try:
        told = date.fromisoformat(form.get("changed_on", ""))
    except ValueError:
        return None
    return min(told, today)


@console.post("/patrons/<int:patron_id>/data")
def keep_data(patron_id: int) -> ResponseReturnValue:
    """Keep changed data (R2.3.1)."""
    form = request.form.to_dict()
    today = library().day(now())
    try:
        data = personal_data.read(form, today)
    except Unfit as unfit:
        page = data_page(form, fault_words(unfit), is_new=False)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    since = _changed_on(form, today)
    try:
        changed = patron_changes.change(
            database(), patron_id, data, by=by(), document_seen="document_seen" in form,
            changed_on=since,
        )  # fmt: skip
    except LookupError:
        abort(404)
    _said(N_("Зміни записано.") if changed else N_("Нічого не змінилося."))
    if changed and since is not None and patron_changes.is_late(since, today):
        flash(
            words().gettext("Про зміну мали повідомити протягом місяця (п. 2.3.1 Правил)."), "desk"
        )
    return redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)
