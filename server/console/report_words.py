"""Reports in words: titles, headings, and cells as the reader's language writes them."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from gate.events import Topic
from gate.facts import DocumentClass
from server.console.centre_words import INDICATORS, SERVICES, TOPICS
from server.console.labels import CATEGORIES, DOCUMENT_CLASSES
from server.models import Category, Indicator, ServiceCode
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Column, Period, Table, Unit
from templates.words import N_, Words

TITLES: Mapping[ReportCode, tuple[str, str]] = {
    ReportCode.VISITS_BY_DAY: (
        N_("Відвідування за днями"), N_("Скільки людей прийшло щодня, з групами й дітьми"),
    ),
    ReportCode.VISITS_BY_MONTH: (
        N_("Відвідування за місяцями"), N_("Те саме помісячно"),
    ),
    ReportCode.VISITS_BY_HOUR: (
        N_("Відвідування за годинами"), N_("О котрій годині приходять"),
    ),
    ReportCode.VISITS_BY_DEPARTMENT: (
        N_("Відвідування відділів"), N_("Скільки разів відділи відмічали листки"),
    ),
    ReportCode.VISITS_BY_CATEGORY: (
        N_("Відвідування за категоріями"), N_("Читачі за категоріями: відвідування і різні люди"),
    ),
    ReportCode.EVENTS: (N_("Заходи"), N_("Що відбулося і скільки людей прийшло")),
    ReportCode.ENROLMENTS: (
        N_("Запис і перереєстрація"), N_("Нові квитки й перереєстрації за категоріями"),
    ),
    ReportCode.LOANS_BY_DEPARTMENT: (
        N_("Видача за відділами"), N_("Скільки документів видано й повернуто"),
    ),
    ReportCode.LOANS_BY_CLASS: (
        N_("Видача за порядком видачі"), N_("Звичайні, підвищеного попиту, періодика"),
    ),
    ReportCode.OVERDUE: (
        N_("Прострочені документи"), N_("Що й хто мав повернути; з телефонами"),
    ),
    ReportCode.DAY_BOOK: (
        N_("Щоденник роботи бібліотеки"), N_("Кожен день одним рядком"),
    ),
    ReportCode.FORM_6NK: (
        N_("Дані для форми № 6-НК"), N_("Рядки державної звітності, які знає система"),
    ),
    ReportCode.YEARLY: (N_("Річний звіт"), N_("Рік помісячно, для друку й оприлюднення")),
    ReportCode.CENTRE: (
        N_("Інформаційний центр: план і факт"), N_("Показники центру за місяць, квартал, рік"),
    ),
    ReportCode.CENTRE_SERVICES: (
        N_("Інформаційний центр: послуги"), N_("Скільки, кому й скільки часу"),
    ),
    ReportCode.CENTRE_TOPICS: (
        N_("Інформаційний центр: теми"), N_("Про що питали й про що не знайшли"),
    ),
    ReportCode.CENTRE_DEMAND: (
        N_("Інформаційний центр: попит"), N_("Чого шукали й чого бракувало"),
    ),
    ReportCode.CENTRE_BRANCHES: (
        N_("Інформаційний центр: підтримка філій"), N_("Скільки разів і хвилин радили кожній"),
    ),
}  # fmt: skip
_HEADINGS = {
    "asked": N_("Що питали"),
    "branch": N_("Філія"),
    "category": N_("Категорія"),
    "count": N_("Кількість"),
    "day": N_("День"),
    "days_late": N_("Днів"),
    "department": N_("Відділ"),
    "department_visits": N_("Відвідувань відділу"),
    "different_readers": N_("Різних читачів"),
    "document_class": N_("Порядок видачі"),
    "done": N_("Виконано, %"),
    "due_on": N_("Повернути до"),
    "event": N_("Захід"),
    "event_visitors": N_("На заходах"),
    "events": N_("Заходів"),
    "fact": N_("Факт"),
    "hour": N_("Година"),
    "indicator": N_("Показник"),
    "inventory_number": N_("Інвентарний номер"),
    "loans": N_("Видано"),
    "loans_home": N_("Додому"),
    "loans_room": N_("У читальні зали"),
    "minutes": N_("Хвилин"),
    "missing": N_("Бракувало"),
    "month": N_("Місяць"),
    "new_one_time": N_("Нових разових"),
    "new_permanent": N_("Нових постійних"),
    "new_readers": N_("Нових читачів"),
    "not_found": N_("Не знайшли"),
    "persons": N_("Осіб"),
    "phone": N_("Телефон"),
    "planned": N_("План"),
    "reader": N_("Читач"),
    "readers": N_("З квитком"),
    "registered_again": N_("Перереєстровано"),
    "returned": N_("Повернуто"),
    "row": N_("Показник"),
    "service": N_("Послуга"),
    "services": N_("Послуг"),
    "share": N_("Частка, %"),
    "ticket": N_("Квиток"),
    "title": N_("Назва"),
    "topic": N_("Тема"),
    "visits": N_("Відвідувань"),
    "visits_a_day": N_("У середньому за день"),
}
_FORM_ROWS = {
    "users": N_("Користувачів за єдиним обліком"),
    "users_children": N_("— з них дітей до 15 років включно"),
    "users_young": N_("— з них молоді від 16 до 21 року"),
    "visits": N_("Відвідувань бібліотеки"),
    "event_visitors": N_("— з них відвідувань заходів"),
    "online_visitors": N_("Учасників заходів онлайн"),
    "loans": N_("Видано документів"),
    "loans_home": N_("— з них додому"),
    "loans_periodicals": N_("— з них періодичних видань"),
    "events": N_("Проведено заходів"),
    "stock": N_("Документів у фонді"),
}
_CODES: Mapping[str, tuple[Mapping[Any, str], Callable[[str], Any]]] = {
    "category": (CATEGORIES, Category),
    "document_class": (DOCUMENT_CLASSES, DocumentClass),
    "row": (_FORM_ROWS, str),
    "indicator": (INDICATORS, Indicator),
    "service": (SERVICES, ServiceCode),
    "topic": (TOPICS, Topic),
}
_WRITERS: Mapping[Unit, Callable[[Words, Any], str]] = {
    Unit.COUNT: Words.number,
    Unit.NUMBER: Words.number,
    Unit.PERCENT: Words.number,
    Unit.DAY: Words.date,
    Unit.MONTH: lambda words, day: month(day, words),
    Unit.HOUR: lambda _, hour: f"{hour:02}:00–{hour + 1:02}:00",
}


def heading(column: Column, words: Words) -> str:
    """The heading of a column."""
    return words.gettext(_HEADINGS[column.code])


def headings(table: Table, words: Words) -> list[str]:
    """All headings of a table."""
    return [heading(column, words) for column in table.columns]


def cell(column: Column, value: Any, words: Words) -> str:
    """A cell as it is read."""
    write = _WRITERS.get(column.unit)
    if value is None:
        return ""
    if column.unit is Unit.CODE:
        return _code(column.code, value, words)
    return str(value) if write is None else write(words, value)


def plain(column: Column, value: Any, words: Words) -> Any:
    """A cell as a spreadsheet takes it: numbers and days stay what they are."""
    if column.unit in (Unit.COUNT, Unit.NUMBER, Unit.PERCENT, Unit.DAY) or value is None:
        return value
    return cell(column, value, words)


def plain_rows(table: Table, words: Words) -> Iterator[list[Any]]:
    """All rows, as a spreadsheet takes them."""
    for row in table.rows:
        yield [
            plain(column, value, words) for column, value in zip(table.columns, row, strict=True)
        ]


def _code(column: str, value: str, words: Words) -> str:
    names, read = _CODES[column]
    return words.gettext(names[read(value)])


def month(day: date, words: Words) -> str:
    """`Листопад 2025`."""
    name = words.month(day)
    return f"{name[:1].upper()}{name[1:]} {day.year}"


_ROMAN = ("I", "II", "III", "IV")


def period(asked: Period, words: Words) -> str:
    """A period as people name it: a year, a month, or from a day to a day."""
    first, last = asked.first, asked.last
    if (first.month, first.day, last.month, last.day) == (1, 1, 12, 31) and first.year == last.year:
        return words.gettext("%(year)s рік", year=first.year)
    ends = calendar.monthrange(first.year, first.month)[1]
    if (first.year, first.month, first.day) == (last.year, last.month, 1) and last.day == ends:
        return month(first, words)
    if asked == Period.of_quarter(first):
        return words.gettext(
            "%(number)s квартал %(year)s", number=_ROMAN[first.month // 3], year=first.year
        )
    if first == last:
        return words.date(first)
    return f"{words.date(first)} – {words.date(last)}"


def file_name(code: ReportCode, asked: Period) -> str:
    """Of the file, without its ending: two periods of a report are two files."""
    return f"{code}-{asked.first}-{asked.last}"


def sheet(
    code: ReportCode, table: Table, words: Words
) -> tuple[str, Sequence[str], Iterator[list[Any]]]:
    """A report as a sheet of a workbook: its name, headings and rows."""
    title = words.gettext(TITLES[code][0]).rpartition(": ")[2]
    return title[:1].upper() + title[1:], headings(table, words), plain_rows(table, words)


def names(codes: Sequence[ReportCode], words: Words) -> list[tuple[ReportCode, str, str]]:
    """Code, title and what it tells."""
    return [
        (code, words.gettext(TITLES[code][0]), words.gettext(TITLES[code][1])) for code in codes
    ]
