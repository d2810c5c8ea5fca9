"""Fields of administered forms: their words, what was typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any

from pydantic import ValidationError
from werkzeug.datastructures import MultiDict

from server.console.centre import library, words
from templates.words import N_

_KOPIYKAS = 100
_MINUTES_AN_HOUR = 60


class Kind(StrEnum):
    """How a field is typed and shown."""

    TEXT = "text"
    LONG = "long"
    NUMBER = "number"
    MONEY = "money"
    """Typed in hryvnias, kept in kopiykas."""
    TICK = "tick"
    CHOICE = "choice"
    DAY = "day"
    MOMENT = "moment"
    """Day and time of the library's clock."""
    MONTH_DAY = "month_day"
    """Typed `31.01`, kept as month and day."""


Choices = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field with its words, which are translated where it is shown."""

    name: str
    label: str
    help: str = ""
    unit: str = ""
    kind: Kind = Kind.TEXT
    choices: Callable[[], Choices] | None = None
    """Codes with their names in the page's language."""
    empty: str = ""
    """What no choice is called; without it one must be made."""
    most: int = 200
    """Most signs of a text."""
    needed: bool = False
    scanned: bool = False
    """Stands on a label: a scan goes into it while it has the focus."""
    if_any: bool = False
    """Shown only where there is something to choose."""

    @property
    def is_idle(self) -> bool:
        """Whether there is nothing to choose in it, and it is left out."""
        return self.if_any and self.choices is not None and not self.choices()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A field as the page draws it."""

    name: str
    label: str
    help: str
    unit: str
    kind: Kind
    value: str
    choices: Choices
    empty: str
    most: int
    needed: bool
    scanned: bool
    fault: str


def shown(field: Field, typed: str, fault: str = "") -> Shown:
    """A field in words, with what stands in it."""
    _ = words().gettext
    return Shown(
        name=field.name, label=_(field.label), help=_(field.help) if field.help else "",
        unit=_(field.unit) if field.unit else "", kind=field.kind, value=typed,
        choices=field.choices() if field.choices else (),
        empty=_(field.empty) if field.empty else "", most=field.most, needed=field.needed,
        scanned=field.scanned, fault=fault,
    )  # fmt: skip


def read(field: Field, form: MultiDict[str, str]) -> object:
    """What was typed, as the model takes it; what can't be read is left to its check."""
    typed = form.get(field.name, "").strip()
    if field.kind is Kind.TICK:
        return field.name in form
    if field.kind is Kind.LONG:
        return typed.replace("\r\n", "\n")
    if not typed and field.kind is not Kind.TEXT:
        return None
    return _READERS.get(field.kind, str)(typed)


def _kopiykas(typed: str) -> object:
    """`120,50` in kopiykas."""
    try:
        kopiykas = Decimal(typed.replace(",", ".").replace(" ", "")) * _KOPIYKAS
    except InvalidOperation:
        return typed
    return int(kopiykas) if kopiykas.is_finite() and kopiykas == int(kopiykas) else typed


def _month_day(typed: str) -> object:
    day, _, month = typed.partition(".")
    return [month, day] if day.isdecimal() and month.isdecimal() else [0, 0]


def _moment(typed: str) -> object:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=library().zone)
    except ValueError:
        return typed


_READERS: Mapping[Kind, Callable[[str], object]] = {
    Kind.MONEY: _kopiykas,
    Kind.MONTH_DAY: _month_day,
    Kind.MOMENT: _moment,
}


def typed(field: Field, value: Any) -> str:
    """A kept value as it would be typed."""
    if value is None or value == "" or (field.kind is Kind.TICK and not value):
        return ""
    if field.kind is Kind.TICK:
        return "1"
    return _WRITERS.get(field.kind, str)(value)


_WRITERS: Mapping[Kind, Callable[[Any], str]] = {
    Kind.MONEY: lambda kopiykas: f"{kopiykas / _KOPIYKAS:.2f}".replace(".", ","),
    Kind.MONTH_DAY: lambda pair: f"{pair[1]:02}.{pair[0]:02}",
    Kind.MOMENT: lambda at: at.astimezone(library().zone).strftime("%Y-%m-%dT%H:%M"),
}


def said(field: Field, value: Any) -> str:
    """A kept value in words, with its unit."""
    said_ = words()
    _ = said_.gettext
    if field.kind is Kind.TICK:
        return _("так") if value else _("ні")
    if value is None or value == "":
        return _(field.empty) if field.empty else "—"
    if field.kind is Kind.MONEY:
        return said_.money(value)
    if field.kind is Kind.CHOICE and field.choices:
        return dict(field.choices()).get(str(value), str(value))
    text = _in_words(field, value)
    return f"{text} {_(field.unit)}" if field.unit else text


def _in_words(field: Field, value: Any) -> str:
    said_ = words()
    if field.kind is Kind.DAY:
        return said_.date(date.fromisoformat(value) if isinstance(value, str) else value)
    if field.kind is Kind.MOMENT:
        return said_.moment(datetime.fromisoformat(value) if isinstance(value, str) else value)
    if field.kind is Kind.MONTH_DAY:
        return said_.short_date(date(2024, value[0], value[1]))
    if field.kind is Kind.NUMBER:
        return said_.number(value)
    return str(value)


def minute_of_day(typed: str) -> int | None:
    """`09:00` as minutes since midnight, `24:00` as the day's end; None where it is no time."""
    if typed.strip() == "24:00":
        return 24 * _MINUTES_AN_HOUR
    try:
        at = time.fromisoformat(typed.strip())
    except ValueError:
        return None
    return at.hour * _MINUTES_AN_HOUR + at.minute


_FAULTS = {
    "greater_than_equal": N_("Не менше ніж %(ge)s."),
    "less_than_equal": N_("Не більше ніж %(le)s."),
    "greater_than": N_("Більше ніж %(gt)s."),
    "string_too_long": N_("Задовго: щонайбільше знаків %(max_length)s."),
    "string_too_short": N_("Заповніть це поле."),
    "enum": N_("Оберіть зі списку."),
    "literal_error": N_("Оберіть зі списку."),
    "missing": N_("Заповніть це поле."),
}
_UNFIT = N_("Так записати не можна.")
_SAYINGS = (
    ("letters_never", N_("Листи мають колись надсилатися: перший час раніше за другий.")),
    ("no such time zone", N_("Такого часового поясу немає.")),
    ("last_before_first", N_("Останній день раніше за перший.")),
    ("doors_after_start", N_("Вхід відчиняється після початку.")),
    ("ends_before_it_starts", N_("Кінець раніше за початок або за місяць після нього.")),
    ("half_hours", N_("Вкажіть і початок, і кінець.")),
    ("closes_before_it_opens", N_("Зачиняється раніше, ніж відчиняється.")),
    ("a day closes after it opens", N_("Зачиняється раніше, ніж відчиняється.")),
    ("a time of day is written", N_("Час пишуть так: 09:00.")),
    ("no code of a station", N_("На екрані станції десять знаків, як-от AB2CD-EF3GH.")),
)
"""How a check of ours begins that says more than its kind of error."""
_BEGINNINGS = (
    ("int_", N_("Потрібне ціле число.")),
    ("date_", N_("Потрібна дата.")),
    ("datetime_", N_("Потрібні дата й час.")),
    ("string_pattern", N_("Тут є недозволені знаки.")),
)


def faults(error: ValidationError) -> dict[str, str]:
    """What is wrong, field by field, in words."""
    found: dict[str, str] = {}
    for each in error.errors():
        name = str(each["loc"][0]) if each["loc"] else ""
        found.setdefault(name, _fault(each["type"], each.get("ctx", {}), each.get("input")))
    return found


def _fault(code: str, places: Mapping[str, Any], given: object) -> str:
    _ = words().gettext
    if given is None:
        return _("Заповніть це поле.")
    if code in _FAULTS:
        plain = {name: value for name, value in places.items() if isinstance(value, int | str)}
        return _(_FAULTS[code], **plain) if "%(" in _FAULTS[code] else _(_FAULTS[code])
    ours = str(places.get("error", ""))
    known = next((said for begins, said in _SAYINGS if ours.startswith(begins)), None)
    kind = next((said for begins, said in _BEGINNINGS if code.startswith(begins)), None)
    return _(known or kind or _UNFIT)
