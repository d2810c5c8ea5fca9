"""Letters that the desk sends: the reader's own e-ticket (R2.3)."""

from __future__ import annotations

from dataclasses import dataclass

from flask import render_template

from server.console.printing import pdf
from server.console.ticket_papers import code_alone, paper_of, picture_of
from server.models import MailKind, Ticket
from server.services import ticket_links
from server.services.mail import Attachment, Letter
from server.services.settings import LibrarySettings
from templates.words import Words

_PICTURE = "code"


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketLetter:
    """All that the letter says."""

    name: str
    library: str
    phone: str
    number: str
    valid_until: str
    link: str
    """Address of the page to keep on a phone; empty where this server tells no address."""
    link_days: int = ticket_links.OPEN_DAYS
    picture: str = f"cid:{_PICTURE}"


def of_ticket(
    ticket: Ticket, code: str, link: str, library: LibrarySettings, said: Words
) -> Letter:
    """The letter with the ticket: as a picture, as a sheet to print, and a link to keep it.

    Its templates speak the language of the page: that is to be the one of `said`.
    """
    picture = picture_of(ticket, code, library, said)
    about = TicketLetter(
        name=ticket.patron.display_name, library=library.name_in(said.language),
        phone=library.service_centre_phone, number=ticket.number,
        valid_until=said.date(ticket.valid_until), link=link,
    )  # fmt: skip
    sheet = pdf("ticket_sheet.html", paper_of(ticket, picture, library, said))
    return Letter(
        kind=MailKind.TICKET,
        patron_id=ticket.patron_id,
        recipient=ticket.patron.email,
        subject=said.gettext("Ваш читацький квиток: %(library)s", library=about.library),
        text=render_template("mail/ticket_text.html", letter=about),
        html=render_template("mail/ticket.html", letter=about),
        language=said.language,
        attachments=(
            Attachment("code.png", code_alone(code), "image", "png", _PICTURE),
            Attachment("ticket.png", picture, "image", "png"),
            Attachment("ticket.pdf", sheet, "application", "pdf"),
        ),
    )
