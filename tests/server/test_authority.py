"""The library's own authority: what it signs is believed by stations, and renewed in time."""

from __future__ import annotations

import hashlib
import re
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509

from kiosk.sync.client import BadCertificate, ServerAway, ServerClient
from server.authority import fingerprint, keep, names_for
from server.config import ServerConfig

AT = datetime(2026, 11, 28, 12, tzinfo=UTC)
NAMES = ["127.0.0.1", "library.example"]
YEAR = timedelta(days=365)


def certificates(path: Path) -> list[x509.Certificate]:
    return x509.load_pem_x509_certificates(path.read_bytes())


class Deaf(BaseHTTPRequestHandler):
    """Answers that it has nothing, and says nothing."""

    def do_GET(self) -> None:
        self.server.asked += 1  # type: ignore[attr-defined]
        self.send_error(503)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, ThreadingHTTPServer]]:
    """A server that shows what lies in the folder."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Deaf)
    server.asked = 0  # type: ignore[attr-defined]
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "server.key")
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}", server
    server.shutdown()
    server.server_close()


@pytest.mark.threat(19)
def test_stations_believe_their_library_and_nobody_else(tmp_path: Path) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        keep(folder, NAMES)
    with served(mine) as (url, server):
        with pytest.raises(ServerAway, match="503"):
            ServerClient(url, "token", mine / "ca.pem").changes(0, "", 0)
        assert server.asked == 1  # type: ignore[attr-defined]
        with pytest.raises(BadCertificate):
            ServerClient(url, "token", other / "ca.pem").changes(0, "", 0)
        assert server.asked == 1, "no word was said to it"  # type: ignore[attr-defined]


def test_again_it_changes_nothing_until_the_last_month(tmp_path: Path) -> None:
    assert "until 2036-11-25" in keep(tmp_path, NAMES, at=AT)
    before = (tmp_path / "server.pem").read_bytes()
    assert "nothing was changed" in keep(tmp_path, NAMES, at=AT + timedelta(days=366))
    assert (tmp_path / "server.pem").read_bytes() == before
    assert keep(tmp_path, NAMES, at=AT + timedelta(days=368)).startswith("certificate: 127.0.0.1")
    assert (tmp_path / "server.pem").read_bytes() != before


def test_a_renewal_keeps_every_name_that_was_ever_given(tmp_path: Path) -> None:
    config = ServerConfig.model_validate({"server": {"base_url": "https://library.example"}})
    assert names_for(tmp_path, config) == ["library.example"]
    keep(tmp_path, NAMES, at=AT)
    assert names_for(tmp_path, config) == NAMES
    assert "nothing was changed" in keep(tmp_path, names_for(tmp_path, config), at=AT)


def test_people_tell_an_authority_by_twenty_signs(tmp_path: Path) -> None:
    keep(tmp_path / "mine", NAMES, at=AT)
    keep(tmp_path / "other", NAMES, at=AT)
    mine = fingerprint(tmp_path / "mine")
    assert re.fullmatch(r"([0-9A-F]{4}-){4}[0-9A-F]{4}", mine)
    assert mine != fingerprint(tmp_path / "other")
    der = ssl.PEM_cert_to_DER_cert((tmp_path / "mine" / "ca.pem").read_text())
    assert hashlib.sha256(der).hexdigest().upper().startswith(mine.replace("-", ""))


def test_another_name_makes_another_certificate(tmp_path: Path) -> None:
    keep(tmp_path, NAMES, at=AT)
    assert "certificate: new.example" in keep(tmp_path, ["new.example"], at=AT)


def test_without_a_name_it_asks_for_one(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--name"):
        keep(tmp_path, [], at=AT)


def test_keys_are_nobody_else_s(tmp_path: Path) -> None:
    keep(tmp_path, NAMES, at=AT)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    assert modes == {"ca.key": 0o600, "ca.pem": 0o644, "server.key": 0o640, "server.pem": 0o644}


def test_an_authority_is_followed_by_another_before_anybody_is_left_alone(tmp_path: Path) -> None:
    """Each year a station takes `ca.pem` over; at no time may it meet a stranger."""
    keep(tmp_path, NAMES, at=AT)
    trusted = certificates(tmp_path / "ca.pem")
    for year in range(25):
        at = AT + year * YEAR
        keep(tmp_path, NAMES, at=at)
        shown = certificates(tmp_path / "server.pem")[0]
        assert shown.not_valid_after_utc > at
        issuers = [one for one in trusted if one.subject == shown.issuer]
        assert issuers, f"year {year}: nobody that the station knows"
        shown.verify_directly_issued_by(issuers[0])
        trusted = certificates(tmp_path / "ca.pem")
