"""`lystok server backup` and `restore`, through the front door."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

import lystok
from server.config import load
from server.database import open_database
from server.services import settings


def run(capsys: pytest.CaptureFixture[str], config: Path, *words: object) -> tuple[int, str, str]:
    status = lystok.main(["--config", str(config), "server", *map(str, words)])
    told = capsys.readouterr()
    return status, told.out.strip(), told.err.strip()


@pytest.fixture
def config(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A server that was begun, on a port of its own."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    file = tmp_path / "server.toml"
    file.write_text(f"[server]\nport = {port}\n")
    assert run(capsys, file, "init")[0] == 0
    return file


def test_a_drill_from_backup_to_restore(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, config, "backup")
    assert status == 0
    assert "the private keys are not in it" in out
    assert "can be restored" in run(capsys, config, "backup", "--verify")[1]
    assert "without keys" in run(capsys, config, "backup", "--list")[1]
    status, _, err = run(capsys, config, "restore")
    assert status == 1
    assert "--replace" in err
    status, out, _ = run(capsys, config, "restore", "--replace")
    assert status == 0
    assert "its epoch is new" in out


def test_a_restore_is_refused_while_the_server_runs(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(capsys, config, "backup")
    before = _epoch(config)
    with socket.create_server(("127.0.0.1", load(config).server.port)):
        status, _, err = run(capsys, config, "restore", "--replace")
    assert status == 1
    assert "stop the server first" in err
    assert _epoch(config) == before


def test_without_any_backup_the_way_to_one_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (("restore", "--replace"), ("backup", "--verify")):
        status, _, err = run(capsys, config, *words)
        assert status == 1
        assert "lystok server backup" in err
    assert "no backup in" in run(capsys, config, "backup", "--list")[1]


def test_a_folder_that_is_no_backup_is_named(
    config: Path, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, _, err = run(capsys, config, "backup", "--verify", tmp_path)
    assert status == 1
    assert str(tmp_path) in err


def _epoch(config: Path) -> str:
    database = open_database(load(config).database.url)
    try:
        with database.reading() as session:
            return settings.read(session).epoch
    finally:
        database.close()
