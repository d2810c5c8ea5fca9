"""The contract of card readers, shown by the simulated one."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hardware import factory
from hardware.card_simulator import SimulatedCardReader
from hardware.contracts import (
    Card,
    Detail,
    DeviceClosed,
    DeviceMissing,
    HealthState,
    Now,
)
from hardware.simulator_control import NotNow, WrongAction
from tests.hardware.conftest import MOMENT

Opened = Callable[[Any], Any]
UID = bytes.fromhex("04A1B2C3D4E5F6")


@pytest.fixture
def reader(now: Now, opened: Opened) -> SimulatedCardReader:
    config = {"driver": "simulator", "control_port": 0}
    return opened(factory.make_card_reader(config, now))  # type: ignore[no-any-return]


def test_a_card_is_reported_once_and_again_after_it_was_lifted(
    reader: SimulatedCardReader,
) -> None:
    assert reader.read(0) is None
    reader.lay(UID, "https://library.example/t/7")
    assert reader.read(0) == Card(UID, "https://library.example/t/7", MOMENT)
    assert reader.read(0) is None
    reader.lift()
    reader.lay(UID)
    assert reader.read(0) == Card(UID, None, MOMENT)


def test_a_card_that_was_lifted_unread_is_not_reported(reader: SimulatedCardReader) -> None:
    reader.lay(UID)
    reader.lift()
    assert reader.read(0) is None


def test_a_waiting_reader_sees_the_card_at_once(reader: SimulatedCardReader) -> None:
    with ThreadPoolExecutor(1) as desk:
        waiting = desk.submit(reader.read, 10)
        reader.lay(UID)
        card = waiting.result(5)
    assert card is not None
    assert card.uid == UID


def test_two_cards_do_not_fit(reader: SimulatedCardReader) -> None:
    reader.do("lay", {"uid": UID.hex()})
    with pytest.raises(NotNow):
        reader.do("lay", {"uid": "04000001"})
    assert reader.state() == {"uid": "04A1B2C3D4E5F6", "trouble": "none"}
    reader.do("lift", {})
    assert reader.state()["uid"] is None


@pytest.mark.fault(5)
def test_a_reader_that_was_unplugged_goes_on_by_itself(reader: SimulatedCardReader) -> None:
    reader.lay(UID)
    assert reader.read(0) is not None
    reader.do("set", {"trouble": "gone"})
    assert reader.health().detail_code == Detail.MISSING
    with pytest.raises(DeviceMissing):
        reader.read(0)
    reader.do("reset", {})
    assert reader.health().state is HealthState.WORKS
    card = reader.read(0)
    assert card is not None
    assert card.uid == UID, "a card that lies there is found again"


@pytest.mark.parametrize(
    "action,arguments",
    [
        ("lay", {"uid": "04"}),
        ("lay", {"uid": "zzzzzzzz"}),
        ("lay", {}),
        ("lay", {"uid": "04A1B2C3", "ndef_text": "x" * 9000}),
        ("set", {"trouble": "tired"}),
        ("eat", {}),
    ],
)
def test_a_wrong_action_is_refused(
    reader: SimulatedCardReader, action: str, arguments: dict[str, Any]
) -> None:
    with pytest.raises(WrongAction):
        reader.do(action, arguments)
    assert reader.state()["uid"] is None


def test_a_closed_reader_lets_nobody_wait(reader: SimulatedCardReader) -> None:
    with ThreadPoolExecutor(1) as desk:
        waiting = desk.submit(reader.read, 30)
        reader.close()
        reader.close()
        with pytest.raises(DeviceClosed):
            waiting.result(5)
    assert reader.health().detail_code == Detail.CLOSED
