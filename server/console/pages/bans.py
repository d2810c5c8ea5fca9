"""Bans, damage, and the case file of a reader to print (R4.3, R4.4, R5.1.10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.labels import ban_reason_name, ban_reasons
from server.models import Ban, Damage, DamageState, DebtorKind, Patron, Role, Staff, Visit
from server.services import bans, damages, lending
from server.services.bans import Fault, Violation, Wish
from server.services.damages import Harm
from templates.words import N_

_FAULTS = {
    Fault.ORDER_MISSING: N_("Вкажіть номер наказу."),
    Fault.END_MISSING: N_("Вкажіть останній день. Без строку обмежує лише директор."),
    Fault.ENDS_BEFORE_IT_BEGINS: N_("Останній день уже минув."),
    Fault.TOO_LONG: N_("Строк задовгий: щонайбільше десять років."),
    Fault.NOTE_MISSING: N_("Опишіть порушення словами."),
}
_DAMAGE_STATES = {
    DamageState.OPEN: N_("не відшкодовано"),
    DamageState.PAID: N_("сплачено"),
    DamageState.REPLACED: N_("замінено рівноцінним"),
    DamageState.WAIVED: N_("списано"),
}
_DEBTORS = {
    DebtorKind.READER: N_("читач"),
    DebtorKind.PARENTS: N_("батьки"),
    DebtorKind.INSTITUTION: N_("навчальний заклад чи установа"),
}
_KOPIYKAS = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class BanLine:
    """A ban with all that was decided."""

    ban_id: int
    patron_id: int
    name: str
    organisation: str
    since: datetime
    last_moment: datetime | None
    reason: str
    order_number: str
    note: str
    author: str
    holds: bool
    lifted_at: datetime | None
    lift_reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DamageLine:
    """A damage with who answers for it."""

    damage_id: int
    what: str
    amount: int
    debtor: str
    state: str
    is_open: bool
    noted_at: datetime
    settlement: str


@console.get("/bans", endpoint="bans")
def bans_page() -> str:
    """Everybody who has no right to visit now."""
    with database().reading() as db:
        lines = [_ban_line(db, ban) for ban in bans.in_force(db, now())]
        organisations = db.scalars(
            select(Patron.organisation)
            .where(Patron.organisation != "")
            .distinct()
            .order_by(Patron.organisation)
        ).all()
    return render_template(
        "console/bans.html", lines=lines, organisations=organisations, reasons=_reasons(),
        today=library().day(now()), is_director=staff().role is Role.DIRECTOR,
    )  # fmt: skip


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
            bans=[_ban_line(db, ban) for ban in patron.bans],
            damages=[_damage_line(damage) for damage in damages.of_patron(db, patron_id)],
            visits=_unusual_visits(db, patron), reasons=_reasons(), now=now(),
            today=library().day(now()), is_director=staff().role is Role.DIRECTOR,
            guarantor=damages.guarantor_of(db, patron_id, library().day(now())),
            minor=_answers_for(patron) is not DebtorKind.READER,
        )  # fmt: skip


@console.post("/patrons/<int:patron_id>/ban")
def impose_ban(patron_id: int) -> ResponseReturnValue:
    """Ban a reader."""
    try:
        bans.impose(
            database(), patron_id, _wish(), staff_id=staff().staff_id, role=staff().role, at=now()
        )
    except bans.NobodyThere:
        abort(404)
    except bans.Refused as refused:
        _say(refused)
    else:
        flash(words().gettext("Право відвідувати обмежено."), "grant")
    return redirect(url_for("console.case_file", patron_id=patron_id), 303)


@console.post("/bans/organisation")
def ban_organisation() -> ResponseReturnValue:
    """Ban every reader of an organisation (R5.1.10)."""
    try:
        made = bans.impose_on_organisation(
            database(), request.form.get("organisation", ""), _wish(),
            staff_id=staff().staff_id, role=staff().role, at=now(),
        )  # fmt: skip
    except bans.NobodyThere:
        flash(words().gettext("Читачів такої організації немає."), "desk")
    except bans.Refused as refused:
        _say(refused)
    else:
        said = words().ngettext("Обмежено %(num)s читача.", "Обмежено %(num)s читачів.", len(made))
        flash(said, "grant")
    return redirect(url_for("console.bans"), 303)


@console.post("/bans/lift")
def lift_ban() -> ResponseReturnValue:
    """End a ban now (E17)."""
    try:
        bans.lift(
            database(), request.form.get("ban", 0, type=int), staff_id=staff().staff_id,
            reason=request.form.get("reason", ""), at=now(),
        )  # fmt: skip
    except bans.NobodyThere:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть, чому знято."), "desk")
    else:
        flash(words().gettext("Обмеження знято: вхід дозволено."), "grant")
    return redirect(url_for("console.bans"), 303)


@console.post("/patrons/<int:patron_id>/damage")
def note_damage(patron_id: int) -> ResponseReturnValue:
    """Write down a damage and who answers for it."""
    try:
        damages.note(database(), patron_id, _harm(), staff_id=staff().staff_id, at=now())
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
    try:
        damages.settle(
            database(), request.form.get("damage", 0, type=int),
            DamageState(request.form.get("state", "")),
            settlement=request.form.get("settlement", ""), staff_id=staff().staff_id, at=now(),
        )  # fmt: skip
    except LookupError:
        abort(404)
    except ValueError:
        flash(words().gettext("Вкажіть номер квитанції або причину."), "desk")
    return redirect(url_for("console.case_file", patron_id=patron_id), 303)


def _harm() -> Harm:
    form = request.form
    code = form.get("document", "")
    with database().reading() as db:
        document = lending.find_document(db, code) if code.strip() else None
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


def _wish() -> Wish:
    form = request.form
    last_day = None if "indefinite" in form else form.get("last_day", type=date.fromisoformat)
    return Wish(
        reason=_reason(form.get("reason", "")),
        order_number=form.get("order", ""),
        last_day=last_day,
        note=form.get("note", ""),
    )


def _say(refused: bans.Refused) -> None:
    for fault in refused.faults:
        flash(words().gettext(_FAULTS[fault]), "desk")


def _reasons() -> Sequence[tuple[str, str]]:
    return ban_reasons()


def _reason(code: str) -> str:
    return code if code in dict(ban_reasons()) else Violation.OTHER.value


def _answers_for(patron: Patron) -> DebtorKind:
    return damages.debtor_of(patron.birth_date, library().day(now()), institution=False)


def _ban_line(db: Session, ban: Ban) -> BanLine:
    author = db.get(Staff, ban.author_id) if ban.author_id is not None else None
    over = ban.until is not None and ban.until <= now()
    return BanLine(
        ban_id=ban.id,
        patron_id=ban.patron_id,
        name=ban.patron.full_name,
        organisation=ban.organisation,
        since=ban.since,
        last_moment=ban.until,
        reason=ban_reason_name(ban.reason),
        order_number=ban.order_number,
        note=ban.note,
        author=author.name if author else "",
        holds=not over and ban.lifted_at is None,
        lifted_at=ban.lifted_at,
        lift_reason=ban.lift_reason,
    )


def _damage_line(damage: Damage) -> DamageLine:
    said = words()
    debtor = said.gettext(_DEBTORS[damage.debtor_kind])
    return DamageLine(
        damage_id=damage.id,
        what=damage.what,
        amount=damage.amount,
        debtor=f"{debtor}: {damage.debtor_name}" if damage.debtor_name else debtor,
        state=said.gettext(_DAMAGE_STATES[damage.state]),
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
