"""Forgetting everything: a station that the server has revoked keeps nothing (threat 17).

A stolen station that still reaches the server learns it there. Flash memory may keep old blocks;
what is worth reading in them is little: no photos, no names but those of who is inside.
"""

from __future__ import annotations

import shutil
from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

import structlog

from kiosk.config import KioskConfig
from kiosk.store.files import sync_folder

_log = structlog.get_logger()


def wipe(config: KioskConfig) -> None:
    """Remove copy, visits, queue, keys, token, browser and codes of technicians.

    Key and token go last: where the power is cut before, the next start asks the server once more,
    hears that it is shut out, and wipes what is left.
    """
    last = (config.slip_key_file, config.token_file)
    for path in config.data_dir.iterdir() if config.data_dir.is_dir() else ():
        if path not in last:
            _remove(path)
    sync_folder(config.data_dir)
    for path in last:
        path.unlink(missing_ok=True)
        with suppress(OSError):
            sync_folder(path.parent)
    _log.warning("station_wiped", station=config.station)


def is_to_be_believed(url: str) -> bool:
    """Whether a server at this address proves who it is: by TLS, or by being this machine."""
    address = urlsplit(url)
    if address.scheme == "https":
        return True
    with suppress(ValueError):
        return ip_address(address.hostname or "").is_loopback
    return address.hostname == "localhost"


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
