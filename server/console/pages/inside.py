"""Who is inside: the first page of the day."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from operator import attrgetter
from uuid import UUID

from flask import render_template
from flask.typing import ResponseReturnValue

from gate.facts import VisitState
from server.console import alarms, lists, reads
from server.console.blueprint import console
from server.console.buildings import mine
from server.console.centre import database, library, now, staff, words
from server.console.lists import Column
from server.console.roles import may
from server.models import Department
from server.services import halls, presence
from server.services.halls import Whereabouts
from server.services.presence import Present
from templates.words import N_

_FULL = 100


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of the board."""

    number: int
    label: str
    sign: str


@dataclass(frozen=True, slots=True)
class Hall:
    """How many were last seen in a hall, or are in a building.

    `share` of its limit, or of the fullest, in percent.
    """

    name: str
    persons: int
    share: int
    limit: int | None = None

    @property
    def is_full(self) -> bool:
        """Whether nobody more is let in."""
        return self.limit is not None and self.persons >= self.limit


@dataclass(frozen=True, slots=True)
class Mark:
    """A department that marked a slip."""

    short: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One open slip."""

    visit_id: UUID
    slip_number: str
    name: str
    sign: str
    persons: int
    since: datetime
    away: bool
    other_day: bool
    marks: Sequence[Mark]
    hall: str
    """Hall of the event, for its visitors."""
    documents: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """All that the page shows."""

    persons: int
    limit: int | None
    """Of the building; where there are several, each has its own."""
    figures: Sequence[Figure]
    buildings: Sequence[Hall]
    """Empty where there is only one."""
    halls: Sequence[Hall]
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What the board is told beside the visits."""

    departments: Mapping[str, Department]
    documents_out: Mapping[UUID, int]
    event_halls: Mapping[UUID, str]
    whereabouts: Whereabouts
    limits: Mapping[str, int | None]
    """Halls that are used now."""
    today: date
    ours: Collection[UUID]
    """Visits that this person sees by name: those of the buildings in which they work."""


@console.get("/inside")
def inside() -> ResponseReturnValue:
    """The board and the list; the page asks for itself again every few seconds."""
    visits = presence.open_visits(database())
    with database().reading() as session:
        seen = Seen(
            departments=reads.departments(session),
            documents_out=reads.documents_out(session),
            event_halls=reads.event_halls(session),
            whereabouts=halls.whereabouts(session),
            limits={hall.name: hall.capacity for hall in halls.in_use(session)},
            today=library().day(now()),
            ours={each.visit_id for each in visits if mine().covers(each.branch)},
        )
    board = make_board(visits, seen)
    columns = _columns()
    found = lists.listing(board.rows, columns)
    file = lists.exported(found, columns, "inside")
    return file or render_template("console/inside.html", board=board, found=found, now=now())


def _columns() -> Sequence[Column[Row]]:
    return [
        Column(name="slip", label=N_("Листок"), value=attrgetter("slip_number")),
        Column(name="name", label=N_("Хто"), value=attrgetter("name")),
        Column(name="since", label=N_("Вхід"), value=attrgetter("since")),
        Column(name="marks", label=N_("Відмітки відділів"), value=_places),
        Column(name="documents", label=N_("На руках"), value=attrgetter("documents")),
    ]


def _places(row: Row) -> str:
    """Departments that marked the slip, the last one last; an event's hall where none did."""
    return ", ".join(mark.name or mark.short for mark in row.marks) or row.hall


def make_board(visits: Sequence[Present], seen: Seen) -> Board:
    """Count those who are inside today, and list the open slips in reach."""
    here = [visit for visit in visits if _is_here(visit, seen.today)]
    return Board(
        persons=sum(visit.persons for visit in here),
        limit=None if library().branches else library().building_limit,
        figures=_figures(here, visits),
        buildings=_buildings(here),
        halls=_halls(here, seen),
        rows=[_row(visit, seen) for visit in visits if visit.visit_id in seen.ours],
    )


def _is_here(visit: Present, today: date) -> bool:
    return visit.state in presence.IN_THE_BUILDING and library().day(visit.opened_at) == today


def _figures(here: Iterable[Present], all_open: Iterable[Present]) -> Sequence[Figure]:
    kinds: Counter[str] = Counter()
    for visit in here:
        kinds[_kind(visit)] += visit.persons
    away = sum(visit.persons for visit in all_open if visit.state is VisitState.AWAY)
    _ = words().gettext
    figures = [
        Figure(kinds["reader"], _("читачі"), "ticket"),
        Figure(kinds["event"], _("на заходах"), "calendar"),
    ]
    if kinds["staff"]:
        figures.append(Figure(kinds["staff"], _("працівники"), "desk"))
    if away:
        figures.append(Figure(away, _("вийшли на час"), "clock"))
    return figures


def _kind(visit: Present) -> str:
    if visit.is_staff:
        return "staff"
    return "reader" if visit.ticket_id else "event"


def _buildings(here: Iterable[Present]) -> Sequence[Hall]:
    """In the order of the buildings."""
    names = alarms.buildings()
    if len(names) == 1:
        return ()
    counted = Counter(dict.fromkeys(names, 0))
    for visit in here:
        counted[visit.branch or ""] += visit.persons
    most = max(1, *counted.values())
    limits = {code: alarms.house(code or None).building_limit for code in names}
    return [
        Hall(name, counted[code], _share(counted[code], limits[code] or most), limits[code])
        for code, name in names.items()
    ]


def _halls(here: Iterable[Present], seen: Seen) -> Sequence[Hall]:
    """Where people were last seen; halls with a limit are shown empty too."""
    counted = Counter({name: 0 for name, limit in seen.limits.items() if limit is not None})
    for visit in here:
        mark = visit.departments[-1] if visit.departments else None
        event_hall = seen.event_halls.get(visit.visit_id)
        counted[seen.whereabouts.of(mark, event_hall, visit.station)] += visit.persons
    most = max(1, *counted.values(), 1)
    nowhere = words().gettext("Ще без відмітки")

    def hall(name: str, persons: int) -> Hall:
        limit = seen.limits.get(name)
        return Hall(name or nowhere, persons, _share(persons, limit or most), limit)

    return [hall(name, persons) for name, persons in counted.most_common()]


def _share(part: int, whole: int) -> int:
    return min(_FULL, round(_FULL * part / whole))


_SIGNS = {"reader": "person", "event": "calendar", "staff": "desk"}


def _row(visit: Present, seen: Seen) -> Row:
    return Row(
        visit_id=visit.visit_id,
        slip_number=visit.slip_number,
        name=_name(visit),
        sign="people" if visit.persons > 1 else _SIGNS[_kind(visit)],
        persons=visit.persons,
        since=visit.opened_at,
        away=visit.state is VisitState.AWAY,
        other_day=library().day(visit.opened_at) != seen.today,
        marks=[
            Mark(code, reads.department_name(seen.departments.get(code), words()))
            for code in visit.departments
        ],
        hall=seen.event_halls.get(visit.visit_id, ""),
        documents=seen.documents_out.get(visit.visit_id, 0),
    )


def _name(visit: Present) -> str:
    """In full for roles that may open a patron, first name and initial for others."""
    full = may(staff().role, "console.patron")
    known = visit.full_name if full else visit.display_name
    return known or visit.event_title or words().gettext("Відвідувач без квитка")
