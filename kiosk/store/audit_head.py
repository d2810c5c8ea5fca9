"""The newest seal of the server's audit log, kept where nobody edits it (threat 16)."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

from gate.events import AuditHead
from kiosk.store import meta

_KEPT: Final = "audit_head"


def kept(tx: Connection) -> AuditHead | None:
    """The seal with the highest number that was heard of in this life of the server."""
    text = meta.get(tx, _KEPT)
    return None if text is None else AuditHead.model_validate_json(text)


def note(tx: Connection, heard: AuditHead | None) -> None:
    """Keep a newer seal. An older one, or another of the same number, never takes its place."""
    if heard is None:
        return
    known = kept(tx)
    if known is None or known.epoch != heard.epoch or known.number < heard.number:
        meta.put(tx, _KEPT, heard.model_dump_json())
