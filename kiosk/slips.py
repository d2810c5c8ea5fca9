"""What stands on a slip: facts made ready for paper, kept as JSON with the print job."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal, TypeAlias

from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from gate.events import (
    BuildingRecord,
    EventRecord,
    OwnItemRecord,
    PreregistrationAnswer,
    TicketRecord,
    VisitRecord,
)
from gate.facts import TicketClaims
from gate.records import ticket_facts
from gate.rules import home_loans_allowed, ticket_from_claims
from kiosk.knowledge import Known, timezone_of
from templates.slips.content import (
    EventSlipContent,
    ItemKind,
    Language,
    OwnItem,
    QueueSlipContent,
    SlipContent,
    width_on,
)
from templates.slips.draw import draw_event_slip, draw_queue_slip, draw_slip
from templates.words import words_for

_TAIL_SIGNS: Final = 4
_OPEN_DAY_EVENT: Final = "День відкритих дверей"
_OPEN_DAY_HALL: Final = "усі зали"


class ReaderSlip(BaseModel):
    """A reader's control slip (R3.1.2)."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["reader"] = "reader"
    content: SlipContent


class EventSlip(BaseModel):
    """The slip of an event's visitors (R2.4)."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["event"] = "event"
    content: EventSlipContent


class QueueSlip(BaseModel):
    """The number in the Service Centre's queue, of somebody who began to enrol (R2.1)."""

    model_config = ConfigDict(frozen=True)

    kind: Literal["queue"] = "queue"
    content: QueueSlipContent


AnySlip: TypeAlias = ReaderSlip | EventSlip | QueueSlip
Slip = Annotated[AnySlip, Field(discriminator="kind")]
_SLIP: Final[TypeAdapter[AnySlip]] = TypeAdapter(Slip)


def read(content: str) -> ReaderSlip | EventSlip:
    """A visit's slip out of its job. Raises ValueError for a queue slip."""
    slip = read_any(content)
    if isinstance(slip, QueueSlip):
        raise ValueError("a queue slip belongs to no visit")  # noqa: TRY004 - a value of a job
    return slip


def read_any(content: str) -> AnySlip:
    """Whatever a job prints."""
    return _SLIP.validate_json(content)


def as_copy(content: str) -> str:
    """The same slip, labelled as printed again (fault 2)."""
    slip = read(content)
    again = replace(slip.content, reprint=True)
    return slip.model_copy(update={"content": again}).model_dump_json()


def draw(content: str, width_dots: int, language: Language) -> Image.Image:
    """The slip as the printer shall burn it."""
    slip = read_any(content)
    width = width_on(width_dots)
    if isinstance(slip, ReaderSlip):
        return draw_slip(slip.content, width, language)
    if isinstance(slip, QueueSlip):
        return draw_queue_slip(slip.content, width, language)
    return draw_event_slip(slip.content, width, language)


def reader_slip(
    visit: VisitRecord, code: str, known: Known, claims: TicketClaims | None, language: Language
) -> ReaderSlip:
    """The slip of a reader, with the event that is joined, if any."""
    words = words_for(language, timezone_of(known.building))
    ticket = known.ticket
    before, stack = _limits(known)
    return ReaderSlip(
        content=SlipContent(
            library=known.building.library_name,
            number=visit.slip_number,
            code=code,
            date=_short_day(visit.opened_at, known.building),
            entry_time=words.time(visit.opened_at),
            service_phone=known.building.service_centre_phone,
            return_by=None if before is None else words.time(before),
            stack_until=None if stack is None else words.time(stack),
            home_loans_allowed=_home_loans(known, claims, visit.opened_at),
            reader=None if ticket is None else ticket.display_name,
            ticket_tail=_tail(ticket, claims),
            children=visit.persons - 1,
            own_items=tuple(map(_item, visit.own_items)),
            event=None if known.event is None else known.event.title,
            copy_age_min=_copy_age_min(known, visit.opened_at),
        )
    )


def event_slip(visit: VisitRecord, code: str, known: Known, language: Language) -> EventSlip:
    """The slip of visitors without a ticket: of an event, or of an open day (E34)."""
    words = words_for(language, timezone_of(known.building))
    title, hall, start, end = _occasion(known.event, known.building, visit.opened_at)
    return EventSlip(
        content=EventSlipContent(
            library=known.building.library_name,
            number=visit.slip_number,
            code=code,
            event=title,
            hall=hall,
            date=_short_day(visit.opened_at, known.building),
            start=words.time(start),
            end=words.end(end),
            service_phone=known.building.service_centre_phone,
            persons=visit.persons,
            copy_age_min=_copy_age_min(known, visit.opened_at),
        )
    )


def queue_slip(
    answer: PreregistrationAnswer, building: BuildingRecord, at: datetime, language: Language
) -> QueueSlip:
    """The number of somebody who goes on to the desk; it names nobody."""
    words = words_for(language, timezone_of(building))
    return QueueSlip(
        content=QueueSlipContent(
            library=building.library_name,
            number=answer.number,
            code=answer.code,
            date=_short_day(at, building),
            time=words.time(at),
            kept_until=f"{answer.kept_until:%d.%m.%Y}",
            service_phone=building.service_centre_phone,
        )
    )


def _short_day(at: datetime, building: BuildingRecord) -> str:
    """The library's day in figures, as forms have it."""
    return f"{at.astimezone(timezone_of(building)):%d.%m.%Y}"


def _occasion(
    event: EventRecord | None, building: BuildingRecord, at: datetime
) -> tuple[str, str, datetime, datetime]:
    if event is not None:
        return event.title, event.hall, event.starts_at, event.ends_at
    return _OPEN_DAY_EVENT, _OPEN_DAY_HALL, building.opens_at or at, building.closes_at or at


def _limits(known: Known) -> tuple[datetime | None, datetime | None]:
    """Until when documents come back, and out of the stack (R3.2.7, R3.2.8)."""
    closes, policy = known.building.closes_at, known.policy
    if closes is None:
        return None, None
    return closes - policy.return_before_closing, closes - policy.stack_stops_before_closing


def _home_loans(known: Known, claims: TicketClaims | None, at: datetime) -> bool:
    if known.ticket is not None:
        return home_loans_allowed(ticket_facts(known.ticket), at, known.policy)
    if claims is None:
        return False
    return home_loans_allowed(ticket_from_claims(claims, known.policy), at, known.policy)


def _tail(ticket: TicketRecord | None, claims: TicketClaims | None) -> str | None:
    """The last signs of the ticket's number; of its id where the number is not known here."""
    if ticket is not None:
        return ticket.number[-_TAIL_SIGNS:]
    return None if claims is None else f"id {claims.ticket_id[-_TAIL_SIGNS:]}"


def _item(item: OwnItemRecord) -> OwnItem:
    return OwnItem(kind=ItemKind(item.kind.value), count=item.count, approved_by=item.approved_by)


def _copy_age_min(known: Known, at: datetime) -> int | None:
    if not known.offline:
        return None
    return max(0, (at - known.freshness.as_of) // timedelta(minutes=1))
