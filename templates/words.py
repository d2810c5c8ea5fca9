"""Words in the person's language, and dates, times and numbers as that language writes them.

The source language is Ukrainian: `_("Покажіть квиток")`. A language is one file
`translations/<code>.po`, read at start as it is; another file adds another language. Codes of
reasons and duties get their words in `templates.judgements`.

Templates of Jinja use `_`, `ngettext` and `pgettext` with named places, `_("До %(time)s", time=…)`,
and the filters `date`, `short_date`, `time`, `moment`, `number` and `money`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from functools import cache
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_time
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal
from jinja2 import Environment

TRANSLATIONS = Path(__file__).parent / "translations"
SOURCE_LANGUAGE = "uk"
KYIV = ZoneInfo("Europe/Kyiv")
_NARROW_SPACE, _NO_BREAK = "\N{NARROW NO-BREAK SPACE}", "\N{NO-BREAK SPACE}"
"""The family draws no narrow space."""
_WRITTEN_AS = {"en": "en_GB"}
"""Where a language's dates and sums are written as in one certain country."""


def N_(message: str) -> str:  # noqa: N802 - the name by which gettext's tools know it
    """Mark a message for translation where it can't be translated yet."""
    return message


@cache
def _translations(language: str) -> GNUTranslations:
    with (TRANSLATIONS / f"{language}.po").open("rb") as source:
        catalogue = read_po(source, locale=language)
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def languages() -> Mapping[str, str]:
    """Every language there is, by code, named in itself; the source language stands first."""
    codes = sorted(
        (path.stem for path in TRANSLATIONS.glob("*.po")),
        key=lambda code: (code != SOURCE_LANGUAGE, code),
    )
    return MappingProxyType({code: _own_name(code) for code in codes})


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]


class Words:
    """One language in one time zone. Raises LookupError for a language without a file."""

    def __init__(self, language: str = SOURCE_LANGUAGE, timezone: dt.tzinfo = KYIV) -> None:
        if language not in languages():
            raise LookupError(f"there are no translations into {language!r}")
        self.language = language
        self.timezone = timezone
        self._locale = Locale.parse(_WRITTEN_AS.get(language, language))
        self.messages = _translations(language)

    def gettext(self, message: str, **places: object) -> str:
        """The message in this language, with its named places filled in."""
        return _fill(self.messages.gettext(message), places)

    def ngettext(self, one: str, many: str, n: int, **places: object) -> str:
        """The form of the message that goes with the number `n`."""
        return _fill(self.messages.ngettext(one, many, n), {"n": n, "num": n, **places})

    def pgettext(self, context: str, message: str, **places: object) -> str:
        """The message in this language where one word has several meanings."""
        return _fill(self.messages.pgettext(context, message), places)

    def date(self, day: dt.date | dt.datetime) -> str:
        """A calendar day in full: 21 листопада 2025 р."""
        written = format_date(self._local_day(day), "long", locale=self._locale)
        return written.replace(_NARROW_SPACE, _NO_BREAK)

    def short_date(self, day: dt.date | dt.datetime) -> str:
        """A calendar day without its year: 21 листопада, 21 November."""
        pattern = "d MMMM"
        return format_date(self._local_day(day), pattern, locale=self._locale)

    def weekday(self, day: dt.date | dt.datetime) -> str:
        """The day of the week, standing alone: п’ятниця."""
        return format_date(self._local_day(day), "cccc", locale=self._locale)

    def short_weekday(self, day: dt.date) -> str:
        """The day of the week as over a column: пт."""
        return format_date(day, "cccccc", locale=self._locale)

    def month(self, day: dt.date) -> str:
        """The month of a day, standing alone: листопад."""
        return format_date(day, "LLLL", locale=self._locale)

    def time(self, at: dt.datetime | dt.time) -> str:
        """Hours and minutes of the library's clock, in 24 hours in every language."""
        if isinstance(at, dt.datetime):
            at = at.astimezone(self.timezone).time()
        return format_time(at, "HH:mm", locale=self._locale)

    def end(self, at: dt.datetime | dt.time) -> str:
        """The time at which something ends: midnight is that of the day that ends, 24:00."""
        said = self.time(at)
        return "24:00" if said == "00:00" else said

    def moment(self, at: dt.datetime) -> str:
        """Day and time; the day alone where it begins, as for the end of a ban at midnight."""
        local = at.astimezone(self.timezone)
        if local.time() == dt.time(0):
            return self.date(local)
        pattern = "d MMMM y, HH:mm"
        return format_datetime(local, pattern, locale=self._locale, tzinfo=self.timezone)

    def second(self, at: dt.datetime) -> str:
        """A moment of these days, to the second: 21 листопада, 12:00:09."""
        pattern = "d MMMM, HH:mm:ss"
        return format_datetime(at, pattern, locale=self._locale, tzinfo=self.timezone)

    def language_name(self, code: str) -> str:
        """A language by its ISO 639 code: українська; the code itself where nobody knows it."""
        name: str = self._locale.languages.get(code, code)
        return name

    def number(self, value: float) -> str:
        """A number with the separators of the language."""
        return format_decimal(value, locale=self._locale)

    def money(self, kopiykas: int) -> str:
        """A sum in hryvnias, from kopiykas."""
        said = format_currency(kopiykas / 100, "UAH", locale=self._locale)
        # Where the sign is not known, the letters stand before the figures without a space.
        return said.replace("UAH", f"UAH{_NO_BREAK}")

    def _local_day(self, day: dt.date | dt.datetime) -> dt.date:
        return day.astimezone(self.timezone).date() if isinstance(day, dt.datetime) else day


def _fill(message: str, places: Mapping[str, object]) -> str:
    return message % places if places else message.replace("%%", "%")


@cache
def words_for(language: str, timezone: dt.tzinfo = KYIV) -> Words:
    """The words of a language, made once; the source language where there is no such file."""
    return Words(language if language in languages() else SOURCE_LANGUAGE, timezone)


def install(environment: Environment, current: Words | Callable[[], Words]) -> None:
    """Give a Jinja environment the words; a callable is asked anew at every use.

    Named places are escaped like every other value in a page (threat 12).
    """
    now: Callable[[], Words] = (lambda: current) if isinstance(current, Words) else current
    environment.add_extension("jinja2.ext.i18n")
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        _late(lambda: now().messages, "gettext"),
        _late(lambda: now().messages, "ngettext"),
        newstyle=True,
        pgettext=_late(lambda: now().messages, "pgettext"),
        npgettext=_late(lambda: now().messages, "npgettext"),
    )
    for name in ("date", "short_date", "weekday", "time", "moment", "second", "number", "money"):
        environment.filters[name] = _late(now, name)
    environment.globals.update(words=_Current(now), languages=languages)


def _late(owner: Callable[[], object], name: str) -> Callable[..., str]:
    """A method of whatever is current when it is called."""

    def call(*values: object) -> str:
        said: str = getattr(owner(), name)(*values)
        return said

    return call


class _Current:
    """`words` in a template: whatever language the page is in."""

    def __init__(self, now: Callable[[], Words]) -> None:
        self._now = now

    def __getattr__(self, name: str) -> object:
        return getattr(self._now(), name)
