"""Request forms: wholly filled in, fetched from stack or another library (R3.2.1, R3.2.5)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.applicants import tidy
from gate.facts import Decision, ServiceFacts, ServiceKind
from gate.reasons import Verdict
from gate.rules import decide_service
from server.database import Database
from server.models import Request, RequestKind, RequestState, Ticket, Visit
from server.services import audit, facts, settings
from server.services.lending import Desk
from server.services.reach import EVERYWHERE, Reach

NEEDED = ("title",)
"""Without a title nobody can look; of shelf mark and author one must be there."""
_MOST = {"shelf_mark": 60, "author": 200, "title": 500, "published": 100, "volume": 60}
_AFTER = {
    RequestState.FETCHED: (RequestState.ASKED,),
    RequestState.DONE: (RequestState.ASKED, RequestState.FETCHED),
    RequestState.REFUSED: (RequestState.ASKED, RequestState.FETCHED),
}
_ENDS = (RequestState.DONE, RequestState.REFUSED)


class Unfit(ValueError):
    """The form is filled in wrongly, and refused (R3.2.1); `fields` names what is missing."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = tuple(fields)


class NotPossible(ValueError):
    """The request is not in a state for that."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What became of a wish: a request, or why there is none."""

    decision: Decision
    request_id: int | None = None


def ask(
    database: Database, visit_id: UUID | None, form: Mapping[str, str], kind: RequestKind, *,
    desk: Desk, at: datetime,
) -> Asked:  # fmt: skip
    """Take a form from the reader of a visit. Raises Unfit.

    Half an hour before closing the stack takes no more (R3.2.7, S08); other libraries do.
    """
    values = _read(form, kind)
    with database.writing() as session:
        visit = None if visit_id is None else session.get(Visit, visit_id)
        decision = decide(session, visit, kind, desk.department, at)
        ticket = None if visit is None else session.get(Ticket, visit.ticket_id or "")
        if decision.verdict is not Verdict.GRANT or ticket is None or visit is None:
            return Asked(decision)
        request = Request(
            kind=kind, patron_id=ticket.patron_id, visit_id=visit.id,
            department_code=desk.department, state=RequestState.ASKED, asked_at=at,
            asked_by=desk.staff_id, **values,
        )  # fmt: skip
        session.add(request)
        session.flush()
        note(session, request, "request_asked", desk.actor, at)
        return Asked(decision, request.id)


def _read(form: Mapping[str, str], kind: RequestKind) -> dict[str, str]:
    values = {name: tidy(form.get(name, ""))[:most] for name, most in _MOST.items()}
    missing = [name for name in NEEDED if not values[name]]
    if kind is RequestKind.STACK and not values["shelf_mark"]:
        missing.append("shelf_mark")
    if not values["shelf_mark"] and not values["author"]:
        missing.append("author")
    if missing:
        raise Unfit(missing)
    return values


def decide(
    session: Session, visit: Visit | None, kind: RequestKind, department: str, at: datetime
) -> Decision:
    """Whether the rules take a request from this visit now."""
    library = settings.read(session)
    wish = ServiceKind.STACK_REQUEST
    if kind is RequestKind.INTERLIBRARY:
        wish = ServiceKind.ISSUE_READING_ROOM
    judged = ServiceFacts(
        kind=wish,
        freshness=facts.fresh(at),
        visit=facts.of_visit(session, None if visit is None else visit.id),
        building=facts.of_department(session, library, department, at=at),
        policy=library.policy,
    )
    return decide_service(judged, at).made_of(judged)


def move(
    database: Database, request_id: int, state: RequestState, *, actor: str, at: datetime,
    answer: str = "", postage: int | None = None, receipt_number: str = "",
) -> None:  # fmt: skip
    """Tell how far a request is. Raises NotPossible, LookupError.

    From another library it comes only when the postage is paid (R3.2.5).
    """
    with database.writing() as session:
        request = session.get(Request, request_id, with_for_update=True)
        if request is None:
            raise LookupError(f"no request {request_id}")
        if request.state not in _AFTER.get(state, ()):
            raise NotPossible(request.state)
        if state is RequestState.REFUSED and not answer.strip():
            raise NotPossible("answer")
        if state is RequestState.FETCHED and request.kind is RequestKind.INTERLIBRARY:
            if postage is None or not receipt_number.strip():
                raise NotPossible("postage")
            request.postage, request.receipt_number = postage, receipt_number.strip()[:60]
        request.state, request.answer = state, answer.strip()[:300]
        request.ended_at = at if state in _ENDS else None
        note(session, request, f"request_{state}", actor, at)


def waiting(
    session: Session, department: str | None = None, within: Reach = EVERYWHERE
) -> Sequence[Request]:
    """Requests of a reach that are not over, the oldest first."""
    query = (
        select(Request)
        .where(Request.ended_at.is_(None), within.departments(Request.department_code))
        .order_by(Request.asked_at, Request.id)
        .options(joinedload(Request.patron), joinedload(Request.department))
    )
    if department is not None:
        query = query.where(Request.department_code == department)
    return session.scalars(query).all()


def note(session: Session, request: Request, action: str, actor: str, at: datetime) -> None:
    """Keep an act in the audit log."""
    audit.record(
        session, at=at, actor=actor, action=action, about=("request", str(request.id)),
        details={"kind": request.kind, "department": request.department_code},
    )  # fmt: skip
