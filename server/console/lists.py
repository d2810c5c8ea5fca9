"""Lists that filter, sort and turn their pages by their address, and leave as CSV or XLSX."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from urllib.parse import urlencode, urlsplit

from flask import Response, request

from server.console import exports
from server.console.blueprint import console
from server.console.centre import words
from server.services.names import alphabetical, fold

_Row = TypeVar("_Row")

ROWS_A_PAGE = 100
_NOT_KEPT = frozenset({"format", "page"})
"""Wishes of one press, which another does not take along."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column(Generic[_Row]):
    """A column: its heading, what stands in it, and by what it sorts where that differs."""

    name: str
    label: str
    value: Callable[[_Row], Any]
    sorts: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Heading:
    """A heading as the page draws it."""

    label: str
    address: str | None
    """Where a press sorts by it; None where it does not sort."""
    order: str
    """`ascending`, `descending` or `none`, as `aria-sort` has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """Where one is in a long list; both addresses are None where there is no such page."""

    number: int
    of: int
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(Generic[_Row]):
    """A filtered, sorted list with its headings."""

    rows: Sequence[_Row]
    """Of the page that is shown."""
    every: Sequence[_Row]
    """Of all pages."""
    pages: Pages
    headings: Sequence[Heading]
    asked: str
    total: int
    """Rows before the filter."""
    exports: Sequence[tuple[str, str]]
    """Formats with their addresses; the filter goes along."""


def listing(
    rows: Sequence[_Row], columns: Sequence[Column[_Row]], order: str = ""
) -> Listing[_Row]:
    """What the address asks of these rows: `q` filters, `sort` and `dir` order, `page` turns."""
    asked = request.args.get("q", "").strip()[:100]
    found = [row for row in rows if _matches(row, columns, asked)]
    by_name = {column.name: column for column in columns if column.sorts}
    chosen = by_name.get(request.args.get("sort", order))
    down = request.args.get("dir") == "down"
    if chosen is not None:
        found.sort(key=lambda row: _sort_key(chosen.value(row)), reverse=down)
    shown, pages = paged(found)
    return Listing(
        rows=shown, every=found, pages=pages, asked=asked, total=len(rows),
        headings=[_heading(column, chosen, down=down) for column in columns],
        exports=[(each, asking(format=each)) for each in exports.FORMATS],
    )  # fmt: skip


def paged(rows: Sequence[_Row]) -> tuple[Sequence[_Row], Pages]:
    """The page that the address asks for; a page behind the last is the last."""
    last = max(1, -(-len(rows) // ROWS_A_PAGE))
    number = min(max(1, request.args.get("page", 1, type=int)), last)
    first = (number - 1) * ROWS_A_PAGE
    return rows[first : first + ROWS_A_PAGE], Pages(
        number=number, of=last,
        before=asking(page=str(number - 1)) if number > 1 else None,
        after=asking(page=str(number + 1)) if number < last else None,
    )  # fmt: skip


def without(*names: str) -> str:
    """This page's address without these wishes."""
    left = {name: value for name, value in request.args.items() if name not in _NOT_KEPT | {*names}}
    return f"{request.path}?{urlencode(left)}" if left else request.path


@console.after_request
def come_back(response: Response) -> Response:
    """After an act on a list one is where one was: its filter and page stay in the address."""
    if request.method != "POST":
        return response
    came, goes = urlsplit(request.referrer or ""), urlsplit(response.location or "")
    if goes.path and (came.netloc, came.path, goes.query) == (request.host, goes.path, ""):
        response.location = goes._replace(query=came.query).geturl()
    return response


def exported(found: Listing[_Row], columns: Sequence[Column[_Row]], name: str) -> Response | None:
    """The list as a file, where the address asks for one."""
    wanted = request.args.get("format", "")
    if wanted not in exports.FORMATS:
        return None
    _ = words().gettext
    head = [_(column.label) for column in columns]
    body = ([column.value(row) for column in columns] for row in found.every)
    return exports.answer(wanted, name, head, body)


def _matches(row: _Row, columns: Sequence[Column[_Row]], asked: str) -> bool:
    """Every word stands somewhere in the row, however it is written."""
    if not asked:
        return True
    text = fold(" ".join(exports.as_text(column.value(row)) for column in columns))
    return all(word in text for word in fold(asked).split())


def _sort_key(value: Any) -> tuple[int, Any]:
    """Empty values last; text by its letters, as Ukrainian orders them."""
    if value is None or value == "":
        return (3, "")
    if isinstance(value, bool | int | float):
        return (0, value)
    if isinstance(value, datetime | date):
        return (1, value.isoformat())
    return (2, alphabetical(str(value)))


def _heading(column: Column[_Row], chosen: Column[_Row] | None, *, down: bool) -> Heading:
    is_chosen = chosen is not None and column.name == chosen.name
    order = ("descending" if down else "ascending") if is_chosen else "none"
    turned = "up" if down or not is_chosen else "down"
    return Heading(
        label=words().gettext(column.label), order=order,
        address=asking(sort=column.name, dir=turned) if column.sorts else None,
    )  # fmt: skip


def asking(**changes: str) -> str:
    """This page's address with other wishes; the rest of its wishes stay."""
    asked = {name: value for name, value in request.args.items() if name not in _NOT_KEPT}
    return f"{request.path}?{urlencode({**asked, **changes})}"
