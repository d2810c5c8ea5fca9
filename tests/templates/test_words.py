"""Words, dates and numbers in the person's language."""

from datetime import UTC, date, datetime, time

import pytest
from jinja2 import Environment

from templates.words import Words, install, languages, words_for

MIDNIGHT_IN_KYIV = datetime(2025, 11, 21, 22, 0, tzinfo=UTC)


def test_ukrainian_stands_first_and_each_language_names_itself() -> None:
    assert list(languages().items())[:2] == [("uk", "Українська"), ("en", "English")]


def test_an_instant_is_written_in_the_librarys_own_day() -> None:
    assert words_for("uk").date(MIDNIGHT_IN_KYIV) == "22 листопада 2025\N{NO-BREAK SPACE}р."
    assert words_for("en").date(MIDNIGHT_IN_KYIV) == "22 November 2025"


def test_a_day_stays_the_day_it_is() -> None:
    assert words_for("uk").short_date(date(2025, 1, 31)) == "31 січня"


def test_a_moment_at_midnight_is_a_day() -> None:
    assert words_for("uk").moment(MIDNIGHT_IN_KYIV) == "22 листопада 2025\N{NO-BREAK SPACE}р."


def test_a_moment_within_a_day_has_its_time() -> None:
    at = datetime(2025, 11, 21, 12, 5, tzinfo=UTC)
    assert words_for("en").moment(at) == "21 November 2025, 14:05"


def test_time_has_24_hours_in_every_language() -> None:
    assert {words_for(code).time(time(18, 30)) for code in languages()} == {"18:30"}


def test_what_ends_at_midnight_ends_with_its_day() -> None:
    assert words_for("uk").end(MIDNIGHT_IN_KYIV) == "24:00"
    assert words_for("uk").end(time(18, 30)) == "18:30"


def test_money_is_told_from_kopiykas() -> None:
    assert words_for("uk").money(12550) == "125,50\N{NO-BREAK SPACE}₴"
    assert words_for("en").money(12550) == "UAH\N{NO-BREAK SPACE}125.50"


@pytest.mark.parametrize(
    "n,said",
    [(1, "1 документ"), (3, "3 документи"), (5, "5 документів"), (11, "11 документів"),
     (21, "21 документ"), (112, "112 документів")],
)  # fmt: skip
def test_ukrainian_counts_in_three_forms(n: int, said: str) -> None:
    assert words_for("uk").ngettext("%(n)s документ", "%(n)s документи", n) == said


def test_a_language_without_a_file_is_refused() -> None:
    with pytest.raises(LookupError, match="xx"):
        Words("xx")


def test_a_person_whose_language_has_no_file_reads_ukrainian() -> None:
    assert words_for("xx").language == "uk"


def page(source: str, words: Words) -> str:
    environment = Environment(autoescape=True)
    install(environment, lambda: words)
    return environment.from_string(source).render(name="<b>Олена</b>", at=MIDNIGHT_IN_KYIV)


def test_a_moment_of_these_days_has_its_seconds() -> None:
    at = datetime(2025, 11, 21, 12, 5, 9, tzinfo=UTC)
    assert words_for("uk").second(at) == "21 листопада, 14:05:09"


def test_a_page_speaks_the_language_of_the_moment() -> None:
    assert page('{{ _("Можна виходити") }}', words_for("en")) == "May leave"
    assert page("{{ at | short_date }}", words_for("en")) == "22 November"


@pytest.mark.threat(12)
def test_a_name_in_a_message_is_escaped() -> None:
    written = page('{{ _("Запрошуємо від %(until)s", until=name) }}', words_for("uk"))
    assert "<b>" not in written
    assert "&lt;b&gt;Олена" in written
