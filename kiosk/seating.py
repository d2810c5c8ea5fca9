"""Somebody asks for a computer of the information centre, by ticket or slip (C1.5, C3.1.1)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final

from gate.events import WorkplaceOutcome, WorkplaceQuery
from kiosk.credentials import Shown
from kiosk.knowledge import Unanswered
from kiosk.premises import Premises
from kiosk.screens import Hold, Screen, Tone
from kiosk.stage import Stage

_MINUTE_S = 60


_TONES: Final[Mapping[StrEnum, Tone]] = {
    WorkplaceOutcome.FREE: Tone.GRANT,
    WorkplaceOutcome.SITS: Tone.GRANT,
    WorkplaceOutcome.WAITS: Tone.CALM,
    WorkplaceOutcome.LEFT: Tone.CALM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskWorkplace(Screen):
    """The invitation to show slip or ticket."""

    name: ClassVar[str] = "workplace_ask"
    hold: ClassVar[Hold] = Hold.CHOICE
    awaits_code: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Workplace(Screen):
    """How it stands: a place, or how many are before, and until when."""

    name: ClassVar[str] = "workplace"
    hold: ClassVar[Hold] = Hold.READING
    outcome: WorkplaceOutcome | Unanswered
    place: str = ""
    """Theirs, or free for them; for those who wait, the one they booked, where others sit yet."""
    before: int = 0
    at: datetime | None = None
    minutes: int = 0
    """From now until `at`."""

    @property
    def may_leave(self) -> bool:
        """Whether they are in the queue now."""
        booked = self.outcome is WorkplaceOutcome.WAITS and bool(self.place)
        return self.outcome in (WorkplaceOutcome.FREE, WorkplaceOutcome.WAITS) and not booked


class Seating:
    """One person's wish; forgotten with the screen."""

    def __init__(self, premises: Premises, stage: Stage) -> None:
        self._premises = premises
        self._stage = stage
        self._query: WorkplaceQuery | None = None

    @property
    def waits(self) -> bool:
        """Whether the next ticket or slip shown is meant for a computer."""
        return isinstance(self._stage.shown.screen, AskWorkplace)

    def begin(self) -> None:
        """Ask for slip or ticket."""
        self._query = None
        self._stage.show(AskWorkplace())

    def end(self) -> None:
        """Forget the person."""
        self._query = None

    def take(self, shown: Shown) -> None:
        """A ticket, a slip or a card was shown."""
        if not shown.readable or shown.credential is None:
            self._stage.show(Workplace(outcome=WorkplaceOutcome.DESK, tone=Tone.DESK))
            return
        self._query = WorkplaceQuery(credential=shown.credential, value=shown.value)
        self._ask(self._query)

    def leave(self) -> None:
        """Wait no longer."""
        if self._query is not None:
            self._ask(self._query.model_copy(update={"cancel": True}))

    def _ask(self, query: WorkplaceQuery) -> None:
        answer = self._premises.knowledge.workplace(query)
        if answer is None:
            self._stage.show(Workplace(outcome=Unanswered.AWAY, tone=Tone.DESK))
            return
        left = None if answer.at is None else answer.at - self._premises.clock.now()
        outcome = answer.outcome
        self._stage.show(
            Workplace(
                outcome=outcome, place=answer.place, before=answer.before, at=answer.at,
                minutes=0 if left is None else max(0, round(left.total_seconds() / _MINUTE_S)),
                tone=_TONES.get(outcome, Tone.DESK),
            )
        )  # fmt: skip
