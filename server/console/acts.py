"""The last acts at a desk: what was scanned, what became of it, what can be undone.

They are kept in the form's cookie as codes and ids, without a name or a title; the words are made
anew for every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask import session
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.reasons import Reason
from server.console.centre import words
from server.console.why import Opened, opened_codes
from server.models import Document, Loan
from templates.judgements import reason_text, reason_title
from templates.words import N_

_KEY = "acts"
_KEPT = 8


class ActKind(StrEnum):
    """What became of a scan at a desk."""

    READER = "reader"
    ISSUED = "issued"
    ISSUED_HOME = "issued_home"
    RETURNED = "returned"
    RETURNED_ELSEWHERE = "returned_elsewhere"
    RETURNED_HELD = "returned_held"
    UNDONE = "undone"
    NOT_UNDONE = "not_undone"
    REFUSED = "refused"
    SLIP_REFUSED = "slip_refused"
    NO_READER = "no_reader"
    TICKET_ONLY = "ticket_only"
    ALREADY_OUT = "already_out"
    LOST = "lost"
    UNKNOWN_DOCUMENT = "unknown_document"
    UNKNOWN = "unknown"
    BAD_SIGNATURE = "bad_signature"
    OUTSIDE_REFUSED = "outside_refused"
    OUTSIDE_AWAY = "outside_away"
    OUTSIDE_KEEPS = "outside_keeps"


@dataclass(frozen=True, slots=True)
class Look:
    """How an act is shown: ground, pictogram, headline, and what else there is to say."""

    state: str
    sign: str
    title: str
    text: str = ""


_LOOKS: Mapping[ActKind, Look] = {
    ActKind.READER: Look("plain", "slip", N_("Листок прийнято"), N_("Скануйте документи.")),
    ActKind.ISSUED: Look("grant", "book", N_("Видано")),
    ActKind.ISSUED_HOME: Look("grant", "home-loan", N_("Видано додому")),
    ActKind.RETURNED: Look("grant", "check", N_("Повернуто")),
    ActKind.RETURNED_ELSEWHERE: Look(
        "desk",
        "check",
        N_("Повернуто: інший відділ"),
        N_("Передайте його туди, де видали."),
    ),
    ActKind.RETURNED_HELD: Look(
        "desk", "clock", N_("Повернуто: на бронеполицю"), N_("На нього чекає інший читач.")
    ),
    ActKind.UNDONE: Look("plain", "undo", N_("Скасовано")),
    ActKind.NOT_UNDONE: Look(
        "refuse", "undo", N_("Скасувати вже не можна"), N_("Документ тим часом видано іншому.")
    ),
    ActKind.REFUSED: Look("refuse", "ban", ""),
    ActKind.SLIP_REFUSED: Look("refuse", "ban", ""),
    ActKind.NO_READER: Look(
        "desk", "slip", N_("Спершу листок"), N_("Документ на місці. Скануйте листок читача.")
    ),
    ActKind.TICKET_ONLY: Look(
        "desk", "ticket", N_("Це квиток"), N_("Скануйте контрольний листок читача.")
    ),
    ActKind.ALREADY_OUT: Look(
        "refuse", "person", N_("Щойно видано іншому"), N_("Інший стіл був швидшим.")
    ),
    ActKind.LOST: Look(
        "desk", "warning", N_("Значиться втраченим"), N_("Відкладіть і повідомте облік.")
    ),
    ActKind.UNKNOWN_DOCUMENT: Look(
        "refuse", "question", N_("Невідомий документ"), N_("Такого штрихкоду немає в базі.")
    ),
    ActKind.UNKNOWN: Look(
        "refuse", "question", N_("Невідомий код"), N_("Спробуйте ще раз або наберіть номер.")
    ),
    ActKind.BAD_SIGNATURE: Look(
        "refuse", "ban", N_("Підпис неправильний"), N_("Можлива підробка: зателефонуйте черговому.")
    ),
    ActKind.OUTSIDE_REFUSED: Look(
        "refuse", "ban", N_("Бібліотечна система відмовила"), N_("Чому, сказано вгорі сторінки.")
    ),
    ActKind.OUTSIDE_AWAY: Look(
        "desk",
        "offline",
        N_("Бібліотечна система мовчить"),
        N_("Нічого не змінено. Спробуйте ще раз або запишіть на папері."),
    ),
    ActKind.OUTSIDE_KEEPS: Look(
        "desk", "book", N_("Видачу веде інша система"), N_("Прийміть документ у ній.")
    ),
}
_UNDOABLE = {
    ActKind.ISSUED, ActKind.ISSUED_HOME, ActKind.RETURNED, ActKind.RETURNED_ELSEWHERE,
    ActKind.RETURNED_HELD,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """One act, as it is kept."""

    kind: ActKind
    at: datetime
    document_id: int | None = None
    loan_id: int | None = None
    ticket_id: str | None = None
    codes: tuple[Reason, ...] = ()
    found: tuple[str, ...] = ()
    """What each reason looked at, as `server.console.why.found_by` says it; of the newest act."""

    @property
    def undoable_loan(self) -> int | None:
        """The loan that can be put back as it was before this act."""
        return self.loan_id if self.kind in _UNDOABLE else None


@dataclass(frozen=True, slots=True, kw_only=True)
class ActLine:
    """One act in words."""

    kind: ActKind
    at: datetime
    state: str
    sign: str
    title: str
    text: str
    codes: tuple[Reason, ...]
    why: Sequence[Opened]
    """Why it was refused, to be opened."""
    undo: int | None
    """The loan whose last step can be taken back."""


def add(act: Act) -> None:
    """Put an act on top of the others."""
    kept = {
        "kind": act.kind, "at": act.at.isoformat(), "document": act.document_id,
        "loan": act.loan_id, "ticket": act.ticket_id, "codes": list(act.codes),
        "found": list(act.found),
    }  # fmt: skip
    older = [{**each, "found": []} for each in session.get(_KEY, [])]
    session[_KEY] = [kept, *older][:_KEPT]


def last() -> Act | None:
    """The newest act, if there is one."""
    return next(iter(_all()), None)


def forget() -> None:
    """Begin an empty list, as in another department."""
    session.pop(_KEY, None)


def lines(db: Session) -> Sequence[ActLine]:
    """The acts in words, the newest first; the newest alone can be undone."""
    acts = _all()
    titles = _titles(db, [act.document_id for act in acts if act.document_id])
    due = _due_days(db, [act.loan_id for act in acts if act.kind is ActKind.ISSUED_HOME])
    return [_line(act, titles, due, newest=place == 0) for place, act in enumerate(acts)]


def _all() -> Sequence[Act]:
    return [_read(kept) for kept in session.get(_KEY, [])]


def _read(kept: Mapping[str, Any]) -> Act:
    return Act(
        ActKind(kept["kind"]),
        datetime.fromisoformat(kept["at"]),
        document_id=kept["document"],
        loan_id=kept["loan"],
        ticket_id=kept["ticket"],
        codes=tuple(Reason(code) for code in kept["codes"]),
        found=tuple(kept.get("found", ())),
    )


def _titles(db: Session, ids: Sequence[int]) -> Mapping[int, str]:
    rows = db.execute(select(Document.id, Document.title).where(Document.id.in_(ids)))
    return dict(rows.all())


def _due_days(db: Session, ids: Sequence[int | None]) -> Mapping[int, str]:
    rows = db.execute(select(Loan.id, Loan.due_on).where(Loan.id.in_(ids)))
    return {loan_id: words().short_date(day) for loan_id, day in rows if day is not None}


def _line(act: Act, titles: Mapping[int, str], due: Mapping[int, str], *, newest: bool) -> ActLine:
    look = _LOOKS[act.kind]
    _ = words().gettext
    title = _(look.title) if look.title else reason_title(words(), act.codes[0], "staff")
    parts = [titles.get(act.document_id or 0, ""), _(look.text) if look.text else ""]
    parts += [reason_text(words(), code, "staff") for code in act.codes]
    day = due.get(act.loan_id or 0)
    if day:
        parts.append(_("Повернути до %(date)s.", date=day))
    return ActLine(
        kind=act.kind,
        at=act.at,
        state=look.state,
        sign=look.sign,
        title=title,
        text=" · ".join(part for part in parts if part),
        codes=act.codes,
        why=opened_codes(act.codes, act.found),
        undo=act.undoable_loan if newest else None,
    )
