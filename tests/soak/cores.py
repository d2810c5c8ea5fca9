"""Searches beside each other, each in a process that gives its memory back."""

from __future__ import annotations

import logging
import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import structlog


def cores() -> ProcessPoolExecutor:
    """A pool with a process a core; every task has one of its own."""
    return ProcessPoolExecutor(
        os.cpu_count(), get_context("spawn"), initializer=in_silence, max_tasks_per_child=1
    )


def in_silence() -> None:
    """Standard output is for figures: what stations and servers log there would bury them."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
