"""From print jobs to paper: one at a time, the oldest first, each bounded in time by the driver.

A slip of which surely nothing is on paper is tried again by itself for a while; one that may be
on paper is never printed again unasked (faults 1, 2, 3).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from queue import SimpleQueue
from sqlite3 import Connection
from typing import Final, TypeAlias
from uuid import UUID

import structlog
from PIL import Image

from gate.events import SlipJob, SlipJobState
from hardware.contracts import CannotWork, HardwareError, PrintUncertain, SlipPrinter
from kiosk import slips
from kiosk.clock import Clock
from kiosk.config import PrintSettings
from kiosk.journal import Journal
from kiosk.store import Database, jobs
from kiosk.store.jobs import Job
from kiosk.sync.loop import Loop
from templates.slips.content import Language

_log = structlog.get_logger()

_IDLE_S: Final = 10.0


@dataclass(frozen=True, slots=True)
class PrintReport:
    """What became of a slip."""

    job_id: UUID
    visit_id: UUID
    state: SlipJobState
    trouble: str | None


Report: TypeAlias = Callable[[PrintReport], None]
Paper: TypeAlias = Callable[[int], Image.Image | None]
"""Draws something for a width in dots; None: there is nothing to say."""


class PrintDesk:
    """The printer's queue. `report` hears of every change, after its commit."""

    def __init__(
        self,
        database: Database,
        printer: SlipPrinter,
        journal: Journal,
        clock: Clock,
        report: Report,
        settings: PrintSettings,
        language: Language = "uk",
    ) -> None:
        self._database = database
        self._printer = printer
        self._journal = journal
        self._now = clock.now
        self._report = report
        self._settings = settings
        self._language = language
        self._papers: SimpleQueue[Paper] = SimpleQueue()
        self.loop = Loop("printing", self.step)

    def recover(self) -> None:
        """At start: what was being printed when the station stopped is uncertain (fault 2)."""
        with self._database.read() as tx:
            found = jobs.interrupted(tx)
        for job in found:
            self._settle(job, SlipJobState.UNCERTAIN, "interrupted")

    def print_paper(self, paper: Paper) -> None:
        """Print something that is nobody's slip, before any that waits."""
        self._papers.put(paper)
        self.loop.wake()

    def step(self) -> float:
        """Print a paper, or the oldest slip that waits; answers the seconds until the next try."""
        if not self._papers.empty():
            return self._print_paper(self._papers.get())
        with self._database.read() as tx:
            waiting = jobs.pending(tx)
        if not waiting:
            # Its health is told to staff before somebody waits for paper.
            can_print = self._printer.status().can_print
            return _IDLE_S if can_print else min(_IDLE_S, self._settings.retry_s)
        job = waiting[0]
        if self._is_stale(job):
            self._settle(job, SlipJobState.FAILED, job.trouble)
            return 0
        return self._print(job)

    def _print_paper(self, paper: Paper) -> float:
        """Drawn at the last moment, so that it is as new as can be; tried until it is printed."""
        picture = paper(self._printer.width_dots)
        try:
            if picture is not None:
                self._printer.print_picture(picture)
        except (PrintUncertain, CannotWork) as error:
            _log.warning("paper_not_printed", trouble=error.code)
        except HardwareError as error:
            _log.warning("paper_waits", trouble=error.code)
            self._papers.put(paper)
            return self._settings.retry_s
        return 0

    def _is_stale(self, job: Job) -> bool:
        """The person has gone in with the code from the screen: nobody waits for this paper."""
        age = self._now() - job.created_at
        return job.attempts > 0 and age > timedelta(seconds=self._settings.give_up_s)

    def _print(self, job: Job) -> float:
        with self._database.write() as tx:
            jobs.move(tx, job.job_id, SlipJobState.PRINTING, job.trouble)
        try:
            picture = slips.draw(job.content, self._printer.width_dots, self._language)
            self._printer.print_picture(picture)
        except PrintUncertain as error:
            self._settle(job, SlipJobState.UNCERTAIN, error.because.code)
        except CannotWork as error:
            self._settle(job, SlipJobState.FAILED, error.code)
        except HardwareError as error:
            # Nothing of it was sent.
            self._settle(job, SlipJobState.PENDING, error.code)
            return self._settings.retry_s
        else:
            self._settle(job, SlipJobState.PRINTED, None)
        return 0

    def _settle(self, job: Job, state: SlipJobState, trouble: str | None) -> None:
        """Commit what became of the slip, tell the server, then the screen."""
        again = state is job.state and trouble == job.trouble and job.attempts > 0
        with self._database.write() as tx:
            jobs.move(tx, job.job_id, state, trouble)
            if not again:
                self._tell(tx, job, state, trouble)
        _log.info("slip", number=job.slip_number, state=state, trouble=trouble)
        self._report(PrintReport(job.job_id, job.visit_id, state, trouble))

    def _tell(self, tx: Connection, job: Job, state: SlipJobState, trouble: str | None) -> None:
        slip = slips.read_any(job.content)
        if isinstance(slip, slips.QueueSlip):
            return  # No visit: the server has no place for it, and staff need not know.
        copy = state is SlipJobState.PRINTED and slip.content.reprint
        at: datetime = self._now()
        event = SlipJob(
            **self._journal.stamp(tx, at),
            visit_id=job.visit_id,
            slip_number=job.slip_number,
            state=SlipJobState.REPRINTED if copy else state,
            trouble=trouble,
        )
        self._journal.write(tx, event, job.visit_id)
