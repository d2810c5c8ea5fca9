"""Names folded for searching: what sounds or looks alike is found alike."""

from __future__ import annotations

import re
import unicodedata

_ALIKE = str.maketrans(
    {
        "ґ": "г", "є": "е", "ё": "е", "ї": "і", "и": "і", "ы": "і", "й": "і", "э": "е",
        # Latin letters that look Cyrillic, as a wrong keyboard layout leaves them
        "a": "а", "b": "в", "c": "с", "e": "е", "h": "н", "i": "і", "k": "к", "m": "м",
        "o": "о", "p": "р", "t": "т", "x": "х", "y": "у",
    }
)  # fmt: skip
_NO_SIGN = re.compile(r"[^\w ]|[_ʼˈʹ]")


def fold(text: str) -> str:
    """Lower case, without apostrophes and accents, look-alikes made one, spaces single."""
    plain = unicodedata.normalize("NFC", text).lower()
    return " ".join(_NO_SIGN.sub("", plain.replace("-", " ")).translate(_ALIKE).split())
