"""Every list of the console: its wishes stand in the address, its pages turn, it leaves as a file.

Lists are found by looking: a page that shows rows is a list, or it stands among the boards.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from math import inf
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page

from server.console import lists
from server.console.pages import audit_log, notices
from server.console.roles import may
from server.models import Role
from server.services import season
from server.services.names import alphabetical
from tests.server.admin.readers import Reader, View, reading, text_of, value_of, with_wishes
from tests.server.admin.test_every_page import empty
from tests.server.conftest import served
from tests.server.console.desk import enter
from tests.server.console.library import Library

NOWHERE = "такого-не-буде"
BOARDS = {
    "console.account": "one's own sessions",
    "console.bookings": "a day of the computers, hour by hour",
    "console.centre_plan": "a form: a line an indicator",
    "console.calendar": "a year",
    "console.emergency": "those inside, to be ticked off by hall",
    "console.imports": "a form with what was sent lately",
    "console.inbox": "what waits for a person; it is chosen by kind and station",
    "console.information_centre": "today; the log is the list",
    "console.lanes": "a handful, watched live",
    "console.reports": "links",
    "console.retention": "a line a term",
    "console.shift": "what is to be looked at today",
    "console.stations": "a handful, watched live",
    "console.stock_taking": "the last taking, to be printed",
    "console.workplaces": "a handful, watched live",
}
"""Pages with rows that nobody filters or takes along."""
IN_ITS_ORDER = {"console.audit", "console.notices", "console.registration_season"}
"""Read by key, in the one order that they have."""


@pytest.fixture(scope="module")
def reader(
    furnished: tuple[Path, Library], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reader]:
    with reading(furnished, tmp_path_factory.mktemp("full")) as reader:
        yield reader


@pytest.fixture(scope="module")
def address(
    furnished: tuple[Path, Library], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Another copy, for browsers: who signs in there stands in no log of ours."""
    folder = tmp_path_factory.mktemp("served")
    with reading(furnished, folder) as reader, served(reader.app) as address:
        yield address


@pytest.fixture(scope="module")
def empty_reader(
    furnished: tuple[Path, Library], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reader]:
    """The same of a library in which nothing is left."""
    with reading(furnished, tmp_path_factory.mktemp("empty")) as reader:
        empty(reader.library.database)
        yield reader


@pytest.fixture(scope="module")
def shown(reader: Reader) -> dict[str, View]:
    return reader.shown()


@pytest.fixture(scope="module")
def listed(shown: dict[str, View]) -> dict[str, View]:
    """Every list by its endpoint."""
    return {endpoint: view for endpoint, view in shown.items() if endpoint not in BOARDS}


@pytest.fixture(scope="module")
def asking(reader: Reader) -> list[View]:
    return list(reader.asking())


def test_a_board_is_a_page_that_shows_rows(shown: Mapping[str, View]) -> None:
    assert set(shown) >= set(BOARDS)


def test_every_list_is_filtered_and_taken_along(listed: Mapping[str, View]) -> None:
    assert len(listed) > 25
    bare = {
        endpoint for endpoint, view in listed.items()
        if not view.forms() or view.file() is None
        or not (view.all("a", "sorts") or view.all("ul", "entries") or endpoint in IN_ITS_ORDER)
    }  # fmt: skip
    assert bare == set()


def test_what_a_form_asks_for_is_what_the_next_page_shows(
    asking: Sequence[View], reader: Reader
) -> None:
    """Reload and back know no more than the address: all that was asked for stands in it."""
    for view in asking:
        for place, form in enumerate(view.forms()):
            asked = {name: _other_wish(view, name, value) for name, value in form.items()}
            again = reader.open(with_wishes(view.address, **asked))
            assert again.forms()[place] == asked, view.address
    assert sum(len(view.forms()) for view in asking) > 30


def _other_wish(view: View, name: str, value: str) -> str:
    """Another value that the field can have."""
    for select in view.all("select"):
        if select.get("name") == name:
            return value_of(list(select.iter("option"))[-1])
    kinds = {field.get("name"): field.get("type") for field in view.all("input")}
    return {"search": "ко", "number": "7"}.get(kinds.get(name) or "", value)


def test_one_wish_never_drops_another(asking: Sequence[View], reader: Reader) -> None:
    headings = 0
    for view in asking:
        wishes = {name: value for form in view.forms() for name, value in form.items()}
        wishes |= {"sort": "name", "dir": "down"} if view.all("a", "sorts") else {}
        again = reader.open(with_wishes(view.address, **wishes))
        assert not any(set(wishes) - set(form) for form in again.forms()), view.address
        for link in again.all("a", "sorts"):
            asked = dict(parse_qsl(urlsplit(link.get("href") or "").query, keep_blank_values=True))
            assert set(wishes) <= set(asked), view.address
            headings += 1
    assert headings > 100


def test_where_nothing_fits_the_filter_that_is_said_with_a_way_back(
    listed: Mapping[str, View], reader: Reader
) -> None:
    for endpoint, view in listed.items():
        name = next(name for name in ("q", "id", "kind") if name in view.forms()[-1])
        if name == "kind":
            continue
        (said,) = reader.open(with_wishes(view.address, **{name: NOWHERE})).all("div", "empty")
        back = reader.open(next(said.iter("a")).get("href") or "")
        assert back.rows() == view.rows(), endpoint


def test_every_heading_that_sorts_sorts_both_ways(
    listed: Mapping[str, View], reader: Reader
) -> None:
    varied = 0
    for endpoint, view in listed.items():
        for column, link in enumerate(view.all("a", "sorts")):
            up = reader.open(with_wishes(link.get("href") or "", dir="up"))
            heading = up.all("a", "sorts")[column]
            assert [th.get("aria-sort") for th in up.all("th") if th.get("aria-sort")] == [
                "ascending"
            ], endpoint
            name = text_of(heading).rstrip(" ↑↓")
            rising = _column(reader, up.file() or "", name)
            falling = _column(reader, with_wishes(heading.get("href") or "", format="csv"), name)
            assert rising in _orders(rising), f"{endpoint}, {name}"
            assert falling == rising[::-1], f"{endpoint}, {name}"
            varied += len(set(rising)) > 1
    assert varied > 60


def _column(reader: Reader, address: str, heading: str) -> list[str]:
    return [row[heading].removeprefix("'") for row in reader.file(address)]


def _orders(values: Sequence[str]) -> Iterator[list[str]]:
    """By letters and, where they are numbers, as such; what is empty stands last."""
    yield sorted(values, key=lambda value: (not value, alphabetical(value)))
    with suppress(ValueError):
        yield sorted(values, key=lambda value: float(value) if value else inf)


def test_a_page_at_a_time_shows_every_row_once(
    listed: Mapping[str, View], reader: Reader, line_by_line: None
) -> None:
    turned = set()
    for endpoint, view in listed.items():
        page = reader.open(with_wishes(view.address, dir="down", q=""))
        rows = _last_table(page)
        while (address := page.next()) is not None:
            assert "dir=down" in address or endpoint in IN_ITS_ORDER
            page = reader.open(address)
            rows += _last_table(page)
            turned.add(endpoint)
        assert len(rows) == len(set(rows)) == len(reader.file(view.file() or "")), endpoint
    assert len(turned) > 20


@pytest.fixture
def line_by_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line a page of its own."""
    monkeypatch.setattr(lists, "ROWS_A_PAGE", 1)
    monkeypatch.setattr(season, "PAGE", 1)
    for part in (audit_log, notices):
        monkeypatch.setattr(part, "_PAGE", 1)


def _last_table(view: View) -> list[str]:
    """The rows of the list itself, where others stand above it."""
    tables = view.all("tbody")
    return [text_of(row) for row in tables[-1].iter("tr")] if tables else view.rows()


@pytest.mark.parametrize(
    "page, place", [("0", 0), ("-3", 0), ("999", -1), ("drei", 0), ("9" * 30, -1)]
)
def test_a_page_that_is_none_is_the_last_or_the_first(
    listed: Mapping[str, View], reader: Reader, line_by_line: None, page: str, place: int
) -> None:
    inside = listed["console.inside"]
    shown = reader.open(with_wishes(inside.address, page=page))
    assert shown.rows() == [inside.rows()[place]]


def test_a_file_holds_what_the_filter_leaves(listed: Mapping[str, View], reader: Reader) -> None:
    shorter = 0
    for endpoint, view in listed.items():
        if "q" not in view.forms()[-1]:
            continue
        whole = reader.file(view.file() or "")
        word = next(value for value in whole[-1].values() if value).strip("'")
        found = reader.open(with_wishes(view.address, q=word))
        part = reader.file(found.file() or "")
        assert whole[-1] in part, endpoint
        assert len(part) == len(_last_table(found)), endpoint
        shorter += len(part) < len(whole)
    assert shorter > 12


def test_an_act_on_a_list_leads_back_to_what_was_asked_for(reader: Reader) -> None:
    desk = reader.desk_of(Role.SERVICE_CENTRE)
    address = "/inbox?kind=conflict%3Atwo_visits&station=K1"
    page = desk.get(address)
    form = dict(re.findall(r'name="(csrf_token|key)" value="([^"]*)"', page))
    for came, goes in (
        (f"http://localhost{address}", address),
        ("http://else/inbox?a=b", "/inbox"),
    ):
        answer = desk.client.post("/inbox", data={**form, "kind": "x"}, headers={"Referer": came})
        assert answer.location == goes


def test_an_empty_list_says_so(listed: Mapping[str, View], empty_reader: Reader) -> None:
    filled = {"console.staff_list", "console.calendar", "console.audit"}
    for endpoint in listed.keys() - filled:
        assert empty_reader.open(listed[endpoint].address).all("div", "empty"), endpoint


def test_in_english_a_list_has_no_word_of_ours_in_ukrainian(
    listed: Mapping[str, View], empty_reader: Reader
) -> None:
    for endpoint, view in listed.items():
        empty_reader.desk(view.address).post("/preferences", language="en")
        shown = empty_reader.open(view.address)
        words = [text_of(part) for tag in ("h1", "h2", "th", "label", "button", "p", "option")
                 for part in shown.all(tag)]  # fmt: skip
        assert not [word for word in words if re.search("[а-яіїєґ]", word) and word not in NAMES], (
            endpoint
        )


NAMES = {"Марія Бондар"}


@pytest.mark.parametrize("role", [Role.ADMIN, Role.INFORMATION_CENTRE])
def test_every_shortcut_of_a_page_is_told_in_help(reader: Reader, role: Role) -> None:
    desk = reader.desk_of(role)
    known = set(re.findall(r"<kbd>([^<]+)</kbd>", desk.get("/help")))
    for endpoint, address in reader.fronts().items():
        told = desk.client.get(address) if may(role, endpoint) else None
        if told is not None and told.mimetype == "text/html":
            named = re.findall(r'aria-keyshortcuts="([^"]+)"', told.text)
            used = {re.sub(r"Shift\+\d", "Shift+1…9", each) for each in named}
            assert used <= known, address


# --- Without a mouse ----------------------------------------------------------------------------

_CONTROLS = """() => {
    const fields = "input:not([type=hidden]), select, textarea";
    const all = `#main :is(a[href], button, summary, ${fields}, [tabindex="0"])`;
    window.order = [...document.querySelectorAll(all)]
        .filter((one) => one.checkVisibility({ visibilityProperty: true }) && !one.disabled);
    window.met = [];
    document.addEventListener("focusin", ({ target }) => {
        if (order.includes(target)) met.push(target);
    });
    return order.reduce((sum, one) => sum + (one.type === "date" ? 5 : 1), 0);
}"""
"""Answers how often Tab is to be pressed: a date has parts."""
_MISSED = "order.filter((one, at) => met[at] !== one).map((one) => one.outerHTML.slice(0, 90))"
_PLACE = """() => {
    const here = document.activeElement;
    const line = here.closest("tbody > tr, .entries > li");
    const marked = line && getComputedStyle(line).backgroundImage !== "none";
    return marked ? [...line.parentElement.children].indexOf(line) : here.rel || here.id;
}"""
_STOPS = """() => {
    const list = [...document.querySelectorAll("#main :is(tbody, .entries)")].at(-1);
    const lines = [...list.children].filter((one) => one.querySelector("a, button, summary"));
    const next = document.querySelector("#main [rel=next]") ? ["next"] : [];
    return ["filter", ...lines.map((one) => [...list.children].indexOf(one)), ...next];
}"""


@pytest.fixture
def two_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "ROWS_A_PAGE", 2)


def test_tab_reaches_all_of_a_list_and_arrows_go_from_line_to_line(
    page: Page, address: str, listed: Mapping[str, View], two_lines: None
) -> None:
    enter(page, address, Role.ADMIN)
    lengths = set()
    for view in listed.values():
        page.goto(address + view.address)
        presses = page.evaluate(_CONTROLS)
        page.focus("#main")
        for _ in range(presses):
            page.keyboard.press("Tab")
        assert page.evaluate(_MISSED) == [], f"{view.address}: left out, or not as one reads"
        if page.locator("#filter").count():
            stops = page.evaluate(_STOPS)
            assert _by_arrows(page, len(stops)) == stops + stops[-2::-1], view.address
            lengths.add(len(stops))
    assert lengths >= {2, 4}


def _by_arrows(page: Page, stops: int) -> list[int | str]:
    """Where arrows lead from the filter, down and up again: the marked line, or what has focus."""
    page.focus("#filter")
    places = [page.evaluate(_PLACE)]
    for key in ["ArrowDown"] * (stops - 1) + ["ArrowUp"] * (stops - 1):
        page.keyboard.press(key)
        places.append(page.evaluate(_PLACE))
    return places


def test_enter_filters_turns_the_page_and_opens_the_marked_line(
    page: Page, address: str, two_lines: None
) -> None:
    enter(page, address, Role.SERVICE_CENTRE)
    page.goto(f"{address}/inside")
    page.fill("#filter", "K1")
    assert _entered(page) == f"{address}/inside?q=K1"
    page.focus("#filter")
    for _ in range(3):
        page.keyboard.press("ArrowDown")
    assert _entered(page) == f"{address}/inside?q=K1&page=2"
    page.focus("#filter")
    page.keyboard.press("ArrowDown")
    opens = page.evaluate("document.activeElement.href")
    assert _entered(page) == opens


def _entered(page: Page) -> str:
    """Where Enter leads, once it is there."""
    with page.expect_navigation():
        page.keyboard.press("Enter")
    return page.url
