"""No role of the console is without a day that was walked in a browser."""

from pathlib import Path

import pytest

from server.models import Role

DAYS = {path.stem.removeprefix("test_") for path in Path(__file__).parent.glob("test_*.py")}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_day(role: Role) -> None:
    assert role.value in DAYS
