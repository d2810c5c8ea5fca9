"""Contactless cards on any PC/SC reader, through the system's pcscd.

pcscd is asked in a loop of our own for what changed: pyscard's monitors are threads that end
when pcscd does, and never come back. Whatever fails in pcscd, the loop begins anew, so that
readers may be unplugged and pcscd restarted at any time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from pydantic import Field
from smartcard import scard

from hardware.card_tags import Transmit, read_text, read_uid
from hardware.contracts import Card, DeviceMissing, DeviceSilent, Now
from hardware.plugged import Plugged
from hardware.settings import DriverSettings

_ANY_READER: Final = "\\\\?PnP?\\Notification"
"""The name under which pcscd tells that a reader came or went."""

_TRIES: Final = 3
_TRIES_EVERY_S: Final = 0.1
_AWAY: Final = scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_UNAVAILABLE


class Settings(DriverSettings):
    """Which readers: those whose name contains `reader`, in any case; by default all."""

    reader: str = Field(default="", max_length=128)


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
    code, *answers = function(*arguments)
    if code != scard.SCARD_S_SUCCESS:
        raise Refused(code)
    return answers[0] if len(answers) == 1 else answers


class PcscReader(Plugged[Card]):
    """A `CardReader` made of one reader or several.

    A card that stays on its reader is reported once, even if pcscd or the reader went away
    in between. One that cannot be read, or that another program holds, is tried three times.
    """

    def __init__(self, settings: Settings, now: Now) -> None:
        super().__init__(now)
        self._wanted = settings.reader.casefold()
        self._context: Any = None
        self._known: dict[str, int] = {}
        """What pcscd told last of each reader, to be told of changes alone."""
        self._lying: dict[str, bytes] = {}
        """The cards that were reported and that nobody lifted."""

    def _look(self, timeout_s: float) -> None:
        try:
            if self._context is None:
                self._context = ask(scard.SCardEstablishContext, scard.SCARD_SCOPE_SYSTEM)
            self._watch(self._context, timeout_s)
        except Refused as error:
            self._unplug()
            raise DeviceSilent(f"the card service (pcscd): {error}") from error

    def _unplug(self) -> None:
        context, self._context = self._context, None
        self._known.clear()
        if context is not None:
            scard.SCardReleaseContext(context)

    def _watch(self, context: Any, timeout_s: float) -> None:
        names = self._names(context)
        for name, event, atr in changes(context, self._asked(names), timeout_s):
            if name in names:
                self._changed(context, name, event, bytes(atr))
        if all(self._known.get(name, _AWAY) & _AWAY for name in names):
            raise DeviceMissing(f"no card reader {self._wanted!r}" if names else "no card reader")

    def _names(self, context: Any) -> list[str]:
        """The readers that are wanted and there; what is known of others is forgotten."""
        names = [name for name in readers(context) if self._wanted in name.casefold()]
        self._known = {name: state for name, state in self._known.items() if name in names}
        return names

    def _asked(self, names: list[str]) -> list[tuple[str, int]]:
        known = [(name, self._known.get(name, scard.SCARD_STATE_UNAWARE)) for name in names]
        return [*known, (_ANY_READER, scard.SCARD_STATE_UNAWARE)]

    def _changed(self, context: Any, name: str, event: int, atr: bytes) -> None:
        # The upper half counts insertions and removals.
        before, self._known[name] = self._known.get(name), event & ~scard.SCARD_STATE_CHANGED
        lifted = before is not None and before >> 16 != event >> 16
        if event & scard.SCARD_STATE_EMPTY or lifted:
            self._lying.pop(name, None)
        dealt_with = before is not None and not lifted and can_be_read(before)
        if can_be_read(event) and not dealt_with:
            self._report(context, name, atr)

    def _report(self, context: Any, name: str, atr: bytes) -> None:
        card = self._card(context, name, atr)
        if card and self._lying.get(name) != card.uid:
            self._lying[name] = card.uid
            self._new.append(card)

    def _card(self, context: Any, name: str, atr: bytes) -> Card | None:
        for _ in range(_TRIES):
            with suppress(Refused), connection(context, name) as transmit:
                uid = read_uid(transmit)
                return Card(uid, read_text(transmit, atr), self._now()) if uid else None
            self._closing.wait(_TRIES_EVERY_S)
        return None


def can_be_read(state: int) -> bool:
    """Whether there is a card that answers."""
    return bool(state & scard.SCARD_STATE_PRESENT) and not state & scard.SCARD_STATE_MUTE


def readers(context: Any) -> list[str]:
    """Names of the readers that pcscd has."""
    try:
        return list(ask(scard.SCardListReaders, context, []))
    except Refused as error:
        if error.code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return []
        raise


def changes(
    context: Any, asked: list[tuple[str, int]], timeout_s: float
) -> list[tuple[str, int, list[int]]]:
    """What is other than known, as (reader, state, ATR); waits for it up to `timeout_s`."""
    try:
        states = ask(scard.SCardGetStatusChange, context, round(timeout_s * 1000), asked)
    except Refused as error:
        if error.code in (scard.SCARD_E_TIMEOUT, scard.SCARD_E_UNKNOWN_READER):
            return []
        raise
    return [each for each in states if each[1] & scard.SCARD_STATE_CHANGED]


@contextmanager
def connection(context: Any, reader: str) -> Iterator[Transmit]:
    """A card of which nobody else can take possession in between."""
    protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
    card, protocol = ask(scard.SCardConnect, context, reader, scard.SCARD_SHARE_SHARED, protocols)
    header = scard.SCARD_PCI_T0 if protocol == scard.SCARD_PROTOCOL_T0 else scard.SCARD_PCI_T1
    try:
        ask(scard.SCardBeginTransaction, card)
        yield lambda apdu: bytes(ask(scard.SCardTransmit, card, header, list(apdu)))
    finally:
        scard.SCardEndTransaction(card, scard.SCARD_LEAVE_CARD)
        scard.SCardDisconnect(card, scard.SCARD_LEAVE_CARD)
