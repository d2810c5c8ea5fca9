"""One more file is one more language: on the rail, on every screen, on the keyboard."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from kiosk import rendering, screens
from kiosk.config import ScreenSettings
from templates import keyboards, words
from tests.kiosk.gallery import GALLERY
from tests.kiosk.showing import Kiosk, open_page, serve

SAID = {
    "Покажіть квиток": "Pokaż bilet",
    "Допомога": "Pomoc",
    "Назад": "Wstecz",
}
_PLACES = """msgstr[0] "%(num)s miejsce"
msgstr[1] "%(num)s miejsca"
msgstr[2] "%(num)s miejsc"
"""
_FORMS = "nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);"


def polish(english: str) -> str:
    """The file that somebody would write who begins with the English one."""
    text = english.replace('"Language: en\\n"', '"Language: pl\\n"')
    text = re.sub(r'"Plural-Forms: [^"]*\\n"', rf'"Plural-Forms: {_FORMS}\\n"', text)
    # Where English has two forms, Polish wants a third.
    text = re.sub(r'(msgstr\[1\] (".*"))', r"\1\nmsgstr[2] \2", text)
    places = r'(msgid "%\(num\)s місце"\nmsgid_plural ".*"\n)(?:msgstr.*\n)+'
    text, found = re.subn(places, r"\1" + _PLACES, text)
    assert found == 1
    for ours, theirs in SAID.items():
        text = re.sub(rf'(msgid "{ours}"\nmsgstr) ".*"', rf'\1 "{theirs}"', text)
    return text


@pytest.fixture
def with_polish(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The project's translations and one file beside them; nothing else is changed."""
    folder = shutil.copytree(words.TRANSLATIONS, tmp_path / "translations")
    (folder / "pl.po").write_text(polish((folder / "en.po").read_text("utf-8")), "utf-8")
    caches = (words.languages, words._translations, words.words_for, rendering._environment)
    monkeypatch.setattr(words, "TRANSLATIONS", folder)
    for cache in caches:
        cache.cache_clear()
    yield
    monkeypatch.undo()
    for cache in caches:
        cache.cache_clear()


@pytest.fixture
def multilingual(with_polish: None) -> Iterator[Kiosk]:
    yield from serve(ScreenSettings(result_s=3600, choice_s=3600))


def test_one_file_adds_a_language_to_the_list_and_the_screens(
    page: Page, multilingual: Kiosk
) -> None:
    page.set_viewport_size({"width": 1024, "height": 600})
    open_page(page, multilingual)
    expect(page.locator("#languages")).to_be_visible()
    multilingual.show(page, screens.Languages())
    expect(page.get_by_role("button", name="Polski")).to_have_attribute("lang", "pl")
    page.get_by_role("button", name="Polski").click()
    multilingual.stage.show(GALLERY["start"])
    multilingual.stage.speak("pl")
    multilingual.settle(page)
    assert multilingual.presses()[-1] == ("language", "pl")
    expect(page.locator("h1")).to_have_text("Pokaż bilet")
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    expect(page.locator("#help")).to_have_attribute("aria-label", "Pomoc")


def test_every_screen_is_drawn_in_it(page: Page, multilingual: Kiosk) -> None:
    open_page(page, multilingual)
    for screen in GALLERY.values():
        multilingual.show(page, screen, "pl")
        assert page.locator("h1").inner_text().strip()


@pytest.mark.usefixtures("with_polish")
def test_counts_and_dates_are_written_as_the_language_writes_them() -> None:
    current = words.words_for("pl")
    seen = {current.ngettext("%(num)s місце", "%(num)s місць", n) for n in (1, 3, 5)}
    assert seen == {"1 miejsce", "3 miejsca", "5 miejsc"}
    assert current.date(date(2026, 11, 19)) == "19 listopada 2026"


@pytest.mark.usefixtures("with_polish")
def test_without_letters_of_its_own_it_is_typed_with_the_others() -> None:
    assert [layer.name for layer in keyboards.layers("surname", "pl")] == ["uk", "en"]
