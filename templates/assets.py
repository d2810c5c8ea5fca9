"""Files that a page may load: our own styles, scripts and pictograms, and the installed typeface.

Only what is listed here is ever served, so no path from a request reaches the disk.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

import font_manrope
from jinja2 import Environment
from markupsafe import Markup

TEMPLATES = Path(__file__).parent
"""Folder of the page templates: `kiosk/…html`, `console/…html`."""

_STATIC = TEMPLATES / "static"
_SILENT = Markup('aria-hidden="true"')
_MIME_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml; charset=utf-8",
    ".ttf": "font/ttf",
}


@cache
def static_files() -> Mapping[str, Path]:
    """Every file that may be served, by its name below the prefix (`tokens.css`, `js/scan.js`)."""
    own = (path for path in _STATIC.rglob("*") if path.suffix in _MIME_TYPES)
    found = {path.relative_to(_STATIC).as_posix(): path for path in own}
    family = Path(font_manrope.font_directory) / "Manrope-VariableFont_wght.ttf"
    return MappingProxyType({**found, "fonts/manrope.ttf": family})


def mime_type(name: str) -> str:
    """Content type of a listed file."""
    return _MIME_TYPES[Path(name).suffix]


@cache
def fingerprint(name: str) -> str:
    """Short hash of a file's content: its address changes when it does.

    Raises KeyError for a name that is not listed.
    """
    return hashlib.sha256(static_files()[name].read_bytes()).hexdigest()[:12]


@cache
def edition() -> str:
    """Short hash of all files together.

    As a part of the prefix it makes every address new when anything changes, those too that a
    style or a script names itself: the typeface, the other scripts.
    """
    names = sorted(static_files())
    return hashlib.sha256("".join(map(fingerprint, names)).encode()).hexdigest()[:12]


def icon(name: str, label: str = "", *, prefix: str = "/static") -> Markup:
    """A pictogram of the sprite; without a label it is decoration and is not read aloud."""
    address = f"{prefix}/icons.svg?v={fingerprint('icons.svg')}#{name}"
    spoken = Markup('role="img" aria-label="{}"').format(label) if label else _SILENT
    return Markup('<svg class="icon icon-{}" {}><use href="{}"></use></svg>').format(
        name, spoken, address
    )


def install(environment: Environment, prefix: str = "/static") -> None:
    """Give templates `asset(name)`, an address that changes with the file, and `icon(name)`."""

    def asset(name: str) -> str:
        return f"{prefix}/{name}?v={fingerprint(name)}"

    def picture(name: str, label: str = "") -> Markup:
        return icon(name, label, prefix=prefix)

    environment.globals.update(asset=asset, icon=picture)
