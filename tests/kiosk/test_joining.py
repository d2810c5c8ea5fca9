"""A station that nobody knows shows its code, is let in, and forgets all when it is shut out."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from waitress import wasyncore
from waitress.server import create_server

from kiosk import program, wiping
from kiosk.clock import Clock
from kiosk.config import KioskConfig
from kiosk.maintenance.last_run import End, Ending
from kiosk.pairing import is_paired, own_key, pair
from kiosk.program import running
from kiosk.sync.client import Revoked, ServerClient
from kiosk.wiping import is_to_be_believed, wipe
from server import sample
from server.app import create_app
from server.config import load
from server.database import Database, open_database
from server.services import stations
from tests.kiosk.test_with_server import configured, until

CLOCK = Clock(now=lambda: datetime.now(UTC))


@pytest.fixture(scope="module")
def centre(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int, Path]]:
    """A real server with a sample library: its database, port and folder."""
    folder = tmp_path_factory.mktemp("library") / "sample"
    sample.write_sample(folder, now=datetime.now(UTC))
    config = load(folder / "server.toml")
    with closing(open_database(config.database.url)) as database:
        sockets: dict[Any, Any] = {}
        app = create_app(config, database=database)
        server: Any = create_server(app, map=sockets, host="127.0.0.1", port=0, threads=8)
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        yield database, server.effective_port, folder
        server.task_dispatcher.shutdown(timeout=2)
        server.trigger.pull_trigger(lambda: wasyncore.close_all(sockets))
        thread.join(5)


@pytest.fixture
def config(centre: tuple[Database, int, Path], tmp_path: Path) -> KioskConfig:
    return configured(tmp_path, centre[1])


@pytest.mark.threat(17)
def test_a_stolen_station_learns_of_it_and_forgets_everything(
    config: KioskConfig, centre: tuple[Database, int, Path]
) -> None:
    codes = json.loads((centre[2] / "stations.json").read_text("utf-8"))
    pair(config, codes["K1"])
    token = config.token_file.read_text("ascii")
    end = End()
    with running(config, CLOCK, end) as station:
        until(lambda: station.stage.shown.screen.name != "not_ready")
        stations.revoke(centre[0], "K1", actor="staff:1", at=datetime.now(UTC))
        assert end.wait(30)
    assert end.ending is Ending.REVOKED
    client = ServerClient(config.server.url, token)
    with closing(client), pytest.raises(Revoked):
        client.changes(0, "", 0)
    (config.data_dir / "browser").mkdir()
    wipe(config)
    assert list(config.data_dir.iterdir()) == []
    assert not config.token_file.exists()
    assert not config.slip_key_file.exists()


@pytest.mark.threat(17)
def test_the_program_wipes_when_it_was_shut_out(
    config: KioskConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_key(config)
    config.token_file.write_text("a token")

    def shut_out(self: End, _timeout_s: float | None = None) -> bool:
        self.ending = Ending.REVOKED
        return True

    monkeypatch.setattr(End, "wait", shut_out)
    monkeypatch.setattr(signal, "signal", lambda *_: None)
    assert program.run(config) is Ending.REVOKED
    assert not is_paired(config)
    assert list(config.data_dir.iterdir()) == []


@pytest.mark.threat(17)
def test_a_wipe_that_was_cut_off_leaves_the_token_by_which_it_is_told_to_go_on(
    config: KioskConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_key(config)
    config.token_file.write_text("a token")
    config.data_dir.mkdir()
    for name in ("station-K1.sqlite", "clock"):
        (config.data_dir / name).write_text("somebody's")

    def cut(_path: Path) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(wiping, "_remove", cut)
        with pytest.raises(KeyboardInterrupt):
            wipe(config)
    assert is_paired(config), "the next start asks the server, and hears of it once more"
    wipe(config)
    assert not is_paired(config)
    assert list(config.data_dir.iterdir()) == []


@pytest.mark.threat(17)
@pytest.mark.parametrize(
    "url, believed",
    [
        ("https://library.example", True),
        ("http://127.0.0.1:8080", True),
        ("http://localhost:8080", True),
        ("http://library.example", False),
        ("http://192.0.2.1", False),
    ],
)
def test_whoever_does_not_prove_who_they_are_can_wipe_no_station(url: str, believed: bool) -> None:
    assert is_to_be_believed(url) is believed
