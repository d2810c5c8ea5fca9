"""The server as a program: it serves, keeps house, and stops when told."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from uuid import uuid4

import pytest

from gate.facts import VisitState
from server.models import Visit
from server.run import Housekeeper
from server.services import audit
from tests.server.centre.town import NOON, Town

_STARTS_WITHIN_S = 30


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def ask(
    port: int, method: str, path: str, body: object = None, token: str = "",
    host: str = "127.0.0.1",
) -> tuple[int, str]:  # fmt: skip
    line = HTTPConnection(host, port, timeout=_STARTS_WITHIN_S)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    line.request(method, path, None if body is None else json.dumps(body), headers)
    answer = line.getresponse()
    text = answer.read().decode()
    line.close()
    return answer.status, text


@pytest.fixture
def program(town: Town, tmp_path: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The real program over the town's database, listening."""
    port = free_port()
    url = town.database.engine.url.render_as_string(hide_password=False)
    (tmp_path / "session.secret").write_text("secret")
    config = tmp_path / "server.toml"
    config.write_text(f'[server]\nport = {port}\n[database]\nurl = "{url}"\n')
    process = subprocess.Popen(
        [sys.executable, "-m", "lystok", "--config", str(config), "server", "run"],
        stderr=subprocess.PIPE, text=True, cwd=Path(__file__).parents[3],
        env={name: value for name, value in os.environ.items() if "LYSTOK" not in name},
    )  # fmt: skip
    assert process.stderr is not None
    for line in process.stderr:
        if "Booting worker" in line:
            break
    drain = threading.Thread(target=process.stderr.read, daemon=True)
    drain.start()
    yield process, port
    process.kill()
    process.wait(_STARTS_WITHIN_S)
    drain.join(_STARTS_WITHIN_S)
    process.stderr.close()


@pytest.mark.fault(22)
def test_a_check_is_answered_and_survives_the_end_of_the_program(
    town: Town, program: tuple[subprocess.Popen[str], int]
) -> None:
    process, port = program
    assert ask(port, "GET", "/healthz")[0] == 200
    body = {"id": str(uuid4()), "code": town.code(town.ticket()), "at": NOON.isoformat()}
    status, text = ask(port, "POST", "/api/v1/check", body, town.tokens["R1"])
    assert (status, json.loads(text)["verdict"]) == (200, "grant")
    process.send_signal(signal.SIGTERM)
    assert process.wait(_STARTS_WITHIN_S) == 0
    report = audit.verify_chain(town.database)
    assert report.intact
    assert audit.seal(town.database, NOON) == 0, "the last records were sealed at the end"
    with town.database.reading() as session:
        visit = session.query(Visit).one()
    assert str(visit.id) == json.loads(text)["visit_id"]


def test_a_day_that_is_over_is_closed_once(town: Town) -> None:
    visitor = town.inside()
    moment: list[datetime] = [NOON]
    housekeeper = Housekeeper(town.database, lambda: moment[0])
    housekeeper._close_days()
    with town.database.reading() as session:
        assert session.get_one(Visit, visitor.visit_id).state is VisitState.INSIDE
    moment[0] = NOON + timedelta(days=1)
    housekeeper._close_days()
    with town.database.reading() as session:
        assert session.get_one(Visit, visitor.visit_id).state is VisitState.NOT_RETURNED


def test_housekeeping_that_fails_is_tried_again(
    town: Town, caplog: pytest.LogCaptureFixture
) -> None:
    housekeeper = Housekeeper(town.database, lambda: NOON)
    with town.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE audit_seal RENAME TO elsewhere")
    housekeeper._do(housekeeper._seal)
    assert "tried again" in caplog.text
    with town.database.writing() as session:
        session.connection().exec_driver_sql("ALTER TABLE elsewhere RENAME TO audit_seal")
    housekeeper.start()
    housekeeper.stop()
    assert audit.seal(town.database, NOON) == 0
