"""Pages of the console as they are read by a test: their rows, forms, headings and files."""

from __future__ import annotations

import csv
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree.ElementTree import Element, TreeBuilder

import pytest
from flask import Flask

from server.console import printing, register
from server.console.roles import ROLES, may
from server.database import open_database
from server.models import Role
from tests.server.admin import full_day
from tests.server.admin.test_every_page import pages
from tests.server.console.desk import Clock, Desk, sign_in
from tests.server.console.library import Library

ROLES_THAT_READ = (Role.ADMIN, Role.DIRECTOR, Role.SERVICE_CENTRE, Role.INFORMATION_CENTRE)
_FILE = re.compile(r"[.](pdf|png|zip|csv)$")


class _Tree(HTMLParser):
    """Our pages close what they open, so that a small parser is enough, five times as fast."""

    _BARE = frozenset({"br", "col", "hr", "img", "input", "link", "wbr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self._open: list[str] = []
        self._built = TreeBuilder()
        self.feed(text)
        self.root = self._built.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._built.start(tag, {name: value or "" for name, value in attrs})
        self._open.append(tag)
        if tag in self._BARE:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, f"<{tag}> does not close what was opened"
        self._built.end(tag)

    def handle_data(self, data: str) -> None:
        self._built.data(data)


@dataclass(frozen=True)
class View:
    """A page as it came."""

    address: str
    main: Element

    def all(self, tag: str, word: str = "") -> list[Element]:
        """Elements of a tag, with a class where one is named."""
        found = self.main.iter(tag)
        return [each for each in found if not word or word in each.get("class", "").split()]

    def forms(self) -> list[dict[str, str]]:
        """What each form that asks would ask for."""
        asking = [form for form in self.all("form") if form.get("method") == "get"]
        return [dict(_fields(form)) for form in asking]

    def has(self, **classes: str) -> bool:
        return any(self.all(tag, word) for tag, word in classes.items())

    def next(self) -> str | None:
        """Where the next page is."""
        return next((a.get("href") for a in self.all("a") if a.get("rel") == "next"), None)

    def file(self) -> str | None:
        """Where the list is taken along as CSV."""
        files = (a.get("href") or "" for a in self.all("a") if a.get("download") is not None)
        return next((address for address in files if "format=csv" in address), None)

    def rows(self) -> list[str]:
        """The text of each row of what is listed."""
        body = [row for part in self.all("tbody") for row in part.iter("tr")]
        lines = [line for part in self.all("ul", "entries") for line in part.findall("li")]
        return [text_of(row) for row in body or lines]


def _fields(form: Element) -> Iterator[tuple[str, str]]:
    for field in form.iter():
        name = field.get("name")
        if name and field.tag == "input":
            yield name, field.get("value") or ""
        elif name and field.tag == "select":
            options = list(field.iter("option"))
            chosen = [each for each in options if each.get("selected") is not None] or options[:1]
            yield from ((name, value_of(each)) for each in chosen)


def value_of(option: Element) -> str:
    value = option.get("value")
    return text_of(option) if value is None else value


def text_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def with_wishes(address: str, **wishes: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{urlencode({**dict(parse_qsl(parts.query)), **wishes})}"


def front_pages(app: Flask) -> dict[str, str]:
    """Every page of the matrix that needs nothing but its address."""
    rules = (rule for rule in app.url_map.iter_rules() if rule.endpoint in ROLES)
    return {
        rule.endpoint: rule.rule
        for rule in rules if "GET" in (rule.methods or ()) and not rule.arguments
    }  # fmt: skip


class Reader:
    """Whoever may open a page of a library opens it."""

    def __init__(self, library: Library, app: Flask) -> None:
        self.library = library
        self.app = app
        self._desks = {role: Desk(app.test_client()) for role in ROLES_THAT_READ}
        for role, desk in self._desks.items():
            assert sign_in(desk.client, role.value) == 303

    def desk_of(self, role: Role) -> Desk:
        """Who signed in at the beginning."""
        return self._desks[role]

    def desk(self, address: str) -> Desk:
        path = urlsplit(address).path
        endpoint, _ = self.app.url_map.bind("").match(path, method="GET")
        return self.desk_of(Role.ADMIN if may(Role.ADMIN, endpoint) else Role.DIRECTOR)

    def open(self, address: str) -> View:
        """The page."""
        found = self.look(address)
        assert found is not None, f"{address} is no page"
        return found

    def look(self, address: str) -> View | None:
        """The page, where there is one."""
        answer = self.desk(address).client.get(address)
        assert answer.status_code < 500, address
        if answer.status_code != 200 or answer.mimetype != "text/html":
            return None
        _, main, rest = answer.text.partition("<main")
        if not main:
            # A part of pages, which they ask for.
            return None
        return View(address, _Tree(main + rest[: rest.index("</main>") + len("</main>")]).root)

    def file(self, address: str) -> list[dict[str, str]]:
        """A list as CSV."""
        told = self.desk(address).client.get(address).get_data().decode("utf-8-sig")
        return list(csv.DictReader(told.splitlines(), delimiter=";"))

    def shown(self) -> dict[str, View]:
        """Every page that needs nothing but its address and shows rows, by its endpoint."""
        looked = {endpoint: self.look(path) for endpoint, path in self.fronts().items()}
        return {endpoint: view for endpoint, view in looked.items() if view and view.rows()}

    def fronts(self) -> dict[str, str]:
        """Every page of the matrix that needs nothing but its address."""
        return front_pages(self.app)

    def asking(self) -> Iterator[View]:
        """Every page with a form that asks."""
        for _, address in pages(self.app, self.library):
            view = None if _FILE.search(address) else self.look(address)
            if view is not None and view.forms():
                yield view


@contextmanager
def reading(furnished: tuple[Path, Library], folder: Path) -> Iterator[Reader]:
    """A full day's library that is only looked at: one for all tests; its papers are not set."""
    path, library = furnished
    database = open_database(f"sqlite:///{shutil.copy(path, folder / 'library.sqlite')}")
    library = replace(library, database=database)
    full_day.fill(library)
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, database, clock=Clock())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(printing, "pdf", lambda *_: b"%PDF")
        yield Reader(library, app)
    database.close()
