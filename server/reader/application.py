"""How the reader's pages join the application that serves the console.

They know no staff, no session and no form of the console: what opens them is a link that nobody
can guess (threat 14).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import cast

from flask import Blueprint, Flask, Response, current_app, g, render_template, request

from server.config import WalletSection
from server.reader.wallets import Wallets
from server.services.ticket_links import Gone
from templates.words import SOURCE_LANGUAGE, Words, languages, words_for

reader = Blueprint("reader", __name__)
_EXTENSION = "lystok-reader"

HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "font-src 'self'; connect-src 'self'; manifest-src 'self'; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
"""The link is the key: it is told to nobody, not even as the page one came from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pocket:
    """What the reader's pages need beside the console's centre."""

    keys_directory: Path
    wallets: Wallets


def register(app: Flask, *, keys_directory: Path, wallet: WalletSection) -> None:
    """Join an application to which the console was joined before. Raises wallets.KeyUnusable."""
    from server.reader import notices, pages  # noqa: F401, PLC0415 - they stand on the blueprint

    wallets = Wallets(wallet, pages.draw_icon)
    app.extensions[_EXTENSION] = Pocket(keys_directory=keys_directory, wallets=wallets)
    app.register_blueprint(reader)


def pocket() -> Pocket:
    """The parts of the application that answers now."""
    return cast(Pocket, current_app.extensions[_EXTENSION])


def choose_language(zone_of: Words) -> Words:
    """The reader's own language: the link's choice, or what the phone asks for."""
    wished = request.args.get("lang") or request.accept_languages.best_match(list(languages()))
    known = wished if wished in languages() else SOURCE_LANGUAGE
    g.words = words_for(known, zone_of.timezone)
    return cast(Words, g.words)


@reader.after_request
def protect(response: Response) -> Response:
    """Headers of every page."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


@reader.errorhandler(Gone)
def gone(_error: Gone) -> tuple[str, int]:
    """The same for a link that is over and for one that never was."""
    return render_template("reader/gone.html"), HTTPStatus.GONE
