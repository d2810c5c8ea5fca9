"""The server behind a TLS proxy: files that the proxies take, and callers told apart."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from server import authority, commands
from server.app import create_app
from server.config import load
from server.database import open_database

TLS = Path(__file__).parents[2] / "deploy" / "tls"


@pytest.fixture
def here(tmp_path: Path) -> Callable[[str], Path]:
    """A file of the proxies, with its certificate on this machine."""
    authority.keep(tmp_path / "tls", ["library.example"])

    def place(name: str) -> Path:
        text = (TLS / name).read_text("utf-8").replace("/etc/lystok/tls", str(tmp_path / "tls"))
        # A machine of the tests may know no IPv6.
        (tmp_path / name).write_text(re.sub(r"listen \[::\].*", "", text), "utf-8")
        return tmp_path / name

    return place


def said(*command: object) -> str:
    ended = subprocess.run(
        [str(word) for word in command], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.skipif(shutil.which("caddy") is None, reason="caddy is not installed")
def test_caddy_takes_its_file(here: Callable[[str], Path]) -> None:
    said("caddy", "validate", "--adapter", "caddyfile", "--config", here("Caddyfile"))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed")
def test_nginx_takes_its_file(here: Callable[[str], Path], tmp_path: Path) -> None:
    (tmp_path / "main.conf").write_text(
        f"events {{}}\npid {tmp_path}/pid;\nerror_log {tmp_path}/log;\n"
        f"http {{ access_log off; include {here('nginx.conf')}; }}\n"
    )
    said("nginx", "-t", "-c", tmp_path / "main.conf")


@pytest.mark.parametrize("name", ["Caddyfile", "nginx.conf"])
def test_figures_are_not_shown_to_the_world_and_stations_may_wait(name: str) -> None:
    text = (TLS / name).read_text("utf-8")
    assert "/metrics" in text
    assert "300s" in text


def statuses(folder: Path, proxies: int, callers: list[str]) -> list[int]:
    """What each caller hears who tries to pair with a wrong code, one after the other."""
    file = folder / "server.toml"
    file.write_text(f"[server]\nproxies = {proxies}\n", "utf-8")
    config = load(file)
    commands.init(config)
    body = {"code": "WRONG", "station": "K1", "slip_public_key": "0" * 64}
    with closing(open_database(config.database.url)) as database:
        client = create_app(config, database=database).test_client()
        return [
            client.post("/api/v1/pair", json=body, headers={"X-Forwarded-For": caller}).status_code
            for caller in callers
        ]


@pytest.mark.threat(18)
def test_behind_a_proxy_one_who_guesses_stops_nobody_else(tmp_path: Path) -> None:
    told = statuses(tmp_path, 1, ["203.0.113.1"] * 11 + ["203.0.113.2"])
    assert told == [403] * 10 + [429, 403]


@pytest.mark.threat(18)
def test_without_a_proxy_nobody_is_believed_who_they_are(tmp_path: Path) -> None:
    told = statuses(tmp_path, 0, [f"203.0.113.{number}" for number in range(11)])
    assert told == [403] * 10 + [429]


def test_behind_a_proxy_only_its_own_word_counts(tmp_path: Path) -> None:
    """Whoever writes an address into the header is still the one whom the proxy saw."""
    told = statuses(tmp_path, 1, [f"198.51.100.{number}, 203.0.113.1" for number in range(11)])
    assert told == [403] * 10 + [429]
