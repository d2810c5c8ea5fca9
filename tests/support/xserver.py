"""An X server without a screen: windows, focus and keys as people meet them."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def running_xserver(width: int, height: int) -> Iterator[str]:
    """The name of its display. Raises FileNotFoundError where Xvfb is not installed."""
    reading, writing = os.pipe()
    size = f"{width}x{height}x24"
    with subprocess.Popen(
        ["Xvfb", "-displayfd", str(writing), "-screen", "0", size, "-nolisten", "tcp"],
        pass_fds=(writing,),
        stderr=subprocess.DEVNULL,
    ) as server:
        os.close(writing)
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        yield f":{number}"
        server.terminate()
