"""A reader asks for a document at the kiosk: searched, chosen, and asked for with ticket or slip.

The request form of R3.2.1 fills itself from the catalogue; the department sees it at once, and the
reader gets it on paper.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar, Final
from zoneinfo import ZoneInfo

from PIL import Image

from gate.events import (
    Availability,
    DocumentRecord,
    DocumentsQuery,
    OrderAnswer,
    OrderOutcome,
    OrderQuery,
)
from kiosk.credentials import Shown
from kiosk.journal import new_id
from kiosk.knowledge import Unanswered, timezone_of
from kiosk.premises import Premises
from kiosk.printing import Paper as PrintedPaper
from kiosk.screens import Hold, Screen, Tone
from kiosk.stage import Stage
from templates.slips.content import Language, RequestContent, width_on
from templates.slips.request import draw_request

_LONGEST = 100


class Trouble(StrEnum):
    """Why there is no list."""

    EMPTY = "empty"
    NOTHING = "nothing"
    AWAY = "away"


_TONES: Final[Mapping[StrEnum, Tone]] = {
    OrderOutcome.ASKED: Tone.GRANT,
    OrderOutcome.ALREADY: Tone.GRANT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFind(Screen):
    """What is looked for, typed: an inventory number, or words of author and title."""

    name: ClassVar[str] = "order_find"
    hold: ClassVar[Hold] = Hold.CHOICE
    value: str = ""
    trouble: Trouble | None = None
    longest: int = _LONGEST
    ask: str = "order"
    """By which the keyboard knows what is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFound(Screen):
    """What was found; what is out can't be pressed."""

    name: ClassVar[str] = "order_found"
    hold: ClassVar[Hold] = Hold.READING
    found: tuple[DocumentRecord, ...]
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderShow(Screen):
    """The invitation to show ticket or slip, so that the document is fetched."""

    name: ClassVar[str] = "order_show"
    hold: ClassVar[Hold] = Hold.CHOICE
    awaits_code: ClassVar[bool] = True
    document: DocumentRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class Ordered(Screen):
    """What became of it."""

    name: ClassVar[str] = "ordered"
    hold: ClassVar[Hold] = Hold.READING
    document: DocumentRecord
    outcome: OrderOutcome | Unanswered
    number: int | None = None
    on_paper: bool = False

    @property
    def is_asked(self) -> bool:
        """Whether the department has it."""
        return self.outcome in (OrderOutcome.ASKED, OrderOutcome.ALREADY)


class Ordering:
    """One person's wish; forgotten with the screen."""

    def __init__(
        self, premises: Premises, stage: Stage,
        printer: Callable[[], Callable[[PrintedPaper], None] | None],
    ) -> None:  # fmt: skip
        self._premises = premises
        self._stage = stage
        self._printer = printer
        self._typed = ""
        self._found: tuple[DocumentRecord, ...] = ()
        self._chosen: DocumentRecord | None = None

    @property
    def waits(self) -> bool:
        """Whether the next ticket or slip shown is meant for a request."""
        return isinstance(self._stage.shown.screen, OrderShow)

    def begin(self) -> None:
        """Ask what is looked for; what was typed before is still there."""
        self._stage.show(OrderFind(value=self._typed))

    def end(self) -> None:
        """Forget the person."""
        self._typed, self._found, self._chosen = "", (), None

    def find(self, typed: str) -> None:
        """Look for what was typed."""
        self._typed = " ".join(typed.split())[:_LONGEST]
        if not self._typed:
            self._again(Trouble.EMPTY)
            return
        answer = self._premises.knowledge.find_documents(DocumentsQuery(text=self._typed))
        if answer is None:
            self._again(Trouble.AWAY)
        elif not answer.found:
            self._again(Trouble.NOTHING)
        else:
            self._found = answer.found
            self._stage.show(OrderFound(found=answer.found, more=answer.more))

    def _again(self, trouble: Trouble) -> None:
        self._stage.show(OrderFind(value=self._typed, trouble=trouble))

    def choose(self, value: str) -> None:
        """A document of the list; one that is out is none."""
        known = {str(each.document_id): each for each in self._found}
        chosen = known.get(value)
        if chosen is not None and chosen.availability is Availability.FREE:
            self._chosen = chosen
            self._stage.show(OrderShow(document=chosen))

    def take(self, shown: Shown) -> None:
        """A ticket, a slip or a card was shown."""
        chosen = self._chosen
        if chosen is None:
            return
        if not shown.readable or shown.credential is None:
            self._show(chosen, OrderOutcome.DESK)
            return
        at = self._premises.clock.now()
        query = OrderQuery(
            id=new_id(at), document_id=chosen.document_id, credential=shown.credential,
            value=shown.value,
        )  # fmt: skip
        answer = self._premises.knowledge.order(query)
        if answer is None:
            self._show(chosen, Unanswered.AWAY)
            return
        self._show(chosen, answer.outcome, answer, on_paper=self._print(answer, at))

    def _print(self, answer: OrderAnswer, at: datetime) -> bool:
        """The request form, to be signed and given to the department."""
        print_paper = self._printer()
        document = answer.document
        if print_paper is None or document is None or answer.number is None:
            return False
        building = self._premises.knowledge.house().building
        content = _content(answer, document, building.library_name, at, timezone_of(building))
        language: Language = self._premises.slip_language
        print_paper(lambda width: _draw(content, width, language))
        return True

    def _show(
        self,
        document: DocumentRecord,
        outcome: OrderOutcome | Unanswered,
        answer: OrderAnswer | None = None,
        *,
        on_paper: bool = False,
    ) -> None:
        self._stage.show(
            Ordered(
                document=document, outcome=outcome, on_paper=on_paper,
                number=None if answer is None else answer.number,
                tone=_TONES.get(outcome, Tone.DESK),
            )
        )  # fmt: skip


def _content(
    answer: OrderAnswer, document: DocumentRecord, library: str, at: datetime, zone: ZoneInfo
) -> RequestContent:
    return RequestContent(
        library=library, number=str(answer.number), at=f"{at.astimezone(zone):%d.%m.%Y, %H:%M}",
        reader=answer.reader, ticket=answer.ticket, title=document.title, author=document.author,
        year="" if document.year is None else str(document.year), shelf_mark=document.shelf_mark,
        inventory_number=document.inventory_number, department=document.department,
    )  # fmt: skip


def _draw(content: RequestContent, width: int, language: Language) -> Image.Image:
    return draw_request(content, width_on(width), language)
