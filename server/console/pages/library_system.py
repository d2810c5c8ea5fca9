"""The link to another library system, for the technician: try it, see what it said, compare."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from statistics import median

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import String, cast, func, select

from server.console import lists
from server.console.blueprint import console
from server.console.centre import centre, database, now, words
from server.console.lists import Column
from server.library_systems.contract import Account, SystemAway
from server.library_systems.link import How, Link
from server.library_systems.sip2.client import Sip2System
from server.library_systems.sip2.recorder import Heard
from server.models import OutsideAccount, Ticket
from templates.words import N_

_TRIES = 8
"""Shown at once; the others open."""
_FRAMES = 20
_SYSTEMS = {"sip2": "SIP2", "koha": "Koha", "own": "Lystok"}
_HOW = {
    How.ANSWERED: (N_("відповіла"), "grant", "check"),
    How.AWAY: (N_("не вийшло"), "refuse", "warning"),
    How.NOT_ASKED: (N_("не питали: щойно не вийшло"), "past", "clock"),
}
_WHY = {
    "no answer": N_("немає відповіді за відведений час"),
    "can't connect": N_("не з’єднатися: перевірте назву, порт і мережу"),
    "can't be asked": N_("не з’єднатися: перевірте адресу й мережу"),
    "no TLS": N_("не домовитися про TLS: перевірте сертифікат"),
    "the centre refuses": N_("не приймає нашого користувача, пароля чи місця"),
    "hung up": N_("розірвала з’єднання"),
    "does not speak SIP2": N_("відповідає не за SIP2: перевірте порт і кодування"),
    "no sound answer": N_("тричі надіслала хибну контрольну суму"),
    "answered": N_("відповіла не на те, що питали"),
    "all connections wait": N_("усі з’єднання ще чекають на відповіді"),
    "an answer that": N_("відповіла не так, як описано в її API"),
    "oauth/token: HTTP": N_("не видала доступу: перевірте client_id і client_secret"),
}
"""By how the link's own words begin, which are for the log and the vendor."""
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


@dataclass(frozen=True, slots=True)
class Odd:
    """A reader whom the two sides know otherwise."""

    patron_id: int
    number: str
    codes: list[str]
    here: date
    there: date | None
    as_of: datetime

    @property
    def said(self) -> str:
        """What differs, in words."""
        return ", ".join(words().gettext(_DIFFERENCES[code]) for code in self.codes)


_COLUMNS: tuple[Column[Odd], ...] = (
    Column(name="number", label=N_("Квиток №"), value=attrgetter("number")),
    Column(name="what", label=N_("Розбіжність"), value=attrgetter("said")),
    Column(name="here", label=N_("Тут чинний до"), value=attrgetter("here")),
    Column(name="there", label=N_("Там чинний до"), value=attrgetter("there")),
    Column(name="as_of", label=N_("Звірено"), value=attrgetter("as_of")),
)


@console.get("/library-system", endpoint="library_system")
def library_system_page() -> ResponseReturnValue:
    """How the link is, what was asked last, and where the two sides differ."""
    link = centre().outside.link
    if link is None:
        return render_template("console/library_system.html", link=None)
    found = lists.listing(_odd(), _COLUMNS, order="number")
    return lists.exported(found, _COLUMNS, "differences") or _page(link, found=found)


@console.post("/library-system/try", endpoint="try_library_system")
def try_library_system() -> ResponseReturnValue:
    """Ask it how it is."""
    link = _link()
    try:
        standing = link.standing(at=now())
    except SystemAway as error:
        flash(words().gettext("Не вийшло: %(why)s", why=_why(str(error))), "refuse")
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
        flash(words().gettext("Не вийшло: %(why)s", why=_why(str(error))), "refuse")
        return redirect(url_for("console.library_system"))
    return _page(link, account=account)


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


def _why(said: str) -> str:
    """What was the matter, in the reader's language where it is known."""
    known = next((text for start, text in _WHY.items() if said.startswith(start)), None)
    return said if known is None else words().gettext(known)


def _frames(link: Link) -> list[Heard] | None:
    """The last messages, the newest first; None where the system speaks otherwise."""
    if not isinstance(link.system, Sip2System):
        return None
    return list(link.system.wire)[: -_FRAMES - 1 : -1]


def _odd() -> list[Odd]:
    """Every reader with a difference."""
    differs = cast(OutsideAccount.differences, String) != "[]"
    with database().reading() as db:
        rows = db.execute(
            select(OutsideAccount, Ticket.valid_until)
            .join(Ticket, Ticket.number == OutsideAccount.number)
            .where(differs)
        ).all()
        return [
            Odd(row.patron_id, row.number, row.differences, until, row.expires_on, row.as_of)
            for row, until in rows
        ]


def _page(
    link: Link, *, found: lists.Listing[Odd] | None = None, account: Account | None = None
) -> str:
    """With the list of differences, or with the answer about one ticket."""
    with database().reading() as db:
        kept = db.scalar(select(func.count()).select_from(OutsideAccount)) or 0
    comparison, tries = centre().outside.comparison, link.tries
    took = [tried.took_ms for tried in tries if tried.how is How.ANSWERED]
    return render_template(
        "console/library_system.html",
        link=link,
        name=_SYSTEMS.get(link.system.name, link.system.name),
        tries=tries,
        shown=_TRIES,
        took=(len(took), median(took), max(took)) if took else None,
        how=_HOW,
        why=_why,
        account=account,
        kept=kept,
        found=found,
        differences=_DIFFERENCES,
        blocks=_BLOCKS,
        progress=None if comparison is None else comparison.progress,
        frames=_frames(link),
    )
