"""What a scanner, a camera or a keyboard delivered, and what it is.

Scanners wrap codes in AIM identifiers, control characters and line ends, and a scanner that plays
a keyboard meets whatever layout the computer has set. All that is undone here; bytes that are no
code of ours end as `unknown`, with no text to carry on (threats 7, 8).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gate.codes import CODE_MAX_SIGNS, SLIP_PREFIX, TICKET_PREFIX
from gate.facts import CredentialKind
from gate.slip_numbers import normalise_slip_number

_DATA_MAX_BYTES: Final = 2 * CODE_MAX_SIGNS + 50
"""A Cyrillic letter takes two bytes; the rest is for what a scanner puts around."""
_AIM_ID: Final = re.compile(r"\][A-Za-z][0-9A-Za-z]", re.ASCII)
_AROUND: Final = "".join(map(chr, range(0x21))) + "\x7f\ufeff"
_PLAIN: Final = re.compile(r"[ -~]+", re.ASCII)
_NUMBER: Final = re.compile(r"(?=.*\d)[A-Z0-9][A-Z0-9/-]{3,18}[A-Z0-9]", re.ASCII)
_RECORD_KEY: Final = re.compile(r"(?=.*[a-f])(?:[0-9a-f]{12}|[0-9a-f]{16})", re.ASCII)
_UKRAINIAN_KEYS: Final = "йцукенгшщзхїфівапролджєячсмитьбюґ"
_US_KEYS: Final = "QWERTYUIOP[]ASDFGHJKL:'ZXCVBNM,.\\"
_UNDO_UKRAINIAN: Final = str.maketrans(
    _UKRAINIAN_KEYS + _UKRAINIAN_KEYS.upper() + ';.,№":?',
    _US_KEYS + _US_KEYS + "$/?#@^&",
)
"""Key for key, from the Ukrainian layout of Windows and Linux to the American one. Case is not
looked at (Caps Lock), so the key of `ж` stands for the colon: no code of ours has a semicolon."""
_CYRILLIC: Final = re.compile(f"[{_UKRAINIAN_KEYS}]", re.IGNORECASE)


class ScanKind(StrEnum):
    """What was delivered, as far as its looks tell."""

    TICKET_CODE = "ticket_code"
    SLIP_CODE = "slip_code"
    SLIP_NUMBER = "slip_number"
    NUMBER = "number"
    """It may be the number of an old printed ticket."""
    UNKNOWN = "unknown"


_CREDENTIALS: Final = {
    ScanKind.TICKET_CODE: CredentialKind.TICKET_CODE,
    ScanKind.SLIP_CODE: CredentialKind.SLIP_CODE,
    ScanKind.SLIP_NUMBER: CredentialKind.SLIP_CODE,
    ScanKind.NUMBER: CredentialKind.NUMBER,
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """A scan made readable."""

    kind: ScanKind
    text: str = ""
    """The code, the slip number with its hyphens, the ticket number; empty where unknown."""

    @property
    def credential(self) -> CredentialKind | None:
        """What the rules call it; None for what is unknown."""
        return _CREDENTIALS.get(self.kind)


def classify(data: bytes) -> Scanned:
    """Tell what was scanned or typed. Whether a code is genuine is for `gate.codes` to say.

    Never raises, whatever the bytes. Scenarios E03, E39, E40; fault 8.
    """
    text = _readable(data)
    if text is None:
        return Scanned(ScanKind.UNKNOWN)
    return _code(text.upper()) or _number(text)


def _readable(data: bytes) -> str | None:
    """The text without what scanner and keyboard added; None where there is none of ours."""
    if len(data) > _DATA_MAX_BYTES:
        return None
    try:
        text = data.decode("utf-8").strip(_AROUND)
    except UnicodeDecodeError:
        return None
    if _CYRILLIC.search(text):
        text = text.translate(_UNDO_UKRAINIAN)
    aim = _AIM_ID.match(text)
    text = text[aim.end() :].strip(_AROUND) if aim else text
    return text if len(text) <= CODE_MAX_SIGNS and _PLAIN.fullmatch(text) else None


def _code(text: str) -> Scanned | None:
    if text.startswith(TICKET_PREFIX):
        return Scanned(ScanKind.TICKET_CODE, text)
    if text.startswith(SLIP_PREFIX):
        return Scanned(ScanKind.SLIP_CODE, text)
    return None


def _number(text: str) -> Scanned:
    """A slip's number, a ticket's, or nothing: the keys of our own records open no door (E03)."""
    slip_number = normalise_slip_number(text)
    if slip_number is not None:
        return Scanned(ScanKind.SLIP_NUMBER, slip_number)
    if _RECORD_KEY.fullmatch(text) is None and _NUMBER.fullmatch(text.upper()):
        return Scanned(ScanKind.NUMBER, text.upper())
    return Scanned(ScanKind.UNKNOWN)
