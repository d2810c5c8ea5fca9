"""Takes a snapshot: the tickets part by part, then the rest, then all of it in one commit.

A part that has come is kept: after a cut of network or power the next one is asked for behind it.
While one part is written the next one is on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from http import HTTPStatus

import structlog

from gate.events import BadPart, Part, TicketColumns
from kiosk.store import Database, coming, copy, epoch, meta, outbox
from kiosk.store.coming import Coming
from kiosk.store.copy import CopyState
from kiosk.sync.client import NotOurServer, ServerAway, ServerClient, ServerRefused
from kiosk.sync.link import Link

_log = structlog.get_logger()


class Snapshot:
    """Brings a snapshot into the copy, however often it has to begin again."""

    def __init__(
        self, database: Database, client: ServerClient, link: Link, stopping: Callable[[], bool]
    ) -> None:
        self._database = database
        self._client = client
        self._link = link
        self._stopping = stopping

    def take(self) -> CopyState | None:
        """The state of the copy that serves now; None where the station stops meanwhile.

        Raises ServerError; what has come until then stays.
        """
        try:
            known = self._take_tickets()
        except ServerRefused as refusal:
            if refusal.status != HTTPStatus.NOT_FOUND:
                raise
            return self._take_lines()
        return None if known is None else self._take_rest(known)

    # --- The tickets -----------------------------------------------------------------------

    def _take_tickets(self) -> Coming | None:
        with self._database.read() as tx:
            known = coming.find(tx)
            seen = meta.number(tx, outbox.ACKNOWLEDGED)
        if known is not None and known.last is None:
            return known
        for part in self._parts("" if known is None else known.last or ""):
            if self._stopping():
                return None
            head, columns = part.head, _columns(part)
            self._link.heard()
            if known is not None and head.epoch != known.epoch:
                self._start_over(head.epoch)
            first = known or Coming(
                epoch=head.epoch, cursor=head.cursor, as_of=head.as_of.isoformat(), seen=seen
            )
            known = replace(first, last=head.last, tickets=first.tickets + head.count)
            with self._database.write() as tx:
                if first.tickets == 0:
                    epoch.note(tx, head.epoch)
                    coming.drop(tx)
                coming.add(tx, columns, known)
        return known

    def _start_over(self, heard: str) -> None:
        """The server came out of a backup meanwhile: what came from it before is not its own."""
        with self._database.write() as tx:
            epoch.note(tx, heard)
            coming.drop(tx)
        raise ServerAway("another server answers than the one that the snapshot began with")

    def _parts(self, after: str) -> Iterator[Part]:
        with ThreadPoolExecutor(1, "snapshot") as ahead:
            part = ahead.submit(self._client.tickets, after).result()
            while part.head.last is not None:
                coming_next: Future[Part] = ahead.submit(self._client.tickets, part.head.last)
                yield part
                part = coming_next.result()
            yield part

    # --- The rest --------------------------------------------------------------------------

    def _take_rest(self, known: Coming) -> CopyState | None:
        with self._client.snapshot(with_tickets=False) as (head, rows):
            if self._stopping():
                return None
            if head.epoch != known.epoch:
                self._start_over(head.epoch)
            with self._database.write() as tx:
                coming.take_place(tx)
                copy.replace_all_but_tickets(tx, rows, known.state)
        return known.state

    def _take_lines(self) -> CopyState | None:
        """All of it as lines, from a server that is older than parts (fault 34)."""
        with self._database.read() as tx:
            seen = meta.number(tx, outbox.ACKNOWLEDGED)
        with self._client.snapshot(with_tickets=True) as (head, rows):
            if self._stopping():
                return None
            state = CopyState(epoch=head.epoch, cursor=head.cursor, as_of=head.as_of, seen=seen)
            with self._database.write() as tx:
                epoch.note(tx, head.epoch)
                copy.replace(tx, rows, state)
        return state


def _columns(part: Part) -> TicketColumns:
    try:
        return part.columns()
    except BadPart as error:
        raise NotOurServer(str(error)) from error
