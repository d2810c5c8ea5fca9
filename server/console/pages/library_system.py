"""The link to another library system, for the technician: try it, see what it said, compare."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import String, cast, func, select

from server.console.blueprint import console
from server.console.centre import centre, database, now, words
from server.library_systems.contract import Account, SystemAway
from server.library_systems.link import How, Link
from server.library_systems.sip2.client import Sip2System
from server.models import OutsideAccount, Ticket
from templates.words import N_

_SHOWN = 200
_SYSTEMS = {"sip2": "SIP2", "koha": "Koha", "own": "Lystok"}
_HOW = {
    How.ANSWERED: (N_("відповіла"), "grant", "check"),
    How.AWAY: (N_("не відповіла"), "refuse", "warning"),
    How.NOT_ASKED: (N_("не питали: щойно мовчала"), "past", "clock"),
}
_DIFFERENCES = {
    "unknown": N_("там такого квитка немає"),
    "name": N_("інше прізвище"),
    "expires": N_("інший строк дії"),
    "lent_elsewhere": N_("документ там у цього читача, а тут в іншого"),
}
_BLOCKS = {
    "loans_denied": N_("видачу заборонено"),
    "renewals_denied": N_("продовження заборонено"),
    "recalls_denied": N_("відкликання заборонено"),
    "holds_denied": N_("замовлення заборонено"),
    "card_lost": N_("квиток загублено"),
    "too_many_loans": N_("забагато виданого"),
    "too_many_overdue": N_("забагато простроченого"),
    "too_many_renewals": N_("забагато продовжень"),
    "too_many_claims": N_("забагато спірних повернень"),
    "too_many_lost": N_("забагато загубленого"),
    "fines": N_("штрафи"),
    "fees": N_("борги за послуги"),
    "recall_overdue": N_("відкликане не повернуто"),
    "too_many_billed": N_("забагато рахунків"),
    "not_valid": N_("квиток не чинний"),
    "expired": N_("строк минув"),
    "barred": N_("відвідування заборонено"),
}


@console.get("/library-system", endpoint="library_system")
def library_system_page() -> str:
    """How the link is, what was asked last, and where the two sides differ."""
    link = centre().outside.link
    if link is None:
        return render_template("console/library_system.html", link=None)
    return _page(link)


@console.post("/library-system/try", endpoint="try_library_system")
def try_library_system() -> ResponseReturnValue:
    """Ask it how it is."""
    link = _link()
    try:
        standing = link.standing(at=now())
    except SystemAway as error:
        flash(words().gettext("Не відповідає: %(why)s", why=str(error)), "refuse")
    else:
        name = standing.name or _SYSTEMS.get(link.system.name, "")
        flash(words().gettext("Відповідає: %(name)s", name=name), "grant")
    return redirect(url_for("console.library_system"))


@console.post("/library-system/ask", endpoint="ask_library_system")
def ask_library_system() -> ResponseReturnValue:
    """Ask for one ticket number; the name stays hidden."""
    link, number = _link(), request.form.get("number", "").strip()
    if not number:
        return redirect(url_for("console.library_system"))
    try:
        account = link.ask(number, at=now())
    except SystemAway as error:
        flash(words().gettext("Не відповідає: %(why)s", why=str(error)), "refuse")
        return redirect(url_for("console.library_system"))
    return _page(link, account)


@console.post("/library-system/compare", endpoint="compare_library_system")
def compare_library_system() -> ResponseReturnValue:
    """Ask for every reader, in the background."""
    _link()
    comparison = centre().outside.comparison
    if comparison is not None and not comparison.start():
        flash(words().gettext("Порівняння вже триває."), "desk")
    return redirect(url_for("console.library_system"))


@console.get("/library-system/frames", endpoint="library_system_frames")
def library_system_frames() -> Response:
    """What went over the wire, to send to the vendor; whatever tells of a person is hidden."""
    system = _link().system
    if not isinstance(system, Sip2System):
        abort(404)
    lines = [
        f"{heard.at:%Y-%m-%d %H:%M:%S.%f} {'>' if heard.sent else '<'} {heard.text}"
        for heard in system.wire
    ]
    answer = Response("\n".join(lines) + "\n", mimetype="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="sip2-frames.txt"'
    return answer


def _link() -> Link:
    link = centre().outside.link
    if link is None:
        abort(404)
    return link


def _page(link: Link, account: Account | None = None) -> str:
    differs = cast(OutsideAccount.differences, String) != "[]"
    with database().reading() as db:
        kept = db.scalar(select(func.count()).select_from(OutsideAccount)) or 0
        differing = db.execute(
            select(OutsideAccount, Ticket.id)
            .join(Ticket, Ticket.number == OutsideAccount.number)
            .where(differs)
            .order_by(OutsideAccount.number)
            .limit(_SHOWN)
        ).all()
        count = db.scalar(select(func.count()).select_from(OutsideAccount).where(differs)) or 0
    comparison = centre().outside.comparison
    return render_template(
        "console/library_system.html",
        link=link,
        name=_SYSTEMS.get(link.system.name, link.system.name),
        how=_HOW,
        account=account,
        kept=kept,
        differing=differing,
        count=count,
        differences=_DIFFERENCES,
        blocks=_BLOCKS,
        progress=None if comparison is None else comparison.progress,
        records_frames=isinstance(link.system, Sip2System),
    )
