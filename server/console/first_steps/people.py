"""The step of the staff: accounts of those who work here, one after the other."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus

from flask import request
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy import select

from server.console import fields
from server.console.centre import database, staff, words
from server.console.first_steps import frame
from server.console.labels import role_name
from server.console.pages.setting_pages import by
from server.console.pages.staff_accounts import NEW_ACCOUNT
from server.founding import new_password
from server.models import Role, Staff
from server.services import accounts
from server.services.accounts import NewAccount
from server.services.settings import FirstStep

_WANTED = (Role.DIRECTOR, Role.SERVICE_CENTRE, Role.DEPARTMENT)
"""Roles without which a library's day does not go: who is missing is named."""


def staff_page() -> str:
    """Everybody who has an account, and a form for one more."""
    return _page({}, {})


def _page(
    typed: Mapping[str, str], faults: Mapping[str, str], made: tuple[str, str, str] | None = None
) -> str:
    with database().reading() as session:
        people = session.scalars(select(Staff).where(Staff.active).order_by(Staff.name)).all()
        found = [
            (each.id, each.name, each.login, role_name(each.role), each.id == staff().staff_id)
            for each in people
        ]
        missing = [role for role in _WANTED if role not in {each.role for each in people}]
    shown = typed or ({"role": missing[0].value} if missing else {})
    return frame.page(
        FirstStep.STAFF, found=found, missing=_names(missing), made=made, has_faults=bool(faults),
        entries=[
            fields.shown(each, shown.get(each.name, ""), faults.get(each.name, ""))
            for each in NEW_ACCOUNT
        ],
    )  # fmt: skip


def _names(roles: Sequence[Role]) -> Sequence[str]:
    return [role_name(role) for role in roles]


def keep_account() -> ResponseReturnValue:
    """Make an account; its password stands on the page this once."""
    password = new_password(os.urandom)
    try:
        told = NewAccount.model_validate(
            {each.name: fields.read(each, request.form) for each in NEW_ACCOUNT}
        )
        accounts.make(database(), told, password, by())
    except ValidationError as error:
        return _page(request.form, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except accounts.LoginTaken:
        taken = {"login": words().gettext("Такий обліковий запис уже є.")}
        return _page(request.form, taken), HTTPStatus.UNPROCESSABLE_ENTITY
    return _page({}, {}, (told.name, told.login, password))
