"""What the periods of keeping take away: looked at before, tried with others, run at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console.blueprint import console
from server.console.centre import database, library, now, staff, words
from server.console.setting_words import setting_name
from server.models import AuditRecord
from server.services import retention
from server.services.retention import Kind
from server.services.settings import LibrarySettings
from templates.words import N_

_CONFIRM = N_("стерти")
_NAMELESS = (Kind.VISITS, Kind.LOANS, Kind.SIGNUPS, Kind.COMPLAINTS)
"""They go on counting, without a name."""
_PAST = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """A run that took something away."""

    at: datetime
    by_hand: bool
    gone: Sequence[tuple[str, int]]


@console.get("/retention", endpoint="retention")
def retention_page() -> str:
    """What would go now, by the library's periods or by those of the address."""
    periods, fault = _periods()
    with database().reading() as session:
        going = retention.preview(session, periods, now())
        past = [_run(each) for each in _past(session)]
    return render_template(
        "console/retention.html", fault=fault, past=past, is_trial=periods is not library(),
        going=[(each, setting_name(each.kind.setting), each.kind in _NAMELESS) for each in going],
        total=sum(each.rows for each in going),
        confirm=words().gettext(_CONFIRM),
    )  # fmt: skip


def _periods() -> tuple[LibrarySettings, str]:
    """The settings, with periods of the address laid over: nothing is kept of these."""
    asked = {kind.setting: request.args[kind.setting] for kind in Kind
             if request.args.get(kind.setting, "") != ""}  # fmt: skip
    if not asked:
        return library(), ""
    here = library()
    try:
        fields = {name: getattr(here, name) for name in LibrarySettings.model_fields}
        return LibrarySettings(**{**fields, **asked}), ""
    except ValidationError:
        return here, words().gettext("Строк — число місяців від 0 до 600.")


def _past(session: Session) -> Sequence[AuditRecord]:
    query = select(AuditRecord).where(AuditRecord.action == "retention_applied")
    return session.scalars(query.order_by(AuditRecord.id.desc()).limit(_PAST)).all()


def _run(record: AuditRecord) -> PastRun:
    gone: Mapping[str, int] = record.details
    return PastRun(
        at=record.at, by_hand=record.actor != "system",
        gone=[(setting_name(Kind(kind).setting), count) for kind, count in gone.items()],
    )  # fmt: skip


@console.post("/retention")
def run_retention() -> ResponseReturnValue:
    """Take away now what the night would; a word is typed to confirm."""
    said = words()
    if request.form.get("confirm", "").strip().casefold() != said.gettext(_CONFIRM):
        flash(said.gettext("Введіть слово, щоб підтвердити."), "desk")
    else:
        gone = retention.run(database(), now(), actor=f"staff:{staff().staff_id}")
        total = said.number(sum(gone.values()))
        flash(said.gettext("Готово. Рядків: %(count)s.", count=total), "grant")
    return redirect(url_for("console.retention"), 303)
