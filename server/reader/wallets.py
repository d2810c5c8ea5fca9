"""The ticket for the wallets of phones, signed with the library's own keys, where it has them.

Apple: a zip with `pass.json`, pictures, their SHA-1 sums, and a detached PKCS #7 signature of these
(Apple, Wallet Passes). Google: a signed JWT (RFC 7515, RS256) in a link. Neither holds more than
the page: first name and initial.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key, pkcs7

from server.config import WalletSection
from templates.tickets.tokens import look

DrawIcon = Callable[[int], bytes]
_ICONS = {"icon.png": 29, "icon@2x.png": 58, "icon@3x.png": 87}
_GOOGLE_SAVE = "https://pay.google.com/gp/v/save/"
_GOOGLE_CLASS = "lystok_ticket"


class KeyUnusable(ValueError):
    """A key or certificate of a wallet can't be used; says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletTicket:
    """What stands on a pass."""

    ticket_id: str
    number: str
    name: str
    code: str
    library: str
    title: str
    holder_label: str
    until_label: str
    ends_at: datetime
    """First instant at which it is good no more."""
    until: str
    """The last day in words."""
    language: str


@dataclass(frozen=True, slots=True)
class _Apple:
    certificate: x509.Certificate
    key: RSAPrivateKey
    authority: x509.Certificate
    pass_type: str
    team: str


@dataclass(frozen=True, slots=True)
class _Google:
    email: str
    key: RSAPrivateKey
    issuer: str


class Wallets:
    """Makes passes. Reading its keys raises KeyUnusable, so that a server tells it at its start."""

    def __init__(self, section: WalletSection, draw_icon: DrawIcon) -> None:
        self._draw_icon = draw_icon
        self._apple, self._google = read_keys(section)

    @property
    def has_apple(self) -> bool:
        """Whether passes for Apple Wallet can be made."""
        return self._apple is not None

    @property
    def has_google(self) -> bool:
        """Whether links for Google Wallet can be made."""
        return self._google is not None

    def apple_pass(self, ticket: WalletTicket) -> bytes | None:
        """A `.pkpass`; None without a certificate."""
        if self._apple is None:
            return None
        files = {name: self._draw_icon(side) for name, side in _ICONS.items()}
        files["pass.json"] = _json(_apple_fields(ticket, self._apple))
        sums = {name: hashlib.sha1(data).hexdigest() for name, data in files.items()}  # noqa: S324 - Apple's format
        files["manifest.json"] = _json(sums)
        files["signature"] = _sign(files["manifest.json"], self._apple)
        packed = BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
        return packed.getvalue()

    def google_link(self, ticket: WalletTicket, at: datetime) -> str | None:
        """An address that puts the ticket into Google Wallet; None without an account."""
        if self._google is None:
            return None
        claims = {
            "iss": self._google.email, "aud": "google", "typ": "savetowallet",
            "iat": int(at.timestamp()), "payload": _google_fields(ticket, self._google.issuer),
        }  # fmt: skip
        return _GOOGLE_SAVE + _jwt(claims, self._google.key)


def _apple_fields(ticket: WalletTicket, apple: _Apple) -> Mapping[str, Any]:
    colours = look().colours
    return {
        "formatVersion": 1,
        "passTypeIdentifier": apple.pass_type,
        "teamIdentifier": apple.team,
        "serialNumber": ticket.ticket_id,
        "organizationName": ticket.library,
        "description": ticket.title,
        "logoText": ticket.library,
        "expirationDate": ticket.ends_at.isoformat(),
        "sharingProhibited": True,
        "backgroundColor": _rgb(colours["field"]),
        "foregroundColor": _rgb(colours["on_field"]),
        "labelColor": _rgb(colours["on_field"]),
        "barcodes": [
            {
                "format": "PKBarcodeFormatQR", "message": ticket.code,
                "messageEncoding": "iso-8859-1", "altText": ticket.number,
            }
        ],
        "generic": {
            "primaryFields": [
                {"key": "holder", "label": ticket.holder_label, "value": ticket.name}
            ],
            "secondaryFields": [
                {"key": "number", "label": "№", "value": ticket.number},
                {"key": "until", "label": ticket.until_label, "value": ticket.until},
            ],
        },
    }  # fmt: skip


def _google_fields(ticket: WalletTicket, issuer: str) -> Mapping[str, Any]:
    def said(value: str) -> Mapping[str, Any]:
        return {"defaultValue": {"language": ticket.language, "value": value}}

    class_id = f"{issuer}.{_GOOGLE_CLASS}"
    return {
        "genericClasses": [{"id": class_id}],
        "genericObjects": [
            {
                "id": f"{issuer}.{ticket.ticket_id}",
                "classId": class_id,
                "state": "ACTIVE",
                "cardTitle": said(ticket.library),
                "subheader": said(ticket.holder_label),
                "header": said(ticket.name),
                "hexBackgroundColor": look().colours["field"],
                "barcode": {
                    "type": "QR_CODE", "value": ticket.code, "alternateText": ticket.number,
                },
                "validTimeInterval": {"end": {"date": ticket.ends_at.isoformat()}},
                "textModulesData": [
                    {"id": "number", "header": "№", "body": ticket.number},
                    {"id": "until", "header": ticket.until_label, "body": ticket.until},
                ],
            }
        ],
    }  # fmt: skip


def _sign(manifest: bytes, apple: _Apple) -> bytes:
    return (
        pkcs7.PKCS7SignatureBuilder()
        .set_data(manifest)
        .add_signer(apple.certificate, apple.key, hashes.SHA256())
        .add_certificate(apple.authority)
        .sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature, pkcs7.PKCS7Options.Binary])
    )


def _jwt(claims: Mapping[str, Any], key: RSAPrivateKey) -> str:
    head = _text64(_json({"alg": "RS256", "typ": "JWT"}))
    signed = f"{head}.{_text64(_json(claims))}"
    signature = key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signed}.{_text64(signature)}"


def _text64(data: bytes) -> str:
    return urlsafe_b64encode(data).decode().rstrip("=")


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _rgb(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour.removeprefix("#"))
    return f"rgb({red}, {green}, {blue})"


# --- The keys --------------------------------------------------------------------------------


def read_keys(section: WalletSection) -> tuple[_Apple | None, _Google | None]:
    """The keys of either wallet, where they are configured. Raises KeyUnusable."""
    return (
        _read_apple(section) if section.apple_certificate else None,
        _read_google(section) if section.google_account else None,
    )


def _read_apple(section: WalletSection) -> _Apple:
    return _Apple(
        certificate=_certificate(section.apple_certificate),
        key=_key(_bytes(section.apple_key), "apple_key"),
        authority=_certificate(section.apple_authority),
        pass_type=section.apple_pass_type,
        team=section.apple_team,
    )


def _read_google(section: WalletSection) -> _Google:
    text = _bytes(section.google_account)
    try:
        account = json.loads(text)
        email, key = str(account["client_email"]), str(account["private_key"])
    except (ValueError, KeyError, TypeError):
        raise KeyUnusable("google_account is no file of a service account") from None
    return _Google(email, _key(key.encode(), "google_account"), section.google_issuer)


def _bytes(path: Path | None) -> bytes:
    try:
        return b"" if path is None else path.read_bytes()
    except OSError as error:
        raise KeyUnusable(f"{path}: {error.strerror}") from None


def _certificate(path: Path | None) -> x509.Certificate:
    pem = _bytes(path)
    try:
        return x509.load_pem_x509_certificate(pem)
    except ValueError:
        raise KeyUnusable(f"{path} is no certificate in PEM") from None


def _key(pem: bytes, name: str) -> RSAPrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError):
        raise KeyUnusable(f"{name} is no private key in PEM without a password") from None
    if not isinstance(key, RSAPrivateKey):
        raise KeyUnusable(f"{name} is no RSA key")
    return key
