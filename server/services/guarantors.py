"""Who consents for a minor, and who answers for one: parents, guardians, schools (R1.4, R1.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gate.applicants import email_fault
from gate.facts import TicketState
from server.database import Database
from server.models import Guarantor, GuarantorKind, Patron, Ticket
from server.services import audit, changes, enrolment_rules, settings
from server.services.by import By
from server.services.enrolment_rules import MAJORITY
from server.services.tariffs import Refused

ENDS_SOON = timedelta(days=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """Who consents for a minor or answers for one."""

    kind: GuarantorKind
    name: str
    phone: str = ""
    email: str = ""
    paper: str = ""
    until: date | None = None


def add_consent(session: Session, patron: Patron, guardian: Answerer, by: By) -> None:
    """A parent or lawful representative consents to the enrolment (R1.4). Raises Refused."""
    if guardian.kind is GuarantorKind.SCHOOL:
        raise Refused("not_a_guardian")
    _add(session, patron, guardian, by, guarantees=False)
    patron.guardian_consent_on = settings.read(session).day(by.at)


def add_guarantee(session: Session, patron: Patron, guarantor: Answerer, by: By) -> None:
    """Parents, or a school by its letter, answer for a minor until a day (R1.5). Raises Refused."""
    if guarantor.until is not None and guarantor.until < settings.read(session).day(by.at):
        raise Refused("guarantee_ended")
    if guarantor.kind is GuarantorKind.SCHOOL and not guarantor.paper:
        raise Refused("no_letter")
    _add(session, patron, guarantor, by, guarantees=True)


def renew(
    database: Database, patron_id: int, answerer: Answerer, *, guarantees: bool, by: By
) -> None:
    """A new consent or guarantee of somebody enrolled. Raises Refused, LookupError.

    What there was before stays on record; the newest counts.
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        note = add_guarantee if guarantees else add_consent
        note(session, patron, answerer, by)
        changes.note_patron(session, patron_id)
        until = answerer.until.isoformat() if answerer.until else None
        audit.record(
            session, at=by.at, actor=by.actor,
            action="guarantee_noted" if guarantees else "guardian_consent_noted",
            about=("patron", str(patron_id)), details={"kind": answerer.kind, "until": until},
        )  # fmt: skip


def guarantee_until(session: Session, patron_id: int) -> date | None:
    """Last day of the newest guarantee; date.max where it has no end, None where there is none."""
    found = session.scalar(
        select(Guarantor)
        .where(Guarantor.patron_id == patron_id, Guarantor.guarantees)
        .order_by(Guarantor.id.desc())
        .limit(1)
    )
    return None if found is None else found.until or date.max


def of_patron(session: Session, patron_id: int) -> Sequence[Guarantor]:
    """Everybody who ever consented or answered, the newest first."""
    query = select(Guarantor).where(Guarantor.patron_id == patron_id)
    return session.scalars(query.order_by(Guarantor.id.desc())).all()


def address(session: Session, patron_id: int) -> str:
    """Whereto letters about a child go: the newest guardian who gave an address; else empty."""
    asked = (
        each.email
        for each in of_patron(session, patron_id)
        if each.email and each.kind is not GuarantorKind.SCHOOL
    )
    return next(asked, "")


def ending(session: Session, today: date) -> Sequence[tuple[Patron, date]]:
    """Minors with a good ticket whose newest guarantee ended, or ends within a month."""
    newest = (
        select(func.max(Guarantor.id)).where(Guarantor.guarantees).group_by(Guarantor.patron_id)
    )
    rows = session.execute(
        select(Patron, Guarantor.until)
        .join(Guarantor, Guarantor.patron_id == Patron.id)
        .join(Ticket, Ticket.patron_id == Patron.id)
        .where(
            Guarantor.id.in_(newest),
            Guarantor.until <= today + ENDS_SOON,
            Ticket.state == TicketState.ACTIVE,
            Ticket.valid_until >= today,
        )
        .order_by(Guarantor.until, Patron.name_key)
        .distinct()
    )
    return [
        (patron, until)
        for patron, until in rows
        if until is not None and enrolment_rules.is_below(patron.birth_date, MAJORITY, today)
    ]


def _add(session: Session, patron: Patron, answerer: Answerer, by: By, *, guarantees: bool) -> None:
    if not answerer.name:
        raise Refused("empty")
    if answerer.email and email_fault(answerer.email) is not None:
        raise Refused("not_an_address")
    session.add(
        Guarantor(
            patron_id=patron.id, kind=answerer.kind, name=answerer.name, phone=answerer.phone,
            email=answerer.email, paper=answerer.paper, until=answerer.until,
            guarantees=guarantees, at=by.at, staff_id=by.staff_id,
        )
    )  # fmt: skip
