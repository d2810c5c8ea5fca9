"""Scan anywhere: whatever was scanned or typed opens what it stands for."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from gate.facts import TicketState
from server.console.blueprint import console
from server.console.centre import database, now, staff, words
from server.console.labels import ticket_state_name
from server.console.pages import (
    bookings,
    centre_plans,
    centre_sales,
    desk,
    door,
    event_pages,
    information_centre,
    workplaces,
)
from server.console.places import first_place
from server.console.roles import may
from server.models import Ticket
from server.services import search
from server.services.search import Found, FoundKind

_SIGNS_MOST = 1000
_WORDS_MOST = 100
_SHOWN = 20
_OF_THE_CENTRE = {
    "centre": information_centre.take, "sales": centre_sales.take, "workplaces": workplaces.take,
    "bookings": bookings.take,
}  # fmt: skip


@console.post("/scan")
def scan() -> ResponseReturnValue:
    """Open what was scanned; the desk and the exit take their own scans first."""
    text = request.form.get("code", "")[:_SIGNS_MOST].strip()
    if not text:
        return redirect(url_for(first_place()), 303)
    found = search.scan(database(), text.encode(), at=now())
    return _taken_by_the_page(found, text) or _open(found) or _search(found, text)


def _taken_by_the_page(found: Found, text: str) -> ResponseReturnValue | None:
    """Where somebody lends or lets out, a scan is work there and opens nothing else."""
    place, role = request.form.get("from", ""), staff().role
    if place == "desk" and may(role, "console.desk"):
        return desk.take(found, text)
    if place in _OF_THE_CENTRE and may(role, "console.information_centre"):
        return _OF_THE_CENTRE[place](found)
    if place == "stock" and may(role, "console.see_stock"):
        return centre_plans.take(text)
    event_id = place.removeprefix("event:")
    if place != event_id and may(role, "console.sign_up"):
        return event_pages.take(event_id, found)
    if place == "exit" or not may(role, "console.visit"):
        return door.take(found) if may(role, "console.exit") else None
    return None


def _open(found: Found) -> ResponseReturnValue | None:
    """The page of what was found, if this role may see it."""
    role = staff().role
    if found.patron_id is not None and may(role, "console.patron"):
        _warn_of_a_dead_ticket(found.ticket_id)
        return redirect(url_for("console.patron", patron_id=found.patron_id), 303)
    if found.visit_id is not None and may(role, "console.visit"):
        return redirect(url_for("console.visit", visit_id=found.visit_id), 303)
    if found.preregistration_id is not None and may(role, "console.preregistration"):
        known = found.preregistration_id
        return redirect(url_for("console.preregistration", known=known), 303)
    if found.document_id is not None and may(role, "console.document"):
        return redirect(url_for("console.document", document_id=found.document_id), 303)
    return None


def _warn_of_a_dead_ticket(ticket_id: str | None) -> None:
    """The reader's page tells what the ticket of now is worth, not that another was in hand."""
    if ticket_id is None:
        return
    with database().reading() as session:
        ticket = session.get_one(Ticket, ticket_id)
    if ticket.state is not TicketState.ACTIVE:
        state = ticket_state_name(ticket.state)
        said = words().gettext(
            "Скановано квиток %(number)s: %(state)s. За ним не впускають.",
            number=ticket.number, state=state,
        )  # fmt: skip
        flash(said, "refuse")


def _search(found: Found, text: str) -> ResponseReturnValue:
    """On to the page with an address of its own, to which one comes back."""
    if found.kind is FoundKind.BAD_SIGNATURE:
        flash(words().gettext("Підпис коду неправильний. Можлива підробка."), "refuse")
    elif found.patron_id is not None:
        flash(words().gettext("Це квиток. Читачів відкриває Сервісний центр."), "desk")
        return redirect(url_for(first_place()), 303)
    return redirect(url_for("console.search", q=text[:_WORDS_MOST]), 303)


@console.get("/search", endpoint="search")
def search_page() -> str:
    """Readers by a part of name, number or phone, for roles that may see readers."""
    text = request.args.get("q", "").strip()[:_WORDS_MOST]
    allowed = may(staff().role, "console.patron") and text
    rows = search.patrons(database(), text, limit=_SHOWN + 1) if allowed else []
    return render_template(
        "console/found.html", rows=rows[:_SHOWN], asked=text, more=len(rows) > _SHOWN
    )
