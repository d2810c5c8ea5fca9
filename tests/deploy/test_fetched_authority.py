"""What a new station takes over from the wire is what the shown fingerprint stands for."""

from __future__ import annotations

import re
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from server.authority import fingerprint, keep

SCRIPT = Path(__file__).parents[2] / "deploy" / "install.sh"
AT = datetime(2026, 1, 10, tzinfo=UTC)
NEARLY_OVER = timedelta(days=3650 - 400)


class Quiet(SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, *_: object) -> None:
        """Not even that."""


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/ca.pem"
        server.shutdown()
        thread.join()


def fetched(folder: Path, kept: Path) -> str:
    """What the installer's own words show, having kept the file."""
    (program,) = re.findall(r"fetch_ca\(\).*?<<'PY'\n(.*?)\nPY\n", SCRIPT.read_text(), re.DOTALL)
    with served(folder) as address:
        told = subprocess.run(
            [sys.executable, "-c", program, address, str(kept)],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    return told.stdout.strip()


def test_the_server_and_a_new_station_show_the_same_signs(tmp_path: Path) -> None:
    mine, kept = tmp_path / "mine", tmp_path / "kept.pem"
    keep(mine, ["library.example"], at=AT)
    assert fetched(mine, kept) == fingerprint(mine)
    keep(mine, ["library.example"], at=AT + NEARLY_OVER)
    assert fetched(mine, kept) == fingerprint(mine)
    assert len(ssl.create_default_context(cafile=str(kept)).get_ca_certs()) == 2, "a successor too"


@pytest.mark.threat(19)
@pytest.mark.parametrize("place", ["after", "before"])
def test_an_authority_that_somebody_adds_on_the_way_changes_the_signs(
    tmp_path: Path, place: str
) -> None:
    mine, other = tmp_path / "mine", tmp_path / "other"
    for folder in (mine, other):
        keep(folder, ["library.example"], at=AT)
    shown, file = fingerprint(mine), mine / "ca.pem"
    parts = [file.read_text(), (other / "ca.pem").read_text()]
    file.write_text("".join(parts if place == "after" else parts[::-1]))
    assert fetched(mine, tmp_path / "kept.pem") != shown


@pytest.mark.threat(19)
def test_words_around_the_certificate_are_not_kept(tmp_path: Path) -> None:
    mine, kept = tmp_path / "mine", tmp_path / "kept.pem"
    keep(mine, ["library.example"], at=AT)
    genuine = (mine / "ca.pem").read_text()
    (mine / "ca.pem").write_text(genuine + "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n")
    assert fetched(mine, kept) == fingerprint(mine)
    assert kept.read_text().strip() == genuine.strip()
