"""The last steps: the first station joins, and the first ticket is held to it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Annotated

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import StringConstraints, ValidationError, field_validator
from sqlalchemy.orm import Session

from gate.facts import TicketKind
from gate.pairing import is_of_a_key
from server.console import fields, reads
from server.console.centre import database, library, now, words
from server.console.enrolment_words import DOCUMENTS, choices
from server.console.fields import Field, Kind
from server.console.first_steps import frame
from server.console.pages.enrolment import fault_words
from server.console.pages.setting_pages import by
from server.console.pages.stations import role_choices, views
from server.console.pages.visits import DecisionLine, decision_line
from server.console.tables import RowModel
from server.models import Category, IdentityDocument, Station, StationRole
from server.services import decisions_made, enrolment, first_run, personal_data, stations
from server.services.personal_data import Unfit
from server.services.settings import FirstStep
from server.services.stations import Place
from templates.words import N_

_SEEN = 5
_FIRST_CODES = [f"K{number}" for number in range(1, 10)]


class StationRow(RowModel):
    """A station that is put up, with the code that stands on its screen."""

    code: Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2}$")]
    name: Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)] = ""
    role: StationRole
    has_lane: bool = False
    branch_code: str | None = None
    shown: str

    @field_validator("shown")
    @classmethod
    def _of_a_key(cls, typed: str) -> str:
        if not is_of_a_key(typed):
            raise ValueError("no code of a station")
        return typed


def _branches() -> Sequence[tuple[str, str]]:
    with database().reading() as session:
        return [(each.code, reads.place_name(each, words())) for each in reads.branches(session)]


_FIELDS = (
    Field(name="shown", label=N_("Код з екрана станції"), needed=True, most=12,
          help=N_("Десять знаків, як-от AB2CD-EF3GH. Чинний десять хвилин.")),
    Field(name="code", label=N_("Код станції, два знаки"), needed=True, most=2,
          help=N_("Той самий, що в її налаштуваннях. Стоятиме на кожному листку.")),
    Field(name="name", label=N_("Назва"), help=N_("Де вона: Головний вхід.")),
    Field(name="role", label=N_("Що вона робить"), kind=Kind.CHOICE, needed=True,
          choices=role_choices),
    Field(name="branch_code", label=N_("Філія"), kind=Kind.CHOICE, choices=_branches,
          empty=N_("головна будівля"), if_any=True),
    Field(name="has_lane", label=N_("Має турнікет або двері"), kind=Kind.TICK),
)  # fmt: skip


def station_page() -> str:
    """The stations there are, live, and a form for one more."""
    return _station_page(_proposed(), {})


def _station_page(typed: Mapping[str, str], faults: Mapping[str, str]) -> str:
    with database().reading() as session:
        found = [each for each in views(session) if not each.is_revoked]
    return frame.page(
        FirstStep.STATION, found=found, has_faults=bool(faults),
        is_joined=any(each.is_paired for each in found),
        entries=[
            fields.shown(each, typed.get(each.name, ""), faults.get(each.name, ""))
            for each in _FIELDS
            if not each.is_idle
        ],
    )  # fmt: skip


def _proposed() -> Mapping[str, str]:
    """The first of K1, K2 that no station at work has; one that waits keeps what was typed."""
    with database().reading() as session:
        codes = (code for code in _FIRST_CODES if not _works(session, code))
        code = next(codes, "")
        waits = session.get(Station, code)
        if waits is None:
            return {"code": code, "role": StationRole.BOTH.value}
        known = {
            field.name: fields.typed(field, getattr(waits, field.name, "")) for field in _FIELDS
        }
        return {name: typed for name, typed in known.items() if typed}


def _works(session: Session, code: str) -> bool:
    station = session.get(Station, code)
    return station is not None and station.token_hash is not None and station.revoked_at is None


def keep_station() -> ResponseReturnValue:
    """Make a station known and let in the one that shows this code (threat 18)."""
    typed = {each.name: fields.read(each, request.form) for each in _FIELDS}
    typed["code"] = str(typed["code"]).upper()
    try:
        told = StationRow.model_validate({k: v for k, v in typed.items() if v is not None})
    except ValidationError as error:
        faults = fields.faults(error)
        return _station_page(request.form, faults), HTTPStatus.UNPROCESSABLE_ENTITY
    with database().reading() as session:
        is_taken = _works(session, told.code)
    if is_taken:
        taken = {"code": words().gettext("Станція з таким кодом уже працює.")}
        return _station_page(request.form, taken), HTTPStatus.UNPROCESSABLE_ENTITY
    stations.register(
        database(), told.code, name=told.name, role=told.role, has_lane=told.has_lane,
        actor=by().actor, at=now(), place=Place(told.branch_code),
    )  # fmt: skip
    stations.approve(database(), told.code, told.shown, staff_id=by().staff_id, at=now())
    return redirect(url_for("console.first_run_step", step=FirstStep.STATION), 303)


# --- The first scan ----------------------------------------------------------------------------


def scan_page() -> str:
    """A ticket to hold to the station, and what the stations saw, live."""
    return _scan_page({}, {})


def _scan_page(typed: Mapping[str, str], faults: Mapping[str, str]) -> str:
    with database().reading() as session:
        ticket = first_run.test_ticket(session)
        seen = decisions_made.latest(session, _SEEN)
        joined = [each.code for each in views(session) if each.is_paired and not each.is_revoked]
    own = None if ticket is None else ticket.id
    lines: list[tuple[DecisionLine, bool]] = [
        (decision_line(each.made), each.ticket_id is not None and each.ticket_id == own)
        for each in seen
    ]
    return frame.page(
        FirstStep.SCAN, ticket=ticket, seen=lines, joined=joined, form=typed, faults=faults,
        has_faults=bool(faults), documents=choices(DOCUMENTS),
    )  # fmt: skip


def keep_ticket() -> ResponseReturnValue:
    """A staff pass for who sets the library up, by the same steps as anybody's."""
    form = request.form
    try:
        data = personal_data.read({**form, "category": Category.STAFF}, library().day(now()))
        document = IdentityDocument(form.get("document", ""))
    except Unfit as unfit:
        return _scan_page(form, fault_words(unfit)), HTTPStatus.UNPROCESSABLE_ENTITY
    except ValueError:
        fault = {"document": words().gettext("Оберіть зі списку.")}
        return _scan_page(form, fault), HTTPStatus.UNPROCESSABLE_ENTITY
    patron_id = enrolment.start(database(), data, TicketKind.STAFF, by=by(), entropy=os.urandom)
    enrolment.note_document(database(), patron_id, document, by=by())
    enrolment.issue(database(), patron_id, by=by(), entropy=os.urandom)
    return redirect(url_for("console.first_run_step", step=FirstStep.SCAN), 303)
