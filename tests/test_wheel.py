"""The built package: a station installed from it lacks nothing."""

import shutil
import subprocess
import sys
import zipfile

import pytest

from tests.test_house import ROOMS, ROOT, files


@pytest.fixture(scope="module")
def wheel_content(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Names of the files in a wheel, built from a copy so that nothing is left behind here."""
    source = tmp_path_factory.mktemp("source")
    for path in files():
        target = source / path.relative_to(ROOT)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
    (source / "demo-data").mkdir()
    (source / "demo-data" / "staff.txt").write_text("logins")
    subprocess.run(
        [sys.executable, "-m", "pip", "--isolated", "wheel", "--quiet", "--no-deps",
         "--no-build-isolation", "--no-index", "--wheel-dir", source / "wheel", source],
        check=True, capture_output=True,
    )  # fmt: skip
    (wheel,) = (source / "wheel").glob("*.whl")
    return set(zipfile.ZipFile(wheel).namelist())


def test_every_file_of_a_room_is_in_the_wheel(wheel_content: set[str]) -> None:
    here = {
        str(path.relative_to(ROOT)) for path in files() if path.relative_to(ROOT).parts[0] in ROOMS
    }
    of_developers = {name for name in here if name.endswith(("ruff.toml", ".md"))}
    assert here - of_developers <= wheel_content


def test_neither_tests_nor_what_a_demo_wrote_are_in_the_wheel(wheel_content: set[str]) -> None:
    tops = {name.split("/")[0] for name in wheel_content}
    assert {name for name in tops if not name.endswith(".dist-info")} == set(ROOMS)
