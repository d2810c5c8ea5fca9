"""Keeps the copy: a snapshot once, then changes after the cursor by long poll."""

from __future__ import annotations

import random
from collections.abc import Callable
from time import monotonic
from typing import Final, TypeAlias

import structlog

from gate.events import Changes, RowTable
from kiosk.store import Database, copy, epoch, meta, outbox, server_backup
from kiosk.store.copy import CopyState
from kiosk.sync.client import ServerClient, ServerError
from kiosk.sync.link import Link
from kiosk.sync.loop import Backoff, Loop
from kiosk.sync.snapshot import Snapshot

_log = structlog.get_logger()

Changed: TypeAlias = Callable[[frozenset[RowTable]], None]
"""Told which tables changed, after the commit."""

_NOW_AND_THEN_S: Final = 0.8
_EVERYTHING: Final = frozenset(RowTable)


class Follower:
    """Asks for changes as long as the station runs; `changed` hears of those that came."""

    def __init__(
        self,
        database: Database,
        client: ServerClient,
        link: Link,
        changed: Changed,
        wait_s: float,
    ) -> None:
        self._database = database
        self._client = client
        self._link = link
        self._changed = changed
        self._wait_s = wait_s
        self._backoff = Backoff(shortest_s=0.5, longest_s=30)
        self.loop = Loop("follower", self.step)
        self._snapshot = Snapshot(database, client, link, lambda: self.loop.stopping)

    def step(self) -> float:
        """One snapshot or one poll; answers the seconds until the next."""
        asked_s = monotonic()
        try:
            news = self._ask()
        except ServerError as error:
            self._link.lost(error)
            return self._backoff.next_s()
        self._link.heard()
        self._backoff.reset()
        if news or monotonic() - asked_s >= self._wait_s / 2:
            return 0
        # The server has no place for one more that waits: it is asked now and then.
        return _NOW_AND_THEN_S * (0.5 + random.random() / 2)  # noqa: S311 - jitter is no secret

    def _ask(self) -> bool:
        """One request; whether it brought anything."""
        with self._database.read() as tx:
            known = copy.state(tx)
            seen = meta.number(tx, outbox.ACKNOWLEDGED)
        if known is None or not known.epoch:
            self._take_snapshot()
            return True
        answer = self._client.changes(known.cursor, known.epoch, self._wait_s)
        if self.loop.stopping:
            return True
        if answer.reset or answer.epoch != known.epoch:
            self._start_over(answer.epoch)
        else:
            self._take(answer, seen)
        return bool(answer.rows) or answer.reset

    def _take(self, answer: Changes, seen: int) -> None:
        now = CopyState(epoch=answer.epoch, cursor=answer.cursor, as_of=answer.as_of, seen=seen)
        with self._database.write() as tx:
            copy.advance(tx, answer.rows, now)
            server_backup.note(tx, answer.backup_at)
        if answer.rows:
            self._changed(frozenset(row.table for row in answer.rows))

    def _start_over(self, heard: str) -> None:
        with self._database.write() as tx:
            epoch.note(tx, heard)
            copy.distrust(tx)

    def _take_snapshot(self) -> None:
        state = self._snapshot.take()
        if state is not None:
            _log.info("copy_taken", cursor=state.cursor)
            self._changed(_EVERYTHING)
