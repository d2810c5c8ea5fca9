"""At a glance and without an account: whether the entrance works. Names nobody and no device."""

from __future__ import annotations

from datetime import datetime, timedelta

from flask import render_template
from sqlalchemy import select

from server.backup import shelf
from server.console.blueprint import console
from server.console.centre import centre, database, now
from server.models import Station, StationRole

_HEARD_FOR = timedelta(minutes=2)
_BACKUP_FOR = timedelta(days=2)


@console.get("/status")
def status() -> str:
    """How many stations are heard, how old the last backup is."""
    at, heard = now(), (Station.last_seen_at > now() - _HEARD_FOR)
    with database().reading() as db:
        known = db.scalars(
            select(heard).where(
                Station.paired_at.is_not(None), Station.revoked_at.is_(None),
                Station.role != StationRole.READER,
            )
        ).all()  # fmt: skip
    backup = _last_backup()
    return render_template(
        "console/status.html",
        heard=sum(map(bool, known)),
        known=len(known),
        backup=backup,
        backup_is_old=backup is not None and at - backup > _BACKUP_FOR,
    )


def _last_backup() -> datetime | None:
    folder = centre().outside.erasures
    newest = None if folder is None else shelf.latest(folder)
    return None if newest is None else newest.manifest.made_at
