"""Somebody books a computer of the information centre for an hour to come (C1.5, C3.1.1).

Ticket or slip, day, time, how long: the server tells what is free and keeps the place.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar, Final

from PIL import Image

from gate.events import (
    BookingAnswer,
    BookingOutcome,
    BookingQuery,
    BookingRecord,
    OpeningRecord,
)
from kiosk.credentials import Shown
from kiosk.knowledge import Unanswered, timezone_of
from kiosk.premises import Premises
from kiosk.printing import Paper as PrintedPaper
from kiosk.screens import Hold, Reading, Screen, Tone
from kiosk.stage import Stage
from templates.slips.booking import draw_booking
from templates.slips.content import BookingContent, Language, width_on
from templates.words import words_for

_LENGTHS = (30, 60, 90, 120)
_ACTS = frozenset({"begins_at", "cancel"})
"""Parts of a query that change something."""


_TONES: Final[Mapping[StrEnum, Tone]] = {
    BookingOutcome.BOOKED: Tone.GRANT,
    BookingOutcome.CANCELLED: Tone.CALM,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AskBooking(Screen):
    """The invitation to show slip or ticket."""

    name: ClassVar[str] = "book_ask"
    hold: ClassVar[Hold] = Hold.CHOICE
    awaits_code: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class BookDay(Screen):
    """The days that may be booked, and what is booked already."""

    name: ClassVar[str] = "book_day"
    hold: ClassVar[Hold] = Hold.READING
    days: tuple[date, ...]
    mine: tuple[BookingRecord, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BookTime(Screen):
    """From when somebody may sit on that day."""

    name: ClassVar[str] = "book_time"
    hold: ClassVar[Hold] = Hold.READING
    day: date
    openings: tuple[OpeningRecord, ...]
    is_gone: bool = False
    """The time that was chosen: somebody was faster, or it has passed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookLength(Screen):
    """How long, as far as the place is free."""

    name: ClassVar[str] = "book_length"
    hold: ClassVar[Hold] = Hold.CHOICE
    day: date
    begins_at: datetime
    lengths: tuple[int, ...]
    """Minutes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BookCancel(Screen):
    """Whether a booking is really given back."""

    name: ClassVar[str] = "book_cancel"
    hold: ClassVar[Hold] = Hold.CHOICE
    booking: BookingRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked(Screen):
    """What became of it: the place and its time, or where to turn."""

    name: ClassVar[str] = "booked"
    hold: ClassVar[Hold] = Hold.READING
    outcome: BookingOutcome | Unanswered
    booked: BookingRecord | None = None
    kept_min: int = 0
    most: int = 0
    on_paper: bool = False


class Booking:
    """One person's wish; forgotten with the screen."""

    def __init__(
        self, premises: Premises, stage: Stage,
        printer: Callable[[], Callable[[PrintedPaper], None] | None],
    ) -> None:  # fmt: skip
        self._premises = premises
        self._stage = stage
        self._printer = printer
        self._query: BookingQuery | None = None
        self.presses: dict[str, Callable[[str], None]] = {
            "booking": lambda _: self._begin(),
            "book_days": lambda _: self._show_days(),
            "book_day": self._choose_day,
            "book_time": self._choose_time,
            "book_length": self._choose_length,
            "book_cancel": self._ask_whether,
            "book_give_back": self._give_back,
        }

    @property
    def waits(self) -> bool:
        """Whether the next ticket or slip shown is meant for a booking."""
        return isinstance(self._stage.shown.screen, AskBooking)

    def end(self) -> None:
        """Forget the person."""
        self._query = None

    def take(self, shown: Shown) -> None:
        """A ticket, a slip or a card was shown."""
        if not shown.readable or shown.credential is None:
            self._tell(BookingOutcome.DESK)
            return
        self._query = BookingQuery(credential=shown.credential, value=shown.value)
        self._show_days()

    def _begin(self) -> None:
        self.end()
        self._stage.show(AskBooking())

    def _show_days(self) -> None:
        answer = self._ask()
        if answer is not None:
            self._stage.show(_days(answer))

    def _choose_day(self, text: str) -> None:
        try:
            day = date.fromisoformat(text)
        except ValueError:
            return
        answer = self._ask(day=day)
        if answer is not None:
            self._stage.show(BookTime(day=day, openings=answer.openings))

    def _choose_time(self, text: str) -> None:
        shown = self._stage.shown.screen
        if not isinstance(shown, BookTime):
            return
        for opening in shown.openings:
            if opening.begins_at.isoformat() == text:
                fits = tuple(each for each in _LENGTHS if each <= opening.minutes)
                self._stage.show(
                    BookLength(day=shown.day, begins_at=opening.begins_at, lengths=fits)
                )

    def _choose_length(self, minutes: str) -> None:
        shown = self._stage.shown.screen
        if not isinstance(shown, BookLength) or minutes not in map(str, shown.lengths):
            return
        answer = self._ask(begins_at=shown.begins_at, minutes=int(minutes))
        if answer is None:
            return
        if answer.outcome in (BookingOutcome.TAKEN, BookingOutcome.NOT_THEN):
            self._stage.show(BookTime(day=shown.day, openings=answer.openings, is_gone=True))
        else:
            self._tell(answer.outcome, answer)

    def _ask_whether(self, booking_id: str) -> None:
        shown = self._stage.shown.screen
        for booking in shown.mine if isinstance(shown, BookDay) else ():
            if str(booking.booking_id) == booking_id:
                self._stage.show(BookCancel(booking=booking))

    def _give_back(self, booking_id: str) -> None:
        answer = self._ask(cancel=int(booking_id)) if booking_id.isdecimal() else None
        if answer is None:
            return
        if answer.outcome is BookingOutcome.NOT_THEN:
            self._stage.show(_days(answer))
        else:
            self._tell(answer.outcome, answer)

    def _ask(self, **wish: Any) -> BookingAnswer | None:
        """The server's answer; None where there is nobody, or they were told why not."""
        if self._query is None:
            return None
        self._stage.show(Reading())
        answer = self._premises.knowledge.book(self._query.model_copy(update=wish))
        if answer is None:
            self._tell(Unanswered.UNSURE if wish.keys() & _ACTS else Unanswered.AWAY)
        elif answer.outcome in (BookingOutcome.NOT_INSIDE, BookingOutcome.DESK):
            self._tell(answer.outcome, answer)
            return None
        return answer

    def _tell(
        self, outcome: BookingOutcome | Unanswered, answer: BookingAnswer | None = None
    ) -> None:
        self._stage.show(
            Booked(
                outcome=outcome, booked=answer.booked if answer else None,
                kept_min=answer.kept_min if answer else 0, most=answer.most if answer else 0,
                on_paper=answer is not None and self._print(answer),
                tone=_TONES.get(outcome, Tone.DESK),
            )
        )  # fmt: skip

    def _print(self, answer: BookingAnswer) -> bool:
        """The slip to take home: day, hour, place, what to bring."""
        print_paper, booked = self._printer(), answer.booked
        if answer.outcome is not BookingOutcome.BOOKED or print_paper is None or booked is None:
            return False
        building = self._premises.knowledge.house().building
        language: Language = self._premises.slip_language
        said = words_for(language, timezone_of(building))
        english = language == "en" and building.library_name_en
        content = BookingContent(
            library=building.library_name_en if english else building.library_name,
            number=str(booked.booking_id), place=booked.place, kept_min=answer.kept_min,
            hours=f"{said.time(booked.begins_at)}–{said.time(booked.ends_at)}",
            day=f"{said.date(booked.begins_at)}, {said.weekday(booked.begins_at)}",
            phone=building.service_centre_phone,
        )  # fmt: skip
        print_paper(lambda width: _draw(content, width, language))
        return True


def _draw(content: BookingContent, width: int, language: Language) -> Image.Image:
    return draw_booking(content, width_on(width), language)


def _days(answer: BookingAnswer) -> BookDay:
    return BookDay(days=answer.days, mine=answer.mine)
