"""The hands of the demonstration: they hold tickets to cameras and tear paper from printers."""

from __future__ import annotations

import base64
from io import BytesIO
from typing import Any

import requests
from PIL import Image


class Handle:
    """The control of one simulated device; see hardware.simulator_control."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/"

    def state(self) -> dict[str, Any]:
        """What there is to see of the device."""
        answer = requests.get(self._url, timeout=5)
        answer.raise_for_status()
        state: dict[str, Any] = answer.json()["state"]
        return state

    def do(self, action: str, **arguments: Any) -> None:
        """Play with it; raises requests.HTTPError where the device refuses."""
        requests.post(self._url, json={"do": action, **arguments}, timeout=10).raise_for_status()


def hold(camera: Handle, picture: Image.Image, seconds: float, manner: str = "phone") -> None:
    """Hold a picture to a camera for a while."""
    file = BytesIO()
    picture.save(file, "PNG")
    image = base64.b64encode(file.getvalue()).decode("ascii")
    camera.do("hold", image=image, seconds=seconds, manner=manner)
