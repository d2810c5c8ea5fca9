"""Letters that remind readers: what will be sent, what was, and what one reader wants (R5.2.7)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server import notice_letters
from server.console import exports, notice_words
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.models import NoticeKind, Patron, Purpose
from server.services import consents, guarantors
from server.services.enrolment_rules import is_below
from server.services.notices import due, sending, wishes
from server.services.notices.sending import Sent
from server.services.notices.wishes import Wish
from server.services.people import AGE_OF_OWN_RIGHT
from templates.words import N_, languages

_PAGE = 100
_FILE_MOST = 20_000
_HEAD = (N_("Читач"), N_("Про що"), N_("Коли"), N_("Стан"))


@dataclass(frozen=True, slots=True, kw_only=True)
class SentLine:
    """A letter that was put into the queue, in words."""

    kind: str
    patron_id: int
    name: str
    at: datetime
    state: tuple[str, str, str]


@console.get("/notices", endpoint="notices")
def notices_page() -> str | Response:
    """What goes now, or on the day that the address names; then what went."""
    day = _day()
    at = now() if day == library().day(now()) else _morning(day)
    kind, said = request.args.get("kind", type=NoticeKind), words()
    if request.args.get("format") in exports.FORMATS:
        return _file(request.args["format"], kind)
    with database().reading() as session:
        forecast = [
            (each, [(letter, [notice_letters.line(each.kind, item, said) for item in letter.items])
                    for letter in each.first])
            for each in sending.forecast(session, at)
        ]  # fmt: skip
        before = request.args.get("before", type=int)
        sent = sending.sent(session, kind=kind, before=before, most=_PAGE + 1)
    return render_template(
        "console/notice_letters.html", day=day, today=library().day(now()), forecast=forecast,
        sent=[_sent(each) for each in sent[:_PAGE]], chosen=kind, names=notice_words.names(said),
        older=sent[_PAGE - 1].letter_id if len(sent) > _PAGE else None,
        quiet=due.quiet_until(library(), at), sends=bool(centre().outside.mail_sender),
    )  # fmt: skip


def _file(format_: str, kind: NoticeKind | None) -> Response:
    """The letters that went, the newest first, each with what became of it."""
    with database().reading() as session:
        sent = [_sent(each) for each in sending.sent(session, kind=kind, most=_FILE_MOST)]
    body = [[each.name, each.kind, each.at, each.state[0]] for each in sent]
    return exports.answer(format_, "notices", [words().gettext(head) for head in _HEAD], body)


def _day() -> date:
    today = library().day(now())
    try:
        asked = date.fromisoformat(request.args.get("day", ""))
    except ValueError:
        return today
    return max(asked, today)


def _morning(day: date) -> datetime:
    hour, minute = divmod(library().notices_from, 60)
    return datetime.combine(day, time(hour, minute), library().zone)


def _sent(each: Sent) -> SentLine:
    return SentLine(
        kind=notice_words.names(words())[each.kind], patron_id=each.patron_id, name=each.name,
        at=each.at, state=notice_words.state(each, words()),
    )  # fmt: skip


@console.get("/patrons/<int:patron_id>/notices", endpoint="patron_notices")
def patron_notices_page(patron_id: int) -> str:
    """What this reader wants to hear of, whereto, and what was sent."""
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            abort(404)
        child = is_below(patron.birth_date, AGE_OF_OWN_RIGHT, library().day(now()))
        return render_template(
            "console/patron_notices.html", patron=patron, is_child=child,
            address=guarantors.address(session, patron_id) if child else patron.email,
            consent=consents.holds(session, patron_id, Purpose.NOTICES),
            wish=wishes.of_patron(session, patron_id), names=notice_words.names(words()),
            sent=[_sent(each) for each in sending.sent(session, patron_id=patron_id)],
        )  # fmt: skip


@console.post("/patrons/<int:patron_id>/notices")
def choose_notices(patron_id: int) -> ResponseReturnValue:
    """Keep the reader's choice."""
    language = request.form.get("language", "")
    if language not in languages():
        abort(400)
    refused = frozenset(kind for kind in NoticeKind if kind.value not in request.form)
    wish = Wish(refused=refused, language=language)
    try:
        wishes.choose(database(), patron_id, wish, staff_id=staff().staff_id, at=now())
    except LookupError:
        abort(404)
    flash(words().gettext("Збережено."), "grant")
    return redirect(url_for("console.patron_notices", patron_id=patron_id), 303)
