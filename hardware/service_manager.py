"""What is told to systemd, where it started us: that we are ready, and that we go on.

The protocol is that of sd_notify(3): a datagram to the socket that `NOTIFY_SOCKET` names.
"""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final

READY: Final = "READY=1"
ALIVE: Final = "WATCHDOG=1"


def tell(state: str) -> None:
    """Tell the service manager; nothing where there is none."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if address:
        path = "\0" + address[1:] if address.startswith("@") else address
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line, suppress(OSError):
            line.sendto(state.encode(), path)
