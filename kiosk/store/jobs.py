"""Slips on their way to paper.

pending -> printing -> printed, failed, or uncertain when nobody knows how much of it is on paper.
The state `printing` is on the disk before the first byte leaves, so that a power cut in the
middle of a slip is known for what it is (fault 2).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Connection, Row
from typing import Final
from uuid import UUID

from gate.events import SlipJobState
from kiosk.store import meta


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One slip to print; `content` is its wording as JSON (see kiosk.slips)."""

    job_id: UUID
    visit_id: UUID
    slip_number: str
    state: SlipJobState
    created_at: datetime
    content: str
    trouble: str | None = None
    attempts: int = 0


_COLUMNS: Final = "job_id, visit_id, slip_number, state, trouble, attempts, created_at, content"


def put(tx: Connection, job: Job) -> None:
    """Queue a slip."""
    tx.execute(
        f"INSERT INTO job ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",  # noqa: S608
        (
            str(job.job_id), str(job.visit_id), job.slip_number, job.state.value, job.trouble,
            job.attempts, meta.stamp(job.created_at), job.content,
        ),
    )  # fmt: skip


def get(tx: Connection, job_id: UUID) -> Job | None:
    """A slip by its id."""
    return next(iter(_found(tx, "job_id = ?", str(job_id))), None)


def of_visit(tx: Connection, visit_id: UUID) -> tuple[Job, ...]:
    """All slips of a visit, the last one last."""
    return _found(tx, "visit_id = ? ORDER BY created_at, job_id", str(visit_id))


def pending(tx: Connection) -> tuple[Job, ...]:
    """The slips that are surely not on paper, the oldest first."""
    return _found(tx, "state = ? ORDER BY created_at, job_id", SlipJobState.PENDING.value)


def interrupted(tx: Connection) -> tuple[Job, ...]:
    """The slips that were being printed when the station stopped."""
    return _found(tx, "state = ? ORDER BY created_at", SlipJobState.PRINTING.value)


def move(tx: Connection, job_id: UUID, state: SlipJobState, trouble: str | None = None) -> None:
    """Set the state of a slip; going to `printing` counts an attempt."""
    tx.execute(
        "UPDATE job SET state = ?, trouble = ?, attempts = attempts + ? WHERE job_id = ?",
        (state.value, trouble, state is SlipJobState.PRINTING, str(job_id)),
    )


def _found(tx: Connection, condition: str, value: object) -> tuple[Job, ...]:
    rows = tx.execute(f"SELECT {_COLUMNS} FROM job WHERE {condition}", (value,))  # noqa: S608
    return tuple(map(_job, rows))


def _job(row: Row) -> Job:
    return Job(
        job_id=UUID(row["job_id"]),
        visit_id=UUID(row["visit_id"]),
        slip_number=row["slip_number"],
        state=SlipJobState(row["state"]),
        trouble=row["trouble"],
        attempts=row["attempts"],
        created_at=datetime.fromisoformat(row["created_at"]),
        content=row["content"],
    )
