"""Passes for wallets, their signatures checked by openssl, which shares no code with them."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import zipfile
from base64 import urlsafe_b64decode
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from flask.testing import FlaskClient
from PIL import Image

from gate.codes import read_ticket
from server.config import WalletSection
from server.reader.wallets import KeyUnusable, Wallets
from server.services import keys
from tests.server.console.library import NOON, Library
from tests.server.reader.test_ticket_page import keep

EMAIL = "lystok@library.iam.example.com"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def pem(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def certify(
    name: str, key: rsa.RSAPrivateKey, by: tuple[x509.Name, rsa.RSAPrivateKey] | None
) -> x509.Certificate:
    """A certificate; of itself where nobody else signs it."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = by or (subject, key)
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject).issuer_name(issuer).public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(signer, hashes.SHA256())
    )  # fmt: skip


@pytest.fixture(scope="module")
def google_key() -> rsa.RSAPrivateKey:
    return new_key()


@pytest.fixture(scope="module")
def keys_of_library(
    tmp_path_factory: pytest.TempPathFactory, google_key: rsa.RSAPrivateKey
) -> WalletSection:
    folder = tmp_path_factory.mktemp("wallet")
    authority_key, pass_key = new_key(), new_key()
    authority = certify("Authority", authority_key, None)
    signer = certify("Pass of the library", pass_key, (authority.subject, authority_key))
    for name, data in {
        "pass.pem": signer.public_bytes(serialization.Encoding.PEM),
        "pass.key": pem(pass_key),
        "wwdr.pem": authority.public_bytes(serialization.Encoding.PEM),
        "google.json": json.dumps(
            {"client_email": EMAIL, "private_key": pem(google_key).decode()}
        ).encode(),
    }.items():
        (folder / name).write_bytes(data)
    return WalletSection(
        apple_certificate=folder / "pass.pem", apple_key=folder / "pass.key",
        apple_authority=folder / "wwdr.pem", apple_pass_type="pass.org.example.library",
        apple_team="ABCDE12345", google_account=folder / "google.json", google_issuer="3388000000",
    )  # fmt: skip


@pytest.fixture
def wallet(keys_of_library: WalletSection) -> WalletSection:
    return keys_of_library


def unpacked(phone: FlaskClient, kept: str) -> dict[str, bytes]:
    answer = phone.get(f"{kept}/lystok.pkpass")
    assert answer.mimetype == "application/vnd.apple.pkpass"
    with zipfile.ZipFile(io.BytesIO(answer.data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.clause("R2.3.1")
def test_openssl_finds_apple_s_pass_signed_by_the_library(
    phone: FlaskClient, link: str, tmp_path: Path, wallet: WalletSection
) -> None:
    files = unpacked(phone, keep(phone, link))
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    command = [
        "openssl", "cms", "-verify", "-inform", "DER", "-in", "signature", "-content",
        "manifest.json", "-CAfile", str(wallet.apple_authority), "-purpose", "any", "-binary",
    ]  # fmt: skip
    checked = subprocess.run(command, cwd=tmp_path, capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr
    assert checked.stdout == files["manifest.json"]
    (tmp_path / "manifest.json").write_bytes(files["manifest.json"].replace(b"a", b"b"))
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode != 0


def test_every_file_of_the_pass_stands_in_its_manifest(phone: FlaskClient, link: str) -> None:
    files = unpacked(phone, keep(phone, link))
    sums = json.loads(files["manifest.json"])
    inside = {
        name: data for name, data in files.items() if name not in {"manifest.json", "signature"}
    }
    assert {name: hashlib.new("sha1", data).hexdigest() for name, data in inside.items()} == sums  # noqa: S324
    assert Image.open(io.BytesIO(files["icon@2x.png"])).size == (58, 58)


def test_the_pass_opens_the_door_and_names_nobody_in_full(
    phone: FlaskClient, link: str, library: Library
) -> None:
    text = unpacked(phone, keep(phone, link))["pass.json"].decode()
    (code,) = json.loads(text)["barcodes"]
    with library.database.reading() as session:
        assert read_ticket(code["message"], keys.ring(session), NOON).claims is not None
    assert "Олена К." in text
    assert "Коваленко" not in text
    last_day_s_end = datetime.combine(date(2029, 1, 15), time.min, ZoneInfo("Europe/Kyiv"))
    assert datetime.fromisoformat(json.loads(text)["expirationDate"]) == last_day_s_end


@pytest.mark.clause("R2.3.1")
def test_google_s_link_is_signed_by_the_library_s_account(
    phone: FlaskClient, link: str, google_key: rsa.RSAPrivateKey, tmp_path: Path
) -> None:
    answer = phone.get(f"{keep(phone, link)}/google")
    assert answer.status_code == 303
    base, _, token = answer.headers["Location"].rpartition("/")
    assert base == "https://pay.google.com/gp/v/save"
    head, claims, signature = token.split(".")
    (tmp_path / "account.pem").write_bytes(
        google_key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    (tmp_path / "signature").write_bytes(plain(signature))
    assert openssl_finds_signed(tmp_path, f"{head}.{claims}")
    assert not openssl_finds_signed(tmp_path, f"{head}.x")
    told = json.loads(plain(claims))
    assert json.loads(plain(head)) == {"alg": "RS256", "typ": "JWT"}
    assert (told["iss"], told["aud"], told["typ"]) == (EMAIL, "google", "savetowallet")
    (thing,) = told["payload"]["genericObjects"]
    assert thing["id"] == "3388000000.000000000000"
    assert thing["barcode"]["value"].startswith("LT1:")
    assert "Коваленко" not in plain(claims).decode()


def openssl_finds_signed(folder: Path, said: str) -> bool:
    """RS256 as RFC 7518 has it: PKCS #1 v1.5 over SHA-256."""
    command = ["openssl", "dgst", "-sha256", "-verify", "account.pem", "-signature", "signature"]
    done = subprocess.run(
        command, cwd=folder, input=said.encode(), capture_output=True, check=False
    )
    return done.returncode == 0


def plain(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_half_a_configuration_and_a_broken_key_are_told_at_the_start(
    keys_of_library: WalletSection, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="all five"):
        WalletSection(apple_team="ABCDE12345")
    with pytest.raises(ValueError, match="google_issuer"):
        WalletSection(google_account=tmp_path / "x.json")
    (tmp_path / "broken.key").write_text("no key")
    for change in ({"apple_key": tmp_path / "broken.key"}, {"apple_certificate": tmp_path / "no"},
                   {"google_account": tmp_path / "broken.key"}):  # fmt: skip
        with pytest.raises(KeyUnusable):
            Wallets(keys_of_library.model_copy(update=change), lambda _side: b"")
