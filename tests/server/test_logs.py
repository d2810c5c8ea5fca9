"""The server's log: fields, and nothing of a person."""

from __future__ import annotations

import io
import logging

import pytest


def fail(said: str) -> None:
    raise ValueError(said)


def test_a_line_is_an_event_in_fields(written: io.StringIO) -> None:
    logging.getLogger("server.run").warning("housekeeping %s", "failed")
    line = written.getvalue()
    assert line.startswith("timestamp=2")
    assert 'level=warning event="housekeeping failed" logger=server.run' in line


def test_what_the_web_server_says_is_in_the_same_form(written: io.StringIO) -> None:
    logging.getLogger("gunicorn.error").info("Booting worker with pid: 7")
    assert "logger=gunicorn.error" in written.getvalue()


@pytest.mark.threat(21)
@pytest.mark.parametrize(
    "personal",
    [
        "LT1:6BF+70 ABC$%*+-./:09",
        "LS1:RRQW8AP60JO0MA6",
        "K1-000123-A7KD",
        "oksana.k@example.org",
        "+380 44 123 45 67",
        "04a1b2c3d4e5f6",
        "00482100",
    ],
)
def test_what_is_somebody_s_is_taken_out(personal: str, written: io.StringIO) -> None:
    logging.getLogger("a.library").error("could not deal with %s today", personal)
    try:
        fail(personal)
    except ValueError:
        logging.getLogger("a.library").exception("it failed")
    line = written.getvalue()
    assert personal not in line
    assert personal.split(maxsplit=1)[0] not in line
    assert "could not deal with" in line
    assert "today" in line
    assert "Traceback" in line
