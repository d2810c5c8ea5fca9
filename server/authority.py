"""The library's own certificate authority: for a server that the Internet does not reach.

    ca.pem        what stations and browsers are given, once
    ca.key        signs; readable by root alone
    server.pem    the server's certificate with what it comes from
    server.key    readable by the proxies that stand before the server

The authority lasts ten years, a certificate 13 months; it is renewed when its last month begins,
with a new key. An authority in its last two years gets a successor: `ca.pem` then holds both, and
certificates come from the new one once stations had a year to take it over.
"""

from __future__ import annotations

import grp
import hashlib
import os
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from server.config import ServerConfig

_AUTHORITY_FOR: Final = timedelta(days=3650)
_CERTIFICATE_FOR: Final = timedelta(days=397)
"""No browser takes longer ones."""
_RENEWED_BEFORE: Final = timedelta(days=30)
_SUCCESSOR_BEFORE: Final = timedelta(days=730)
_SIGNS_BEFORE: Final = timedelta(days=365)
_BEFORE: Final = timedelta(hours=1)
"""Clocks of stations may be a little behind."""
_FOR_PROXIES: Final = 0o640
_PROXIES: Final = ("caddy", "www-data")


def names_of(config: ServerConfig) -> list[str]:
    """The name under which the configuration says that the server is reached."""
    host = urlsplit(config.server.base_url).hostname
    return [host] if host else []


def names_for(folder: Path, config: ServerConfig) -> list[str]:
    """Those of the certificate that is there, and the one of the configuration."""
    shown = folder / "server.pem"
    there = _names_in(_certificates(shown)[0]) if shown.exists() else []
    return list(dict.fromkeys([*there, *names_of(config)]))


def fingerprint(folder: Path) -> str:
    """Twenty signs by which people tell the authority, as `deploy/install.sh kiosk` shows them.

    Of all certificates in the file, the successor's too: stations trust each of them.
    """
    told = b"".join(
        one.public_bytes(serialization.Encoding.DER) for one in _certificates(folder / "ca.pem")
    )
    signs = hashlib.sha256(told).hexdigest().upper()
    return "-".join(signs[at : at + 4] for at in range(0, 20, 4))


def keep(folder: Path, names: Sequence[str], *, at: datetime | None = None) -> str:
    """Have an authority and a certificate for these names that last; answers what was done.

    Raises ValueError without a name, OSError.
    """
    at = at or datetime.now(UTC)
    if not names:
        raise ValueError("under which name is the server reached? --name library.example")
    folder.mkdir(mode=0o755, parents=True, exist_ok=True)
    done = [*_keep_authority(folder, at), *_keep_certificate(folder, names, at)]
    return "\n".join(done) or "authority and certificate are good: nothing was changed"


def _keep_authority(folder: Path, at: datetime) -> list[str]:
    if not (folder / "ca.key").exists():
        key, made = _new_authority(at)
        _write(folder / "ca.key", _private(key), 0o600)
        _write(folder / "ca.pem", _pem(made), 0o644)
        return [f"authority: {folder / 'ca.pem'}, until {_day(made)}; give it to every station"]
    known = _certificates(folder / "ca.pem")
    if max(one.not_valid_after_utc for one in known) - at > _SUCCESSOR_BEFORE:
        return []
    key, made = _new_authority(at)
    _write(folder / "ca-next.key", _private(key), 0o600)
    kept = [one for one in known if one.not_valid_after_utc > at]
    _write(folder / "ca.pem", b"".join(map(_pem, [*kept, made])), 0o644)
    return [f"authority: a successor until {_day(made)}; give {folder / 'ca.pem'} to every station"]


def _keep_certificate(folder: Path, names: Sequence[str], at: datetime) -> list[str]:
    _hand_over(folder, at)
    if (folder / "server.pem").exists():
        shown = _certificates(folder / "server.pem")[0]
        lasts = shown.not_valid_after_utc - at > _RENEWED_BEFORE
        if lasts and set(_names_in(shown)) == set(names):
            return []
    key, authority = ec.generate_private_key(ec.SECP256R1()), _signing(folder)
    until = min(at + _CERTIFICATE_FOR, authority[1].not_valid_after_utc)
    made = (
        _builder(names[0], key, at, until)
        .issuer_name(authority[1].subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(list(map(_name, names))), critical=False)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority[0].public_key()),
            critical=False,
        )
        .sign(authority[0], hashes.SHA256())
    )
    # The key first: a proxy that begins in between finds a pair that does not fit, and says so.
    _write(folder / "server.key", _private(key), _FOR_PROXIES)
    _write(folder / "server.pem", _pem(made) + _pem(authority[1]), 0o644)
    return [f"certificate: {', '.join(names)}, until {_day(made)}"]


def _hand_over(folder: Path, at: datetime) -> None:
    """The successor signs in the last year of the one before it."""
    following = folder / "ca-next.key"
    if following.exists() and _signing(folder)[1].not_valid_after_utc - at < _SIGNS_BEFORE:
        following.replace(folder / "ca.key")


def _signing(folder: Path) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError(f"{folder / 'ca.key'} is not a key of ours")  # noqa: TRY004 - a file's fault
    mine = key.public_key()
    for one in _certificates(folder / "ca.pem"):
        if one.public_key() == mine:
            return key, one
    raise ValueError(f"{folder / 'ca.pem'} holds no certificate of {folder / 'ca.key'}")


def _new_authority(at: datetime) -> tuple[ec.EllipticCurvePrivateKey, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    title = f"Lystok {at:%Y}"
    made = (
        _builder(title, key, at, at + _AUTHORITY_FOR)
        .issuer_name(_titled(title))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(
            x509.KeyUsage(
                digital_signature=False, content_commitment=False, key_encipherment=False,
                data_encipherment=False, key_agreement=False, key_cert_sign=True, crl_sign=True,
                encipher_only=False, decipher_only=False,
            ),
            critical=True,
        )
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    return key, made


def _builder(
    title: str, key: ec.EllipticCurvePrivateKey, at: datetime, until: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_titled(title))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(at - _BEFORE)
        .not_valid_after(until)
    )


def _titled(title: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, title)])


def _name(name: str) -> x509.GeneralName:
    with suppress(ValueError):
        return x509.IPAddress(ip_address(name))
    return x509.DNSName(name)


def _names_in(shown: x509.Certificate) -> list[str]:
    found = shown.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return [str(name.value) for name in found]


def _certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


def _pem(made: x509.Certificate) -> bytes:
    return made.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )


def _day(made: x509.Certificate) -> str:
    return f"{made.not_valid_after_utc:%Y-%m-%d}"


def _write(path: Path, content: bytes, mode: int) -> None:
    """Replace a file whole; what proxies must read belongs to the group of one that is there."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    if mode == _FOR_PROXIES and os.geteuid() == 0:
        for group in _PROXIES:
            with suppress(KeyError):
                os.chown(fresh, 0, grp.getgrnam(group).gr_gid)
                break
    fresh.chmod(mode)
    fresh.replace(path)
