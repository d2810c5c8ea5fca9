"""Why something was decided: the rule behind each reason, and the fact that it looked at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

from flask import flash

from gate.facts import Decision, Emergency, EntryFacts, ExitFacts, Facts
from gate.reasons import Reason, Verdict
from server.console import grounds
from server.console.centre import words
from server.console.grounds import Ground
from server.console.said import Saying, of_codes, sayings
from templates.words import N_

_TEXTS: Mapping[str, str] = {
    "safety": N_("Безпека понад усе: пожежа й тривога"),
    "own": N_("Порядок бібліотеки, у Правилах не описаний"),
}

RULES: Mapping[Reason, tuple[str, Ground]] = {
    Reason.EVACUATION: ("safety", Ground.HOUSE),
    Reason.NO_SHELTER: ("safety", Ground.HOUSE),
    Reason.SHELTER_FULL: ("safety", Ground.HOUSE),
    Reason.SHELTER: ("safety", Ground.HOUSE),
    Reason.UNKNOWN_CODE: ("3.1.1", Ground.CODE),
    Reason.BAD_SIGNATURE: ("4.4", Ground.CODE),
    Reason.TICKET_CANCELLED: ("3.1.1", Ground.TICKET),
    Reason.TICKET_REPLACED: ("2.3.1", Ground.TICKET),
    Reason.BANNED: ("4.3.3, 5.1.10", Ground.BAN),
    Reason.CLOSED: ("5.1.2", Ground.HOUSE),
    Reason.TICKET_NOT_STARTED: ("2.3", Ground.TICKET),
    Reason.TICKET_EXPIRED: ("2.3.1, 2.3.2", Ground.TICKET),
    Reason.NOT_REREGISTERED: ("2.6", Ground.TICKET),
    Reason.CONSENT_MISSING: ("1.4", Ground.PATRON),
    Reason.FEE_UNPAID: ("4.2.5", Ground.TICKET),
    Reason.ALREADY_INSIDE: ("3.1.2", Ground.VISIT),
    Reason.INSIDE_AGAIN: ("3.1.2", Ground.VISIT),
    Reason.BUILDING_FULL: ("own", Ground.HOUSE),
    Reason.HALL_FULL: ("own", Ground.HOUSE),
    Reason.EVENT_FULL: ("2.4, 4.1.11", Ground.EVENT),
    Reason.EVENT_OVER: ("2.4", Ground.EVENT),
    Reason.EVENT_NOT_OPEN: ("2.4", Ground.EVENT),
    Reason.AGREEMENT_ENDED: ("1.8", Ground.PATRON),
    Reason.COPY_TOO_OLD: ("own", Ground.STATION),
    Reason.CLOCK_UNTRUSTED: ("own", Ground.STATION),
    Reason.READING_ROOM_LOANS_OPEN: ("3.1.5, 3.2.8", Ground.LOANS),
    Reason.SLIP_UNKNOWN: ("3.1.4", Ground.CODE),
    Reason.SLIP_VOID: ("3.2.9", Ground.VISIT),
    Reason.SLIP_CLOSED: ("3.1.4", Ground.VISIT),
    Reason.OUTSIDE_AGAIN: ("3.1.4", Ground.VISIT),
    Reason.CARRIED_NOT_LENT: ("3.3.1", Ground.LOANS),
    Reason.SLIP_MISSING: ("3.2.9", Ground.VISIT),
    Reason.NO_OPEN_SLIP: ("3.1.1", Ground.VISIT),
    Reason.EVENT_SLIP_NO_SERVICE: ("2.4", Ground.VISIT),
    Reason.LIMIT_REACHED: ("3.2.2, 3.2.3", Ground.LOANS),
    Reason.ROOM_ONLY: ("3.2.6", Ground.DOCUMENT),
    Reason.HOME_LOANS_NOT_ALLOWED: ("1.7, 2.7", Ground.PATRON),
    Reason.ON_HOLD_FOR_OTHER: ("3.2.3", Ground.QUEUE),
    Reason.OVERDUE_BLOCKS_LOANS: ("5.2.7", Ground.LOANS),
    Reason.STACK_CLOSED: ("3.2.7", Ground.HOUSE),
    Reason.REREGISTER_SOON: ("2.6", Ground.TICKET),
    Reason.EXPIRES_SOON: ("2.3.1", Ground.TICKET),
    Reason.LOANS_OVERDUE: ("5.2.7", Ground.LOANS),
    Reason.SLIP_NOT_RETURNED: ("3.1.4", Ground.LAST_VISIT),
    Reason.WEAK_CREDENTIAL: ("own", Ground.CODE),
    Reason.OFFLINE: ("own", Ground.STATION),
    Reason.DOCUMENT_TO_RENEW: ("2.3.1", Ground.PATRON),
    Reason.CLOSING_SOON: ("3.2.8", Ground.HOUSE),
    Reason.NO_ENTRY: ("3.1.2", Ground.VISIT),
    Reason.NO_MARKS: ("3.1.4", Ground.VISIT),
    Reason.SLIP_OF_OTHER_DAY: ("3.1.2", Ground.VISIT),
}
"""Reason -> the clause of the rules of use (or `own`, `safety`), and the fact it looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """A reason opened: what it says, by which rule, from which fact."""

    code: str
    said: str
    rule: str
    fact: str
    found: str = ""
    """What stood there; empty for a decision of before, whose facts are no longer at hand."""


def opened(decision: Decision, departments: Mapping[str, str] | None = None) -> Sequence[Opened]:
    """Every reason with its rule and its fact; of a free way, what all conditions looked at."""
    said = sayings(decision, departments)
    told = [_opened(each, decision.facts) for each in said]
    free = decision.verdict is Verdict.GRANT and not any(each.is_grave for each in said)
    if free and decision.facts is not None and not _in_danger(decision.facts):
        told.insert(0, _granted(decision.facts))
    return told


def opened_codes(codes: Sequence[Reason], found: Sequence[str] = ()) -> Sequence[Opened]:
    """Reasons that were kept, with what they had `found` where that was kept with them."""
    if found and not codes:
        return [_free(_SERVED, found[0])]
    known = dict(zip(codes, found, strict=False))
    return [_opened(each, None, known.get(each.code, "")) for each in of_codes(codes)]


def found_by(decision: Decision) -> tuple[str, ...]:
    """What each reason looked at, to be kept beside its code; of a free way its one ground."""
    if not decision.reasons and decision.facts is not None:
        return (_granted(decision.facts).found,)
    return tuple(grounds.shown(RULES[code][1], decision.facts) for code in decision.codes)


def tell(
    decision: Decision, state: Verdict | None = None, departments: Mapping[str, str] | None = None
) -> None:
    """Say each reason on the next page, to be opened there; `state` for all, or each its own."""
    for saying in sayings(decision, departments):
        why = asdict(_opened(saying, decision.facts))
        flash({"text": saying.text, "why": [why]}, (state or saying.state).value)  # type: ignore[arg-type]


def _opened(saying: Saying, facts: Facts | None, found: str = "") -> Opened:
    rule, ground = RULES[saying.code]
    return Opened(
        code=saying.code.value, said=saying.text, rule=_rule(rule), fact=grounds.name(ground),
        found=found or grounds.shown(ground, facts),
    )  # fmt: skip


def _rule(rule: str) -> str:
    named, _ = _TEXTS.get(rule), words().gettext
    return _(named) if named else _("пункт %(clause)s Правил", clause=rule)


_FREE: Mapping[type, tuple[str, Ground]] = {
    EntryFacts: ("3.1.1, 3.1.2", Ground.TICKET),
    ExitFacts: ("3.1.4, 3.3.1", Ground.LOANS),
}
_SERVED = ("3.1.1, 3.2.2", Ground.LOANS)


def _granted(facts: Facts) -> Opened:
    free = _FREE.get(type(facts), _SERVED)
    return _free(free, grounds.shown(free[1], facts))


def _free(free: tuple[str, Ground], found: str) -> Opened:
    rule, ground = free
    return Opened(
        code=Verdict.GRANT.value, said=words().gettext("Усі умови виконано."), rule=_rule(rule),
        fact=grounds.name(ground), found=found,
    )  # fmt: skip


def _in_danger(facts: Facts) -> bool:
    return facts.building.emergency is not Emergency.NONE
