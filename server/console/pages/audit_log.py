"""The audit log, the newest first."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.console import audit_details, audit_words, exports
from server.console.blueprint import console
from server.console.centre import database, now, words
from server.console.pages.setting_pages import by
from server.models import AuditRecord, Staff, Station
from server.services import audit as log
from server.services import audit_heads
from server.services.setting_history import staff_names
from templates.words import N_

_PAGE = 100
_FILE_MOST = 20_000
_WISHES = {
    "action": AuditRecord.action, "actor": AuditRecord.actor,
    "kind": AuditRecord.object_kind, "id": AuditRecord.object_id,
}  # fmt: skip
_HEAD = (N_("Коли"), N_("Хто"), N_("Що"), N_("Над чим"), N_("Подробиці"))


@console.get("/audit")
def audit() -> ResponseReturnValue:
    """One page of what the address asks for; older ones are read by key, not by counting."""
    asked = {name: request.args.get(name, "").strip()[:60] for name in _WISHES}
    query = select(AuditRecord).order_by(AuditRecord.id.desc())
    for name, value in asked.items():
        query = query.where(_WISHES[name] == value) if value else query
    with database().reading() as session:
        if request.args.get("format", "") in exports.FORMATS:
            return _file(session, query, request.args["format"])
        before = request.args.get("before", type=int)
        query = query if before is None else query.where(AuditRecord.id < before)
        found = session.scalars(query.limit(_PAGE + 1)).all()
        rows = found[:_PAGE]
        names = staff_names(session, [row.actor for row in rows])
        listed = [_line(row, names) for row in rows]
        total, (head_number, _) = log.count(session), log.head(session)
        actions = session.scalars(
            select(AuditRecord.action).distinct().order_by(AuditRecord.action)
        ).all()
        who = _actors(session)
    older = rows[-1].id if len(found) > _PAGE else None
    wishes = {name: value for name, value in asked.items() if value}
    return render_template(
        "console/audit.html", rows=listed, total=total, head_number=head_number, older=older,
        asked=asked, wishes=wishes, who=who,
        actions=sorted(((code, audit_words.action(code)) for code in actions), key=itemgetter(1)),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A record in words."""

    at: datetime
    who: str
    what: str
    code: str
    subject: str
    subject_id: str
    address: str | None
    details: Sequence[tuple[str, str, str | None]]


def _line(row: AuditRecord, names: Mapping[str, str]) -> Line:
    return Line(
        at=row.at, who=audit_words.actor(row.actor, names), what=audit_words.action(row.action),
        code=row.action, subject=audit_words.subject(row), subject_id=row.object_id,
        address=audit_words.address(row),
        details=list(audit_details.details(row.details, row.object_kind)),
    )  # fmt: skip


def _actors(session: Session) -> Sequence[tuple[str, str]]:
    """Whoever may stand in the log: staff by name, then stations, then the system."""
    people = session.execute(select(Staff.id, Staff.name).order_by(Staff.name)).all()
    stations = session.scalars(select(Station.code).order_by(Station.code)).all()
    others = [*(f"station:{code}" for code in stations), "system"]
    return [
        *((f"staff:{staff_id}", name) for staff_id, name in people),
        *((code, audit_words.actor(code, {})) for code in others),
    ]


@console.post("/audit/check")
def check_audit() -> ResponseReturnValue:
    """Go through the whole chain, and compare it with what stations keep (threat 16)."""
    found, said = audit_heads.check(database()), words()
    with database().writing() as session:
        log.record(
            session, at=now(), actor=by().actor, action="audit_checked", about=("audit", ""),
            details={"intact": found.report.intact, "seals": found.report.seals},
        )  # fmt: skip
    if not found.report.intact:
        text = said.gettext("Журнал змінено! Печатка № %(number)s не збігається. Покличте "
                            "адміністратора й збережіть копію бази.",
                            number=found.report.broken_at)  # fmt: skip
        flash(text, "refuse")
    else:
        text = said.gettext("Журнал цілий: записів %(records)s, печаток %(seals)s.",
                            records=found.report.records, seals=found.report.seals)  # fmt: skip
        heard = ", ".join(found.fit)
        more = said.gettext("Кінець підтвердили станції: %(codes)s.", codes=heard)
        none = said.gettext("Кінець не підтвердила ще жодна станція.")
        flash(f"{text} {more if heard else none}", "grant")
    return redirect(url_for("console.audit"), 303)


def _file(session: Session, query: Select[AuditRecord], format_: str) -> Response:
    """The newest records that were asked for, as they stand in the log."""
    rows = session.scalars(query.limit(_FILE_MOST))
    body = [
        [row.at, row.actor, row.action, f"{row.object_kind} {row.object_id}",
         json.dumps(row.details, ensure_ascii=False)]
        for row in rows
    ]  # fmt: skip
    return exports.answer(format_, "audit", [words().gettext(head) for head in _HEAD], body)
