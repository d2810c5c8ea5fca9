"""A reader signs up for an event that has not begun, by the ticket (R4.1.11)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from gate.events import SignupOutcome, SignupQuery
from kiosk.credentials import Shown
from kiosk.knowledge import Unanswered
from kiosk.premises import Premises
from kiosk.screens import EventLine, Hold, Screen, Tone
from kiosk.stage import Stage

_TONES: Final[Mapping[StrEnum, Tone]] = {
    SignupOutcome.SIGNED_UP: Tone.GRANT,
    SignupOutcome.ALREADY: Tone.GRANT,
    SignupOutcome.CANCELLED: Tone.CALM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class SignUp(Screen):
    """The invitation to show a ticket, so that a place is kept."""

    name: ClassVar[str] = "sign_up"
    hold: ClassVar[Hold] = Hold.CHOICE
    awaits_code: ClassVar[bool] = True
    event: EventLine


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed(Screen):
    """What became of it; who is on the list may take the name off again."""

    name: ClassVar[str] = "signed"
    hold: ClassVar[Hold] = Hold.READING
    event: EventLine
    outcome: SignupOutcome | Unanswered
    turn: int | None = None
    """The number among those who wait for a place."""

    @property
    def is_listed(self) -> bool:
        """Whether a place is kept now."""
        return self.outcome in (SignupOutcome.SIGNED_UP, SignupOutcome.ALREADY)


class Signing:
    """One person's wish; forgotten with the screen."""

    def __init__(self, premises: Premises, stage: Stage) -> None:
        self._premises = premises
        self._stage = stage
        self._event: EventLine | None = None
        self._query: SignupQuery | None = None

    @property
    def waits(self) -> bool:
        """Whether the next ticket shown is meant for the list."""
        return isinstance(self._stage.shown.screen, SignUp)

    def begin(self, event: EventLine) -> None:
        """Ask for the ticket."""
        self._event, self._query = event, None
        self._stage.show(SignUp(event=event))

    def end(self) -> None:
        """Forget the person."""
        self._event = self._query = None

    def take(self, shown: Shown) -> None:
        """A ticket or card was shown."""
        event = self._event
        if event is None:
            return
        if not shown.readable or shown.credential is None:
            self._show(event, SignupOutcome.DESK)
            return
        self._query = SignupQuery(
            event_id=event.event_id, credential=shown.credential, value=shown.value,
            wait=event.has_queue,
        )  # fmt: skip
        self._ask(event, self._query)

    def cancel(self) -> None:
        """Take the name off the list again, or out of the queue."""
        self._ask_anew(cancel=True)

    def wait(self) -> None:
        """Wait for a place that may become free."""
        self._ask_anew(wait=True)

    def _ask_anew(self, **change: bool) -> None:
        if self._event is not None and self._query is not None:
            self._ask(self._event, self._query.model_copy(update=change))

    def _ask(self, event: EventLine, query: SignupQuery) -> None:
        answer = self._premises.knowledge.sign_up(query)
        if answer is None:
            self._show(event, Unanswered.AWAY)
        else:
            self._show(event, answer.outcome, answer.turn)

    def _show(
        self, event: EventLine, outcome: SignupOutcome | Unanswered, turn: int | None = None
    ) -> None:
        tone = Tone.CALM if turn is not None else _TONES.get(outcome, Tone.DESK)
        self._stage.show(Signed(event=event, outcome=outcome, turn=turn, tone=tone))
