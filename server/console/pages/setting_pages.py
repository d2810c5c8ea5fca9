"""The library's settings, a page a subject: words, defaults, who changed what, and undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from http import HTTPStatus
from itertools import groupby
from operator import itemgetter
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError

from server.console import fields
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.fields import Shown
from server.console.labels import category_name
from server.console.places import administration
from server.console.setting_words import (
    BY_CODE,
    CONCESSIONS,
    FIELDS,
    SUBJECTS,
    Subject,
    setting_name,
)
from server.models import Category, Concession
from server.services import setting_history, settings
from server.services.by import By
from server.services.setting_history import Change
from server.services.settings import LibrarySettings

_TARIFFS = "tariffs"
_HIDDEN = {"epoch", "alarm_token_hash", "first_run"}
"""Of no use to anybody on a page."""
_KEPT_IN = {Concession.FREE: "free_categories", Concession.REDUCED: "reduced_categories"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A setting on its page."""

    field: Shown
    default: str
    differs: bool
    changed: Change | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """The form of a subject."""

    lines: Sequence[Line]
    categories: Sequence[tuple[str, str, str]]
    """Code, name, and what each category pays; none but for the tariffs."""
    concession_fault: str
    revision: int
    """Of the settings that it shows: who was overtaken keeps nothing."""
    problem: str
    has_faults: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Why nothing was kept."""

    status: HTTPStatus
    faults: Mapping[str, str]
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """A change in words."""

    record_id: int
    name: str
    at: datetime
    by: str
    before: str
    after: str
    can_undo: bool


def by() -> By:
    """Who works here, at this request's instant."""
    return By(staff_id=staff().staff_id, at=now())


@console.get("/settings", endpoint="settings")
def settings_page() -> str:
    """All subjects, and what was changed last."""
    _ = words().gettext
    with database().reading() as session:
        present = settings.read(session).model_dump(mode="json")
        shown = [key for key in LibrarySettings.model_fields if key not in _HIDDEN]
        past = _past(setting_history.recent(session, shown), present)
    subjects = [(each.code, _(each.name), _(each.about), each.icon) for each in SUBJECTS]
    return render_template(
        "console/settings.html", subjects=subjects, past=past, others=administration()
    )


@console.get("/settings/<subject>")
def setting_subject(subject: str) -> str:
    """The settings of a subject."""
    return _page(_known(subject))


@console.post("/settings/<subject>")
def change_settings(subject: str) -> ResponseReturnValue:
    """Keep what was typed, all of it or nothing."""
    known = _known(subject)
    refused = keep(known)
    if refused is not None:
        return _page(known, refused), refused.status
    flash(words().gettext("Збережено. Станції дізнаються за кілька секунд."), "grant")
    return redirect(url_for("console.setting_subject", subject=known.code), 303)


@console.post("/settings-undo")
def undo_setting() -> ResponseReturnValue:
    """Take one change back."""
    try:
        key = setting_history.undo(database(), request.form.get("record", 0, type=int), by())
    except LookupError:
        abort(404)
    except setting_history.Overtaken:
        flash(words().gettext("Відтоді значення вже змінили: поверніть спершу пізнішу зміну."),
              "desk")  # fmt: skip
        return redirect(url_for("console.settings"), 303)
    flash(words().gettext("Повернуто: %(name)s.", name=setting_name(key)), "grant")
    home = next((each.code for each in SUBJECTS if key in _keys(each)), None)
    if home is None:
        return redirect(url_for("console.settings"), 303)
    return redirect(url_for("console.setting_subject", subject=home), 303)


def _known(code: str) -> Subject:
    if code not in BY_CODE:
        abort(404)
    return BY_CODE[code]


def _keys(subject: Subject) -> Sequence[str]:
    keys = [field.name for field in subject.fields]
    return [*keys, *CONCESSIONS] if subject.code == _TARIFFS else keys


def keep(subject: Subject, more: Mapping[str, Any] | None = None) -> Refused | None:
    """Keep what was typed, and `more` with it; None where that was done."""
    values = {field.name: fields.read(field, request.form) for field in subject.fields}
    if subject.code == _TARIFFS:
        values |= _concessions()
    revision = request.form.get("revision", -1, type=int)
    try:
        setting_history.change(database(), {**values, **(more or {})}, revision=revision, by=by())
    except ValidationError as error:
        return Refused(status=HTTPStatus.UNPROCESSABLE_ENTITY, faults=fields.faults(error))
    except setting_history.Stale:
        problem = words().gettext(
            "Хтось змінив налаштування, поки ви писали. Перевірте їх і збережіть ще раз."
        )
        return Refused(status=HTTPStatus.CONFLICT, faults={}, problem=problem)
    return None


def _page(subject: Subject, refused: Refused | None = None) -> str:
    _ = words().gettext
    with database().reading() as session:
        present = settings.read(session).model_dump(mode="json")
        past = _past(setting_history.recent(session, _keys(subject)), present)
    return render_template(
        "console/setting_subject.html", code=subject.code, name=_(subject.name),
        about=_(subject.about), sheet=sheet(subject, refused), past=past,
    )  # fmt: skip


def sheet(subject: Subject, refused: Refused | None = None) -> Sheet:
    """A subject's form; where it was refused, with what was typed and what is wrong with it."""
    with database().reading() as session:
        revised = settings.read_revised(session)
        latest = setting_history.latest(session, _keys(subject))
    present = revised.settings.model_dump(mode="json")
    faults = refused.faults if refused else {}
    return Sheet(
        lines=_lines(subject, present, latest, refused),
        categories=_categories(present) if subject.code == _TARIFFS else (),
        concession_fault=next(filter(None, map(faults.get, CONCESSIONS)), ""),
        revision=revised.revision, problem=refused.problem if refused else "",
        has_faults=bool(faults),
    )  # fmt: skip


def _lines(
    subject: Subject, present: Mapping[str, Any], latest: Mapping[str, Change],
    refused: Refused | None,
) -> Sequence[Line]:  # fmt: skip
    defaults = LibrarySettings().model_dump(mode="json")
    faults = refused.faults if refused else {}
    lines = []
    for field in subject.fields:
        kept = fields.typed(field, present[field.name])
        typed = request.form.get(field.name, "") if refused else kept
        lines.append(
            Line(
                field=fields.shown(field, typed, faults.get(field.name, "")),
                default=fields.said(field, defaults[field.name]),
                differs=present[field.name] != defaults[field.name],
                changed=latest.get(field.name),
            )
        )
    return lines


def _categories(present: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """Every category with what it pays; who is not named pays in full."""
    pays = {code: what for what, key in _KEPT_IN.items() for code in present[key]}
    return [
        (category.value, category_name(category), pays.get(category.value, Concession.FULL).value)
        for category in Category
    ]


def _concessions() -> dict[str, list[str]]:
    told = {category: request.form.get(f"category-{category}", "") for category in Category}
    return {
        key: [category.value for category, pays in told.items() if pays == what]
        for what, key in _KEPT_IN.items()
    }


def _past(changes: Sequence[Change], present: Mapping[str, Any]) -> Sequence[Past]:
    return [
        Past(
            record_id=each.record_id, name=setting_name(each.key), at=each.at, by=each.by,
            before=_said(each.key, each.before), after=_said(each.key, each.after),
            can_undo=each.key in present and present[each.key] == each.after
            and each.key not in setting_history.NOT_UNDONE,
        )
        for each in changes
    ]  # fmt: skip


def _said(key: str, value: Any) -> str:
    if key in FIELDS:
        return fields.said(FIELDS[key], value)
    if key in CONCESSIONS and isinstance(value, list):
        return ", ".join(category_name(Category(code)) for code in value) or "—"
    if key == "hours" and isinstance(value, list):
        return _week_in_words(value)
    return str(value)


def _week_in_words(week: Sequence[Mapping[str, str] | None]) -> str:
    """Days in a row with the same hours together: пн–пт 09:00–19:00 · сб 10:00–18:00 · нд —."""
    monday = date(2024, 1, 1)
    names = [words().short_weekday(monday + timedelta(days=n)) for n in range(len(week))]
    told = []
    for day, group in groupby(zip(names, week, strict=True), key=itemgetter(1)):
        days = [name for name, _ in group]
        hours = f"{day['opens']}–{day['closes']}" if day else "—"
        told.append(f"{days[0]}–{days[-1]} {hours}" if len(days) > 1 else f"{days[0]} {hours}")
    return " · ".join(told)
