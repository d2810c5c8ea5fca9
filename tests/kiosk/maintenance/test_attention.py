"""For whom a code or a card is, while a technician tries the device."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from demo.programs import wait_until
from kiosk.maintenance.attention import Attention
from kiosk.maintenance.door import Door
from kiosk.maintenance.technicians import TechnicianFile
from kiosk.messages import CardLaid, CodeScanned, Message, TechnicianCame
from tests.kiosk.house import AT, House, MovedClock

UID = bytes.fromhex("04a1b2c3d4e5f6")


class Ears:
    """What is heard, and what of it reached the station."""

    def __init__(self, door: Door) -> None:
        self.posted: list[Message] = []
        self.attention = Attention(self.posted.append, door)


@pytest.fixture
def door(house: House, moved: MovedClock, tmp_path: Path) -> Door:
    return Door(TechnicianFile(tmp_path / "technician.json"), house.premises, moved.monotonic)


@pytest.fixture
def ears(door: Door) -> Ears:
    return Ears(door)


def test_a_code_that_is_tried_does_not_reach_the_station(ears: Ears) -> None:
    with ThreadPoolExecutor(1) as other:
        tried = other.submit(ears.attention.next, CodeScanned, 10)
        number = 0
        while not tried.done():
            number += 1
            ears.attention.hear(CodeScanned(b"%d" % number, AT))
            wait_until(tried.done, 0.05)
    got = tried.result()
    assert got is not None
    assert got not in ears.posted
    after = CodeScanned(b"after", AT)
    ears.attention.hear(after)
    assert ears.posted[-1] == after


def test_while_a_card_is_tried_codes_are_the_stations(ears: Ears) -> None:
    code = CodeScanned(b"code", AT)
    with ThreadPoolExecutor(1) as other:
        tried = other.submit(ears.attention.next, CardLaid, 0.3)
        while not tried.done():
            ears.attention.hear(code)
            wait_until(tried.done, 0.05)
    assert tried.result() is None
    assert set(ears.posted) == {code}


def test_a_technicians_card_asks_for_the_page_and_any_other_card_is_a_readers(
    ears: Ears, door: Door
) -> None:
    ears.attention.hear(CardLaid(UID, AT))
    assert ears.posted == [CardLaid(UID, AT)]
    door.file.add_card(UID)
    ears.attention.hear(CardLaid(UID, AT))
    came = ears.posted[-1]
    assert isinstance(came, TechnicianCame)
    assert door.enter_by_pass(came.offered, "uk") is not None
