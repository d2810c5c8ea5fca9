"""What stations keep of the audit log, and whether the log still fits it (threat 16).

A chain shows every edit inside it; that its end was cut, or that it was made anew as a whole, shows
only against something that was kept elsewhere. Every station keeps the newest seal it heard of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import AuditHead
from server.database import Database
from server.models import AuditSeal, Station
from server.services import audit, settings
from server.services.audit import ChainReport
from server.services.settings import LibrarySettings

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """The chain, and the stations' word on it."""

    report: ChainReport
    fit: Sequence[str]
    """Stations whose seal is where they heard of it."""
    differ: Sequence[str]
    """Stations that keep a seal which the log no longer has."""


def newest(session: Session, library: LibrarySettings) -> AuditHead | None:
    """The newest seal, for a station to keep; None before the first."""
    number, hash_ = audit.head(session)
    return AuditHead(epoch=library.epoch, number=number, hash=hash_) if number else None


def keep(session: Session, library: LibrarySettings, station: str, head: AuditHead | None) -> None:
    """Note what a station keeps; whether the log has it is told at once."""
    if head is None:
        return
    session.get_one(Station, station).audit_head = head.model_dump(mode="json")
    if head.epoch == library.epoch and not _has(session, head):
        _log.error("audit_log_broken", station=station, seal=head.number)


def check(database: Database) -> Checked:
    """Go through the whole chain, and compare it with every station's seal."""
    with database.reading() as session:
        epoch = settings.read(session).epoch
        kept = [
            (code, head)
            for code, told in session.execute(select(Station.code, Station.audit_head))
            if told is not None and (head := AuditHead.model_validate(told)).epoch == epoch
        ]
        fits = {code: _has(session, head) for code, head in kept}
    report = audit.verify_chain(database)
    cut = min((head.number for code, head in kept if not fits[code]), default=None)
    if report.intact and cut is not None:
        report = replace(report, broken_at=cut)
    return Checked(
        report=report, fit=[code for code in fits if fits[code]],
        differ=[code for code in fits if not fits[code]],
    )  # fmt: skip


def _has(session: Session, head: AuditHead) -> bool:
    seal = session.get(AuditSeal, head.number)
    return seal is not None and seal.hash == head.hash
