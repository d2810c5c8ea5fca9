"""Enrolment at the desk: a page with the steps, each done by a small form of its own (R2.2)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import date, datetime
from http import HTTPStatus
from operator import itemgetter
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.applicants import tidy
from gate.facts import TicketKind
from server.console import lists
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.enrolment_words import (
    CONCESSIONS,
    DOCUMENTS,
    FAULTS,
    GUARANTORS,
    METHODS,
    PURPOSES,
    STEPS,
    choices,
    refusal,
    said,
)
from server.console.labels import (
    category_choices,
    category_name,
    residence_choices,
    ticket_kind_name,
)
from server.console.lists import Column
from server.models import (
    Enrolment,
    GuarantorKind,
    IdentityDocument,
    Patron,
    PaymentMethod,
    Purpose,
    Staff,
    Step,
    TextKind,
)
from server.services import (
    consents,
    enrolment,
    enrolment_rules,
    enrolment_undo,
    guarantors,
    organisations,
    personal_data,
    photos,
    preregistrations,
    reregistration,
    tariffs,
)
from server.services.by import By
from server.services.consents import Text
from server.services.enrolment import NoOpenEnrolment, NotReady
from server.services.guarantors import Answerer
from server.services.personal_data import Unfit
from server.services.tariffs import Refused
from templates.words import N_

_UNFINISHED: tuple[Column[tuple[Patron, datetime]], ...] = (
    Column(name="who", label=N_("Читач"), value=lambda row: row[0].full_name),
    Column(name="phone", label=N_("Телефон"), value=lambda row: row[0].phone),
    Column(name="since", label=N_("Початок"), value=itemgetter(1)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step as the page shows it."""

    code: Step
    name: str
    needed: bool
    done_at: datetime | None
    done_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolmentView:
    """All that the page shows."""

    patron_id: int
    name: str
    kind: str
    category: str
    steps: Sequence[StepView]
    open_steps: Sequence[str]
    """Names of what is still needed."""
    texts: Sequence[Text]
    consent: Text
    photo: int
    """Changes with the photo; 0 where there is none."""
    photo_allowed: bool
    amount: int
    concession: str
    paid: bool
    organisations: Sequence[str]
    """Known by name, to be chosen rather than written anew."""


def by() -> By:
    """Who works here, at this request's instant."""
    return By(staff_id=staff().staff_id, at=now())


@console.get("/enrolment")
def enrolments() -> str | Response:
    """The beginning of an enrolment, and those that wait for their end."""
    with database().reading() as session:
        rows = session.execute(
            select(Patron, Enrolment.started_at)
            .join(Enrolment, Patron.id == Enrolment.patron_id)
            .where(Enrolment.finished_at.is_(None))
            .order_by(Enrolment.started_at.desc())
        )
        waiting = [(patron, since) for patron, since in rows]
        found = lists.listing(waiting, _UNFINISHED)
        file = lists.exported(found, _UNFINISHED, "enrolments")
        if file is not None:
            return file
        year = library().day(now()).year
        return render_template(
            "console/enrolments.html",
            found=found,
            begun=preregistrations.waiting(session),
            year=year,
            to_register=reregistration.count_waiting(session, year),
            ending=guarantors.ending(session, library().day(now())),
        )


@console.get("/enrolment/new")
def new_reader() -> str:
    """The form of personal data, empty."""
    return data_page({}, {}, is_new=True)


def data_page(form: Mapping[str, str], faults: Mapping[str, str], *, is_new: bool) -> str:
    """The form of personal data with what was typed and what is wrong with it."""
    kinds = [(kind.value, ticket_kind_name(kind)) for kind in TicketKind]
    with database().reading() as session:
        names = [each.name for each in organisations.in_use(session)]
    return render_template(
        "console/reader_data.html", form=form, faults=faults, is_new=is_new, kinds=kinds,
        categories=category_choices(), residences=residence_choices(),
        organisations=[(name, name) for name in names],
    )  # fmt: skip


def fault_words(unfit: Unfit) -> Mapping[str, str]:
    """What is wrong, field by field."""
    return {field: said(FAULTS, fault) for field, fault in unfit.faults.items()}


@console.post("/enrolment")
def start_enrolment() -> ResponseReturnValue:
    """Keep the data and go on to the steps."""
    form = request.form.to_dict()
    try:
        data = personal_data.read(form, library().day(now()))
    except Unfit as unfit:
        page = data_page(form, fault_words(unfit), is_new=True)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    kind = TicketKind(_known(form.get("kind", ""), TicketKind, TicketKind.PERMANENT))
    patron_id = enrolment.start(database(), data, kind, by=by(), entropy=os.urandom)
    _take_over(form.get("preregistration", ""), patron_id)
    return redirect(url_for("console.enrolment", patron_id=patron_id), 303)


def _take_over(begun: str, patron_id: int) -> None:
    """What the person did at a kiosk need not be done again; a slip used before changes nothing."""
    with suppress(ValueError, LookupError):
        done = preregistrations.take_over(database(), UUID(begun), patron_id, by=by())
        steps = ", ".join(said(STEPS, step) for step in done)
        if steps:
            flash(words().gettext("З термінала перенесено: %(steps)s.", steps=steps), "grant")


def _known(value: str, codes: type[TicketKind], default: TicketKind) -> str:
    return value if value in set(codes) else default


@console.get("/patrons/<int:patron_id>/enrolment", endpoint="enrolment")
def enrolment_page(patron_id: int) -> str:
    """The steps; 404 where nobody is being enrolled."""
    with database().reading() as session:
        found = enrolment.open_enrolment(session, patron_id)
        if found is None:
            abort(404)
        view = _view(session, found, session.get_one(Patron, patron_id))
    return render_template(
        "console/enrolment.html", enrolment=view, documents=choices(DOCUMENTS),
        purposes=choices(PURPOSES), guarantors=choices(GUARANTORS), methods=choices(METHODS),
    )  # fmt: skip


def _view(session: Session, found: Enrolment, patron: Patron) -> EnrolmentView:
    today = library().day(now())
    facts = enrolment.applicant(session, found, patron)
    what, amount = tariffs.due(session, patron, found.ticket_kind, library(), now())
    open_steps = enrolment_rules.missing(facts, today, library())
    return EnrolmentView(
        patron_id=patron.id,
        name=patron.full_name,
        kind=ticket_kind_name(found.ticket_kind),
        category=category_name(patron.category),
        steps=_steps(session, found, facts, today),
        open_steps=[said(STEPS, step) for step in open_steps],
        texts=[consents.current(session, kind, today) for kind in _READ],
        consent=consents.current(session, TextKind.CONSENT, today),
        photo=photos.edition(session, patron.id),
        photo_allowed=consents.holds(session, patron.id, Purpose.PHOTO),
        amount=amount,
        concession=said(CONCESSIONS, what),
        paid=amount == 0 or Step.PAYMENT in facts.done,
        organisations=[each.name for each in organisations.in_use(session)],
    )


_READ = (TextKind.RULES, TextKind.DATA_NOTICE)


def _steps(
    session: Session, found: Enrolment, facts: enrolment_rules.Applicant, today: date
) -> Sequence[StepView]:
    done = enrolment.steps_of(session, found.id)
    names = dict(session.execute(select(Staff.id, Staff.name)).all())
    needed = enrolment_rules.required(facts, today, library())
    return [
        StepView(
            code=step,
            name=said(STEPS, step),
            needed=step in needed,
            done_at=done[step].at if step in done else None,
            done_by=names.get(done[step].staff_id, "") if step in done else "",
        )
        for step in enrolment_rules.offered(facts, today, library())
    ]


@console.post("/patrons/<int:patron_id>/enrolment")
def enrolment_step(patron_id: int) -> ResponseReturnValue:
    """Do one step; 404 where nobody is being enrolled."""
    act = _ACTS.get(request.form.get("step", ""))
    if act is None:
        abort(400)
    try:
        return act(patron_id) or redirect(url_for("console.enrolment", patron_id=patron_id), 303)
    except NoOpenEnrolment:
        abort(404)
    except Refused as refused:
        flash(refusal(str(refused)), "refuse")
    except NotReady as not_ready:
        steps = ", ".join(said(STEPS, step) for step in not_ready.steps)
        flash(words().gettext("Спершу: %(steps)s.", steps=steps), "refuse")
    except ValueError:
        abort(400)
    return redirect(url_for("console.enrolment", patron_id=patron_id), 303)


def _document(patron_id: int) -> None:
    kind = IdentityDocument(request.form.get("document", ""))
    enrolment.note_document(database(), patron_id, kind, by=by())


def _agreement(patron_id: int) -> None:
    name, number = (tidy(request.form.get(field, "")) for field in ("organisation", "number"))
    until = _day("until")
    if enrolment.note_agreement(database(), patron_id, name[:200], number[:60], until, by=by()):
        flash(words().gettext("Організацію обмежено: обмеження діє і на цього читача."), "refuse")


def answerer() -> Answerer:
    """Who consents or answers, as the form names them."""
    fields = ("name", "phone", "email", "paper")
    form = {field: tidy(request.form.get(field, "")) for field in fields}
    return Answerer(
        kind=GuarantorKind(request.form.get("guarantor", "")), name=form["name"][:200],
        phone=form["phone"][:40], email=form["email"][:200], paper=form["paper"][:100],
        until=_day("until"),
    )  # fmt: skip


def _day(field: str) -> date | None:
    value = request.form.get(field, "").strip()
    return date.fromisoformat(value) if value else None


def _guardian(patron_id: int) -> None:
    enrolment.note_guardian(database(), patron_id, answerer(), by=by())


def _guarantee(patron_id: int) -> None:
    enrolment.note_guarantee(database(), patron_id, answerer(), by=by())


def _texts(patron_id: int) -> None:
    enrolment.note_texts(database(), patron_id, by=by())


def _consents(patron_id: int) -> None:
    """Every purpose has a yes and a no; one that nobody answered is written down as neither."""
    told = {purpose: request.form.get(f"consent-{purpose}") for purpose in Purpose}
    given = {purpose: answer == "yes" for purpose, answer in told.items() if answer}
    enrolment.note_consents(database(), patron_id, given, by=by())


def _certificate(patron_id: int) -> None:
    enrolment.note_certificate(database(), patron_id, by=by())


def _payment(patron_id: int) -> None:
    method = PaymentMethod(request.form.get("method", ""))
    receipt = tidy(request.form.get("receipt", ""))
    amount = enrolment.note_payment(database(), patron_id, method, receipt, by=by())
    flash(words().gettext("Оплату %(sum)s записано.", sum=words().money(amount)), "grant")


def _issue(patron_id: int) -> ResponseReturnValue:
    enrolment.issue(database(), patron_id, by=by(), entropy=os.urandom)
    flash(words().gettext("Квиток видано."), "grant")
    return redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)


def _undo(patron_id: int) -> None:
    """Take one step back, which is asked for anew."""
    try:
        enrolment_undo.undo(database(), patron_id, Step(request.form.get("which", "")), by=by())
    except enrolment_undo.NotDone:
        raise ValueError("no such step") from None
    flash(words().gettext("Крок скасовано: його можна зробити знову."), "grant")


def _abandon(patron_id: int) -> ResponseReturnValue:
    enrolment.abandon(database(), patron_id, by=by())
    flash(words().gettext("Запис скасовано."), "desk")
    return redirect(url_for("console.enrolments"), 303)


_ACTS: Mapping[str, Callable[[int], ResponseReturnValue | None]] = {
    Step.DOCUMENT: _document,
    Step.AGREEMENT: _agreement,
    Step.GUARDIAN: _guardian,
    Step.GUARANTEE: _guarantee,
    Step.TEXTS: _texts,
    Step.CONSENTS: _consents,
    Step.CERTIFICATE: _certificate,
    Step.PAYMENT: _payment,
    Step.TICKET: _issue,
    "undo": _undo,
    "abandon": _abandon,
}


def as_form(data: personal_data.PersonalData) -> Mapping[str, str]:
    """Data as a form shows them."""
    return {field: "" if value is None else str(value) for field, value in asdict(data).items()}
