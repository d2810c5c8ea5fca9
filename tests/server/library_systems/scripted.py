"""A library system that says what a test wants, late or not at all where it wants that."""

from __future__ import annotations

import queue
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from server.library_systems.contract import (
    Account,
    Outcome,
    OutsideLoan,
    Standing,
    SystemAway,
)
from tests.server.centre.town import NOON


@dataclass
class Scripted:
    """Accounts by their numbers; `away` makes every question fail."""

    accounts: dict[str, Account] = field(default_factory=dict)
    away: bool = False
    asked: int = 0
    name: str = "sip2"

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        del within_s
        self._there()
        known = self.accounts.get(number)
        if known is None:
            return Account(number=number, as_of=at, known=False)
        return replace(known, as_of=at)

    def standing(self, *, within_s: float) -> Standing:
        del within_s
        self._there()
        return Standing(online=True)

    def close(self) -> None:
        """Nothing is held."""

    def _there(self) -> None:
        self.asked += 1
        if self.away:
            raise SystemAway("no answer in time")


@dataclass
class Lending(Scripted):
    """One that also lends: it knows its books, and who has them."""

    titles: dict[str, str] = field(default_factory=dict)
    refuses: str = ""
    left: queue.Queue[str] = field(default_factory=queue.Queue)
    """Readers who were served, in their order."""

    def leave(self, number: str, *, at: datetime, within_s: float) -> None:
        del at, within_s
        self.left.put(number)

    def issue(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        del at, within_s
        self._there()
        if self.refuses or item not in self.titles:
            return Outcome(done=False, item=item, said=self.refuses or "unknown there")
        known = self.accounts.get(number) or Account(number=number, as_of=NOON)
        loan = OutsideLoan(item=item, title=self.titles[item], department="5")
        self.accounts[number] = replace(known, loans=(*known.loans, loan))
        return Outcome(done=True, item=item, title=self.titles[item])

    def take_back(self, item: str, *, at: datetime, within_s: float) -> Outcome:
        del at, within_s
        self._there()
        for number, account in self.accounts.items():
            kept = tuple(loan for loan in account.loans if loan.item != item)
            self.accounts[number] = replace(account, loans=kept)
        return Outcome(done=True, item=item, title=self.titles[item])

    def renew(self, number: str, item: str, *, at: datetime, within_s: float) -> Outcome:
        del number, at, within_s
        self._there()
        if self.refuses:
            return Outcome(done=False, item=item, said=self.refuses)
        return Outcome(done=True, item=item, due_on=date(2030, 4, 1))
