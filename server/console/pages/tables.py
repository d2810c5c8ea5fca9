"""Pages of the administered tables: a list, a row, its history, and undo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial, update_wrapper
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import BaseModel, ValidationError
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from server.console import fields, lists, reads
from server.console.blueprint import console
from server.console.buildings import mine, own_department
from server.console.centre import database, words
from server.console.centre_tables import CENTRE_TABLES
from server.console.fields import Field, Kind
from server.console.lists import Column
from server.console.pages.setting_pages import Past, by
from server.console.tables import TABLES, Administered
from server.models import Base, Department
from server.services import reach, setting_history, tables
from templates.words import N_


def _list(known: Administered) -> ResponseReturnValue:
    """All rows; those in use first seen."""
    with database().reading() as session:
        rows = sorted(_in_reach(session, known), key=attrgetter(known.order))
        columns = [_column(field) for field in _listed(known)]
        columns += known.beside
        everything = "all" in request.args
        if everything:
            retired = Column(name="retired", label=N_("Ужиток"), value=partial(_state, known))
            columns.append(retired)
        shown = [row for row in rows if everything or row.retired_at is None]  # type: ignore[attr-defined]
        found = lists.listing(shown, columns)
        file = lists.exported(found, columns, known.code)
        if file is not None:
            return file
        body = [
            (getattr(row, known.table.key), [column.value(row) for column in columns])
            for row in found.rows
        ]
    return render_template(
        "console/table.html", known=known, found=found, body=body, everything=everything,
        hidden=len(rows) - len(shown), labels=[column.label for column in columns],
        names=[column.name for column in columns],
    )  # fmt: skip


def _in_reach(session: Session, known: Administered) -> Iterator[Base]:
    """The rows of a table; of what stands in a building, those that are there (C1.3)."""
    for row in tables.rows(session, known.table):
        code = getattr(row, "department_code", None)
        if not known.of_building or mine().meets(reach.of_department(session, code)):
            yield row


def _listed(known: Administered) -> Sequence[Field]:
    by_name = {field.name: field for field in known.fields}
    return [by_name[name] for name in known.listed if not by_name[name].is_idle]


def _column(field: Field) -> Column[Any]:
    kept = field.kind in {Kind.TICK, Kind.CHOICE, Kind.MONEY}

    def value(row: Any) -> Any:
        found = getattr(row, field.name)
        return fields.said(field, found) if kept and found is not None else found

    return Column(name=field.name, label=field.label, value=value)


def _state(known: Administered, row: Any) -> str:
    return "" if row.retired_at is None else words().gettext(known.retired)


def _form(known: Administered, key: str | None = None) -> ResponseReturnValue:
    """A row, or an empty one."""
    return _page(known, key)


def _save(known: Administered, key: str | None = None) -> ResponseReturnValue:
    """Keep what was typed, all of it or nothing."""
    given: dict[str, str | None] = (
        {} if key is None or not known.key_typed else {known.table.key: key}
    )
    if known.of_building:
        given["department_code"] = _department(known, key)
    try:
        row = row_of(known, request.form, given)
        made = tables.save(database(), known.table, _key(known, key), dict(row), by())
    except ValidationError as error:
        return _page(known, key, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except tables.Taken:
        taken = {known.fields[0].name: words().gettext("Таке вже є.")}
        return _page(known, key, taken), HTTPStatus.UNPROCESSABLE_ENTITY
    except LookupError:
        abort(404)
    flash(words().gettext("Збережено."), "grant")
    return redirect(url_for(f"console.{known.code}_row", key=made), 303)


def _department(known: Administered, key: str | None) -> str | None:
    """Where a row stands: as chosen, where it stood if that is not asked, else with its maker."""
    chosen = request.form.get("department_code")
    if chosen is None and key is not None:
        with database().reading() as session:
            row = tables.find(session, known.table, _key(known, key))
            return getattr(row, "department_code", None)
    return chosen or (own_department() if key is None or mine().branch else None)


def row_of(known: Administered, form: MultiDict[str, str], given: Mapping[str, Any]) -> BaseModel:
    """A row as it was typed, but for what is given. Raises pydantic.ValidationError."""
    typed = {field.name: fields.read(field, form) for field in known.fields}
    told = {
        name: value
        for name, value in {**typed, **given}.items()
        if value is not None or _may_be_empty(known, name)
    }
    return known.row(**told)


def _may_be_empty(known: Administered, name: str) -> bool:
    """A field that may be left empty keeps its None; another takes its default."""
    return known.row.model_fields[name].default is None


def _retire(known: Administered, key: str) -> ResponseReturnValue:
    """Use it no longer, or again."""
    if known.ending and "back" not in request.form:
        return redirect(url_for(known.ending, key=key), 303)
    try:
        tables.retire(database(), known.table, _key(known, key), by(), back="back" in request.form)
    except LookupError:
        abort(404)
    flash(words().gettext("Збережено."), "grant")
    return redirect(url_for(f"console.{known.code}_row", key=key), 303)


def _undo(known: Administered) -> ResponseReturnValue:
    """Take a change back."""
    try:
        key = tables.undo(database(), known.table, request.form.get("record", 0, type=int), by())
    except LookupError:
        abort(404)
    except setting_history.Overtaken:
        flash(words().gettext("Відтоді це вже змінили: поверніть спершу пізнішу зміну."), "desk")
        return redirect(url_for(f"console.{known.code}"), 303)
    flash(words().gettext("Повернуто, як було."), "grant")
    return redirect(url_for(f"console.{known.code}_row", key=key), 303)


def _key(known: Administered, key: str | None) -> Any:
    """A key of the address as its column holds it; 404 for what can be none."""
    if key is None:
        return None
    kind = getattr(known.table.model, known.table.key).type.python_type
    try:
        return kind(key)
    except ValueError:
        abort(404)


def _page(known: Administered, key: str | None, faults: Mapping[str, str] | None = None) -> str:
    with database().reading() as session:
        row = None if key is None else tables.find(session, known.table, _key(known, key))
        if key is not None and row is None:
            abort(404)
        shown = [_field(known, each, row, faults) for each in known.fields if not each.is_idle]
        past = [] if row is None else _past(known, session, _key(known, key))
        is_retired = row is not None and row.retired_at is not None  # type: ignore[attr-defined]
    if known.key_typed and row is not None:
        shown = shown[1:]
    return render_template(
        "console/table_row.html", known=known, key=key, fields_shown=shown, past=past,
        is_retired=is_retired, title=words().gettext(known.one), general=(faults or {}).get("", ""),
    )  # fmt: skip


def _field(
    known: Administered, field: Field, row: Base | None, faults: Mapping[str, str] | None
) -> fields.Shown:
    if faults is not None:
        return fields.shown(field, request.form.get(field.name, ""), faults.get(field.name, ""))
    told = known.row.model_fields[field.name]
    if row is None:
        value = "" if told.is_required() else told.get_default()
    else:
        value = getattr(row, field.name)
    return fields.shown(field, fields.typed(field, value))


def _past(known: Administered, session: Any, key: Any) -> Sequence[Past]:
    changes = tables.history(session, known.table, key)
    return [
        Past(
            record_id=each.record_id, name=_names(known, each.after), at=each.at, by=each.by,
            before=_values(known, each.before), after=_values(known, each.after),
            can_undo=each.can_undo,
        )
        for each in changes
    ]  # fmt: skip


def _names(known: Administered, changed: Mapping[str, Any]) -> str:
    by_name = {field.name: words().gettext(field.label) for field in known.fields}
    by_name["retired_at"] = words().gettext("Стан")
    return ", ".join(by_name.get(name, name) for name in changed)


def _values(known: Administered, values: Mapping[str, Any]) -> str:
    by_name = {field.name: field for field in known.fields}
    _ = words().gettext
    told = []
    for name, value in values.items():
        if name == "retired_at":
            told.append(_(known.retired) if value else _("використовується"))
        else:
            told.append(_said(by_name[name], value) if name in by_name else str(value))
    return ", ".join(told) or "—"


def _said(field: Field, value: Any) -> str:
    """A value in words; a department that is closed by now keeps its name."""
    told = fields.said(field, value)
    if field.name != "department_code" or told != value:
        return told
    with database().reading() as session:
        return reads.department_name(session.get(Department, value), words()) or told


def _add(known: Administered) -> None:
    """The routes of one table; their roles stand in the matrix like all others."""
    acts: tuple[tuple[str, str, str, Callable[..., ResponseReturnValue]], ...] = (
        ("", "", "GET", _list),
        ("_new", "/new", "GET", _form),
        ("_make", "", "POST", _save),
        ("_row", "/row/<key>", "GET", _form),
        ("_save", "/row/<key>", "POST", _save),
        ("_retire", "/row/<key>/retire", "POST", _retire),
        ("_undo", "/undo", "POST", _undo),
    )
    for suffix, path, method, act in acts:
        console.add_url_rule(
            f"/{known.code}{path}", endpoint=f"{known.code}{suffix}",
            view_func=update_wrapper(partial(act, known), act), methods=[method],
        )  # fmt: skip


for _each in (*TABLES, *CENTRE_TABLES):
    _add(_each)
