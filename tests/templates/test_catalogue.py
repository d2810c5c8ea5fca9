"""Translations: complete in every language, and filled in with the same places."""

import re

import pytest

from templates.catalogue import read, used_messages, wants
from templates.words import languages

PLACE = re.compile(r"%\(\w+\)s|%%|%")


@pytest.mark.parametrize("language", languages())
def test_every_message_of_pages_and_programs_is_translated(language: str) -> None:
    assert wants(language, used_messages()) == []


def test_the_messages_of_python_and_of_pages_are_found() -> None:
    used = used_messages()
    assert "Евакуація" in used
    assert any(name.endswith(".html") for m in used for name, _ in m.locations)


@pytest.mark.parametrize("language", languages())
def test_a_translation_has_the_places_of_its_message(language: str) -> None:
    for message in read(language):
        if not message.id:
            continue
        source = message.id if isinstance(message.id, str) else message.id[1]
        forms = message.string if isinstance(message.string, tuple | list) else [message.string]
        for form in forms:
            assert form
            assert sorted(PLACE.findall(form)) == sorted(PLACE.findall(source)), message.id


def test_a_translation_ends_like_its_message() -> None:
    """A sentence stays a sentence, a label stays a label."""
    for message in read("en"):
        if isinstance(message.id, str) and message.id and isinstance(message.string, str):
            assert message.id.endswith("?") == message.string.endswith("?"), message.id
