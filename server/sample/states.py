"""Every kind of state a ticket can be in, by the code that `patrons.csv` gives it.

A state begins with an ordinary person and changes what is its own. All days are counted from the
day of the sample, so that each state is what its name says on that day.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from gate.facts import CredentialKind, OwnItemKind, TicketKind, TicketState, VisitState
from server.models import Category, IdentityDocument, Residence
from server.sample.days import Day, years_later

Values = dict[str, Any]


@dataclass
class Stay:
    """A visit of a sample patron: when it began, what became of it, what is out on it."""

    opened_at: datetime
    state: VisitState = VisitState.INSIDE
    reading: int = 0
    """Documents out in reading rooms."""
    home: int = 0
    items: tuple[OwnItemKind, ...] = ()


@dataclass
class Case:
    """A ticket and its patron as values of their tables, and what hangs on them."""

    state: str
    day: Day
    patron: Values
    """The same for all tickets of a person."""
    ticket: Values
    bans: list[Values] = field(default_factory=list)
    credentials: list[CredentialKind] = field(default_factory=list)
    home_due: list[date] = field(default_factory=list)
    """Home loans of earlier days, by the last day of each."""
    stay: Stay | None = None

    def begin(self, first: date, last: date) -> None:
        """Set the first and the last day on which the ticket is good."""
        issued = min(self.day.at(first, 10, 30), self.day.ago(45))
        self.ticket |= {"valid_from": first, "valid_until": last, "issued_at": issued}

    def is_(self, state: TicketState, since: datetime) -> None:
        """End the ticket's life."""
        self.ticket |= {"state": state, "state_since": since}

    def ban(self, since: datetime, until: datetime | None, reason: str) -> Values:
        """Take the right to visit away."""
        ban: Values = {"since": since, "until": until, "reason": reason}
        self.bans.append(ban)
        return ban

    def born(self, birth: date) -> None:
        """Make it a child or a young person, who showed a birth certificate."""
        self.patron |= {
            "birth_date": birth,
            "category": Category.PUPIL,
            "identity_document": IdentityDocument.BIRTH_CERTIFICATE,
        }


State = Callable[[Case], None]


def valid(case: Case) -> None:
    """Permanent, registered for this year, nothing against it."""


# --- Terms ------------------------------------------------------------------------------------


def _five_years_until(days: int) -> State:
    def state(case: Case) -> None:
        last = case.day.days(days)
        case.begin(years_later(last, -5) + timedelta(days=1), last)

    return state


def _registered(years_ago: int) -> State:
    def state(case: Case) -> None:
        first = date(case.day.today.year - years_ago, 3, 14)
        case.begin(first, years_later(first, 5) - timedelta(days=1))
        case.ticket["registered_for"] = first.year

    return state


def not_started(case: Case) -> None:
    """Good from tomorrow on."""
    case.begin(case.day.days(1), years_later(case.day.today, 5))


def fee_unpaid(case: Case) -> None:
    """Enrolled today, still to be paid for (R4.2.5)."""
    case.begin(case.day.today, years_later(case.day.today, 5) - timedelta(days=1))
    case.ticket["fee_paid"] = False


def _one_time(days: int) -> State:
    def state(case: Case) -> None:
        day = case.day.days(days)
        case.begin(day, day)
        case.ticket |= {"kind": TicketKind.ONE_TIME, "registered_for": day.year}

    return state


# --- Bans -------------------------------------------------------------------------------------


def _banned(since: int, until: int | None, reason: str) -> State:
    def state(case: Case) -> None:
        day = case.day
        case.ban(
            day.at(day.days(since)), None if until is None else day.at(day.days(until)), reason
        )

    return state


def banned_and_expired(case: Case) -> None:
    """Both at once: the graver is said first (E15)."""
    _five_years_until(-10)(case)
    _banned(-20, 40, "damage")(case)


def ban_lifted(case: Case) -> None:
    """The director let it be today (E17)."""
    ban = case.ban(case.day.at(case.day.days(-12)), case.day.at(case.day.days(80)), "noise")
    ban["lifted_at"] = case.day.ago(120)


# --- People -----------------------------------------------------------------------------------


def minor_with_consent(case: Case) -> None:
    """Twelve years old; a parent agreed when the ticket was made (R1.4)."""
    case.born(years_later(case.day.today, -12) - timedelta(days=100))
    first = case.day.days(-200)
    case.begin(first, years_later(first, 5))
    case.patron["guardian_consent_on"] = first


def minor_without_consent(case: Case) -> None:
    """Fifteen, and nobody agreed (E24)."""
    case.born(years_later(case.day.today, -15) - timedelta(days=60))
    case.begin(case.day.days(-3), years_later(case.day.today, 5))


def turned_16_today(case: Case) -> None:
    """A passport is asked for from today on (E25)."""
    case.born(years_later(case.day.today, -16))
    first = case.day.days(-300)
    case.begin(first, years_later(first, 5))
    case.patron["guardian_consent_on"] = first


def turns_16_tomorrow(case: Case) -> None:
    """For one more day a parent's consent is missing."""
    case.born(years_later(case.day.days(1), -16))
    case.begin(case.day.days(-1), years_later(case.day.today, 5))


def name_changed(case: Case) -> None:
    """Told us of a new name, and is to show the new passport (R2.3.1)."""
    case.patron["document_renew_from"] = case.day.days(-6)


def _lives(residence: Residence) -> State:
    def state(case: Case) -> None:
        case.patron["residence"] = residence

    return state


def _agreement(days: int, organisation: int) -> State:
    def state(case: Case) -> None:
        case.patron |= {
            "category": Category.ORGANISATION,
            "organisation_id": organisation,
            "agreement_until": case.day.days(days),
        }

    return state


def staff_pass(case: Case) -> None:
    """Somebody who works here (E41)."""
    case.ticket["kind"] = TicketKind.STAFF
    case.patron["category"] = Category.STAFF


def staff_pass_cancelled(case: Case) -> None:
    """Somebody who worked here."""
    staff_pass(case)
    cancelled(case)


# --- Tickets that ended -----------------------------------------------------------------------


def lost(case: Case) -> None:
    """Reported as lost, no duplicate yet."""
    case.is_(TicketState.LOST, case.day.at(case.day.days(-2), 16))


def replaced(case: Case) -> None:
    """Lost, and a duplicate was given out yesterday (E11)."""
    case.is_(TicketState.REPLACED, case.day.at(case.day.days(-1), 15))


def replacement(case: Case) -> None:
    """The duplicate, which keeps the old ticket's term (E12)."""
    last = case.ticket["valid_until"]
    case.begin(case.day.days(-1), last)
    case.ticket["issued_at"] = case.day.at(case.day.days(-1), 15)


def cancelled(case: Case) -> None:
    """Given back."""
    case.is_(TicketState.CANCELLED, case.day.at(case.day.days(-30), 12))


# --- Cards and numbers ------------------------------------------------------------------------


def card_linked(case: Case) -> None:
    """A contactless card stands for the ticket (E29)."""
    case.credentials.append(CredentialKind.CARD)


def card_shared_one_time(case: Case) -> None:
    """Today's one-time ticket on the card of a permanent one (E30)."""
    _one_time(0)(case)
    card_linked(case)


def card_of_cancelled(case: Case) -> None:
    """The card lives on, the ticket does not (E31)."""
    cancelled(case)
    card_linked(case)


def number_linked(case: Case) -> None:
    """An old printed ticket, whose number itself is shown."""
    case.credentials.append(CredentialKind.NUMBER)


# --- Loans and visits -------------------------------------------------------------------------


def _at_home(*due_in_days: int) -> State:
    def state(case: Case) -> None:
        case.home_due = [case.day.days(days) for days in due_in_days]

    return state


def _stay(
    minutes: int, state: VisitState = VisitState.INSIDE, reading: int = 0, home: int = 0
) -> State:
    def inside(case: Case) -> None:
        case.stay = Stay(case.day.ago(minutes), state=state, reading=reading, home=home)

    return inside


def inside_with_laptop(case: Case) -> None:
    """Reading with a laptop and two books of their own, all noted on the slip (X04)."""
    items = (OwnItemKind.LAPTOP, OwnItemKind.DOCUMENTS)
    case.stay = Stay(case.day.ago(35), reading=1, items=items)


def _yesterday(state: VisitState) -> State:
    def visit(case: Case) -> None:
        case.stay = Stay(case.day.at(case.day.days(-1), 14, 20), state=state)

    return visit


STATES: dict[str, State] = {
    "valid": valid,
    "expires_today": _five_years_until(0),
    "expires_soon": _five_years_until(12),
    "expired_yesterday": _five_years_until(-1),
    "expired": _five_years_until(-40),
    "registered_last_year": _registered(1),
    "not_reregistered": _registered(2),
    "not_started": not_started,
    "fee_unpaid": fee_unpaid,
    "one_time_today": _one_time(0),
    "one_time_yesterday": _one_time(-1),
    "banned_until_tomorrow": _banned(-7, 1, "noise"),
    "banned": _banned(-14, 45, "damage"),
    "banned_indefinitely": _banned(-90, None, "theft"),
    "banned_and_expired": banned_and_expired,
    "ban_lifted": ban_lifted,
    "ban_over": _banned(-30, 0, "noise"),
    "ban_from_tomorrow": _banned(1, 31, "other"),
    "minor_with_consent": minor_with_consent,
    "minor_without_consent": minor_without_consent,
    "turned_16_today": turned_16_today,
    "turns_16_tomorrow": turns_16_tomorrow,
    "name_changed": name_changed,
    "resident_temporary": _lives(Residence.TEMPORARY),
    "resident_displaced": _lives(Residence.DISPLACED),
    "resident_elsewhere": _lives(Residence.ELSEWHERE),
    "agreement_good": _agreement(200, 1),
    "agreement_ended": _agreement(-1, 2),
    "staff_pass": staff_pass,
    "staff_pass_cancelled": staff_pass_cancelled,
    "lost": lost,
    "replaced": replaced,
    "replacement": replacement,
    "cancelled": cancelled,
    "card_linked": card_linked,
    "card_shared_permanent": card_linked,
    "card_shared_one_time": card_shared_one_time,
    "card_of_cancelled": card_of_cancelled,
    "number_linked": number_linked,
    "loans_at_home": _at_home(9, 21),
    "loans_overdue": _at_home(-3),
    "slip_not_returned": _yesterday(VisitState.NOT_RETURNED),
    "visit_left_open": _yesterday(VisitState.INSIDE),
    "inside": _stay(90),
    "inside_with_documents": _stay(75, reading=2),
    "inside_at_limit": _stay(110, reading=10),
    "inside_with_home_loans": _stay(50, home=3),
    "inside_with_laptop": inside_with_laptop,
    "away": _stay(130, VisitState.AWAY),
}
