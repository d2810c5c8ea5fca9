"""Contactless cards on any PC/SC reader, through the system's pcscd.

pcscd is asked in a loop of our own for what changed: pyscard's monitors are threads that end
when pcscd does, and never come back. Whatever fails in pcscd, the loop begins anew, so that
readers may be unplugged and pcscd restarted at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from math import inf
from time import monotonic
from typing import Any, Final

from pydantic import Field
from smartcard import scard

from hardware.card_tags import CardOutOfReachError, Transmit, read_text, read_uid
from hardware.contracts import Card, DeviceMissing, DeviceSilent, Now
from hardware.plugged import Plugged
from hardware.settings import DriverSettings

_ANY_READER: Final = "\\\\?PnP?\\Notification"
"""The name under which pcscd tells that a reader came or went."""

_AGAIN_S: Final = 0.1
"""How soon a card that failed is tried again."""

_STATUS_SIZE: Final = 2
_SETTLES_S: Final = 2.0
"""A reader that has just come may say that it is empty before it finds its card."""

_AWAY: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE


class Settings(DriverSettings):
    """Which readers: those whose name contains `reader`, in any case; by default all."""

    reader: str = Field(default="", max_length=128)
    """Part of the name of those that count, in any case; empty: all there are."""


def connect(settings: Settings, now: Now) -> PcscReader:
    """The reader; pcscd is called when it is first read."""
    return PcscReader(settings, now)


class Refused(Exception):
    """pcscd did not do what was asked; `code` is its own."""

    def __init__(self, code: int) -> None:
        super().__init__(scard.SCardGetErrorMessage(code))
        self.code = code


def ask(function: Callable[..., Any], *arguments: object) -> Any:
    """What a function of PC/SC answers, without its code; raises `Refused`."""
    answer = function(*arguments)
    code, *answers = answer if isinstance(answer, list) else [answer]
    if code != scard.SCARD_S_SUCCESS:
        raise Refused(code)
    return answers[0] if len(answers) == 1 else answers


class LyingCards:
    """The cards that were reported and may still lie where they were."""

    def __init__(self) -> None:
        self._cards: dict[str, tuple[bytes, float]] = {}

    def lifted(self, reader: str, at_s: float) -> None:
        """The reader is empty; what comes back before `at_s` had not been lifted."""
        if reader in self._cards:
            uid, until_s = self._cards[reader]
            self._cards[reader] = (uid, min(until_s, at_s))

    def is_new(self, reader: str, uid: bytes, moment_s: float) -> bool:
        """Whether this card was laid there since it was last asked about."""
        last, until_s = self._cards.get(reader, (b"", 0.0))
        self._cards[reader] = (uid, inf)
        return uid != last or moment_s >= until_s


class PcscReader(Plugged[Card]):
    """A `CardReader` made of one reader or several.

    A card that stays on its reader is reported once, even if pcscd or the reader went away
    in between. One that fails while it is read is tried again as long as it lies there.
    """

    def __init__(self, settings: Settings, now: Now) -> None:
        super().__init__(now)
        self._wanted = settings.reader.casefold()
        self._context: Any = None
        self._known: dict[str, int] = {}
        """What pcscd told last of each reader, to be told of changes alone."""
        self._unread: set[str] = set()
        """The readers whose card is still to be read."""
        self._lying = LyingCards()

    def _look(self, timeout_s: float) -> None:
        try:
            if self._context is None:
                self._context = ask(scard.SCardEstablishContext, scard.SCARD_SCOPE_SYSTEM)
            self._watch(self._context, min(timeout_s, _AGAIN_S) if self._unread else timeout_s)
        except Refused as error:
            self._unplug()
            raise DeviceSilent(f"the card service (pcscd): {error}") from error

    def _unplug(self) -> None:
        context, self._context = self._context, None
        self._known.clear()
        self._unread.clear()
        if context is not None:
            scard.SCardReleaseContext(context)

    def _watch(self, context: Any, timeout_s: float) -> None:
        names = [name for name in readers(context) if self._wanted in name.casefold()]
        self._known = {name: self._known.get(name, scard.SCARD_STATE_UNAWARE) for name in names}
        self._unread &= set(names)
        asked = [*self._known.items(), (_ANY_READER, scard.SCARD_STATE_UNAWARE)]
        for name, state in changes(context, asked, timeout_s):
            if name in names:
                self._note(name, state)
        for name in tuple(self._unread):
            self._report(context, name)
        if all(state & _AWAY for state in self._known.values()):
            raise DeviceMissing(f"no card reader {self._wanted}".rstrip())

    def _note(self, name: str, state: int) -> None:
        before, self._known[name] = self._known[name], state & ~scard.SCARD_STATE_CHANGED
        if state & _AWAY:
            # It fails, which tells nothing of the card that lies there.
            self._unread.discard(name)
            return
        # The upper half counts insertions and removals.
        same = before & scard.SCARD_STATE_PRESENT and before >> 16 == state >> 16
        if before & scard.SCARD_STATE_PRESENT and not same:
            self._lying.lifted(name, monotonic())
        elif state & scard.SCARD_STATE_EMPTY and not before & scard.SCARD_STATE_EMPTY:
            self._lying.lifted(name, monotonic() + _SETTLES_S)
        if not state & scard.SCARD_STATE_PRESENT:
            self._unread.discard(name)
        elif not same:
            self._unread.add(name)

    def _report(self, context: Any, name: str) -> None:
        try:
            with connection(context, name) as (transmit, atr):
                uid = read_uid(transmit)
                text = read_text(transmit, atr) if uid else None
                # Readers also answer for a card that was just lifted, that it refuses.
                torn = uid and text is None and read_uid(transmit) != uid
        except (Refused, CardOutOfReachError):
            return
        if torn:
            return
        self._unread.discard(name)
        if uid and self._lying.is_new(name, uid, monotonic()):
            self._new.append(Card(uid, text, self._now()))


def readers(context: Any) -> list[str]:
    """Names of the readers that pcscd has."""
    try:
        return list(ask(scard.SCardListReaders, context, []))
    except Refused as error:
        if error.code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        raise


def changes(context: Any, asked: list[tuple[str, int]], timeout_s: float) -> list[tuple[str, int]]:
    """The readers that are in other states than known; waits for them up to `timeout_s`."""
    try:
        states = ask(scard.SCardGetStatusChange, context, round(timeout_s * 1000), asked)
    except Refused as error:
        if error.code in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            return []
        raise
    return [(name, state) for name, state, _ in states if state & scard.SCARD_STATE_CHANGED]


def answer_of(card: Any, header: Any, apdu: bytes) -> bytes:
    """What a card answers; less than a status word is no answer."""
    answer = bytes(ask(scard.SCardTransmit, card, header, list(apdu)))
    if len(answer) < _STATUS_SIZE:
        raise Refused(scard.SCARD_F_COMM_ERROR)
    return answer


@contextmanager
def connection(context: Any, reader: str) -> Iterator[tuple[Transmit, bytes]]:
    """A card, with its answer to reset, that nobody else can talk to in between.

    A card that was mute is woken: pcscd does so for whoever asks, but not by itself.
    """
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    card, protocol = ask(scard.SCardConnect, context, reader, scard.SCARD_SHARE_SHARED, protocols)
    header = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    try:
        ask(scard.SCardBeginTransaction, card)
        atr = bytes(ask(scard.SCardStatus, card)[-1])
        yield (lambda apdu: answer_of(card, header, apdu)), atr
    finally:
        scard.SCardEndTransaction(card, scard.SCARD_LEAVE_CARD)
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
