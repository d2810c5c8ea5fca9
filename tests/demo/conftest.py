"""A rehearsed stage and its bench."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, ConsoleMessage, Page
from werkzeug.test import TestResponse

from demo.bench import create_app
from demo.eyes import TOKEN
from demo.serving import claim, serving
from demo.watch import Watch
from server import sample
from tests.demo.rehearsal import Rehearsal, rehearsal

ORIGIN = "http://localhost"


@pytest.fixture(scope="session")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sample library; every stage works on a copy of its own."""
    folder = tmp_path_factory.mktemp("sample") / "library"
    sample.write_sample(folder, now=datetime.now(UTC))
    return folder


@pytest.fixture
def stage(written: Path, tmp_path: Path) -> Iterator[Rehearsal]:
    folder = shutil.copytree(written, tmp_path / "library")
    with rehearsal(folder) as rehearsed:
        yield rehearsed


@pytest.fixture
def client(stage: Rehearsal) -> Iterator[FlaskClient]:
    """Flask's own client, before the bench."""
    watch = Watch(stage.stage)
    yield create_app(stage.stage, watch).test_client()
    watch.close()


Post = Callable[..., TestResponse]


@pytest.fixture
def post(client: FlaskClient) -> Post:
    """Sends an act as the bench's page does: with its origin and its token."""
    token = TOKEN.search(client.get("/").text)
    assert token
    secret = token.group(1)

    def send(path: str, body: Any = None, origin: str | None = ORIGIN) -> TestResponse:
        sent: dict[str, Any] = {"data": body} if isinstance(body, bytes) else {"json": body}
        from_page = {} if origin is None else {"Origin": origin}
        return client.post(path, headers={"X-Lystok-Token": secret, **from_page}, **sent)

    return send


@pytest.fixture
def bench(stage: Rehearsal, context: BrowserContext, page: Page) -> Iterator[Page]:
    """The bench in a browser; a breach of its policy fails the test."""
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if _is_error(said) else None)
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    with serving(stage.stage, claim(0)) as address:
        page.goto(address)
        yield page
        page.goto("about:blank")
    assert not complaints, complaints


def _is_error(said: ConsoleMessage) -> bool:
    """A refused act is told too; it is no error of the page."""
    return said.type == "error" and not said.text.startswith("Failed to load resource")
