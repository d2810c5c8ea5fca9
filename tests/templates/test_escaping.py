"""Nothing that somebody typed is ever taken for markup (threat 12)."""

import re
from pathlib import Path

import pytest

import templates

FOLDER = Path(templates.__file__).parent
PLAIN_TEXT = {"mail/ticket_text.html"}
"""Letters without markup, in which a name stands as it is."""


@pytest.mark.threat(12)
def test_no_template_lets_markup_through() -> None:
    pages = {path.relative_to(FOLDER).as_posix(): path for path in FOLDER.rglob("*.html")}
    told = {name: path.read_text(encoding="utf-8") for name, path in pages.items()}
    assert len(told) > 100
    assert not [name for name, text in told.items() if re.search(r"\|\s*safe\b", text)]
    assert {name for name, text in told.items() if "autoescape" in text} == PLAIN_TEXT
