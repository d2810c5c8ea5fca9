"""Stations that ask for the same changes at the same moment are told by one look."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gate.events import Changes, RowTable
from server.api import views
from server.api.readings import Readings
from server.models import Branch, StationRole
from server.services import changes, house_record
from tests.server.centre.test_api import Caller, make
from tests.server.centre.town import NOON, Town, join

NEWS = Changes(epoch="e1", as_of=NOON, cursor=7, rows=())


class Source:
    """Where changes are read; counts how often."""

    def __init__(self) -> None:
        self.times = 0

    def read(self) -> Changes:
        self.times += 1
        return NEWS


@pytest.fixture
def source() -> Source:
    return Source()


def readings(clock_s: Callable[[], float] = lambda: 0.0) -> Readings:
    return Readings(Changes.model_dump_json, clock_s)


def test_the_same_question_at_the_same_commit_is_read_once(source: Source) -> None:
    known = readings()
    told = [known.get((3, 0), source.read) for _ in range(20)]
    assert source.times == 1
    assert {one.text for one in told} == {NEWS.model_dump_json()}


def test_a_commit_another_cursor_or_a_moment_later_is_read_anew(source: Source) -> None:
    now_s = [0.0]
    known = readings(lambda: now_s[0])
    known.get((3, 0), source.read)
    known.get((4, 0), source.read)
    known.get((4, 9), source.read)
    now_s[0] = 0.2
    known.get((4, 9), source.read)
    assert source.times == 4


def test_a_look_that_failed_is_nobody_elses_answer(source: Source) -> None:
    def fails() -> Changes:
        raise OSError("the disk")

    known = readings()
    with pytest.raises(OSError, match="the disk"):
        known.get((3, 0), fails)
    assert known.get((3, 0), source.read).changes == NEWS


@pytest.fixture
def slow(town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A server whose moments last for seconds."""
    monkeypatch.setattr("server.api.readings._GOOD_S", 5.0)
    return make(town, tmp_path)


@pytest.mark.threat(4)
def test_all_who_wait_hear_of_one_change_by_one_look(
    slow: Flask, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting = [Caller(slow.test_client(), town.tokens["K1"]) for _ in range(8)]
    cursor = json.loads(waiting[0].get("snapshot").data.splitlines()[0])["cursor"]
    # That the station was heard of is written down once.
    waiting[0].get(f"changes?after={cursor}&epoch=e1")
    looks: list[Any] = []
    house = house_record.building_record

    def counted(*given: Any, **named: Any) -> Any:
        looks.append(given)
        return house(*given, **named)

    monkeypatch.setattr(house_record, "building_record", counted)
    path = f"changes?after={cursor}&epoch=e1&wait_s=30"
    with ThreadPoolExecutor(len(waiting)) as lines:
        asked = [lines.submit(one.get, path) for one in waiting]
        town.set(building_limit=77)
        told = [Changes.model_validate_json(one.result(timeout=20).text) for one in asked]
    assert [one.rows[0].value["limit"] for one in told if one.rows[0].value] == [77] * len(waiting)
    assert len(looks) == 1


def test_in_a_rush_what_comes_meanwhile_is_told_along(
    slow: Flask, town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    station = Caller(slow.test_client(), town.tokens["K1"])
    cursor = json.loads(station.get("snapshot").data.splitlines()[0])["cursor"]
    station.get(f"changes?after={cursor}&epoch=e1")
    others = iter([town.ticket()])

    def somebody_else_comes(_: float) -> None:
        with town.database.writing() as session:
            changes.note_ticket(session, *others)

    monkeypatch.setattr(views, "sleep", somebody_else_comes)
    town.set(building_limit=77)
    told = station.get(f"changes?after={cursor}&epoch=e1&wait_s=30")
    tables = {row.table for row in Changes.model_validate_json(told.text).rows}
    assert {RowTable.BUILDING, RowTable.TICKET} <= tables


def test_each_building_is_told_of_itself(slow: Flask, town: Town) -> None:
    with town.database.writing() as session:
        session.add(Branch(code="2", name="Філія", capacity=30))
    join(town, "B1", StationRole.BOTH, "2")
    here, there = (Caller(slow.test_client(), town.tokens[code]) for code in ("K1", "B1"))
    cursor = json.loads(here.get("snapshot").data.splitlines()[0])["cursor"]
    town.set(building_limit=77)
    path = f"changes?after={cursor}&epoch=e1"
    told = [Changes.model_validate_json(one.get(path).text).rows[0].value for one in (here, there)]
    assert [one and one["limit"] for one in told] == [77, 30]
