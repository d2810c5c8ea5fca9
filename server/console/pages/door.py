"""The exit check: one slip on one screen, and one button to close it (R3.1.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.facts import CredentialKind, Task, VisitFacts, VisitState
from gate.reasons import Duty, Verdict
from server.console import exit_form, reads, undo
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.console.exit_documents import DocumentLine, Owing, out_of, owing, taken_home
from server.console.labels import ITEM_ICONS, item_name
from server.console.pages.visits import name_for_staff
from server.console.roles import may
from server.console.said import Saying, sayings
from server.console.why import Opened, opened
from server.library_systems import asking
from server.library_systems.link import NEVER
from server.models import Document, OwnItem, Ticket, Visit
from server.services import exits, facts, lookup, photos, urgent_exits
from server.services.exits import ExitCheck, Shown
from server.services.search import Found
from templates.judgements import duty_text, verdict_text

_DUTY_ICONS = {
    Duty.HAND_IN_SLIP: "slip",
    Duty.LEAVE_SLIP_AT_DESK: "slip",
    Duty.SHOW_LAPTOP: "laptop",
    Duty.OPEN_FOLDER: "folder",
    Duty.SHOW_OWN_DOCUMENTS: "sheet",
    Duty.COUNT_DOCUMENTS: "home-loan",
}
_CARRIED = "carried"
_CARRIED_MOST = 40
_OUTSIDE = (VisitState.AWAY, VisitState.EVACUATED)


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Something to be done before the reader goes."""

    code: Duty
    sign: str
    text: str
    count: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """An own item declared at entry."""

    sign: str
    name: str
    count: int
    approved_by: str


@dataclass(frozen=True, slots=True)
class CarriedLine:
    """A document that the reader carries out (R3.3.1)."""

    title: str
    barcode: str
    lent: bool


@dataclass(frozen=True, slots=True)
class MarkLine:
    """A department that saw this slip (R3.1.4)."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """All that the page shows of one slip."""

    visit_id: UUID
    slip_number: str
    name: str
    since: datetime
    persons: int
    event: str
    verdict: Verdict
    title: str
    grave: Sequence[Saying]
    warnings: Sequence[Saying]
    why: Sequence[Opened]
    owing: Sequence[Owing]
    duties: Sequence[DutyLine]
    home: Sequence[DocumentLine]
    own_items: Sequence[ItemLine]
    may_close: bool
    closed: bool
    void_number: str
    """The slip in hand, where it is the lost one and not the duplicate (X07)."""
    carried: Sequence[CarriedLine]
    is_event: bool
    marks: Sequence[MarkLine]
    patron_id: int | None
    photo: int
    """Changes with the photo; 0 where there is none, or this role may not see it."""
    old_counts: str
    """Said where the system that keeps the loans did not tell them now; else empty."""


@console.get("/exit", endpoint="exit")
def exit_page() -> str:
    """An empty check that waits for a slip."""
    session.pop(_CARRIED, None)
    with database().reading() as db:
        waiting = urgent_exits.unexplained(db)
    return render_template("console/exit.html", check=None, waiting=waiting)


@console.get("/exit/<uuid:visit_id>")
def exit_check(visit_id: UUID) -> str:
    """The check of one slip; 404 where there is none."""
    return checking(visit_id, request.args.get("slip", ""))


def checking(visit_id: UUID, void: str = "", unchecked: Sequence[Duty] = ()) -> str:
    """The check with what was marked already, and what is still `unchecked`."""
    loans_as_of = asked(visit_id)
    with database().reading() as db:
        visit = _visit(db, visit_id)
        if visit is None:
            abort(404)
        shown = shown_slip(void or visit.slip_number, visit_id, loans_as_of)
        found = exits.check(database(), shown, at=now())
        return render_template(
            "console/exit.html", check=_check(db, visit, found, void), done=exit_form.checked(),
            missing=[{"text": words().gettext(exit_form.MISSING[code])} for code in unchecked],
            may_overrule=exit_form.may_overrule(),
        )  # fmt: skip


@console.post("/exit/<uuid:visit_id>")
def close_exit(visit_id: UUID) -> ResponseReturnValue:
    """The slip is in hand and all is checked: judge once more, and let out."""
    with database().reading() as db:
        visit = db.get(Visit, visit_id)
        if visit is None:
            abort(404)
        number = visit.slip_number
    shown = shown_slip(number, visit_id, asked(visit_id))
    checked = exit_form.checked(scanned=bool(shown.carried))
    done = exits.let_out(database(), shown, staff_id=staff().staff_id, at=now(), checked=checked)
    if done.unchecked:
        return checking(visit_id, unchecked=done.unchecked), HTTPStatus.UNPROCESSABLE_ENTITY
    if not done.may_go:
        return redirect(url_for("console.exit_check", visit_id=visit_id), 303)
    session.pop(_CARRIED, None)
    page = url_for("console.exit_check", visit_id=visit_id)
    undo.offer(undo.Kind.EXIT, visit_id, number, page)
    flash(words().gettext("Листок %(number)s здано. Наступний.", number=number), "grant")
    return redirect(url_for("console.exit"), 303)


@console.post("/exit/<uuid:visit_id>/carried")
def carried(visit_id: UUID) -> ResponseReturnValue:
    """Put a document that was scanned by mistake back, or begin the counting anew."""
    gone = request.form.get("barcode", "")
    left = [code for code in _carried(visit_id) if gone and code != gone]
    session[_CARRIED] = [str(visit_id), *left]
    return redirect(url_for("console.exit_check", visit_id=visit_id), 303)


def asked(visit_id: UUID) -> datetime | None:
    """Since when the loans of a visit are right, after the system that keeps them was asked.

    None where they are kept here.
    """
    link = centre().outside.link
    return None if link is None else asking.before_desk(link, database(), visit_id, now())


def shown_slip(slip_number: str, visit_id: UUID, loans_as_of: datetime | None) -> Shown:
    """A slip in hand, with what was scanned to be carried out."""
    return Shown(
        credential=CredentialKind.SLIP_CODE, value=slip_number, carried=_carried(visit_id),
        loans_as_of=loans_as_of,
    )  # fmt: skip


def _carried(visit_id: UUID) -> Sequence[str]:
    """Barcodes scanned at this exit check; another slip begins with none."""
    of_visit, *codes = session.get(_CARRIED, [""])
    return codes if of_visit == str(visit_id) else []


def take(found: Found) -> ResponseReturnValue:
    """A scan at the exit: a slip is checked, a document after it is carried out (R3.3.1)."""
    if found.visit_id is not None:
        session[_CARRIED] = [str(found.visit_id)]
        void = found.void_number
        return redirect(url_for("console.exit_check", visit_id=found.visit_id, slip=void), 303)
    _ = words().gettext
    of_visit = session.get(_CARRIED, [""])[0]
    if found.document_id is not None and of_visit:
        return _carry(found.document_id, UUID(of_visit))
    if found.ticket_id is not None:
        return _ticket(found.ticket_id)
    if found.document_id is not None:
        flash(_("Це не контрольний листок. Спершу листок, потім документи."), "desk")
    else:
        flash(_("Це не контрольний листок."), "refuse")
    return redirect(url_for("console.exit"), 303)


def _carry(document_id: int, visit_id: UUID) -> ResponseReturnValue:
    with database().reading() as db:
        barcode = db.get_one(Document, document_id).barcode
    codes = _carried(visit_id)
    if barcode not in codes and len(codes) < _CARRIED_MOST:
        session[_CARRIED] = [str(visit_id), *codes, barcode]
    return redirect(url_for("console.exit_check", visit_id=visit_id), 303)


def _ticket(ticket_id: str) -> ResponseReturnValue:
    """A ticket at the exit: back from a while outside, or a slip that is not at hand (X16)."""
    role, _ = staff().role, words().gettext
    with database().reading() as db:
        visit_id = lookup.open_visit_of(db, ticket_id)
        away = visit_id is not None and db.get_one(Visit, visit_id).state in _OUTSIDE
        works_here = facts.is_staff(db, ticket_id)
    if visit_id is not None and works_here:
        return _staff_out(ticket_id)
    if visit_id is not None and away and may(role, "console.come_back"):
        return redirect(url_for("console.visit", visit_id=visit_id), 303)
    if visit_id is not None and may(role, "console.lost_slip"):
        flash(_("Це квиток. Якщо листок загублено, запитайте відділи."), "desk")
        return redirect(url_for("console.lost_slip", visit_id=visit_id), 303)
    flash(_("Це квиток. Попросіть листок і скануйте його."), "desk")
    return redirect(url_for("console.exit"), 303)


def _staff_out(ticket_id: str) -> ResponseReturnValue:
    """Staff have no slip: their pass is enough (E41)."""
    shown = Shown(credential=CredentialKind.TICKET_CODE, value=ticket_id)
    done = exits.let_out(database(), shown, staff_id=staff().staff_id, at=now())
    if done.may_go:
        flash(words().gettext("Службова перепустка: вихід записано."), "grant")
        return redirect(url_for("console.exit"), 303)
    visit_id = UUID(done.visit.visit_id) if done.visit else None
    return redirect(url_for("console.exit_check", visit_id=visit_id), 303)


def _visit(db: Session, visit_id: UUID) -> Visit | None:
    return db.get(
        Visit,
        visit_id,
        options=[
            joinedload(Visit.ticket).joinedload(Ticket.patron),
            joinedload(Visit.event),
            selectinload(Visit.own_items),
            selectinload(Visit.marks),
        ],
    )


def _check(db: Session, visit: Visit, found: ExitCheck, void_number: str) -> Check:
    decision, rooms = found.decision, reads.departments(db)
    names = {code: reads.department_name(room, words()) for code, room in rooms.items()}
    said = sayings(decision, names)
    is_open = visit.closed_at is None
    old = _old_counts(found.visit, library().policy.loan_counts_max_age)
    asks = bool(old) and decision.verdict is Verdict.GRANT
    patron_id = visit.ticket.patron_id if visit.ticket else None
    sees = may(staff().role, "console.patron_photo")
    loans = out_of(reads.loans_of_visit(db, visit.id))
    return Check(
        visit_id=visit.id,
        slip_number=visit.slip_number,
        name=name_for_staff(visit),
        since=visit.opened_at,
        persons=visit.persons,
        event=visit.event.title if visit.event else "",
        # It may be closed, and not before somebody asked.
        verdict=Verdict.DESK if asks else decision.verdict,
        title=words().gettext("Спершу запитайте відділи")
        if asks
        else verdict_text(words(), decision.verdict, "staff", "exit"),
        grave=[saying for saying in said if saying.is_grave],
        warnings=[saying for saying in said if not saying.is_grave],
        why=opened(decision, names),
        owing=owing(decision, loans, rooms),
        duties=[_duty(task) for task in decision.duties],
        home=taken_home(loans),
        own_items=[_item(item) for item in visit.own_items],
        may_close=is_open and decision.verdict is Verdict.GRANT,
        closed=not is_open,
        void_number=void_number,
        carried=_carried_lines(db, _carried(visit.id), found.not_lent),
        is_event=visit.ticket_id is None,
        marks=[
            MarkLine(names.get(mark.department_code, mark.department_code), mark.first_at)
            for mark in visit.marks
        ],
        patron_id=patron_id,
        photo=photos.edition(db, patron_id) if patron_id and sees else 0,
        old_counts=old,
    )


def _old_counts(visit: VisitFacts | None, most: timedelta) -> str:
    """What staff are told where the counts prove nothing (X13)."""
    as_of, _ = None if visit is None else visit.loans_as_of, words().gettext
    if as_of is None or now() - as_of <= most:
        return ""
    if as_of == NEVER:
        return _("Бібліотечна система не каже, що на руках.")
    since = words().moment(as_of)
    return _("Бібліотечна система не відповідає. Що на руках, відомо станом на %(since)s.",
             since=since)  # fmt: skip


def _carried_lines(
    db: Session, codes: Sequence[str], not_lent: Sequence[str]
) -> Sequence[CarriedLine]:
    titles = dict(
        db.execute(
            select(Document.barcode, Document.title).where(Document.barcode.in_(codes))
        ).all()
    )
    return [CarriedLine(titles.get(code, code), code, code not in not_lent) for code in codes]


def _duty(task: Task) -> DutyLine:
    text = duty_text(words(), task.code, "staff", count=task.count)
    return DutyLine(task.code, _DUTY_ICONS.get(task.code, "check"), text, task.count)


def _item(item: OwnItem) -> ItemLine:
    return ItemLine(
        sign=ITEM_ICONS[item.kind],
        name=item_name(item.kind),
        count=item.count,
        approved_by=item.approved_name or "",
    )
