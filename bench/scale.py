"""A library of a million readers on PostgreSQL: three million documents, five million visits.

Built within minutes by the database itself out of a sample of a thousand, rows copied with other
numbers, names and days. Visits and loans lie in the order of their days, as a table that only grows
keeps them; who came and what was lent is scattered over all readers and documents. What was lent in
the last 20 days is still out, and one loan of 200 never came back: ten thousand overdue.

Checks and exits are measured against the sample alone, in turns; searches and the reports of a
month by the clock.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from statistics import median
from time import perf_counter

from sqlalchemy import Connection, text

from bench.checks import Side, centre_of, library_of
from bench.figure import Figure, timed_ms
from server.config import load
from server.database import Database, open_database
from server.services import search
from server.services.reports import catalogue
from server.services.reports.catalogue import ReportCode
from server.services.reports.table import Period

PATRONS, DOCUMENTS, VISITS, LOANS = 1_000_000, 3_000_000, 5_000_000, 2_000_000
_SAMPLE = 1_000
_DAYS = 730
_PAIRS = 7
_RATIO, _SEARCH_MS, _REPORT_MS = 1.15, 300, 2_000
_TABLES = (
    "patron", "ticket", "registration", "document", "visit", "department_visit", "loan",
)  # fmt: skip
_NAME = "translate(to_char({n}, 'FM0000000'), '0123456789', 'абвгдежзлс')"
"""Seven letters that tell a number: few people share a surname in a large library. Folded for
searching they stay what they are."""
_KEPT_DAYS = 20
_SCATTERED = "({n}::bigint * 7919 % {of} + 1)"
"""Every number up to `of` once, in no order of days."""


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Nothing unless asked for in full: it takes minutes and some gigabytes."""
    if not full:
        return
    with ExitStack() as stack:
        small = library_of(stack, "postgresql", _SAMPLE)
        large = library_of(stack, "postgresql", _SAMPLE)
        database = open_database(load(large.config, {}).database.url)
        stack.callback(database.close)
        started_s = perf_counter()
        build(database)
        yield Figure("scale build", perf_counter() - started_s, "s")
        yield from _searches(database)
        yield from _reports(database)
        sides = [(stack.enter_context(centre_of(each)), each.codes) for each in (small, large)]
        yield from _checks(sides)


def build(database: Database) -> None:
    """Let the library grow; triggers and indexes wait until the rows are there."""
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for setting in ("session_replication_role = replica", "synchronous_commit = off",
                        "maintenance_work_mem = '512MB'", "work_mem = '128MB'"):  # fmt: skip
            connection.execute(text(f"SET {setting}"))
        indexes = _drop_indexes(connection)
        for growth in _growths():
            _say(growth.table)
            growth.run(connection)
        for definition in indexes:
            connection.execute(text(definition))
        _say("statistics")
        connection.execute(text("VACUUM ANALYZE"))
        connection.execute(text("CHECKPOINT"))


def _drop_indexes(connection: Connection) -> Sequence[str]:
    """Their definitions, to make them anew; those of keys and constraints stay."""
    found = connection.execute(
        text(
            "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = ANY(:tables) AND"
            " indexname NOT IN (SELECT conname FROM pg_constraint)"
        ),
        {"tables": list(_TABLES)},
    ).all()
    for name, _ in found:
        connection.execute(text(f'DROP INDEX "{name}"'))
    return [definition for _, definition in found]


@dataclass(frozen=True, slots=True)
class _Growth:
    """Rows copied from those that the sample has, with columns of their own."""

    table: str
    count: int
    own: Mapping[str, str]
    """Column -> SQL; `g` is the number of the row, from 1 on."""
    source: str = ""
    """Condition on rows of the sample that are copied."""
    sample: str = ""
    """Table of these rows, where it is another; `own` then names every column."""

    def run(self, connection: Connection) -> None:
        columns = connection.scalars(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"),
            {"table": self.table},
        ).all()
        names = ", ".join(f'"{name}"' for name in columns)
        values = ", ".join(self.own.get(name, f't."{name}"') for name in columns)
        where = f"WHERE {self.source}" if self.source else ""
        connection.execute(
            text(
                f"WITH t AS MATERIALIZED (SELECT *, row_number() OVER () - 1 AS line"  # noqa: S608 - names of our own
                f" FROM {self.sample or self.table} {where}), n AS (SELECT count(*) AS rows FROM t)"
                f" INSERT INTO {self.table} ({names}) SELECT {values}"
                f" FROM generate_series(1, {self.count}) g JOIN n ON true"
                f" JOIN t ON t.line = g % n.rows"
            )
        )


def _growths() -> Sequence[_Growth]:
    first = 10_000_000
    surname = _NAME.format(n="g::bigint * 7919 % 9999991")
    day = _day(VISITS)
    instant = _instant(day)
    whose = _SCATTERED.format(n="g", of=PATRONS)
    visit = "(lpad(to_hex({n}), 8, '0') || '{z}')::uuid"
    visit = visit.replace("{z}", "-0000-7000-8000-000000000000")
    reader = {
        "id": f"{first} + g", "surname": f"initcap({surname})", "patronymic": "''",
        "name_key": f"{surname} || ' ' || split_part(t.name_key, ' ', 2)",
        "phone": "'+380 67 ' || to_char(g % 10000000, 'FM000 00 00')", "email": "''",
        "organisation_id": "NULL",
    }  # fmt: skip
    ticket = {
        "id": "'f' || lpad(to_hex(g), 11, '0')", "number": "'BN-' || to_char(g, 'FM0000000')",
        "patron_id": f"{first} + g", "replaced_by": "NULL",
    }  # fmt: skip
    registered = _day(PATRONS)
    registration = {
        "id": f"{first} + g", "ticket_id": f"'f' || lpad(to_hex({whose}), 11, '0')",
        "year": f"extract(year FROM {registered})", "category": "'adult'", "loans_shown": "0",
        "at": _instant(registered), "staff_id": "NULL",
    }  # fmt: skip
    document = {
        "id": f"{first} + g", "inventory_number": "'BI' || g", "barcode": "'BB' || g",
        "search_key": f"'книга ' || {_NAME.format(n='g')} || ' ' || t.search_key",
        "title": f"'Книга ' || {_NAME.format(n='g')} || ' ' || t.title",
    }  # fmt: skip
    came = {
        "id": visit.format(n="g"), "slip_number": "'BS-' || g", "state": "'closed'",
        "ticket_id": f"'f' || lpad(to_hex({whose}), 11, '0')", "event_id": "NULL",
        "slip_state": "'closed'", "handed_in": "true", "local_day": day, "opened_at": instant,
        "changed_at": instant, "closed_at": f"{instant} + interval '2 hours'", "parallel": "false",
    }  # fmt: skip
    mark = {"visit_id": visit.format(n="g"), "first_at": instant}
    lent = _day(LOANS)
    loan = {
        "id": f"{first} + g",
        "document_id": f"{first} + {_SCATTERED.format(n='g', of=DOCUMENTS)}",
        "patron_id": f"{first} + {whose}", "visit_id": "NULL", "issued_at": _instant(lent),
        "returned_at": f"CASE WHEN g % 200 > 0 AND {lent} + {_KEPT_DAYS} < current_date"
        f" THEN {_instant(lent)} + interval '{_KEPT_DAYS} days' END",
        "due_on": f"{lent} + 30",
    }  # fmt: skip
    return (
        _Growth("patron", PATRONS, reader),
        _Growth("ticket", PATRONS, ticket, "kind = 'permanent' AND state = 'active'"),
        _Growth("registration", PATRONS, registration, sample="ticket"),
        _Growth("document", DOCUMENTS, document),
        _Growth("visit", VISITS, came, "ticket_id IS NOT NULL"),
        _Growth("department_visit", VISITS, mark),
        _Growth("loan", LOANS, loan, "place = 'home'"),
    )


def _day(count: int) -> str:
    """Rows come as the days do, as in a library that grew: a month lies together."""
    return f"(current_date - {_DAYS} + (g::bigint * {_DAYS} / {count + 1})::int)"


def _instant(day: str) -> str:
    at = f"({day}::timestamp + interval '9 hours' + (g % 36000) * interval '1 second')"
    return f"{at} AT TIME ZONE 'UTC'"


def _say(part: str) -> None:
    """A line on the way: minutes of silence look like a failure."""
    print(f"# building: {part}", file=sys.stderr, flush=True)


def _searches(database: Database) -> Iterator[Figure]:
    with database.reading() as session:
        surname, given, phone = session.execute(
            text("SELECT surname, given_name, phone FROM patron ORDER BY id DESC LIMIT 1")
        ).one()
    typed = {
        "whole name": f"{surname} {given}", "part of name": surname[1:5],
        "common name": "ко", "ticket": "BN-0777777", "part of ticket": "77777", "phone": phone[-9:],
        "nothing": "щщщщ яяяя",
    }  # fmt: skip
    for name, words in typed.items():
        search.patrons(database, words)
        _, slow_ms = timed_ms(lambda words=words: search.patrons(database, words), 10)  # type: ignore[misc]
        yield Figure(f"scale search {name}", slow_ms, "ms", at_most=_SEARCH_MS)
    scan = lambda: search.scan(database, b"BB2777777", at=datetime.now(UTC))  # noqa: E731
    yield Figure("scale scan of a document", timed_ms(scan, 10)[1], "ms", at_most=_SEARCH_MS)


def _reports(database: Database) -> Iterator[Figure]:
    """The month before the last, whole."""
    today = datetime.now(UTC).date()
    month = Period.of_month(date(today.year - (today.month <= 2), (today.month - 3) % 12 + 1, 1))  # noqa: PLR2004
    for code in ReportCode:
        if code in (ReportCode.YEARLY, ReportCode.VISITS_BY_MONTH):
            continue
        catalogue.make(database, code, month)
        middle_ms, _ = timed_ms(lambda code=code: catalogue.make(database, code, month), 3)  # type: ignore[misc]
        yield Figure(f"scale month {code}", middle_ms, "ms", at_most=_REPORT_MS)


def _checks(sides: Sequence[tuple[Side, Sequence[str]]]) -> Iterator[Figure]:
    """Entry and exit, sample and whole in turns, so that the machine's mood meets both."""
    for side, codes in sides:
        side.empty(side.ask(codes))
    ratios: dict[str, list[float]] = {}
    for _ in range(_PAIRS):
        small, large = (_round(*each) for each in sides)
        for name, value in large.items():
            ratios.setdefault(name, []).append(value / small[name])
    for name, found in ratios.items():
        yield Figure(f"scale {name} to sample", median(found), "times", at_most=_RATIO)


def _round(side: Side, codes: Sequence[str]) -> dict[str, float]:
    entry_ms, heard = side.cpu_ms(codes)
    slips = side.slips(heard)
    exit_ms, left = side.cpu_ms(slips, "exit")
    return {
        "check cpu": entry_ms, "check p50": median(heard.taken_ms),
        "exit cpu": exit_ms, "exit p50": median(left.taken_ms),
    }  # fmt: skip
