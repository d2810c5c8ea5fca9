"""The audit log, the newest first."""

from __future__ import annotations

import json

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from server.console import exports
from server.console.blueprint import console
from server.console.centre import database, words
from server.models import AuditRecord
from server.services import audit as log
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
        rows = session.scalars(query.limit(_PAGE)).all()
        names = staff_names(session, [row.actor for row in rows])
        listed = [
            (row, names.get(row.actor, row.actor), json.dumps(row.details, ensure_ascii=False))
            for row in rows
        ]
        total, (head_number, _) = log.count(session), log.head(session)
        actions = session.scalars(
            select(AuditRecord.action).distinct().order_by(AuditRecord.action)
        ).all()
    older = listed[-1][0].id if len(listed) == _PAGE else None
    wishes = {name: value for name, value in asked.items() if value}
    return render_template(
        "console/audit.html", rows=listed, total=total, head_number=head_number, older=older,
        asked=asked, wishes=wishes, actions=actions,
    )  # fmt: skip


def _file(session: Session, query: Select[AuditRecord], format_: str) -> Response:
    """The newest records that were asked for, as they stand in the log."""
    rows = session.scalars(query.limit(_FILE_MOST))
    body = [
        [row.at, row.actor, row.action, f"{row.object_kind} {row.object_id}",
         json.dumps(row.details, ensure_ascii=False)]
        for row in rows
    ]  # fmt: skip
    return exports.answer(format_, "audit", [words().gettext(head) for head in _HEAD], body)
