"""Translations: complete in every language, and filled in with the same places."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from templates.catalogue import ROOT, read, used_messages, wants
from templates.words import languages

PLACE = re.compile(r"%\(\w+\)s|%%|%")


@pytest.mark.parametrize("language", languages())
def test_every_message_of_pages_and_programs_is_translated(language: str) -> None:
    assert wants(language, used_messages()) == []


def test_the_messages_of_python_and_of_pages_are_found() -> None:
    used = used_messages()
    assert "Евакуація" in used
    assert any(name.endswith(".html") for m in used for name, _ in m.locations)


NO_MESSAGES = {
    "lists.py", "notice_words.py", "patron_rows.py", "names.py", "rooms.py", "search.py",
}  # fmt: skip
"""An alphabet, the sample of a letter, names that a new library is offered in both languages, and
signs that are taken for each other."""
UKRAINIAN = re.compile("[А-Яа-яҐЄІЇґєії]")


def texts(source: str) -> Iterator[str]:
    """What a program holds in Ukrainian beside its docstrings."""
    tree = ast.parse(source)
    told = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in told:
            yield node.value


def test_no_text_of_a_program_is_unknown_to_the_catalogue() -> None:
    """The tools of gettext see neither another name for gettext nor a call within an f-string."""
    known = {each for message in used_messages() for each in _forms(message.id)}
    files = [path for room in ("kiosk", "server") for path in (ROOT / room).rglob("*.py")]
    programs = [path for path in files if path.name not in NO_MESSAGES | _of_the_sample(path)]
    found = [
        (path.name, text)
        for path in programs
        for text in texts(path.read_text("utf-8"))
        if UKRAINIAN.search(text) and text not in known
    ]
    assert found == []


def _of_the_sample(path: Path) -> set[str]:
    return {path.name} if "sample" in path.parts else set()


def _forms(message: str | tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return (message,) if isinstance(message, str) else tuple(message)


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
