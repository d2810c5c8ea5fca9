"""The rail of places, as far as a role may go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from flask import request

from server.console.centre import signed_in, words
from server.console.roles import may
from templates.words import N_


@dataclass(frozen=True, slots=True)
class Place:
    """An entry of the rail."""

    endpoint: str
    name: str
    icon: str
    key: str = ""
    family: tuple[str, ...] = ()
    """Other routes that belong to this place."""
    is_here: bool = False


PLACES = (
    Place("console.inside", N_("Хто в бібліотеці"), "people", "Alt+1", ("console.visit",)),
    Place("console.desk", N_("Видача й повернення"), "book", "Alt+2", ("console.document",)),
    Place(
        "console.exit",
        N_("Вихід"),
        "door-out",
        "Alt+3",
        ("console.exit_check", "console.lost_slip"),
    ),
    Place(
        "console.enrolments",
        N_("Запис читачів"),
        "ticket",
        "Alt+7",
        ("console.new_reader", "console.enrolment", "console.ticket_desk", "console.change_data"),
    ),
    Place("console.events", N_("Заходи"), "calendar", "Alt+4"),
    Place("console.shift", N_("Зміна"), "clock", "", ("console.paper_visits",)),
    Place("console.inbox", N_("Вхідні"), "bell"),
    Place("console.admit", N_("Впустити групу"), "people"),
    Place("console.bans", N_("Обмеження"), "ban", "", ("console.case_file",)),
    Place("console.complaints", N_("Скарги й пропозиції"), "sheet"),
    Place("console.audit", N_("Журнал"), "list", "Alt+5"),
    Place("console.design", N_("Вигляд"), "contrast", "Alt+6"),
    Place("console.help_page", N_("Довідка"), "question", "Alt+0"),
)


def may_here(endpoint: str) -> bool:
    """Whether the person at this browser may use a route."""
    person = signed_in()
    return person is not None and may(person.role, endpoint)


def places() -> Iterator[Place]:
    """The places open to the person at this browser, named in their language."""
    for place in PLACES:
        if may_here(place.endpoint):
            here = request.endpoint in (place.endpoint, *place.family)
            yield replace(place, name=words().gettext(place.name), is_here=here)


def first_place() -> str:
    """Where a person of this role begins."""
    return next(place.endpoint for place in PLACES if may_here(place.endpoint))
