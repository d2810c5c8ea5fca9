"""The e-ticket by e-mail, and the links that open it on a phone (R2.3)."""

from __future__ import annotations

import os
from dataclasses import dataclass

from flask import abort, flash, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from gate.facts import TicketState
from server.console import letters, notice_words
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, words
from server.console.pages.enrolment import by
from server.console.pages.patrons import best_ticket
from server.models import Mail, MailKind, MailState, Patron, Ticket
from server.services import mail, ticket_links, tickets
from server.services.keys import NoSigningKey
from templates.words import SOURCE_LANGUAGE, languages, words_for


@dataclass(frozen=True, slots=True, kw_only=True)
class PostView:
    """What the ticket's page shows of letters and links."""

    address: str
    last: Mail | None
    trouble: str
    """Why the last letter did not go, or not yet; empty where nothing is known against it."""
    phones: int


def post_view(session: Session, patron: Patron, ticket: Ticket | None) -> PostView | None:
    """None where no letters can be sent, or there is no valid ticket."""
    if ticket is None or not _is_good(ticket) or not centre().outside.mail_sender:
        return None
    last = mail.last_of(session, patron.id, MailKind.TICKET)
    return PostView(
        address=patron.email,
        last=last,
        trouble=_trouble(last),
        phones=ticket_links.count(session, ticket.id),
    )


def _is_good(ticket: Ticket) -> bool:
    """Whether it opens doors today: neither lost, replaced or cancelled, nor over."""
    return ticket.state is TicketState.ACTIVE and ticket.valid_until >= library().day(now())


def _trouble(last: Mail | None) -> str:
    if last is None or not last.problem:
        return ""
    return notice_words.trouble(last.problem, words(), waits=last.state is MailState.WAITING)


@console.post("/patrons/<int:patron_id>/ticket/send")
def send_ticket(patron_id: int) -> ResponseReturnValue:
    """Put the letter with the ticket into the queue; 404 where there is nothing to send."""
    ticket = _valid_ticket(patron_id)
    said, keys = words(), centre().keys_directory
    if not centre().outside.mail_sender or keys is None:
        abort(404)
    if not ticket.patron.email:
        flash(said.gettext("Спершу запишіть електронну пошту читача."), "desk")
        return redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)
    try:
        code = tickets.issue_code(database(), ticket.number, keys, actor=by().actor, at=now())
    except NoSigningKey:
        abort(404)
    _queue(ticket, code)
    flash(said.gettext("Лист із квитком надсилаємо."), "grant")
    return redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)


def _queue(ticket: Ticket, code: str) -> None:
    """The letter is written in the reader's language, the page goes on in the librarian's."""
    here = words()
    chosen = request.form.get("language", SOURCE_LANGUAGE)
    g.words = words_for(chosen if chosen in languages() else SOURCE_LANGUAGE, library().zone)
    try:
        with database().writing() as session:
            link = _link(session, ticket)
            letter = letters.of_ticket(ticket, code, link, library(), words())
            mail.put(
                session, letter, sender=centre().outside.mail_sender,
                sender_name=library().name_in(letter.language), actor=by().actor, at=now(),
            )  # fmt: skip
    finally:
        g.words = here


def _link(session: Session, ticket: Ticket) -> str:
    """Never by the address that a browser told: somebody else may have written that one."""
    base = centre().outside.base_url
    if not base:
        return ""
    token = ticket_links.to_send(session, ticket, at=now(), entropy=os.urandom)
    return f"{base.rstrip('/')}/t/{token}"


@console.post("/patrons/<int:patron_id>/ticket/links")
def revoke_links(patron_id: int) -> ResponseReturnValue:
    """End every link to the ticket."""
    ticket_links.revoke(database(), _valid_ticket(patron_id).id, by=by())
    flash(words().gettext("Посилання на квиток більше не діють."), "grant")
    return redirect(url_for("console.ticket_desk", patron_id=patron_id), 303)


def _valid_ticket(patron_id: int) -> Ticket:
    with database().reading() as session:
        patron = session.get(Patron, patron_id)
        ticket = best_ticket(patron.tickets) if patron else None
        if ticket is None or not _is_good(ticket):
            abort(404)
        return tickets.by_number(session, ticket.number)
