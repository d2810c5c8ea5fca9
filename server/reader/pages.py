"""The ticket on a phone: opened by a letter's link, kept, and shown without a network (R2.3)."""

from __future__ import annotations

import os
from dataclasses import dataclass
from io import BytesIO

import segno
from flask import Response, abort, jsonify, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from PIL import Image, ImageDraw

from server.console.centre import database, library, now, words
from server.models import LinkUse, Ticket
from server.reader.application import choose_language, pocket, reader
from server.reader.wallets import WalletTicket
from server.services import ticket_links, tickets
from server.services.keys import NoSigningKey
from templates import assets
from templates.tickets.tokens import look

_ICON_SIDES = (180, 192, 512)


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketPage:
    """All that the page shows: of the name no more than a public screen may."""

    token: str
    name: str
    library: str
    number: str
    kind: str
    valid_until: str
    last_day: str
    """The same for scripts, as 2029-01-14."""
    registered_for: int
    phone: str
    code: Markup
    apple: bool
    google: bool


@reader.before_request
def speak() -> None:
    """In the reader's language."""
    choose_language(words())


@reader.get("/t/<token>")
def letter_link(token: str) -> str:
    """What a letter's link opens: a page that makes nothing by itself, as mail filters look too."""
    with database().reading() as session:
        ticket = ticket_links.find(session, token, LinkUse.OPEN, at=now())
        return render_template(
            "reader/open.html",
            name=ticket.patron.display_name,
            library=_library(),
            token=token,
        )


@reader.post("/t/<token>")
def keep_ticket(token: str) -> ResponseReturnValue:
    """Make the page for this phone. The link itself is the proof: no form of ours is needed."""
    kept = ticket_links.keep(database(), token, at=now(), entropy=os.urandom)
    return redirect(url_for("reader.my_ticket", token=kept), 303)


@reader.get("/my/<token>")
def my_ticket(token: str) -> str:
    """The page to keep."""
    ticket, code = _ticket(token)
    return render_template("reader/ticket.html", ticket=_page(token, ticket, code))


@reader.get("/my/<token>/manifest.webmanifest")
def manifest(token: str) -> Response:
    """What a phone needs to put the page among its programs."""
    with database().reading() as session:
        ticket_links.find(session, token, LinkUse.KEEP, at=now())
    start = url_for("reader.my_ticket", token=token)
    answer = jsonify(
        id=start, start_url=start, scope=start, display="standalone", lang=words().language,
        name=words().gettext("Читацький квиток"), short_name=words().gettext("Квиток"),
        icons=[
            {
                "src": url_for("reader.icon", side=side), "sizes": f"{side}x{side}",
                "type": "image/png", "purpose": "any maskable",
            }
            for side in _ICON_SIDES
        ],
    )  # fmt: skip
    answer.mimetype = "application/manifest+json"
    return answer


@reader.get("/my/icon-<int:side>.png")
def icon(side: int) -> Response:
    """The program's sign on a phone."""
    if side not in _ICON_SIDES:
        abort(404)
    response = send_file(BytesIO(draw_icon(side)), "image/png", max_age=24 * 3600)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


@reader.get("/my/worker.js")
def worker() -> Response:
    """The worker that keeps the page; its place is what it may answer for."""
    response = send_file(assets.static_files()["js/ticket-worker.js"], "text/javascript")
    response.headers["Cache-Control"] = "no-cache"
    return response


@reader.get("/my/<token>/lystok.pkpass")
def apple_pass(token: str) -> Response:
    """The ticket for Apple Wallet; 404 where the library has no certificate for it."""
    ticket, code = _ticket(token)
    made = pocket().wallets.apple_pass(_for_wallet(ticket, code))
    if made is None:
        abort(404)
    return Response(made, mimetype="application/vnd.apple.pkpass")


@reader.get("/my/<token>/google")
def google_pass(token: str) -> ResponseReturnValue:
    """On to Google Wallet; 404 where the library has no account for it."""
    ticket, code = _ticket(token)
    address = pocket().wallets.google_link(_for_wallet(ticket, code), now())
    if address is None:
        abort(404)
    return redirect(address, 303)


def _ticket(token: str) -> tuple[Ticket, str]:
    """The ticket of a kept page, with a code as good as any other. Raises Gone."""
    with database().reading() as session:
        ticket = ticket_links.find(session, token, LinkUse.KEEP, at=now())
        try:
            code = tickets.sign(session, ticket, pocket().keys_directory, at=now())
        except NoSigningKey:
            abort(404)
        return ticket, code


def _page(token: str, ticket: Ticket, code: str) -> TicketPage:
    wallets = pocket().wallets
    return TicketPage(
        token=token,
        name=ticket.patron.display_name,
        library=_library(),
        number=ticket.number,
        kind=ticket.kind,
        valid_until=words().date(ticket.valid_until),
        last_day=ticket.valid_until.isoformat(),
        registered_for=ticket.registered_for,
        phone=library().service_centre_phone,
        code=Markup(_svg(code)),  # noqa: S704 - squares drawn here, no word of anybody's
        apple=wallets.has_apple,
        google=wallets.has_google,
    )


def _svg(code: str) -> str:
    drawn = segno.make(code, error="m", boost_error=False)
    svg: str = drawn.svg_inline(
        border=4, omitsize=True, dark="#000", light="#fff", svgclass="code", lineclass=None
    )
    return svg


def _for_wallet(ticket: Ticket, code: str) -> WalletTicket:
    said = words()
    return WalletTicket(
        ticket_id=ticket.id, number=ticket.number, name=ticket.patron.display_name,
        code=code, library=_library(), title=said.gettext("Читацький квиток"),
        holder_label=said.gettext("Читач"), until_label=said.gettext("Чинний до"),
        ends_at=ticket_links.end_of(ticket, library().zone), until=said.date(ticket.valid_until),
        language=said.language,
    )  # fmt: skip


def _library() -> str:
    return library().name_in(words().language)


def draw_icon(side: int) -> bytes:
    """A slip of paper with its rows, on the ticket's own ground; its edge may be cut round."""
    colours = look().colours
    picture = Image.new("RGB", (side, side), colours["field"])
    pen = ImageDraw.Draw(picture)
    unit = side / 16
    pen.rectangle((5 * unit, 3.5 * unit, 11 * unit, 12.5 * unit), fill=colours["panel"])
    for row, width in ((5.5, 4), (7.5, 4), (9.5, 2.5)):
        pen.rectangle(
            (6 * unit, row * unit, (6 + width) * unit, (row + 0.7) * unit), fill=colours["code"]
        )
    written = BytesIO()
    picture.save(written, "PNG", optimize=True)
    return written.getvalue()
