"""Slips and stubs of the desk as pictures: for the desk's printer, through the browser's print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Final

from PIL import Image
from sqlalchemy.orm import Session

from server.console import reads
from server.models import LostSlip, OwnItem, Visit
from server.services import desk_slips, lost_slips
from server.services.lost_slips import Answer
from server.services.settings import LibrarySettings
from templates.slips import content as slips
from templates.slips.booking import draw_booking
from templates.slips.draw import draw_event_slip, draw_slip, draw_stub
from templates.slips.sale import draw_sale
from templates.words import Words

WIDTH_DOTS: Final = 576
_DOTS_PER_INCH: Final = 203.2
"""Eight dots a millimetre: 576 of them are the 72 mm that a roll of 80 mm prints."""
_TAIL_SIGNS: Final = 4


def draw(
    session: Session, visit: Visit, *, library: LibrarySettings, words: Words, keys: Path | None,
    at: datetime,
) -> Image.Image:  # fmt: skip
    """The slip of a visit as the printer shall burn it."""
    code = desk_slips.code_of(session, visit, keys)
    language = _language(words)
    library = library.at_branch(visit.branch_code)
    if visit.ticket_id is None:
        return draw_event_slip(
            _event_slip(session, visit, library, words, code), WIDTH_DOTS, language
        )
    return draw_slip(_reader_slip(session, visit, library, words, code, at), WIDTH_DOTS, language)


def stub(visit: Visit, *, library: LibrarySettings, words: Words) -> Image.Image:
    """What the reader takes along for a while (R3.1.5)."""
    library = library.at_branch(visit.branch_code)
    closes = _closing(library, visit)
    drawn = slips.StubContent(
        library=library.name_in(words.language),
        slip_number=visit.slip_number,
        date=_day(visit, words),
        exit_time=words.time(visit.changed_at),
        return_by=words.end(closes) if closes else "",
        service_phone=library.service_centre_phone,
    )
    return draw_stub(drawn, WIDTH_DOTS, _language(words))


def sale(content: slips.SaleContent, words: Words) -> Image.Image:
    """The slip of a paid service (C3.2)."""
    return draw_sale(content, WIDTH_DOTS, _language(words))


def booking(content: slips.BookingContent, words: Words) -> Image.Image:
    """The slip of a booked computer (C3.1.1)."""
    return draw_booking(content, WIDTH_DOTS, _language(words))


def as_png(picture: Image.Image) -> bytes:
    """The picture, dot for dot."""
    buffer = BytesIO()
    picture.save(buffer, "PNG", dpi=(_DOTS_PER_INCH, _DOTS_PER_INCH))
    return buffer.getvalue()


def as_pdf(picture: Image.Image) -> bytes:
    """The picture on a page of its true size."""
    buffer = BytesIO()
    picture.convert("L").save(buffer, "PDF", resolution=_DOTS_PER_INCH)
    return buffer.getvalue()


def _language(words: Words) -> slips.Language:
    return "en" if words.language == "en" else "uk"


def _day(visit: Visit, words: Words) -> str:
    """Short, as on the slips of kiosks."""
    return f"{visit.opened_at.astimezone(words.timezone):%d.%m.%Y}"


def _closing(library: LibrarySettings, visit: Visit) -> datetime | None:
    opening = library.opening(visit.local_day)
    return opening[1] if opening else None


def _reader_slip(
    session: Session, visit: Visit, library: LibrarySettings, words: Words, code: str, at: datetime
) -> slips.SlipContent:
    closes = _closing(library, visit)
    answers = lost_slips.inquire(session, visit.id)
    lost = lost_slips.lost_before(session, visit.slip_number)
    ticket = visit.ticket
    return slips.SlipContent(
        library=library.name_in(words.language),
        number=visit.slip_number,
        code=code,
        date=_day(visit, words),
        entry_time=words.time(visit.opened_at),
        service_phone=library.service_centre_phone,
        return_by=_before(closes, library.return_before_closing_min, words),
        stack_until=_before(closes, library.stack_stops_before_closing_min, words),
        home_loans_allowed=visit.home_loans,
        reader=ticket.patron.display_name if ticket else None,
        ticket_tail=ticket.number[-_TAIL_SIGNS:] if ticket else None,
        children=visit.persons - 1,
        own_items=tuple(map(_item, visit.own_items)),
        marks=tuple(_marks(answers, words)),
        event=visit.event.title if visit.event else None,
        reprint=desk_slips.is_reprint(session, visit.slip_number),
        duplicate=_duplicate(lost, answers, words, at) if lost else None,
    )


def _event_slip(
    session: Session, visit: Visit, library: LibrarySettings, words: Words, code: str
) -> slips.EventSlipContent:
    event, opening = visit.event, library.opening(visit.local_day)
    _ = words.gettext
    start, end = (event.starts_at, event.ends_at) if event else opening or (visit.opened_at,) * 2
    return slips.EventSlipContent(
        library=library.name_in(words.language),
        number=visit.slip_number,
        code=code,
        event=event.title if event else _party(visit, words),
        hall=event.hall if event else _("усі зали"),
        date=_day(visit, words),
        start=words.time(start),
        end=words.end(end),
        service_phone=library.service_centre_phone,
        persons=visit.persons,
        reprint=desk_slips.is_reprint(session, visit.slip_number),
    )


def _party(visit: Visit, words: Words) -> str:
    """Without an event it is a group with its guide, or the open day."""
    if not visit.group_name:
        return words.gettext("День відкритих дверей")
    return words.gettext(
        "Екскурсія: %(group)s, веде %(guide)s", group=visit.group_name, guide=visit.guide
    )


def _before(closes: datetime | None, minutes: int, words: Words) -> str | None:
    return None if closes is None else words.time(closes - timedelta(minutes=minutes))


def _item(item: OwnItem) -> slips.OwnItem:
    return slips.OwnItem(
        kind=slips.ItemKind(item.kind.value), count=item.count, approved_by=item.approved_name
    )


def _marks(answers: Sequence[Answer], words: Words) -> Sequence[slips.Mark]:
    return [
        slips.Mark(
            department=reads.department_name(answer.department, words),
            time=words.time(answer.marked_at),
            issued=answer.issued,
            returned=answer.returned,
            home=answer.home,
        )
        for answer in answers
        if answer.marked_at is not None
    ]


def _duplicate(
    lost: LostSlip, answers: Sequence[Answer], words: Words, at: datetime
) -> slips.Duplicate:
    owing: Mapping[str, int] = {
        reads.department_name(answer.department, words): answer.out
        for answer in answers
        if answer.out
    }
    return slips.Duplicate(
        lost_number=lost.number,
        as_of=words.time(at),
        outstanding=tuple(owing.items()),
        allowed_by=lost.staff.name,
    )
