"""What several tests of the centre need."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import render_template

from server.console import printing
from server.models import Role
from tests.server.console.desk import Desk


@pytest.fixture
def centre_desk(desk_of: Callable[[Role], Desk]) -> Desk:
    """The centre's consultant at the console."""
    return desk_of(Role.INFORMATION_CENTRE)


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is given to be set on paper."""
    papers: list[str] = []

    def keep(template: str, paper: object) -> bytes:
        papers.append(render_template(f"papers/{template}", paper=paper))
        return b"%PDF"

    monkeypatch.setattr(printing, "pdf", keep)
    return papers
