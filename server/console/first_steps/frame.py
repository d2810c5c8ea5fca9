"""What all steps of the first run have around them: where one is, what is done, what comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from server.console.centre import database, library, words
from server.services import first_run, settings
from server.services.first_run import Progress
from server.services.settings import FirstStep
from templates.words import N_

NAMES: Mapping[FirstStep, tuple[str, str]] = {
    FirstStep.LIBRARY: (N_("Бібліотека"), N_("Назва, місто, телефон")),
    FirstStep.BRANCHES: (N_("Філії"), N_("Якщо будівель кілька")),
    FirstStep.DEPARTMENTS: (N_("Відділи"), N_("Де видають документи й ставлять відмітки")),
    FirstStep.HOURS: (N_("Години роботи"), N_("Коли відчинено щотижня")),
    FirstStep.TARIFFS: (N_("Тарифи й пільги"), N_("Скільки коштує квиток і хто не платить")),
    FirstStep.STAFF: (N_("Працівники"), N_("Облікові записи колег")),
    FirstStep.STATION: (N_("Перша станція"), N_("З’єднати термінал із сервером")),
    FirstStep.SCAN: (N_("Перше сканування"), N_("Пробний квиток перед станцією")),
}
_ALWAYS_GOOD = {FirstStep.BRANCHES, FirstStep.HOURS, FirstStep.TARIFFS}
"""Steps that are well as they stand by themselves: going on from them leaves nothing out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepShown:
    """A step in the list of steps."""

    code: FirstStep
    name: str
    about: str
    state: str
    """`done`, `skipped` or `open`."""
    is_here: bool


def progress() -> Progress:
    """How far the first run is, read anew: the step before may just have been kept."""
    with database().reading() as session:
        return first_run.progress(session, settings.read(session))


def steps(found: Progress, here: FirstStep | None = None) -> Sequence[StepShown]:
    """All steps in words."""
    _ = words().gettext
    return [
        StepShown(
            code=step, name=_(name), about=_(about), state=_state(found, step), is_here=step is here
        )
        for step, (name, about) in NAMES.items()
    ]


def _state(found: Progress, step: FirstStep) -> str:
    if step in found.done or step in found.passed & _ALWAYS_GOOD:
        return "done"
    return "skipped" if step in found.passed else "open"


def page(step: FirstStep, **more: Any) -> str:
    """The page of a step."""
    found = progress()
    shown = steps(found, step)
    return render_template(
        f"console/first_run_{step}.html", step=step, name=words().gettext(NAMES[step][0]),
        steps=shown, number=list(FirstStep).index(step) + 1, is_done=step in found.done,
        skips=step not in found.done | _ALWAYS_GOOD, library=library(), **more,
    )  # fmt: skip


def onward(step: FirstStep) -> ResponseReturnValue:
    """To the next open step, or to the list where all are settled."""
    following = progress().after(step)
    if following is None:
        return redirect(url_for("console.first_run"), 303)
    return redirect(url_for("console.first_run_step", step=following), 303)
