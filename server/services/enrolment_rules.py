"""What an enrolment needs before there is a ticket: pure rules, with the day passed in (R1, R2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from gate.facts import TicketKind
from server.models import Category, Concession, Step
from server.services.people import AGE_OF_OWN_RIGHT, birthday
from server.services.settings import LibrarySettings

MAJORITY = 18


@dataclass(frozen=True, slots=True, kw_only=True)
class Applicant:
    """All that the rules look at."""

    kind: TicketKind
    category: Category = Category.ADULT
    birth_date: date | None = None
    agreement_until: date | None = None
    guarantee_until: date | None = None
    """Last day of the newest guarantee; date.max where it has no end."""
    certificate_year: int | None = None
    """Year in which a certificate of this category was last seen."""
    done: frozenset[Step] = frozenset()


def is_below(born: date | None, age: int, today: date) -> bool:
    """Whether somebody has not reached an age yet; nobody is young by an unknown birthday."""
    return born is not None and today < birthday(born, age)


def required(applicant: Applicant, today: date, library: LibrarySettings) -> tuple[Step, ...]:
    """Steps without which there is no ticket, in the order of the rules."""
    return tuple(_required(applicant, today, library))


def _required(applicant: Applicant, today: date, library: LibrarySettings) -> Iterator[Step]:
    yield from (Step.DATA, Step.DOCUMENT)
    if applicant.kind is TicketKind.STAFF:
        return
    if applicant.category is Category.ORGANISATION:
        yield Step.AGREEMENT
    if is_below(applicant.birth_date, AGE_OF_OWN_RIGHT, today):
        yield Step.GUARDIAN
    permanent = applicant.kind is TicketKind.PERMANENT
    if permanent and is_below(applicant.birth_date, library.guarantee_below_age, today):
        yield Step.GUARANTEE
    yield from (Step.TEXTS, Step.CONSENTS)


def offered(applicant: Applicant, today: date, library: LibrarySettings) -> tuple[Step, ...]:
    """Every step that the desk shows for this person, the required ones among them."""
    needed = set(required(applicant, today, library))
    if applicant.kind is TicketKind.STAFF:
        return tuple(step for step in Step if step in needed | {Step.PHOTO, Step.TICKET})
    more = {Step.PAYMENT, Step.TICKET}
    if applicant.kind is TicketKind.PERMANENT:
        more.add(Step.PHOTO)
        if is_below(applicant.birth_date, MAJORITY, today):
            more.add(Step.GUARANTEE)
        if applicant.category in library.free_categories + library.reduced_categories:
            more.add(Step.CERTIFICATE)
    return tuple(step for step in Step if step in needed | more)


def missing(applicant: Applicant, today: date, library: LibrarySettings) -> tuple[Step, ...]:
    """Required steps that are still open; a lapsed agreement or guarantee is open again."""
    lapsed = set(_lapsed(applicant, today))
    needed = required(applicant, today, library)
    return tuple(step for step in needed if step not in applicant.done or step in lapsed)


def _lapsed(applicant: Applicant, today: date) -> Iterator[Step]:
    if applicant.agreement_until is None or applicant.agreement_until < today:
        yield Step.AGREEMENT
    if applicant.guarantee_until is None or applicant.guarantee_until < today:
        yield Step.GUARANTEE


def concession(
    category: Category, certificate_year: int | None, today: date, library: LibrarySettings
) -> Concession:
    """What somebody pays: less only on showing a certificate, each year anew (R2.5, R2.5.1)."""
    return concession_of(category, library) if certificate_year == today.year else Concession.FULL


def concession_of(category: Category, library: LibrarySettings) -> Concession:
    """What a category pays whose certificate was shown (R2.5, R2.5.1)."""
    if category in library.free_categories:
        return Concession.FREE
    return Concession.REDUCED if category in library.reduced_categories else Concession.FULL


def fee(kind: TicketKind, what: Concession, library: LibrarySettings) -> int:
    """The fee in kopiykas (R2.2, R4.2.5); a staff pass costs nothing."""
    if kind is TicketKind.STAFF:
        return 0
    if kind is TicketKind.ONE_TIME:
        return library.fee_one_time
    fees = {Concession.FULL: library.fee_full, Concession.REDUCED: library.fee_reduced}
    return fees.get(what, 0)


def last_day(kind: TicketKind, first: date, library: LibrarySettings) -> date:
    """Last day of a ticket: the day itself, or five years less a day (R2.3.1, R2.3.2)."""
    if kind is TicketKind.ONE_TIME:
        return first
    return birthday(first, library.ticket_years) - timedelta(days=1)


def may_register(registered_for: int, today: date) -> bool:
    """Whether a ticket waits for this year's registration, from 1 January on (R2.6)."""
    return registered_for < today.year
