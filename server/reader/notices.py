"""Which letters a reader wants: chosen by a letter's link or a mail program's own button."""

from __future__ import annotations

from http import HTTPStatus

from flask import render_template, request
from flask.typing import ResponseReturnValue

from server.console import notice_words
from server.console.centre import database, library, now, words
from server.models import NoticeKind
from server.reader.application import reader
from server.services.notices import wishes
from server.services.notices.wishes import Gone


@reader.get("/n/<token>")
def notices(token: str) -> str:
    """The choice, for a person; it changes nothing by itself, as mail filters look too."""
    with database().reading() as session:
        letter = wishes.find(session, token)
        wish = wishes.of_patron(session, letter.patron_id)
    return _page(letter.kind, wish.refused)


@reader.post("/n/<token>")
def choose_notices(token: str) -> ResponseReturnValue:
    """Keep the choice. The link is the proof; a mail program sends one word (RFC 8058)."""
    if request.form.get("List-Unsubscribe") == "One-Click":
        wishes.refuse_one(database(), token, now())
        return "", HTTPStatus.OK
    if "all" in request.form:
        refused = frozenset(NoticeKind)
    else:
        refused = frozenset(kind for kind in NoticeKind if kind.value not in request.form)
    wishes.refuse(database(), token, refused, now())
    with database().reading() as session:
        kind = wishes.find(session, token).kind
    return _page(kind, refused, kept=True)


@reader.errorhandler(Gone)
def gone(_error: Gone) -> tuple[str, int]:
    """The same for a letter of somebody erased and for one that never was."""
    return render_template("reader/notices_gone.html"), HTTPStatus.GONE


def _page(kind: NoticeKind, refused: frozenset[NoticeKind], *, kept: bool = False) -> str:
    return render_template(
        "reader/notices.html", library=library().name_in(words().language), kind=kind,
        refused=refused, names=notice_words.names(words()), kept=kept,
    )  # fmt: skip
