"""What came out of a printer, read from the paper alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from demo.programs import wait_until
from demo.stage import Stage
from demo.watch import slip_number
from templates.slips.tokens import Style, look
from templates.slips.typeface import ink
from tests.e2e.people import SOON_S


@dataclass(frozen=True, slots=True)
class Slip:
    """A slip in somebody's hand."""

    number: str
    """As its bars say it."""
    picture: Image.Image

    def says(self, words: str) -> bool:
        """Whether these words stand on the paper, dot for dot, in the letters of its facts."""
        return _stands(self.picture, words, look(576).text)


class Tray:
    """Where slips fall; each is taken once."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._taken = set(stage.slips())

    def is_empty(self) -> bool:
        """Whether nothing came out since."""
        return not self._waiting()

    def take(self) -> Slip:
        """The next slip, as soon as it is cut off."""
        assert wait_until(lambda: bool(self._waiting()), SOON_S), "no slip came out"
        path = self._waiting()[0]
        self._taken.add(path)
        number = slip_number(path)
        assert number, f"the bars of {path} can't be read"
        with Image.open(path) as drawn:
            return Slip(number, drawn.convert("RGB"))

    def _waiting(self) -> list[Path]:
        return [path for path in self._stage.slips() if path not in self._taken]


def _stands(picture: Image.Image, words: str, style: Style) -> bool:
    mask, _, _ = ink(words, style, look(576).threshold)
    wanted = np.asarray(mask, np.float32)
    paper = (np.asarray(picture.convert("L")) < 128).astype(np.float32)
    differing = cv2.matchTemplate(paper, wanted, cv2.TM_SQDIFF)
    return bool(differing.min() < 0.5)
