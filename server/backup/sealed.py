"""Private keys in a backup: sealed with a passphrase that is kept elsewhere, or not in it at all.

AES-256-GCM (NIST SP 800-38D) under a key by scrypt (RFC 7914): who finds a backup without the
passphrase can't make tickets.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

_FORM: Final = b"lystok keys 1"
_SALT_BYTES: Final = 16
_NONCE_BYTES: Final = 12
_COST: Final = 2**15


class WrongPassphrase(ValueError):
    """The passphrase does not open these keys, or they were changed."""


def read_passphrase(path: Path) -> str:
    """The first line of the file that holds it. Raises OSError; ValueError where it is empty."""
    text = path.read_text("utf-8").strip()
    if not text:
        raise ValueError(f"{path} holds no passphrase")
    return text


def seal(files: Mapping[str, str], passphrase: str) -> bytes:
    """Lock small files away, by their names."""
    salt, nonce = os.urandom(_SALT_BYTES), os.urandom(_NONCE_BYTES)
    plain = json.dumps(dict(files)).encode()
    return salt + nonce + AESGCM(_key(passphrase, salt)).encrypt(nonce, plain, _FORM)


def unseal(sealed: bytes, passphrase: str) -> dict[str, str]:
    """The files that were locked away. Raises WrongPassphrase."""
    salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    try:
        plain = AESGCM(_key(passphrase, salt)).decrypt(
            nonce, sealed[_SALT_BYTES + _NONCE_BYTES :], _FORM
        )
    except (InvalidTag, ValueError):
        raise WrongPassphrase("the passphrase does not open the keys of this backup") from None
    files: dict[str, str] = json.loads(plain)
    return files


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, n=_COST, r=8, p=1).derive(passphrase.encode())
