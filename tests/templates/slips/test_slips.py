"""Slips as a library hands them out: everything on them, nothing on top of anything else."""

from dataclasses import replace
from itertools import pairwise
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from templates.slips.booking import compose_booking
from templates.slips.codes import CodeError
from templates.slips.content import (
    Duplicate,
    EventSlipContent,
    ItemKind,
    Language,
    Mark,
    OwnItem,
    QueueSlipContent,
    SlipContent,
    StubContent,
    WidthDots,
)
from templates.slips.draw import (
    compose_event_slip,
    compose_queue_slip,
    compose_slip,
    compose_stub,
    draw_event_slip,
    draw_queue_slip,
    draw_slip,
    draw_stub,
)
from templates.slips.examples import (
    APPROVED,
    BOOKING,
    DUPLICATE,
    EVENT,
    EVENT_LONG,
    EVENT_SLIPS,
    JOINS_EVENT,
    OFFLINE,
    QUEUE,
    READER,
    READER_SLIPS,
    REPRINT,
    STUB,
    WITH_ITEMS,
)
from templates.slips.sheet import Kind, Sheet
from tests.templates.slips.paper import (
    EIGHT_MM,
    boxes_meet,
    ink_meets,
    misplaced,
    of_kind,
    read_codes,
    said,
)

WIDTHS = get_args(WidthDots)
LANGUAGES = get_args(Language)
on_every_paper = pytest.mark.parametrize("width", WIDTHS)
in_every_language = pytest.mark.parametrize("language", LANGUAGES)

HOSTILE = st.text(
    st.characters(exclude_categories=[]) | st.sampled_from("\x1b\x1d\x10@V\u202e👩🏽«Ґ’— "),
    max_size=200,
) | st.sampled_from(["Щ" * 200, "Ш " * 90, "Д-" * 90, "\x1b@", ""])
COUNTS = st.integers(0, 10**9)


@on_every_paper
@in_every_language
@pytest.mark.parametrize("content", READER_SLIPS.values(), ids=READER_SLIPS)
def test_a_readers_slip_keeps_everything_on_the_paper_and_apart(
    content: SlipContent, width: WidthDots, language: Language
) -> None:
    assert misplaced(compose_slip(content, width, language)) == []


@on_every_paper
@in_every_language
@pytest.mark.parametrize("content", EVENT_SLIPS.values(), ids=EVENT_SLIPS)
def test_an_event_slip_keeps_everything_on_the_paper_and_apart(
    content: EventSlipContent, width: WidthDots, language: Language
) -> None:
    assert misplaced(compose_event_slip(content, width, language)) == []


@on_every_paper
@in_every_language
@pytest.mark.clause("C3.1.1")
def test_a_booking_slip_says_hour_day_place_and_what_to_bring(
    width: WidthDots, language: Language
) -> None:
    sheet = compose_booking(BOOKING, width, language)
    assert misplaced(sheet) == []
    largest = max(of_kind(sheet, Kind.TEXT), key=lambda piece: piece.box[3] - piece.box[1])
    assert largest.text == BOOKING.hours
    text = said(sheet)
    bring = {"uk": "Візьміть читацький квиток.", "en": "Bring your reader's ticket."}[language]
    for phrase in (BOOKING.day, BOOKING.place, "15", BOOKING.phone, bring):
        assert phrase in text


@on_every_paper
@pytest.mark.clause("R3.1.2")
def test_both_codes_on_a_slip_are_read_from_its_picture(width: WidthDots) -> None:
    picture = draw_slip(READER, width, "uk")
    assert (picture.mode, picture.width) == ("1", width)
    assert sorted(read_codes(picture).values()) == sorted([READER.code, "A10042U22UN"])
    assert EVENT.code in read_codes(draw_event_slip(EVENT, width, "uk")).values()


def test_a_slip_on_wide_paper_is_about_20_cm_long() -> None:
    assert draw_slip(READER, 576, "uk").height / 80 < 20.5


@on_every_paper
@pytest.mark.clause("R3.1.2", "R3.1.4")
def test_a_slip_says_who_when_and_what_is_allowed(width: WidthDots) -> None:
    text = said(compose_slip(WITH_ITEMS, width, "uk"))
    for phrase in (
        "КОНТРОЛЬНИЙ ЛИСТОК № A1-0043-EPKEK",
        "Дійсний лише 21.11.2026",
        "Вхід 10:42",
        "Читач Ґедеон Є.",
        "Квиток № …4821",
        "Дітей 2",
        "Додому ні, лише читальні зали",
        "Номерок 128",
        "Виносить док.",
        "Вихід год. Підпис",
        "Документи поверніть до 19:45",
        "19:30",
        "Сервісний центр: тел. (0462) 00-00-00",
    ):
        assert phrase in text


@on_every_paper
@pytest.mark.clause("R3.1.2", "R3.1.4", "R3.2.8")
def test_departments_find_empty_rows_high_enough_to_write_in(width: WidthDots) -> None:
    sheet = compose_slip(READER, width, "uk")
    columns = ("Відділ", "Час", "Видано", "Повернуто", "Додому", "Підпис")
    rows, spaces = _grid(sheet)
    assert all(column in said(sheet) for column in columns)
    assert rows >= 4
    assert min(spaces) >= EIGHT_MM


def _grid(sheet: Sheet) -> tuple[int, list[int]]:
    """How many marks the grid takes, and the height between its lines."""
    texts = of_kind(sheet, Kind.TEXT)
    top = next(piece.box[1] for piece in texts if piece.text == "Відділ")
    end = next(piece.box[1] for piece in texts if piece.text == "Внесено")
    flat = sorted(
        piece.box[1:4:2]
        for piece in of_kind(sheet, Kind.LINE)
        if top - 12 < piece.box[3] <= end and piece.box[2] - piece.box[0] == sheet.look.inner
    )
    spaces = [below[0] - above[1] for above, below in pairwise(flat)]
    high = [space for space in spaces if space > 0]
    return len(high) // (2 if sheet.look.narrow else 1), high


@on_every_paper
@pytest.mark.clause("R3.1.3", "R3.1.4")
def test_a_slip_reminds_of_the_cloakroom_own_things_and_the_exit(width: WidthDots) -> None:
    text = said(compose_slip(READER, width, "uk"))
    for phrase in (
        "За гроші, документи й цінні речі гардероб не відповідає.",
        "сумки, більші за 15×20 см, здайте до гардероба",
        "погодьте з черговим бібліотекарем Сервісного центру.",
        "Листок здайте при виході; не виправляйте його.",
        "Покажіть ноутбук, відкриту папку, власні документи й дозвіл на них.",
    ):
        assert phrase in text


@on_every_paper
@pytest.mark.clause("R4.1.9", "R4.1.10")
def test_who_brings_a_laptop_is_reminded_of_battery_and_silence(width: WidthDots) -> None:
    phrase = "Ноутбук — лише від власної батареї й без звуку."
    assert phrase in said(compose_slip(WITH_ITEMS, width, "uk"))
    assert "у зонах відпочинку" in said(compose_slip(WITH_ITEMS, width, "uk"))
    assert phrase not in said(compose_slip(READER, width, "uk"))


@on_every_paper
@pytest.mark.clause("R3.1.3")
def test_a_declared_thing_leaves_an_empty_line_to_sign(width: WidthDots) -> None:
    sheet = compose_slip(WITH_ITEMS, width, "uk")
    label = next(piece for piece in sheet.pieces if piece.text == "Дозволив(-ла)")
    line = next(
        piece
        for piece in of_kind(sheet, Kind.LINE)
        if piece.box[0] > label.box[2] and 0 <= piece.box[1] - label.box[1] < EIGHT_MM
    )
    left, top, right, _ = line.box
    above = replace(line, box=(left, top - EIGHT_MM, right, top))
    assert right - left >= 2 * EIGHT_MM
    assert not any(boxes_meet(above, piece) for piece in sheet.pieces)
    assert "ноутбук" in said(sheet)
    assert "власні документи, 3 шт." in said(sheet)


@on_every_paper
@pytest.mark.clause("R3.1.3")
def test_an_approved_thing_carries_the_printed_name(width: WidthDots) -> None:
    text = said(compose_slip(APPROVED, width, "uk"))
    assert "Дозволив(-ла): ноутбук, інше Ірина М." in text
    assert "Дозволив(-ла): власні документи" in text
    all_by_one = tuple(replace(item, approved_by="Ірина М.") for item in APPROVED.own_items)
    text = said(compose_slip(replace(APPROVED, own_items=all_by_one), width, "uk"))
    assert text.count("Дозволив(-ла) Ірина М.") == text.count("Дозволив(-ла)") == 1


def test_boxes_are_ticked_for_declared_things_only() -> None:
    def ticks(content: SlipContent) -> int:
        signs = of_kind(compose_slip(content, 576, "uk"), Kind.SIGN)
        dark = [sum(sign.mask.convert("L").histogram()[255:]) for sign in signs if sign.mask]
        assert len(dark) == len(ItemKind)
        return sum(count > min(dark) for count in dark)

    assert (ticks(READER), ticks(WITH_ITEMS), ticks(APPROVED)) == (0, 2, 3)


@on_every_paper
@pytest.mark.scenario("E35")
def test_a_slip_from_the_stations_copy_says_so_with_its_age(width: WidthDots) -> None:
    assert "офлайн дані отримано 25 год 10 хв тому" in said(compose_slip(OFFLINE, width, "uk"))
    assert "offline data received 25 h 10 min ago" in said(compose_slip(OFFLINE, width, "en"))
    assert "офлайн" not in said(compose_slip(READER, width, "uk"))


@on_every_paper
@pytest.mark.fault(2)
def test_a_reprint_says_so_and_keeps_the_number(width: WidthDots) -> None:
    text = said(compose_slip(REPRINT, width, "uk"))
    assert "ПОВТОРНИЙ ДРУК номер той самий" in text
    assert REPRINT.number in text
    assert "ДУБЛІКАТ" not in text


@on_every_paper
@pytest.mark.clause("R3.2.9")
def test_a_duplicate_names_the_lost_slip_and_what_is_out(width: WidthDots) -> None:
    text = said(compose_slip(DUPLICATE, width, "uk"))
    assert "ДУБЛІКАТ Листок № A1-0042-U22UN втрачено, він недійсний." in text
    assert "Станом на 13:15 не повернуто: Читальна зала — 1" in text
    assert "Дозволив(-ла) Підпис" in text
    clear = replace(DUPLICATE, duplicate=Duplicate(lost_number="A1", as_of="13:15"))
    assert "Станом на 13:15 усе повернуто." in said(compose_slip(clear, width, "uk"))


@on_every_paper
@pytest.mark.clause("R3.1.2")
def test_marks_known_already_are_printed_and_leave_empty_rows(width: WidthDots) -> None:
    marks = tuple(
        Mark(department=f"Відділ {n}", time="11:05", issued=n, signed_by="Ніна П.")
        for n in range(1, 8)
    )
    sheet = compose_slip(replace(READER, marks=marks), width, "uk")
    assert _grid(sheet)[0] == len(marks) + 3
    assert "Ніна П." in said(sheet)


def test_the_name_of_a_department_is_not_broken_within_a_word() -> None:
    marks = (Mark(department="Універсальна читальна зала", time="11:05", issued=1),)
    assert "Універсальна" in said(compose_slip(replace(READER, marks=marks), 576, "uk"))


@on_every_paper
@pytest.mark.scenario("V06")
def test_a_reader_who_joins_an_event_has_it_on_the_own_slip(width: WidthDots) -> None:
    text = said(compose_slip(JOINS_EVENT, width, "uk"))
    assert f"Захід {JOINS_EVENT.event}" in text
    assert "Видано" in text


def test_a_reader_without_a_known_name_or_ticket_is_not_called_nothing() -> None:
    nobody = replace(READER, reader="\x1b", ticket_tail=None)
    text = said(compose_slip(nobody, 576, "uk"))
    assert "Читач за квитком" in text
    assert "Квиток № не показано" in text


@on_every_paper
def test_unknown_hours_leave_a_line_to_write_on(width: WidthDots) -> None:
    blank = compose_slip(replace(READER, return_by=None, stack_until=None), width, "uk")
    filled = compose_slip(READER, width, "uk")
    assert len(of_kind(blank, Kind.LINE)) == len(of_kind(filled, Kind.LINE)) + 2


@on_every_paper
@pytest.mark.clause("R2.4")
def test_an_event_slip_gives_no_rights_and_no_rows_for_marks(width: WidthDots) -> None:
    text = said(compose_event_slip(EVENT, width, "uk"))
    for phrase in (
        "КОНТРОЛЬНИЙ ЛИСТОК ВІДВІДУВАЧА ЗАХОДУ № A1-0045-DGK4W",
        "Презентація книжки «Ґанок, їжак і Єгипет»",
        "Зала Зала мистецтв",
        "15:00–16:30",
        "Осіб 1",
        "Не дає права користуватися фондами та послугами Бібліотеки.",
        "Зберігайте до закінчення й здайте при виході.",
    ):
        assert phrase in text
    assert "Видано" not in text


@on_every_paper
def test_a_long_title_is_printed_to_its_last_word(width: WidthDots) -> None:
    text = said(compose_event_slip(EVENT_LONG, width, "uk"))
    assert EVENT_LONG.event in text
    assert "Осіб 25" in text


@on_every_paper
@in_every_language
@pytest.mark.clause("R3.1.5")
def test_a_stub_tells_where_the_slip_is_and_until_when(
    width: WidthDots, language: Language
) -> None:
    assert misplaced(compose_stub(STUB, width, language)) == []
    text = said(compose_stub(STUB, width, "uk"))
    assert "ТИМЧАСОВИЙ ВИХІД 13:20" in text
    assert "Документи здано. Листок № A1-0042-U22UN у Сервісному центрі." in text
    assert "Поверніться сьогодні до 20:00 з читацьким квитком." in text
    assert draw_stub(STUB, width, language).width == width


@on_every_paper
@in_every_language
@pytest.mark.clause("R2.1")
def test_a_queue_slip_keeps_everything_on_the_paper_and_apart(
    width: WidthDots, language: Language
) -> None:
    assert misplaced(compose_queue_slip(QUEUE, width, language)) == []


@on_every_paper
@pytest.mark.clause("R2.1", "R2.2")
def test_a_queue_slip_says_the_number_and_what_to_bring_and_until_when(width: WidthDots) -> None:
    text = said(compose_queue_slip(QUEUE, width, "uk"))
    for phrase in (
        "НОМЕР У ЧЕРЗІ 128",
        "21.11.2026, 10:42",
        "24.11.2026",
        "паспорт",
        "(0462) 00-00-00",
    ):
        assert phrase in text


@on_every_paper
def test_the_desks_code_is_read_from_a_queue_slip_and_the_number_from_across_the_desk(
    width: WidthDots,
) -> None:
    picture = draw_queue_slip(QUEUE, width, "uk")
    assert (picture.mode, picture.width) == ("1", width)
    assert list(read_codes(picture).values()) == [QUEUE.code]
    texts = of_kind(compose_queue_slip(QUEUE, width, "uk"), Kind.TEXT)
    number = next(piece for piece in texts if piece.text.endswith("128"))
    assert number.box[3] - number.box[1] >= EIGHT_MM // 2


@pytest.mark.threat(9)
@given(width=st.sampled_from(WIDTHS), text=st.lists(HOSTILE, min_size=3, max_size=3))
def test_no_text_leaves_its_place_on_a_queue_slip(width: WidthDots, text: list[str]) -> None:
    content = QueueSlipContent(
        library=text[0],
        number=QUEUE.number,
        code=QUEUE.code,
        date=QUEUE.date,
        time=QUEUE.time,
        kept_until=text[1],
        service_phone=text[2],
    )
    assert misplaced(compose_queue_slip(content, width, "uk"), ink_meets) == []


def test_a_code_that_does_not_fit_is_told_before_anything_is_printed() -> None:
    with pytest.raises(CodeError):
        draw_slip(replace(READER, code="LS1:" + "A" * 300), 576, "uk")


@pytest.mark.threat(9)
@given(
    width=st.sampled_from(WIDTHS),
    language=st.sampled_from(LANGUAGES),
    text=st.lists(HOSTILE, min_size=10, max_size=10),
    count=COUNTS,
    items=st.lists(st.sampled_from(ItemKind), max_size=5),
    known=st.booleans(),
)
def test_no_text_leaves_its_place_on_a_slip(
    width: WidthDots,
    language: Language,
    text: list[str],
    count: int,
    items: list[ItemKind],
    known: bool,
) -> None:
    content = SlipContent(
        library=text[0],
        number=READER.number,
        code=READER.code,
        date="21.11.2026",
        entry_time="10:42",
        service_phone=text[1],
        return_by="19:45" if known else None,
        stack_until="19:30",
        home_loans_allowed=known,
        reader=text[3],
        ticket_tail=text[4],
        children=count,
        cloakroom_token=text[2],
        own_items=tuple(
            OwnItem(kind=kind, count=count, note=text[6], approved_by=text[at] if at % 2 else None)
            for at, kind in enumerate(items)
        ),
        marks=(Mark(department=text[7], time="11:05", issued=count % 100, signed_by=text[8]),),
        event=text[9],
        copy_age_min=count,
        reprint=known,
        duplicate=Duplicate(
            lost_number=text[8],
            as_of=text[5],
            outstanding=((text[7], count),) if known else (),
            allowed_by=text[3] if known else None,
        ),
    )
    sheet = compose_slip(content, width, language)
    assert misplaced(sheet, ink_meets) == []
    assert all(piece.text.isprintable() for piece in of_kind(sheet, Kind.TEXT))


@pytest.mark.threat(9)
@given(
    width=st.sampled_from(WIDTHS), text=st.lists(HOSTILE, min_size=5, max_size=5), persons=COUNTS
)
def test_no_text_leaves_its_place_on_an_event_slip_or_stub(
    width: WidthDots, text: list[str], persons: int
) -> None:
    event = replace(
        EVENT, library=text[0], event=text[1], hall=text[2], service_phone=text[3], persons=persons
    )
    stub = StubContent(
        library=text[0],
        slip_number=text[4],
        date=text[1],
        exit_time="13:20",
        return_by=text[2],
        service_phone=text[3],
    )
    assert misplaced(compose_event_slip(event, width, "uk"), ink_meets) == []
    assert misplaced(compose_stub(stub, width, "uk"), ink_meets) == []
