"""Cutting a stream of bytes into ESC/POS commands."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hardware.escpos_commands import MAX_ARGUMENTS, RASTER, TEXT, UNKNOWN, CommandReader

# Bytes that look like commands more often than chance would make them.
STREAMS = st.lists(
    st.one_of(
        st.binary(max_size=6),
        st.sampled_from([b"\x1b", b"\x1d", b"\x10", b"\x1c", b"\x1b@", b"\x1dv0", b"\x1dV"]),
        st.sampled_from([b"\x1b*", b"\x1b&", b"\x1d(", b"\x1d8", b"\x1dk", b"\x1bD", b"\x10\x04"]),
    ),
    max_size=40,
).map(b"".join)


def names(data: bytes) -> list[str]:
    return [command.name for command in CommandReader().feed(data)]


@pytest.mark.parametrize(
    "data,name",
    [
        (b"\x1b@", "ESC @"),
        (b"\x1ba\x01", "ESC a"),
        (b"\x1b$\x10\x00", "ESC $"),
        (b"\x1b*\x21\x02\x00abcdef", "ESC *"),
        (b"\x1b*\x01\x02\x00ab", "ESC *"),
        (b"\x1bD\x08\x10\x00", "ESC D"),
        (b"\x1b&\x03\x41\x42\x01abc\x00", "ESC &"),
        (b"\x1bp\x00\x19\xfa", "ESC p"),
        (b"\x1c2\xec\x9f" + bytes(72), "FS 2"),
        (b"\x1dv0\x00\x02\x00\x03\x00abcdef", RASTER),
        (b"\x1dV\x00", "GS V"),
        (b"\x1dVB\x10", "GS V"),
        (b"\x1dk\x04CODE39\x00", "GS k"),
        (b"\x1dkI\x04{B12", "GS k"),
        (b"\x1d(k\x03\x001C\x04", "GS ("),
        (b"\x1d8L\x02\x00\x00\x00ab", "GS 8"),
        (b"\x1d*\x01\x02" + bytes(16), "GS *"),
        (b"\x10\x04\x01", "DLE EOT"),
        (b"\x10\x04\x07\x01", "DLE EOT"),
        (b"\x10\x14\x01\x00\x01", "DLE DC4"),
        (b"\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08", "DLE DC4"),
        (b"\x10\x05\x02", "DLE ENQ"),
        (b"\n", "LF"),
    ],
)
def test_a_command_takes_just_its_own_bytes(data: bytes, name: str) -> None:
    assert names(data + b"after") == [name, TEXT]


@pytest.mark.parametrize("data", [b"\x1b\xff", b"\x1dv1\x00\x01\x00\x01\x00", b"\x10\x99", b"\x02"])
def test_what_is_unknown_is_skipped(data: bytes) -> None:
    assert names(data + b"\x1b@")[0] == UNKNOWN
    assert names(data + b"\x1b@")[-1] == "ESC @"


def test_an_unknown_lead_does_not_swallow_the_command_behind_it() -> None:
    assert names(b"\x10\x1b@") == [UNKNOWN, "ESC @"]


def test_a_command_of_absurd_length_is_not_waited_for() -> None:
    reader = CommandReader()
    header = b"\x1dv0\x00" + b"\xff\xff" * 2
    assert next(command.name for command in reader.feed(header + b"text")) == UNKNOWN
    assert len(reader.rest) <= MAX_ARGUMENTS


@given(data=STREAMS)
@pytest.mark.threat(7)
def test_no_byte_is_lost_and_none_is_invented(data: bytes) -> None:
    reader = CommandReader()
    assert b"".join(command.raw for command in reader.feed(data)) + reader.rest == data


@given(data=STREAMS, cuts=st.lists(st.integers(0, 200)))
def test_it_does_not_matter_how_the_stream_arrives(data: bytes, cuts: list[int]) -> None:
    whole, pieces = CommandReader(), CommandReader()
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    expected = list(whole.feed(data))
    got = [command for begin, end in pairwise(edges) for command in pieces.feed(data[begin:end])]
    runs = {TEXT, UNKNOWN}
    assert b"".join(c.raw for c in got) == b"".join(c.raw for c in expected)
    assert [c for c in got if c.name not in runs] == [c for c in expected if c.name not in runs]
    assert pieces.rest == whole.rest
