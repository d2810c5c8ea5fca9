"""A visit: its slip, what was issued on it, and how it went."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import abort, render_template
from sqlalchemy.orm import Session, joinedload, selectinload

from gate.facts import CredentialKind, Decision, LoanPlace, OwnItemKind, VisitState
from gate.reasons import Verdict
from server.console import reads
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.labels import (
    VISIT_LOOKS,
    item_name,
    slip_state_name,
    visit_state_name,
)
from server.console.roles import may
from server.console.said import Saying, sayings
from server.console.why import Opened, opened, opened_codes
from server.models import DepartmentVisit, Loan, Ticket, Visit
from server.services import decisions_made, exits
from server.services.decisions_made import Made, Way
from server.services.exits import Shown
from templates.words import N_


@dataclass(frozen=True, slots=True, kw_only=True)
class LoanLine:
    """A document issued on the slip."""

    document_id: int
    title: str
    author: str
    inventory_number: str
    department: str
    issued_at: datetime
    returned_at: datetime | None
    home: bool


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened on the way."""

    at: datetime
    sign: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionLine:
    """A decision that was made, to be opened."""

    at: datetime
    what: str
    state: str
    sign: str
    verdict: str
    where: str
    why: Sequence[Opened]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitView:
    """All that the page shows."""

    visit_id: UUID
    slip_number: str
    kind: str
    state: str
    state_colour: str
    state_sign: str
    slip_state: str
    open: bool
    away: bool
    """Out for a while, or evacuated, and may come back today."""
    items_wait: bool
    """Own things were declared and nobody allowed them yet."""
    item_kinds: Sequence[tuple[str, str]]
    name: str
    patron_id: int | None
    loans: Sequence[LoanLine]
    steps: Sequence[Step]
    facts: Sequence[tuple[str, str]]
    decisions: Sequence[DecisionLine]
    now: Sequence[Saying]
    """What speaks against the way out at this moment; empty where the visit is over."""
    now_why: Sequence[Opened]


@console.get("/visits/<uuid:visit_id>")
def visit(visit_id: UUID) -> str:
    """The page; 404 where there is no such visit."""
    with database().reading() as session:
        found = session.get(
            Visit,
            visit_id,
            options=[
                joinedload(Visit.ticket).joinedload(Ticket.patron),
                joinedload(Visit.event),
                selectinload(Visit.marks).joinedload(DepartmentVisit.department),
                selectinload(Visit.own_items),
            ],
        )
        if found is None:
            abort(404)
        return render_template("console/visit.html", visit=_view(session, found))


def without_ticket(visit: Visit) -> str:
    """What somebody is called who came without a ticket: by their group, or by their event."""
    event = "" if visit.event is None else visit.event.title
    return visit.group_name or event or words().gettext("Відвідувач без квитка")


def name_for_staff(visit: Visit) -> str:
    """Full name where the role may open patrons, first name and initial elsewhere."""
    if visit.ticket is None:
        return without_ticket(visit)
    patron = visit.ticket.patron
    return patron.full_name if may(staff().role, "console.patron") else patron.display_name


def _view(session: Session, found: Visit) -> VisitView:
    colour, sign = VISIT_LOOKS[found.state]
    loans = reads.loans_of_visit(session, found.id)
    leaving = _if_they_left_now(found) if found.closed_at is None else None
    return VisitView(
        visit_id=found.id,
        slip_number=found.slip_number,
        kind=_kind(found),
        state=visit_state_name(found.state, handed_in=found.handed_in),
        state_colour=colour,
        state_sign=sign,
        slip_state=slip_state_name(found.slip_state),
        open=found.closed_at is None,
        away=found.state in (VisitState.AWAY, VisitState.EVACUATED) and found.closed_at is None,
        items_wait=any(item.approved_name is None for item in found.own_items),
        item_kinds=[(kind.value, item_name(kind)) for kind in OwnItemKind],
        name=name_for_staff(found),
        patron_id=found.ticket.patron_id if found.ticket else None,
        loans=[_loan_line(loan) for loan in loans],
        steps=sorted(_steps(found, loans), key=lambda step: step.at),
        facts=list(_facts(found)),
        decisions=[decision_line(made) for made in decisions_made.of_visit(session, found.id)],
        now=() if leaving is None else sayings(leaving),
        now_why=() if leaving is None else opened(leaving),
    )


_WAYS = {
    Way.ENTRY: N_("Вхід"),
    Way.EXIT: N_("Вихід"),
    Way.LEAVE: N_("Тимчасовий вихід"),
    Way.RETURN: N_("Повернення"),
}
_VERDICTS = {
    Verdict.GRANT: ("check", N_("дозволено")),
    Verdict.DESK: ("desk", N_("до Сервісного центру")),
    Verdict.REFUSE: ("ban", N_("відмовлено")),
}


def decision_line(made: Made) -> DecisionLine:
    """A decision in words."""
    _ = words().gettext
    sign, verdict = _VERDICTS[made.verdict]
    return DecisionLine(
        at=made.at, what=_(_WAYS[made.way]), state=made.verdict, sign=sign, verdict=_(verdict),
        where=made.where, why=opened_codes(made.reasons),
    )  # fmt: skip


def _if_they_left_now(found: Visit) -> Decision:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=found.slip_number)
    return exits.check(database(), shown, at=now()).decision


def _kind(found: Visit) -> str:
    _ = words().gettext
    if found.group_name:
        return _("Листок групи з екскурсоводом")
    return _("Листок читача") if found.ticket_id else _("Листок відвідувача заходу")


def _loan_line(loan: Loan) -> LoanLine:
    return LoanLine(
        document_id=loan.document_id,
        title=loan.document.title,
        author=loan.document.author,
        inventory_number=loan.document.inventory_number,
        department=reads.department_name(loan.department, words()),
        issued_at=loan.issued_at,
        returned_at=loan.returned_at,
        home=loan.place is LoanPlace.HOME,
    )


def _steps(found: Visit, loans: Sequence[Loan]) -> Iterator[Step]:
    _ = words().gettext
    yield Step(found.opened_at, "door-in", _("Вхід, листок видано"))
    for mark in found.marks:
        name = reads.department_name(mark.department, words())
        yield Step(mark.first_at, "mark", _("Відмітка: %(department)s", department=name))
    for loan in loans:
        yield Step(loan.issued_at, "book", _("Видано: %(title)s", title=loan.document.title))
        if loan.returned_at is not None:
            title = loan.document.title
            yield Step(loan.returned_at, "undo", _("Повернуто: %(title)s", title=title))
    if found.state is VisitState.AWAY:
        yield Step(found.changed_at, "clock", _("Тимчасовий вихід"))
    if found.closed_at is not None:
        _, sign = VISIT_LOOKS[found.state]
        name = visit_state_name(found.state, handed_in=found.handed_in)
        yield Step(found.closed_at, sign, name)


def _facts(found: Visit) -> Iterator[tuple[str, str]]:
    _ = words().gettext
    if found.ticket:
        yield _("Квиток"), found.ticket.number
    if found.event:
        yield _("Захід"), f"{found.event.title}, {found.event.hall}"
    if found.guide:
        yield _("Екскурсовод"), found.guide
    if found.persons > 1:
        yield _("Осіб"), str(found.persons)
    if found.station_code:
        yield _("Станція"), found.station_code
    for item in found.own_items:
        count = f" × {item.count}" if item.count > 1 else ""
        allowed = item.approved_name or _("не погоджено")
        yield f"{item_name(item.kind)}{count}", allowed
