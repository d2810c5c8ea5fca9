"""The code that a station shows before it is paired: the fingerprint of its own key.

Whoever types it into the console approves that key and no other, so that nobody gains anything by
reading it from the screen. Ten signs of 31 are nearly 50 bits: another key of the same code is not
found within the ten minutes for which an approval counts.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Final

SIGNS: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No look-alikes: a code is read from a screen and typed."""
LENGTH: Final = 10
_PURPOSE: Final = b"lystok pairing "


def code_of(slip_public_key: bytes) -> str:
    """The code of a station's key, in two groups: `AB2CD-EF3GH`."""
    number = int.from_bytes(sha256(_PURPOSE + slip_public_key).digest())
    signs = ""
    for _ in range(LENGTH):
        number, sign = divmod(number, len(SIGNS))
        signs += SIGNS[sign]
    return f"{signs[: LENGTH // 2]}-{signs[LENGTH // 2 :]}"


def typed(code: str) -> str:
    """A code as people type it, without what only helps to read it."""
    return "".join(code.upper().replace("-", " ").split())


def is_of_a_key(code: str) -> bool:
    """Whether it has the form of a code that a station shows."""
    plain = typed(code)
    return len(plain) == LENGTH and all(sign in SIGNS for sign in plain)
