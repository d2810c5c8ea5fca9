"""Slips as pictures of one bit, dot for dot what the print head shall burn."""

from __future__ import annotations

from PIL import Image

from templates.slips.content import (
    Duplicate,
    EventSlipContent,
    ItemKind,
    Language,
    QueueSlipContent,
    SlipContent,
    StubContent,
    WidthDots,
)
from templates.slips.items import exit_row, own_items, sign_here, signature_line
from templates.slips.marks import marks_grid
from templates.slips.parts import (
    Fact,
    Words,
    band,
    desk_line,
    fact_rows,
    facts_beside_code,
    foot,
    head,
    notices,
    open_part,
    small_print,
    time_lines,
)
from templates.slips.sheet import Sheet
from templates.slips.tokens import look
from templates.slips.typeface import clean
from templates.slips.words import age, words

EVENT_SIGNS = 300


def draw_slip(content: SlipContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """A reader's control slip (R3.1.2): mode "1", `width_dots` wide, as long as it needs."""
    return compose_slip(content, width_dots, language).image()


def draw_event_slip(
    content: EventSlipContent, width_dots: WidthDots, language: Language
) -> Image.Image:
    """A control slip of event visitors (R2.4)."""
    return compose_event_slip(content, width_dots, language).image()


def draw_stub(content: StubContent, width_dots: WidthDots, language: Language) -> Image.Image:
    """The reader's stub for a temporary exit (R3.1.5)."""
    return compose_stub(content, width_dots, language).image()


def draw_queue_slip(
    content: QueueSlipContent, width_dots: WidthDots, language: Language
) -> Image.Image:
    """The number of somebody who goes on enrolling at the desk (R2.1)."""
    return compose_queue_slip(content, width_dots, language).image()


def compose_slip(content: SlipContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The same as a list of pieces, before it is painted."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["slip_title"], content.number)
    notices(sheet, word, reprint=content.reprint, offline=_age(content.copy_age_min, language))
    if content.duplicate is not None:
        _duplicate(sheet, word, content.duplicate)
    open_part(sheet, sheet.look.rule if content.duplicate else sheet.look.hairline)
    _reader_facts(sheet, word, content)
    sheet.space(sheet.look.gap_tight)
    marks_grid(sheet, word, content.marks)
    sheet.space(sheet.look.gap_part)
    own_items(sheet, word, content.own_items)
    sheet.space(sheet.look.gap_tight)
    exit_row(sheet, word, content.cloakroom_token)
    sheet.space(sheet.look.gap_part - sheet.look.gap_tight)
    _reminders(sheet, word, content)
    foot(sheet, content.number)
    return sheet


def compose_event_slip(
    content: EventSlipContent, width_dots: WidthDots, language: Language
) -> Sheet:
    """The event slip as a list of pieces."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["event_title"], content.number)
    notices(sheet, word, reprint=content.reprint, offline=_age(content.copy_age_min, language))
    open_part(sheet, sheet.look.hairline)
    title = clean(content.event, EVENT_SIGNS)
    sheet.space(
        sheet.lines(sheet.look.margin, sheet.y, title, sheet.look.text, sheet.look.inner, 8)
    )
    sheet.space(sheet.look.gap_part - sheet.look.gap_tight)
    hours = (word["hours"], f"{content.start}–{content.end}")
    date, hall = (word["valid_only"], content.date), (word["hall"], content.hall)
    persons = (word["persons"], str(content.persons))
    if sheet.look.narrow:
        facts_beside_code(sheet, content.code, [[date], [hours], [persons]], [[hall]])
    else:
        facts_beside_code(sheet, content.code, [[date], [hours], [hall], [persons]], [])
    open_part(sheet, sheet.look.hairline)
    small_print(sheet, [word["event_no_rights"]], sheet.look.text)
    end = [word["event_keep"], desk_line(word, content.service_phone)]
    small_print(sheet, end, sheet.look.small)
    foot(sheet, content.number)
    return sheet


def compose_stub(content: StubContent, width_dots: WidthDots, language: Language) -> Sheet:
    """The stub as a list of pieces."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["stub_title"], content.exit_time)
    lines = [
        word["stub_returned"],
        word["stub_slip"].format(number=clean(content.slip_number)),
        word["stub_back"].format(time=clean(content.return_by)),
    ]
    open_part(sheet, sheet.look.hairline)
    small_print(sheet, lines, sheet.look.text)
    end = [clean(content.date), desk_line(word, content.service_phone)]
    small_print(sheet, end, sheet.look.small)
    return sheet


def compose_queue_slip(
    content: QueueSlipContent, width_dots: WidthDots, language: Language
) -> Sheet:
    """The queue slip as a list of pieces."""
    sheet, word = Sheet(look(width_dots)), words(language)
    head(sheet, content.library, word["queue_title"], content.number)
    open_part(sheet, sheet.look.hairline)
    day = (word["queue_begun"], f"{content.date}, {content.time}")
    kept = (word["queue_kept"], content.kept_until)
    if sheet.look.narrow:
        facts_beside_code(sheet, content.code, [[kept]], [[day]])
    else:
        facts_beside_code(sheet, content.code, [[day], [kept]], [])
    open_part(sheet, sheet.look.hairline)
    small_print(sheet, [word["queue_bring"]], sheet.look.text)
    small_print(sheet, [desk_line(word, content.service_phone)], sheet.look.small)
    return sheet


def _age(minutes: int | None, language: Language) -> str | None:
    return None if minutes is None else age(minutes, language)


def _duplicate(sheet: Sheet, word: Words, duplicate: Duplicate) -> None:
    """What was lost, what is still out, and who allowed the new slip (R3.2.9)."""
    band(sheet, word["duplicate"], "")
    sheet.space(sheet.look.gap_tight)
    time, lost = clean(duplicate.as_of), clean(duplicate.lost_number)
    key = "duplicate_out" if duplicate.outstanding else "duplicate_clear"
    small_print(
        sheet,
        [word["duplicate_void"].format(number=lost), word[key].format(time=time)],
        sheet.look.small,
    )
    small_print(
        sheet,
        [
            word["department_count"].format(department=clean(department), count=count)
            for department, count in duplicate.outstanding
        ],
        sheet.look.small_strong,
    )
    _permission(sheet, word, duplicate.allowed_by)


def _permission(sheet: Sheet, word: Words, allowed_by: str | None) -> None:
    """Name and signature of the librarian, side by side where the paper is wide enough."""
    look = sheet.look
    if look.narrow:
        signature_line(sheet, word["allowed_by"], allowed_by)
        signature_line(sheet, word["signature"], None)
        return
    half = (look.inner - look.gap_part) // 2
    right = look.margin + half + look.gap_part
    left_end = sign_here(sheet, look.margin, half, word["allowed_by"], allowed_by, beside_line=True)
    sheet.space(max(left_end, sign_here(sheet, right, half, word["signature"], None)))


def _reader_facts(sheet: Sheet, word: Words, content: SlipContent) -> None:
    name = clean(content.reader or "", 60) or word["reader_unknown"]
    tail = f"…{clean(content.ticket_tail, 12)}" if content.ticket_tail else word["ticket_none"]
    date: Fact = (word["valid_only"], content.date)
    entry: Fact = (word["entry"], content.entry_time)
    reader: Fact = (word["reader"], name)
    ticket: Fact = (word["ticket"], tail)
    children: Fact = (word["children"], str(content.children))
    home: Fact = (word["home"], word["home_yes" if content.home_loans_allowed else "home_no"])
    event: list[list[Fact]] = [[(word["event"], content.event)]] if content.event else []
    if sheet.look.narrow:
        beside, below = [[date], [entry], [children]], [[reader, ticket], [home]]
    else:
        beside, below = [[date, entry], [reader], [ticket, children], [home]], []
    facts_beside_code(sheet, content.code, beside, [*below, *event])


def _reminders(sheet: Sheet, word: Words, content: SlipContent) -> None:
    """The times that end the day (R3.2.7, R3.2.8) and the rules of R3.1.3, R3.1.4 and R4.1.9."""
    look = sheet.look
    times: list[Fact] = [
        (word["return_by"], content.return_by),
        (word["stack_until"], content.stack_until),
    ]
    if look.narrow:
        time_lines(sheet, times)
    else:
        sheet.y = fact_rows(sheet, sheet.y, look.inner, [times])
    has_laptop = any(item.kind is ItemKind.LAPTOP for item in content.own_items)
    abouts = ("cloakroom", "own_items", *(["laptop"] if has_laptop else []), "exit")
    reminders = [word[f"remind_{about}"] for about in abouts]
    small_print(sheet, [*reminders, desk_line(word, content.service_phone)], look.small)
