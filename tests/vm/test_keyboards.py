"""Scanners that type, on a real USB keyboard of the kernel's: grabbed, pulled out, two at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from select import select
from time import monotonic

import pytest
from evdev import InputDevice

from hardware import factory
from hardware.contracts import DeviceOffline, HealthState, Now, RetryLater, Scanner
from tests.vm.conftest import FOUND_WITHIN_S, appears, until
from tests.vm.gadgets import HidScanner


@pytest.fixture
def handheld() -> Iterator[HidScanner]:
    with closing(HidScanner("A0001")) as scanner:
        scanner.plug()
        appears(scanner.link)
        yield scanner
    until(lambda: not scanner.link.exists())


def opened(handheld: HidScanner, now: Now) -> Scanner:
    scanner = made(handheld, now)
    assert scanner.read(0) is None
    return scanner


def made(handheld: HidScanner, now: Now) -> Scanner:
    # An emulated processor needs its time from key to key.
    settings = {"driver": "keyboard", "device": handheld.link.name, "pause_s": 5}
    return factory.make_scanner(settings, now)


def read(scanner: Scanner) -> bytes:
    scan = scanner.read(10)
    assert scan is not None
    return scan.data


def test_a_code_is_read_by_the_devices_stable_name(handheld: HidScanner, now: Now) -> None:
    with closing(opened(handheld, now)) as scanner:
        assert typed(handheld, scanner, "LT1:AB-12\r") == b"LT1:AB-12"
        assert scanner.health().state is HealthState.WORKS


def typed(handheld: HidScanner, scanner: Scanner, text: str) -> bytes:
    """What is read of it while it is typed."""
    with ThreadPoolExecutor(1) as reader:
        reading = reader.submit(read, scanner)
        handheld.type(text)
        return reading.result()


@pytest.mark.fault(8)
def test_what_was_typed_faster_than_anybody_read_is_dropped_whole(
    handheld: HidScanner, now: Now
) -> None:
    with closing(opened(handheld, now)) as scanner:
        handheld.type("1234567890" * 4 + "\r", pace_s=0)
        assert scanner.read(1) is None
        assert typed(handheld, scanner, "42\r") == b"42"


@pytest.mark.threat(8)
def test_its_keys_reach_nobody_else_while_it_is_grabbed(handheld: HidScanner, now: Now) -> None:
    with closing(InputDevice(str(handheld.link))) as browser:
        with closing(opened(handheld, now)) as scanner:
            assert typed(handheld, scanner, "1234567\r") == b"1234567"
            assert not select([browser], [], [], 0.5)[0]
        handheld.type("8\r")
        assert select([browser], [], [], 5)[0], "others get its keys again"


def test_a_device_that_another_program_holds_is_offline_until_it_lets_go(
    handheld: HidScanner, now: Now
) -> None:
    with closing(made(handheld, now)) as scanner, closing(InputDevice(str(handheld.link))) as other:
        other.grab()
        with pytest.raises(DeviceOffline):
            scanner.read(0)
        other.ungrab()
        assert scanner.read(0) is None
        assert scanner.health().state is HealthState.WORKS


@pytest.mark.fault(5)
def test_pulled_out_and_put_in_again_it_is_found_within_five_seconds(
    handheld: HidScanner, now: Now
) -> None:
    with closing(opened(handheld, now)) as scanner:
        handheld.unplug()
        until(lambda: not works(scanner))
        handheld.plug()
        appears(handheld.link)
        started_s = monotonic()
        until(lambda: works(scanner))
        assert monotonic() - started_s < FOUND_WITHIN_S
        handheld.type("42\r")
        assert read(scanner) == b"42"


def works(scanner: Scanner) -> bool:
    try:
        scanner.read(0)
    except RetryLater:
        return False
    return True


def test_two_at_once_do_not_mix(handheld: HidScanner, now: Now) -> None:
    with closing(HidScanner("B0002", socket=1)) as second:
        second.plug()
        appears(second.link)
        with closing(opened(handheld, now)) as one, closing(opened(second, now)) as other:
            for sign, sign_too in zip("12345\r", "abcde\r", strict=True):
                handheld.type(sign)
                second.type(sign_too)
            assert (read(one), read(other)) == (b"12345", b"abcde")
