"""Why something was decided: the rule behind each reason, and the fact that it looked at."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from gate.reasons import Reason
from server.console.centre import words
from server.console.said import Saying
from templates.words import N_

_TICKET, _VISIT = N_("квиток"), N_("відвідування та його листок")
_LOANS, _HOUSE = N_("документи на руках"), N_("календар і стан будівлі")
_EVENT, _PATRON = N_("захід, його години та місця"), N_("картка читача")
_CODE, _STATION = N_("прочитаний код"), N_("годинник і копія станції")
_TEXTS: Mapping[str, str] = {
    "safety": N_("Безпека понад усе: пожежа й тривога"),
    "own": N_("Порядок бібліотеки, у Правилах не описаний"),
}

RULES: Mapping[Reason, tuple[str, str]] = {
    Reason.EVACUATION: ("safety", _HOUSE),
    Reason.NO_SHELTER: ("safety", _HOUSE),
    Reason.SHELTER_FULL: ("safety", _HOUSE),
    Reason.SHELTER: ("safety", _HOUSE),
    Reason.UNKNOWN_CODE: ("3.1.1", _CODE),
    Reason.BAD_SIGNATURE: ("4.4", _CODE),
    Reason.TICKET_CANCELLED: ("3.1.1", _TICKET),
    Reason.TICKET_REPLACED: ("2.3.1", _TICKET),
    Reason.BANNED: ("4.3.3, 5.1.10", N_("обмеження відвідування")),
    Reason.CLOSED: ("5.1.2", _HOUSE),
    Reason.TICKET_NOT_STARTED: ("2.3", _TICKET),
    Reason.TICKET_EXPIRED: ("2.3.1, 2.3.2", _TICKET),
    Reason.NOT_REREGISTERED: ("2.6", _TICKET),
    Reason.CONSENT_MISSING: ("1.4", _PATRON),
    Reason.FEE_UNPAID: ("4.2.5", _TICKET),
    Reason.ALREADY_INSIDE: ("3.1.2", _VISIT),
    Reason.INSIDE_AGAIN: ("3.1.2", _VISIT),
    Reason.BUILDING_FULL: ("own", _HOUSE),
    Reason.HALL_FULL: ("own", _HOUSE),
    Reason.EVENT_FULL: ("2.4, 4.1.11", _EVENT),
    Reason.EVENT_OVER: ("2.4", _EVENT),
    Reason.EVENT_NOT_OPEN: ("2.4", _EVENT),
    Reason.AGREEMENT_ENDED: ("1.8", _PATRON),
    Reason.COPY_TOO_OLD: ("own", _STATION),
    Reason.CLOCK_UNTRUSTED: ("own", _STATION),
    Reason.READING_ROOM_LOANS_OPEN: ("3.1.5, 3.2.8", _LOANS),
    Reason.SLIP_UNKNOWN: ("3.1.4", _CODE),
    Reason.SLIP_VOID: ("3.2.9", _VISIT),
    Reason.SLIP_CLOSED: ("3.1.4", _VISIT),
    Reason.OUTSIDE_AGAIN: ("3.1.4", _VISIT),
    Reason.CARRIED_NOT_LENT: ("3.3.1", _LOANS),
    Reason.SLIP_MISSING: ("3.2.9", _VISIT),
    Reason.NO_OPEN_SLIP: ("3.1.1", _VISIT),
    Reason.EVENT_SLIP_NO_SERVICE: ("2.4", _VISIT),
    Reason.LIMIT_REACHED: ("3.2.2, 3.2.3", _LOANS),
    Reason.ROOM_ONLY: ("3.2.6", N_("клас документа")),
    Reason.HOME_LOANS_NOT_ALLOWED: ("1.7, 2.7", _PATRON),
    Reason.ON_HOLD_FOR_OTHER: ("3.2.3", N_("черга на документ")),
    Reason.OVERDUE_BLOCKS_LOANS: ("5.2.7", _LOANS),
    Reason.STACK_CLOSED: ("3.2.7", _HOUSE),
    Reason.REREGISTER_SOON: ("2.6", _TICKET),
    Reason.EXPIRES_SOON: ("2.3.1", _TICKET),
    Reason.LOANS_OVERDUE: ("5.2.7", _LOANS),
    Reason.SLIP_NOT_RETURNED: ("3.1.4", N_("попереднє відвідування")),
    Reason.WEAK_CREDENTIAL: ("own", _CODE),
    Reason.OFFLINE: ("own", _STATION),
    Reason.DOCUMENT_TO_RENEW: ("2.3.1", _PATRON),
    Reason.CLOSING_SOON: ("3.2.8", _HOUSE),
    Reason.NO_ENTRY: ("3.1.2", _VISIT),
    Reason.NO_MARKS: ("3.1.4", _VISIT),
    Reason.SLIP_OF_OTHER_DAY: ("3.1.2", _VISIT),
}
"""Reason -> the clause of the rules of use (or `own`, `safety`), and the fact it looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """A reason opened: what it says, by which rule, from which fact."""

    code: str
    said: str
    rule: str
    fact: str


def why(reasons: Iterable[Saying]) -> Sequence[Because]:
    """Every reason of a decision with its rule and its fact."""
    return [_because(reason) for reason in reasons]


def _because(reason: Saying) -> Because:
    said = words().gettext
    rule, fact = RULES[reason.code]
    named = _TEXTS.get(rule)
    return Because(
        code=reason.code.value, said=reason.text, fact=said(fact),
        rule=said(named) if named else said("пункт %(clause)s Правил", clause=rule),
    )  # fmt: skip
