"""Prints the tests of each id: `python -m tests.traceability clauses|scenarios|faults`."""

import contextlib
import io
import sys

import pytest

from tests.traceability import LISTS, count, report


class _Collector:
    """A pytest plugin that keeps what was collected."""

    def __init__(self) -> None:
        self.items: list[pytest.Item] = []

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        self.items = list(session.items)


def main(arguments: list[str]) -> int:
    """Exit status 0; 1 where the tests cannot be collected, 2 for an unknown list."""
    if len(arguments) != 1 or arguments[0] not in LISTS:
        print(f"usage: python -m tests.traceability {'|'.join(LISTS)}", file=sys.stderr)
        return 2
    collector = _Collector()
    with contextlib.redirect_stdout(io.StringIO()) as said:
        status = pytest.main(["--collect-only", "-q", "-p", "no:cacheprovider"], [collector])
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        print(said.getvalue(), file=sys.stderr)
        return 1
    print(report(count(arguments[0], collector.items)))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
