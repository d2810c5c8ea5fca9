"""Photos of readers from a folder or ZIP archive: the name of a file is the number of a ticket.

A photo is taken in only with the reader's consent in the ledger (R2.2), and replaces none.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlalchemy import delete, insert, select
from sqlalchemy.orm import Session

from server.models import Photo, Purpose, Ticket
from server.services import consents, photos
from server.services.imports.cells import Cells, FaultCode
from server.services.imports.planning import Fate, Planned, Surroundings, Written
from server.services.imports.tables import Listing, NotReadable, Row, refuse_bombs

_ENDINGS = frozenset({".jpg", ".jpeg", ".png", ".webp"})


def read(folder: Path) -> Listing:
    """The photos of a folder, in the order of their names. Raises OSError."""
    names = sorted(path for path in folder.iterdir() if path.suffix.lower() in _ENDINGS)
    return Listing(_rows(names))


def read_archive(path: Path) -> Listing:
    """The photos of a ZIP archive, whatever folders are in it, unpacked beside it.

    Raises NotReadable, OSError.
    """
    if not zipfile.is_zipfile(path):
        raise NotReadable("no ZIP archive")
    refuse_bombs(path)
    folder = TemporaryDirectory(prefix=f"{path.name}-", dir=path.parent)
    try:
        with zipfile.ZipFile(path) as archive:
            for part in archive.infolist():
                if Path(part.filename).suffix.lower() in _ENDINGS:
                    data = archive.read(part)
                    Path(folder.name, Path(part.filename).name).write_bytes(data)
    except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError) as fault:
        # Damaged, locked by a password, or packed in a way that nobody knows.
        folder.cleanup()
        raise NotReadable(str(fault)) from None
    return replace(read(Path(folder.name)), close=folder.cleanup)


def _rows(paths: Sequence[Path]) -> Iterator[Row]:
    for number, path in enumerate(paths, start=1):
        yield Row(number, {"ticket_number": path.stem, "photo": str(path)})


class Pictures:
    """See `planning.Kind`; the key is the patron's."""

    def plan(self, session: Session, rows: Sequence[Row], on: Surroundings) -> list[Planned]:
        """Judge rows."""
        del on
        numbers = [row.values["ticket_number"] for row in rows]
        found = session.execute(
            select(Ticket.number, Ticket.patron_id).where(Ticket.number.in_(numbers))
        )
        patrons = dict(found.all())
        taken = select(Photo.patron_id).where(Photo.patron_id.in_(patrons.values()))
        have = set(session.scalars(taken))
        return [_planned(session, row, patrons, have) for row in rows]

    def write(
        self, session: Session, planned: Sequence[Planned], on: Surroundings
    ) -> list[Written]:
        """Keep the new ones."""
        new = [{**row.values, "taken_at": on.at} for row in planned if row.fate is Fate.CREATE]
        if new:
            session.execute(insert(Photo), new)
        return [Written(key=str(row["patron_id"])) for row in new]

    def take_back(self, session: Session, written: Sequence[Written], at: datetime) -> int:
        """Forget them; one that was taken anew since is another photo."""
        del at
        mine = Photo.patron_id.in_([int(row.key) for row in written])
        gone = session.scalars(
            delete(Photo).where(mine, Photo.taken_by.is_(None)).returning(Photo.patron_id)
        ).all()
        return len(written) - len(gone)


def _planned(session: Session, row: Row, patrons: dict[str, int], have: set[int]) -> Planned:
    cells = Cells(row.values)
    patron_id = patrons.get(row.values["ticket_number"])
    if patron_id in have:
        return Planned(row=row.number, key=patron_id)
    if patron_id is None:
        cells.blame("ticket_number", FaultCode.UNKNOWN_TICKET)
        return Planned(row=row.number, faults=cells.faults)
    if not consents.holds(session, patron_id, Purpose.PHOTO):
        cells.blame("photo", FaultCode.NO_CONSENT)
    jpeg = _drawn(cells, Path(row.values["photo"]))
    have.add(patron_id)
    values = {"patron_id": patron_id, "jpeg": jpeg}
    return Planned(row=row.number, faults=cells.faults, values=values)


def _drawn(cells: Cells, path: Path) -> bytes:
    try:
        return photos.redraw(path.read_bytes())
    except (OSError, photos.NotAPhoto):
        cells.blame("photo", FaultCode.NOT_A_PHOTO)
        return b""
