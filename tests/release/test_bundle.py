"""A bundle is used only as it was signed."""

from __future__ import annotations

import io
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from release import bundle
from release.bundle import BadBundle

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, str]:
    """The private key's file and the public key."""
    bundle.new_key(tmp_path / "release.key", tmp_path / "release.pub")
    return tmp_path / "release.key", (tmp_path / "release.pub").read_text("ascii")


@pytest.fixture
def signed(tmp_path: Path, keys: tuple[Path, str]) -> Path:
    source = tmp_path / "source"
    (source / "deploy").mkdir(parents=True)
    (source / "requirements").mkdir()
    (source / "deploy" / "install.sh").write_text("#!/bin/sh\n")
    (source / "requirements" / "kiosk.txt").write_text("flask==3\n")
    wheel = source / "lystok-9-py3-none-any.whl"
    wheel.write_bytes(b"a wheel")
    bundle.build(source, wheel, tmp_path / "lystok.bundle", key_file=keys[0], at=AT)
    return tmp_path / "lystok.bundle"


def altered(path: Path, name: str, data: bytes) -> Path:
    """The same bundle with one file replaced, or one more."""
    target = path.with_name("altered.bundle")
    with tarfile.open(path) as old, tarfile.open(target, "w:gz") as new:
        for entry in old:
            if entry.name != name:
                new.addfile(entry, old.extractfile(entry))
        entry = tarfile.TarInfo(name)
        entry.size = len(data)
        new.addfile(entry, io.BytesIO(data))
    return target


def test_a_signed_bundle_gives_the_parts_of_a_release(
    signed: Path, keys: tuple[Path, str], tmp_path: Path
) -> None:
    bundle.unpack(signed, tmp_path / "out", public_key=keys[1])
    parts = bundle.parts(tmp_path / "out", "kiosk")
    assert parts.wheel.read_bytes() == b"a wheel"
    assert parts.name.startswith("9-")
    assert (parts.deploy / "install.sh").stat().st_mode & 0o111
    with pytest.raises(BadBundle, match="server"):
        bundle.parts(tmp_path / "out", "server")


@pytest.mark.threat(20)
@pytest.mark.parametrize(
    "name", ["lystok-9-py3-none-any.whl", "requirements/kiosk.txt", "deploy/install.sh"]
)
def test_a_swapped_file_is_noticed(
    name: str, signed: Path, keys: tuple[Path, str], tmp_path: Path
) -> None:
    with pytest.raises(BadBundle, match="not the file that was signed"):
        bundle.unpack(altered(signed, name, b"other"), tmp_path / "out", public_key=keys[1])


@pytest.mark.threat(20)
def test_a_list_that_was_rewritten_is_noticed(
    signed: Path, keys: tuple[Path, str], tmp_path: Path
) -> None:
    with pytest.raises(BadBundle, match="not signed"):
        bundle.unpack(
            altered(signed, "manifest.json", b'{"files": {}}'), tmp_path / "out", public_key=keys[1]
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.threat(20)
def test_a_bundle_of_somebody_else_is_refused(signed: Path, tmp_path: Path) -> None:
    bundle.new_key(tmp_path / "other.key", tmp_path / "other.pub")
    with pytest.raises(BadBundle, match="not signed"):
        bundle.unpack(
            signed, tmp_path / "out", public_key=(tmp_path / "other.pub").read_text("ascii")
        )


def test_what_nobody_listed_is_left_where_it_is(
    signed: Path, keys: tuple[Path, str], tmp_path: Path
) -> None:
    bundle.unpack(altered(signed, "../evil", b"x"), tmp_path / "out", public_key=keys[1])
    assert not (tmp_path / "evil").exists()


def test_a_file_that_is_no_bundle_says_so(keys: tuple[Path, str], tmp_path: Path) -> None:
    (tmp_path / "noise").write_bytes(b"noise")
    with pytest.raises(BadBundle, match="can't be read"):
        bundle.unpack(tmp_path / "noise", tmp_path / "out", public_key=keys[1])


def test_a_key_is_never_replaced(keys: tuple[Path, str], tmp_path: Path) -> None:
    with pytest.raises(FileExistsError):
        bundle.new_key(keys[0], tmp_path / "release.pub")
    assert keys[0].stat().st_mode & 0o777 == 0o600
