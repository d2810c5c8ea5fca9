"""Stations: how they and their devices are; new ones join, stolen ones are shut out."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from importlib.metadata import version

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import OldCopy, Policy
from gate.reasons import Verdict
from server.backup import shelf
from server.console import reads
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import centre, database, now, staff, words
from server.console.labels import STATION_ROLES
from server.console.pages.setting_pages import Past
from server.console.pages.station_changes import chosen_branch, past_of
from server.models import Station, StationRole
from server.services import desk_events, halls, releases, settings, stations
from server.services.releases import Running, Standing
from server.services.stations import Place
from templates import devices
from templates.words import N_

_CODE = re.compile(r"[A-Z0-9]{2}")
_SERVER = version("lystok")
_HERE_FOR = timedelta(minutes=2)
_LOOKS = {
    "works": ("grant", "check"),
    "degraded": ("desk", "warning"),
    "failed": ("refuse", "warning"),
    "unknown": ("past", "question"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of a station, in words."""

    name: str
    state: str
    ground: str
    sign: str
    cause: str
    remedy: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StationView:
    """A station as the page shows it."""

    code: str
    name: str
    role: str
    branch: str
    """Code of the building that it stands in; empty: the library's own."""
    place: str
    """The same in words."""
    seen_at: datetime | None
    is_here: bool
    is_paired: bool
    is_revoked: bool
    hall_id: int | None
    hall: str
    """The hall that its way in leads to alone, in words."""
    lets_in: bool
    version: str
    standing: Standing
    """Its release beside the server's; `unknown` for what runs none of ours."""
    queue_length: int
    devices: Sequence[Device]
    alone: Sequence[str]
    """What it does while it is without us, in words; nothing while it is here."""
    past: Sequence[Past]
    """How it was renamed and moved, to be taken back."""

    @property
    def running(self) -> Running:
        """As far as updates go."""
        failed = any(device.ground == "refuse" for device in self.devices)
        return Running(code=self.code, standing=self.standing, is_well=self.is_here and not failed)


@console.get("/stations", endpoint="stations")
def stations_page() -> str:
    """All stations, and the age of the last backup."""
    with database().reading() as db:
        houses, rooms = _houses(db), _rooms(db)
        shown = views(db)
    backups = centre().outside.erasures
    newest = None if backups is None else shelf.latest(backups)
    return render_template(
        "console/stations.html",
        stations=shown,
        branches=list(houses.items()),
        halls=rooms,
        roles=role_choices(),
        server=_SERVER,
        turn=releases.turn([each.running for each in shown]),
        backup=None if newest is None else newest.manifest.made_at,
        now=now(),
    )


def views(db: Session) -> Sequence[StationView]:
    """The stations in reach in words, those that were shut out last."""
    known = select(Station).where(Station.code != desk_events.DESK_STATION)
    rows = db.scalars(known.order_by(Station.revoked_at, Station.code)).all()
    houses, rooms, policy = _houses(db), _rooms(db), settings.read(db).policy
    ours = [row for row in rows if mine().covers(row.branch_code)]
    return [_view(row, houses, rooms, policy, past_of(db, row, houses, rooms)) for row in ours]


def _houses(db: Session) -> Mapping[str, str]:
    return {row.code: reads.place_name(row, words()) for row in reads.branches(db)}


def _rooms(db: Session) -> Mapping[int, str]:
    return {hall.id: hall.name for hall in halls.in_use(db)}


def role_choices() -> Sequence[tuple[str, str]]:
    """What a station may do, with its name."""
    return [(role.value, words().gettext(name)) for role, name in STATION_ROLES.items()]


def _view(
    row: Station, houses: Mapping[str, str], rooms: Mapping[int, str], policy: Policy,
    past: Sequence[Past],
) -> StationView:  # fmt: skip
    health = row.last_health or {}
    seen_at = row.last_seen_at
    is_here = seen_at is not None and now() - seen_at < _HERE_FOR
    decides = row.role is not StationRole.READER and row.revoked_at is None
    return StationView(
        code=row.code,
        name=row.name,
        role=words().gettext(STATION_ROLES[row.role]),
        branch=row.branch_code or "",
        place=houses.get(row.branch_code or "", ""),
        seen_at=seen_at,
        is_here=is_here,
        is_paired=row.token_hash is not None,
        is_revoked=row.revoked_at is not None,
        hall_id=row.hall_id,
        hall=rooms.get(row.hall_id or 0, ""),
        lets_in=row.role is not StationRole.EXIT,
        version=health.get("version", ""),
        standing=releases.standing(health.get("version", ""), _SERVER)
        if decides
        else Standing.UNKNOWN,
        queue_length=health.get("queue_length", 0),
        devices=[
            _device(each)
            for each in health.get("devices", ())
            if each.get("device") in devices.NAMES
        ],
        alone=_alone(row.role, seen_at, policy)
        if decides and seen_at is not None and not is_here
        else (),
        past=past,
    )


def _alone(role: StationRole, seen_at: datetime, policy: Policy) -> Sequence[str]:
    """What a station does by a copy of this age; docs/degradation.md has the whole table."""
    said, age = words(), now() - seen_at
    told = [said.gettext("вирішує за копією даних, яка не новіша за %(moment)s",
                         moment=said.moment(seen_at))]  # fmt: skip
    if role is not StationRole.EXIT:
        told.append(_entries_alone(age, seen_at, policy))
    if role is not StationRole.ENTRANCE:
        told.append(_exits_alone(age, policy))
    return told


def _entries_alone(age: timedelta, seen_at: datetime, policy: Policy) -> str:
    said = words()
    if policy.old_copy is OldCopy.ADMIT:
        return said.gettext("вхід: впускає і позначає «без зв’язку»")
    if age > policy.copy_max_age:
        return said.gettext("вхід: надсилає до Сервісного центру, бо копія застаріла")
    until = said.moment(seen_at + policy.copy_max_age)
    return said.gettext("вхід: впускає до %(moment)s, далі надсилає до Центру", moment=until)


def _exits_alone(age: timedelta, policy: Policy) -> str:
    if age <= policy.loan_counts_max_age or policy.exit_on_old_counts is Verdict.GRANT:
        return words().gettext("вихід: випускає за відомими їй записами")
    return words().gettext("вихід: надсилає до працівника, щоб той перевірив документи")


def _device(told: dict[str, str]) -> Device:
    """A station's own codes: what this server does not know yet is shown as it came."""
    kind, state, code = (told.get(name, "") for name in ("device", "state", "detail"))
    meant = devices.trouble(kind, code, words())
    ground, sign = _LOOKS.get(state, _LOOKS["unknown"])
    return Device(
        name=devices.device_name(kind, words()),
        state=devices.state_name(state, words()) if state in devices.STATES else state,
        ground=ground,
        sign=sign,
        cause="" if state == "works" else meant.cause,
        remedy=meant.remedy,
    )


@console.post("/stations")
def add_station() -> ResponseReturnValue:
    """Make a station known; what it may do begins when it is paired."""
    form = request.form
    code = form.get("code", "").strip().upper()
    try:
        role = StationRole(form.get("role", ""))
    except ValueError:
        abort(400)
    with database().reading() as db:
        taken = db.get(Station, code) is not None
    if not _CODE.fullmatch(code):
        flash(words().gettext("Код станції: дві латинські літери чи цифри, як-от K1."), "desk")
    elif taken:
        flash(words().gettext("Станція з таким кодом уже є."), "desk")
    else:
        stations.register(
            database(), code, name=form.get("name", "").strip()[:200], role=role,
            has_lane=form.get("lane") == "1", actor=f"staff:{staff().staff_id}", at=now(),
            place=Place(chosen_branch()),
        )  # fmt: skip
        return pairing_code(code)
    return redirect(url_for("console.stations"), 303)


@console.post("/stations/<code>/pair")
def pairing_code(code: str) -> ResponseReturnValue:
    """Show a one-time code, once: it is kept as a hash alone."""
    try:
        made = stations.new_pairing_code(
            database(), code, staff_id=staff().staff_id, at=now(), entropy=os.urandom
        )
    except LookupError:
        abort(404)
    with database().reading() as db:
        role = db.scalars(select(Station.role).where(Station.code == code)).one()
    return render_template(
        "console/pairing.html", code=code, pairing=made, minutes=stations.PAIRING_MINUTES,
        is_reader=role is StationRole.READER,
    )  # fmt: skip


@console.post("/stations/<code>/approve")
def approve_station(code: str) -> ResponseReturnValue:
    """Let in the station that shows this code on its own screen."""
    try:
        stations.approve(
            database(), code, request.form.get("shown", ""), staff_id=staff().staff_id, at=now()
        )
    except LookupError:
        abort(404)
    except ValueError:
        flash(words().gettext("На екрані станції десять знаків, як-от AB2CD-EF3GH."), "desk")
    else:
        told = words().gettext(
            "Станцію %(code)s впущено: вона почне роботу за кілька секунд.", code=code
        )
        flash(told, "grant")
    return redirect(url_for("console.stations"), 303)


@console.post("/stations/<code>/revoke")
def revoke_station(code: str) -> ResponseReturnValue:
    """Shut a station out, on its typed code."""
    if request.form.get("typed", "").strip().upper() != code:
        flash(words().gettext("Щоб відкликати станцію, впишіть її код."), "desk")
        return redirect(url_for("console.stations"), 303)
    try:
        stations.revoke(database(), code, actor=f"staff:{staff().staff_id}", at=now())
    except LookupError:
        abort(404)
    said = N_(
        "Станцію відкликано. Її нові листки недійсні, а щойно вона озветься, зітре все, що знає."
    )
    flash(words().gettext(said), "grant")
    return redirect(url_for("console.stations"), 303)
