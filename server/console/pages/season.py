"""Those whose tickets wait for this year's registration (R2.6)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, abort, render_template, request

from server.console import exports
from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.console.printing import pdf
from server.services import season
from server.services.season import Among, Letter, Waiting, Wish
from templates.words import N_

_AMONG = {
    Among.ALL: N_("усі"),
    Among.INSIDE: N_("зараз у бібліотеці"),
    Among.LOANS: N_("з документами на руках"),
}
_HEAD = (
    N_("Читач"), N_("Квиток"), N_("Зареєстровано на"), N_("На руках"), N_("Телефон"),
)  # fmt: skip


@console.get("/registration", endpoint="registration_season")
def registration_season() -> str | Response:
    """The list, by name; a part of it, a page of it, or a file."""
    year = library().day(now()).year
    args, wish = request.args, _wish()
    with database().reading() as session:
        if args.get("format") in ("csv", "xlsx"):
            return _file(args["format"], season.everybody(session, year, wish))
        rows, after = season.page(session, year, wish)
        return render_template(
            "console/season.html", year=year, rows=rows, after=after, wish=wish,
            progress=season.progress(session, year),
            among=[(code.value, words().gettext(name)) for code, name in _AMONG.items()],
        )  # fmt: skip


@console.get("/registration/letters.pdf")
def season_letters() -> Response:
    """Reminders to fold and post, a sheet a reader: a page of the list, as it is filtered."""
    return _letters(None)


@console.get("/patrons/<int:patron_id>/registration-letter.pdf")
def season_letter(patron_id: int) -> Response:
    """The reminder for one reader; 404 where no ticket waits."""
    return _letters(patron_id)


def _letters(patron_id: int | None) -> Response:
    settings, today = library(), library().day(now())
    month, day = settings.grace_until_month_day
    with database().reading() as session:
        letters, _ = season.letters(session, today.year, _wish(), patron_id)
        if not letters:
            abort(404)
        until = date(today.year, month, day)
        paper = LettersPaper(
            library=settings.name_in(words().language), phone=settings.service_centre_phone,
            year=today.year, until=until if today <= until else None, letters=letters,
        )  # fmt: skip
        return Response(pdf("season_letters.html", paper), mimetype="application/pdf")


@dataclass(frozen=True, slots=True, kw_only=True)
class LettersPaper:
    """All reminders of one print."""

    library: str
    phone: str
    year: int
    until: date | None
    """Last day on which the old registration still opens the door; None: it is over."""
    letters: Sequence[Letter]


def _wish() -> Wish:
    args = request.args
    return Wish(
        among=args.get("among", Among.ALL, type=Among), name=args.get("q", "")[:100],
        after=args.get("after", "")[:400],
    )  # fmt: skip


def _file(kind: str, rows: Iterable[Waiting]) -> Response:
    head = [words().gettext(label) for label in _HEAD]
    body = ([row.name, row.number, row.registered_for, row.loans, row.phone] for row in rows)
    return exports.answer(kind, "registration", head, body)
