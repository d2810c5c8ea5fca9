"""The console of a small library with an information centre."""

from tests.server.console.conftest import (
    address,
    anybody,
    app,
    centre,
    clock,
    console,
    desk_of,
    furnished,
    library,
)
from tests.server.desk_library import desk, furnished_twice

__all__ = [
    "address", "anybody", "app", "centre", "clock", "console", "desk", "desk_of", "furnished",
    "furnished_twice", "library",
]  # fmt: skip
