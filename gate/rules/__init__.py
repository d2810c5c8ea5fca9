"""Decisions at the door and at the desk: pure functions of facts and a time.

The same functions decide on a station, on the server and in "what if" views. The order of the
checks is the order of gravity in which reasons are told.

They never raise, whatever the facts, as long as their instants are aware and in the years 2-9998.
"""

from __future__ import annotations

from gate.rules.days import due_on, held_until, is_of_day, local_date
from gate.rules.entry import (
    choose_ticket,
    decide_entry,
    shelter_code,
    ticket_from_claims,
)
from gate.rules.exits import decide_exit, decide_leave
from gate.rules.service import decide_service, home_loans_allowed

__all__ = [
    "choose_ticket",
    "decide_entry",
    "decide_exit",
    "decide_leave",
    "decide_service",
    "due_on",
    "held_until",
    "home_loans_allowed",
    "is_of_day",
    "local_date",
    "shelter_code",
    "ticket_from_claims",
]
