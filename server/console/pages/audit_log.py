"""The audit log, the newest first."""

from __future__ import annotations

import json

from flask import render_template, request
from sqlalchemy import select

from server.console.blueprint import console
from server.console.centre import database
from server.models import AuditRecord
from server.services import audit as log

_PAGE = 100


@console.get("/audit")
def audit() -> str:
    """One page of records; older ones are read by key, not by counting."""
    before = request.args.get("before", type=int)
    query = select(AuditRecord).order_by(AuditRecord.id.desc()).limit(_PAGE)
    with database().reading() as session:
        rows = session.scalars(query if before is None else query.where(AuditRecord.id < before))
        listed = [(row, json.dumps(row.details, ensure_ascii=False)) for row in rows]
        total, (head_number, _) = log.count(session), log.head(session)
    older = listed[-1][0].id if len(listed) == _PAGE else None
    return render_template(
        "console/audit.html", rows=listed, total=total, head_number=head_number, older=older
    )
