"""Accounts of staff: made, changed, closed, let in again (threat 15)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import select
from sqlalchemy.orm import Session

from server.console import fields, lists
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.fields import Field, Kind
from server.console.labels import role_name
from server.console.lists import Column
from server.console.pages.setting_pages import by
from server.console.reads import department_name, departments
from server.founding import new_password
from server.models import Role, Staff
from server.services import accounts, second_factor
from server.services.accounts import Account, NewAccount
from templates.words import N_


def _roles() -> Sequence[tuple[str, str]]:
    return [(role.value, role_name(role)) for role in Role]


def _departments() -> Sequence[tuple[str, str]]:
    with database().reading() as session:
        return [
            (code, department_name(room, words())) for code, room in departments(session).items()
        ]


_LOGIN = Field(
    name="login", label=N_("Обліковий запис"), needed=True, most=60,
    help=N_("Малі латинські букви й цифри, наприклад o.kovalenko."),
)  # fmt: skip
_FIELDS = (
    Field(name="name", label=N_("Прізвище та ім’я"), needed=True),
    Field(name="role", label=N_("Роль"), kind=Kind.CHOICE, choices=_roles, needed=True,
          help=N_("Директор і адміністратор входять із кодом телефона.")),
    Field(name="department_code", label=N_("Відділ"), kind=Kind.CHOICE, choices=_departments,
          empty=N_("жоден"), help=N_("Де працює бібліотекар відділу.")),
)  # fmt: skip

NEW_ACCOUNT = (_LOGIN, *_FIELDS)
"""What is asked of an account to be made."""


def _factor(each: Staff) -> str:
    if each.totp_since is not None:
        return words().gettext("є")
    return words().gettext("ще немає") if second_factor.is_needed(each) else ""


def _state(each: Staff) -> str:
    return "" if each.active else words().gettext("закрито")


_COLUMNS: tuple[Column[Staff], ...] = (
    Column(name="name", label=N_("Прізвище та ім’я"), value=lambda each: each.name),
    Column(name="login", label=N_("Обліковий запис"), value=lambda each: each.login),
    Column(name="role", label=N_("Роль"), value=lambda each: role_name(each.role)),
    Column(name="department", label=N_("Відділ"), value=lambda each: each.department_code),
    Column(name="factor", label=N_("Другий крок"), value=_factor),
    Column(name="active", label=N_("Стан"), value=_state),
)


@console.get("/staff")
def staff_list() -> ResponseReturnValue:
    """Everybody who has an account; closed ones on wish."""
    with database().reading() as session:
        everybody = session.scalars(select(Staff).order_by(Staff.name)).all()
        shown = [each for each in everybody if each.active or "all" in request.args]
        found = lists.listing(shown, _COLUMNS)
        file = lists.exported(found, _COLUMNS, "staff")
        if file is not None:
            return file
        body = [(each.id, [column.value(each) for column in _COLUMNS]) for each in found.rows]
    return render_template(
        "console/staff.html", found=found, body=body, hidden=len(everybody) - len(shown),
        labels=[column.label for column in _COLUMNS],
    )  # fmt: skip


@console.get("/staff/new")
def staff_new() -> str:
    """An empty account."""
    return _form(NEW_ACCOUNT)


@console.post("/staff")
def staff_make() -> ResponseReturnValue:
    """Make an account; its password is shown once."""
    password = new_password(os.urandom)
    try:
        told = NewAccount.model_validate(_told(NEW_ACCOUNT))
        staff_id = accounts.make(database(), told, password, by())
    except ValidationError as error:
        return _form(NEW_ACCOUNT, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except accounts.LoginTaken:
        taken = {"login": words().gettext("Такий обліковий запис уже є.")}
        return _form(NEW_ACCOUNT, taken), HTTPStatus.UNPROCESSABLE_ENTITY
    return _password_page(staff_id, password)


@console.get("/staff/<int:staff_id>")
def staff_row(staff_id: int) -> str:
    """An account with its sessions."""
    return _row(staff_id)


@console.post("/staff/<int:staff_id>")
def staff_save(staff_id: int) -> ResponseReturnValue:
    """Change name, role or department; what a role may not do ends with the next page."""
    try:
        accounts.change(database(), staff_id, Account.model_validate(_told(_FIELDS)), by())
    except ValidationError as error:
        return _row(staff_id, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except LookupError:
        abort(404)
    except accounts.LastAdministrator:
        last = {"role": words().gettext("Один адміністратор має лишитися.")}
        return _row(staff_id, last), HTTPStatus.UNPROCESSABLE_ENTITY
    flash(words().gettext("Збережено."), "grant")
    return redirect(url_for("console.staff_row", staff_id=staff_id), 303)


@console.post("/staff/<int:staff_id>/active")
def staff_active(staff_id: int) -> ResponseReturnValue:
    """Close an account with all its sessions, or open it again."""
    if staff_id == staff().staff_id:
        flash(words().gettext("Власний обліковий запис закриває інший адміністратор."), "desk")
        return redirect(url_for("console.staff_row", staff_id=staff_id), 303)
    try:
        accounts.set_active(database(), staff_id, by(), active="back" in request.form)
    except LookupError:
        abort(404)
    except accounts.LastAdministrator:
        flash(words().gettext("Один адміністратор має лишитися."), "refuse")
    else:
        flash(words().gettext("Збережено."), "grant")
    return redirect(url_for("console.staff_row", staff_id=staff_id), 303)


@console.post("/staff/<int:staff_id>/password")
def staff_reset_password(staff_id: int) -> ResponseReturnValue:
    """A new password, shown once; every session of the person ends."""
    password = new_password(os.urandom)
    try:
        accounts.reset_password(database(), staff_id, password, by())
    except LookupError:
        abort(404)
    return _password_page(staff_id, password)


@console.post("/staff/<int:staff_id>/factor")
def staff_reset_factor(staff_id: int) -> ResponseReturnValue:
    """Let somebody set up the second factor anew; every session of the person ends."""
    try:
        second_factor.forget(database(), staff_id, by())
    except LookupError:
        abort(404)
    with database().writing() as session:
        accounts.end_sessions(session, staff_id, now())
    flash(words().gettext("Другий крок скинуто: людина налаштує його під час входу."), "grant")
    return redirect(url_for("console.staff_row", staff_id=staff_id), 303)


@console.post("/staff/<int:staff_id>/sessions")
def staff_end_session(staff_id: int) -> ResponseReturnValue:
    """End one session of somebody, at once."""
    accounts.end_session(database(), staff_id, request.form.get("session", ""), by())
    flash(words().gettext("Сеанс завершено."), "grant")
    return redirect(url_for("console.staff_row", staff_id=staff_id), 303)


def _told(form: Sequence[Field]) -> Mapping[str, object]:
    return {field.name: fields.read(field, request.form) for field in form}


def _form(form: Sequence[Field], faults: Mapping[str, str] | None = None) -> str:
    shown = [
        fields.shown(field, request.form.get(field.name, ""), (faults or {}).get(field.name, ""))
        for field in form
    ]
    return render_template("console/staff_new.html", fields_shown=shown)


def _row(staff_id: int, faults: Mapping[str, str] | None = None) -> str:
    with database().reading() as session:
        found = session.get(Staff, staff_id)
        if found is None:
            abort(404)
        shown = [_shown(field, found, faults) for field in _FIELDS]
        return render_template(
            "console/staff_row.html", person=found, fields_shown=shown,
            sessions=accounts.sessions_of(session, staff_id, now()),
            left=_codes_left(session, found), needs_factor=second_factor.is_needed(found),
        )  # fmt: skip


def _codes_left(session: Session, found: Staff) -> int | None:
    return None if found.totp_since is None else second_factor.codes_left(session, found.id)


def _shown(field: Field, found: Staff, faults: Mapping[str, str] | None) -> fields.Shown:
    if faults is not None:
        return fields.shown(field, request.form.get(field.name, ""), faults.get(field.name, ""))
    return fields.shown(field, fields.typed(field, getattr(found, field.name)))


def _password_page(staff_id: int, password: str) -> str:
    with database().reading() as session:
        person = session.get_one(Staff, staff_id)
        return render_template("console/new_password.html", person=person, password=password)
