"""The exit check: one slip on one screen, and one button to close it (R3.1.4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.facts import CredentialKind, Decision, LoanPlace, Task
from gate.reasons import Duty, Reason, Verdict
from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.labels import ITEM_ICONS, item_name
from server.console.pages.visits import name_for_staff
from server.console.said import Saying, sayings
from server.models import Department, Loan, OwnItem, Ticket, Visit
from server.services import exits
from server.services.exits import Shown
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


@dataclass(frozen=True, slots=True)
class Owing:
    """A department that still waits for documents."""

    name: str
    phone: str
    count: int


@dataclass(frozen=True, slots=True)
class DutyLine:
    """Something to be done before the reader goes."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentLine:
    """A document out on this slip."""

    title: str
    author: str
    inventory_number: str
    department: str
    home: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemLine:
    """An own item declared at entry."""

    sign: str
    name: str
    count: int
    approved_by: str


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
    departments: Sequence[Owing]
    duties: Sequence[DutyLine]
    documents: Sequence[DocumentLine]
    own_items: Sequence[ItemLine]
    may_close: bool
    closed: bool


@console.get("/exit", endpoint="exit")
def exit_page() -> str:
    """An empty check that waits for a slip."""
    return render_template("console/exit.html", check=None)


@console.get("/exit/<uuid:visit_id>")
def exit_check(visit_id: UUID) -> str:
    """The check of one slip; 404 where there is none."""
    with database().reading() as session:
        visit = _visit(session, visit_id)
        if visit is None:
            abort(404)
        decision = exits.check(database(), _shown(visit.slip_number), at=now()).decision
        return render_template("console/exit.html", check=_check(session, visit, decision))


@console.post("/exit/<uuid:visit_id>")
def close_exit(visit_id: UUID) -> ResponseReturnValue:
    """The slip is in hand and all is checked: judge once more, and let out."""
    with database().reading() as session:
        visit = session.get(Visit, visit_id)
        if visit is None:
            abort(404)
        number = visit.slip_number
    done = exits.let_out(database(), _shown(number), staff_id=staff().staff_id, at=now())
    if not done.may_go:
        return redirect(url_for("console.exit_check", visit_id=visit_id), 303)
    flash(words().gettext("Листок %(number)s здано. Наступний.", number=number), "grant")
    return redirect(url_for("console.exit"), 303)


def _shown(slip_number: str) -> Shown:
    return Shown(credential=CredentialKind.SLIP_CODE, value=slip_number)


def take(found: Found) -> ResponseReturnValue:
    """A scan at the exit: a slip is checked; anything else is told what it is."""
    if found.visit_id is not None:
        return redirect(url_for("console.exit_check", visit_id=found.visit_id), 303)
    _ = words().gettext
    if found.patron_id is not None:
        flash(_("Це квиток. Попросіть листок і скануйте його."), "desk")
    else:
        flash(_("Це не контрольний листок."), "refuse")
    return redirect(url_for("console.exit"), 303)


def _visit(session: Session, visit_id: UUID) -> Visit | None:
    return session.get(
        Visit,
        visit_id,
        options=[
            joinedload(Visit.ticket).joinedload(Ticket.patron),
            joinedload(Visit.event),
            selectinload(Visit.own_items),
        ],
    )


def _check(session: Session, visit: Visit, decision: Decision) -> Check:
    rooms = reads.departments(session)
    names = {code: reads.department_name(room, words()) for code, room in rooms.items()}
    said = sayings(decision, names)
    is_open = visit.closed_at is None
    return Check(
        visit_id=visit.id,
        slip_number=visit.slip_number,
        name=name_for_staff(visit),
        since=visit.opened_at,
        persons=visit.persons,
        event=visit.event.title if visit.event else "",
        verdict=decision.verdict,
        title=verdict_text(words(), decision.verdict, "staff", "exit"),
        grave=[saying for saying in said if saying.is_grave],
        warnings=[saying for saying in said if not saying.is_grave],
        departments=list(_owing(decision, rooms)),
        duties=[_duty(task) for task in decision.duties],
        documents=list(_documents(reads.loans_of_visit(session, visit.id))),
        own_items=[_item(item) for item in visit.own_items],
        may_close=is_open and decision.verdict is Verdict.GRANT,
        closed=not is_open,
    )


def _owing(decision: Decision, rooms: Mapping[str, Department]) -> Iterator[Owing]:
    for because in decision.reasons:
        if because.code is Reason.READING_ROOM_LOANS_OPEN:
            for out in because.departments:
                room = rooms.get(out.department)
                name = reads.department_name(room, words()) or out.department
                yield Owing(name, room.phone if room else "", out.count)


def _duty(task: Task) -> DutyLine:
    text = duty_text(words(), task.code, "staff", count=task.count)
    return DutyLine(_DUTY_ICONS.get(task.code, "check"), text)


def _documents(loans: Iterable[Loan]) -> Iterator[DocumentLine]:
    for loan in loans:
        if loan.returned_at is None:
            yield DocumentLine(
                title=loan.document.title,
                author=loan.document.author,
                inventory_number=loan.document.inventory_number,
                department=reads.department_name(loan.department, words()),
                home=loan.place is LoanPlace.HOME,
            )


def _item(item: OwnItem) -> ItemLine:
    return ItemLine(
        sign=ITEM_ICONS[item.kind],
        name=item_name(item.kind),
        count=item.count,
        approved_by=item.approved_name or "",
    )
