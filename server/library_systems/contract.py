"""What Lystok asks of whatever keeps patrons and loans: our own records, or another system.

An account is what that system said at one moment. It is asked within a deadline; what became of the
answer, and what is used when none comes, is `server.library_systems.link`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol, runtime_checkable

from gate.facts import LoanPlace


class SystemAway(ConnectionError):
    """The system gave no usable answer in time. The message is for technicians: nobody's data."""


class Block(StrEnum):
    """Why a system withholds something from a patron, in its own words made one."""

    LOANS_DENIED = "loans_denied"
    RENEWALS_DENIED = "renewals_denied"
    RECALLS_DENIED = "recalls_denied"
    HOLDS_DENIED = "holds_denied"
    CARD_LOST = "card_lost"
    TOO_MANY_LOANS = "too_many_loans"
    TOO_MANY_OVERDUE = "too_many_overdue"
    TOO_MANY_RENEWALS = "too_many_renewals"
    TOO_MANY_CLAIMS = "too_many_claims"
    TOO_MANY_LOST = "too_many_lost"
    FINES = "fines"
    FEES = "fees"
    RECALL_OVERDUE = "recall_overdue"
    TOO_MANY_BILLED = "too_many_billed"
    NOT_VALID = "not_valid"
    """The system knows the patron and says that the card is not valid (BL is N)."""
    EXPIRED = "expired"
    """The registration ended there (PA, `expiry_date`)."""
    BARRED = "barred"
    """Excluded by its staff (Koha's restriction, Evergreen's bar)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideLoan:
    """A document with a patron, as the system tells it."""

    item: str
    """Its barcode there."""
    title: str = ""
    department: str = ""
    """Code of our department that waits for it; empty: the one for all that names no place."""
    place: LoanPlace = LoanPlace.HOME
    due_on: date | None = None
    issued_on: date | None = None
    """None where the system does not tell (SIP2)."""
    is_out: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a system knows of one patron at one moment."""

    number: str
    as_of: datetime
    known: bool = True
    """False: it has no such patron; everything else is empty then."""
    blocks: frozenset[Block] = frozenset()
    loans: tuple[OutsideLoan, ...] = ()
    holds: int = 0
    expires_on: date | None = None
    name: str = ""
    """For reconciliation alone; it is neither kept nor logged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How the system itself is."""

    online: bool
    name: str = ""
    """As it calls itself."""
    can: frozenset[str] = frozenset()
    """Of `issue`, `take_back`, `renew`, `item`."""


class LibrarySystem(Protocol):
    """Any keeper of loans. Every call raises SystemAway after `within_s` at the latest."""

    name: str
    """Of the kind: `own`, `sip2`, `koha`."""

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        """What it knows of the holder of this ticket number."""

    def standing(self, *, within_s: float) -> Standing:
        """Whether it works, and what it can do."""

    def close(self) -> None:
        """Hang up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of a wish at a desk."""

    done: bool
    item: str
    title: str = ""
    due_on: date | None = None
    said: str = ""
    """The system's own words to the librarian; never logged."""


@runtime_checkable
class Circulation(Protocol):
    """What some systems let others do: lend, take back, renew. SystemAway as above."""

    name: str

    def issue(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Lend a document."""

    def take_back(self, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Take a document back, whoever brings it."""

    def renew(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        """Lend it longer."""

    def leave(self, number: str, *, at: datetime, within_s: float) -> None:
        """This reader was served; the next one comes."""
