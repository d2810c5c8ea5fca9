"""Photographs that the project did not make, as scikit-image's package carries them.

`astronaut` is NASA's portrait of E. Collins (public domain), 512 x 512. `lfw_subset` are 100 grey
faces of "Labeled Faces in the Wild" and 100 patches without a face, 25 x 25 each.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np

from hardware.contracts import Frame

FACES = 100
"""So many of the patches are faces, they come first."""


def photograph(name: str) -> Frame:
    """One of the package's pictures, as BGR."""
    picture = cv2.imread(str(_folder() / name), cv2.IMREAD_COLOR)
    return np.asarray(picture, np.uint8)


@cache
def portrait() -> Frame:
    """The astronaut's head and shoulders as a kiosk's camera sees them, 720 x 720."""
    near = photograph("astronaut.png")[0:300, 73:373]
    return np.asarray(cv2.resize(near, (720, 720), interpolation=cv2.INTER_CUBIC), np.uint8)


@cache
def patches() -> tuple[Frame, ...]:
    """The 200 patches, each enlarged in the middle of a plain picture."""
    return tuple(_shown(grey) for grey in np.load(_folder() / "lfw_subset.npy"))


def _shown(grey: Frame) -> Frame:
    whole = cv2.resize((grey * 255).astype(np.uint8), (200, 200), interpolation=cv2.INTER_CUBIC)
    framed = cv2.copyMakeBorder(whole, 100, 100, 100, 100, cv2.BORDER_REPLICATE)
    return np.asarray(cv2.cvtColor(framed, cv2.COLOR_GRAY2BGR), np.uint8)


def _folder() -> Path:
    """The pictures' folder; the package itself is not imported."""
    spec = find_spec("skimage")
    assert spec is not None
    assert spec.submodule_search_locations
    return Path(spec.submodule_search_locations[0]) / "data"
