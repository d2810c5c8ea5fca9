"""A stream of ESC/POS bytes as commands, however the bytes are cut into pieces.

Knows the length of each command, not its meaning. What it does not know is handed on as
UNKNOWN, to be skipped as a printer does; nothing makes it raise or hold more than one
command of `MAX_ARGUMENTS` bytes. Lengths are those of Epson's ESC/POS command reference.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

MAX_ARGUMENTS: Final = 1 << 20

TEXT: Final = "TEXT"
UNKNOWN: Final = "UNKNOWN"
RASTER: Final = "GS v"

_DLE: Final = 0x10
_DLE_NAMES: Final = {0x04: "EOT", 0x05: "ENQ", 0x14: "DC4"}
_LEADS: Final = {_DLE: "DLE", 0x1B: "ESC", 0x1C: "FS", 0x1D: "GS"}
_SINGLES: Final = {0x09: "HT", 0x0A: "LF", 0x0C: "FF", 0x0D: "CR", 0x18: "CAN"}
_NOTHING: Final = re.compile(rb"[^\x09\x0a\x0c\x0d\x10\x18\x1b-\x1d\x20-\x7e\x80-\xff]+")
_PRINTABLE: Final = re.compile(rb"[\x20-\x7e\x80-\xff]+")

# How many bytes follow the two that name a command.
_FIXED: Final[dict[int, dict[int, bytes]]] = {
    _DLE: {1: b"\x05"},
    0x1B: {
        0: b"\x0c2<@LSimv",
        1: b" !%-3=?ACEGJKMNRTUVadefgrtu{",
        2: b"$B\\c",
        3: b"p",
        8: b"W",
    },
    0x1C: {0: b"&.", 1: b"!-CW", 2: b"Sp", 74: b"2"},
    0x1D: {0: b":c", 1: b"!/BEHITabfhrw", 2: b"$LPW\\", 3: b"^z", 4: b"g"},
}


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name ("ESC @", "GS v", TEXT), its arguments, all of its bytes."""

    name: str
    args: bytes
    raw: bytes


class CommandReader:
    """Cuts a stream into commands; keeps the unfinished end until more bytes come."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    @property
    def rest(self) -> bytes:
        """The beginning of a command whose end has not come yet."""
        return bytes(self._buffer)

    def feed(self, data: bytes) -> Iterator[Command]:
        """The commands that `data` completes."""
        self._buffer += data
        at = 0
        try:
            while at < len(self._buffer):
                command = _command_at(self._buffer, at)
                if command is None:
                    break
                at += len(command.raw)
                yield command
        finally:
            del self._buffer[:at]


def _command_at(buffer: bytearray, at: int) -> Command | None:
    """The command that begins at `at`, None while its end is missing."""
    first = buffer[at]
    if first in _LEADS:
        return _led_command(buffer, at)
    if first in _SINGLES:
        return Command(_SINGLES[first], b"", bytes([first]))
    run = _PRINTABLE.match(buffer, at)
    if run:
        return Command(TEXT, run.group(), run.group())
    rest = _NOTHING.match(buffer, at)
    return Command(UNKNOWN, b"", rest.group() if rest else bytes([first]))


def _led_command(buffer: bytearray, at: int) -> Command | None:
    if len(buffer) < at + 2:
        return None
    name = _name(buffer[at], buffer[at + 1])
    length = _length(name, buffer, at + 2)
    if length is None:
        return None
    if length < 0:
        skipped = 1 if buffer[at + 1] in _LEADS else 2
        return Command(UNKNOWN, b"", bytes(buffer[at : at + skipped]))
    end = at + 2 + length
    if len(buffer) < end:
        return None
    return Command(name, bytes(buffer[at + 2 : end]), bytes(buffer[at:end]))


def _name(lead: int, letter: int) -> str:
    if lead == _DLE:
        return f"DLE {_DLE_NAMES.get(letter, '?')}"
    return f"{_LEADS[lead]} {chr(letter)}"


def _length(name: str, buffer: bytearray, at: int) -> int | None:
    """How many bytes of arguments: None if more bytes must tell, -1 if unknown or too many."""
    if name in _FIXED_LENGTHS:
        return _FIXED_LENGTHS[name]
    measure = _MEASURES.get(name)
    length = measure(buffer, at) if measure else -1
    return -1 if length is not None and length > MAX_ARGUMENTS else length


def _lengths() -> dict[str, int]:
    return {
        _name(lead, letter): count
        for lead, counts in _FIXED.items()
        for count, letters in counts.items()
        for letter in letters
    }


_FIXED_LENGTHS: Final = _lengths()

# From the buffer and the place of the first argument to the number of arguments.
_Measure: TypeAlias = Callable[[bytearray, int], int | None]


def _little(buffer: bytearray, at: int, count: int = 2) -> int:
    return int.from_bytes(buffer[at : at + count], "little")


def _after_header(size: int, rest: _Measure) -> _Measure:
    """A header of `size` bytes that tells how many follow it."""

    def measure(buffer: bytearray, at: int) -> int | None:
        if len(buffer) < at + size:
            return None
        length = rest(buffer, at)
        return length if length is None or length < 0 else size + length

    return measure


def _until_nul(buffer: bytearray, at: int, longest: int) -> int | None:
    """Bytes up to a NUL, but no more than `longest`."""
    end = buffer.find(0, at, at + longest)
    if end >= 0:
        return end + 1 - at
    return longest if len(buffer) >= at + longest else None


def _raster(buffer: bytearray, at: int) -> int:
    if buffer[at] != ord("0"):
        return -1
    return _little(buffer, at + 2) * _little(buffer, at + 4)


def _column_image(buffer: bytearray, at: int) -> int:
    return _little(buffer, at + 1) * (3 if buffer[at] in (32, 33) else 1)


def _barcode(buffer: bytearray, at: int) -> int | None:
    """GS k: kinds up to 6 end with a NUL, later ones begin with their length."""
    if buffer[at] <= ord("@"):
        return _until_nul(buffer, at + 1, 256)
    return 1 + buffer[at + 1] if len(buffer) > at + 1 else None


def _own_glyphs(buffer: bytearray, at: int) -> int | None:
    """ESC & y c1 c2: then each letter has its width and that many columns of y bytes."""
    height, first, last = buffer[at : at + 3]
    length = 0
    for _ in range(first, last + 1):
        if len(buffer) <= at + 3 + length:
            return None
        length += 1 + buffer[at + 3 + length] * height
    return length


def _counted(buffer: bytearray, at: int) -> int:
    """A function's letter, then two bytes with the length of the rest."""
    return _little(buffer, at + 1)


_MEASURES: Final[dict[str, _Measure]] = {
    "DLE EOT": _after_header(1, lambda buffer, at: int(buffer[at] in (7, 8, 18))),
    "DLE DC4": _after_header(1, lambda buffer, at: 7 if buffer[at] == ord("\b") else 2),
    "ESC &": _after_header(3, _own_glyphs),
    "ESC (": _after_header(3, _counted),
    "ESC *": _after_header(3, _column_image),
    "ESC D": lambda buffer, at: _until_nul(buffer, at, 33),
    "FS (": _after_header(3, _counted),
    "GS (": _after_header(3, _counted),
    "GS *": _after_header(2, lambda buffer, at: buffer[at] * buffer[at + 1] * 8),
    "GS 8": _after_header(5, lambda buffer, at: _little(buffer, at + 1, 4)),
    "GS V": _after_header(1, lambda buffer, at: int(buffer[at] not in (0, 1, 48, 49))),
    "GS k": _after_header(1, _barcode),
    # The "0" of GS v 0 counts as an argument; other letters in its place are no command.
    RASTER: _after_header(6, _raster),
}
