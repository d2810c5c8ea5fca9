"""What every test stands on."""

import pytest
from hypothesis import HealthCheck, settings

from tests import traceability

pytest_plugins = [
    "pytester",
    "tests.support.loopback",
    "tests.support.postgres",
    "tests.support.browser",
    "tests.support.compiled",
    "tests.support.virtual_card",
]

_MARKS = (
    "clause(*ids): shows a clause of the source documents, as in clause('R3.1.5')",
    "scenario(*ids): shows an acceptance scenario, as in scenario('E07')",
    "fault(*numbers): lives through a fault, as in fault(12)",
    "threat(*numbers): withstands an attack, as in threat(7)",
    "thorough: looks once more, in another role, size, language or light; `make test-full` alone",
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
    parser.addoption("--thorough", action="store_true", help="run what is marked thorough as well")


def pytest_configure(config: pytest.Config) -> None:
    for mark in _MARKS:
        config.addinivalue_line("markers", mark)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    faults = traceability.faulty_marks(items)
    if faults:
        raise pytest.UsageError(*faults)
    if not config.getoption("thorough"):
        left_out = [item for item in items if item.get_closest_marker("thorough")]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))
