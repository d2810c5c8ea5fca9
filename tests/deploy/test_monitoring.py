"""Every metric is documented, every rule and panel asks for one that there is."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from prometheus_client.parser import text_string_to_metric_families

from kiosk.keys import make_slip_key
from kiosk.program import running
from server import sample
from server.app import create_app
from server.backup import making
from server.config import load
from server.database import open_database
from server.models import Station
from tests.kiosk.test_program import CLOCK, configured

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "deploy" / "monitoring"
NAME = re.compile(r"\blystok_\w+")


@pytest.fixture(scope="module")
def of_server(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The figures of a server with a sample library, a station that told of itself, a backup."""
    folder = tmp_path_factory.mktemp("library") / "sample"
    sample.write_sample(folder, now=datetime.now(UTC))
    config = load(folder / "server.toml")
    making.make(config, at=datetime.now(UTC))
    with closing(open_database(config.database.url)) as database:
        with database.writing() as session:
            station = session.get_one(Station, "K1")
            station.last_seen_at = datetime.now(UTC)
            station.last_health = {
                "version": "9.9",
                "queue_length": 3,
                "devices": [
                    {"device": "printer", "state": "failed", "detail": "paper_out"},
                    {"device": "scanner", "state": "works", "detail": "fine"},
                ],
            }
        return str(create_app(config, database=database).test_client().get("/metrics").text)


@pytest.fixture(scope="module")
def of_station(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The figures of a station that runs."""
    config = configured(tmp_path_factory.mktemp("station"))
    make_slip_key(config.slip_key_file)
    with running(config, CLOCK) as station:
        return requests.get(f"{station.url}metrics", timeout=5).text


def names(figures: str) -> set[str]:
    return {family.name for family in text_string_to_metric_families(figures)}


def documented() -> set[str]:
    page = (ROOT / "docs" / "monitoring.md").read_text("utf-8")
    return set(re.findall(r"^\| `(lystok_\w+)", page, re.MULTILINE))


def test_every_metric_is_documented_and_every_documented_one_is_there(
    of_server: str, of_station: str
) -> None:
    shown = {name for name in names(of_server) | names(of_station) if name.startswith("lystok_")}
    # A station without a copy, heard by no server, has nothing to tell of these.
    unknown = {
        "lystok_kiosk_queue_age_seconds", "lystok_kiosk_copy_age_seconds",
        "lystok_kiosk_server_heard_timestamp_seconds",
        "lystok_kiosk_certificate_until_timestamp_seconds",
    }  # fmt: skip
    assert shown | unknown == documented()


def test_the_figures_are_right(of_server: str, of_station: str) -> None:
    assert 'lystok_station_queue_length{station="K1"} 3.0' in of_server
    assert 'lystok_station_device_works{device="printer",station="K1"} 0.0' in of_server
    assert 'lystok_station_device_works{device="scanner",station="K1"} 1.0' in of_server
    assert re.search(r'lystok_station_info\{role="\w+",station="K1",version="9.9"\} 1.0', of_server)
    assert "process_resident_memory_bytes" in of_server
    assert "lystok_kiosk_server_reachable 0.0" in of_station
    assert 'lystok_kiosk_device_works{device="scanner"} 1.0' in of_station


@pytest.mark.threat(21)
def test_no_figure_names_a_person(of_server: str, of_station: str) -> None:
    labels = set(re.findall(r"(\w+)=\"", of_server + of_station))
    assert labels == {"station", "role", "version", "device"}


def asked() -> Iterator[tuple[str, str]]:
    """Every question of rules and panels, with where it stands."""
    rules = (FOLDER / "alerts.yml").read_text("utf-8")
    yield from (("alerts.yml", found) for found in re.findall(r"expr: (.+)", rules))
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    for panel in board["panels"]:
        yield from ((panel["title"], target["expr"]) for target in panel["targets"])


@pytest.mark.parametrize("where, question", list(asked()))
def test_rules_and_panels_ask_for_figures_that_there_are(where: str, question: str) -> None:
    used = set(NAME.findall(question))
    assert used <= documented(), where
    assert used or "up{" in question or "process_" in question


def test_panels_lie_beside_each_other() -> None:
    board = json.loads((FOLDER / "dashboard.json").read_text("utf-8"))
    cells = [
        (x, y)
        for panel in board["panels"]
        for place in [panel["gridPos"]]
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    assert max(x for x, _ in cells) < 24


@pytest.mark.skipif(shutil.which("promtool") is None, reason="prometheus is not installed")
def test_prometheus_takes_the_rules() -> None:
    said = subprocess.run(
        ["promtool", "check", "rules", FOLDER / "alerts.yml"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert said.returncode == 0, said.stderr
