"""The server's log: a line an event, in fields, with nothing of a person in it.

Codes say what happened; free text comes from libraries alone, and from it everything is taken
that looks like the code of a ticket, the number of a slip or card, a telephone or an address
(threat 21). Names look like nothing of the kind: what may hold them never comes here.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

_TAKEN: Final = "•••"
_PERSONAL: Final = re.compile(
    r"DETAIL: [^\n]*"  # PostgreSQL shows the row that it refuses
    r"|L[TS]1:\S+"  # codes of tickets and slips
    r"|\b[A-Z0-9]{2}-\d{3,}-[A-Z0-9]{4,}\b"  # numbers of slips
    r"|\b[0-9a-fA-F]{8}(?:[0-9a-fA-F]{2})*\b"  # numbers of cards
    r"|[\w.+-]+@[\w-]+\.[\w.]+"
    r"|\+\d[\d\s()-]{8,}\d"
    r"|\b\d{6,}\b"
)
_OF_SERVERS: Final = ("gunicorn.error", "gunicorn.access")


def begin() -> None:
    """Write the log from now on, that of the libraries included."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[
                structlog.stdlib.add_log_level,
                structlog.stdlib.add_logger_name,
                structlog.processors.TimeStamper(fmt="iso", utc=True),
            ],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                without_persons,
                structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
            ],
        )
    )
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    for name in _OF_SERVERS:
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def without_persons(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> Any:
    """The same event without what looks like something of a person."""
    return {
        name: value if name == "timestamp" else redacted(value) if isinstance(value, str) else value
        for name, value in event.items()
    }


def redacted(text: str) -> str:
    """A text without codes, numbers and addresses."""
    return _PERSONAL.sub(_TAKEN, text)
