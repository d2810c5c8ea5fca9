"""Base45 by the examples of RFC 9285 and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate import base45


@pytest.mark.parametrize(
    "data, text",
    [
        (b"AB", "BB8"),
        (b"Hello!!", "%69 VD92EX0"),
        (b"base-45", "UJCLQE7W581"),
        (b"ietf!", "QED8WEX0"),
        (b"", ""),
    ],
)
def test_the_examples_of_the_rfc_come_out(data: bytes, text: str) -> None:
    assert base45.encode(data) == text
    assert base45.decode(text) == data


@given(st.binary(max_size=200))
def test_bytes_come_back(data: bytes) -> None:
    assert base45.decode(base45.encode(data)) == data


@given(st.text(base45.ALPHABET, max_size=12))
def test_no_bytes_have_two_texts(text: str) -> None:
    try:
        data = base45.decode(text)
    except ValueError:
        return
    assert base45.encode(data) == text


@pytest.mark.parametrize(
    "text", ["GGW", ":::", "::", "5R", "A", "BB8A", "bb8", "BB8\n", "ДЕЖ", "AB\x00", "B_8"]
)
def test_what_is_no_base45_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"sign"):
        base45.decode(text)


@given(st.binary(min_size=1, max_size=50))
def test_the_last_sign_is_never_a_space(data: bytes) -> None:
    """Whoever strips the spaces around a code takes nothing of it."""
    assert not base45.encode(data).endswith(" ")
