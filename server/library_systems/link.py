"""The way to the library system: a deadline that holds, no asking while it is away, what is known.

Whoever asks gets the moment from which the loans on record are right. A system that does not answer
delays nobody for longer than the deadline, and after two failures nobody at all for a while.
"""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from time import monotonic, perf_counter
from typing import Final, Generic, TypeVar

from server.database import Database
from server.library_systems import mirror
from server.library_systems.contract import Account, LibrarySystem, Standing, SystemAway
from server.library_systems.mirror import Terms
from server.library_systems.moments import Moments

T = TypeVar("T")

NEVER: Final = datetime(1970, 1, 1, tzinfo=UTC)
"""Since when loans are right that nobody ever told of."""
_log = logging.getLogger(__name__)
_FAILURES: Final = 2
_SHORTEST_S: Final = 5.0
_LONGEST_S: Final = 120.0
_KEPT_TRIES: Final = 50


class How(StrEnum):
    """What became of a question."""

    ANSWERED = "answered"
    AWAY = "away"
    NOT_ASKED = "not_asked"
    """It was away a moment ago."""


@dataclass(frozen=True, slots=True)
class Try:
    """One question, as the technician's page shows it."""

    at: datetime
    how: How
    took_ms: float
    why: str = ""
    """What was the matter; nobody's data."""


@dataclass(frozen=True, slots=True)
class _Question(Generic[T]):
    """One that is being answered."""

    at: datetime
    began: float
    future: Future[T]

    def left_s(self, deadline_s: float) -> float:
        return max(0.0, self.began + deadline_s - perf_counter())


class Link:
    """One library system and what Lystok remembers of its answers."""

    def __init__(
        self,
        system: LibrarySystem,
        database: Database,
        terms: Terms,
        *,
        deadline_s: float,
        at_once: int,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.system = system
        self.terms = terms
        self.deadline_s = deadline_s
        self._database = database
        self._moments = Moments(database)
        self._clock = clock
        self._threads = ThreadPoolExecutor(at_once, thread_name_prefix="library-system")
        self._lock = threading.Lock()
        self._failures = 0
        self._asks_again_at = 0.0
        self._tries: deque[Try] = deque(maxlen=_KEPT_TRIES)

    def refresh(self, number: str, *, at: datetime) -> datetime:
        """Bring the loans of a ticket number up to date.

        Answers since when they are right: now, or the last time that the system answered; `NEVER`
        where it never did, or tells of no loans.
        """
        since = self._refreshed(number, at)
        return since if self.terms.loans else NEVER

    def _refreshed(self, number: str, at: datetime) -> datetime:
        system = self.system.name
        try:
            question = self._put(self._account_of(number, at), at)
            # What is on record is read while the system thinks: nobody waits for it.
            record = mirror.on_record(self._database, number, system=system)
            account = self._answer(question)
        except SystemAway:
            noted = self._moments.of(number)
            return noted or mirror.known_since(self._database, number) or NEVER
        if record is not None and record.says(account, self.terms):
            self._moments.note(number, account.as_of)
        else:
            self._moments.write()
            mirror.take_over(self._database, account, self.terms, system=system, at=at)
        return account.as_of

    def ask(self, number: str, *, at: datetime) -> Account:
        """What the system says now. Raises SystemAway, after the deadline at the latest."""
        return self.within(self._account_of(number, at), at=at)

    def standing(self, *, at: datetime) -> Standing:
        """How it is; asked even while it is known to be away, since a technician wants to know."""
        with self._lock:
            self._asks_again_at = 0.0
        return self.within(lambda: self.system.standing(within_s=self.deadline_s), at=at)

    def within(self, call: Callable[[], T], *, at: datetime) -> T:
        """Make any call of the system, for at most the deadline. Raises SystemAway."""
        return self._answer(self._put(call, at))

    def tell(self, call: Callable[[], object]) -> None:
        """Have the system told something by which nothing changes: nobody waits for the answer."""
        if self.is_worth_asking:
            self._threads.submit(call)

    @property
    def is_worth_asking(self) -> bool:
        """Whether it answered of late, or long enough was waited."""
        with self._lock:
            return self._failures < _FAILURES or self._clock() >= self._asks_again_at

    @property
    def tries(self) -> list[Try]:
        """The last questions, the newest first."""
        with self._lock:
            return list(reversed(self._tries))

    def close(self) -> None:
        """Ask nothing more, and hang up."""
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._moments.write()
        self.system.close()

    def _account_of(self, number: str, at: datetime) -> Callable[[], Account]:
        return lambda: self.system.account(number, at=at, within_s=self.deadline_s)

    def _put(self, call: Callable[[], T], at: datetime) -> _Question[T]:
        """Begin to ask. Raises SystemAway where that is not worth while."""
        if not self.is_worth_asking:
            self._keep(Try(at, How.NOT_ASKED, 0.0))
            raise SystemAway("it was away a moment ago")
        return _Question(at, perf_counter(), self._threads.submit(call))

    def _answer(self, question: _Question[T]) -> T:
        """What it says, by the deadline, which began with the question. Raises SystemAway."""
        try:
            answer = question.future.result(question.left_s(self.deadline_s))
        except (SystemAway, TooLate) as error:
            question.future.cancel()
            why = str(error) or f"no answer within {self.deadline_s:g} s"
            self._failed(Try(question.at, How.AWAY, _ms(question.began), why))
            raise SystemAway(why) from None
        with self._lock:
            self._failures = 0
        self._keep(Try(question.at, How.ANSWERED, _ms(question.began)))
        return answer

    def _failed(self, tried: Try) -> None:
        self._keep(tried)
        with self._lock:
            self._failures += 1
            pause_s = min(_LONGEST_S, _SHORTEST_S * 2 ** max(0, self._failures - _FAILURES))
            self._asks_again_at = self._clock() + pause_s
            new = self._failures == _FAILURES
        if new:
            _log.warning("the library system %s is away: %s", self.system.name, tried.why)

    def _keep(self, tried: Try) -> None:
        with self._lock:
            self._tries.append(tried)


def _ms(began: float) -> float:
    return (perf_counter() - began) * 1000
