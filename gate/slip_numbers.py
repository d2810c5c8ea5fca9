"""Numbers of control slips: read by old laser scanners, typed by hand, never guessed.

`K1-0123-X7R2M`: station, running number, four random signs, check sign. The hyphens are for people;
a barcode may leave them out. Random and check signs come from an alphabet without look-alikes, so
that a typed O, I, L, Z, S, B or Q can only mean the digit it resembles. The first random sign is a
letter, so that no number made of digits alone (an old ticket, an EAN-13) ever reads as a slip.

The check sign makes the sum of all signs' values, each times its place counted from the right, a
multiple of the prime 37: every single wrong sign and every swap of two neighbours changes the sum
by something that 37 does not divide.
"""

from __future__ import annotations

import re
from typing import Final

SIGNS: Final = "0123456789ACDEFGHJKMNPRTUVWXY"
"""Digits and letters that are not mistaken for one another."""
_LETTERS: Final = SIGNS[10:]
_RANDOM_SIGNS: Final = 4
_RUNNING_MAX: Final = 99_999_999
_ENTROPY_BYTES: Final = 4
_TYPED_MAX: Final = 40
_PRIME: Final = 37
_VALUES: Final = {sign: value for value, sign in enumerate("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")}
_CHECK_SIGNS: Final = {_VALUES[sign]: sign for sign in SIGNS}
_STATION: Final = re.compile(r"[A-Z0-9]{2}", re.ASCII)
_COMPACT: Final = re.compile(
    rf"([A-Z0-9]{{2}})(\d{{4,8}})([{_LETTERS}][{SIGNS}]{{3}})([{SIGNS}])", re.ASCII
)
_LOOK_ALIKES: Final = str.maketrans("OILZSBQ", "0112580")


def new_slip_number(station: str, running: int, entropy: bytes) -> str:
    """Make the number of a slip that station `station` prints as its `running`-th (1 and up).

    `entropy`: at least 4 random bytes. Raises ValueError with anything else.
    """
    if _STATION.fullmatch(station) is None:
        raise ValueError("a station's code is two of A-Z and 0-9")
    if not 1 <= running <= _RUNNING_MAX:
        raise ValueError(f"running numbers go from 1 to {_RUNNING_MAX}")
    if len(entropy) < _ENTROPY_BYTES:
        raise ValueError(f"a slip number needs {_ENTROPY_BYTES} random bytes")
    chance = int.from_bytes(entropy, "big")
    while True:
        tail = _random_signs(chance)
        check = _CHECK_SIGNS.get(-_weighted(f"{station}{running:04}{tail}", first=2) % _PRIME)
        if check is not None:
            return f"{station}-{running:04}-{tail}{check}"
        chance += 1


def normalise_slip_number(text: str) -> str | None:
    """Read a scanned or typed slip number; None where it can't be one, as after any typing error.

    Case, spaces and hyphens do not matter, look-alikes are taken for what was printed.
    """
    if len(text) > _TYPED_MAX:
        return None
    signs = re.sub(r"[\s-]", "", text).upper()
    signs = signs[:2] + signs[2:].translate(_LOOK_ALIKES)
    parts = _COMPACT.fullmatch(signs)
    if parts is None or _weighted(signs, first=1) % _PRIME != 0:
        return None
    station, running, tail, check = parts.groups()
    if f"{int(running):04}" != running or int(running) == 0:
        return None
    return f"{station}-{running}-{tail}{check}"


def _random_signs(chance: int) -> str:
    number, first = divmod(chance, len(_LETTERS))
    signs = _LETTERS[first]
    for _ in range(_RANDOM_SIGNS - 1):
        number, value = divmod(number, len(SIGNS))
        signs += SIGNS[value]
    return signs


def _weighted(signs: str, *, first: int) -> int:
    """Sum of the signs' values, the last one times `first`, the one before times `first` + 1..."""
    return sum(place * _VALUES[sign] for place, sign in enumerate(reversed(signs), start=first))
