"""The station's log: a line an event to the terminal, and the last ones kept for the technician."""

from __future__ import annotations

import logging
import sys
import threading
from collections import deque
from collections.abc import MutableMapping
from typing import Any, Final

import structlog

_KEPT: Final = 500


class LastLines:
    """The newest lines of the log; any thread may add and read."""

    def __init__(self, most: int = _KEPT) -> None:
        self._lines: deque[str] = deque(maxlen=most)
        self._lock = threading.Lock()

    def write(self, line: str) -> None:
        """Add one."""
        with self._lock:
            self._lines.append(line)

    def newest_first(self) -> tuple[str, ...]:
        """All that are kept."""
        with self._lock:
            return tuple(reversed(self._lines))


class _Teller(logging.Handler):
    """Lines of the libraries, in the same words as ours."""

    def emit(self, record: logging.LogRecord) -> None:
        """One line."""
        log = structlog.get_logger(record.name)
        log.log(record.levelno, record.getMessage(), exc_info=record.exc_info)


def begin(lines: LastLines) -> None:
    """Write the log from now on, and keep its last lines."""

    def keep(_: Any, __: str, event: MutableMapping[str, Any]) -> str:
        line: str = render(None, "", event)
        lines.write(line)
        return line

    render = structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"])
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            keep,
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stdout),
    )
    logging.basicConfig(level=logging.WARNING, handlers=[_Teller()], force=True)
