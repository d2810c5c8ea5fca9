"""Compression both ways: what is folded is unfolded, and a bomb is none."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from backports import zstd
from flask.testing import FlaskClient

from gate.events import EventReceipts, Receipt, unpack
from tests.server.centre.test_api import Caller, make, problem
from tests.server.centre.town import Town, entry

pytestmark = pytest.mark.parametrize("town", ["sqlite"], indirect=True)
FOLD: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "zstd": zstd.compress}
UNFOLD: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.decompress, "zstd": zstd.decompress}


@pytest.fixture
def client(town: Town, tmp_path: Path) -> FlaskClient:
    return make(town, tmp_path).test_client()


def ask(town: Town, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {town.tokens['K1']}", **more}


@pytest.mark.parametrize("coding", FOLD)
def test_a_folded_batch_is_taken(client: FlaskClient, town: Town, coding: str) -> None:
    batch = json.dumps({"events": [entry("K1") for _ in range(20)]}).encode()
    headers = ask(town, **{"Content-Encoding": coding})
    answer = client.post("/api/v1/events", data=FOLD[coding](batch), headers=headers)
    receipts = EventReceipts.model_validate_json(answer.text).receipts
    assert [one.receipt for one in receipts] == [Receipt.STORED] * 20


@pytest.mark.parametrize(
    "wish, got",
    [("zstd, gzip", "zstd"), ("gzip", "gzip"), ("br", None), ("gzip;q=0, zstd;q=0", None)],
)
def test_an_answer_is_folded_as_the_caller_wishes(
    client: FlaskClient, town: Town, wish: str, got: str | None
) -> None:
    for _ in range(60):
        town.ticket()
    headers = ask(town, **{"Accept-Encoding": wish})
    for path in ("snapshot", "snapshot?tickets=apart", "tickets", "changes"):
        answer = client.get(f"/api/v1/{path}", headers=headers)
        assert answer.headers.get("Content-Encoding") == got
        assert "Accept-Encoding" in answer.headers["Vary"]
        body = UNFOLD[got](answer.data) if got else answer.data
        assert unpack(body).columns() if path == "tickets" else json.loads(body.splitlines()[0])


def test_what_is_small_is_not_folded(client: FlaskClient, town: Town) -> None:
    answer = client.get("/api/v1/keys", headers={"Accept-Encoding": "gzip"})
    small = client.post("/api/v1/events", data='{"events": []}', headers=ask(town))
    assert "Content-Encoding" not in small.headers
    assert small.headers["Accept-Encoding"] == "zstd, gzip"
    assert answer.status_code == 200


@pytest.mark.threat(7)
@pytest.mark.parametrize("coding", FOLD)
def test_a_bomb_and_a_broken_body_are_refused(client: FlaskClient, town: Town, coding: str) -> None:
    headers = ask(town, **{"Content-Encoding": coding})
    bomb = client.post("/api/v1/events", data=FOLD[coding](b" " * 50_000_000), headers=headers)
    assert problem(bomb)[0] == 413
    broken = client.post("/api/v1/events", data=b"no such thing", headers=headers)
    assert problem(broken)[0] == 400


def test_an_unknown_coding_is_named_as_such(client: FlaskClient, town: Town) -> None:
    headers = ask(town, **{"Content-Encoding": "br"})
    answer = client.post("/api/v1/events", data=b"x", headers=headers)
    assert problem(answer) == (415, "unsupported_media_type")
    assert answer.headers["Accept-Encoding"] == "zstd, gzip"


def test_without_a_token_nothing_is_unfolded(client: FlaskClient, town: Town) -> None:
    answer = Caller(client, "wrong").post("events", {})
    assert problem(answer)[0] == 401
