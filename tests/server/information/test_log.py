"""The centre's log of any days: to check a report by, on screen and as a file (C3.1, C8.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from server.models import Role
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library


@pytest.mark.clause("C3.1", "C8.2")
def test_the_log_tells_topic_kind_minutes_staff_and_result_of_every_service(
    centre_desk: Desk, library: Library, clock: Clock, desk_of: Callable[[Role], Desk]
) -> None:
    centre_desk.scan(library.slip, "centre")
    centre_desk.post(
        "/centre/service", service="search", topic="social", minutes="25", outcome="referred"
    )  # fmt: skip
    clock.forward(timedelta(days=3))
    head = desk_of(Role.DIRECTOR)
    assert "Сьогодні ще нічого не записано" in head.get("/centre")
    page = head.get(f"/centre/log?first={NOON.date()}&last={NOON.date()}")
    for word in ("Пошук інформації", "соціальний захист", "25", "скерували далі", "Марія Бондар"):
        assert word in page
    assert library.slip in page
    assert "Коваленко" not in page, "no name stands in it"
    assert "нічого не записано" in head.get("/centre/log?first=2025-10-01&last=2025-10-31")


def test_the_log_is_a_file_and_what_was_struck_is_not_in_it(
    centre_desk: Desk, library: Library
) -> None:
    for minutes in ("5", "6"):
        centre_desk.post("/centre/service", service="advice", minutes=minutes)
    centre_desk.post("/centre/strike", kind="service", row="1")
    day = NOON.date()
    answer = centre_desk.client.get(f"/centre/log?first={day}&last={day}&format=csv")
    head, *lines = answer.data.decode("utf-8-sig").splitlines()
    assert head.split(";")[:5] == ["№", "Коли", "Послуга", "Тема", "Хвилин"]
    assert [line.split(";")[4] for line in lines] == ["6"]
    assert (
        centre_desk.client.get(f"/centre/log?first={day}&last={day}&format=xlsx").data[:2] == b"PK"
    )


@pytest.mark.clause("C2.2b")
def test_what_people_asked_for_has_its_log_too(centre_desk: Desk) -> None:
    centre_desk.post("/centre/demand", topic="state", asked="реєстр нерухомості", missing="1")
    page = centre_desk.get("/centre/log?of=demand")
    assert "реєстр нерухомості" in page
    assert "Бракувало" in page
