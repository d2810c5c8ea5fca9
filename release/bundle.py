"""A release as one signed file: wheel, locks, units, and a list of all with their hashes.

    lystok-0.2.0.bundle (a tar)
        manifest.json     made_at, and the SHA-256 of every other file
        manifest.sig      Ed25519 over the bytes of manifest.json
        lystok-0.2.0-py3-none-any.whl
        requirements/...  deploy/...  wheels/... (for machines without a way to an index)

Nothing of it is used before the signature was verified and every hash agreed.
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from release.place import Parts

MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
_MOST_BYTES: Final = 1024 * 1024 * 1024
_KEY_DIGITS: Final = 64


class BadBundle(ValueError):
    """The file is not a release that may be installed; the message says what is wrong."""


def build(source: Path, wheel: Path, target: Path, *, key_file: Path, at: datetime) -> None:
    """Write a signed bundle of the project at `source`."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see package
        Ed25519PrivateKey,
    )

    files = dict(_files(source, wheel))
    digests = {name: sha256(data).hexdigest() for name, data in sorted(files.items())}
    manifest = json.dumps({"made_at": at.isoformat(), "files": digests}, indent=1).encode()
    key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(key_file.read_text("ascii").strip()))
    files = {MANIFEST: manifest, SIGNATURE: key.sign(manifest), **files}
    with tarfile.open(target, "w:gz", compresslevel=6) as archive:
        for name, data in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            entry.mode = 0o755 if name.endswith(".sh") else 0o644
            archive.addfile(entry, io.BytesIO(data))


def unpack(path: Path, folder: Path, *, public_key: str) -> None:
    """Verify a bundle and lay its files into an empty folder. Raises BadBundle."""
    try:
        with tarfile.open(path, "r:gz") as archive:
            held = {entry.name: entry for entry in archive if entry.isfile()}
            if sum(entry.size for entry in held.values()) > _MOST_BYTES:
                raise BadBundle("it is too large to be a release")
            digests = _verified(archive, held, public_key)
            for name, digest in digests.items():
                data = _data(archive, held, name)
                if sha256(data).hexdigest() != digest:
                    raise BadBundle(f"{name} is not the file that was signed")
                target = folder / _inside(name)
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(data)
                target.chmod(held[name].mode & 0o755)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise BadBundle(f"{path.name} can't be read: {error}") from None


def parts(folder: Path, lock_name: str) -> Parts:
    """The parts of an unpacked bundle. Raises BadBundle."""
    wheels = sorted(folder.glob("lystok-*.whl"))
    lock = folder / "requirements" / f"{lock_name}.txt"
    if len(wheels) != 1 or not lock.is_file():
        raise BadBundle(f"{folder} holds no release for {lock_name}")
    return Parts(wheel=wheels[0], lock=lock, deploy=folder / "deploy")


def new_key(private: Path, public: Path) -> None:
    """Make the pair of keys that signs and verifies releases; a file that is there stays."""
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see package
        Ed25519PrivateKey,
    )

    key = Ed25519PrivateKey.generate()
    with private.open("x", encoding="ascii") as file:
        private.chmod(0o600)
        file.write(key.private_bytes_raw().hex() + "\n")
    public.write_text(key.public_key().public_bytes_raw().hex() + "\n", "ascii")


def _files(source: Path, wheel: Path) -> Iterator[tuple[str, bytes]]:
    yield wheel.name, wheel.read_bytes()
    for folder in ("deploy", "requirements", "wheels"):
        for path in sorted((source / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield str(path.relative_to(source)), path.read_bytes()


def _verified(
    archive: tarfile.TarFile, held: dict[str, tarfile.TarInfo], public_key: str
) -> dict[str, str]:
    from cryptography.exceptions import InvalidSignature  # noqa: PLC0415 - see package
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (  # noqa: PLC0415 - see package
        Ed25519PublicKey,
    )

    manifest = _data(archive, held, MANIFEST)
    if len(public_key.strip()) != _KEY_DIGITS:
        raise BadBundle("the key of releases is not 64 hexadecimal digits")
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public_key.strip()))
    try:
        key.verify(_data(archive, held, SIGNATURE), manifest)
    except InvalidSignature:
        raise BadBundle("it was not signed with the key that this machine trusts") from None
    files: dict[str, str] = json.loads(manifest)["files"]
    return files


def _data(archive: tarfile.TarFile, held: dict[str, tarfile.TarInfo], name: str) -> bytes:
    if name not in held:
        raise BadBundle(f"{name} is missing")
    file = archive.extractfile(held[name])
    return b"" if file is None else file.read()


def _inside(name: str) -> PurePosixPath:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts:
        raise BadBundle(f"{name} lies outside")
    return path
