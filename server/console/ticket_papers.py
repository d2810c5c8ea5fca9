"""The e-ticket drawn, and as a paper: for the desk's pages and for letters."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO

from server.console.printing import data_address
from server.models import Ticket
from server.services.settings import LibrarySettings
from templates.tickets.draw import draw_code_only, draw_ticket
from templates.words import SOURCE_LANGUAGE, Words


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPaper:
    """The ticket as a picture in a paper."""

    library: str
    number: str
    picture: str
    valid_until: str


def picture_of(ticket: Ticket, code: str, library: LibrarySettings, said: Words) -> bytes:
    """The e-ticket as PNG; its patron must be loaded."""
    card = draw_ticket(
        code, ticket.number, ticket.kind, library.name_in(said.language),
        name=ticket.patron.display_name, valid_until=said.date(ticket.valid_until),
        language="uk" if said.language == SOURCE_LANGUAGE else "en",
    )  # fmt: skip
    written = BytesIO()
    card.save(written, "PNG", optimize=True)
    return written.getvalue()


def code_alone(code: str) -> bytes:
    """The QR code alone as PNG, black on white."""
    written = BytesIO()
    draw_code_only(code).save(written, "PNG", optimize=True)
    return written.getvalue()


def paper_of(ticket: Ticket, picture: bytes, library: LibrarySettings, said: Words) -> TicketPaper:
    """What the templates of card and sheet take."""
    return TicketPaper(
        library=library.name_in(said.language),
        number=ticket.number,
        picture=data_address("image/png", picture),
        valid_until=said.date(ticket.valid_until),
    )
