"""Ten documents at an issue desk by the scanner alone, in a real browser: the librarian's own pace.

A scanner types a code in some tens of milliseconds; what is measured is the time until the page
says that the document is issued and takes the next one. Nothing is clicked.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread
from time import perf_counter
from typing import Final

from flask import Flask
from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from bench.figure import Figure
from gate.events import uuid7
from gate.facts import DocumentClass, VisitState
from gate.slip_numbers import new_slip_number
from server.config import load
from server.console import register
from server.database import Database, open_database
from server.models import Document, Role, Staff, Ticket, Visit
from server.sample import write_sample
from server.services.passwords import hash_password
from tests.support.wedge import scan

_CHROMIUM: Final = "/usr/bin/chromium"
_ALONE: Final = ("--no-sandbox", "--disable-gpu", "--disable-background-networking")
_PASSWORD: Final = "довгий пароль працівника"  # noqa: S105 - of a library that lives for a minute
_BARCODES: Final = [f"990000000{n}" for n in range(10)]
_LIMIT_S: Final = 30


def figures(*, full: bool = False) -> Iterator[Figure]:
    """Seconds from the reader's slip to the tenth document issued, and for the same coming back."""
    del full
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="lystok-bench-")))
        sample = write_sample(folder, now=datetime.now(UTC), patrons=100)
        database = open_database(load(sample.config, {}).database.url)
        stack.callback(database.close)
        slip, room = _prepare(database)
        player = stack.enter_context(sync_playwright())
        chromium = player.chromium.launch(executable_path=_CHROMIUM, args=_ALONE)
        stack.callback(chromium.close)
        page = chromium.new_page()
        _go_to_desk(page, _serve(stack, database), room)
        yield Figure("desk ten issued", _scans(page, [slip, *_BARCODES]), "s", at_most=_LIMIT_S)
        page.keyboard.press("Escape")
        page.wait_for_selector(".desk-reader.is-empty")
        yield Figure("desk ten returned", _scans(page, _BARCODES), "s", at_most=_LIMIT_S)


def _prepare(database: Database) -> tuple[str, str]:
    """A reader inside, ten documents, somebody who works; answers the slip and the department."""
    now = datetime.now(UTC)
    with database.writing() as session:
        template = session.query(Document).first()
        ticket = session.query(Ticket).filter_by(state="active", kind="permanent").first()
        if template is None or ticket is None:
            raise RuntimeError("a sample without documents or tickets")
        room = template.department_code
        session.add_all(
            Document(
                inventory_number=f"B-{n}", barcode=barcode, title=f"Книга {n}",
                document_class=DocumentClass.ORDINARY, department_code=room,
            )
            for n, barcode in enumerate(_BARCODES)
        )  # fmt: skip
        slip = new_slip_number("ZZ", 1, os.urandom(4))
        session.add(
            Visit(
                id=uuid7(now, os.urandom(10)), ticket_id=ticket.id, state=VisitState.INSIDE,
                slip_number=slip, local_day=now.date(), opened_at=now, changed_at=now,
            )
        )  # fmt: skip
        session.add(
            Staff(
                login="bench", name="Марія Бондар", role=Role.DEPARTMENT, department_code=room,
                password_hash=hash_password(_PASSWORD), created_at=now,
            )
        )  # fmt: skip
    return slip, room


def _serve(stack: ExitStack, database: Database) -> str:
    app = Flask("bench")
    app.secret_key = os.urandom(16).hex()
    register(app, database)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    Thread(target=server.serve_forever, daemon=True).start()
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"


def _go_to_desk(page: Page, address: str, room: str) -> None:
    page.goto(f"{address}/sign-in")
    page.fill("#login", "bench")
    page.fill("#password", _PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    page.goto(f"{address}/desk")
    if page.locator(f"button[value='{room}']").count():
        page.click(f"button[value='{room}']")
    page.wait_for_selector(".desk")


def _scans(page: Page, codes: list[str]) -> float:
    """Scan one after the other, each as soon as the page has said what became of the last."""
    started_s = perf_counter()
    for code in codes:
        before = page.evaluate("document.querySelector('.act-last')?.innerText ?? ''")
        scan(page, code)
        page.wait_for_function(
            "before => (document.querySelector('.act-last')?.innerText ?? '') !== before",
            arg=before,
        )
        if page.locator(".act-last.act-refuse").count():
            raise RuntimeError(page.locator(".act-last").inner_text())
    return perf_counter() - started_s
