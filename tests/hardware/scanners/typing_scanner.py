"""A scanner that types, as far as one can be had without a device.

There is no /dev/uinput on every machine, so keys are played at the boundary of evdev: what
the kernel would hand out, `struct input_event` by `struct input_event`, comes through a FIFO
that stands where the device file would, and evdev's own C code reads it. Not shown this way
are the three calls that only a real input device answers: its description, EVIOCGRAB and
the choice of the clock.
"""

import os
import struct
from pathlib import Path
from time import monotonic

from evdev import InputDevice, InputEvent

# Numbers from the USB keyboard tables, on purpose not the names that the driver uses.
_ROWS = [
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
    (57, " ", ""),
    (28, "\r", ""),
    (15, "\t", ""),
]
EV_SYN, EV_KEY = 0, 1
SYN_REPORT, SYN_DROPPED = 0, 3
SHIFT, CTRL, ALT, CAPS_LOCK = 42, 29, 56, 58
UP, DOWN, REPEATED = 0, 1, 2
KEYS = {sign: (start + at, False) for start, row, _ in _ROWS for at, sign in enumerate(row)} | {
    sign: (start + at, True) for start, _, row in _ROWS for at, sign in enumerate(row)
}


def event(at_s: float, kind: int, code: int, value: int) -> InputEvent:
    return InputEvent(int(at_s), int(at_s % 1 * 1e6), kind, code, value)


def stroke(code: int, at_s: float) -> list[InputEvent]:
    """A key down and up again."""
    return [
        event(at_s, *rest)
        for value in (DOWN, UP)
        for rest in ((EV_KEY, code, value), (EV_SYN, SYN_REPORT, 0))
    ]


def strokes(text: str, at_s: float) -> list[InputEvent]:
    """All that typing `text` makes, at one moment."""
    events = []
    for code, shifted in map(KEYS.__getitem__, text):
        around = stroke(SHIFT, at_s) if shifted else []
        events += around[:2] + stroke(code, at_s) + around[2:]
    return events


class FifoKeyboard(InputDevice[str]):
    """evdev's device, without the calls that a FIFO cannot answer."""

    def __init__(self, path: Path) -> None:
        self.path = str(path)
        self.fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)


class TypingScanner:
    """A scanner that can be plugged in, typed with, and unplugged; `name` is its by-id link."""

    def __init__(self, folder: Path, name: str = "usb-Example_Scanner_0001-event-kbd") -> None:
        self.link = folder / name
        self._number = 0
        self._end: int | None = None

    def plug(self) -> None:
        """Appear, each time as another /dev/input/event."""
        self._number += 1
        device = self.link.with_name(f"{self.link.name}.event{self._number}")
        os.mkfifo(device)
        self._end = os.open(device, os.O_RDWR | os.O_NONBLOCK)
        self.link.symlink_to(device)

    def unplug(self) -> None:
        if self._end is not None:
            self.link.resolve().unlink()
            self.link.unlink()
            os.close(self._end)
            self._end = None

    close = unplug

    def type(self, text: str, age_s: float = 0.0) -> None:
        """Type `text`, `age_s` ago."""
        self.play(strokes(text, monotonic() - age_s))

    def play(self, events: list[InputEvent]) -> None:
        """Send what the kernel would: whole `struct input_event`s."""
        assert self._end is not None
        for each in events:
            raw = struct.pack("@llHHi", each.sec, each.usec, each.type, each.code, each.value)
            assert os.write(self._end, raw) == len(raw)
