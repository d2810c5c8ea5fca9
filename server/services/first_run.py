"""The first run of a new server: how far it is, worked out from what the database holds.

Nothing is kept of it but the steps that somebody looked at and went on from: a library in one
building has no branches, and one that charges what the rules say has no tariffs of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session, joinedload

from gate.facts import TicketKind, TicketState
from server.database import Database
from server.models import Branch, Department, Setting, Staff, Station, StationEvent, Ticket, Visit
from server.services import settings
from server.services.by import By
from server.services.decisions_made import AT_STATIONS
from server.services.desk_events import DESK_STATION
from server.services.settings import FirstStep, LibrarySettings

TARIFFS = (
    "fee_full", "fee_reduced", "fee_one_time", "fee_duplicate", "free_categories",
    "reduced_categories",
)  # fmt: skip
_DECIDED = {
    FirstStep.LIBRARY: ("library_name",),
    FirstStep.HOURS: ("hours",),
    FirstStep.TARIFFS: TARIFFS,
}
"""Steps that are done once somebody changed one of these settings."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the first run is."""

    done: frozenset[FirstStep]
    """What the database shows to be done."""
    passed: frozenset[FirstStep]
    """What somebody looked at and went on from."""
    has_visits: bool
    """Somebody came in before: the library works, with or without all steps."""

    @property
    def open(self) -> Sequence[FirstStep]:
        """Steps neither done nor passed, in their order."""
        return [step for step in FirstStep if step not in self.done | self.passed]

    @property
    def leads(self) -> bool:
        """Whether an administrator who signs in is led here."""
        return bool(self.open) and not self.has_visits

    def after(self, step: FirstStep) -> FirstStep | None:
        """The next open step behind this one, or else before it; None where all are settled."""
        steps = list(FirstStep)
        place = steps.index(step) + 1
        order = [*steps[place:], *steps[: place - 1]]
        return next((each for each in order if each in self.open), None)


def progress(session: Session, library: LibrarySettings) -> Progress:
    """What is done, what was passed, what is open."""
    return Progress(
        done=frozenset(_done(session)),
        passed=frozenset(library.first_run),
        has_visits=_has_visits(session),
    )


def is_shown(session: Session, library: LibrarySettings) -> bool:
    """Whether it stands among the places: it leads, or was begun and something is open."""
    if not library.first_run and _has_visits(session):
        return False
    return bool(progress(session, library).open)


def _has_visits(session: Session) -> bool:
    return bool(session.scalar(select(exists().select_from(Visit))))


def _done(session: Session) -> Sequence[FirstStep]:
    decided = set(session.scalars(select(Setting.key)))
    named = [step for step, keys in _DECIDED.items() if decided & set(keys)]
    found = session.execute(
        select(
            exists().where(Branch.retired_at.is_(None)).label(FirstStep.BRANCHES),
            exists().where(Department.retired_at.is_(None)).label(FirstStep.DEPARTMENTS),
            (select(func.count()).select_from(Staff).where(Staff.active).scalar_subquery() > 1)
            .label(FirstStep.STAFF),
            exists().where(
                Station.code != DESK_STATION, Station.paired_at.is_not(None),
                Station.revoked_at.is_(None),
            ).label(FirstStep.STATION),
            exists().where(
                StationEvent.kind.in_(AT_STATIONS), StationEvent.station_code != DESK_STATION
            ).label(FirstStep.SCAN),
        )
    ).mappings().one()  # fmt: skip
    return [*named, *(FirstStep(name) for name, is_done in found.items() if is_done)]


def values_with(library: LibrarySettings, step: FirstStep) -> Mapping[str, Any]:
    """The settings that say of a step that it was looked at."""
    return {"first_run": tuple(each for each in FirstStep if each in {*library.first_run, step})}


def note_passed(database: Database, step: FirstStep, by: By) -> None:
    """Somebody looked at a step and goes on."""
    with database.writing() as session:
        library = settings.read(session)
        if step not in library.first_run:
            settings.put(session, values_with(library, step), actor=by.actor, at=by.at)


def test_ticket(session: Session) -> Ticket | None:
    """The newest valid staff pass, with whose it is: what the first scan is tried with."""
    return session.scalar(
        select(Ticket)
        .where(Ticket.kind == TicketKind.STAFF, Ticket.state == TicketState.ACTIVE)
        .options(joinedload(Ticket.patron))
        .order_by(Ticket.issued_at.desc())
        .limit(1)
    )
