"""The newest seal of the audit log that a station heard of (threat 16)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from gate.events import AuditHead
from kiosk.store import audit_head
from tests.kiosk.house import House


def head(number: int, hash_: str = "aa", epoch: str = "e1") -> AuditHead:
    return AuditHead(epoch=epoch, number=number, hash=hash_)


@pytest.mark.threat(16)
@pytest.mark.parametrize(
    "heard, kept",
    [
        (head(8), head(8)),
        (head(6), head(7)),
        (head(7, "bb"), head(7)),
        (head(1, "cc", "e2"), head(1, "cc", "e2")),
        (None, head(7)),
    ],
)
def test_only_a_newer_seal_takes_the_place_of_one(
    build: Callable[..., House], heard: Any, kept: AuditHead
) -> None:
    house = build()
    with house.database.write() as tx:
        audit_head.note(tx, head(7))
        audit_head.note(tx, heard)
        assert audit_head.kept(tx) == kept
