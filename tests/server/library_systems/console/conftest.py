"""The console of a small library whose loans another system keeps."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from server.console import register
from server.console.centre import Outside
from server.library_systems.link import Link
from server.library_systems.mirror import Terms
from server.library_systems.reconciliation import Reconciliation
from tests.server.console.desk import Clock
from tests.server.console.library import Library
from tests.server.library_systems.scripted import Scripted


@pytest.fixture
def system() -> Scripted:
    return Scripted()


@pytest.fixture
def link(system: Scripted, library: Library) -> Iterator[Link]:
    opened = Link(system, library.database, Terms(department="1"), deadline_s=5.0, at_once=2)
    yield opened
    opened.close()


@pytest.fixture
def app(library: Library, clock: Clock, link: Link) -> Flask:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    comparison = Reconciliation(link, library.database, clock)
    outside = Outside(link=link, comparison=comparison)
    register(app, library.database, clock=clock, outside=outside)
    return app
