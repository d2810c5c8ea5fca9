"""The status bytes of ESC/POS: what a printer answers to DLE EOT 1 to 4 and to GS r 1.

Bits are those of Epson's ESC/POS command reference. An answer to DLE EOT has the form
0xx1xx10, which nothing else has that a printer sends, so answers can be told apart.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from hardware.contracts import PaperStatus

QUESTIONS: Final = tuple(b"\x10\x04" + bytes([n]) for n in (1, 2, 3, 4))
"""Real-time questions: the printer, why it is offline, its error, its paper."""

ASK_IN_ORDER: Final = b"\x1dr\x01"
"""Answered when the printer comes to it: what was sent before has then been printed."""

RECOVER_AND_FORGET: Final = b"\x10\x05\x02"
"""After a cutter's error: go on, and drop what is left of the slip before."""

_FIXED: Final = 0x12
_OFFLINE = 0x08
_COVER = 0x04
_STOPPED_BY_PAPER = 0x20
_ERROR = 0x40
_CUTTER = 0x08
_UNRECOVERABLE = 0x20
_NEAR_END = 0x0C
_OUT = 0x60


@dataclass(frozen=True, slots=True)
class Condition:
    """What a printer's sensors say."""

    offline: bool = False
    cover_open: bool = False
    cutter_error: bool = False
    broken: bool = False
    near_end: bool = False
    out: bool = False

    @property
    def status(self) -> PaperStatus:
        """The one thing to tell, the gravest first; an open cover also hides the paper."""
        grave = (
            (self.broken, PaperStatus.BROKEN),
            (self.cover_open, PaperStatus.COVER_OPEN),
            (self.cutter_error, PaperStatus.CUTTER_JAM),
            (self.out, PaperStatus.OUT),
            (self.offline, PaperStatus.OFFLINE),
            (self.near_end, PaperStatus.NEAR_END),
        )
        return next((status for holds, status in grave if holds), PaperStatus.OK)


def is_real_time(answer: int) -> bool:
    """Whether this byte answers DLE EOT."""
    return answer & 0x93 == _FIXED


def is_in_order(answer: int) -> bool:
    """Whether this byte answers GS r."""
    return answer & 0x90 == 0


def condition(answers: Sequence[int]) -> Condition:
    """What the answers to the four `QUESTIONS` mean."""
    printer, cause, error, paper = answers
    return Condition(
        offline=bool(printer & _OFFLINE or cause & _ERROR),
        cover_open=bool(cause & _COVER),
        cutter_error=bool(error & _CUTTER),
        broken=bool(error & _UNRECOVERABLE),
        near_end=bool(paper & _NEAR_END),
        out=bool(paper & _OUT or cause & _STOPPED_BY_PAPER),
    )


def answer(question: int, now: Condition) -> int:
    """What a printer in this condition answers to DLE EOT `question` (1 to 4)."""
    bits = {
        1: now.offline * _OFFLINE,
        2: now.cover_open * _COVER
        | now.out * _STOPPED_BY_PAPER
        | (now.cutter_error or now.broken) * _ERROR,
        3: now.cutter_error * _CUTTER | now.broken * _UNRECOVERABLE,
        4: now.near_end * _NEAR_END | now.out * _OUT,
    }
    return _FIXED | bits[question]


def answer_in_order(now: Condition) -> int:
    """What a printer in this condition answers to GS r 1."""
    return now.near_end * 0x03 | now.out * 0x0C
