"""The bench as HTML: tickets, cards, logins and switches in the person's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from demo.plays import SWITCHES
from demo.sample_files import SampleTicket
from demo.stage import ENTRANCE, EXIT, Stage
from demo.ticket_states import GROUPS, STATE_WORDS
from templates import assets, words
from templates.words import N_

PAGES: Final = Path(__file__).parent / "pages"
_TICKETS_MOST: Final = 300
"""A sample of a hundred thousand is not shown whole; its first people are of every kind."""
_MIME_TYPES: Final = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
}
_ROLES: Final = {
    "admin": N_("Адміністратор"),
    "director": N_("Директор"),
    "service_centre": N_("Сервісний центр"),
    "guard": N_("Охорона"),
    "technician": N_("Технік"),
    "information_centre": N_("Інформаційний центр"),
    "department": N_("Бібліотекар відділу"),
}


@cache
def page_files() -> Mapping[str, Path]:
    """Styles and scripts of the bench by name: nothing else of the folder is ever served."""
    found = (path for path in PAGES.iterdir() if path.suffix in _MIME_TYPES)
    return MappingProxyType({path.name: path for path in found})


def mime_type(path: Path) -> str:
    """Content type of one of `page_files`."""
    return _MIME_TYPES[path.suffix]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wing:
    """A side of the stage: a station, and the way people go through it."""

    code: str
    direction: str
    page: str


class Renderer:
    """Draws the pages of the bench."""

    def __init__(self, stage: Stage, token: str) -> None:
        self._stage = stage
        self._token = token

    def page(self, language: str) -> str:
        """The bench."""
        stage = self._stage
        return (
            _environment(language)
            .get_template("bench.html")
            .render(
                token=self._token,
                wings=self._wings(),
                switches=SWITCHES,
                tickets=stage.tickets[:_TICKETS_MOST],
                cards=self._cards(),
                old=_in_state(stage.tickets, "number_linked"),
                good=_in_state(stage.tickets, "valid"),
                staff=stage.staff,
                roles=_ROLES,
                console=stage.server,
                groups=_present(stage.tickets),
            )
        )

    def screen(self, code: str) -> str:
        """An empty screen of a station, to be filled and made small."""
        return _environment(words.SOURCE_LANGUAGE).get_template("screen.html").render(code=code)

    def _wings(self) -> tuple[Wing, ...]:
        pages = {code: station.page for code, station in self._stage.stations.items()}
        return (
            Wing(code=ENTRANCE, direction="in", page=pages[ENTRANCE]),
            Wing(code=EXIT, direction="out", page=pages[EXIT]),
        )

    def _cards(self) -> list[dict[str, Any]]:
        """Each card once, with all tickets it stands for."""
        tickets = {ticket.number: ticket for ticket in self._stage.tickets}
        shared: dict[str, list[SampleTicket]] = {}
        for card in self._stage.cards:
            shared.setdefault(card.uid, []).append(tickets[card.number])
        return [{"uid": uid, "tickets": stands_for} for uid, stands_for in shared.items()]


def _in_state(tickets: tuple[SampleTicket, ...], state: str) -> SampleTicket | None:
    return next((ticket for ticket in tickets if ticket.state == state), None)


def _present(tickets: tuple[SampleTicket, ...]) -> list[dict[str, Any]]:
    """The groups of states that tickets are in, with how many are in each."""
    shown = tickets[:_TICKETS_MOST]
    counts = {code: sum(ticket.state == code for ticket in shown) for code in STATE_WORDS}
    groups = (
        {"label": group.label, "states": [(code, counts[code]) for code in group.states]}
        for group in GROUPS
    )
    return [
        {**group, "states": [pair for pair in group["states"] if pair[1]]}
        for group in groups
        if any(count for _, count in group["states"])
    ]


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=FileSystemLoader(PAGES),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    current = words.words_for(language)
    assets.install(environment)
    words.install(environment, current)
    environment.globals.update(
        language=language,
        state_word=lambda code: current.gettext(STATE_WORDS.get(code, code)),
    )
    return environment
