"""The steps that make a machine an appliance, on the root of another machine, and back."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "deploy" / "kiosk" / "appliance.sh"
CMDLINE = "console=serial0,115200 console=tty1 root=PARTUUID=1-02 rootfstype=ext4 fsck.repair=yes\n"
CONFIG = "arm_64bit=1\n[all]\ndtoverlay=vc4-kms-v3d\n"
FSTAB = """\
proc /proc proc defaults 0 0
PARTUUID=1-01 /boot/firmware vfat defaults 0 2
PARTUUID=1-02 / ext4 defaults,noatime 0 1
"""
Run = Callable[..., str]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What a card with Raspberry Pi OS holds, as far as it matters."""
    (tmp_path / "boot/firmware").mkdir(parents=True)
    (tmp_path / "boot/firmware/cmdline.txt").write_text(CMDLINE)
    (tmp_path / "boot/firmware/config.txt").write_text(CONFIG)
    (tmp_path / "etc").mkdir()
    (tmp_path / "etc/fstab").write_text(FSTAB)
    return tmp_path


@pytest.fixture
def run(root: Path) -> Run:
    def appliance(*words: str) -> str:
        ended = subprocess.run(
            [SCRIPT, "--root", root, *words], capture_output=True, text=True, check=True
        )
        return ended.stdout

    return appliance


def content(root: Path) -> dict[str, str]:
    return {
        str(path.relative_to(root)): path.read_text()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


@pytest.mark.parametrize(
    "there, back",
    [
        (["quiet"], ["loud"]),
        (["watchdog"], ["no-watchdog"]),
        (["readonly"], ["writable"]),
        (["touch", "DSI-1"], ["no-touch"]),
    ],
)
def test_a_step_is_taken_once_and_taken_back_without_a_trace(
    there: list[str], back: list[str], root: Path, run: Run
) -> None:
    before = content(root)
    run(*there)
    taken = content(root)
    assert taken != before
    run(*there)
    assert content(root) == taken, "again: nothing changes"
    run(*back)
    assert content(root) == before


def test_a_quiet_boot_says_nothing_and_keeps_what_the_kernel_must_know(
    root: Path, run: Run
) -> None:
    run("quiet")
    told = (root / "boot/firmware/cmdline.txt").read_text()
    assert told.startswith(CMDLINE.strip())
    assert told.count("\n") == 1
    assert {"quiet", "loglevel=3", "vt.global_cursor_default=0"} <= set(told.split())
    assert "disable_splash=1" in (root / "boot/firmware/config.txt").read_text()


def test_a_read_only_root_keeps_data_on_their_own_partition(root: Path, run: Run) -> None:
    run("readonly")
    rows = [
        line.split()
        for line in (root / "etc/fstab").read_text().splitlines()
        if line and line[0] != "#"
    ]
    mounts = {row[1]: row for row in rows}
    assert len(mounts) == len(rows), "nothing is mounted twice"
    assert mounts["/"][3].split(",")[0] == "ro"
    assert mounts["/data"][0] == "LABEL=lystok-data"
    assert mounts["/boot/firmware"][0] == "PARTUUID=1-01"
    for path in ("/var/lib/lystok", "/opt/lystok", "/etc/lystok", "/var/log/journal"):
        assert mounts[path][0] == f"/data{path}"
        assert (root / path[1:]).is_dir(), "there is something to mount upon"
    assert all(row[3].startswith("nosuid") for row in rows if row[0] == "tmpfs")


def test_what_holds_is_told(run: Run) -> None:
    assert set(run("state").split()) >= {"no"}
    for words in (["quiet"], ["watchdog"], ["readonly"], ["touch", "HDMI-A-1"]):
        run(*words)
    assert run("state").split() == [
        "quiet:", "yes", "watchdog:", "yes", "readonly:", "yes", "touch:", "HDMI-A-1",
    ]  # fmt: skip


def test_a_screen_of_another_name_is_refused(run: Run) -> None:
    with pytest.raises(subprocess.CalledProcessError):
        run("touch", 'x", RUN+="evil')
