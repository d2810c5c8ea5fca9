"""Names folded for searching, and their order: what sounds or looks alike is found alike."""

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
_PLACES = {
    sign: place for place, sign in enumerate(" -'’0123456789абвгґдеєжзиіїйклмнопрстуфхцчшщьюя")
}
_KEY_MOST = 310
_NO_SIGN = re.compile(r"[^\w ]|[_ʼˈʹ]")


def fold(text: str) -> str:
    """Lower case, without apostrophes and accents, look-alikes made one, spaces single."""
    plain = unicodedata.normalize("NFC", text).lower()
    return " ".join(_NO_SIGN.sub("", plain.replace("-", " ")).translate(_ALIKE).split())


def key(full_name: str, former_surnames: str = "") -> str:
    """By what somebody is found and sorted: the name, behind it the surnames before it."""
    return fold(f"{full_name} {former_surnames.replace(',', ' ')}")[:_KEY_MOST]


def alphabetical(text: str) -> list[int]:
    """What texts are sorted by, as Ukrainian orders its letters; others stand behind them."""
    return [_PLACES.get(sign, 100 + ord(sign)) for sign in text.lower()]
