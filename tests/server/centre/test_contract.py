"""The API keeps to its own description, whatever is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, given, settings
from schemathesis import Case

from server.api import openapi
from server.api.operations import DESCRIPTION_PATH, OPERATIONS
from tests.server.centre.test_api import make
from tests.server.centre.town import Town

pytestmark = pytest.mark.parametrize("town", ["sqlite"], indirect=True)


@pytest.fixture
def contract(town: Town, tmp_path: Path) -> Any:
    """The description, as a stranger's tool reads it."""
    app: Flask = make(town, tmp_path, strange_codes_per_minute=10**9)
    return schemathesis.openapi.from_wsgi(DESCRIPTION_PATH, app)


@pytest.mark.parametrize("name", [operation.name for operation in OPERATIONS])
def test_answers_are_as_described(contract: Any, town: Town, name: str) -> None:
    # Asked past HTTP, nobody here would unfold an answer.
    headers = {
        "Authorization": f"Bearer {town.tokens['K1']}", "Accept-Encoding": "identity",
    }  # fmt: skip
    [operation] = [op for op in OPERATIONS if op.name == name]

    @given(case=contract[operation.path][operation.method].as_strategy())
    @settings(max_examples=12, suppress_health_check=list(HealthCheck))
    def ask(case: Case[Any]) -> None:
        case.call_and_validate(headers=headers)

    ask()


def test_every_operation_is_described_with_its_problems(town: Town) -> None:
    described = openapi.description()
    assert described["openapi"] == "3.1.0"
    for operation in OPERATIONS:
        about = described["paths"][operation.path][operation.method.lower()]
        assert "200" in about["responses"]
        assert ("401" in about["responses"]) is operation.token
        assert ("security" in about) is operation.token
