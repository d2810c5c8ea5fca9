"""The configuration of a station is checked whole, and every fault named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import tomli_w
from pydantic import ValidationError

from kiosk.config import Role, load

GOOD: dict[str, Any] = {
    "station": "K1",
    "role": "entrance",
    "production": False,
    "data_dir": "data",
    "token_file": "token",
    "slip_key_file": "/etc/lystok/slip.key",
    "server": {"url": "https://lystok.example", "ca_file": "ca.pem"},
    "devices": {
        "scanner": {"driver": "camera", "camera": {"driver": "simulator"}},
        "printer": {"driver": "network", "host": "127.0.0.1"},
    },
}


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "kiosk.toml"
    path.write_text(tomli_w.dumps(GOOD | changes), "utf-8")
    return path


def faults(folder: Path, **changes: Any) -> str:
    with pytest.raises(ValidationError) as raised:
        load(write(folder, **changes))
    return str(raised.value)


def test_paths_are_relative_to_the_file(tmp_path: Path) -> None:
    config = load(write(tmp_path))
    assert config.role is Role.ENTRANCE
    assert config.data_dir == tmp_path / "data"
    assert config.token_file == tmp_path / "token"
    assert config.slip_key_file == Path("/etc/lystok/slip.key")
    assert config.server.ca_file == tmp_path / "ca.pem"


def test_the_environment_overrides_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYSTOK_KIOSK_SERVER__URL", "http://127.0.0.1:8600")
    monkeypatch.setenv("LYSTOK_KIOSK_LANGUAGE", "en")
    config = load(write(tmp_path))
    assert config.server.url == "http://127.0.0.1:8600"
    assert config.server.ca_file is not None
    assert config.language == "en"


def test_all_faults_are_named_at_once(tmp_path: Path) -> None:
    told = faults(
        tmp_path,
        station="k",
        colour="red",
        server={"url": "lystok.example/api", "facts_deadline_ms": 1},
        devices={"scanner": {"driver": "camra"}, "printer": {"driver": "network", "prt": 1}},
    )
    for name in ("station", "colour", "server.url", "facts_deadline_ms", "devices.scanner"):
        assert name in told
    assert "did you mean 'camera'?" in told
    assert "prt" in told


def test_the_page_is_served_on_this_machine_alone(tmp_path: Path) -> None:
    assert "this machine alone" in faults(tmp_path, screen={"host": "0.0.0.0"})  # noqa: S104


def test_the_loopback_by_name_is_its_address(tmp_path: Path) -> None:
    assert load(write(tmp_path, screen={"host": "localhost"})).screen.host == "127.0.0.1"


def test_simulated_devices_in_production_must_be_wanted(tmp_path: Path) -> None:
    assert "simulated in production: scanner" in faults(tmp_path, production=True)
    wanted = load(write(tmp_path, production=True, allow_simulators=True))
    assert wanted.shows_simulated
    assert not load(write(tmp_path)).shows_simulated


def test_an_entrance_needs_a_printer_and_an_exit_does_not(tmp_path: Path) -> None:
    scanner = {"scanner": GOOD["devices"]["scanner"]}
    assert "devices.printer" in faults(tmp_path, devices=scanner)
    assert load(write(tmp_path, role="exit", devices=scanner)).devices.printer is None
