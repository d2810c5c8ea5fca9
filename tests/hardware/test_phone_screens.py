"""An e-ticket on the screen of a phone: 10 to 25 cm, bright and dark pages, a cracked protector.

Four drawn frames a cell; docs/kiosk.md has the figures of three times as many. A camera shows ten
frames a second and more, so that half of them are a code within a blink.
"""

from __future__ import annotations

import pytest

from hardware.decoder import ZxingDecoder
from tests.hardware.phone_frames import DISTANCES_MM, THEMES, phone_frame
from tests.hardware.test_decoder import TICKET

FRAMES = 4


def read(theme: str, glass: str, distance_mm: int) -> int:
    """How many frames give the ticket."""
    decoder = ZxingDecoder()
    frames = (phone_frame(TICKET, theme, glass, distance_mm, seed) for seed in range(FRAMES))
    codes = [decoder.decode(frame) for frame in frames]
    return sum(bool(found) and found[0].data == TICKET.encode() for found in codes)


@pytest.mark.scenario("E01")
@pytest.mark.parametrize("distance_mm", DISTANCES_MM)
@pytest.mark.parametrize("theme", THEMES)
def test_a_phone_at_the_distance_that_the_screen_tells_is_read(
    theme: str, distance_mm: int
) -> None:
    assert read(theme, "whole", distance_mm) == FRAMES


@pytest.mark.parametrize("distance_mm", DISTANCES_MM)
@pytest.mark.parametrize("theme", THEMES)
def test_a_cracked_protector_is_read_in_half_of_the_frames_at_least(
    theme: str, distance_mm: int
) -> None:
    assert read(theme, "cracked", distance_mm) >= FRAMES // 2
