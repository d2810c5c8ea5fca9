"""What stations told of one visit, folded in the order in which it happened.

Arrivals may be late, repeated or out of order; the fold of all that is known is always the same
(fault 14, X12).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.events import Receipt
from gate.facts import Emergency, SlipState, VisitState
from server.models import EmergencyCase, RollEntry, StationEvent, Visit

_TELLING = ("entry_decided", "passed", "not_passed", "left", "returned", "exited")
_MOVES = {
    # Who was slow has passed after all.
    "passed": ({VisitState.ADMITTED, VisitState.NOT_PASSED}, VisitState.INSIDE),
    "not_passed": ({VisitState.ADMITTED}, VisitState.NOT_PASSED),
    "left": ({VisitState.ADMITTED, VisitState.INSIDE}, VisitState.AWAY),
    "returned": ({VisitState.AWAY, VisitState.EVACUATED}, VisitState.INSIDE),
    "evacuated": ({VisitState.ADMITTED, VisitState.INSIDE}, VisitState.EVACUATED),
}
"""What moves a visit from which states to which; anything else changes nothing."""
_ORDERED_BY = 5
"""Fields of `Told` that say what happened first; its payload says nothing of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """Where a visit stands by its stations' words."""

    state: VisitState
    since: datetime
    exit_station: str | None = None
    handed_in: bool = False

    @property
    def is_over(self) -> bool:
        """Whether the reader went out, or never came in."""
        return self.state in (VisitState.CLOSED, VisitState.NOT_PASSED)


class Told(NamedTuple):
    """What a story is made of; told stories sort by these fields, in this order."""

    at: datetime
    incarnation: int
    sequence: int
    kind: str
    station: str
    payload: Mapping[str, Any]


def tells(kind: str) -> bool:
    """Whether events of this kind move a visit."""
    return kind in _TELLING


def told(session: Session, visit_ids: Collection[UUID]) -> dict[UUID, list[Told]]:
    """All events that move these visits, in no order, and the fires that called people out."""
    found: dict[UUID, list[Told]] = defaultdict(list)
    if not visit_ids:
        return found
    rows = session.execute(
        select(
            StationEvent.visit_id,
            StationEvent.at,
            StationEvent.incarnation,
            StationEvent.sequence,
            StationEvent.kind,
            StationEvent.station_code,
            StationEvent.payload,
        ).where(
            StationEvent.visit_id.in_(visit_ids),
            StationEvent.receipt == Receipt.STORED,
            StationEvent.kind.in_(_TELLING),
        )
    )
    for visit_id, at, incarnation, sequence, kind, station, payload in rows:
        if visit_id is not None and at is not None:
            event = Told(at, incarnation or 0, sequence or 0, kind, station, payload)
            found[visit_id].append(event)
    fires = session.execute(
        select(RollEntry.visit_id, EmergencyCase.started_at)
        .join(EmergencyCase, EmergencyCase.id == RollEntry.case_id)
        .where(EmergencyCase.kind == Emergency.FIRE, RollEntry.visit_id.in_(visit_ids))
    )
    for visit_id, started_at in fires:
        if visit_id is not None:
            found[visit_id].append(evacuated(started_at))
    return found


def evacuated(at: datetime) -> Told:
    """A fire called everybody out."""
    return Told(at, 0, 0, "evacuated", "", {})


def fold(events: Iterable[Told]) -> Story | None:
    """Where these events lead, whatever order they arrived in.

    None where none of them says that the visit began.
    """
    story: Story | None = None
    for event in sorted(events, key=lambda event: event[:_ORDERED_BY]):
        if event.kind == "exited":
            return _gone(event)
        story = _moved(story, event)
    return story


def _gone(event: Told) -> Story:
    """The first exit counts; what is told of later was another visit or a mistake."""
    return Story(
        state=VisitState.CLOSED,
        since=event.at,
        exit_station=event.station,
        handed_in=bool(event.payload.get("slip_handed_in", True)),
    )


def _moved(story: Story | None, event: Told) -> Story | None:
    if event.kind == "entry_decided":
        state = event.payload.get("visit_state")
        return story if state is None else Story(state=VisitState(state), since=event.at)
    if story is None:
        return None
    before, after = _MOVES[event.kind]
    return Story(state=after, since=event.at) if story.state in before else story


def apply(visit: Visit, story: Story) -> bool:
    """Bring a visit to where its story stands; tells whether that changed anything.

    What staff closed stays closed. An exit counts whenever it is heard of, even after the day was
    closed; anything else only moves a visit that is still open, and by the newer word.
    """
    if visit.closed_by is not None or not (_is_exit(story) or _may_move(visit, story)):
        return False
    before = (visit.state, visit.changed_at)
    visit.state, visit.changed_at = story.state, story.since
    visit.closed_at = story.since if story.is_over else None
    visit.slip_state = SlipState.CLOSED if story.is_over else SlipState.OPEN
    visit.exit_station_code, visit.handed_in = story.exit_station, story.handed_in
    return before != (story.state, story.since)


def _is_exit(story: Story) -> bool:
    return story.state is VisitState.CLOSED


def _may_move(visit: Visit, story: Story) -> bool:
    """Who did not pass may try again; what is over otherwise is not opened anew."""
    goes_on = visit.closed_at is None or visit.state is VisitState.NOT_PASSED
    return goes_on and story.since >= visit.changed_at
