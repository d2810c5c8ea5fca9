"""Slips of an invented day, for previews, the page of tokens and the tests."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from templates.slips.content import (
    BookingContent,
    Duplicate,
    EventSlipContent,
    ItemKind,
    Mark,
    OwnItem,
    QueueSlipContent,
    SlipContent,
    StubContent,
)

LIBRARY: Final = (
    "Чернігівська обласна універсальна наукова бібліотека імені Софії та Олександра Русових"
)
PHONE: Final = "(0462) 00-00-00"
CODE: Final = (
    "LS1:RRQW8AP60JO0S-A2VCB8E%IAPHAO5FL6BFRK7PD$96A46FG6PF6DZAWY0XNDCDBR-0A90.QKHQ3I$F9SJY+BZ"
    "KD/SH27BTCK8/LZ3CG6O7DHYAAND8PP28X0U*DLQ62MLCKLTFTEJP.4J9/9-*9EB6MREHMCQ9KJ90A:R*Z33/4NCU"
    "7Q5+6MWFQL/CK61"
)
"""A slip's code as long as real ones, signed by a key that nobody trusts."""

READER: Final = SlipContent(
    library=LIBRARY,
    number="A1-0042-U22UN",
    code=CODE,
    date="21.11.2026",
    entry_time="10:42",
    service_phone=PHONE,
    return_by="19:45",
    stack_until="19:30",
    home_loans_allowed=True,
    reader="Оксана К.",
    ticket_tail="4821",
)
WITH_ITEMS: Final = replace(
    READER,
    number="A1-0043-EPKEK",
    reader="Ґедеон Є.",
    home_loans_allowed=False,
    children=2,
    cloakroom_token="128",  # noqa: S106 - a number to hang a coat on
    own_items=(
        OwnItem(kind=ItemKind.LAPTOP),
        OwnItem(kind=ItemKind.DOCUMENTS, count=3),
    ),
)
APPROVED: Final = replace(
    WITH_ITEMS,
    own_items=(
        OwnItem(kind=ItemKind.LAPTOP, approved_by="Ірина М."),
        OwnItem(kind=ItemKind.OTHER, note="нотний папір", approved_by="Ірина М."),
        OwnItem(kind=ItemKind.DOCUMENTS, count=3),
    ),
)
OFFLINE: Final = replace(READER, number="A1-0044-EWW71", copy_age_min=25 * 60 + 10)
REPRINT: Final = replace(OFFLINE, reprint=True)
JOINS_EVENT: Final = replace(
    READER,
    reader=None,
    event="Зустріч із перекладачкою: «Як звучить поезія, коли її читають двома мовами?»",
)
DUPLICATE: Final = replace(
    READER,
    number="B2-0007-G2PA4",
    marks=(
        Mark(department="Читальна зала", time="11:05", issued=2, returned=1),
        Mark(department="Відділ документів іноземними мовами", time="12:30", home=1),
    ),
    duplicate=Duplicate(
        lost_number="A1-0042-U22UN",
        as_of="13:15",
        outstanding=(("Читальна зала", 1),),
    ),
)
EVENT: Final = EventSlipContent(
    library=LIBRARY,
    number="A1-0045-DGK4W",
    code=CODE,
    event="Презентація книжки «Ґанок, їжак і Єгипет»",
    hall="Зала мистецтв",
    date="21.11.2026",
    start="15:00",
    end="16:30",
    service_phone=PHONE,
)
EVENT_LONG: Final = replace(
    EVENT,
    event="Всеукраїнська науково-практична конференція «Бібліотека громади: простір пам’яті, "
    "освіти й порозуміння» — перше пленарне засідання та відкриття виставки рідкісних видань",
    hall="Зала імені Софії Русової, другий поверх",
    persons=25,
    copy_age_min=42,
)
STUB: Final = StubContent(
    library=LIBRARY,
    slip_number="A1-0042-U22UN",
    date="21.11.2026",
    exit_time="13:20",
    return_by="20:00",
    service_phone=PHONE,
)

QUEUE: Final = QueueSlipContent(
    library=LIBRARY,
    number="128",
    code="LP1:01900000000070008000000000000001",
    date="21.11.2026",
    time="10:42",
    kept_until="24.11.2026",
    service_phone=PHONE,
)

READER_SLIPS: Final = {
    "reader": READER,
    "items-declared": WITH_ITEMS,
    "items-approved": APPROVED,
    "offline": OFFLINE,
    "reprint": REPRINT,
    "joins-event": JOINS_EVENT,
    "duplicate": DUPLICATE,
}
EVENT_SLIPS: Final = {"event": EVENT, "event-long": EVENT_LONG}
BOOKING: Final = BookingContent(
    library=LIBRARY, number="12", hours="14:00–15:00", day="3 грудня 2026, четвер",
    place="ПК 2, сканер", kept_min=15, phone=PHONE,
)  # fmt: skip
