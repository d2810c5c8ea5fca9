"""Stations of the last release work with the server of this one."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from server.api import openapi
from tests.release.contract import FOLDER, faults

KEPT = sorted(FOLDER.glob("*.json"))


@pytest.mark.fault(34)
@pytest.mark.parametrize("kept", KEPT, ids=lambda path: path.stem)
def test_a_station_of_an_older_release_finds_everything_that_it_needs(kept: Any) -> None:
    assert faults(json.loads(kept.read_text("utf-8")), openapi.description()) == []


def drop_operation(api: dict[str, Any]) -> None:
    del api["paths"]["/api/v1/events"]


def demand_more(api: dict[str, Any]) -> None:
    api["components"]["schemas"]["PairQuery"]["required"].append("mood")


def answer_less(api: dict[str, Any]) -> None:
    api["components"]["schemas"]["PairAnswer"]["required"].remove("token")


@pytest.mark.parametrize(
    "spoil, found",
    [
        (drop_operation, "post /api/v1/events is gone"),
        (demand_more, "PairQuery.mood is required and was never sent"),
        (answer_less, "PairAnswer.token is needed and no longer answered"),
    ],
)
def test_what_would_break_an_older_station_is_named(
    spoil: Callable[[dict[str, Any]], None], found: str
) -> None:
    now = deepcopy(openapi.description())
    spoil(now)
    assert found in faults(openapi.description(), now)


def test_there_is_a_release_to_compare_with() -> None:
    assert KEPT
