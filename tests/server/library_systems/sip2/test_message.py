"""SIP2 messages: what is read, what is written, and what nobody may act on."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.library_systems.sip2.layouts import LAYOUTS, Code, Tag
from server.library_systems.sip2.message import (
    LONGEST_BYTES,
    BadChecksum,
    Dialect,
    Framer,
    Malformed,
    Message,
    checksum,
    date_read,
    date_told,
    decode,
    encode,
    masked,
)
from tests.server.library_systems.sip2.frames import PUBLISHED

KYIV = ZoneInfo("Europe/Kyiv")
UTF8 = Dialect()
PATRON = "24YYYY          00020261121    211237AOUWOLS|AAdjfiander|AEDavid J. Fiander|BLY|"


def signed(text: str, charset: str = "utf-8") -> bytes:
    """A message with the checksum of its bytes."""
    body = f"{text}AY1AZ".encode(charset)
    return body + checksum(body).encode()


@pytest.mark.parametrize("frame", PUBLISHED)
def test_published_messages_are_read(frame: str) -> None:
    message = decode(frame.encode(), UTF8)
    assert message.code == frame[:2]
    assert set(message.fixed) == {part.name for part in LAYOUTS[message.code]}


@pytest.mark.parametrize("frame", PUBLISHED)
def test_a_message_that_was_read_is_written_with_the_same_fields(frame: str) -> None:
    message = decode(frame.encode(), UTF8)
    assert decode(encode(message, UTF8), UTF8) == message


@pytest.mark.fault(35)
@pytest.mark.parametrize("frame", PUBLISHED)
def test_a_message_with_a_wrong_sum_is_never_read(frame: str) -> None:
    wrong = frame[:-1] + ("0" if frame[-1] != "0" else "1")
    with pytest.raises(BadChecksum):
        decode(wrong.encode(), UTF8)


@pytest.mark.fault(35)
@given(
    place=st.integers(min_value=0, max_value=len(PATRON.encode()) - 1),
    other=st.integers(min_value=0x20, max_value=0x7E),
)
def test_no_changed_byte_goes_unseen(place: int, other: int) -> None:
    frame = bytearray(signed(PATRON))
    if frame[place] == other:
        return
    frame[place] = other
    with pytest.raises(Malformed):
        decode(bytes(frame), UTF8)


@given(st.binary(max_size=300))
def test_no_bytes_make_the_reading_raise_anything_but_malformed(data: bytes) -> None:
    with suppress(Malformed):
        decode(data, UTF8)


@given(
    code=st.sampled_from(Code),
    value=st.text(st.characters(exclude_characters="|\r\n\0", codec="utf-8"), max_size=40),
    sequence=st.integers(min_value=0, max_value=9),
)
def test_what_is_written_is_read_again(code: Code, value: str, sequence: int) -> None:
    message = Message(code, {}, ((Tag.SCREEN_MESSAGE, value),), sequence)
    read = decode(encode(message, UTF8), UTF8)
    assert read.code is code
    assert read.sequence == sequence
    normal = Message(code, {}, ((Tag.SCREEN_MESSAGE, read.fields[0][1]),))
    assert read.first(Tag.SCREEN_MESSAGE) == normal.first(Tag.SCREEN_MESSAGE)


@pytest.mark.fault(35)
@pytest.mark.parametrize("charset", ["utf-8", "cp1251", "cp1125", "koi8_u"])
def test_ukrainian_letters_survive_every_charset(charset: str) -> None:
    dialect = Dialect(charset=charset)
    title = "Їжак, ґава й об'єкт Є"
    sent = encode(Message(Code.ITEM_ANSWER, {}, ((Tag.TITLE, title),), 3), dialect)
    assert decode(sent, dialect).first(Tag.TITLE) == title


@pytest.mark.fault(35)
def test_letters_in_two_pieces_become_one() -> None:
    assert decode(signed(f"{PATRON}AFи\u0306|"), UTF8).first(Tag.SCREEN_MESSAGE) == "й"


@pytest.mark.fault(35)
def test_a_sum_of_characters_is_accepted_only_where_that_was_agreed() -> None:
    text = f"{PATRON}AFКнига|AY1AZ"
    frame = f"{text}{-sum(map(ord, text)) & 0xFFFF:04X}".encode()
    with pytest.raises(BadChecksum):
        decode(frame, UTF8)
    heard = decode(frame, Dialect(code_point_sums=True))
    assert heard.first(Tag.SCREEN_MESSAGE) == "Книга"


@pytest.mark.fault(35)
def test_numbers_may_be_padded_by_blanks_or_zeros() -> None:
    head = "64" + " " * 14 + "000" + "20261121    211237"
    counts = "   2" + "0001" + "  11" + "    " + "abcd" + "0000"
    heard = decode(signed(head + counts + "AOUWOLS|"), UTF8)
    told = [heard.number(part) for part in ("holds", "overdue", "charged", "fines", "recalls")]
    assert told == [2, 1, 11, 0, 0]


@pytest.mark.fault(35)
def test_values_may_be_padded_by_blanks() -> None:
    heard = decode(signed(f"{PATRON}PA20270101  |AU 4827 |AU  |"), UTF8)
    assert heard.first(Tag.EXPIRES) == "20270101"
    assert heard.all(Tag.CHARGED_ITEM) == ["4827"]


@pytest.mark.fault(35)
def test_unknown_fields_mean_nothing_and_hide_nothing() -> None:
    heard = decode(signed(f"{PATRON}ZZsomething|XYmore|PA20270101|"), UTF8)
    assert heard.first(Tag.EXPIRES) == "20270101"


@pytest.mark.fault(35)
def test_a_bar_before_the_sequence_is_no_field() -> None:
    assert decode(signed(PATRON), UTF8).fields[-1] == ("BL", "Y")
    assert decode(signed(PATRON.removesuffix("|")), UTF8).fields[-1] == ("BL", "Y")


def test_a_value_can_carry_no_other_field_with_it() -> None:
    sent = encode(Message(Code.ITEM, {}, ((Tag.ITEM, "1|AAother\r99"),), 0), UTF8)
    assert sent.count(b"|AA") == 0
    assert sent.count(b"\r") == 1


@pytest.mark.fault(35)
def test_two_messages_in_one_piece_come_apart_and_a_half_one_waits() -> None:
    framer, frame = Framer(), signed(PATRON)
    assert framer.feed(frame + b"\r\n" + frame + b"\r" + frame[:20]) == [frame, frame]
    assert framer.feed(frame[20:]) == []
    assert framer.feed(b"\r\n\r\n") == [frame]


@given(st.lists(st.integers(min_value=1, max_value=30), max_size=40))
def test_messages_come_whole_however_they_are_cut(cuts: list[int]) -> None:
    data, framer, heard = (signed(PATRON) + b"\r\n") * 3, Framer(), []
    for cut in cuts:
        heard += framer.feed(data[:cut])
        data = data[cut:]
    heard += framer.feed(data)
    assert heard == [signed(PATRON)] * 3


@pytest.mark.fault(35)
def test_what_never_ends_is_not_kept_for_ever() -> None:
    framer = Framer()
    with pytest.raises(Malformed):
        framer.feed(b"A" * (LONGEST_BYTES + 1))


@pytest.mark.parametrize(
    "told, day",
    [
        ("20261205    211237", (2026, 12, 5)),
        ("20261205   Z211237", (2026, 12, 5)),
        ("20261205", (2026, 12, 5)),
        ("2026-12-05", (2026, 12, 5)),
        ("2026-12-05 23:59:00", (2026, 12, 5)),
    ],
)
def test_dates_are_read_as_systems_send_them(told: str, day: tuple[int, int, int]) -> None:
    read = date_read(told, KYIV)
    assert read is not None
    assert (read.year, read.month, read.day) == day


@pytest.mark.parametrize("told", ["", "tomorrow", "20261399", "12/05/2026"])
def test_what_is_no_date_is_none(told: str) -> None:
    assert date_read(told, KYIV) is None


def test_dates_are_told_in_eighteen_signs() -> None:
    at = datetime(2026, 11, 21, 19, 12, 37, tzinfo=UTC).astimezone(KYIV)
    assert date_told(at) == "20261121    211237"
    assert date_read(date_told(at), KYIV) == at


@pytest.mark.parametrize("frame", PUBLISHED)
def test_a_recording_holds_nobody_s_name_and_no_password(frame: str) -> None:
    shown = masked(frame.encode(), "utf-8")
    assert len(shown) == len(frame)
    for private in ("djfiander", "Fiander", "PatronID", "6789", "1565921879", "Perl"):
        assert private not in shown


def test_a_recording_of_nonsense_hides_all_of_it() -> None:
    assert masked(b"Olena Kovalenko", "utf-8") == "Ol" + "*" * 13
    assert masked(b"AOLIB|AEOlena", "utf-8") == "AO" + "*" * 11


@pytest.mark.parametrize("lost", range(1, 62))
def test_a_recording_of_a_message_that_lost_its_head_hides_all_of_it(lost: int) -> None:
    sound = f"64{' ' * 14}00020261121    211237{'0' * 24}AA4711|AEКоваленко О.|BLY|"
    shown = masked(signed(sound[:2] + sound[2 + lost :]), "utf-8")
    assert "4711" not in shown
    assert "Ковален" not in shown


def test_a_recording_of_a_message_that_lost_a_bar_hides_all_fields() -> None:
    sound = signed(f"{PATRON}AOOwls|")
    assert "AOOwls" in masked(sound, "utf-8")
    for place in (at for at, sign in enumerate(sound) if sign == ord("|")):
        shown = masked(sound[:place] + sound[place + 1 :], "utf-8")
        assert "Fiander" not in shown
        assert "Owls" not in shown
