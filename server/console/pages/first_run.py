"""The first run: a new library is led from its name to the first scan."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database
from server.console.first_steps import decided, door, frame, people, rooms
from server.console.pages.setting_pages import by
from server.console.places import first_place
from server.services import first_run
from server.services.settings import FirstStep

Show = Callable[[], str]
Take = Callable[[], ResponseReturnValue]
_STEPS: Mapping[FirstStep, tuple[Show, Take]] = {
    FirstStep.LIBRARY: (decided.library_page, decided.keep_library),
    FirstStep.BRANCHES: (rooms.branches_page, rooms.keep_branch),
    FirstStep.DEPARTMENTS: (rooms.departments_page, rooms.keep_departments),
    FirstStep.HOURS: (decided.hours_page, decided.keep_hours),
    FirstStep.TARIFFS: (decided.tariffs_page, decided.keep_tariffs),
    FirstStep.STAFF: (people.staff_page, people.keep_account),
    FirstStep.STATION: (door.station_page, door.keep_station),
    FirstStep.SCAN: (door.scan_page, door.keep_ticket),
}


@console.get("/first-run", endpoint="first_run")
def first_run_page() -> str:
    """All steps with their state: where to begin, what is left, what comes after."""
    found = frame.progress()
    return render_template(
        "console/first_run.html", steps=frame.steps(found), next=next(iter(found.open), None),
        has_begun=bool(found.done | found.passed), has_visits=found.has_visits,
        leave=url_for(first_place()),
    )  # fmt: skip


def _known(step: str) -> FirstStep:
    try:
        return FirstStep(step)
    except ValueError:
        abort(404)


@console.get("/first-run/<step>")
def first_run_step(step: str) -> str:
    """A step's page."""
    show, _ = _STEPS[_known(step)]
    return show()


@console.post("/first-run/<step>")
def first_run_keep(step: str) -> ResponseReturnValue:
    """Take a step's form."""
    _, take = _STEPS[_known(step)]
    return take()


@console.post("/first-run/<step>/on")
def first_run_on(step: str) -> ResponseReturnValue:
    """Go on from a step as it is."""
    known = _known(step)
    first_run.note_passed(database(), known, by())
    return frame.onward(known)
