"""`python -m docs.degradation`: writes the table of both degradation.md anew, from the rules.

Each cell is the verdict of the very functions that stations decide by, so that the page can't tell
of rules that are no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Final

from gate.facts import (
    Ban,
    BuildingFacts,
    ClockTrust,
    CredentialKind,
    Decision,
    DepartmentCount,
    EntryFacts,
    EventFacts,
    ExitFacts,
    Freshness,
    OldCopy,
    Policy,
    Source,
    TicketFacts,
    TicketKind,
    TicketState,
    VisitFacts,
    VisitState,
)
from gate.reasons import Verdict
from gate.rules import decide_entry, decide_exit
from templates.judgements import reason_title
from templates.words import words_for

_DOCS: Final = Path(__file__).parent
PAGES: Final = {"en": _DOCS / "degradation.md", "uk": _DOCS / "uk" / "degradation.md"}
BEGIN, END = "<!-- table: python -m docs.degradation -->", "<!-- end of the table -->"
AT: Final = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)
_SAID: Final = {
    "en": {Verdict.GRANT: "yes", Verdict.DESK: "desk", Verdict.REFUSE: "no"},
    "uk": {Verdict.GRANT: "так", Verdict.DESK: "до столу", Verdict.REFUSE: "ні"},
}


@dataclass(frozen=True, slots=True)
class Stand:
    """How a station stands: where its facts come from, how old they are, what time it trusts."""

    name: str
    source: Source
    age: timedelta
    clock: ClockTrust = ClockTrust.TRUSTED

    @property
    def freshness(self) -> Freshness:
        """The same as the rules take it."""
        return Freshness(source=self.source, as_of=AT - self.age, clock=self.clock)


STANDS: Final = (
    Stand("server answers", Source.SERVER, timedelta(0)),
    Stand("copy, up to 60 s", Source.COPY, timedelta(seconds=30)),
    Stand("copy, up to 24 h", Source.COPY, timedelta(hours=5)),
    Stand("copy, older", Source.COPY, timedelta(days=10)),
    Stand("time unknown", Source.COPY, timedelta(hours=5), ClockTrust.UNTRUSTED),
)

_TICKET: Final = TicketFacts(
    ticket_id="a1b2c3d4e5f6",
    kind=TicketKind.PERMANENT,
    state=TicketState.ACTIVE,
    valid_from=date(2024, 1, 1),
    valid_until=date(2028, 12, 31),
    registered_for=2026,
)
_VISIT: Final = VisitFacts(
    visit_id="v",
    slip_number="K1-0001-A000A",
    state=VisitState.INSIDE,
    station="K1",
    opened_at=AT - timedelta(hours=6),
    ticket_id=_TICKET.ticket_id,
    marks=1,
)
_HOUSE: Final = BuildingFacts(opens_at=AT - timedelta(hours=2), closes_at=AT + timedelta(hours=8))
_EVENT: Final = EventFacts(
    event_id="e", opens_at=AT - timedelta(hours=1), ends_at=AT + timedelta(hours=2)
)

Case = Callable[[Stand], Decision]


def _entry(ticket: TicketFacts | None, policy: Policy | None = None) -> Case:
    def decide(stand: Stand) -> Decision:
        facts = EntryFacts(
            station="K1",
            credential=CredentialKind.TICKET_CODE,
            freshness=stand.freshness,
            ticket=ticket,
            building=_HOUSE,
            policy=policy or Policy(),
        )
        return decide_entry(facts, AT)

    return decide


def _after_closing(stand: Stand) -> Decision:
    facts = EntryFacts(
        station="K1",
        credential=CredentialKind.TICKET_CODE,
        freshness=stand.freshness,
        ticket=_TICKET,
        building=replace(_HOUSE, closes_at=AT - timedelta(hours=1)),
    )
    return decide_entry(facts, AT)


def _visitor(stand: Stand) -> Decision:
    facts = EntryFacts(
        station="K1", credential=None, freshness=stand.freshness, event=_EVENT, building=_HOUSE
    )
    return decide_entry(facts, AT)


def _exit(visit: VisitFacts | None, policy: Policy | None = None) -> Case:
    def decide(stand: Stand) -> Decision:
        known = visit and replace(visit, loans_as_of=AT - stand.age)
        facts = ExitFacts(
            station="K1",
            credential=CredentialKind.SLIP_CODE,
            freshness=stand.freshness,
            visit=known,
            policy=policy or Policy(),
        )
        return decide_exit(facts, AT)

    return decide


_DESK: Final = Policy(old_copy=OldCopy.DESK)
_LENIENT: Final = Policy(exit_on_old_counts=Verdict.GRANT)

CASES: Final[Mapping[str, Case]] = {
    "in: a good ticket, `old_copy = admit`": _entry(_TICKET),
    "in: a good ticket, `old_copy = desk`": _entry(_TICKET, _DESK),
    "in: a one-time ticket of today": _entry(
        replace(_TICKET, kind=TicketKind.ONE_TIME, valid_from=AT.date(), valid_until=AT.date())
    ),
    "in: cancelled, and the copy knows": _entry(replace(_TICKET, state=TicketState.CANCELLED)),
    "in: banned, and the copy knows": _entry(
        replace(_TICKET, ban=Ban(since=AT - timedelta(days=20), until=AT + timedelta(days=20)))
    ),
    "in: a good ticket after closing": _after_closing,
    "in: a visitor to an event": _visitor,
    "out: nothing on loan, `exit_on_old_counts = desk`": _exit(_VISIT),
    "out: nothing on loan, `exit_on_old_counts = grant`": _exit(_VISIT, _LENIENT),
    "out: documents of a reading room": _exit(
        replace(_VISIT, reading_room=(DepartmentCount(department="5", count=1),))
    ),
    "out: a visitor to an event": _exit(replace(_VISIT, ticket_id=None, event_id="e")),
    "out: our slip, its visit not in the copy, `desk`": _exit(None),
    "out: our slip, its visit not in the copy, `grant`": _exit(None, _LENIENT),
}


_UKRAINIAN: Final = {
    "server answers": "сервер відповідає",
    "copy, up to 60 s": "копія до 60 с",
    "copy, up to 24 h": "копія до 24 год",
    "copy, older": "давніша копія",
    "time unknown": "непевний час",
    "in: a good ticket, `old_copy = admit`": "вхід: добрий квиток, за давньої копії впускати",
    "in: a good ticket, `old_copy = desk`": "вхід: добрий квиток, за давньої копії до столу",
    "in: a one-time ticket of today": "вхід: одноразовий квиток на сьогодні",
    "in: cancelled, and the copy knows": "вхід: квиток скасовано, копія це знає",
    "in: banned, and the copy knows": "вхід: обмеження, копія це знає",
    "in: a good ticket after closing": "вхід: добрий квиток після закриття",
    "in: a visitor to an event": "вхід: відвідувач заходу",
    "out: nothing on loan, `exit_on_old_counts = desk`": (
        "вихід: нічого не видано, за давньої лічби до столу"
    ),
    "out: nothing on loan, `exit_on_old_counts = grant`": (
        "вихід: нічого не видано, за давньої лічби випускати"
    ),
    "out: documents of a reading room": "вихід: видане в читальній залі не повернуто",
    "out: a visitor to an event": "вихід: відвідувач заходу",
    "out: our slip, its visit not in the copy, `desk`": (
        "вихід: наш листок, у копії його немає, до столу"
    ),
    "out: our slip, its visit not in the copy, `grant`": (
        "вихід: наш листок, у копії його немає, випускати"
    ),
}


def table(language: str) -> str:
    """The table in Markdown; the language is `en` or `uk`."""
    return "\n".join(_lines(language)) + "\n"


def _lines(language: str) -> Iterator[str]:
    yield f"| | {' | '.join(_named(stand.name, language) for stand in STANDS)} |"
    yield "|---" * (len(STANDS) + 1) + "|"
    for name, decide in CASES.items():
        cells = (_cell(decide(stand), language) for stand in STANDS)
        yield f"| {_named(name, language)} | {' | '.join(cells)} |"


def _named(name: str, language: str) -> str:
    return _UKRAINIAN[name] if language == "uk" else name


def _cell(decision: Decision, language: str) -> str:
    """The verdict, and why a person is to decide; why it is refused is the row's own name."""
    said = _SAID[language][decision.verdict]
    if decision.verdict is not Verdict.DESK:
        return said
    title = reason_title(words_for(language), decision.codes[0].value, "staff")
    return f"**{said}** ({title[0].lower()}{title[1:]})"


def main() -> None:
    """Write the table into both pages."""
    for language, page in PAGES.items():
        before, _, rest = page.read_text("utf-8").partition(BEGIN)
        after = rest.partition(END)[2]
        page.write_text(f"{before}{BEGIN}\n{table(language)}{END}{after}", "utf-8")


if __name__ == "__main__":
    main()
