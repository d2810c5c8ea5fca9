"""Computers of the centre by hours of a day: who booked what, and booking for whom was scanned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from flask import Response, abort, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gate.facts import TicketState
from server.console import papers
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, words
from server.console.pages.information_centre import by, served
from server.console.pages.payments import bounds
from server.console.pages.slips import as_response
from server.models import Ticket, Visit, Workplace, WorkplaceBooking, WorkplaceUse
from server.services import reach, workplace_bookings, workplaces
from server.services.search import Found
from server.services.workplace_bookings import NotBooked, Whose, Wish
from templates.slips.content import BookingContent
from templates.words import N_

_BOOKER = "workplace_booker"
LENGTHS = (30, 60, 90, 120, 180, 240)
_NOBODY = N_("Спершу скануйте квиток або листок того, хто бронює.")
_WHY = {
    "past": N_("Ця година вже минула."),
    "too_far": N_("Так далеко наперед не бронюють."),
    "closed": N_("У ці години центр не працює."),
    "late": N_("До закриття лишається менше. Оберіть коротший час."),
    "length": N_("Оберіть, на скільки: від пів години до чотирьох годин."),
    "taken": N_("Цей час уже зайнято. Оберіть інший або коротший."),
    "already": N_("На цей час у читача вже є бронь."),
    "too_many": N_("У читача вже три броні наперед."),
    "over": N_("Цієї броні вже немає."),
}


@dataclass(frozen=True, slots=True)
class Cell:
    """Half an hour of a place: what is in it, or that it may be booked."""

    entries: Sequence[tuple[str, bool]]
    """Ticket or slip, and whether this is where it begins."""
    value: str
    """Place and begin, as the form sends them."""
    is_free: bool


@dataclass(frozen=True, slots=True)
class Entry:
    """A booking of the day as the list shows it."""

    row: WorkplaceBooking
    who: str
    state: str
    """`coming`, `due`, `sits`, `done`, `missed`, `cancelled`."""


def take(found: Found) -> ResponseReturnValue:
    """A scan on this page: who books, inside or not."""
    with database().reading() as db:
        ticket = None if found.ticket_id is None else db.get(Ticket, found.ticket_id)
        is_good = ticket is not None and ticket.state is TicketState.ACTIVE
        if ticket is not None and is_good and ticket.valid_until >= library().day(now()):
            session[_BOOKER] = {"ticket": ticket.id}
            return _back()
    if ticket is not None:
        flash(words().gettext("Квиток нечинний: спершу до Сервісного центру."), "desk")
        return _back()
    visit_id = served(found)
    if visit_id is not None:
        session[_BOOKER] = {"visit": str(visit_id)}
    return _back()


@console.get("/workplaces/bookings", endpoint="bookings")
def bookings_page() -> str:
    """A day by half hours and places, and every booking of it."""
    day = request.args.get("day", library().day(now()), type=date.fromisoformat)
    with database().reading() as db:
        room = workplaces.room(db, now(), mine())
        open_ = workplace_bookings.hours(db, library(), day, mine())
        entries = [_entry(row) for row in workplace_bookings.between(db, *bounds(day), mine())]
        booker = _booker(db)
        grid = [] if open_ is None else _grid(db, room, open_, entries)
        return render_template(
            "console/bookings.html", day=day, before=day - timedelta(days=1),
            after=day + timedelta(days=1), today=library().day(now()), grid=grid, open_=open_,
            computers=[place for place, _ in room.places], entries=entries,
            booker=None if booker is None else _named(db, booker), lengths=LENGTHS, now=now(),
            grace=library().booking_grace_min,
        )  # fmt: skip


@console.post("/workplaces/bookings", endpoint="book_workplace")
def book() -> ResponseReturnValue:
    """Keep a place for whoever was scanned."""
    wish, actor = _wish(), by()
    with database().reading() as db:
        who = _booker(db)
    if wish is None or who is None:
        flash(words().gettext(_NOBODY), "desk")
        return _back()
    try:
        kept = workplace_bookings.book(
            database(), who, wish, staff_id=actor.staff_id, actor=actor.actor, at=actor.at,
            within=mine(),
        )  # fmt: skip
    except (NotBooked, LookupError) as refused:
        flash(words().gettext(_WHY.get(str(refused), _WHY["taken"])), "desk")
        return _back()
    session.pop(_BOOKER, None)
    said = words().gettext("Заброньовано: %(place)s, %(moment)s–%(time)s.",
                           place=kept.workplace.name, moment=words().moment(kept.begins_at),
                           time=words().time(kept.ends_at))  # fmt: skip
    flash(said, "grant")
    return _back()


def _wish() -> Wish | None:
    """What the form says; None where it says nothing of use."""
    place, _, at = request.form.get("slot", "").partition("|")
    minutes = request.form.get("minutes", 60, type=int)
    try:
        begins_at, number = datetime.fromisoformat(at), int(place)
    except ValueError:
        return None
    if begins_at.tzinfo is None:
        return None
    return Wish(begins_at, minutes if minutes in LENGTHS else 0, number)


@console.post("/workplaces/bookings/cancel", endpoint="cancel_booking")
def cancel() -> ResponseReturnValue:
    """Give a booked place back."""
    actor = by()
    try:
        workplace_bookings.cancel(
            database(), request.form.get("booking", 0, type=int), actor=actor.actor, at=actor.at
        )
    except NotBooked as refused:
        flash(words().gettext(_WHY[str(refused)]), "desk")
    else:
        flash(words().gettext("Бронь скасовано."), "grant")
    if "room" in request.form:
        return redirect(url_for("console.workplaces"), 303)
    return _back()


@console.get("/workplaces/bookings/<int:number>", endpoint="booking_paper")
def paper(number: int) -> str:
    """The slip of a booking on a page that prints in its true size."""
    with database().reading() as db:
        row = _known(db, number)
        return render_template(
            "console/booking_paper.html", number=number, day=library().day(row.begins_at)
        )


@console.get("/workplaces/bookings/<int:number>.png", endpoint="booking_picture")
def picture(number: int) -> Response:
    """The slip as the printer shall burn it."""
    return as_response(papers.as_png(papers.booking(_content(number), words())), "image/png")


@console.get("/workplaces/bookings/<int:number>.pdf", endpoint="booking_file")
def file(number: int) -> Response:
    """The slip as a file whose page is as wide as the roll."""
    return as_response(papers.as_pdf(papers.booking(_content(number), words())), "application/pdf")


def _known(db: Session, number: int) -> WorkplaceBooking:
    row = db.get(WorkplaceBooking, number)
    return row if row is not None and row.cancelled_at is None else abort(404)


def _content(number: int) -> BookingContent:
    said = words()
    with database().reading() as db:
        row = _known(db, number)
        building = reach.of_department(db, row.workplace.department_code)
        house = library().at_branch(building.branch)
        centre = reach.centre(db, building)
        return BookingContent(
            library=house.name_in(said.language), number=str(number),
            place=row.workplace.name, kept_min=house.booking_grace_min,
            hours=f"{said.time(row.begins_at)}–{said.time(row.ends_at)}",
            day=f"{said.date(row.begins_at)}, {said.weekday(row.begins_at)}",
            phone=(centre and centre.phone) or house.service_centre_phone,
        )  # fmt: skip


def name_of(row: WorkplaceBooking) -> str:
    """Whose it is: the number of the ticket, or of the slip where there is no ticket."""
    if row.ticket is not None:
        return row.ticket.number
    return "" if row.visit is None else row.visit.slip_number


def _booker(db: Session) -> Whose | None:
    kept: Mapping[str, str] = session.get(_BOOKER, {})
    if "ticket" in kept:
        return Whose(kept["ticket"])
    visit = db.get(Visit, UUID(kept["visit"])) if "visit" in kept else None
    if visit is None or visit.closed_at is not None:
        return None
    return workplace_bookings.whose(db, visit.id)


def _named(db: Session, who: Whose) -> str:
    if who.ticket_id is not None:
        return words().gettext("квиток %(number)s", number=db.get_one(Ticket, who.ticket_id).number)
    visit = db.get_one(Visit, who.visit_id)
    return words().gettext("листок %(number)s", number=visit.slip_number)


def _entry(row: WorkplaceBooking) -> Entry:
    return Entry(row, name_of(row), _state(row))


def _state(row: WorkplaceBooking) -> str:
    if row.cancelled_at is not None:
        return "cancelled"
    if row.use is not None:
        return "sits" if row.use.ended_at is None else "done"
    if row.begins_at > now():
        return "coming"
    kept_until = row.begins_at + timedelta(minutes=library().booking_grace_min)
    return "due" if now() < min(kept_until, row.ends_at) else "missed"


def _grid(
    db: Session, room: workplaces.Room, open_: workplace_bookings.Time, entries: Sequence[Entry]
) -> Sequence[tuple[datetime, Sequence[Cell]]]:
    kept = [each for each in entries if each.state in ("coming", "due")]
    return [
        (at, [_cell(db, place, use, kept, at) for place, use in room.places])
        for at in workplace_bookings.slots(open_)
        if at + workplace_bookings.STEP > now()
    ]


def _cell(
    db: Session, place: Workplace, use: WorkplaceUse | None, kept: Sequence[Entry], at: datetime
) -> Cell:
    end = at + workplace_bookings.STEP
    found = [
        (each.who, at <= each.row.begins_at)
        for each in kept
        if each.row.workplace_id == place.id and at < each.row.ends_at and each.row.begins_at < end
    ]
    if use is not None and use.started_at is not None and use.ends_at is not None:
        until = max(use.ends_at, now())
        if at < until and use.started_at < end:
            slip = db.get_one(Visit, use.visit_id).slip_number
            found.insert(0, (slip, use.started_at >= at))
    return Cell(found, f"{place.id}|{at.isoformat()}", not found and at >= now())


def _back() -> ResponseReturnValue:
    day = request.form.get("day")
    place = url_for("console.bookings", day=day) if day else url_for("console.bookings")
    return redirect(place, 303)
