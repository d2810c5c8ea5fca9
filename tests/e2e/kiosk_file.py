"""The settings of a station that a test starts by itself."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import tomli_w


def write(
    file: Path, code: str, *, server: int, page: int, camera: int, slips: Path, **devices: Any
) -> Path:
    """An entrance with simulated camera and a folder of slips; ports are on the loopback."""
    scanner = {"driver": "camera", "camera": {"driver": "simulator", "control_port": camera}}
    printer = {"driver": "file", "path": str(slips)}
    settings = {
        "station": code,
        "role": "entrance",
        "production": False,
        "data_dir": f"data-{code}",
        "token_file": f"{code}.token",
        "slip_key_file": f"{code}.key",
        "server": {"url": f"http://127.0.0.1:{server}"},
        "screen": {"port": page},
        "devices": {"printer": printer, "scanner": scanner, **devices},
    }
    file.write_text(tomli_w.dumps(settings), "utf-8")
    return file
