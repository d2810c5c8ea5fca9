"""Brings events to the server, oldest first, until each has its receipt."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from gate.events import AuditHead, EventReceipt, EventReceipts, Receipt
from kiosk.store import Database, audit_head, epoch, outbox, visits
from kiosk.store.outbox import Queued
from kiosk.sync.client import NotAdmitted, ServerClient, ServerError, ServerRefused
from kiosk.sync.link import Link
from kiosk.sync.loop import Backoff, Loop

_log = structlog.get_logger()

_BATCH: Final = 500
_IDLE_S: Final = 60.0
_KEPT_AFTER_DELIVERY: Final = timedelta(days=7)


class Uploader:
    """One batch after the other; woken when an event was added or the server is back."""

    def __init__(
        self, database: Database, client: ServerClient, link: Link, now: Callable[[], datetime]
    ) -> None:
        self._database = database
        self._client = client
        self._link = link
        self._now = now
        self._backoff = Backoff(shortest_s=0.5, longest_s=60)
        self._size = _BATCH
        self.loop = Loop("uploader", self.step)

    def step(self) -> float:
        """Send the oldest batch; answers the seconds until the next."""
        with self._database.read() as tx:
            waiting, head = outbox.batch(tx, self._size), audit_head.kept(tx)
        if not waiting:
            self._tidy()
            return _IDLE_S
        try:
            return self._deliver(waiting, head)
        except (NotAdmitted, ServerError) as error:
            self._link.lost(error)
            return self._backoff.next_s()

    def _deliver(self, waiting: Sequence[Queued], head: AuditHead | None) -> float:
        try:
            answer = self._client.send([event.body for event in waiting], head)
        except NotAdmitted:
            raise
        except ServerRefused as refusal:
            return self._narrow(waiting, refusal)
        self._link.heard()
        if not self._take(waiting, answer):
            return self._backoff.next_s()
        self._backoff.reset()
        self._size = _BATCH
        return 0

    def _take(self, waiting: Sequence[Queued], answer: EventReceipts) -> bool:
        """Note the receipts; whether there was one for anything that was sent."""
        sent = {event.event_id for event in waiting}
        receipts = [receipt for receipt in answer.receipts if receipt.id in sent]
        for receipt in receipts:
            if receipt.receipt is Receipt.UNPROCESSABLE:
                _log.warning("event_set_aside", id=receipt.id, problem=receipt.problem)
        with self._database.write() as tx:
            outbox.acknowledge(tx, receipts, self._now())
            epoch.note(tx, answer.epoch)
            audit_head.note(tx, answer.audit_head)
        return bool(receipts)

    def _narrow(self, waiting: Sequence[Queued], refusal: ServerRefused) -> float:
        """A batch was refused whole: find the one event that is to blame, and set it aside."""
        if len(waiting) > 1:
            self._size = len(waiting) // 2
            return 0
        problem = str(refusal)[:200]
        aside = EventReceipt(id=waiting[0].event_id, receipt=Receipt.UNPROCESSABLE, problem=problem)
        _log.warning("event_set_aside", id=aside.id, problem=problem)
        with self._database.write() as tx:
            outbox.acknowledge(tx, [aside], self._now())
        return 0

    def _tidy(self) -> None:
        before = self._now() - _KEPT_AFTER_DELIVERY
        with self._database.write() as tx:
            outbox.forget(tx, before)
            visits.forget(tx, before)
