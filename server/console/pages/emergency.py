"""Fire and air raid: the alarm, the list of those who were inside, the all clear, the report."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from gate.facts import Emergency, RoomFacts
from server.console import alarms
from server.console.blueprint import console
from server.console.centre import database, here, now, staff, words
from server.console.labels import ROLL_STATES
from server.console.pages.visits import without_ticket
from server.models import (
    EmergencyCase,
    EmergencyOrigin,
    RollEntry,
    RollState,
    Staff,
    Station,
    Ticket,
    Visit,
)
from server.services import emergencies, halls, lanes
from server.services.by import By
from server.services.settings import LibrarySettings
from templates.words import N_

_KINDS = {"fire": Emergency.FIRE, "air_raid": Emergency.AIR_RAID}
NAMES = {
    Emergency.FIRE: (N_("Пожежа"), "door-out"),
    Emergency.AIR_RAID: (N_("Повітряна тривога"), "siren"),
}
_LOOKS = {
    RollState.WAITING: ("clock", "desk"),
    RollState.OUT: ("door-out", "grant"),
    RollState.SHELTER: ("shelter", "grant"),
    RollState.MISSING: ("question", "refuse"),
}
STATES = {state: (ROLL_STATES[state], *looks) for state, looks in _LOOKS.items()}
_ORIGINS = {
    EmergencyOrigin.CONSOLE: N_("кнопка в консолі"),
    EmergencyOrigin.LANE: N_("сигнал на турнікеті"),
    EmergencyOrigin.WEBHOOK: N_("система сповіщення"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of the list."""

    entry: RollEntry
    slip_number: str
    name: str
    word: str
    sign: str
    colour: str
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """Those who were seen last in one hall."""

    name: str
    lines: Sequence[Line]
    waiting: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StationHeard:
    """Since when a station was not heard of."""

    code: str
    at: datetime | None
    silent: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """An emergency as pages show it."""

    case: EmergencyCase
    name: str
    sign: str
    origin: str
    rooms: Sequence[Room]
    persons: Counter[RollState]
    shelter: RoomFacts
    house: LibrarySettings
    heard: Sequence[StationHeard]
    started_by: str
    ended_by: str

    @property
    def total(self) -> int:
        """Persons on the list."""
        return sum(self.persons.values())


@console.get("/emergency")
def emergency() -> str:
    """Two buttons in peace; in an emergency the lists, for phones too, live: one's own first."""
    mine = here().branch_code
    with database().reading() as session:
        running = sorted(emergencies.going_on(session), key=lambda one: one.branch_code != mine)
        cases = [_case(session, one) for one in running]
        past = [(one, _name(one)) for one in emergencies.past(session)]
        session.expunge_all()
    return render_template(
        "console/emergency.html", cases=cases, past=past, states=STATES, now=now(),
        buildings=alarms.buildings(), everywhere=alarms.EVERYWHERE, nearest=alarms.nearest(),
        can_raise=_can_raise(running),
    )  # fmt: skip


def _can_raise(running: Sequence[EmergencyCase]) -> Mapping[Emergency, bool]:
    """Whether there is still a building for an alarm; a fire is graver than an air raid."""
    alarmed = {one.branch_code for one in running}
    burning = {one.branch_code for one in running if one.kind is Emergency.FIRE}
    houses = len(alarms.buildings())
    return {Emergency.FIRE: len(burning) < houses, Emergency.AIR_RAID: len(alarmed) < houses}


@console.post("/emergency")
def raise_alarm() -> ResponseReturnValue:
    """A button was pressed: no question is asked first."""
    kind = _KINDS.get(request.form.get("kind", ""))
    if kind is None:
        abort(404)
    emergencies.raise_alarm(
        database(), kind, origin=EmergencyOrigin.CONSOLE, at=now(), entropy=os.urandom,
        staff_id=staff().staff_id, branches=_where(),
    )  # fmt: skip
    return redirect(url_for("console.emergency"), 303)


def _where() -> Sequence[str | None]:
    """The buildings that are meant; a form that names none means where this person works."""
    chosen, known = request.form.get("where", alarms.nearest()), alarms.buildings()
    if chosen != alarms.EVERYWHERE and chosen not in known:
        abort(404)
    return [code or None for code in known if chosen in (code, alarms.EVERYWHERE)]


@console.post("/emergency/roll")
def tick_roll() -> ResponseReturnValue:
    """Somebody was met, is in the shelter, or was not found."""
    entry_id, state = _mark(request.form.get("mark", ""))
    emergencies.tick(database(), entry_id, state, by=_by())
    return redirect(url_for("console.emergency", _anchor=f"e-{entry_id}"), 303)


def _mark(told: str) -> tuple[UUID, RollState]:
    """Whose line, and what is said of them; a button carries both."""
    entry, _, state = told.partition(" ")
    try:
        return UUID(entry), RollState(state)
    except ValueError:
        abort(404)


@console.post("/emergency/person")
def add_to_roll() -> ResponseReturnValue:
    """Somebody without a slip: staff, a guest, people from the street."""
    form = request.form
    case_id = form.get("case", type=UUID)
    person = emergencies.Person(
        name=form.get("name", ""), persons=form.get("persons", 1, type=int),
        hall=form.get("hall", ""), needs_help=form.get("needs_help") == "on",
        state=form.get("state", RollState.OUT, type=RollState),
    )  # fmt: skip
    if case_id is None or not emergencies.add_person(
        database(), case_id, person, by=_by(), entropy=os.urandom
    ):
        flash(words().gettext("Напишіть, хто це."), "desk")
    return redirect(url_for("console.emergency"), 303)


@console.post("/emergency/over")
def all_clear() -> ResponseReturnValue:
    """A named person ends it, and puts the lanes back to work where that was wished."""
    case_id = request.form.get("case", type=UUID)
    if case_id is None:
        abort(404)
    if emergencies.all_clear(database(), case_id, by=_by(), note=request.form.get("note", "")):
        if request.form.get("lanes") == "on":
            with database().writing() as session:
                branch = session.get_one(EmergencyCase, case_id).branch_code
                lanes.reset_all(session, branch, by=_by(), entropy=os.urandom)
        flash(words().gettext("Відбій оголошено."), "grant")
    return redirect(url_for("console.emergency_report", case_id=case_id), 303)


@console.get("/emergency/<uuid:case_id>")
def emergency_report(case_id: UUID) -> str:
    """What happened, for the screen and for paper; while it goes on, the list on paper."""
    with database().reading() as session:
        found = session.get(EmergencyCase, case_id)
        if found is None:
            abort(404)
        told = _case(session, found)
        session.expunge_all()
    return render_template("console/emergency_report.html", told=told, states=STATES, now=now())


def _by() -> By:
    return By(staff_id=staff().staff_id, at=now())


def _case(session: Session, case: EmergencyCase) -> Case:
    entries = emergencies.roll(session, case.id)
    names = _names(session)
    visits = _visits(session, entries)
    _ = words().gettext
    rooms = [
        Room(
            name=hall or _("Ще без відмітки"),
            lines=lines,
            waiting=sum(
                line.entry.persons for line in lines if line.entry.state is RollState.WAITING
            ),
        )
        for hall, group in groupby(entries, key=lambda one: one.hall)
        for lines in [[_line(one, visits, names) for one in group]]
    ]
    persons: Counter[RollState] = Counter()
    for one in entries:
        persons[one.state] += one.persons
    return Case(
        case=case, name=_name(case), sign=NAMES[case.kind][1],
        origin=_(_ORIGINS[case.origin]), rooms=rooms,
        persons=persons, shelter=halls.shelter(session, case.branch_code),
        house=alarms.house(case.branch_code), heard=_heard(session, case.branch_code),
        started_by=names.get(case.started_by or 0, ""), ended_by=names.get(case.ended_by or 0, ""),
    )  # fmt: skip


def _name(case: EmergencyCase) -> str:
    """What it is, and where, in a library with several buildings."""
    name = words().gettext(NAMES[case.kind][0])
    place = alarms.buildings().get(case.branch_code or "", case.branch_code)
    return f"{name}, {place}" if place else name


def _line(entry: RollEntry, visits: dict[UUID, Visit], names: dict[int, str]) -> Line:
    """First name and initial: a list that many see names nobody in full."""
    visit = None if entry.visit_id is None else visits.get(entry.visit_id)
    word, sign, colour = STATES[entry.state]
    ticket = None if visit is None else visit.ticket
    patron = None if ticket is None else ticket.patron
    _ = words().gettext
    known = patron.display_name if patron else ""
    unknown = _("Відвідувач без квитка") if visit is None else without_ticket(visit)
    name = entry.name or known or unknown
    return Line(
        entry=entry, slip_number=visit.slip_number if visit else "", name=name, word=_(word),
        sign=sign, colour=colour, by=names.get(entry.state_by or 0, ""),
    )  # fmt: skip


def _visits(session: Session, entries: Sequence[RollEntry]) -> dict[UUID, Visit]:
    ids = [one.visit_id for one in entries if one.visit_id is not None]
    query = select(Visit).where(Visit.id.in_(ids))
    patron, event = joinedload(Visit.ticket).joinedload(Ticket.patron), joinedload(Visit.event)
    found = session.scalars(query.options(patron, event))
    return {visit.id: visit for visit in found}


def _names(session: Session) -> dict[int, str]:
    return dict(session.execute(select(Staff.id, Staff.name)).all())


def _heard(session: Session, branch: str | None) -> Sequence[StationHeard]:
    query = select(Station).where(
        Station.revoked_at.is_(None), Station.paired_at.is_not(None),
        Station.branch_code.is_not_distinct_from(branch),
    )  # fmt: skip
    return [
        StationHeard(
            code=one.code,
            at=one.last_seen_at,
            silent=one.last_seen_at is None or now() - one.last_seen_at > lanes.SILENT_AFTER,
        )
        for one in session.scalars(query.order_by(Station.code))
    ]
