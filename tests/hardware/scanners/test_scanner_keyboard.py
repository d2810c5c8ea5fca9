"""Scanners that type, played at the boundary of evdev (see `typing_scanner`)."""

import errno
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from evdev import InputEvent
from hypothesis import given
from hypothesis import strategies as st

from gate.scans import ScanKind, classify
from hardware import factory
from hardware.contracts import (
    BadSettings,
    CodeFormat,
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceOffline,
    HealthState,
    Now,
    Scan,
)
from hardware.scanner_keyboard import Settings, Typist, grabbed, keyboard_scanner
from hardware.scanner_stream import LineScanner
from tests.hardware.conftest import MOMENT
from tests.hardware.scanners.typing_scanner import (
    ALT,
    CAPS_LOCK,
    CTRL,
    EV_KEY,
    EV_SYN,
    KEYS,
    REPEATED,
    SYN_DROPPED,
    FifoKeyboard,
    TypingScanner,
    event,
    stroke,
    strokes,
)

TICKET = "LT1:6BF+70790T9WJWG.FKY*4GO0.O1CV2$R%1/:QJ"
Connect = Callable[..., LineScanner]


@pytest.fixture
def device(tmp_path: Path, opened: Callable[[Any], Any]) -> TypingScanner:
    """A scanner that is plugged in."""
    scanner: TypingScanner = opened(TypingScanner(tmp_path))
    scanner.plug()
    return scanner


@pytest.fixture
def connect(now: Now, opened: Callable[[Any], Any]) -> Connect:
    """Makes the driver of a scanner."""

    def of(device: TypingScanner, **settings: Any) -> LineScanner:
        checked = Settings(driver="keyboard", device=str(device.link), **settings)
        driver: LineScanner = opened(keyboard_scanner(checked, now, FifoKeyboard))
        return driver

    return of


def typed(*events: list[InputEvent]) -> bytes:
    return b"".join(piece.data for each in events for piece in Typist().pieces(each))


def combined(held: int, *codes: int) -> list[InputEvent]:
    """Keys that are struck now, while another is held."""
    at_s = monotonic()
    around = stroke(held, at_s)
    return [*around[:2], *(each for code in codes for each in stroke(code, at_s)), *around[2:]]


@given(st.text(st.sampled_from(sorted(KEYS))))
def test_every_sign_of_the_american_layout_is_typed(text: str) -> None:
    assert typed(strokes(text, 1.0)) == text.encode()


def test_all_of_ascii_that_can_be_printed_can_be_typed() -> None:
    assert set(map(chr, range(0x20, 0x7F))) <= KEYS.keys()


@pytest.mark.parametrize(
    "held,codes,sent",
    [
        (CTRL, [KEYS["]"][0]], b"\x1d"),
        (CTRL, [KEYS["j"][0]], b"\n"),
        (CTRL, [KEYS["1"][0]], b""),
        (ALT, [82, 82, 77, 75], b"@"),
        (ALT, [KEYS["a"][0]], b""),
        (ALT, [], b""),
    ],
)
def test_control_and_keypad_codes_make_their_characters(
    held: int, codes: list[int], sent: bytes
) -> None:
    assert typed(combined(held, *codes)) == sent


def test_the_keypad_types_digits() -> None:
    pressed = [
        each for code in (79, 80, 81, 75, 76, 77, 71, 72, 73, 82) for each in stroke(code, 1.0)
    ]
    assert typed(pressed) == b"1234567890"


def test_caps_lock_turns_letters_alone() -> None:
    assert typed(stroke(CAPS_LOCK, 1.0) + strokes("aB1!", 1.0)) == b"Ab1!"


def test_a_key_that_is_held_types_once() -> None:
    press, report, *release = stroke(KEYS["a"][0], 1.0)
    repeated = event(1.3, EV_KEY, KEYS["a"][0], REPEATED)
    assert typed([press, report, repeated, repeated, *release]) == b"a"


def test_a_lost_release_of_shift_is_forgotten() -> None:
    stuck = strokes("A", 1.0)[:-2]
    assert typed(stuck + strokes("a", 3.0)) == b"Aa"


@given(
    st.lists(
        st.builds(
            event,
            st.floats(0, 1e9),
            st.integers(0, 0xFFFF) | st.sampled_from([EV_SYN, EV_KEY]),
            st.integers(0, 0xFFFF) | st.integers(0, 127),
            st.integers(-(2**31), 2**31 - 1) | st.sampled_from([0, 1]),
        )
    )
)
@pytest.mark.threat(7)
def test_whatever_a_device_sends_types_bytes_or_nothing(events: list[InputEvent]) -> None:
    assert all(len(piece.data) <= 1 for piece in Typist().pieces(events))


@pytest.mark.parametrize("end", ["\r", "\t"])
def test_a_code_ends_by_enter_or_tab(device: TypingScanner, connect: Connect, end: str) -> None:
    scanner = connect(device)
    device.type(TICKET + end)
    scan = scanner.read(5.0)
    assert scan is not None
    assert (scan.data, scan.format) == (TICKET.encode(), CodeFormat.UNKNOWN)
    assert timedelta(0) <= MOMENT - scan.at < timedelta(seconds=5)


@pytest.mark.fault(8)
def test_what_a_scanner_puts_around_a_code_is_taken_off(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device, prefix="~", suffix="\x1d")
    device.type("~" + TICKET)
    device.play(combined(CTRL, KEYS["]"][0]))
    device.type("\r")
    device.play(combined(CTRL, KEYS["j"][0]))
    scan = scanner.read(5.0)
    assert scan is not None
    assert classify(scan.data).kind is ScanKind.TICKET_CODE
    assert scanner.read(0) is None


@pytest.mark.fault(8)
def test_half_a_code_is_dropped_and_the_next_one_is_whole(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    device.type(TICKET[:20], age_s=9.0)
    device.type("12345\r", age_s=8.0)
    device.type("678", age_s=7.0)
    assert data_of(scanner.read(0)) == b"12345"
    assert scanner.read(0) is None
    device.type("999\r")
    assert data_of(scanner.read(5.0)) == b"999"


def data_of(scan: Scan | None) -> bytes | None:
    return scan.data if scan else None


def test_a_pause_ends_a_code_of_a_scanner_without_enter(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device, ends_by="pause", pause_s=0.05)
    device.type("12345")
    assert data_of(scanner.read(5.0)) == b"12345"


@pytest.mark.fault(9)
def test_a_scanner_that_goes_on_reading_one_code_scans_it_once(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    for tenths in range(50, 0, -1):
        device.type("12345\r", age_s=tenths / 10)
    device.type("67890\r")
    assert [data_of(scanner.read(0.2)) for _ in range(3)] == [b"12345", b"67890", None]


def test_what_was_typed_while_nobody_read_is_whole_and_of_its_time(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    device.type(TICKET + "\r", age_s=60.0)
    scan = scanner.read(5.0)
    assert scan is not None
    assert scan.data == TICKET.encode()
    assert timedelta(seconds=60) <= MOMENT - scan.at < timedelta(seconds=65)


def test_a_code_that_the_kernel_lost_a_part_of_is_dropped(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    at_s = monotonic()
    device.type("123")
    # Up to the next report comes what the kernel had no room for: here, an Enter.
    device.play([event(at_s, EV_SYN, SYN_DROPPED, 0)])
    device.play(stroke(KEYS["\r"][0], at_s))
    device.type("56\r789\r")
    assert [data_of(scanner.read(0.1)) for _ in range(2)] == [b"789", None]


def test_two_scanners_are_two_drivers(
    device: TypingScanner, connect: Connect, tmp_path: Path, opened: Callable[[Any], Any]
) -> None:
    other_device: TypingScanner = opened(TypingScanner(tmp_path, "usb-Other-event-kbd"))
    other_device.plug()
    scanner, other = connect(device), connect(other_device)
    for sign in "246":
        device.type(sign)
        other_device.type(str(int(sign) + 1))
    device.type("\r")
    other_device.type("\r")
    assert (data_of(scanner.read(5.0)), data_of(other.read(5.0))) == (b"246", b"357")


@pytest.mark.fault(5)
def test_a_scanner_that_was_unplugged_is_found_again_by_itself(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    device.type("1\r")
    assert data_of(scanner.read(5.0)) == b"1"
    assert scanner.health().state is HealthState.WORKS
    device.type("half")
    assert scanner.read(0) is None
    device.unplug()
    with pytest.raises(DeviceMissing):
        scanner.read(0)
    assert scanner.health().detail_code == Detail.MISSING
    device.plug()
    device.type("2\r")
    assert data_of(scanner.read(5.0)) == b"2"
    assert scanner.health().state is HealthState.WORKS


@pytest.mark.fault(5)
def test_a_scanner_is_found_again_while_somebody_waits_for_a_code(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    device.unplug()
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(scanner.read, 5.0)
        device.plug()
        device.type("1\r")
        assert data_of(waiting.result()) == b"1"


def test_a_scanner_that_was_never_there_says_so(device: TypingScanner, connect: Connect) -> None:
    scanner = connect(device)
    assert scanner.health().detail_code == Detail.NOT_TRIED
    device.unplug()
    with pytest.raises(DeviceMissing):
        scanner.read(0)
    assert scanner.health().seen_at is None


def test_whoever_waits_is_told_when_the_driver_is_closed(
    device: TypingScanner, connect: Connect
) -> None:
    scanner = connect(device)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(scanner.read, 60.0)
        scanner.close()
        with pytest.raises(DeviceClosed):
            waiting.result(timeout=5.0)
    scanner.close()
    assert scanner.health().detail_code == Detail.CLOSED


def test_a_scanner_that_another_program_holds_is_told_from_a_missing_one(
    device: TypingScanner, now: Now, opened: Callable[[Any], Any]
) -> None:
    def held(path: Path) -> FifoKeyboard:
        raise OSError(errno.EBUSY, "Device or resource busy", str(path))

    settings = Settings(driver="keyboard", device=str(device.link))
    scanner = opened(keyboard_scanner(settings, now, held))
    with pytest.raises(DeviceOffline):
        scanner.read(0)
    assert scanner.health().detail_code == Detail.OFFLINE


def test_a_file_that_is_no_input_device_is_no_scanner(device: TypingScanner) -> None:
    with pytest.raises(OSError, match="ioctl") as raised:
        grabbed(device.link)
    assert raised.value.errno == errno.ENOTTY


def test_the_configuration_names_it(now: Now, opened: Callable[[Any], Any]) -> None:
    config = {"driver": "keyboard", "device": "usb-Nobody_Has_This-event-kbd"}
    scanner = opened(factory.make_scanner(config, now))
    with pytest.raises(DeviceMissing):
        scanner.read(0)


@pytest.mark.parametrize(
    "wrong",
    [{"device": ""}, {"prefix": "ж"}, {"suffix": "\r"}, {"pause_s": 0}, {"ends_by": "bell"}],
)
def test_wrong_settings_are_refused(wrong: dict[str, Any], now: Now) -> None:
    config = {"driver": "keyboard", "device": "usb-Scanner-event-kbd"} | wrong
    with pytest.raises(BadSettings):
        factory.make_scanner(config, now)
