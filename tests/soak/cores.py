"""Searches beside each other, each in a process that gives its memory back."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context


def cores() -> ProcessPoolExecutor:
    """A pool with a process a core; every task has one of its own."""
    return ProcessPoolExecutor(os.cpu_count(), get_context("spawn"), max_tasks_per_child=1)
