"""The server as a process: one gunicorn worker with threads, and its housekeeper.

One worker, because SQLite has one writer; more machines over one PostgreSQL run more of these.
Requests and long polls have their own numbers of threads, so that waiting stations keep nobody
from being answered (see `server.api`).
"""

from __future__ import annotations

import ctypes
import logging
import signal
import sys
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from itertools import count
from types import FrameType
from typing import TYPE_CHECKING, Any

from gunicorn.app.base import BaseApplication
from gunicorn.workers.base import Worker
from sqlalchemy.exc import SQLAlchemyError

from server import logs
from server.api.state import EXTENSION
from server.app import Clock, create_app, utc_now
from server.backup.schedule import Schedule
from server.config import ServerConfig, ServerSection
from server.database import Database, open_database
from server.pulse import Pulse, hold_tongue
from server.services import (
    audit,
    changes,
    days,
    holds,
    preregistrations,
    retention,
    settings,
    signups,
    station_events,
)

if TYPE_CHECKING:
    from server.library_systems.follower import Follower
    from server.mailer import Postman
    from server.relay import Relay

_log = logging.getLogger(__name__)
_SEAL_EVERY_S = 1.0
_LOOK_AT_THE_DAY_EVERY = 60
_LOOK_FOR_NOTICES_EVERY = timedelta(minutes=10)
_KEEP_ALIVE_S = 75
_STOP_S = 10
_M_ARENA_MAX = -8
"""Of glibc's <malloc.h>."""


class Housekeeper:
    """Seals the audit log every second and closes days that are over, until it is stopped."""

    def __init__(self, database: Database, now: Clock = utc_now) -> None:
        self._database = database
        self._now = now
        self._today: date | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """Seal what is left, and end."""
        self._stopping.set()
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        self._do(self._read_anew)
        for second in count():
            if self._stopping.wait(_SEAL_EVERY_S):
                break
            self._do(self._seal)
            if second % _LOOK_AT_THE_DAY_EVERY == 0:
                self._do(self._close_days)
                self._do(self._free_the_shelf)
                self._do(self._hand_on_places)
                self._do(self._forget_changes)
                self._keep_room()
        self._do(self._seal)

    def _do(self, work: Callable[[], None]) -> None:
        try:
            work()
        except SQLAlchemyError:
            _log.exception("housekeeping failed and is tried again")

    def _read_anew(self) -> None:
        """A newer version knows what the one before set aside."""
        station_events.read_anew(self._database, at=self._now())

    def _seal(self) -> None:
        audit.seal(self._database, self._now())

    def _free_the_shelf(self) -> None:
        holds.expire(self._database, self._now())

    def _hand_on_places(self) -> None:
        signups.hand_on(self._database, self._now())

    def _keep_room(self) -> None:
        if self._database.reserve is not None:
            self._database.reserve.keep()

    def _forget_changes(self) -> None:
        changes.forget_old(self._database)

    def _close_days(self) -> None:
        now = self._now()
        with self._database.reading() as session:
            today = settings.read(session).day(now)
        if today != self._today:
            days.close_past_days(self._database, at=now)
            preregistrations.erase_old(self._database, at=now)
            retention.run(self._database, now)
            # An alert keeps the day open; it is tried again until all of it is closed.
            if days.past_days_are_closed(self._database, at=now):
                self._today = today


class Program(BaseApplication):
    """gunicorn, told everything by our configuration."""

    def __init__(self, server: ServerSection, make: Callable[[], Any]) -> None:
        self._server = server
        self._make = make
        super().__init__()

    def load_config(self) -> None:
        """Hand our settings over."""
        server = self._server
        settings: dict[str, Any] = {
            "bind": f"{server.host}:{server.port}",
            "workers": 1,
            "worker_class": "gthread",
            "threads": server.threads + server.long_polls,
            "keepalive": _KEEP_ALIVE_S,
            "graceful_timeout": _STOP_S,
            "post_worker_init": self.begin,
            "worker_exit": lambda _server, _worker: self.end(),
            "control_socket_disable": True,
        }
        for name, value in settings.items():
            if name in self.cfg.settings:
                self.cfg.set(name, value)

    def load(self) -> Any:
        """The application, made in the worker: threads and connections survive no fork."""
        return self._make()

    def begin(self, worker: Worker) -> None:
        """The worker is about to serve."""

    def end(self) -> None:
        """The worker has served."""


class _Centre(Program):
    """The centre's own program."""

    def __init__(self, config: ServerConfig) -> None:
        self._config = config
        self._database: Database | None = None
        self._housekeeper: Housekeeper | None = None
        self._postman: Postman | None = None
        self._relay: Relay | None = None
        self._follower: Follower | None = None
        self._backups = Schedule(config)
        self._pulse = Pulse(config.server)
        super().__init__(config.server, self._open)

    def _open(self) -> Any:
        self._database = open_database(self._config.database.url, self._config.database.pool)
        app = create_app(self._config, database=self._database)
        link = app.extensions[EXTENSION].link
        if link is not None:
            from server.library_systems.follower import Follower  # noqa: PLC0415 - few have one

            self._follower = Follower(link, self._database, utc_now)
        return app

    def begin(self, worker: Worker) -> None:
        """Keep house beside the requests."""
        logs.begin()
        if self._database is not None:
            self._housekeeper = Housekeeper(self._database)
            self._housekeeper.start()
            if not self._database.is_sqlite:
                from server.relay import Relay  # noqa: PLC0415 - most servers are alone

                self._relay = Relay(self._database)
                self._relay.start()
            if self._config.mail.host:
                self._postman = _postman(self._database, self._config)
                self._postman.start()
            self._backups.start()
            self._pulse.start(worker.log)
            if self._follower is not None:
                self._follower.start()
            signal.signal(signal.SIGTERM, partial(_let_go, worker, self._database))

    def end(self) -> None:
        """Leave everything sealed and closed."""
        self._pulse.stop()
        if self._postman is not None:
            self._postman.stop()
        self._backups.stop()
        if self._relay is not None:
            self._relay.stop()
        if self._follower is not None:
            self._follower.stop()
        if self._housekeeper is not None:
            self._housekeeper.stop()
        if self._database is not None:
            self._database.close()


def _postman(database: Database, config: ServerConfig) -> Postman:
    """Sends reports and notices beside what the desk sends; many a server sends nothing at all."""
    from server import notice_letters, report_letters  # noqa: PLC0415
    from server.mailer import Postman  # noqa: PLC0415

    looks_again = datetime.min.replace(tzinfo=UTC)

    def write(at: datetime) -> None:
        nonlocal looks_again
        report_letters.put_due(database, config.mail, at)
        if at >= looks_again and not notice_letters.put_due(database, config, at):
            looks_again = at + _LOOK_FOR_NOTICES_EVERY

    return Postman(database, config.mail, utc_now, write, partial(notice_letters.held, database))


def _let_go(worker: Worker, database: Database, number: int, frame: FrameType | None) -> None:
    """Answer the stations that wait for news, so that the end does not wait for them.

    In a thread, because the one that hears of the signal may hold the lock.
    """
    worker.handle_exit(number, frame)
    threading.Thread(target=database.commits.close, daemon=True).start()


def run(config: ServerConfig) -> None:
    """Serve until SIGTERM or SIGINT; requests under way are finished first."""
    share_one_arena()
    centre = _Centre(config)
    hold_tongue()
    centre.run()


def share_one_arena() -> None:
    """Have all threads take memory from one place: glibc would give each thread its own.

    Python's lock lets one of them work at a time anyway, and the server keeps a fifth less memory.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)
