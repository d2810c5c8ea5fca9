"""`python -m kiosk.photo.serving FD`: the program of `assistant.Assistant`, at the other end."""

from __future__ import annotations

import sys
from contextlib import suppress
from multiprocessing.connection import Connection

from kiosk.memory import keep_small


def main(line: Connection) -> None:
    """Judge what comes until nobody is there any more, be it that the station was killed."""
    # Before anything large is imported.
    keep_small()
    from hardware.contracts import HardwareError  # noqa: PLC0415
    from kiosk.photo.judge import Photographer  # noqa: PLC0415

    with suppress(EOFError, OSError):
        try:
            photographer = Photographer()
        except HardwareError as error:
            line.recv()
            line.send(error)
            return
        while True:
            line.send(photographer.judge(line.recv()))


if __name__ == "__main__":
    main(Connection(int(sys.argv[1])))
