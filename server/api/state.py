"""What the views stand on: the database, the checks, the clock, and what bounds their callers."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, cast

from flask import Flask, current_app

from server.api.readings import Readings
from server.api.throttle import Throttle
from server.database import Database
from server.services.checks import Checks
from server.services.keys import Entropy

if TYPE_CHECKING:
    from server.library_systems.link import Link

EXTENSION = "lystok-api"


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """Everything that a view may reach."""

    database: Database
    checks: Checks
    clock: Callable[[], datetime]
    entropy: Entropy
    waiting: threading.Semaphore
    """Places for stations that wait for changes; who finds none is answered at once."""
    pairing: Throttle
    """Tries to pair, by address (threat 18)."""
    strange: Throttle
    """Codes that nobody knows, by station (threat 3)."""
    readings: Readings
    """What stations that ask at the same moment are told alike."""
    link: Link | None = None
    """To the library system that keeps the loans; None: we do."""


def install(app: Flask, api: Api) -> None:
    """Give an application what its views stand on."""
    app.extensions[EXTENSION] = api


def api() -> Api:
    """What the application that answers now stands on."""
    return cast("Api", current_app.extensions[EXTENSION])
