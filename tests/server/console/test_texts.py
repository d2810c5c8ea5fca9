"""Texts to be read and signed: published in versions, never changed, bound to who accepted them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.models import Patron, Role, TextKind
from server.services import consents, terms
from server.services.consents import Text
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NASTY, NOON, Library
from tests.server.console.test_enrolment_pages import begin, finish

NEW = {"kind": "rules", "version": "2025-12-01", "since": "2025-12-01", "body": "Нові правила."}


@pytest.mark.clause("R1.2", "R2.2")
def test_who_enrols_after_it_accepts_the_new_one_and_others_stay_with_theirs(
    desk_of: Callable[[Role], Desk], library: Library, clock: Clock
) -> None:
    first = begin(desk_of(Role.SERVICE_CENTRE), library)
    finish(desk_of(Role.SERVICE_CENTRE), first)
    desk_of(Role.DIRECTOR).post("/texts", **{**NEW, "since": "2025-11-21"})
    clock.forward(timedelta(minutes=1))
    second = begin(desk_of(Role.SERVICE_CENTRE), library, surname="Зінченко")
    finish(desk_of(Role.SERVICE_CENTRE), second)
    with library.database.reading() as session:
        versions = [
            session.get_one(Patron, int(person.rpartition("/")[2])).rules_version
            for person in (first, second)
        ]
    assert versions == ["2023-07-31", "2025-12-01"]


@pytest.mark.clause("R1.2")
def test_rules_of_their_real_length_fit(desk_of: Callable[[Role], Desk], library: Library) -> None:
    director = desk_of(Role.DIRECTOR)
    body = "Правила користування бібліотекою. " * 900 + NASTY
    page = director.post("/texts", **{**NEW, "body": body, "since": "2025-11-21"})
    assert "Нову версію оприлюднено." in page
    assert NASTY not in page
    with library.database.reading() as session:
        assert consents.current(session, TextKind.RULES, NOON.date()).body == body


@pytest.mark.clause("R1.2")
@pytest.mark.parametrize("kind", list(TextKind))
def test_every_packaged_text_speaks_both_languages(kind: TextKind) -> None:
    text = consents.packaged()[kind]
    assert text.said("uk") == text.body
    assert text.said("en") == text.body_en
    assert len(text.body_en) > len(text.body) / 2
    assert not set("абвгґдеєжзиіїйклмнопрстуфхцчшщьюя") & set(text.body_en.lower())


@pytest.mark.clause("R1.2", "R2.2")
def test_a_text_is_published_in_both_languages_and_shown_so_at_desk_and_kiosk(
    desk_of: Callable[[Role], Desk], library: Library
) -> None:
    director = desk_of(Role.DIRECTOR)
    assert "англійського тексту немає" in director.post("/texts", **{**NEW, "version": "0"})
    page = director.post("/texts", **{**NEW, "since": "2025-11-21", "body_en": "The new rules."})
    assert '<p class="reading" lang="en">The new rules.</p>' in page
    begun = begin(desk_of(Role.SERVICE_CENTRE), library)
    assert "The new rules." in desk_of(Role.SERVICE_CENTRE).get(f"{begun}/enrolment")
    told = {text.kind: text for text in terms.today(library.database, at=NOON).texts}
    assert (told["rules"].body, told["rules"].body_en) == ("Нові правила.", "The new rules.")
    with library.database.reading() as session:
        own = consents.current(session, TextKind.RULES, NOON.date())
    assert Text(TextKind.RULES, "1", NOON.date(), "Слова").said("en") == "Слова"
    assert own.said("en") == "The new rules."
