"""Harm to the library's property, made good in full by who answers for it (R4.3.4, R4.3.5)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from server.database import Database
from server.models import (
    Concession,
    Damage,
    DamageState,
    DebtorKind,
    Guarantor,
    GuarantorKind,
    PaidFor,
    Patron,
    PaymentMethod,
)
from server.services import audit, people, settings, tariffs
from server.services.by import By

FULL_AGE = 18
AMOUNT_MAX = 100_000_000
"""A million hryvnias, in kopiykas."""


class UnknownDamage(LookupError):
    """There is no such damage."""


class MadeGood(RuntimeError):
    """The damage is settled already."""


def debtor_of(born: date | None, day: date, *, institution: bool) -> DebtorKind:
    """Who answers on a day: for a minor the parents, or the institution that looks after them."""
    if born is None or people.birthday(born, FULL_AGE) <= day:
        return DebtorKind.READER
    return DebtorKind.INSTITUTION if institution else DebtorKind.PARENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """A damage as it is told."""

    what: str
    amount: int
    """In kopiykas."""
    document_id: int | None = None
    debtor_name: str = ""
    """Who answers for a minor without a guarantor on record."""
    institution: bool = False
    """It is a school or institution that answers."""


def note(database: Database, patron_id: int, harm: Harm, *, staff_id: int, at: datetime) -> int:
    """Write down a damage and who owes for it; answers its id.

    Whoever guaranteed for a minor owes, whatever was typed. Raises ValueError for an amount out of
    range, for a damage without words, or a minor's without the name of who answers; LookupError
    for a patron that we don't know.
    """
    if not 0 < harm.amount <= AMOUNT_MAX or not harm.what.strip():
        raise ValueError("a damage has words and an amount")
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        damage = _damage(session, patron, harm, settings.read(session).day(at))
        damage.noted_at, damage.noted_by = at, staff_id
        session.add(damage)
        session.flush()
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="damage_noted",
            about=("damage", str(damage.id)),
            details={
                "patron": patron_id, "amount": harm.amount, "debtor": damage.debtor_kind,
                "before": None, "after": "open",
            },
        )  # fmt: skip
        return damage.id


def _damage(session: Session, patron: Patron, harm: Harm, today: date) -> Damage:
    guarantor = guarantor_of(session, patron.id, today)
    school = guarantor is not None and guarantor.kind is GuarantorKind.SCHOOL
    institution = harm.institution if guarantor is None else school
    kind = debtor_of(patron.birth_date, today, institution=institution)
    own = kind is DebtorKind.READER
    name = "" if own else (guarantor.name if guarantor else harm.debtor_name.strip())
    if not own and not name:
        raise ValueError("somebody answers for a minor")
    return Damage(
        patron_id=patron.id, document_id=harm.document_id, what=harm.what.strip()[:500],
        amount=harm.amount, debtor_kind=kind, debtor_name=name[:200],
        guarantor_id=guarantor.id if guarantor and not own else None, state=DamageState.OPEN,
    )  # fmt: skip


def guarantor_of(session: Session, patron_id: int, day: date) -> Guarantor | None:
    """Who guarantees for a reader on a day; of several the newest."""
    return session.scalar(
        select(Guarantor)
        .where(
            Guarantor.patron_id == patron_id,
            Guarantor.guarantees,
            or_(Guarantor.until.is_(None), Guarantor.until >= day),
        )
        .order_by(Guarantor.at.desc())
        .limit(1)
    )


def settle(
    database: Database, damage_id: int, state: DamageState, *, settlement: str, staff_id: int,
    at: datetime, method: PaymentMethod = PaymentMethod.CASH_DESK,
) -> None:  # fmt: skip
    """Paid, replaced or waived, with the receipt's number or the reason.

    Raises UnknownDamage; MadeGood where it is settled already; ValueError where the words are
    missing or the state settles nothing. What was paid stands among the day's payments by `method`.
    """
    if state is DamageState.OPEN or not settlement.strip():
        raise ValueError("a settlement says how")
    with database.writing() as session:
        damage = session.scalar(select(Damage).where(Damage.id == damage_id).with_for_update())
        if damage is None:
            raise UnknownDamage(f"no damage {damage_id}")
        if damage.state is not DamageState.OPEN:
            raise MadeGood(f"damage {damage_id} is {damage.state}")
        damage.state, damage.settlement = state, settlement.strip()[:500]
        damage.settled_at, damage.settled_by = at, staff_id
        if state is DamageState.PAID:
            payment = tariffs.add_payment(
                session, damage.patron, PaidFor.DAMAGE, damage.amount, Concession.FULL, method,
                settlement, By(staff_id=staff_id, at=at),
            )  # fmt: skip
            payment.damage_id = damage.id
        audit.record(
            session, at=at, actor=f"staff:{staff_id}", action="damage_settled",
            about=("damage", str(damage_id)),
            details={"before": "open", "after": state, "amount": damage.amount},
        )  # fmt: skip


def of_patron(session: Session, patron_id: int) -> Sequence[Damage]:
    """All damage of a reader, the newest first."""
    query = select(Damage).where(Damage.patron_id == patron_id).order_by(Damage.noted_at.desc())
    return session.scalars(query).all()
