"""What MkDocs calls while it builds the site; each function has the name that it looks for."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page

from docs.site import tables
from templates.assets import static_files

_LOOK: Final = ("tokens.css", "base.css", "favicon.svg", "fonts/manrope.ttf")
"""What the site has in common with the screens."""
_OTHER: Final = {"uk": "en", "en": "uk"}
_HOMES: Final = {"uk": "index.md", "en": "en/index.md"}
_MOST_SIGNS: Final = 1200
"""Of a part of a page, for the search."""
_found: dict[str, list[dict[str, str]]] = {}


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Lay tokens, sign and letters of the screens beside the pages."""
    _found.clear()
    for name in _LOOK:
        path = str(static_files()[name])
        files.append(File.generated(config, f"look/{name}", abs_src_path=path))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Put in the tables that the program tells."""
    return tables.made(markdown)


def on_page_content(html: str, **_: Any) -> str:
    """A column without a heading has none: an empty one is read aloud as one."""
    return html.replace("<th></th>", "<td></td>")


def on_page_context(
    context: dict[str, Any], page: Page, config: MkDocsConfig, nav: Navigation, **_: Any
) -> dict[str, Any]:
    """Tell the look its language, the way through that language's pages, and the other one."""
    language = language_of(page)
    branch = next(each for each in nav.items if each.title == language)
    return {
        **context,
        "language": language,
        "branch": branch.children or [],
        "other": _OTHER[language],
        "twin": _twin(page, language, nav, config).removesuffix(".md") + ".html",
    }


def _twin(page: Page, language: str, nav: Navigation, config: MkDocsConfig) -> str:
    """The same page in the other language, or its first one."""
    own, other = page.file.src_uri, _OTHER[language]
    twins: dict[str, str] = config.extra["twins"]
    beside = own.replace(f"{language}/", f"{other}/", 1)
    found = twins.get(own) or {there: here for here, there in twins.items()}.get(own) or beside
    if found != own and found in {each.file.src_uri for each in nav.pages}:
        return found
    return _HOMES[other]


def on_post_page(output: str, page: Page, **_: Any) -> str:
    """Note what the page holds, for the search."""
    parts = _Parts(page.title or "")
    parts.feed(page.content or "")
    for anchor, title, text in parts.told:
        address = f"{page.url}#{anchor}" if anchor else page.url
        words = re.sub(r"\s+", " ", text)[:_MOST_SIGNS]
        row = {"at": address, "page": page.title or "", "title": title, "text": words}
        _found.setdefault(language_of(page), []).append(row)
    return output


def on_post_build(config: MkDocsConfig) -> None:
    """Write what the search looks through, a script a language: files need no server."""
    for language, rows in _found.items():
        known = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
        path = Path(config.site_dir) / f"search-{language}.js"
        path.write_text(f"(window.KNOWN ??= {{}}).{language} = {known};\n", "utf-8")


def language_of(page: Page) -> str:
    """`uk` for the pages in Ukrainian; all others are in English."""
    return "uk" if page.file.src_uri.startswith("uk/") or page.file.src_uri == "index.md" else "en"


class _Parts(HTMLParser):
    """Cuts a page at its headings: anchor, heading and the plain text beneath."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.told: list[tuple[str, str, str]] = [("", title, "")]
        self._in_heading = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A heading begins a part."""
        if tag in {"h2", "h3"}:
            self.told.append((dict(attrs).get("id") or "", "", ""))
            self._in_heading = True

    def handle_endtag(self, tag: str) -> None:
        """What follows a heading is its text."""
        if tag in {"h2", "h3"}:
            self._in_heading = False

    def handle_data(self, data: str) -> None:
        """Words of the heading, or of what stands beneath."""
        anchor, title, text = self.told[-1]
        data = data.replace("¶", "")
        self.told[-1] = (anchor, title + data, text) if self._in_heading else (
            anchor, title, f"{text} {data}",
        )  # fmt: skip
