"""Those whose tickets wait for this year's registration (R2.6)."""

from __future__ import annotations

from flask import Response, render_template, request

from server.console import exports
from server.console.blueprint import console
from server.console.centre import database, library, now, words
from server.services import season
from server.services.season import Among, Waiting, Wish
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
    args = request.args
    wish = Wish(
        among=args.get("among", Among.ALL, type=Among), name=args.get("q", "")[:100],
        after=args.get("after", "")[:400],
    )  # fmt: skip
    with database().reading() as session:
        if args.get("format") in ("csv", "xlsx"):
            return _file(args["format"], season.everybody(session, year, wish))
        rows, after = season.page(session, year, wish)
        return render_template(
            "console/season.html", year=year, rows=rows, after=after, wish=wish,
            progress=season.progress(session, year),
            among=[(code.value, words().gettext(name)) for code, name in _AMONG.items()],
        )  # fmt: skip


def _file(kind: str, rows: list[Waiting]) -> Response:
    head = [words().gettext(label) for label in _HEAD]
    body = [[row.name, row.number, row.registered_for, row.loans, row.phone] for row in rows]
    return exports.answer(kind, "registration", head, body)
