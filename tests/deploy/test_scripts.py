"""The scripts of set-up say nothing that a shell could misunderstand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPTS = sorted(
    path
    for folder in ("deploy", "requirements", "tests/deploy")
    for path in (ROOT / folder).rglob("*.sh")
)


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_shellcheck_finds_nothing(script: Path) -> None:
    program = shutil.which("shellcheck")
    if program is None:
        pytest.fail("shellcheck is not installed: run `make setup`", pytrace=False)
    said = subprocess.run([program, script], capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stdout


def test_the_install_script_wants_to_know_what_it_installs() -> None:
    said = subprocess.run(
        [ROOT / "deploy" / "install.sh", "everything"], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "server|kiosk" in said.stderr
