"""`python -m bench.booth CONFIG`: a station as `lystok kiosk run`, its photo begun; for `station`.

The way to the photo leads through a whole enrolment, for which there is no server here.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from pathlib import Path
from threading import Event

from kiosk.memory import keep_small


def main(config_file: Path) -> None:
    """Look through the camera until killed."""
    # As the station does, before anything large is imported.
    keep_small()
    from kiosk.clock import Clock  # noqa: PLC0415
    from kiosk.config import load  # noqa: PLC0415
    from kiosk.messages import Pressed  # noqa: PLC0415
    from kiosk.program import running  # noqa: PLC0415

    with running(load(config_file), Clock(now=lambda: datetime.now(UTC))) as station:
        photo = station.conductor._service.photo  # noqa: SLF001
        photo.begin(child=False, done=lambda _: None, back=lambda: None)
        station.conductor.post(Pressed("photo_yes", "", station.stage.shown.serial))
        Event().wait()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
