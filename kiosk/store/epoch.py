"""Which life of the server this station last heard: a server out of a backup is another one."""

from __future__ import annotations

from sqlite3 import Connection
from typing import Final

import structlog

from kiosk.store import copy, meta, outbox

_log = structlog.get_logger()

_HEARD: Final = "server_epoch"


def note(tx: Connection, epoch: str) -> None:
    """Heard a server of this epoch. Another one is told everything again, and copied anew.

    What was acknowledged was so by the last one heard, whatever the copy is of (fault 15).
    """
    heard = meta.get(tx, _HEARD) or _of_copy(tx)
    if heard == epoch:
        return
    meta.put(tx, _HEARD, epoch)
    if heard:
        again = outbox.send_again(tx)
        copy.distrust(tx)
        _log.warning("server_restored", events_sent_again=again)


def _of_copy(tx: Connection) -> str:
    """Before anything was noted, the copy alone tells."""
    known = copy.state(tx)
    return "" if known is None else known.epoch
