"""Events: written down, changed, copied, called off; who signed up and who came (R4.1.11)."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from http import HTTPStatus

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from pydantic import ValidationError
from sqlalchemy.orm import object_session

from server.console import exports, fields, lists, why
from server.console.blueprint import console
from server.console.buildings import event_is_ours, hall_said
from server.console.centre import database, library, now, words
from server.console.fields import Field, Kind
from server.console.lists import Column
from server.console.pages.setting_pages import by
from server.console.pages.slips import note_print
from server.console.places import may_here
from server.console.tables import halls_in_reach
from server.models import EventKind, EventOfDay, EventSignup, Visit
from server.services import events, search, signup_list, signups
from server.services.events import Plan
from server.services.search import Found, FoundKind
from templates.words import N_, SOURCE_LANGUAGE

_KINDS = {
    EventKind.LECTURE: N_("лекція"),
    EventKind.MEETING: N_("зустріч, круглий стіл"),
    EventKind.EXHIBITION: N_("виставка"),
    EventKind.CONCERT: N_("концерт"),
    EventKind.WORKSHOP: N_("майстерня"),
    EventKind.CLUB: N_("клуб"),
    EventKind.TRAINING: N_("навчання"),
    EventKind.WEBINAR: N_("вебінар"),
    EventKind.VIDEO_CONFERENCE: N_("відеоконференція"),
    EventKind.AUTHORITY_MEETING: N_("зустріч із владою"),
    EventKind.OTHER: N_("інше"),
}
_WEEK = timedelta(days=7)
_LIST_DAYS = 60


def kind_name(kind: EventKind) -> str:
    """What a kind of event is called."""
    return words().gettext(_KINDS[kind])


def _kinds() -> Sequence[tuple[str, str]]:
    return [(kind.value, kind_name(kind)) for kind in _KINDS]


_FIELDS = (
    Field(name="title", label=N_("Назва"), needed=True, most=300),
    Field(name="title_en", label=N_("Назва англійською"), most=300),
    Field(name="kind", label=N_("Вид"), kind=Kind.CHOICE, choices=_kinds, needed=True),
    Field(name="hall_id", label=N_("Зала"), kind=Kind.CHOICE, choices=halls_in_reach, needed=True),
    Field(name="starts_at", label=N_("Початок"), kind=Kind.MOMENT, needed=True),
    Field(name="ends_at", label=N_("Кінець"), kind=Kind.MOMENT, needed=True),
    Field(name="doors_at", label=N_("Вхід від"), kind=Kind.MOMENT,
          help=N_("Порожньо — з початком. Раніше станція листка не дасть.")),
    Field(name="places", label=N_("Місць"), unit=N_("осіб"), kind=Kind.NUMBER,
          help=N_("Порожньо — скільки вміщує зала.")),
    Field(name="description", label=N_("Про захід"), kind=Kind.LONG, most=2000),
)  # fmt: skip


def _title(event: EventOfDay) -> str:
    foreign = words().language != SOURCE_LANGUAGE and event.title_en
    return event.title_en if foreign else event.title


def _hall(event: EventOfDay) -> str:
    session = object_session(event)
    return event.hall if session is None else hall_said(session, event)


_COLUMNS: tuple[Column[EventOfDay], ...] = (
    Column(name="title", label=N_("Назва"), value=_title),
    Column(name="starts", label=N_("Початок"), value=lambda event: event.starts_at),
    Column(name="hall", label=N_("Зала"), value=_hall),
    Column(name="kind", label=N_("Вид"), value=lambda event: kind_name(event.kind)),
    Column(name="places", label=N_("Місць"), value=lambda event: event.places),
    Column(name="state", label=N_("Стан"),
           value=lambda event: words().gettext("скасовано") if event.cancelled_at else ""),
)  # fmt: skip


@console.get("/events/all")
def all_events() -> ResponseReturnValue:
    """Events of a period, to filter, sort and take along."""
    today = library().day(now())
    first = request.args.get("first", today, type=date.fromisoformat)
    last = request.args.get("last", first + timedelta(days=_LIST_DAYS), type=date.fromisoformat)
    with database().reading() as session:
        found = lists.listing(events.between(session, library(), first, last), _COLUMNS)
        file = lists.exported(found, _COLUMNS, "events")
        if file is not None:
            return file
        body = [(event.id, [column.value(event) for column in _COLUMNS]) for event in found.rows]
    return render_template(
        "console/all_events.html", found=found, body=body, first=first, last=last,
        labels=[column.label for column in _COLUMNS],
    )  # fmt: skip


@console.get("/events/new")
def new_event() -> str:
    """An empty event, or a copy a week later."""
    with database().reading() as session:
        model = session.get(EventOfDay, request.args.get("copy", ""))
        if model is None:
            day = request.args.get("day", "")
            typed = {"starts_at": f"{day}T12:00", "ends_at": f"{day}T13:00"} if day else {}
            return _form(typed, {})
        return _form(_typed(model, _WEEK), {})


@console.post("/events")
def make_event() -> ResponseReturnValue:
    """Write an event down."""
    try:
        event_id = events.make(database(), Plan.model_validate(_told()), by(), os.urandom)
    except ValidationError as error:
        return _form(request.form, fields.faults(error)), HTTPStatus.UNPROCESSABLE_ENTITY
    except events.NoHall:
        return _form(request.form, _no_hall()), HTTPStatus.UNPROCESSABLE_ENTITY
    return _kept(event_id)


@console.get("/events/<event_id>/edit")
def edit_event(event_id: str) -> str:
    """An event to be changed."""
    with database().reading() as session:
        event = session.get(EventOfDay, event_id)
        if event is None:
            abort(404)
        return _form(_typed(event), {}, event_id)


@console.post("/events/<event_id>")
def change_event(event_id: str) -> ResponseReturnValue:
    """Keep what was changed."""
    try:
        events.change(database(), event_id, Plan.model_validate(_told()), by())
    except ValidationError as error:
        page = _form(request.form, fields.faults(error), event_id)
        return page, HTTPStatus.UNPROCESSABLE_ENTITY
    except events.NoHall:
        return _form(request.form, _no_hall(), event_id), HTTPStatus.UNPROCESSABLE_ENTITY
    except LookupError:
        abort(404)
    return _kept(event_id)


def _kept(event_id: str) -> ResponseReturnValue:
    """Back to the event; another one in the same hall at the same time is told."""
    flash(words().gettext("Збережено. Станції дізнаються за кілька секунд."), "grant")
    with database().reading() as session:
        others = events.clashes(session, session.get_one(EventOfDay, event_id))
    for other in others:
        said = words().gettext(
            "У цій залі тоді ж: «%(title)s», %(time)s.", title=other.title,
            time=words().moment(other.starts_at),
        )  # fmt: skip
        flash(said, "desk")
    return redirect(url_for("console.event", event_id=event_id), 303)


@console.post("/events/<event_id>/cancel")
def cancel_event(event_id: str) -> ResponseReturnValue:
    """Call an event off, or take that back."""
    try:
        if "back" in request.form:
            events.restore(database(), event_id, by())
        else:
            events.cancel(database(), event_id, request.form.get("reason", ""), by())
    except LookupError:
        abort(404)
    except ValueError:
        flash(words().gettext("Напишіть, чому скасовано."), "desk")
    else:
        flash(words().gettext("Збережено. Станції дізнаються за кілька секунд."), "grant")
    return redirect(url_for("console.event", event_id=event_id), 303)


@console.post("/events/<event_id>/online")
def note_online(event_id: str) -> ResponseReturnValue:
    """How many took part from elsewhere."""
    try:
        events.note_online(database(), event_id, request.form.get("online", -1, type=int), by())
    except LookupError:
        abort(404)
    except ValueError:
        flash(words().gettext("Вкажіть, скільки осіб."), "desk")
    return redirect(url_for("console.event", event_id=event_id), 303)


# --- Who signed up, who came -------------------------------------------------------------------


@console.get("/events/<event_id>", endpoint="event")
def event_page(event_id: str) -> ResponseReturnValue:
    """An event with its list, who is inside, and the slips that are still out."""
    with database().reading() as session:
        event = session.get(EventOfDay, event_id)
        if event is None:
            abort(404)
        ours = event_is_ours(session, event)
        present = signups.attendance(session, event)
        entries = [(entry, signups.name_of(entry)) for entry in signups.entries(session, event_id)]
        queue = signup_list.waiting(session, event_id)
        if request.args.get("format") in exports.FORMATS and ours and may_here("console.sign_up"):
            return _list_as_file(event, entries)
        return render_template(
            "console/event.html", event=event, title=_title(event), kind=kind_name(event.kind),
            present=present, entries=entries, ours=ours, hall=hall_said(session, event),
            is_over=event.ends_at <= now(),
            turns={entry.id: turn for turn, entry in enumerate(queue, 1)},
            full=event.starts_at > now() and signup_list.places_left(session, event, now()) == 0,
            visits=[visit for visit in present.visits if visit.closed_at is None],
        )  # fmt: skip


def _list_as_file(
    event: EventOfDay, entries: Sequence[tuple[EventSignup, str]]
) -> ResponseReturnValue:
    """The list to take along; those who were taken off are left out."""
    said = words().gettext
    columns = (N_("Хто"), N_("Осіб"), N_("Зв’язок"), N_("Прихід"), N_("Чекає на місце"))
    head = [said(each) for each in columns]
    body = [[name, entry.persons, entry.contact, entry.came_at, said("так") if entry.waits else ""]
            for entry, name in entries if entry.cancelled_at is None]  # fmt: skip
    return exports.answer(request.args["format"], f"event-{event.id[:8]}", head, body)


@console.post("/events/<event_id>/signups")
def sign_up(event_id: str) -> ResponseReturnValue:
    """Put somebody on the list: a reader by ticket, another person by name."""
    form = request.form
    code = form.get("ticket", "").strip()
    patron_id = None
    if code:
        found = search.scan(database(), code.encode(), at=now())
        if found.kind is not FoundKind.PATRON:
            flash(words().gettext("Такого квитка немає."), "desk")
            return _to_event(event_id)
        patron_id = found.patron_id
    _sign_up(event_id, patron_id, form.get("persons", 1, type=int))
    return _to_event(event_id)


def _sign_up(event_id: str, patron_id: int | None, persons: int) -> None:
    _ = words().gettext
    try:
        signup_id = signups.sign_up(
            database(), event_id, by(), patron_id=patron_id, name=request.form.get("name", ""),
            contact=request.form.get("contact", ""), persons=persons,
        )  # fmt: skip
    except LookupError:
        abort(404)
    except signups.Twice:
        flash(_("Цей читач уже в списку."), "desk")
    except signups.Full:
        flash(_("Стільки місць уже немає."), "desk")
    except signups.TooLate:
        flash(_("Захід завершено або скасовано."), "desk")
    except ValueError:
        flash(_("Вкажіть квиток або ім’я."), "desk")
    else:
        _say_listed(signup_id, _("Записано."))


def _say_listed(signup_id: int, said: str) -> None:
    """On the list, or waiting for a place: whoever stands there is to hear which."""
    with database().reading() as session:
        turn = signup_list.turn(session, session.get_one(EventSignup, signup_id))
    if turn is None:
        flash(said, "grant")
    else:
        flash(words().gettext("Місць немає: у черзі під номером %(turn)s.", turn=turn), "grant")


@console.post("/events/signups/<int:signup_id>")
def change_signup(signup_id: int) -> ResponseReturnValue:
    """Take off the list, put back, or tick off who came."""
    try:
        if request.form.get("act") == "come":
            return come(signup_id, request.form.get("event", ""))
        if request.form.get("act") == "back":
            return _put_back(signup_id)
        event_id = signups.take_off(database(), signup_id, by())
    except LookupError:
        abort(404)
    flash(words().gettext("Викреслено."), "grant")
    return _to_event(event_id)


def _put_back(signup_id: int) -> ResponseReturnValue:
    try:
        event_id = signups.put_back(database(), signup_id, by())
    except signups.Twice:
        flash(words().gettext("Цей читач уже в списку."), "desk")
        event_id = request.form.get("event", "")
    except signups.Full:
        flash(words().gettext("Стільки місць уже немає."), "desk")
        event_id = request.form.get("event", "")
    else:
        _say_listed(signup_id, words().gettext("Повернуто."))
    return _to_event(event_id)


def come(signup_id: int, event_id: str) -> ResponseReturnValue:
    """Tick off; who has no slip of their own gets one to print. Raises LookupError."""
    try:
        admitted = signups.come(database(), signup_id, by(), os.urandom)
    except signups.Full:
        flash(words().gettext("Вільного місця ще немає."), "desk")
        return _to_event(event_id)
    if admitted is None:
        flash(words().gettext("Відмічено: читач уже має свій листок."), "grant")
    elif admitted.visit_id is None:
        why.tell(admitted.decision)
    else:
        note_print(admitted.visit_id)
        return redirect(url_for("console.slip_paper", visit_id=admitted.visit_id), 303)
    return _to_event(event_id)


def take(event_id: str, found: Found) -> ResponseReturnValue | None:
    """A scan on an event's page; None for a code that is no reader's, or an event elsewhere.

    A ticket ticks off who is on the list, else signs up. A slip is shown by who is here: whoever
    is not on the list is signed up and ticked off at once.
    """
    patron_id = found.patron_id or _of_slip(found)
    if patron_id is None or not _is_here(event_id):
        return None
    waiting = _waiting(event_id, patron_id)
    if not waiting:
        _sign_up(event_id, patron_id, 1)
        waiting = _waiting(event_id, patron_id) if found.visit_id is not None else []
    return come(waiting[0], event_id) if waiting else _to_event(event_id)


def _is_here(event_id: str) -> bool:
    with database().reading() as session:
        event = session.get(EventOfDay, event_id)
        return event is not None and event_is_ours(session, event)


def _of_slip(found: Found) -> int | None:
    """The reader who is inside with this slip."""
    if found.visit_id is None or found.void_number is not None:
        return None
    with database().reading() as session:
        visit = session.get_one(Visit, found.visit_id)
        gone = visit.closed_at is not None
        return None if gone or visit.ticket is None else visit.ticket.patron_id


def _waiting(event_id: str, patron_id: int) -> list[int]:
    """Entries of a reader that are not ticked off."""
    with database().reading() as session:
        return [
            entry.id
            for entry in signups.entries(session, event_id)
            if entry.patron_id == patron_id and entry.cancelled_at is entry.came_at is None
        ]


def _to_event(event_id: str) -> ResponseReturnValue:
    return redirect(url_for("console.event", event_id=event_id), 303)


# --- Its form ----------------------------------------------------------------------------------


def _told() -> Mapping[str, object]:
    return {field.name: fields.read(field, request.form) for field in _FIELDS}


def _typed(event: EventOfDay, later: timedelta = timedelta()) -> Mapping[str, str]:
    told = {field.name: getattr(event, field.name) for field in _FIELDS}
    for name in ("starts_at", "ends_at", "doors_at"):
        told[name] += later
    return {field.name: fields.typed(field, told[field.name]) for field in _FIELDS}


def _no_hall() -> Mapping[str, str]:
    return {"hall_id": words().gettext("Оберіть зі списку.")}


def _form(typed: Mapping[str, str], faults: Mapping[str, str], event_id: str = "") -> str:
    shown = [
        fields.shown(field, typed.get(field.name, ""), faults.get(field.name, ""))
        for field in _FIELDS
    ]
    return render_template(
        "console/event_form.html", fields_shown=shown, event_id=event_id,
        general=faults.get("", ""), has_halls=bool(halls_in_reach()),
    )  # fmt: skip
