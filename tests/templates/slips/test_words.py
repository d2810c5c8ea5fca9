"""Words of slips: both languages say the same, in good Ukrainian."""

import re
import string
from pathlib import Path

import pytest

from templates.slips.content import Language
from templates.slips.words import age, words

SOURCES = Path(__file__).parents[3] / "templates" / "slips"
NOT_SAID = ("діючий", "на протязі", "слідуючий", "співпадає", "приймати участь", "дійсне")


def fields(phrase: str) -> set[str | None]:
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_both_languages_have_the_same_phrases_with_the_same_gaps() -> None:
    uk, en = words("uk"), words("en")
    assert {key: fields(uk[key]) for key in uk} == {key: fields(en[key]) for key in en}


def test_every_phrase_is_printed_somewhere() -> None:
    code = "".join(path.read_text(encoding="utf-8") for path in SOURCES.glob("*.py"))
    made = {"item_laptop", "item_folder", "item_documents", "item_other"}
    made |= {"remind_cloakroom", "remind_own_items", "remind_laptop", "remind_exit"}
    assert [key for key in words("uk") if f'"{key}"' not in code and key not in made] == []


def test_ukrainian_phrases_hold_no_latin_letter() -> None:
    phrases = [re.sub(r"\{\w+\}", "", phrase) for phrase in words("uk").values()]
    assert [phrase for phrase in phrases if re.search("[a-zA-Zыэъё]", phrase)] == []
    assert [word for word in NOT_SAID if any(word in phrase for phrase in phrases)] == []


@pytest.mark.parametrize(
    "minutes, language, said",
    [
        (0, "uk", "0 хв"),
        (42, "uk", "42 хв"),
        (60, "uk", "1 год"),
        (25 * 60 + 10, "uk", "25 год 10 хв"),
        (72 * 60 + 61, "uk", "3 дн. 1 год"),
        (25 * 60 + 10, "en", "25 h 10 min"),
        (-5, "en", "0 min"),
    ],
)
def test_an_age_is_told_in_its_two_largest_units(
    minutes: int, language: Language, said: str
) -> None:
    assert age(minutes, language) == said
