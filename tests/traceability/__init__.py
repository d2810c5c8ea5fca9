"""Which test shows which clause, scenario, fault or attack.

A test names what it shows by a mark: `clause("R3.1.5")`, `scenario("E07")`, `fault(12)`,
`threat(7)`. The ids stand in the text files beside this one, a line each: id, tab, words.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

LISTS = ("clauses", "scenarios", "faults")
ROOM = Path(__file__).parent

_LIST_OF_MARK = {
    "clause": "clauses",
    "scenario": "scenarios",
    "fault": "faults",
    "threat": "faults",
}
_LETTER_OF_MARK = {"fault": "F", "threat": "T"}


def read_ids(name: str) -> dict[str, str]:
    """Ids of the list `name` with their words, in the order of the file."""
    lines = (ROOM / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if line and not line.startswith("#"))
    return {ident: words for ident, _, words in rows}


def id_of(mark: str, argument: object) -> str:
    """The id that an argument of a mark stands for: `fault(1)` is F01, `clause("R1.2")` R1.2."""
    letter = _LETTER_OF_MARK.get(mark)
    if letter is None:
        return str(argument)
    return f"{letter}{argument:02d}" if isinstance(argument, int) else f"{letter}{argument!r}"


def marks_of(item: pytest.Item) -> Iterator[tuple[str, str]]:
    """Each (mark, id) that a test names; none where it has no such marks."""
    for mark in item.iter_markers():
        if mark.name in _LIST_OF_MARK:
            for argument in mark.args:
                yield mark.name, id_of(mark.name, argument)


def faulty_marks(items: Iterable[pytest.Item]) -> list[str]:
    """A sentence for each mark that names nothing, or something that is in no list."""
    known = {mark: read_ids(name) for mark, name in _LIST_OF_MARK.items()}
    faults = set()
    for item in items:
        faults |= {
            f"{item.nodeid}: no {mark} {ident} in tests/traceability"
            for mark, ident in marks_of(item)
            if ident not in known[mark]
        }
        faults |= {
            f"{item.nodeid}: the mark {mark.name} names nothing"
            for mark in item.iter_markers()
            if mark.name in _LIST_OF_MARK and not mark.args
        }
    return sorted(faults)


def count(name: str, items: Iterable[pytest.Item]) -> dict[str, int]:
    """How many tests name each id of the list; examples of one test count once."""
    tests: dict[str, set[str]] = {ident: set() for ident in read_ids(name)}
    for item in items:
        for mark, ident in marks_of(item):
            if _LIST_OF_MARK[mark] == name:
                tests[ident].add(item.nodeid.partition("[")[0])
    return {ident: len(nodes) for ident, nodes in tests.items()}


def report(counts: dict[str, int]) -> str:
    """A line an id, `id` TAB number of tests, and a last line that sums up."""
    lines = [f"{ident}\t{number}" for ident, number in counts.items()]
    covered = sum(1 for number in counts.values() if number)
    return "\n".join([*lines, f"{covered} of {len(counts)} have tests"])
