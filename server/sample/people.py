"""The people of the sample: the first few one of every kind, then as many more as are wanted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from itertools import count
from typing import Any

from gate.codes import new_ticket_id
from gate.facts import TicketKind, TicketState
from server.models import Category, IdentityDocument, Residence
from server.sample.days import Day, years_later
from server.sample.names import Chance, names
from server.sample.states import STATES, Case, Values
from server.services.keys import Entropy

FIRST_NUMBER = 1_000_001
RULES_VERSION = "2023-07-31"
_SALT_BYTES = 16
_TICKET_ID_BYTES = 6
_BLOCK = 4096
_STUDENT_TO, _PENSIONER_FROM, _OLDEST = 23, 60, 92
_SPECIAL = (Category.DISABLED, Category.VETERAN)

PLAN: tuple[tuple[str, ...], ...] = (
    ("valid",), ("valid",), ("expires_today",), ("expires_soon",), ("expired_yesterday",),
    ("expired",), ("registered_last_year",), ("not_reregistered",),
    ("not_started",), ("fee_unpaid",), ("one_time_today",), ("one_time_yesterday",),
    ("banned_until_tomorrow",), ("banned",), ("banned_indefinitely",),
    ("banned_and_expired",), ("ban_lifted",), ("ban_over",), ("ban_from_tomorrow",),
    ("minor_with_consent",), ("minor_without_consent",), ("turned_16_today",),
    ("turns_16_tomorrow",), ("name_changed",), ("resident_temporary",), ("resident_displaced",),
    ("resident_elsewhere",), ("agreement_good",), ("agreement_ended",), ("staff_pass",),
    ("staff_pass_cancelled",), ("lost",), ("replaced", "replacement"),
    ("cancelled",), ("card_linked",), ("card_shared_permanent", "card_shared_one_time"),
    ("card_of_cancelled",), ("number_linked",), ("loans_at_home",), ("loans_overdue",),
    ("slip_not_returned",), ("visit_left_open",), ("inside",), ("inside_with_documents",),
    ("inside_at_limit",), ("inside_with_home_loans",), ("inside_with_laptop",), ("away",),
    *[("valid",)] * 10,
)  # fmt: skip
"""States of the tickets of each person; 60 tickets in all."""
_OTHERS = (
    "expired", "expired", "expired", "registered_last_year", "registered_last_year",
    "registered_last_year", "registered_last_year", "not_reregistered", "expires_soon",
    "minor_with_consent", "minor_with_consent", "fee_unpaid", "banned",
    "resident_elsewhere", "resident_elsewhere", "resident_displaced",
)  # fmt: skip
"""What is not valid among a hundred more people; only states that need nothing but rows."""


class Secrets:
    """Random values for many rows, fetched many at a time."""

    def __init__(self, entropy: Entropy) -> None:
        self._entropy = entropy
        self._left = b""
        self._ids: set[str] = set()

    def salt(self) -> str:
        """A patron's salt for the audit log."""
        return self._take(_SALT_BYTES).hex()

    def ticket_id(self) -> str:
        """An id that no other ticket has: among a million, chance alone would repeat some."""
        while (ticket_id := new_ticket_id(self._take(_TICKET_ID_BYTES))) in self._ids:
            continue
        self._ids.add(ticket_id)
        return ticket_id

    def _take(self, count: int) -> bytes:
        if len(self._left) < count:
            self._left = self._entropy(_BLOCK)
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def people(tickets: int, *, day: Day, seed: str, secrets: Secrets) -> Iterator[list[Case]]:
    """Persons with their tickets, until there are exactly so many tickets.

    A person of `PLAN` comes first; the last one may get fewer tickets than planned.
    """
    left = tickets
    for number in count():
        if not left:
            return
        chance = Chance(seed, number)
        states = PLAN[number] if number < len(PLAN) else (_other(chance),)
        states = states[:left]
        first = FIRST_NUMBER + tickets - left
        left -= len(states)
        yield _person(states, first, chance, day, secrets)


def _other(chance: Chance) -> str:
    place = chance.below(100)
    return _OTHERS[place] if place < len(_OTHERS) else "valid"


def _person(
    states: tuple[str, ...], first: int, chance: Chance, day: Day, secrets: Secrets
) -> list[Case]:
    patron = _patron(chance, day, secrets)
    ticket = _ticket(chance, day)
    cases = []
    for number, state in enumerate(states, start=first):
        own = {**ticket, "id": secrets.ticket_id(), "number": str(number)}
        case = Case(state, day, patron, own)
        STATES[state](case)
        cases.append(case)
    patron["created_at"] = min(case.ticket["issued_at"] for case in cases)
    return cases


def _patron(chance: Chance, day: Day, secrets: Secrets) -> Values:
    age = 17 + chance.below(_OLDEST - 17)
    birth = years_later(day.today, -age) - timedelta(days=1 + chance.below(360))
    young = age < _STUDENT_TO
    return {
        **names().choose(chance),
        "birth_date": birth,
        "category": _category(age, chance),
        "residence": Residence.CITY,
        "phone": "",
        "email": "",
        "identity_document": IdentityDocument.ID_CARD if young else IdentityDocument.PASSPORT,
        "document_renew_from": None,
        "guardian_consent_on": None,
        "organisation_id": None,
        "agreement_until": None,
        "rules_version": RULES_VERSION,
        "salt": secrets.salt(),
        "created_at": day.now,
        "note": "",
    }


def _category(age: int, chance: Chance) -> Category:
    if age < _STUDENT_TO:
        return Category.STUDENT
    if chance.below(20) == 0:
        return _SPECIAL[chance.below(2)]
    return Category.PENSIONER if age >= _PENSIONER_FROM else Category.ADULT


def _ticket(chance: Chance, day: Day) -> dict[str, Any]:
    """A permanent one with at least half a year left, paid for, registered for this year."""
    first = day.days(-60 - chance.below(1500))
    return {
        "kind": TicketKind.PERMANENT,
        "state": TicketState.ACTIVE,
        "issued_at": day.at(first, 10 + chance.below(8), 5 * chance.below(12)),
        "valid_from": first,
        "valid_until": years_later(first, 5) - timedelta(days=1),
        "registered_for": day.today.year,
        "fee_paid": True,
        "replaced_by": None,
        "state_since": None,
    }
