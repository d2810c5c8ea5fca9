"""The locked requirements: nothing unpinned, nothing swapped, nothing forgotten."""

import base64
import hashlib
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
LOCKS = ("build", "dev", "kiosk", "server")
# The options of deploy/setup.sh, and no way to any index.
PIP_INSTALL = [
    sys.executable, "-m", "pip", "--isolated", "--disable-pip-version-check", "install",
    "--no-deps", "--no-index", "--require-hashes",
]  # fmt: skip


def entries(lock: str) -> dict[str, str]:
    """Each locked requirement by its name: the whole entry, with its hashes."""
    text = (ROOT / "requirements" / f"{lock}.txt").read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ").splitlines()
    return {canonicalize_name(line.split("==")[0]): line for line in joined if line.strip()}


def versions(lock: str) -> dict[str, str]:
    return {name: line.split("==")[1].split()[0] for name, line in entries(lock).items()}


def wanted(*extras: str) -> set[str]:
    """Names of what pyproject.toml asks for, with the extras."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    groups = [project["dependencies"], *(project["optional-dependencies"][e] for e in extras)]
    return {canonicalize_name(Requirement(line).name) for group in groups for line in group}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_pinned_with_hashes(lock: str) -> None:
    for line in entries(lock).values():
        assert re.match(r"[a-z0-9._-]+==\S+ .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_requirements_and_nothing_else(lock: str) -> None:
    assert all(re.match(r"[a-z0-9]", name) for name in entries(lock))


@pytest.mark.parametrize(
    "lock, extras",
    [("server", ["server"]), ("kiosk", ["kiosk"]), ("dev", ["server", "kiosk", "dev"])],
)
def test_what_the_project_asks_for_is_locked(lock: str, extras: list[str]) -> None:
    assert wanted(*extras) <= entries(lock).keys()


@pytest.mark.parametrize("lock", ["kiosk", "server"])
def test_programs_run_with_the_versions_that_were_tested(lock: str) -> None:
    tested = versions("dev")
    assert versions(lock).items() <= tested.items()


def make_wheel(folder: Path, words: str) -> Path:
    """The smallest package that pip installs."""
    path = folder / "lystok_probe-1.0-py3-none-any.whl"
    info = "lystok_probe-1.0.dist-info"
    content = {
        "lystok_probe.py": words,
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: lystok-probe\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},{digest(text)},{len(text)}\n" for name, text in content.items())
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
        archive.writestr(f"{info}/RECORD", f"{record}{info}/RECORD,,\n")
    return path


def digest(text: str) -> str:
    raw = hashlib.sha256(text.encode()).digest()
    return f"sha256={base64.urlsafe_b64encode(raw).decode().rstrip('=')}"


def install(folder: Path) -> subprocess.CompletedProcess[str]:
    """Install what the folder's lock asks for, as the set-up does."""
    return subprocess.run(
        [*PIP_INSTALL, "--target", folder / "site", "--requirement", folder / "lock.txt"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.mark.threat(20)
def test_a_swapped_package_is_not_installed(tmp_path: Path) -> None:
    wheel = make_wheel(tmp_path, "honest = True")
    hashed = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (tmp_path / "lock.txt").write_text(f"lystok-probe @ {wheel.as_uri()} --hash=sha256:{hashed}\n")
    assert install(tmp_path).returncode == 0
    make_wheel(tmp_path, "honest = False")
    result = install(tmp_path)
    assert result.returncode != 0
    assert "DO NOT MATCH THE HASHES" in result.stderr


@pytest.mark.threat(20)
def test_the_set_up_installs_packages_by_their_hashes_alone() -> None:
    script = (ROOT / "deploy" / "setup.sh").read_text(encoding="utf-8")
    installs = [line for line in script.splitlines() if "pip_install --" in line]
    assert len(installs) == 3
    assert all("--require-hashes" in line or "--editable ." in line for line in installs)
    assert "--no-deps" in script
