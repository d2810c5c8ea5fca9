"""Base45 (RFC 9285): bytes as the 45 signs that a QR code packs tightest."""

from __future__ import annotations

from struct import pack
from typing import Final

ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
_STRANGER: Final = 0xFF
_VALUES: Final = bytes(
    ALPHABET.index(chr(code)) if chr(code) in ALPHABET else _STRANGER for code in range(256)
)
"""What each byte of ASCII stands for."""
_PAIR_MAX: Final = 0xFF
_TRIPLE_MAX: Final = 0xFFFF
_LONE_SIGN: Final = 1


def encode(data: bytes) -> str:
    """Write two bytes as three signs, a last single byte as two."""
    pairs, odd = divmod(len(data), 2)
    signs = [_triple(int.from_bytes(data[2 * n : 2 * n + 2], "big")) for n in range(pairs)]
    if odd:
        high, low = divmod(data[-1], 45)
        signs.append(ALPHABET[low] + ALPHABET[high])
    return "".join(signs)


def decode(text: str) -> bytes:
    """Read what `encode` wrote; for any bytes there is exactly one text.

    Raises ValueError with a sign outside the alphabet, a lone last sign, or a group that stands
    for more than its bytes can hold.
    """
    whole, rest = divmod(len(text), 3)
    if rest == _LONE_SIGN:
        raise ValueError("a lone sign at the end")
    values = text.encode("ascii", "replace").translate(_VALUES)
    if _STRANGER in values:
        raise ValueError("a sign outside the Base45 alphabet")
    groups = zip(values[0::3], values[1::3], values[2::3], strict=False)
    numbers = [low + 45 * middle + 2025 * high for low, middle, high in groups]
    if numbers and max(numbers) > _TRIPLE_MAX:
        raise ValueError("three signs stand for more than two bytes")
    data = pack(f">{whole}H", *numbers)
    return data if rest == 0 else data + _one_byte(values[-2], values[-1])


def _triple(number: int) -> str:
    rest, low = divmod(number, 45)
    high, middle = divmod(rest, 45)
    return ALPHABET[low] + ALPHABET[middle] + ALPHABET[high]


def _one_byte(low: int, high: int) -> bytes:
    number = low + 45 * high
    if number > _PAIR_MAX:
        raise ValueError("two signs stand for more than a byte")
    return number.to_bytes(1, "big")
