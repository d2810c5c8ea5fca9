"""The words of notices: what may stand in them, and how they are filled."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.models import NoticeKind
from server.services.by import By
from server.services.notices import texts
from server.services.notices.texts import PLACES, Unfit
from templates.words import languages
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited

BY = By(staff_id=1, at=NOON)


def test_every_kind_has_words_in_every_language_and_they_pass_our_own_check() -> None:
    for kind in NoticeKind:
        assert set(texts.packaged()[kind]) == set(languages())
        for text in texts.packaged()[kind].values():
            texts.check(text.subject, text.body)


@pytest.mark.parametrize(
    "subject, body, fault",
    [
        ("", "{list}", "empty"), ("Тема", " \n ", "empty"), ("Тема", "Без переліку", "no_list"),
        ("Тема", "{list} {прізвище}", "place:прізвище"), ("{salt}", "{list}", "place:salt"),
        ("т" * 201, "{list}", "too_long"), ("Тема", "{list}" + "т" * 4000, "too_long"),
    ],
)  # fmt: skip
def test_words_that_can_t_be_sent_are_refused(subject: str, body: str, fault: str) -> None:
    with pytest.raises(Unfit, match=fault):
        texts.check(subject, body)


def test_a_subject_is_one_line() -> None:
    assert texts.check("Тема\r\nBcc: all@example.org", "{list}").subject == (
        "Тема Bcc: all@example.org"
    )


@given(st.dictionaries(st.sampled_from(PLACES), st.text(max_size=20)), st.text(max_size=60))
def test_nothing_of_a_value_is_read_as_a_place(places: dict[str, str], words: str) -> None:
    values = {name: "{name}" + value for name, value in places.items()}
    filled = texts.fill("".join(f"{{{name}}}" for name in values), values)
    assert filled == "".join(values.values())
    plain = words.replace("{", "")
    assert texts.fill(plain, values) == plain


def test_the_library_s_own_words_are_sent_until_they_are_dropped(desk: Library) -> None:
    own = texts.check("Наші слова", "Ось: {list}")
    texts.save(desk.database, NoticeKind.HOLD, "uk", own, by=BY)
    with desk.database.reading() as session:
        assert texts.current(session, NoticeKind.HOLD, "uk") == own
        assert not texts.current(session, NoticeKind.HOLD, "en").is_own
    texts.drop(desk.database, NoticeKind.HOLD, "uk", by=BY)
    with desk.database.reading() as session:
        assert texts.current(session, NoticeKind.HOLD, "uk").subject.startswith("Ваш документ")
    assert len(audited(desk, "notice_text_changed") + audited(desk, "notice_text_dropped")) == 2
