"""From a card on the reader to its number: a real pcscd, Debian's virtual reader, virtual cards.

pcscd looks at its virtual reader every 0.4 s, so half of that is the price of having no
hardware here.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Final

from bench.figure import Figure
from hardware.contracts import Card, CardReader, RetryLater
from tests.hardware.cards.tags import Type2Card, block, text_record
from tests.hardware.conftest import MOMENT
from tests.support import virtual_card

_TEXT: Final = "LT1:6BF+70790T9WJWG.FKY*4GO0.O1CV2"
_WITHIN_S: Final = 5.0
_QUIET_S: Final = 0.6
"""Longer than pcscd takes to see that a card is gone."""


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Median and slowest for a bare number and for one with a text."""
    virtual_card.pytest_configure()
    # Only now: the library of PC/SC asks once where pcscd listens.
    from hardware.card_pcsc import Settings, connect  # noqa: PLC0415

    with TemporaryDirectory() as folder:
        service = virtual_card.CardService(Path(folder))
        service.start()
        reader = connect(Settings(driver="pcsc"), lambda: MOMENT)
        try:
            for name, text in (("number", b""), ("number and text", block(text_record(_TEXT)))):
                taken_ms = [
                    _laid_to_read_ms(reader, service, Type2Card(bytes([4, n, 0, 1, 2, 3, 4]), text))
                    for n in range(1, 21 if full else 6)
                ]
                yield Figure(f"card to event {name} median", median(taken_ms), "ms", 1000)
                yield Figure(f"card to event {name} slowest", max(taken_ms), "ms")
        finally:
            reader.close()
            service.close()


def _laid_to_read_ms(
    reader: CardReader,
    service: virtual_card.CardService,
    card: virtual_card.VirtualCard,
) -> float:
    """Lay a card on an empty reader, and wait for its event."""
    place = service.places[0]
    while _read(reader) is not None:
        pass
    started_s = perf_counter()
    place.lay(card)
    while _read(reader) is None:
        if perf_counter() - started_s > _WITHIN_S:
            raise TimeoutError("the card was not read")
    taken_ms = (perf_counter() - started_s) * 1000
    place.lift()
    return taken_ms


def _read(reader: CardReader) -> Card | None:
    try:
        return reader.read(_QUIET_S)
    except RetryLater:
        return None
