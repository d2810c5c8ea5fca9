"""Papers as PDF, set by WeasyPrint from templates of our own; nothing is fetched from anywhere."""

from __future__ import annotations

import base64
from functools import cache
from typing import Any

from flask import render_template

from templates.assets import TEMPLATES, static_files

_FONT = "file:///lystok/manrope.ttf"
_FACE = f'@font-face {{ font-family: Manrope; src: url("{_FONT}"); font-weight: 200 800; }}'


def pdf(template: str, paper: object) -> bytes:
    """The PDF of a paper. Importing WeasyPrint takes its time: only those who print pay it."""
    from weasyprint import CSS, HTML  # noqa: PLC0415 - see above
    from weasyprint.text.fonts import FontConfiguration  # noqa: PLC0415 - see above

    fonts = FontConfiguration()
    fetch = _fetcher()
    css = CSS(string=_FACE + _style(), font_config=fonts, url_fetcher=fetch)
    page = HTML(string=render_template(f"papers/{template}", paper=paper), url_fetcher=fetch)
    written: bytes = page.write_pdf(stylesheets=[css], font_config=fonts)
    return written


def data_address(kind: str, data: bytes) -> str:
    """A picture within the paper itself."""
    return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}"


@cache
def _style() -> str:
    return (TEMPLATES / "papers" / "paper.css").read_text("utf-8")


@cache
def _fetcher() -> Any:
    """Knows the typeface and what stands in the paper itself, and no way to anywhere else."""
    from weasyprint.urls import URLFetcher, URLFetcherResponse  # noqa: PLC0415 - see above

    class OnlyOurs(URLFetcher):  # type: ignore[misc, unused-ignore]
        """Refuses every address but the typeface's and data within the page."""

        def fetch(self, url: str, headers: Any = None) -> Any:
            """Raises ValueError for an address elsewhere."""
            if url == _FONT:
                font = static_files()["fonts/manrope.ttf"].read_bytes()
                return URLFetcherResponse(url, font, {"Content-Type": "font/ttf"})
            if not url.startswith("data:"):
                raise ValueError(f"papers fetch nothing: {url[:40]}")
            return super().fetch(url, headers)

    return OnlyOurs()
