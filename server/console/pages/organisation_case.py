"""The case file of an organisation: agreement, bans, what its readers owe (R1.8, R4.3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import abort, render_template
from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload

from server.console.blueprint import console
from server.console.centre import database, now
from server.console.pages.bans import ban_form, ban_line
from server.models import Damage, DamageState, Loan, Organisation, Patron
from server.services import bans


@dataclass(frozen=True, slots=True, kw_only=True)
class ReaderLine:
    """A reader of the organisation, with what stands against them."""

    patron_id: int
    name: str
    numbers: Sequence[str]
    banned: bool
    owes: int
    """Harm that is not made good, in kopiykas."""
    documents: int


@console.get("/organisations/<int:key>/case")
def organisation_case(key: int) -> str:
    """Agreement, bans and readers of an organisation, to act on and to print."""
    with database().reading() as db:
        organisation = db.get(Organisation, key)
        if organisation is None:
            abort(404)
        return render_template(
            "console/organisation_case.html", organisation=organisation, now=now(),
            bans=[ban_line(db, ban) for ban in bans.of_organisation(db, key)],
            readers=_readers(db, key), **ban_form(),
        )  # fmt: skip


def _readers(db: Session, organisation_id: int) -> Sequence[ReaderLine]:
    query = select(Patron).where(Patron.organisation_id == organisation_id)
    query = query.options(selectinload(Patron.tickets)).order_by(Patron.name_key)
    patrons = db.scalars(query).all()
    mine = [patron.id for patron in patrons]
    banned = {ban.patron_id for ban in bans.holding(db, mine, now())}
    owes = _sums(db, mine)
    out = _loans(db, mine)
    return [
        ReaderLine(
            patron_id=patron.id, name=patron.full_name,
            numbers=[ticket.number for ticket in patron.tickets], banned=patron.id in banned,
            owes=owes.get(patron.id, 0), documents=out.get(patron.id, 0),
        )
        for patron in patrons
    ]  # fmt: skip


def _sums(db: Session, patrons: Sequence[int]) -> dict[int, int]:
    query = select(Damage.patron_id, func.sum(Damage.amount)).group_by(Damage.patron_id)
    open_ones = (Damage.patron_id.in_(patrons), Damage.state == DamageState.OPEN)
    return {patron: int(amount) for patron, amount in db.execute(query.where(*open_ones))}


def _loans(db: Session, patrons: Sequence[int]) -> dict[int, int]:
    query = select(Loan.patron_id, func.count()).group_by(Loan.patron_id)
    out = (Loan.patron_id.in_(patrons), Loan.returned_at.is_(None))
    return {patron: count for patron, count in db.execute(query.where(*out)) if patron}
