"""Lanes: how they are, what staff tell them, what happened there, alarms to acknowledge."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.kinds import LaneAct
from server.console.alarms import AT_LANES
from server.console.blueprint import console
from server.console.buildings import is_ours
from server.console.centre import database, now, staff, words
from server.models import LaneAlarm, LaneOrder, Staff, StationEvent, Ticket, Visit
from server.services import lanes, photos
from server.services.by import By
from server.services.house_record import ORDER_HOLDS
from templates import event_words
from templates.words import N_

PHASES = {
    "closed": (event_words.PHASES["closed"], "check", "grant"),
    "open": (event_words.PHASES["open"], "check", "grant"),
    "held": (event_words.PHASES["held"], "door-out", "desk"),
    "shelter": (event_words.PHASES["shelter"], "shelter", "desk"),
    "released": (event_words.PHASES["released"], "door-out", "refuse"),
    "stopped": (event_words.PHASES["stopped"], "ban", "refuse"),
    "": (N_("Ще не відомо"), "question", "past"),
}
LOCKED = (event_words.LOCKED, "ban", "desk")
ORDERS = {
    LaneAct.OPEN_ONCE: N_("Пропустити одну людину"),
    LaneAct.HOLD: N_("Тримати відчиненим"),
    LaneAct.LOCK: N_("Замкнути вхід"),
    LaneAct.UNLOCK: N_("Відімкнути вхід"),
    LaneAct.RESET: N_("Повернути до роботи"),
}
_WAYS = {"in": N_("вхід"), "out": N_("вихід")}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogLine:
    """Something that happened at a lane."""

    at: datetime
    station: str
    what: str
    who: Sequence[str]
    """Who did it and why, and what became of it; empty where there is nothing to say."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSeen:
    """An alarm with all that helps to judge it at a glance."""

    alarm: LaneAlarm
    what: str
    way: str
    name: str
    since: datetime | None
    """When the visit of the ticket that was shown again began."""
    has_photo: bool


@console.get("/lanes", endpoint="lanes")
def lanes_page() -> str:
    """All lanes; the page asks for itself again every two seconds."""
    with database().reading() as session:
        seen = lanes.overview(session, now())
        open_ = lanes.open_alarms(session)
        alarms = [_alarm(session, one) for one in open_ if is_ours(session, one.station_code)]
        log = _log(session)
        ours = {one.station.code for one in seen if is_ours(session, one.station.code)}
        session.expunge_all()
    return render_template(
        "console/lanes.html", lanes=seen, alarms=alarms, log=log, phases=PHASES, locked=LOCKED,
        now=now(), ours=ours,
    )  # fmt: skip


@console.post("/lanes")
def order_lane() -> ResponseReturnValue:
    """Tell a lane what to do."""
    station, act, way = _order(request.form.get("order", ""))
    said = words()
    try:
        done = lanes.order(
            database(), station, act, way=way, reason=request.form.get("reason", ""), by=_by(),
            entropy=os.urandom,
        )  # fmt: skip
    except lanes.NeedsReason:
        flash(said.gettext("Напишіть причину: без неї турнікет так не залишають."), "desk")
    else:
        flash(*(_given(station) if done else (said.gettext("Такого турнікета немає."), "desk")))
    return redirect(url_for("console.lanes"), 303)


def _given(station: str) -> tuple[str, str]:
    """What to say of an order: a station that is silent will hardly hear of it in time."""
    said = words()
    with database().reading() as session:
        silent = {one.station.code for one in lanes.overview(session, now()) if one.silent}
    if station not in silent:
        return said.gettext("Наказ надіслано."), "grant"
    return said.gettext(
        "Станції %(code)s не чути. Наказ чекає на неї %(seconds)s с, далі не діє: відчиніть"
        " турнікет кнопкою біля нього.", code=station, seconds=ORDER_HOLDS.seconds,
    ), "desk"  # fmt: skip


def _by() -> By:
    return By(staff_id=staff().staff_id, at=now())


def _order(told: str) -> tuple[str, LaneAct, str | None]:
    """Which lane, what, and which way; a button carries all of it."""
    station, _, rest = told.partition(" ")
    act, _, way = rest.partition(" ")
    if act not in set(LaneAct) or (way and way not in _WAYS):
        abort(404)
    return station, LaneAct(act), way or None


@console.post("/lanes/alarm")
def acknowledge_alarm() -> ResponseReturnValue:
    """Somebody looked at it."""
    alarm_id = request.form.get("alarm", type=UUID)
    note = request.form.get("note", "")
    if alarm_id is not None:
        lanes.acknowledge(database(), alarm_id, note=note, by=_by())
    return redirect(url_for("console.lanes"), 303)


@console.get("/lanes/alarm/<uuid:alarm_id>/photo")
def alarm_photo(alarm_id: UUID) -> Response:
    """The photo of the reader whose ticket was shown again, while the alarm waits (threat 2)."""
    with database().reading() as session:
        found = session.get(LaneAlarm, alarm_id)
        waits = found is not None and found.acknowledged_at is None and found.ticket_id is not None
        ticket = session.get(Ticket, found.ticket_id) if found is not None and waits else None
        jpeg = None if ticket is None else photos.of(session, ticket.patron_id)
    if jpeg is None:
        abort(404)
    return Response(jpeg, mimetype="image/jpeg")


def _alarm(session: Session, alarm: LaneAlarm) -> AlarmSeen:
    said = words()
    name, since, has_photo = "", None, False
    ticket = None if alarm.ticket_id is None else session.get(Ticket, alarm.ticket_id)
    if ticket is not None:
        name = ticket.patron.display_name
        has_photo = photos.of(session, ticket.patron_id) is not None
        since = session.scalar(
            select(Visit.opened_at)
            .where(Visit.ticket_id == ticket.id, Visit.opened_at < alarm.at)
            .order_by(Visit.opened_at.desc())
            .limit(1)
        )
    return AlarmSeen(
        alarm=alarm, what=said.gettext(AT_LANES.get(alarm.kind, alarm.kind)),
        way=said.gettext(_WAYS[alarm.way]) if alarm.way in _WAYS else "", name=name, since=since,
        has_photo=has_photo,
    )  # fmt: skip


def _log(session: Session) -> Sequence[LogLine]:
    names = dict(session.execute(select(Staff.id, Staff.name)).all())
    ours = (one for one in lanes.log(session) if is_ours(session, one.station_code))
    return [_line(session, one, names) for one in ours]


def _line(
    session: Session, one: StationEvent | LaneOrder | LaneAlarm, names: Mapping[int, str]
) -> LogLine:
    match one:
        case LaneOrder():
            what, who = words().gettext(ORDERS[one.act]), [names.get(one.given_by or 0, "")]
            who += [one.reason, _undone(one)]
        case LaneAlarm():
            what, who = words().gettext(AT_LANES.get(one.kind, one.kind)), _seen_by(one, names)
        case StationEvent():
            what, who = _told(one.payload, one.kind), [_in_charge(session, one.payload)]
    return LogLine(at=lanes.when(one), station=one.station_code, what=what, who=who)


def _undone(order: LaneOrder) -> str:
    """What became of an order that no station has carried out."""
    if order.done_at is not None:
        return ""
    if now() - order.given_at <= ORDER_HOLDS:
        return words().gettext("чекає на станцію")
    return words().gettext("не виконано: станція не озвалася")


def _seen_by(alarm: LaneAlarm, names: Mapping[int, str]) -> list[str]:
    """The way of an alarm, who has seen it and what it was."""
    said = words()
    way = said.gettext(_WAYS[alarm.way]) if alarm.way in _WAYS else ""
    if alarm.acknowledged_at is None:
        return [way, said.gettext("ще ніхто не підтвердив")]
    name = names.get(alarm.acknowledged_by or 0, "")
    at = said.time(alarm.acknowledged_at)
    return [way, said.gettext("підтверджено о %(time)s: %(name)s", time=at, name=name), alarm.note]


def _in_charge(session: Session, payload: Mapping[str, Any]) -> str:
    """Whose pass put the lane back to work at the station itself."""
    ticket_id = payload.get("by_ticket")
    ticket = None if ticket_id is None else session.get(Ticket, str(ticket_id))
    return "" if ticket is None else ticket.patron.full_name


_NO_WAY = N_("напрямок невідомий")


def _told(payload: Mapping[str, Any], kind: str) -> str:
    said = words()
    way = said.gettext(_WAYS.get(str(payload.get("way")), _NO_WAY))
    match kind:
        case "alarm":
            code = str(payload.get("alarm"))
            return said.gettext(AT_LANES.get(code, code))
        case "lane_changed" if payload.get("locked"):
            return said.gettext(LOCKED[0])
        case "lane_changed":
            return said.gettext(PHASES.get(str(payload.get("phase")), PHASES[""])[0])
        case "counted":
            return said.gettext("Пройшла людина вільним шляхом: %(way)s", way=way)
        case _:
            return said.gettext("Дозвіл був, але ніхто не пройшов")
