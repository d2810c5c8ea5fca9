"""Styles, scripts, pictograms and the typeface, and nothing that is not listed."""

from __future__ import annotations

from flask import Response, abort, send_file

from server.console.blueprint import console
from templates import assets

_A_YEAR_S = 365 * 24 * 3600


@console.get("/assets/<edition>/<path:name>")
def static_file(edition: str, name: str) -> Response:
    """A listed file; an address of this edition may be kept for ever."""
    path = assets.static_files().get(name)
    if path is None:
        abort(404)
    response = send_file(path, mimetype=assets.mime_type(name), conditional=True)
    kept = edition == assets.edition()
    response.headers["Cache-Control"] = (
        f"public, max-age={_A_YEAR_S}, immutable" if kept else "no-cache"
    )
    return response
