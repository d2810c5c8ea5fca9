"""Authorities and certificates of a moment, for TLS on the loopback."""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True)
class Authority:
    """A private CA whose file a station trusts."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate
    file: Path

    def server(self, lasts: timedelta) -> ssl.SSLContext:
        """What a server of the loopback answers with; a negative time ended already."""
        key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.now(UTC)
        shown = (
            _builder("localhost", key, now - timedelta(days=100), now + lasts)
            .issuer_name(self.certificate.subject)
            .add_extension(
                x509.SubjectAlternativeName([x509.IPAddress(ip_address(_LOOPBACK))]), critical=False
            )
            .sign(self.key, hashes.SHA256())
        )
        chain = self.file.with_name(f"server-{shown.serial_number}.pem")
        chain.write_bytes(_pem(key) + shown.public_bytes(serialization.Encoding.PEM))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        return context


def authority(folder: Path, name: str = "ca", lasts: timedelta = timedelta(days=3650)) -> Authority:
    """A new CA."""
    key = ec.generate_private_key(ec.SECP256R1())
    now = datetime.now(UTC)
    certificate = (
        _builder(f"CA {name}", key, now - timedelta(days=200), now + lasts)
        .issuer_name(_named(f"CA {name}"))
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / f"{name}.pem"
    file.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    return Authority(key, certificate, file)


def _builder(
    name: str, key: ec.EllipticCurvePrivateKey, begins: datetime, ends: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
