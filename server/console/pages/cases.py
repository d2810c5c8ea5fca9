"""The case file of a reader, to act on and to print; the harm that was done (R4.3, R4.3.4)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console import undo
from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.enrolment_words import METHODS, choices
from server.console.labels import DAMAGE_STATES, DEBTORS
from server.console.pages.bans import ban_form, ban_line
from server.models import Damage, DamageState, DebtorKind, Patron, PaymentMethod, Visit
from server.services import damages, lending
from server.services.damages import Harm

_KOPIYKAS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageLine:
    """A damage with who answers for it."""

    damage_id: int
    what: str
    document_id: int | None
    document: str
    """Title of what was damaged, where it is one of our documents."""
    amount: int
    debtor: str
    state: str
    is_open: bool
    noted_at: datetime
    settlement: str


@console.get("/patrons/<int:patron_id>/case")
def case_file(patron_id: int) -> str:
    """Bans, damage and visits of a reader, to act on and to print."""
    with database().reading() as db:
        patron = db.get(Patron, patron_id)
        if patron is None:
            abort(404)
        return render_template(
            "console/case.html", patron=patron,
            numbers=[ticket.number for ticket in patron.tickets],
            bans=[ban_line(db, ban) for ban in patron.bans],
            damages=[_damage_line(damage) for damage in damages.of_patron(db, patron_id)],
            visits=_unusual_visits(db, patron), now=now(), methods=choices(METHODS), **ban_form(),
            guarantor=damages.guarantor_of(db, patron_id, library().day(now())),
            minor=_answers_for(patron) is not DebtorKind.READER,
        )  # fmt: skip


@console.post("/patrons/<int:patron_id>/damage")
def note_damage(patron_id: int) -> ResponseReturnValue:
    """Write down a damage and who answers for it."""
    try:
        damages.note(database(), patron_id, _harm(), staff_id=staff().staff_id, at=now())
    except _NoDocument:
        flash(
            words().gettext("Такого штрихкоду немає: перевірте його або лишіть порожнім."), "desk"
        )
    except LookupError:
        abort(404)
    except ValueError:
        flash(
            words().gettext("Опишіть шкоду, вкажіть суму, а для дитини — хто відповідає."), "desk"
        )
    else:
        flash(words().gettext("Записано."), "grant")
    return redirect(url_for("console.case_file", patron_id=patron_id), 303)


@console.post("/patrons/<int:patron_id>/damage/settled")
def settle_damage(patron_id: int) -> ResponseReturnValue:
    """Paid, replaced or waived."""
    number = request.form.get("damage", 0, type=int)
    made_good, _, method = request.form.get("made_good", "").partition(" ")
    page = url_for("console.case_file", patron_id=patron_id)
    try:
        damages.settle(
            database(), number,
            DamageState(made_good),
            settlement=request.form.get("settlement", ""), staff_id=staff().staff_id, at=now(),
            method=PaymentMethod(method or PaymentMethod.CASH_DESK),
        )  # fmt: skip
    except damages.UnknownDamage:
        abort(404)
    except damages.MadeGood:
        flash(words().gettext("Цю шкоду вже відшкодовано."), "desk")
    except ValueError:
        flash(words().gettext("Вкажіть, чим відшкодовано, і номер квитанції або причину."), "desk")
    else:
        flash(words().gettext("Шкоду відшкодовано."), "grant")
        undo.offer(undo.Kind.SETTLEMENT, number, "", page)
    return redirect(page, 303)


class _NoDocument(LookupError):
    """No document has the label that was typed."""


def _harm() -> Harm:
    form = request.form
    code = form.get("document", "")
    with database().reading() as db:
        document = lending.find_document(db, code) if code.strip() else None
    if code.strip() and document is None:
        raise _NoDocument(code)
    return Harm(
        what=form.get("what", ""),
        amount=_kopiykas(),
        document_id=document.id if document else None,
        debtor_name=form.get("debtor", ""),
        institution="institution" in form,
    )


def _kopiykas() -> int:
    """The sum as typed, `120,50`; nought where it is none."""
    typed = request.form.get("amount", "").replace(",", ".").replace(" ", "")
    try:
        sum_ = Decimal(typed) * _KOPIYKAS
    except InvalidOperation:
        return 0
    return int(sum_) if sum_.is_finite() and sum_ == int(sum_) else 0


def _answers_for(patron: Patron) -> DebtorKind:
    return damages.debtor_of(patron.birth_date, library().day(now()), institution=False)


def _damage_line(damage: Damage) -> DamageLine:
    said = words()
    debtor = said.gettext(DEBTORS[damage.debtor_kind])
    return DamageLine(
        damage_id=damage.id,
        what=damage.what,
        document_id=damage.document_id,
        document="" if damage.document is None else damage.document.title,
        amount=damage.amount,
        debtor=f"{debtor}: {damage.debtor_name}" if damage.debtor_name else debtor,
        state=said.gettext(DAMAGE_STATES[damage.state]),
        is_open=damage.state is DamageState.OPEN,
        noted_at=damage.noted_at,
        settlement=damage.settlement,
    )


def _unusual_visits(db: Session, patron: Patron) -> Sequence[Visit]:
    """Visits that did not end as they should."""
    numbers = [ticket.id for ticket in patron.tickets]
    query = select(Visit).where(Visit.ticket_id.in_(numbers), Visit.closed_at.is_not(None))
    query = query.where(Visit.handed_in.is_(False)).order_by(Visit.opened_at.desc()).limit(20)
    return db.scalars(query).all()
