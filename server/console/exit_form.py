"""The exit's checklist as its form sends it back."""

from __future__ import annotations

from collections.abc import Mapping

from flask import request

from gate.reasons import Duty
from server.console.centre import staff
from server.console.roles import may
from server.services.exit_checklist import SIGNED_BY_MAX_SIGNS, Checked
from server.services.lost_slips import REASON_MAX_SIGNS
from templates.words import N_

COUNT_MOST = 99

MISSING: Mapping[Duty, str] = {
    Duty.SHOW_LAPTOP: N_("Попросіть показати ноутбук і позначте це."),
    Duty.OPEN_FOLDER: N_("Попросіть розгорнути папку й позначте це."),
    Duty.SHOW_OWN_DOCUMENTS: N_("Попросіть показати власні документи й позначте це."),
    Duty.COUNT_DOCUMENTS: N_("Полічіть документи, які виносять: число не збігається з виданими."),
    Duty.APPROVE_OWN_ITEMS: N_("Власні речі ніхто не дозволив: хто підписав листок?"),
}
"""What is told where a point is still open."""


def may_overrule() -> bool:
    """Only the Service Centre lets go what is not in order (R3.2.9)."""
    return may(staff().role, "console.let_go_without_slip")


def checked(*, scanned: bool = False) -> Checked:
    """What was marked, counted and written; a guard overrules nothing, whatever is sent.

    `scanned`: the documents carried out were scanned one by one.
    """
    form = request.form
    known = {duty.value: duty for duty in Duty}
    count = form.get("counted", type=int)
    return Checked(
        seen=frozenset(known[code] for code in form.getlist("duty") if code in known),
        counted=count if count is not None and 0 <= count <= COUNT_MOST else None,
        scanned=scanned,
        signed_by=_said("signed_by", SIGNED_BY_MAX_SIGNS),
        overruled=_said("overruled", REASON_MAX_SIGNS) if may_overrule() else "",
    )


def _said(name: str, most: int) -> str:
    return " ".join(request.form.get(name, "").split())[:most]
