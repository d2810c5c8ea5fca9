"""What scanners deliver, wrapped, mangled or hostile."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import base45
from gate.codes import new_slip_number, read_ticket
from gate.facts import CodeCheck, CredentialKind
from gate.reasons import Duty
from gate.rules import decide_entry
from gate.scans import ScanKind, Scanned, classify
from tests.gate.code_sample import RING, TICKET_CODE
from tests.gate.sample import AT, entry, grant, told

US = "`1234567890-=qwertyuiop[]\\asdfghjkl;'zxcvbnm,./"
US_SHIFT = '~!@#$%^&*()_+QWERTYUIOP{}|ASDFGHJKL:"ZXCVBNM<>?'
UKRAINIAN = "'1234567890-=йцукенгшщзхїґфівапролджєячсмитьбю."
UKRAINIAN_SHIFT = '₴!"№;%:?*()_+ЙЦУКЕНГШЩЗХЇҐФІВАПРОЛДЖЄЯЧСМИТЬБЮ,'
"""The rows of a keyboard as printed on it, plain and with Shift."""
LETTERS_WITH_CAPS = str.maketrans(
    UKRAINIAN + UKRAINIAN_SHIFT, UKRAINIAN.swapcase() + UKRAINIAN_SHIFT.swapcase()
)
TYPED = str.maketrans(US + US_SHIFT, UKRAINIAN + UKRAINIAN_SHIFT)
SLIP_NUMBER = new_slip_number("K1", 7, bytes(8))

base45_texts = st.text(base45.ALPHABET, min_size=1, max_size=200).map(
    lambda text: f"LT1:{text.rstrip()}0"
)


@pytest.mark.scenario("E39")
@pytest.mark.fault(8)
@pytest.mark.parametrize("before", ["", "\x02", "]Q1", "]Q3", "]d2", "\x02]C0 ", "\ufeff"])
@pytest.mark.parametrize("after", ["", "\r", "\r\n", "\x03", "\t\x00", " \n"])
def test_what_a_scanner_puts_around_a_code_is_taken_off(before: str, after: str) -> None:
    scanned = classify(f"{before}{TICKET_CODE}{after}".encode())
    assert scanned == Scanned(ScanKind.TICKET_CODE, TICKET_CODE)
    assert scanned.credential is CredentialKind.TICKET_CODE


@pytest.mark.scenario("E39", "E40")
@pytest.mark.parametrize(
    "delivered", [f"]Q1{TICKET_CODE}\r\n", f"{TICKET_CODE}\n".translate(TYPED)]
)
def test_a_mangled_ticket_gets_its_slip(delivered: str) -> None:
    reading = read_ticket(classify(delivered.encode()).text, RING, AT)
    facts = entry(check=reading.check, claims=reading.claims)
    assert told(decide_entry(facts, AT + timedelta(minutes=1))) == grant(Duty.PRINT_SLIP)
    assert reading.check is CodeCheck.GOOD


@pytest.mark.scenario("E40")
@pytest.mark.fault(8)
@given(base45_texts)
def test_a_ukrainian_keyboard_layout_is_undone(code: str) -> None:
    typed = code.translate(TYPED)
    assert typed != code
    assert classify(typed.encode()) == Scanned(ScanKind.TICKET_CODE, code)


@pytest.mark.fault(8)
@given(base45_texts)
def test_so_it_is_with_caps_lock_on(code: str) -> None:
    for typed in (code.lower(), code.translate(TYPED).swapcase()):
        assert classify(typed.encode()) == Scanned(ScanKind.TICKET_CODE, code)


def test_identifiers_are_taken_off_under_the_wrong_layout_too() -> None:
    typed = f"]Q1{TICKET_CODE}\r".translate(TYPED)
    assert classify(typed.encode()) == Scanned(ScanKind.TICKET_CODE, TICKET_CODE)


def test_a_slip_is_known_by_code_and_by_number() -> None:
    assert classify(b"LS1:ABC") == Scanned(ScanKind.SLIP_CODE, "LS1:ABC")
    for typed in (SLIP_NUMBER, SLIP_NUMBER.replace("-", ""), SLIP_NUMBER.translate(TYPED)):
        assert classify(typed.encode()) == Scanned(ScanKind.SLIP_NUMBER, SLIP_NUMBER)
    assert classify(SLIP_NUMBER.encode()).credential is CredentialKind.SLIP_CODE


@pytest.mark.parametrize(
    "delivered, number",
    [
        (b"00012", "00012"),
        (b"]E04820000123456\r\n", "4820000123456"),
        (b"ab-12345", "AB-12345"),
        (b"2024/0017", "2024/0017"),
        ("ФИ12345".encode(), "AB12345"),
    ],
)
def test_the_number_of_an_old_ticket_is_read(delivered: bytes, number: str) -> None:
    assert classify(delivered) == Scanned(ScanKind.NUMBER, number)


@pytest.mark.scenario("E03")
@pytest.mark.parametrize(
    "key", ["3f9a01bc22d4", "3f9a01bc22d40e5f", "0195b7a0-7e1c-7c3a-9d55-2f1e6a0b9c11", "42"]
)
def test_keys_of_our_own_records_are_no_numbers(key: str) -> None:
    assert classify(key.encode()) == Scanned(ScanKind.UNKNOWN)


HOSTILE = [
    b"",
    b"\x00",
    b"\xff\xfe\x00\x01",
    b"https://example.org/?q=LT1:AAA",
    b"javascript:alert(1)",
    b"<script>alert(1)</script>",
    b"';DROP TABLE tickets;--",
    b"../../etc/passwd",
    b"\x1b@\x1dV\x00",
    b"LT1:ABC\x1b@\x1dV\x00DEF",
    b"LT1:ABC\x1d",
    b"\x1b[A\x1b[B12345\x7f67890",
    b"LT1:" + b"A" * 1000,
    b"1" * 21,
    b"LT1:" + "Ω".encode() * 5,
    "١٢٣٤٥٦٧".encode(),
    "１２３４５".encode(),
    b"A" * 1_000_000,
    b"LT1:" + b"\xd0" * 100,
    b"=cmd|'/c calc'!A0",
]


@pytest.mark.threat(7, 8)
@pytest.mark.parametrize("delivered", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_bytes_are_unknown_or_refused(delivered: bytes) -> None:
    scanned = classify(delivered)
    if scanned.kind is ScanKind.TICKET_CODE:
        assert read_ticket(scanned.text, RING, AT).check is CodeCheck.BAD_SIGNATURE
    else:
        assert scanned == Scanned(ScanKind.UNKNOWN)


@pytest.mark.threat(7, 8)
@given(st.binary(max_size=300) | st.text(max_size=150).map(lambda text: f"LT1:{text}".encode()))
def test_whatever_comes_text_is_short_plain_and_of_a_known_kind(delivered: bytes) -> None:
    scanned = classify(delivered)
    assert len(scanned.text) <= 1000
    assert all(" " <= sign <= "~" for sign in scanned.text)
    assert (
        (scanned.kind is ScanKind.UNKNOWN) == (scanned.text == "") == (scanned.credential is None)
    )


@pytest.mark.threat(7)
def test_codes_have_their_longest() -> None:
    assert classify(b"LT1:" + b"A" * 996).kind is ScanKind.TICKET_CODE
    assert classify(b"LT1:" + b"A" * 997) == Scanned(ScanKind.UNKNOWN)
