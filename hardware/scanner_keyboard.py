"""A handheld or built-in scanner that plays a USB keyboard (HID), read through evdev.

The device is grabbed: its keys reach this program alone, never the browser in front. What is
read are keys, not characters, so the keyboard layout of the computer does not matter; the
scanner's own must be the American one, as it comes from the factory. Keys are dated by the
kernel, so that a busy station does not tear codes apart.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from errno import ENODEV
from fcntl import ioctl
from pathlib import Path
from select import POLLIN, poll
from time import CLOCK_MONOTONIC
from typing import Final

from evdev import InputDevice, InputEvent, ecodes
from pydantic import Field

from hardware.contracts import Now
from hardware.scanner_stream import LineScanner, LineSettings, Piece

FOLDER: Final = Path("/dev/input/by-id")

_EVIOCSCLOCKID: Final = 0x400445A0
"""Asks for event times of another clock; _IOW('E', 0xA0, int) in linux/input.h."""

_QUIET_S: Final = 1.0
"""Nobody holds Shift for so long between two keys: its release was lost."""

_PAIRS: Final = {
    "GRAVE": "`~", "MINUS": "-_", "EQUAL": "=+", "LEFTBRACE": "[{", "RIGHTBRACE": "]}",
    "BACKSLASH": "\\|", "SEMICOLON": ";:", "APOSTROPHE": "'\"", "COMMA": ",<", "DOT": ".>",
    "SLASH": "/?", "102ND": "<>", "SPACE": "  ", "ENTER": "\r\r", "KPENTER": "\r\r", "TAB": "\t\t",
    "KPDOT": "..", "KPMINUS": "--", "KPPLUS": "++", "KPASTERISK": "**", "KPSLASH": "//",
    **{digit: digit + sign for digit, sign in zip("1234567890", "!@#$%^&*()", strict=True)},
    **{letter: letter.lower() + letter for letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"},
    **{f"KP{digit}": digit * 2 for digit in "0123456789"},
}  # fmt: skip
_KEYS: Final[dict[int, str]] = {ecodes.ecodes[f"KEY_{name}"]: pair for name, pair in _PAIRS.items()}
_KEYPAD: Final[dict[int, str]] = {ecodes.ecodes[f"KEY_KP{digit}"]: digit for digit in "0123456789"}
_SHIFTS: Final = frozenset({ecodes.KEY_LEFTSHIFT, ecodes.KEY_RIGHTSHIFT})
_CONTROLS: Final = frozenset({ecodes.KEY_LEFTCTRL, ecodes.KEY_RIGHTCTRL})
_ALTS: Final = frozenset({ecodes.KEY_LEFTALT, ecodes.KEY_RIGHTALT})
_RELEASED: Final = 0
_PRESSED: Final = 1


class Settings(LineSettings):
    """Which scanner, by its name in /dev/input/by-id (`...-event-kbd`) or by a whole path.

    Two scanners of one model have the same name there: give their paths in
    /dev/input/by-path.
    """

    device: str = Field(min_length=1)
    """Its link in /dev/input/by-id."""


def connect(settings: Settings, now: Now) -> LineScanner:
    """The scanner; it is grabbed when it is first read."""
    return keyboard_scanner(settings, now, grabbed)


def keyboard_scanner(
    settings: Settings, now: Now, take: Callable[[Path], InputDevice[str]]
) -> LineScanner:
    """The scanner, whose device is opened by `take`."""
    path = FOLDER / settings.device
    return LineScanner(lambda: KeyStream(take(path)), settings, now)


def grabbed(path: Path) -> InputDevice[str]:
    """The input device for this program alone; raises `OSError`, EBUSY if another has it."""
    device = InputDevice(str(path), readonly=True)
    try:
        device.grab()
        ioctl(device.fd, _EVIOCSCLOCKID, struct.pack("i", CLOCK_MONOTONIC))
    except OSError:
        device.close()
        raise
    return device


class KeyStream:
    """The characters of an input device's keys."""

    def __init__(self, device: InputDevice[str]) -> None:
        self._device = device
        self._typist = Typist()
        self._poll = poll()
        self._poll.register(device.fd, POLLIN)

    def receive(self, timeout_s: float) -> list[Piece]:
        """What was typed; waits up to `timeout_s`. Raises `OSError` once it is unplugged."""
        if not self._poll.poll(timeout_s * 1000):
            return []
        try:
            events = list(self._device.read())
        except BlockingIOError:
            return []
        if not events:
            raise OSError(ENODEV, "the device hung up")
        # Keys that type nothing tell at least how late it is, as far as was read.
        return [*self._typist.pieces(events), Piece(b"", events[-1].timestamp())]

    def close(self) -> None:
        """Let go of the device; others get its keys again."""
        self._device.close()


class Typist:
    """What a keyboard types, key by key, by the American layout.

    Shift, Ctrl (control characters) and Caps Lock are minded, and so is Alt with a number
    on the keypad, by which some scanners type characters of any layout.
    """

    def __init__(self) -> None:
        self._forget()
        self._last_s = 0.0
        self._deaf = False

    def pieces(self, events: Iterable[InputEvent]) -> Iterable[Piece]:
        """The characters of `events`, each with its moment."""
        for event in events:
            at_s = event.timestamp()
            if event.type == ecodes.EV_SYN:
                yield from self._marker(event.code, at_s)
            elif event.type == ecodes.EV_KEY and not self._deaf:
                if at_s - self._last_s > _QUIET_S:
                    self._forget()
                self._last_s = at_s
                if typed := self._key(event.code, event.value):
                    yield Piece(typed.encode("latin-1"), at_s)

    def _marker(self, code: int, at_s: float) -> Iterable[Piece]:
        """After SYN_DROPPED, everything up to the next SYN_REPORT is a torn remnant."""
        self._deaf = code == ecodes.SYN_DROPPED
        if self._deaf:
            self._forget()
            yield Piece(b"", at_s, lost=True)

    def _forget(self) -> None:
        self._held: set[int] = set()
        self._capitals = False
        self._number = ""

    def _key(self, code: int, value: int) -> str:
        if value == _RELEASED:
            self._held.discard(code)
            return self._numbered() if code in _ALTS else ""
        if value != _PRESSED:
            return ""
        if code in _SHIFTS | _CONTROLS | _ALTS:
            self._held.add(code)
            return ""
        if code == ecodes.KEY_CAPSLOCK:
            self._capitals = not self._capitals
        return self._character(code)

    def _character(self, code: int) -> str:
        if self._held & _ALTS:
            self._number = (self._number + _KEYPAD.get(code, ""))[-4:]
            return ""
        pair = _KEYS.get(code, "")
        plain, shifted = pair[:1], pair[1:]
        if self._held & _CONTROLS:
            return chr(ord(shifted) & 0x1F) if "@" <= shifted <= "~" else ""
        upper = bool(self._held & _SHIFTS) != (self._capitals and plain.isalpha())
        return shifted if upper else plain

    def _numbered(self) -> str:
        number, self._number = self._number, ""
        return chr(int(number) % 256) if number else ""
