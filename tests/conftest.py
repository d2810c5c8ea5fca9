"""What every test stands on."""

import pytest
from hypothesis import HealthCheck, settings

from tests import traceability

pytest_plugins = [
    "pytester",
    "tests.support.loopback",
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.virtual_card",
]

_MARKS = (
    "clause(*ids): shows a clause of the source documents, as in clause('R3.1.5')",
    "scenario(*ids): shows an acceptance scenario, as in scenario('E07')",
    "fault(*numbers): lives through a fault, as in fault(12)",
    "threat(*numbers): withstands an attack, as in threat(7)",
)

# Time limits of single examples say more about a shared machine than about the code.
_COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("default", _COMMON, max_examples=50)
settings.register_profile("full", _COMMON, max_examples=1000)
settings.load_profile("default")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--pictures", metavar="FOLDER", help="keep a picture of every screen here")


def pytest_configure(config: pytest.Config) -> None:
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    faults = traceability.faulty_marks(items)
    if faults:
        raise pytest.UsageError(*faults)
