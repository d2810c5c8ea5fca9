"""What cards carry, by their own words; and cards that say something else."""

from contextlib import suppress

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from hardware.card_tags import (
    LONGEST_MESSAGE,
    CardOutOfReachError,
    first_text,
    read_text,
    read_uid,
)
from tests.hardware.cards.tags import (
    ATR_CLASSIC,
    ATR_PROCESSOR,
    ATR_STORAGE,
    OK,
    REFUSED,
    ContactCard,
    Type2Card,
    Type4Card,
    WildCard,
    block,
    record,
    text_record,
)

UID = bytes.fromhex("04A1B2C3D4E5F6")
TEXT = "LT1:6BF+70790T9WJWG.FKY*4GO0.O1CV2"
LOCK_CONTROL = bytes.fromhex("0103A00C34")
MOST_QUESTIONS = 90

texts = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=120)


@pytest.mark.parametrize("uid", ["08A1B2C3", "04A1B2C3D4E5F6", "04A1B2C3D4E5F6A7B8C9"])
def test_numbers_have_four_seven_or_ten_bytes(uid: str) -> None:
    assert read_uid(Type2Card(bytes.fromhex(uid)).answer) == bytes.fromhex(uid)


@pytest.mark.parametrize("answer", [OK, b"\x04\xa1\xb2" + OK, bytes(8) + OK, UID, REFUSED, b""])
def test_what_is_no_number_is_none(answer: bytes) -> None:
    assert read_uid(WildCard([answer]).answer) is None


def test_a_card_that_the_reader_cannot_reach_is_told_from_one_without_a_number() -> None:
    with pytest.raises(CardOutOfReachError):
        read_uid(WildCard([b"\x63\x00"]).answer)


def test_a_contact_card_has_no_number() -> None:
    assert read_uid(ContactCard().answer) is None


@given(texts)
def test_the_text_of_a_type_2_tag_is_read(text: str) -> None:
    card = Type2Card(UID, block(text_record(text)))
    assert read_text(card.answer, card.atr) == text


@given(texts, st.integers(15, 0xFFFF))
def test_the_text_of_a_type_4_tag_is_read(text: str, at_once: int) -> None:
    card = Type4Card(UID, text_record(text), at_once)
    assert read_text(card.answer, card.atr) == text


@pytest.mark.parametrize(
    "before", [b"", b"\x00", b"\x00\x00\x00", LOCK_CONTROL, LOCK_CONTROL + b"\x00\xfd\x02ab"]
)
def test_what_stands_before_the_message_is_passed_over(before: bytes) -> None:
    card = Type2Card(UID, before + block(text_record(TEXT)))
    assert read_text(card.answer, card.atr) == TEXT


def test_a_ticket_on_a_type_2_tag_takes_few_questions() -> None:
    card = Type2Card(UID, block(text_record(TEXT)))
    read_text(card.answer, card.atr)
    assert card.asked <= 5


@pytest.mark.parametrize(
    "data,capability",
    [
        (b"", None),
        (b"\xfe" + block(text_record(TEXT)), None),
        (block(text_record(TEXT)), bytes.fromhex("00000000")),
        (block(text_record(TEXT)), bytes.fromhex("E1200800")),
        (block(text_record(TEXT)), bytes.fromhex("E11008F0")),
        (block(text_record(TEXT)), bytes.fromhex("E1100200")),
        (bytes(256) + block(text_record(TEXT)), None),
        (block(text_record("x" * LONGEST_MESSAGE)), None),
        (b"\x03\x10", None),
        (b"\x03\xff\xff\xff", None),
    ],
    ids=[
        "empty", "after the end", "not formatted", "other version", "locked", "beyond the area",
        "too far", "too long", "torn", "length beyond everything",
    ],
)  # fmt: skip
def test_a_type_2_tag_without_a_whole_message_carries_none(
    data: bytes, capability: bytes | None
) -> None:
    card = Type2Card(UID, data, capability)
    assert read_text(card.answer, card.atr) is None


@pytest.mark.parametrize(
    "capability",
    [
        "000F20000E00FF0406E10401000000",
        "000F2000FF00FF0406E1040100FF00",
        "000F2000FF00FF0506E10401000000",
        "000F2000FF00FF0406E10400050000",
        "000F20",
    ],
    ids=["too little at once", "locked", "other block", "file too small", "torn"],
)
def test_a_type_4_tag_with_a_strange_description_carries_none(capability: str) -> None:
    card = Type4Card(UID, text_record(TEXT), capability=bytes.fromhex(capability))
    assert read_text(card.answer, card.atr) is None


def test_a_type_4_tag_with_an_empty_or_endless_message_carries_none() -> None:
    for message in (b"", text_record("x" * LONGEST_MESSAGE)):
        card = Type4Card(UID, message)
        assert read_text(card.answer, card.atr) is None


def test_a_processor_without_the_application_carries_none() -> None:
    assert read_text(ContactCard().answer, ContactCard.atr) is None


def test_a_card_that_needs_keys_is_not_asked() -> None:
    card = Type2Card(UID, block(text_record(TEXT)))
    assert read_text(card.answer, ATR_CLASSIC) is None
    assert card.asked == 0


@pytest.mark.parametrize(
    "message,text",
    [
        ("D101085500 6E66632E636F6D", "nfc.com"),
        ("D101085501 6E66632E636F6D", "http://www.nfc.com"),
        ("D1010855FF 6E66632E636F6D", "nfc.com"),
        ("D1010D54 02 656E 48656C6C6F2C204E4643", "Hello, NFC"),
        ("C10100000007 5402 756B D182D0BA", "тк"),
        ("D1010754 82 656E 0041 0042", "AB"),
        ("D10109 5482 656E FFFE 4100 4200", "AB"),
        ("D9 01 05 02 54 6162 02 756B 31 32", "12"),
    ],
    ids=["no prefix", "prefix", "unknown prefix", "text", "long", "utf-16", "marked", "with id"],
)
def test_records_are_read_as_the_standard_has_them(message: str, text: str) -> None:
    assert first_text(bytes.fromhex(message)) == text


def test_the_first_text_or_uri_counts() -> None:
    picture = record(b"image/png", b"\x89PNG", flags=0x82)
    broken = record(b"T", b"\x02uk\xff\xff", flags=0x01)
    empty = record(b"T", b"\x02uk", flags=0x01)
    uri = record(b"U", b"\x04example.org", flags=0x01)
    assert first_text(picture + broken + empty + uri + text_record(TEXT)) == "https://example.org"


@pytest.mark.threat(7)
@pytest.mark.parametrize("cut", range(len(text_record(TEXT))))
def test_a_torn_record_is_none(cut: int) -> None:
    assert first_text(text_record(TEXT)[:cut]) is None


def test_a_chunked_record_is_none() -> None:
    assert first_text(record(b"T", b"\x02ukpart", flags=0xA1)) is None


def test_nothing_counts_after_the_last_record() -> None:
    assert first_text(record(b"X", b"") + text_record(TEXT)) is None


@pytest.mark.threat(7)
@given(st.binary(max_size=400))
def test_whatever_a_message_is_its_text_is_no_longer(message: bytes) -> None:
    text = first_text(message)
    assert text is None or 0 < len(text) < len(message) + 30


@pytest.mark.threat(7)
@given(st.binary(min_size=1, max_size=40), st.data())
def test_a_message_with_altered_bytes_is_read_or_not(altered: bytes, data: st.DataObject) -> None:
    message = bytearray(text_record(TEXT) + text_record(TEXT))
    at = data.draw(st.integers(0, len(message)))
    message[at : at + len(altered)] = altered
    text = first_text(bytes(message))
    assert text is None or len(text) <= len(message) + 30


@pytest.mark.threat(7)
def test_a_message_that_reaches_beyond_its_tag_is_none() -> None:
    data = block(text_record(TEXT))
    assert read_text(Type2Card(UID, data).answer, Type2Card.atr) == TEXT
    small = Type2Card(UID, data, bytes((0xE1, 0x10, len(data) // 8 - 1, 0)))
    assert read_text(small.answer, small.atr) is None


answers = st.binary(max_size=300) | st.binary(max_size=20).map(lambda data: data + OK)


@pytest.mark.threat(7)
@given(st.lists(answers, min_size=1, max_size=12), st.sampled_from([ATR_STORAGE, ATR_PROCESSOR]))
def test_whatever_a_card_answers_it_is_asked_a_bounded_number_of_times(
    said: list[bytes], atr: bytes
) -> None:
    card = WildCard(said, atr)
    with suppress(CardOutOfReachError):
        read_uid(card.answer)
    text = read_text(card.answer, atr)
    assert card.asked <= MOST_QUESTIONS
    assert text is None or len(text) <= LONGEST_MESSAGE + 30


@pytest.mark.threat(7)
@given(st.binary(max_size=2100), st.integers(0, 255))
@example(bytes(2040), 255)
@example(b"\x01\x00" * 1020, 255)
def test_whatever_is_in_the_memory_of_a_tag_it_is_asked_a_bounded_number_of_times(
    data: bytes, size: int
) -> None:
    card = Type2Card(UID, data, bytes((0xE1, 0x10, size, 0)))
    read_text(card.answer, card.atr)
    assert card.asked <= MOST_QUESTIONS


@pytest.mark.threat(7)
@given(st.binary(max_size=20), st.binary(max_size=1200))
def test_whatever_is_in_the_files_of_a_card_it_is_asked_a_bounded_number_of_times(
    described: bytes, message: bytes
) -> None:
    card = Type4Card(UID, message, capability=bytes.fromhex("000F2000FF00FF0406E104") + described)
    read_text(card.answer, card.atr)
    assert card.asked <= MOST_QUESTIONS


@pytest.mark.threat(7)
@pytest.mark.parametrize("at_once", [0, 1, 14])
def test_a_card_that_hands_out_crumbs_is_not_asked_for_each(at_once: int) -> None:
    message = text_record("A" * 900)
    size = (len(message) + 2).to_bytes(2, "big")
    told = bytes.fromhex(f"000F20 {at_once:04X} 00FF 0406E104") + size + b"\x00\xff"
    card = Type4Card(UID, message, capability=told)
    assert read_text(card.answer, card.atr) is None
    assert card.asked <= MOST_QUESTIONS


@pytest.mark.threat(7)
@given(st.binary(max_size=40))
def test_whatever_the_answer_to_reset_is_the_card_is_read_or_not(atr: bytes) -> None:
    card = Type4Card(UID, text_record(TEXT))
    assert read_text(card.answer, atr) in (TEXT, None)
