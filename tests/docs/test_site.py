"""The documentation as a site: built without a warning, whole, loading nothing from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from docs import drawings
from tests.test_house import ROOT

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKED_AT = [
    "index.html", "uk/readers.html", "uk/desk-day.html", "uk/parts.html", "uk/paper-slips.html",
    "backup.html", "sync.html", "architecture.html",
]  # fmt: skip
"""A page of each make; what makes their parts is the same for all."""
NEVER = re.compile(r"\b(діюч|на протязі|слідуюч|співпада|прийма\w+ участь)", re.IGNORECASE)


def build(folder: Path, pages: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """What `make docs` does, into another folder."""
    return subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", folder],
        cwd=pages, capture_output=True, text=True, check=False,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    built = build(folder)
    assert built.returncode == 0, built.stderr
    assert "WARNING" not in built.stderr
    return folder


class Address(HTMLParser):
    """Collects what a page links to, what it loads, and which anchors it has."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        self.anchors.add(named.get("id", ""))
        if "src" in named or tag == "link":
            self.loads.append(named.get("src") or named["href"])
        elif "href" in named:
            self.links.append(named["href"])


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, Address]:
    return {path: Address(path.read_text("utf-8")) for path in site.rglob("*.html")}


def inner(path: Path, address: str) -> tuple[Path, str]:
    """The file and the anchor that an address of a page means."""
    parts = urlsplit(address)
    return (path.parent / unquote(parts.path)).resolve() if parts.path else path, parts.fragment


def dead(pages: dict[Path, Address]) -> Iterator[str]:
    for path, page in pages.items():
        for address in (*page.links, *page.loads):
            if urlsplit(address).scheme:
                continue
            file, anchor = inner(path, address)
            there = file.is_file()
            if there and unquote(anchor) and file in pages:
                there = unquote(anchor) in pages[file].anchors
            if not there:
                yield f"{path.name}: {address}"


def test_no_link_leads_nowhere(pages: dict[Path, Address]) -> None:
    assert len(pages) > 40
    assert list(dead(pages)) == []


def test_nothing_is_loaded_from_elsewhere(site: Path, pages: dict[Path, Address]) -> None:
    loads = [address for page in pages.values() for address in page.loads]
    assert [each for each in loads if urlsplit(each).scheme or each.startswith("//")] == []
    for style in site.rglob("*.css"):
        assert not re.search(r"url\(\W*https?:|@import", style.read_text("utf-8")), style


def test_a_link_to_a_page_that_is_not_there_fails_the_build(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("*.png"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    with (tmp_path / "docs" / "glossary.md").open("a", encoding="utf-8") as page:
        page.write("\n[нікуди](nowhere.md)\n")
    built = build(tmp_path / "site", tmp_path)
    assert built.returncode != 0
    assert "'glossary.md' contains a link 'nowhere.md'" in built.stderr


def test_the_first_three_audiences_have_their_pages_in_both_languages(site: Path) -> None:
    for page in (ROOT / "docs" / "uk").glob("*.md"):
        ours = site / "uk" / f"{page.stem}.html"
        there = re.search(r'class="other" href="([^"]+)"', ours.read_text("utf-8"))
        assert there
        twin = inner(ours, there[1])[0]
        assert twin != site / "en" / "index.html", page.name
        back = re.search(r'class="other" href="([^"]+)"', twin.read_text("utf-8"))
        assert back
        assert inner(twin, back[1])[0] == ours.resolve()


def test_every_page_in_ukrainian_is_written_as_the_glossary_asks() -> None:
    for page in [ROOT / "docs" / "index.md", *(ROOT / "docs" / "uk").glob("*.md")]:
        assert not NEVER.search(page.read_text("utf-8")), page.name


def test_the_drawings_are_those_of_their_script() -> None:
    told = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    for name, draw in drawings.DRAWINGS.items():
        assert (drawings.FOLDER / f"{name}.svg").read_text("utf-8") == draw()
        assert f"(drawings/{name}.svg)" in told


def examine(page: Page, site: Path, names: list[str]) -> None:
    for name in names:
        page.goto((site / name).as_uri())
        found = Axe().run(page, options=RULES)
        assert found.violations_count == 0, f"{name}\n{found.generate_report()}"


def test_axe_finds_nothing(page: Page, site: Path) -> None:
    examine(page, site, LOOKED_AT)


def test_axe_finds_nothing_in_the_dark(page: Page, site: Path) -> None:
    page.emulate_media(color_scheme="dark")
    examine(page, site, ["index.html", "uk/parts.html"])


def test_no_page_is_wider_than_its_window(page: Page, pages: dict[Path, Address]) -> None:
    for path in pages:
        if path.parent.name == "decisions" and path.stem != "index":
            continue
        page.goto(path.as_uri())
        for width in (1280, 390, 320):
            page.set_viewport_size({"width": width, "height": 800})
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{path.name} at {width}"


@pytest.mark.parametrize("name", ["readers.html", "paper-slips.html"])
@pytest.mark.parametrize("language", ["uk", "en"])
def test_a_page_to_print_is_one_sheet_of_paper(
    page: Page, site: Path, language: str, name: str
) -> None:
    page.goto((site / language / name).as_uri())
    page.evaluate("document.fonts.ready")
    sheet = page.pdf(prefer_css_page_size=True)
    assert len(re.findall(rb"/Type /Page\b", sheet)) == 1


@pytest.mark.parametrize(
    "home, typed, found",
    [
        ("index.html", "загублено листок", "Листок загублено"),
        ("index.html", "зв'язку", "Перевірити, коли зібрано"),
        ("index.html", "prometheus", "Alerts and a dashboard"),
        ("en/index.html", "lystok_visits_open", "Figures"),
    ],
)
def test_the_search_finds_words_in_the_language_of_the_page(
    page: Page, site: Path, home: str, typed: str, found: str
) -> None:
    page.goto((site / home).as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type(typed)
    expect(page.locator("#found")).to_contain_text(found)
    page.get_by_role("link", name=found).first.click()
    expect(page.locator("h1")).to_be_visible()
    assert "#" in page.url


def test_the_search_says_when_nothing_is_found(page: Page, site: Path) -> None:
    page.goto((site / "index.html").as_uri())
    page.fill("#search", "гіпопотам")
    expect(page.locator("#found")).to_have_text("Нічого не знайдено")
