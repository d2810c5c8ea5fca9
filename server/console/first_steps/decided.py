"""Steps that are settings: the library's names, its hours, its tariffs."""

from __future__ import annotations

from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue

from server.console import reads, week
from server.console.centre import database, library, words
from server.console.first_steps import frame
from server.console.pages.setting_pages import Refused, by, keep, sheet
from server.console.setting_words import BY_CODE, FIELDS, Subject
from server.console.week import Week
from server.services import first_run, settings
from server.services.calendar_days import Place
from server.services.settings import FirstStep

_LIBRARY = Subject(
    "house", BY_CODE["house"].name, BY_CODE["house"].about, BY_CODE["house"].icon,
    tuple(
        FIELDS[name]
        for name in ("library_name", "library_name_en", "city", "service_centre_phone", "timezone")
    ),
)  # fmt: skip
_SUBJECTS = {FirstStep.LIBRARY: _LIBRARY, FirstStep.TARIFFS: BY_CODE["tariffs"]}


def library_page() -> str:
    """Names, place, phone, time zone."""
    return _sheet_page(FirstStep.LIBRARY)


def tariffs_page() -> str:
    """Fees, and who pays how much (R2.5, R2.5.1)."""
    return _sheet_page(FirstStep.TARIFFS)


def keep_library() -> ResponseReturnValue:
    """Keep what was typed."""
    return _keep_sheet(FirstStep.LIBRARY)


def keep_tariffs() -> ResponseReturnValue:
    """Keep what was typed."""
    return _keep_sheet(FirstStep.TARIFFS)


def _sheet_page(step: FirstStep, refused: Refused | None = None) -> str:
    return frame.page(step, sheet=sheet(_SUBJECTS[step], refused))


def _keep_sheet(step: FirstStep) -> ResponseReturnValue:
    refused = keep(_SUBJECTS[step], first_run.values_with(library(), step))
    if refused is not None:
        return _sheet_page(step, refused), refused.status
    return frame.onward(step)


def hours_page() -> str:
    """The library's week (R5.1.2)."""
    return _hours_page(Week(days=week.typed(library().week), hours=()))


def _hours_page(shown: Week) -> str:
    with database().reading() as session:
        found: list[Place] = [*reads.branches(session), *reads.departments(session).values()]
        places = [
            (f"{place.__tablename__}:{place.code}", reads.place_name(place, words()))
            for place in found
            if place.retired_at is None
        ]
    return frame.page(FirstStep.HOURS, week=shown.days, fault=shown.fault, rooms=places)


def keep_hours() -> ResponseReturnValue:
    """Keep the week, all of it or nothing."""
    typed = week.read(request.form)
    if typed.fault:
        return _hours_page(typed), HTTPStatus.UNPROCESSABLE_ENTITY
    values = {"hours": typed.hours, **first_run.values_with(library(), FirstStep.HOURS)}
    settings.change(database(), values, actor=by().actor, at=by().at)
    return frame.onward(FirstStep.HOURS)
