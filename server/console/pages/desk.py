"""A department's desk: slip, then documents, all by scanner; returns at any time (R3.1.1, S12)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from flask import flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session, joinedload

from gate.facts import LoanPlace, ServiceFacts, ServiceKind
from gate.reasons import Reason, Verdict
from gate.rules import decide_service
from server.console import acts, buildings, reads
from server.console.acts import Act, ActKind, ActLine
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.console.why import found_by
from server.library_systems import asking
from server.library_systems import desk as outside_desk
from server.library_systems.contract import SystemAway
from server.models import Department, DepartmentKind, Ticket, Visit
from server.services import facts, lending, renewals, undoing
from server.services.by import By
from server.services.lending import Desk, Issued
from server.services.search import Found, FoundKind

_DEPARTMENT, _READER = "department", "reader"
_ECHO = timedelta(seconds=2)
"""A scanner held still reads twice; nobody issues and returns a book within this time."""
_MAYBE_OUTSIDE = (FoundKind.DOCUMENT, FoundKind.NOTHING)
"""What may be a document of another system: we need not know it."""


@dataclass(frozen=True, slots=True)
class Room:
    """A department to choose from, or to work in."""

    code: str
    name: str
    place: LoanPlace


@dataclass(frozen=True, slots=True)
class DocumentLine:
    """A document that the reader has out."""

    title: str
    inventory_number: str
    department: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Who is served: first name, initial and number, no more."""

    name: str
    slip_number: str
    here: int
    """Documents of this department that are out."""
    everywhere: int
    limit: int
    documents: Sequence[DocumentLine]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskView:
    """All that the page shows."""

    department: Room
    reader: Reader | None
    acts: Sequence[ActLine]


@console.get("/desk", endpoint="desk")
def desk_page() -> str:
    """The desk, or the choice of a department before it."""
    with database().reading() as db:
        open_ = reads.workrooms(db, buildings.mine())
        rooms = {code: _room(room) for code, room in open_.items()}
        room = rooms.get(session.get(_DEPARTMENT, staff().department_code or ""))
        if room is None:
            listed = list(rooms.values())
            return render_template("console/desk.html", desk=None, departments=listed)
        view = DeskView(department=room, reader=_reader(db, room), acts=acts.lines(db))
        return render_template("console/desk.html", desk=view)


@console.post("/desk/department")
def choose_department() -> ResponseReturnValue:
    """Remember where this person works today; an empty choice asks again."""
    session[_DEPARTMENT] = request.form.get("department", "")[:10]
    _let_go()
    acts.forget()
    return _toworking_desk()


@console.post("/desk/release")
def release_reader() -> ResponseReturnValue:
    """Done with this reader."""
    _let_go()
    return _toworking_desk()


@console.post("/desk/undo")
def undo() -> ResponseReturnValue:
    """Take back the last act, and only the last."""
    last, desk = acts.last(), working_desk()
    loan_id = last.undoable_loan if last is not None else None
    if desk and last and loan_id is not None and loan_id == request.form.get("act", type=int):
        done = lending.undo(database(), loan_id, desk=desk, at=now())
        kind = ActKind.UNDONE if done else ActKind.NOT_UNDONE
        acts.add(Act(kind, now(), document_id=last.document_id))
    return _toworking_desk()


@console.post("/desk/unmark")
def unmark() -> ResponseReturnValue:
    """The wrong slip was scanned: its mark goes, and nobody is served."""
    desk = working_desk()
    if desk is not None and _READER in session:
        visit_id = UUID(session.pop(_READER))
        try:
            undoing.mark(
                database(), visit_id, desk.department, by=By(staff_id=desk.staff_id, at=now())
            )
        except undoing.TooLate:
            flash(words().gettext("Відмітку вже не скасувати: є видані документи."), "desk")
        else:
            acts.add(Act(ActKind.UNDONE, now()))
    return _toworking_desk()


@console.post("/desk/defects")
def note_defects() -> ResponseReturnValue:
    """Write down what is wrong with the document that was just issued (R3.2.4)."""
    last = acts.last()
    loan_id = last.undoable_loan if last is not None else None
    if loan_id is not None and loan_id == request.form.get("loan", type=int):
        try:
            renewals.note_defects(
                database(), loan_id, request.form.get("defects", ""), staff_id=staff().staff_id,
                at=now(),
            )  # fmt: skip
        except renewals.NotPossible:
            flash(words().gettext("Документа вже немає на руках."), "desk")
        else:
            flash(words().gettext("Вади записано."), "grant")
    return _toworking_desk()


@console.post("/desk/open-visit")
def open_visit() -> ResponseReturnValue:
    """Somebody with a ticket is inside and no entrance saw them: the visit begins here (S11)."""
    last, desk = acts.last(), working_desk()
    if desk and last is not None and last.kind is ActKind.TICKET_ONLY and last.ticket_id:
        visit_id = lending.open_visit(
            database(), last.ticket_id, desk=desk, at=now(), entropy=os.urandom
        )
        _serve(visit_id, desk)
    return _toworking_desk()


def take(found: Found, text: str) -> ResponseReturnValue:
    """A scan at the desk: whose slip, or which document comes or goes."""
    desk = working_desk()
    if desk is None:
        return _toworking_desk()
    if found.void_number is not None:
        acts.add(Act(ActKind.SLIP_REFUSED, now(), codes=(Reason.SLIP_VOID,)))
    elif found.kind is FoundKind.VISIT and found.visit_id is not None:
        _serve(found.visit_id, desk)
    elif found.kind in _MAYBE_OUTSIDE and outside_desk.circulation(centre().outside.link):
        _outside(text, desk)
    elif found.kind is FoundKind.DOCUMENT and found.document_id is not None:
        _document(found.document_id, text, desk)
    elif found.kind is FoundKind.PATRON:
        acts.add(Act(ActKind.TICKET_ONLY, now(), ticket_id=found.ticket_id))
    else:
        bad = found.kind is FoundKind.BAD_SIGNATURE
        acts.add(Act(ActKind.BAD_SIGNATURE if bad else ActKind.UNKNOWN, now()))
    return _toworking_desk()


def _toworking_desk() -> ResponseReturnValue:
    return redirect(url_for("console.desk"), 303)


def working_desk() -> Desk | None:
    """Who works where; None until a department is chosen."""
    code = session.get(_DEPARTMENT, staff().department_code or "")
    with database().reading() as db:
        known = code in reads.workrooms(db, buildings.mine())
    return Desk(department=code, staff_id=staff().staff_id) if known else None


def reader_served(db: Session) -> tuple[UUID | None, str]:
    """The visit whose slip was scanned last at this desk, and the reader's first name."""
    if _READER not in session:
        return None, ""
    visit = db.get(Visit, UUID(session[_READER]))
    if visit is None or visit.ticket is None or visit.closed_at is not None:
        return None, ""
    return visit.id, visit.ticket.patron.display_name


def _serve(visit_id: UUID, desk: Desk) -> None:
    """A slip begins the service of its reader, unless it gives no right to any (R2.4)."""
    with database().reading() as db:
        visit = facts.of_visit(db, visit_id)
    judged = ServiceFacts(
        kind=ServiceKind.ISSUE_READING_ROOM, freshness=facts.fresh(now()), visit=visit
    )
    decision = decide_service(judged, now()).made_of(judged)
    if decision.verdict is not Verdict.GRANT:
        _let_go()
        acts.add(Act(ActKind.SLIP_REFUSED, now(), codes=decision.codes, found=found_by(decision)))
        return
    lending.mark(database(), visit_id, desk=desk, at=now())
    link = centre().outside.link
    if link is not None:
        asking.before_desk(link, database(), visit_id, now())
    if session.get(_READER) != str(visit_id):
        _let_go()
    session[_READER] = str(visit_id)
    acts.add(Act(ActKind.READER, now()))


def _let_go() -> None:
    """Whoever was served was served; the system that keeps the loans hears of it."""
    served = session.pop(_READER, None)
    if served is not None:
        outside_desk.leave(centre().outside.link, database(), UUID(served), at=now())


def _document(document_id: int, code: str, desk: Desk) -> None:
    """A document that is out comes back, whoever brings it; any other goes to the reader."""
    last = acts.last()
    if last is not None and last.document_id == document_id and now() - last.at < _ECHO:
        return
    with database().reading() as db:
        loan = lending.open_loan(db, document_id)
        place = _room(db.get_one(Department, desk.department)).place
    if loan is not None and loan.system:
        acts.add(Act(ActKind.OUTSIDE_KEEPS, now(), document_id=document_id))
    elif loan is not None or _READER not in session:
        _take_back(document_id, code, desk, is_out=loan is not None)
    else:
        visit_id = UUID(session[_READER])
        _note(lending.issue(database(), visit_id, code, place, desk=desk, at=now()), place)


def _outside(code: str, desk: Desk) -> None:
    """Another system keeps the loans: it decides, and says why it does not."""
    link = centre().outside.link
    system = outside_desk.circulation(link)
    visit_id = UUID(session[_READER]) if _READER in session else None
    if link is None or system is None:
        return
    try:
        done = outside_desk.scan(link, system, database(), visit_id, code.strip(), at=now())
    except SystemAway:
        acts.add(Act(ActKind.OUTSIDE_AWAY, now()))
        return
    if done is None:
        acts.add(Act(ActKind.NO_READER, now()))
        return
    if done.outcome.said:
        flash(done.outcome.said, "grant" if done.outcome.done else "refuse")
    with database().reading() as db:
        place = _room(db.get_one(Department, desk.department)).place
    lent = ActKind.ISSUED_HOME if place is LoanPlace.HOME else ActKind.ISSUED
    kind = ActKind.RETURNED if done.returned else lent
    kind = kind if done.outcome.done else ActKind.OUTSIDE_REFUSED
    acts.add(Act(kind, now(), document_id=done.document_id))


def _take_back(document_id: int, code: str, desk: Desk, *, is_out: bool) -> None:
    if not is_out:
        acts.add(Act(ActKind.NO_READER, now(), document_id=document_id))
        return
    back = lending.take_back(database(), code, desk=desk, at=now())
    if back is not None:
        elsewhere = back.department_code not in ("", desk.department)
        kind = ActKind.RETURNED_ELSEWHERE if elsewhere else ActKind.RETURNED
        kind = ActKind.RETURNED_HELD if back.held else kind
        acts.add(Act(kind, now(), document_id=document_id, loan_id=back.loan_id))


def _note(issued: Issued, place: LoanPlace) -> None:
    if issued.done:
        kind = ActKind.ISSUED_HOME if place is LoanPlace.HOME else ActKind.ISSUED
    elif issued.decision is not None:
        kind = ActKind.REFUSED
    else:
        kind = ActKind(issued.problem) if issued.problem else ActKind.UNKNOWN
    decided = issued.decision
    acts.add(
        Act(
            kind, now(), document_id=issued.document_id, loan_id=issued.loan_id,
            codes=() if decided is None else decided.codes,
            found=() if decided is None else found_by(decided),
        )
    )  # fmt: skip


def _room(department: Department) -> Room:
    """A lending department issues home, every other one into its room."""
    lends = department.kind is DepartmentKind.LENDING
    place = LoanPlace.HOME if lends else LoanPlace.READING_ROOM
    return Room(department.code, reads.department_name(department, words()), place)


def _reader(db: Session, room: Room) -> Reader | None:
    if _READER not in session:
        return None
    visit = db.get(
        Visit,
        UUID(session[_READER]),
        options=[joinedload(Visit.ticket).joinedload(Ticket.patron)],
    )
    if visit is None or visit.ticket is None or visit.closed_at is not None:
        return None
    out = lending.documents_out(db, visit.id)
    reading, home = facts.out_with(db, visit.ticket.id)
    at_home = room.place is LoanPlace.HOME
    return Reader(
        name=visit.ticket.patron.display_name,
        slip_number=visit.slip_number,
        here=sum(loan.department_code == room.code for loan in out),
        everywhere=home if at_home else reading,
        limit=library().home_limit if at_home else library().reading_room_limit,
        documents=[
            DocumentLine(
                loan.document.title,
                loan.document.inventory_number,
                reads.department_name(loan.department, words()),
            )
            for loan in out
        ],
    )
