"""Words for what was decided: complete, short, and free of what one does not say."""

import re
from datetime import UTC, datetime

import pytest

from gate.reasons import Duty, Reason, Verdict
from templates.catalogue import read
from templates.judgements import (
    DUTIES_PATRON,
    DUTIES_STAFF,
    PATRON,
    STAFF,
    VERDICTS,
    Audience,
    duty_text,
    reason_text,
    reason_title,
    verdict_text,
)
from templates.words import languages, words_for

AT = datetime(2025, 11, 21, 22, 0, tzinfo=UTC)
LONGEST_FOR_A_PATRON = 12
LONGEST_TITLE = 7
CYRILLIC = re.compile(r"[а-яґєії]", re.IGNORECASE)
WRONG_UKRAINIAN = re.compile(
    r"\b(?:ді(?:юч|йсн)ий квиток|діюч|на протязі|слідуюч|вірний (?:код|пароль)|невірн|співпада|"
    r"прийма\w* участь|являється|будь-ласка|любий (?:час|день)|відмін(?:ен|ит)|на рахунок)",
    re.IGNORECASE,
)


def test_every_reason_has_words_for_patrons_and_staff() -> None:
    assert set(PATRON) == set(STAFF) == set(Reason)


def test_every_duty_has_words_for_patrons_and_staff() -> None:
    assert set(DUTIES_PATRON) == set(DUTIES_STAFF) == set(Duty)


def test_every_verdict_has_words_at_every_door() -> None:
    doors = {(who, way) for who in ("patron", "staff") for way in ("entry", "exit", "service")}
    assert set(VERDICTS) == {(verdict.value, *door) for verdict in Verdict for door in doors}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("code", Reason)
def test_a_patron_reads_at_most_twelve_words(code: Reason, language: str) -> None:
    words = words_for(language)
    for until in (None, AT):
        text = reason_text(words, code, until=until)
        assert 0 < len(re.findall(r"[\w’-]+", text)) <= LONGEST_FOR_A_PATRON, text
        assert len(reason_title(words, code).split()) <= LONGEST_TITLE


@pytest.mark.parametrize("audience", ["patron", "staff"])
def test_english_words_hold_no_cyrillic(audience: Audience) -> None:
    words = words_for("en")
    said = [reason_title(words, code, audience) for code in Reason]
    said += [reason_text(words, code, audience, until=AT) for code in Reason]
    said += [duty_text(words, code, audience, count=2) for code in Duty]
    said += [verdict_text(words, verdict, audience, "exit") for verdict in Verdict]
    assert not [text for text in said if CYRILLIC.search(text)]


def test_the_end_of_a_ban_is_told_as_the_day_of_welcome() -> None:
    assert reason_text(words_for("uk"), "banned", until=AT).startswith(
        "Чекаємо на вас з 22 листопада 2025\N{NO-BREAK SPACE}р. "
    )


def test_a_ban_without_end_sends_to_the_desk() -> None:
    assert "Сервісного центру" in reason_text(words_for("uk"), "banned")


@pytest.mark.scenario("X02")
def test_departments_are_named_with_their_counts() -> None:
    out = [("Відділ мистецтв", 2), ("Читальна зала", 5)]
    text = reason_text(words_for("uk"), "reading_room_loans_open", "staff", departments=out)
    assert text.endswith("Відділ мистецтв: 2 документи; Читальна зала: 5 документів")


def test_a_duty_tells_its_number() -> None:
    assert duty_text(words_for("en"), "count_documents", "staff", count=3).endswith(": 3")


def test_an_unknown_code_is_an_error_and_not_a_blank() -> None:
    with pytest.raises(KeyError):
        reason_text(words_for("uk"), "no_such_reason")


def test_nothing_is_said_in_wrong_ukrainian() -> None:
    said = [str(message.id) for message in read("en") if message.id]
    assert said
    assert not [text for text in said if WRONG_UKRAINIAN.search(text)]


@pytest.mark.parametrize("wrong", ["Діючий квиток", "на протязі дня", "Невірний пароль"])
def test_wrong_ukrainian_would_be_seen(wrong: str) -> None:
    assert WRONG_UKRAINIAN.search(wrong)


def test_a_debt_is_never_called_by_a_rude_word() -> None:
    rude = re.compile(r"боржник|порушник|заборонено|помилка", re.IGNORECASE)
    said = [text for way in PATRON.values() for text in (way.title, way.text, way.until)]
    assert not [text for text in said if rude.search(text)]
