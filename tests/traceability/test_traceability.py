"""The lists of ids, and the counting of tests that name them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests import traceability

# Registered in the small runs below as they are in the big one.
CONFTEST = """
from tests.conftest import pytest_addoption, pytest_collection_modifyitems, pytest_configure
"""


def items_of(pytester: pytest.Pytester, source: str) -> list[pytest.Item]:
    pytester.makeconftest(CONFTEST)
    items, _ = pytester.inline_genitems(pytester.makepyfile(source))
    return items


@pytest.mark.parametrize(
    "name, rows", [("clauses", 82), ("scenarios", 49 + 10 + 14 + 21), ("faults", 35 + 24)]
)
def test_each_list_holds_every_id_once(name: str, rows: int) -> None:
    lines = (traceability.ROOM / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    assert len(traceability.read_ids(name)) == rows
    assert sum(1 for line in lines if not line.startswith("#")) == rows


@pytest.mark.parametrize("name", traceability.LISTS)
def test_each_id_has_words(name: str) -> None:
    assert all(traceability.read_ids(name).values())


def test_numbers_of_faults_and_attacks_have_their_letter() -> None:
    assert traceability.id_of("fault", 1) == "F01"
    assert traceability.id_of("threat", 24) == "T24"
    assert traceability.id_of("clause", "R3.1.5") == "R3.1.5"


def test_examples_of_one_test_count_once_and_each_test_counts(pytester: pytest.Pytester) -> None:
    items = items_of(
        pytester,
        """
        import pytest

        @pytest.mark.scenario("E01", "E02")
        @pytest.mark.parametrize("number", [1, 2, 3])
        def test_many(number): ...

        @pytest.mark.scenario("E01")
        def test_one(): ...
        """,
    )
    counts = traceability.count("scenarios", items)
    assert (counts["E01"], counts["E02"], counts["E03"]) == (2, 1, 0)


def test_a_single_example_can_name_its_own_id(pytester: pytest.Pytester) -> None:
    items = items_of(
        pytester,
        """
        import pytest

        @pytest.mark.parametrize(
            "number", [1, pytest.param(2, marks=pytest.mark.fault(12)), 3]
        )
        def test_many(number): ...
        """,
    )
    assert traceability.count("faults", items)["F12"] == 1


def test_a_report_has_a_line_an_id_and_a_sum() -> None:
    assert traceability.report({"E01": 2, "E02": 0}) == "E01\t2\nE02\t0\n1 of 2 have tests"


@pytest.mark.parametrize(
    "mark, complaint",
    [
        ("scenario('E99')", "no scenario E99 in tests/traceability"),
        ("scenario('E1')", "no scenario E1 in tests/traceability"),
        ("clause('E01')", "no clause E01 in tests/traceability"),
        ("fault(36)", "no fault F36 in tests/traceability"),
        ("fault('12')", "no fault F'12' in tests/traceability"),
        ("threat('F01')", "no threat T'F01' in tests/traceability"),
        ("clause()", "the mark clause names nothing"),
    ],
)
def test_a_mark_that_names_nothing_known_stops_the_run(
    pytester: pytest.Pytester, mark: str, complaint: str
) -> None:
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile(f"import pytest\n@pytest.mark.{mark}\ndef test_it(): ...")
    result = pytester.runpytest_inprocess("-p", "no:randomly")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{complaint}*"])


def test_an_unknown_list_is_refused_with_the_known_ones() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "tests.traceability", "dreams"],
        capture_output=True, text=True, check=False, cwd=traceability.ROOM.parents[1],
    )  # fmt: skip
    assert result.returncode == 2
    assert "clauses|scenarios|faults" in result.stderr


def test_the_tests_of_a_folder_are_counted(tmp_path: Path) -> None:
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_one.py").write_text(
        "import pytest\n@pytest.mark.scenario('E07')\ndef test_it(): ..."
    )
    result = subprocess.run(
        [sys.executable, "-m", "tests.traceability", "scenarios"],
        capture_output=True, text=True, check=True, cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(traceability.ROOM.parents[1])},
    )  # fmt: skip
    *rows, last = result.stdout.splitlines()
    ids = list(traceability.read_ids("scenarios"))
    assert rows == [f"{ident}\t{int(ident == 'E07')}" for ident in ids]
    assert last == f"1 of {len(ids)} have tests"
