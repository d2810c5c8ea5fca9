"""Photos of readers: what was uploaded is drawn anew, small and without a word about itself.

The bytes that somebody sent are never kept: no place of taking, no embedded preview, no bomb.
"""

from __future__ import annotations

import io
import warnings

from PIL import Image, ImageOps
from sqlalchemy.orm import Session

from server.database import Database
from server.models import Patron, Photo, Purpose
from server.services import audit, consents, enrolment
from server.services.by import By

LARGEST_BYTES = 8 * 1024 * 1024
SIZE = (600, 800)
"""3 to 4, as the rules ask."""
_MOST_PIXELS = 40_000_000
_LEAST_SIDE = 300
_FORMATS = ("JPEG", "PNG", "WEBP")
_QUALITY = 88


class NotAPhoto(ValueError):
    """It can't be read as a photo, is too small, or too large."""


class NoRoom(Exception):
    """The disk is nearly full: what room is left is for visits (fault 24)."""


class NoConsent(Exception):
    """The reader did not agree to a photo."""


def redraw(data: bytes) -> bytes:
    """A JPEG of 600 x 800 pixels without metadata. Raises NotAPhoto."""
    if len(data) > LARGEST_BYTES:
        raise NotAPhoto("too many bytes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            return _redraw(data)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as fault:
        raise NotAPhoto(str(fault)) from None


def _redraw(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=_FORMATS) as sent:
        width, height = sent.size
        if width * height > _MOST_PIXELS or min(width, height) < _LEAST_SIDE:
            raise NotAPhoto("not the size of a photo")
        sent.draft("RGB", (2 * SIZE[0], 2 * SIZE[1]))
        upright = ImageOps.exif_transpose(sent).convert("RGB")
    clean = Image.new("RGB", SIZE)
    clean.paste(ImageOps.fit(upright, SIZE, centering=(0.5, 0.4)))
    written = io.BytesIO()
    clean.save(written, "JPEG", quality=_QUALITY, optimize=True)
    return written.getvalue()


def keep(database: Database, patron_id: int, data: bytes, *, by: By) -> None:
    """Keep the photo of a reader who agreed to it.

    Raises NotAPhoto, NoConsent, NoRoom, LookupError.
    """
    jpeg = redraw(data)
    if database.reserve is not None and not database.reserve.allows_photos():
        raise NoRoom
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        if not consents.holds(session, patron_id, Purpose.PHOTO):
            raise NoConsent
        session.merge(Photo(patron_id=patron_id, jpeg=jpeg, taken_at=by.at, taken_by=by.staff_id))
        enrolment.note_photo(session, patron_id, by)
        audit.record(
            session, at=by.at, actor=by.actor, action="photo_kept",
            about=("patron", str(patron_id)),
        )  # fmt: skip


def of(session: Session, patron_id: int) -> bytes | None:
    """The JPEG of a reader, if there is one."""
    found = session.get(Photo, patron_id)
    return None if found is None else found.jpeg


def edition(session: Session, patron_id: int) -> int:
    """A number that changes when the photo does; 0 where there is none."""
    found = session.get(Photo, patron_id)
    return 0 if found is None else int(found.taken_at.timestamp())
