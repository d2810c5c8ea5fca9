"""A run as a whole: counted, stopped, finished by a second one."""

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from server.models import ImportKind, ImportState
from server.services.imports import runs
from server.services.imports.runs import NotPossible
from server.services.imports.tables import NotReadable, Row
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited
from tests.server.imports.lists import PATRONS, csv_file, run_of, take_in, undo


def many(count: int) -> Iterator[Row]:
    for number in range(count):
        yield Row(number + 2, {"ticket_number": f"95{number:04}", "full_name": "Коваль Яна"})


def begin(library: Library, *, dry_run: bool = False) -> int:
    return runs.begin(
        library.database, ImportKind.PATRONS, "list", dry_run=dry_run, actor="staff:1", at=NOON
    )


def work(library: Library, run_id: int, rows: Iterator[Row]) -> None:
    runs.work(library.database, run_id, rows, clock=lambda: NOON, entropy=os.urandom)


class PowerCut(Exception):
    """The program is gone in the middle of a list."""


def cut_off(library: Library, count: int) -> int:
    """A run that breaks off after so many rows."""

    def rows() -> Iterator[Row]:
        yield from many(count)
        raise PowerCut

    run_id = begin(library)
    with pytest.raises(PowerCut):
        work(library, run_id, rows())
    return run_id


@pytest.mark.fault(22)
def test_what_a_broken_run_wrote_stands_and_a_second_one_finishes_it(desk: Library) -> None:
    run_id = cut_off(desk, 1200)
    assert run_of(desk.database, run_id).created == 1000
    rest = take_in(desk.database, ImportKind.PATRONS, many(1300))
    assert (rest.same, rest.created) == (1000, 300)


def test_a_run_that_somebody_stops_ends_with_its_batch(desk: Library) -> None:
    run_id = begin(desk)

    def stopped() -> Iterator[Row]:
        yield from many(500)
        runs.stop(desk.database, run_id, actor="staff:2", at=NOON)
        yield from many(1500)

    work(desk, run_id, stopped())
    run = run_of(desk.database, run_id)
    assert (run.state, run.rows_done) == (ImportState.STOPPED, 500)
    assert undo(desk.database, run).taken_back == 500


def test_of_a_stopped_check_nothing_is_left_that_could_be_taken_back(
    desk: Library, tmp_path: Path
) -> None:
    take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    run_id = begin(desk, dry_run=True)

    def stopped() -> Iterator[Row]:
        other = {"ticket_number": "900001", "surname": "Нечуй"}
        yield from (Row(n, other if n == 1 else {"ticket_number": str(n)}) for n in range(1, 501))
        with desk.database.reading() as session:
            assert len(runs.changes_of(session, run_id, 10)) == 1
        runs.stop(desk.database, run_id, actor="staff:2", at=NOON)
        yield Row(501, {})

    work(desk, run_id, stopped())
    with desk.database.reading() as session:
        assert runs.changes_of(session, run_id, 10) == []


def test_a_damaged_file_ends_a_run_and_what_was_read_stands(desk: Library) -> None:
    def damaged() -> Iterator[Row]:
        yield from many(500)
        raise NotReadable("row 502")

    run_id = begin(desk)
    with pytest.raises(NotReadable):
        work(desk, run_id, damaged())
    run = run_of(desk.database, run_id)
    assert (run.state, run.created) == (ImportState.STOPPED, 500)


def test_a_run_whose_program_is_gone_shows_as_stopped(desk: Library) -> None:
    begin(desk)
    with desk.database.reading() as session:
        (run,) = runs.recent(session, NOON + timedelta(minutes=6))
        assert run.state is ImportState.STOPPED


def test_what_a_lost_program_wrote_can_be_taken_back(desk: Library) -> None:
    run_id = cut_off(desk, 500)
    with pytest.raises(NotPossible):
        runs.begin_undo(desk.database, run_id, actor="staff:1", at=NOON)
    later = NOON + timedelta(minutes=6)
    runs.begin_undo(desk.database, run_id, actor="staff:1", at=later)
    runs.undo(desk.database, run_id, clock=lambda: later)
    assert run_of(desk.database, run_id).taken_back == 500


def test_only_what_was_written_can_be_undone_and_only_once(desk: Library, tmp_path: Path) -> None:
    path = csv_file(tmp_path, PATRONS)
    checked = take_in(desk.database, ImportKind.PATRONS, path, dry_run=True)
    with pytest.raises(NotPossible):
        undo(desk.database, checked)
    run = take_in(desk.database, ImportKind.PATRONS, path)
    undo(desk.database, run)
    with pytest.raises(NotPossible):
        undo(desk.database, run)
    with pytest.raises(LookupError):
        runs.begin_undo(desk.database, 999, actor="staff:1", at=NOON)


def test_every_step_of_a_run_stands_in_the_audit_log(desk: Library, tmp_path: Path) -> None:
    run = take_in(desk.database, ImportKind.PATRONS, csv_file(tmp_path, PATRONS))
    undo(desk.database, run)
    for action in ("import_began", "import_done", "import_undone"):
        (record,) = audited(desk, action)
        assert (record.actor, record.object_id) == ("staff:1", str(run.id))
