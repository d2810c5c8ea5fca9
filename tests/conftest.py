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

_LONG = (
    "tests/e2e", "tests/kiosk/test_ways_out.py", "tests/kiosk/test_hot_plug.py",
    "tests/kiosk/test_looks.py", "tests/kiosk/test_locked_screen.py",
    "tests/kiosk/test_enrolment_whole.py", "tests/server/admin/test_every_page.py",
    "tests/server/admin/test_every_list.py",
    "tests/kills", "tests/powercuts", "tests/histories", "tests/release", "tests/test_wheel.py",
    "tests/demo", "tests/kiosk/test_many_lanes.py", "tests/kiosk/test_third_language.py",
)  # fmt: skip
"""Files that take minutes begin first, so that no worker is left alone with one in the end."""

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
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
