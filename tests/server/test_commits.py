"""Waiting for commits: who waits is woken by the next one, and let go when the process ends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from server.database import Commits

LONG_S = 60.0


def test_a_commit_wakes_who_waits() -> None:
    commits = Commits()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(commits.wait, commits.count, LONG_S)
        commits.announce()
        assert waiting.result(LONG_S / 2)


def test_a_commit_that_came_already_is_not_waited_for() -> None:
    commits = Commits()
    seen = commits.count
    commits.announce()
    assert commits.wait(seen, LONG_S)


def test_the_end_lets_go_who_waits_and_who_comes_later() -> None:
    commits = Commits()
    with ThreadPoolExecutor() as threads:
        waiting = threads.submit(commits.wait, commits.count, LONG_S)
        commits.close()
        assert not waiting.result(LONG_S / 2)
    assert not commits.wait(commits.count, LONG_S)
    assert commits.closed
