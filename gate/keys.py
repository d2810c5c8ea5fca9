"""Ed25519 keys of ticket and slip codes: made, kept in a ring, told to others as JWKs."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

_KEY_ID_BYTES: Final = 8
_KEY_BYTES: Final = 32


class KeyUse(StrEnum):
    """What a key may sign: tickets (the server's keys) or slips (a station's own)."""

    TICKET = "ticket"
    SLIP = "slip"


KID_SIGNS: Final = {KeyUse.TICKET: 2, KeyUse.SLIP: 11}


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """An Ed25519 public key with what it may be used for, and until when."""

    key_id: bytes
    """8 bytes; see `new_signing_key`."""
    raw: bytes
    """32 bytes."""
    use: KeyUse
    not_before: datetime
    station: str | None = None
    """The station that signs slips with it."""
    not_after: datetime | None = None
    """Retired then: signs no more, but what it signed stays good (E09)."""
    revoked_at: datetime | None = None
    """From then on its tickets are bad (E10), and so are the slips issued later."""

    def __post_init__(self) -> None:
        if len(self.key_id) != _KEY_ID_BYTES or len(self.raw) != _KEY_BYTES:
            raise ValueError("a key has an id of 8 bytes and 32 bytes of its own")

    @property
    def kid(self) -> str:
        """The key id as codes and JWK sets carry it."""
        return kid_of(self.key_id, self.use)

    def is_revoked(self, at: datetime) -> bool:
        """Whether the key was revoked by this instant."""
        return self.revoked_at is not None and self.revoked_at <= at


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """An Ed25519 private key: 32 bytes that are never shown."""

    key_id: bytes
    private: bytes = field(repr=False)

    @property
    def public_raw(self) -> bytes:
        """The public half, 32 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.private).public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        """The Ed25519 signature, 64 bytes."""
        return Ed25519PrivateKey.from_private_bytes(self.private).sign(message)

    def public(self, use: KeyUse, not_before: datetime, station: str | None = None) -> PublicKey:
        """The public half as others keep it."""
        return PublicKey(
            key_id=self.key_id,
            raw=self.public_raw,
            use=use,
            not_before=not_before,
            station=station,
        )


def new_signing_key(entropy: bytes) -> SigningKey:
    """Make a key of 32 random bytes; its id is how the SHA-256 of its public half begins.

    Raises ValueError with any other number of bytes.
    """
    if len(entropy) != _KEY_BYTES:
        raise ValueError("a key is made of 32 random bytes")
    raw = Ed25519PrivateKey.from_private_bytes(entropy).public_key().public_bytes_raw()
    return SigningKey(key_id=sha256(raw).digest()[:_KEY_ID_BYTES], private=entropy)


class KeyRing:
    """Public keys, ready to verify: made once, used for every code."""

    def __init__(self, keys: Iterable[PublicKey] = ()) -> None:
        self.keys: Final = tuple(keys)
        self._by_kid: dict[tuple[KeyUse, bytes], list[tuple[PublicKey, Ed25519PublicKey]]] = {}
        for key in self.keys:
            loaded = Ed25519PublicKey.from_public_bytes(key.raw)
            kid = (KeyUse(key.use), key.kid.encode("ascii"))
            self._by_kid.setdefault(kid, []).append((key, loaded))

    def signer(self, use: KeyUse, kid: bytes, signed: bytes, signature: bytes) -> PublicKey | None:
        """Find the key of this use that made the signature; None where none of ours did."""
        for key, loaded in self._by_kid.get((use, kid), ()):
            try:
                loaded.verify(signature, signed)
            except InvalidSignature:
                continue
            return key
        return None


def jwk_set(keys: Iterable[PublicKey]) -> dict[str, Any]:
    """Tell public keys as a JWK set (RFC 7517, RFC 8037), for anybody's COSE library."""
    return {
        "keys": [
            {
                "kty": "OKP",
                "crv": "Ed25519",
                "alg": "EdDSA",
                "use": "sig",
                "kid": key.kid,
                "x": _base64url(key.raw),
            }
            for key in keys
        ]
    }


def _base64url(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def kid_of(key_id: bytes, use: KeyUse) -> str:
    """How a key's id is written in the codes it signs and in its JWK."""
    return _base64url(key_id)[: KID_SIGNS[use]]
