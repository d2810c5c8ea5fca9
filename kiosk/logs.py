"""The station's log: a line an event to the terminal, and the last ones kept for the technician."""

from __future__ import annotations

import logging
import re
import sys
import threading
from collections import deque
from collections.abc import Iterable, MutableMapping
from typing import Any, Final

import structlog

_KEPT: Final = 500

LEVELS: Final = ("info", "warning", "error")
"""What lines are asked for: all of them, or those that are at least so grave."""
_LEVEL: Final = re.compile(r"\blevel=(\w+)")
_CHATTER: Final = ("debug", "info")
_GRAVEST: Final = ("error", "critical", "exception")


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


def matching(lines: Iterable[str], least: str, words: str) -> tuple[str, ...]:
    """The lines that are at least as grave as `least`, and have all these words in any order."""
    wanted = words.casefold().split()
    return tuple(
        line
        for line in lines
        if _is_as_grave(line, least) and all(word in line.casefold() for word in wanted)
    )


def _is_as_grave(line: str, least: str) -> bool:
    found = _LEVEL.search(line)
    level = "info" if found is None else found[1]
    return {"warning": level not in _CHATTER, "error": level in _GRAVEST}.get(least, True)


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
