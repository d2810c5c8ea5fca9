"""Words for devices."""

import pytest

from hardware.contracts import Detail, HealthState
from hardware.factory import Kind
from templates import devices
from templates.words import Words

CLOCK = "clock"
"""The station's own, which no driver drives: its health is told beside the devices'."""


@pytest.mark.parametrize("code", Detail)
def test_every_code_of_the_hardware_has_words_and_a_remedy(code: Detail) -> None:
    meant = devices.trouble("printer", code, Words("uk"))
    assert meant.cause != code
    assert bool(meant.remedy) is (code not in {Detail.FINE, Detail.CLOSED})


def test_every_kind_of_device_and_every_state_has_a_name() -> None:
    assert set(devices.NAMES) == {kind.value for kind in Kind} | {CLOCK}
    assert set(devices.STATES) == {state.value for state in HealthState}
    words = Words("en")
    assert devices.device_name("printer", words) == "Slip printer"
    assert devices.state_name("failed", words) == "does not work"


def test_a_devices_own_words_come_before_the_common_ones() -> None:
    words = Words("en")
    assert "pcscd" in devices.trouble("card_reader", "silent", words).cause
    assert "pcscd" not in devices.trouble("camera", "silent", words).cause


def test_words_for_one_device_belong_to_a_code_that_there_is() -> None:
    for key in devices.TROUBLES:
        kind, _, code = key.rpartition(".")
        assert code in set(Detail) or code == "clock_untrusted"
        assert not kind or kind in devices.NAMES


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert devices.trouble("printer", "on_fire", Words()).cause == "on_fire"
