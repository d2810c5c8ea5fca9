"""The sample library of an ordinary day, written once."""

from collections.abc import Iterator

import pytest

from tests.server.sample.library import Sample, kyiv, sample_of

NOON = kyiv("2026-11-20", "12:37")


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sample]:
    """A Friday in November; tests only look at it."""
    with sample_of(tmp_path_factory.mktemp("sample") / "library", NOON) as sample:
        yield sample
