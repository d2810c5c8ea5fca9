"""Steps that fill tables: branches, and departments out of those that most libraries have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import cast

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from server.console import fields, reads
from server.console.centre import database, words
from server.console.fields import Shown
from server.console.first_steps import frame
from server.console.pages.setting_pages import by
from server.console.pages.tables import row_of
from server.console.tables import (
    BRANCHES,
    DEPARTMENTS,
    Administered,
    DepartmentRow,
    department_kinds,
)
from server.models import Department, DepartmentKind
from server.services import first_run, tables
from server.services.settings import FirstStep

_BRANCH_FIELDS = ("code", "name", "name_en", "address", "phone")
_DEPARTMENT_FIELDS = ("code", "name", "name_en", "kind", "phone", "branch_code")
_KINDS = DepartmentKind
TYPICAL: Sequence[tuple[str, str, DepartmentKind, bool]] = (
    ("Сервісний центр", "Service Centre", _KINDS.SERVICE_CENTRE, True),
    ("Абонемент", "Home Lending", _KINDS.LENDING, True),
    ("Читальна зала", "Reading Room", _KINDS.READING_ROOM, True),
    ("Дитячий відділ", "Children’s Library", _KINDS.LENDING, False),
    ("Відділ періодики", "Periodicals", _KINDS.READING_ROOM, False),
    ("Краєзнавчий відділ", "Local History", _KINDS.READING_ROOM, False),
    ("Відділ мистецтв", "Arts", _KINDS.READING_ROOM, False),
    ("Відділ рідкісних видань", "Rare Books", _KINDS.READING_ROOM, False),
    ("Інтернет-центр", "Internet Centre", _KINDS.INTERNET, False),
    ("Інформаційний центр", "Information Centre", _KINDS.INFORMATION, False),
)
"""Name, English name, kind, and whether a library of any size has it."""
_EMPTY_ROWS = 2
Faults = Mapping[int, Mapping[str, str]]
"""What is wrong, by number of the row and name of the field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A department that may be added: a row of the form."""

    number: int
    is_wanted: bool
    name: str
    entries: Sequence[Shown]


# --- Branches ----------------------------------------------------------------------------------


def branches_page(faults: Mapping[str, str] | None = None) -> str:
    """The branches there are, and a form for one more."""
    with database().reading() as session:
        found = [(each.code, reads.place_name(each, words()), each.address)
                 for each in reads.branches(session)]  # fmt: skip
    return frame.page(
        FirstStep.BRANCHES, found=found, has_faults=bool(faults),
        entries=_entries(BRANCHES, _BRANCH_FIELDS, request.form, faults or {}),
    )  # fmt: skip


def keep_branch() -> ResponseReturnValue:
    """Add a branch; there may be more."""
    with database().reading() as session:
        position = len(tables.rows(session, BRANCHES.table)) + 1
    try:
        row = row_of(BRANCHES, request.form, {"position": position})
        tables.save(database(), BRANCHES.table, None, dict(row), by())
    except ValidationError as error:
        return branches_page(fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except tables.Taken:
        return branches_page({"code": _taken()}), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(words().gettext("Філію додано."), "grant")
    return redirect(url_for("console.first_run_step", step=FirstStep.BRANCHES), 303)


def _taken() -> str:
    return words().gettext("Таке вже є.")


def _entries(
    known: Administered, names: Sequence[str], form: Mapping[str, str],
    faults: Mapping[str, str],
) -> Sequence[Shown]:  # fmt: skip
    by_name = {field.name: field for field in known.fields}
    return [
        fields.shown(by_name[name], form.get(name, ""), faults.get(name, ""))
        for name in names
        if not by_name[name].is_idle
    ]


# --- Departments -------------------------------------------------------------------------------


def departments_page() -> str:
    """The departments there are, and those that may be added."""
    return _departments_page(_proposed(), {})


def _departments_page(rows: Sequence[Mapping[str, str]], faults: Faults) -> str:
    with database().reading() as session:
        kinds = dict(department_kinds())
        found = [
            (room.code, reads.place_name(room, words()), kinds[room.kind.value], room.phone)
            for room in reads.departments(session).values()
            if room.retired_at is None
        ]
    return frame.page(
        FirstStep.DEPARTMENTS, found=found, has_faults=bool(faults),
        lines=[_line(number, row, faults.get(number, {})) for number, row in enumerate(rows)],
    )  # fmt: skip


def _line(number: int, row: Mapping[str, str], faults: Mapping[str, str]) -> Line:
    entries = _entries(DEPARTMENTS, _DEPARTMENT_FIELDS, row, faults)
    return Line(
        number=number, is_wanted="use" in row,
        name=row["name"] or words().gettext("Інший відділ"),
        entries=[replace(each, name=f"{each.name}-{number}") for each in entries],
    )  # fmt: skip


def _proposed() -> Sequence[Mapping[str, str]]:
    """Typical departments that are not there yet, and empty rows; codes count on."""
    with database().reading() as session:
        known = reads.departments(session)
    names = {room.name for room in known.values()}
    wanted = [each for each in TYPICAL if each[0] not in names]
    wanted += [("", "", DepartmentKind.READING_ROOM, False)] * _EMPTY_ROWS
    free = iter(_free_codes(known, len(wanted)))
    return [
        {"code": next(free), "name": name, "name_en": name_en, "kind": kind.value}
        | ({"use": "1"} if usual and not known else {})
        for name, name_en, kind, usual in wanted
    ]


def _free_codes(known: Mapping[str, Department], count: int) -> Sequence[str]:
    codes = (str(number) for number in range(1, len(known) + count + 1))
    return [code for code in codes if code not in known][:count]


def keep_departments() -> ResponseReturnValue:
    """Add all departments that are ticked, or none where one of them can't be."""
    rows = _typed_rows()
    made, faults = _judged(rows)
    if not faults:
        faults = _kept(made)
    if faults:
        return _departments_page(rows, faults), HTTPStatus.UNPROCESSABLE_ENTITY
    first_run.note_passed(database(), FirstStep.DEPARTMENTS, by())
    return frame.onward(FirstStep.DEPARTMENTS)


def _judged(rows: Sequence[MultiDict[str, str]]) -> tuple[dict[int, DepartmentRow], Faults]:
    """The rows that are ticked, by number, and what is wrong with them."""
    with database().reading() as session:
        known = reads.departments(session)
        branches = {None, *(each.code for each in reads.branches(session))}
    made: dict[int, DepartmentRow] = {}
    faults: dict[int, Mapping[str, str]] = {}
    for number, row in enumerate(rows):
        if "use" not in row:
            continue
        given = {"position": len(known) + len(made) + 1}
        try:
            one = cast(DepartmentRow, row_of(DEPARTMENTS, row, given))
        except ValidationError as error:
            faults[number] = fields.faults(error)
            continue
        if one.code in known or one.code in {other.code for other in made.values()}:
            faults[number] = {"code": _taken()}
        if one.branch_code not in branches:
            faults[number] = {"branch_code": words().gettext("Оберіть зі списку.")}
        made[number] = one
    return made, faults


def _kept(made: Mapping[int, DepartmentRow]) -> Faults:
    """Keep them; somebody may have been quicker with one of the codes."""
    for number, row in made.items():
        try:
            tables.save(database(), DEPARTMENTS.table, None, dict(row), by())
        except tables.Taken:
            return {number: {"code": _taken()}}
    return {}


def _typed_rows() -> Sequence[MultiDict[str, str]]:
    """The form's rows, each with its fields under their own names."""
    rows = []
    number = 0
    while f"code-{number}" in request.form:
        names = (*_DEPARTMENT_FIELDS, "use")
        typed = {name: request.form.get(f"{name}-{number}") for name in names}
        rows.append(MultiDict({name: text for name, text in typed.items() if text is not None}))
        number += 1
    return rows
