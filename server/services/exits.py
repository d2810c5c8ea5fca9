"""The exit at the Service Centre's desk: look at one slip, let its reader out (R3.1.4, R3.2.9)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import (
    CredentialKind,
    Decision,
    ExitFacts,
    InsideAgain,
    LoanPlace,
    VisitFacts,
)
from gate.reasons import Duty, Verdict
from gate.rules import decide_exit
from server.database import Database
from server.models import Document, Loan, Ticket, Visit
from server.services import audit, exit_checklist, facts, own_items, settings, visits
from server.services.exit_checklist import Checked
from server.services.settings import LibrarySettings

Rule = Callable[[ExitFacts, datetime], Decision]
_NOTHING = Checked()
"""Nobody looked at anything: enough where there is nothing to look at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What lies on the desk: a slip, a ticket, or nothing but the reader's word."""

    credential: CredentialKind | None
    """SLIP_CODE with the slip's number; TICKET_CODE, NUMBER or CARD as in `POST facts`."""
    value: str = ""
    visit_id: UUID | None = None
    """Where the visit is known from somewhere else, as for a slip that is lost."""
    carried: Sequence[str] = ()
    """Barcodes of the documents that are carried out."""
    lost_slip_reason: str = ""
    """Staff asked the departments and lets the reader go without a slip (R3.2.9, X06)."""
    loans_as_of: datetime | None = None
    """Since when the loans are right, where another system keeps them; None: they are ours."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExitCheck:
    """The decision, with the facts that made it."""

    decision: Decision
    visit: VisitFacts | None
    ticket_id: str | None
    not_lent: tuple[str, ...] = ()
    """Barcodes among those carried that are not on loan to this reader (X15)."""
    unchecked: tuple[Duty, ...] = ()
    """What was not looked at, and nobody overruled it."""

    @property
    def may_go(self) -> bool:
        """Whether the way out is free."""
        return self.decision.verdict is Verdict.GRANT and not self.unchecked


def check(database: Database, shown: Shown, *, at: datetime) -> ExitCheck:
    """Judge, and change nothing."""
    with database.reading() as session:
        return judge(session, shown, settings.read(session), at)


def let_out(
    database: Database, shown: Shown, *, staff_id: int, at: datetime, checked: Checked = _NOTHING
) -> ExitCheck:
    """Judge once more and, where it is granted and checked, close the visit.

    The audit log keeps either. Of two at once the first closes it; the other is told that the slip
    is closed.
    """
    with database.writing() as session:
        library = settings.read(session)
        hold(session, shown)
        found, skipped = checked_off(judge(session, shown, library, at), checked)
        visit = None if found.visit is None else session.get(Visit, UUID(found.visit.visit_id))
        if found.may_go and visit is not None:
            own_items.note_signed(session, visit.id, checked.signed_by, at=at)
            handed_in = any(task.code is Duty.HAND_IN_SLIP for task in found.decision.duties)
            visits.end(
                session, visit, at=at, handed_in=handed_in,
                staff_id=staff_id, reason=shown.lost_slip_reason,
            )  # fmt: skip
        _record(session, shown, found, staff_id, at, overruled(checked, skipped))
        return found


def checked_off(found: ExitCheck, checked: Checked) -> tuple[ExitCheck, tuple[Duty, ...]]:
    """The check with what is still to be looked at, and what somebody overruled by a reason."""
    if not found.may_go or found.visit is None:
        return found, ()
    unchecked = exit_checklist.open_points(found.decision.duties, found.visit.own_items, checked)
    if checked.overruled:
        return found, unchecked
    return replace(found, unchecked=unchecked), ()


def overruled(checked: Checked, skipped: Sequence[Duty]) -> dict[str, Any]:
    """What the audit log keeps of an open point that somebody answers for; by nobody, nothing."""
    return {"unchecked": list(skipped), "overruled": checked.overruled} if skipped else {}


def hold(session: Session, shown: Shown) -> None:
    """On PostgreSQL the second of two waits here until the first has committed."""
    visit_id = _visit_id(session, shown)[1]
    session.execute(select(Visit.id).where(Visit.id == visit_id).with_for_update())


def _visit_id(session: Session, shown: Shown) -> tuple[str | None, UUID | None]:
    if shown.visit_id is not None:
        return None, shown.visit_id
    return facts.find(session, shown.credential, shown.value)


def judge(
    session: Session, shown: Shown, library: LibrarySettings, at: datetime, *,
    rule: Rule = decide_exit,
) -> ExitCheck:  # fmt: skip
    """Judge within a transaction: by the rule of going for good, or for a while."""
    ticket_id, visit_id = _visit_id(session, shown)
    visit = facts.as_shown(facts.of_visit(session, visit_id), shown.credential, shown.value)
    if visit is not None:
        visit = replace(visit, loans_as_of=shown.loans_as_of)
    owner = visit.ticket_id if visit is not None else ticket_id
    not_lent = _not_lent(session, shown.carried, visit)
    judged = ExitFacts(
        station="",
        credential=shown.credential,
        freshness=facts.fresh(at),
        visit=visit,
        ticket_known=ticket_id is not None,
        staff_pass=ticket_id is not None and facts.is_staff(session, ticket_id),
        lost_slip_confirmed=bool(shown.lost_slip_reason),
        carried_not_lent=len(not_lent),
        building=facts.of_building(session, library, at=at),
        # Whoever sits at the desk decides about a slip that was handed in already, and is the
        # person whom old counts of loans are to be asked of.
        policy=replace(
            library.policy, inside_again=InsideAgain.HARD, exit_on_old_counts=Verdict.GRANT
        ),
    )
    decision = rule(judged, at).made_of(judged)
    return ExitCheck(decision=decision, visit=visit, ticket_id=owner, not_lent=not_lent)


def _not_lent(
    session: Session, carried: Sequence[str], visit: VisitFacts | None
) -> tuple[str, ...]:
    """Only what stands in the reader's file may be carried out (R3.3.1)."""
    if not carried:
        return ()
    mine = select(Document.barcode).join(Loan, Loan.document_id == Document.id)
    mine = mine.where(Loan.returned_at.is_(None), Loan.place == LoanPlace.HOME)
    patron = None if visit is None else _patron_id(session, visit)
    lent = set(session.scalars(mine.where(Loan.patron_id == patron)))
    return tuple(barcode for barcode in carried if barcode not in lent)


def _patron_id(session: Session, visit: VisitFacts) -> int | None:
    return session.scalar(select(Ticket.patron_id).where(Ticket.id == visit.ticket_id))


def _record(
    session: Session, shown: Shown, found: ExitCheck, staff_id: int, at: datetime,
    overruled: dict[str, Any],
) -> None:  # fmt: skip
    about = ("visit", found.visit.visit_id) if found.visit else ("ticket", found.ticket_id or "")
    audit.record(
        session, at=at, actor=f"staff:{staff_id}",
        action="let_out" if found.may_go else "exit_refused", about=about,
        details={
            "reasons": found.decision.codes, "slip_lost": bool(shown.lost_slip_reason),
            **({"unchecked": list(found.unchecked)} if found.unchecked else {}), **overruled,
        },
    )  # fmt: skip
