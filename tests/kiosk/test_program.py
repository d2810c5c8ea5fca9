"""The station as a program: it starts without a server, stops when told, and comes back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
import tomli_w

from demo.programs import answers, free_ports, wait_until
from gate.keys import new_signing_key
from kiosk import commands, screens
from kiosk.clock import Clock
from kiosk.config import KioskConfig, load
from kiosk.keys import BadKeyFile, load_slip_key, make_slip_key
from kiosk.pairing import PairingFailed, is_paired
from kiosk.program import running
from kiosk.store import copy
from kiosk.store.copy import CopyState
from tests.kiosk.house import NOWHERE, building, key_rows, row, ticket


def configured(folder: Path, port: int = 0) -> KioskConfig:
    """A station with simulated devices and a server that is away."""
    path = folder / "kiosk.toml"
    text = tomli_w.dumps(
        {
            "station": "K1",
            "role": "entrance",
            "production": False,
            "data_dir": "data",
            "token_file": "token",
            "slip_key_file": "slip.key",
            "server": {"url": NOWHERE},
            "screen": {"port": port},
            "devices": {
                "scanner": {"driver": "camera", "camera": {"driver": "simulator"}},
                "printer": {"driver": "simulator", "folder": str(folder / "slips")},
            },
        }
    )
    path.write_text(text, "utf-8")
    return load(path)


@pytest.fixture
def config(tmp_path: Path) -> KioskConfig:
    config = configured(tmp_path)
    make_slip_key(config.slip_key_file)
    return config


CLOCK = Clock(now=lambda: datetime.now(UTC))


def test_without_server_and_copy_the_screen_says_so_and_names_the_desk(
    config: KioskConfig,
) -> None:
    with running(config, CLOCK) as station:
        page = requests.get(station.url, timeout=5).text
        assert "Готуємося до роботи" in page
        assert "Сервісного центру" in page
        headers = {"X-Lystok-Token": station.token}
        state = requests.get(f"{station.url}state", headers=headers, timeout=5).json()
    assert state["copy"] is None
    assert not state["server"]["reachable"]


def test_a_station_that_comes_back_serves_from_its_copy(config: KioskConfig) -> None:
    with running(config, CLOCK) as station, station.database.write() as tx:
        now = CopyState(epoch="first", cursor=1, as_of=datetime.now(UTC), seen=0)
        house = building(opens_at=None, closes_at=None)
        copy.replace(tx, map(row, (house, ticket(), *key_rows())), now)
    with running(config, CLOCK) as station:
        assert isinstance(station.stage.shown.screen, screens.Start | screens.NotReady)
        assert "Покажіть квиток" in requests.get(station.url, timeout=5).text


def test_the_token_of_the_page_is_new_with_every_run_and_for_the_owner_alone(
    config: KioskConfig,
) -> None:
    tokens = []
    for _ in range(2):
        with running(config, CLOCK) as station:
            tokens.append(station.token)
            file = config.data_dir / "local-token"
            assert file.read_text("ascii") == station.token
            assert file.stat().st_mode & 0o777 == 0o600
    assert tokens[0] != tokens[1]


@pytest.fixture
def program(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """`lystok kiosk run` as a process of its own, and its page."""
    (port,) = free_ports(1)
    config = configured(tmp_path, port)
    make_slip_key(config.slip_key_file)
    command = [sys.executable, "-m", "lystok", "kiosk", "run"]
    process = subprocess.Popen(
        [*command, "--config", str(tmp_path / "kiosk.toml")],
        stdout=subprocess.DEVNULL,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
    )
    url = f"http://127.0.0.1:{port}/"
    assert wait_until(lambda: answers(url), 30)
    yield process, url
    process.kill()
    process.wait()


def test_the_program_ends_when_it_is_told_to_even_while_a_browser_looks(
    program: tuple[subprocess.Popen[bytes], str],
) -> None:
    process, url = program
    with requests.get(f"{url}stream", stream=True, timeout=10) as stream:
        next(stream.iter_content(64))
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


# --- Pairing and its files -------------------------------------------------------------------


def test_a_station_that_was_never_paired_says_what_to_do(tmp_path: Path) -> None:
    config = configured(tmp_path)
    lacks = commands.check_config(config)
    assert [line.partition(":")[0] for line in lacks] == ["token_file", "slip_key_file"]
    assert not is_paired(config)


def test_a_station_whose_key_is_broken_says_how_to_begin_anew(tmp_path: Path) -> None:
    config = configured(tmp_path)
    config.slip_key_file.write_text("nonsense")
    config.token_file.write_text("token")
    with pytest.raises(PairingFailed, match="lystok kiosk pair"):
        commands.run(config)


def test_a_station_that_lost_its_token_serves_from_its_copy(config: KioskConfig) -> None:
    assert not is_paired(config)
    with running(config, CLOCK):
        pass
    assert is_paired(config)


def test_a_key_is_never_replaced_unasked(config: KioskConfig) -> None:
    before = load_slip_key(config.slip_key_file)
    with pytest.raises(FileExistsError):
        make_slip_key(config.slip_key_file)
    assert load_slip_key(config.slip_key_file) == before


def test_a_file_that_holds_no_key_is_named(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("nonsense")
    with pytest.raises(BadKeyFile, match="key"):
        load_slip_key(file)
    file.write_text("00" * 32)
    assert load_slip_key(file) == new_signing_key(bytes(32))


def test_pairing_with_a_server_that_is_away_keeps_the_key_for_the_next_try(
    config: KioskConfig,
) -> None:
    before = config.slip_key_file.read_bytes()
    with pytest.raises(PairingFailed, match="does not answer"):
        commands.pair(config, "1234-5678")
    assert config.slip_key_file.read_bytes() == before
    assert not config.token_file.exists()
