"""`lystok photo IMAGE...`: one line of JSON for each image.

{"image", "faces", "checks": [{"name", "value", "limit", "ok"}], "verdict", "hints", "crop"}, where
crop is {"x", "y", "width", "height"} in pixels of the upright image, or null without a face. The
line of an image that cannot be read has an "error" too.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final, TextIO

import numpy as np

from hardware.contracts import Frame
from hardware.image_files import UnreadableImage, read_image
from kiosk.photo.judge import Photographer
from kiosk.photo.judgement import Hint, Judgement

_DIGITS: Final = 3
_NOTHING: Final = Judgement(faces=0, checks=(), hints=(Hint.NO_FACE,), crop=None)


def run(paths: Iterable[Path], out: TextIO | None = None) -> int:
    """Print what is right and wrong in each; 0, or 1 if an image could not be read.

    A photo that is to be taken again is no failure. Raises `DriverNotInstalled` where the models
    are not installed.
    """
    photographer = Photographer()
    status = 0
    for path in paths:
        try:
            told = _told(photographer.judge(_read(path)))
        except UnreadableImage as error:
            told, status = {"error": str(error)} | _told(_NOTHING), 1
        line = json.dumps({"image": str(path), **told}, ensure_ascii=True)
        print(line, file=out or sys.stdout, flush=True)
    return status


def _read(path: Path) -> Frame:
    return np.asarray(read_image(path), np.uint8)[:, :, ::-1].copy()


def _told(judgement: Judgement) -> dict[str, Any]:
    checks = [asdict(check) for check in judgement.checks]
    return {
        "faces": judgement.faces,
        "checks": [check | {"value": round(check["value"], _DIGITS)} for check in checks],
        "verdict": judgement.verdict,
        "hints": judgement.hints,
        "crop": None if judgement.crop is None else asdict(judgement.crop),
    }
