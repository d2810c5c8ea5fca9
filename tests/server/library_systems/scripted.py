"""A library system that says what a test wants, late or not at all where it wants that."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime

from server.library_systems.contract import Account, Standing, SystemAway


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
