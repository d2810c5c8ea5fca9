"""The way from the kiosk to the desk: terms, forms sent in the background, printed numbers."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from typing import Final
from uuid import UUID

import structlog

from gate.events import (
    PhotoTaken,
    PreregistrationAnswer,
    PreregistrationQuery,
    SlipJobState,
    TermsRecord,
    uuid7,
)
from kiosk import slips
from kiosk.enrolment.enrolling import Sent
from kiosk.knowledge import NothingKnown
from kiosk.premises import Premises
from kiosk.store import jobs
from kiosk.store.jobs import Job
from kiosk.sync.client import ServerClient, ServerError

_log = structlog.get_logger()

_SEND_S: Final = 8.0
_ENTROPY: Final = 10


class ServiceCentre:
    """The real office; `report` hears what became of a form, by a thread of its own."""

    def __init__(self, premises: Premises, client: ServerClient, *, prints: bool) -> None:
        self.report: Callable[[Sent], None] = lambda _: None
        self._premises = premises
        self._client = client
        self._prints = prints

    @property
    def phone(self) -> str:
        """Where the Service Centre answers; empty while it is not known."""
        try:
            return self._premises.knowledge.house().building.service_centre_phone
        except NothingKnown:
            return ""

    def terms(self) -> TermsRecord | None:
        """What enrolment asks and costs today; None while the server is away."""
        return self._premises.knowledge.terms()

    def new_id(self) -> UUID:
        """An id for what begins now."""
        return uuid7(self._premises.clock.now(), secrets.token_bytes(_ENTROPY))

    def send(self, query: PreregistrationQuery) -> None:
        """Send it without keeping anybody waiting."""
        threading.Thread(target=self._send, args=(query,), name="enrolment", daemon=True).start()

    def _send(self, query: PreregistrationQuery) -> None:
        try:
            answer = self._client.preregister(query, _SEND_S)
        except ServerError as error:
            # The words of the error may quote what was sent: its kind has to do.
            _log.warning("preregistration_not_sent", trouble=type(error).__name__)
            self.report(Sent(query.id, None))
        else:
            self.report(Sent(query.id, answer))

    def note_photo(self, enrolment: UUID) -> None:
        """Write down that a photo went with this enrolment; no picture stays here."""
        premises = self._premises
        with premises.database.write() as tx:
            stamp = premises.journal.stamp(tx, premises.clock.now())
            premises.journal.write(tx, PhotoTaken(**stamp, enrolment_id=enrolment))

    def print_number(self, answer: PreregistrationAnswer) -> UUID | None:
        """Queue the slip with the number: it names nobody."""
        if not self._prints:
            return None
        premises, at = self._premises, self._premises.clock.now()
        slip = slips.queue_slip(
            answer, premises.knowledge.house().building, at, premises.slip_language
        )
        job = Job(
            job_id=self.new_id(),
            visit_id=answer.id,
            slip_number=answer.number,
            state=SlipJobState.PENDING,
            created_at=at,
            content=slip.model_dump_json(),
        )
        with premises.database.write() as tx:
            jobs.put(tx, job)
        return job.job_id
