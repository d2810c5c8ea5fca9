"""The units are what systemd understands, give away little, and start what there is."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import lystok

ROOT = Path(__file__).parents[2]
UNITS = ROOT / "deploy" / "systemd"
SERVICES = sorted(path.name for path in UNITS.glob("*.service"))
MOST_EXPOSED = 2.0
SESSION = "lystok-session.service"
"""A browser needs what the others do without; its figure is told, not bounded."""


@pytest.fixture(scope="module")
def analyze() -> str:
    """Systemd's own judge."""
    program = shutil.which("systemd-analyze")
    if program is None:
        pytest.fail("systemd-analyze is not installed: run `make setup`", pytrace=False)
    return program


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The units as on a machine where every program is."""
    folder = tmp_path_factory.mktemp("units")
    program = re.compile(r"^(Exec\w+=[-+!]*)\S+", re.MULTILINE)
    for path in UNITS.iterdir():
        text = program.sub(r"\1/bin/true", path.read_text("utf-8"))
        (folder / path.name).write_text(text, "utf-8")
    return folder


def exposure(analyze: str, unit: Path) -> float:
    """How much of the machine a unit could reach, 0 to 10, by `systemd-analyze security`."""
    said = subprocess.run(
        [analyze, "security", "--offline=true", "--no-pager", unit],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    found = re.search(r"exposure level for \S+: ([\d.]+)", said.stdout)
    assert found, said.stdout + said.stderr
    return float(found[1])


@pytest.mark.parametrize("name", sorted(path.name for path in UNITS.iterdir()))
def test_systemd_finds_nothing_to_say_about_a_unit(
    name: str, analyze: str, installed: Path
) -> None:
    said = subprocess.run(
        [analyze, "verify", "--man=no", installed / name],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (said.returncode, said.stdout + said.stderr) == (0, "")


@pytest.mark.parametrize("name", ["server", "sip2", "backup", "kiosk", "lane"])
def test_a_service_reaches_little_of_its_machine(name: str, analyze: str) -> None:
    assert exposure(analyze, UNITS / f"lystok-{name}.service") <= MOST_EXPOSED


def test_the_figure_of_the_browser_is_the_one_that_is_told(analyze: str) -> None:
    told = re.search(r"lystok-session` \| ([\d.]+) \|", (ROOT / "docs/services.md").read_text())
    assert told
    assert float(told[1]) == exposure(analyze, UNITS / SESSION)


def commands() -> list[tuple[str, list[str]]]:
    """Every `lystok` command line in the units."""
    return [
        (path.name, found[1].split())
        for path in UNITS.glob("*.service")
        for found in re.finditer(r"/bin/lystok (.+)$", path.read_text("utf-8"), re.MULTILINE)
    ]


@pytest.mark.parametrize("unit, words", commands())
def test_a_unit_starts_a_command_that_there_is(unit: str, words: list[str]) -> None:
    assert (
        lystok.build_parser().parse_args([word.replace("%i", "kiosk") for word in words]).command
    ), unit


@pytest.mark.parametrize("name", ["lystok-kiosk.service", "lystok-lane.service"])
def test_a_station_gets_its_devices_and_no_others(name: str) -> None:
    unit = (UNITS / name).read_text("utf-8")
    assert "DevicePolicy=closed" in unit
    assert "User=lystok\n" in unit
    assert "/dev/mem" not in unit


@pytest.mark.parametrize("name", SERVICES)
def test_what_runs_for_ever_is_begun_anew_for_ever(name: str) -> None:
    unit = (UNITS / name).read_text("utf-8")
    if "Type=oneshot" in unit:
        assert "Restart=" not in unit
    else:
        assert "Restart=always" in unit
        assert "StartLimitIntervalSec=0" in unit
