"""The code of a station is the fingerprint of its key, made to be typed."""

from hypothesis import given
from hypothesis import strategies as st

from gate.pairing import LENGTH, code_of, is_of_a_key, typed

keys = st.binary(min_size=32, max_size=32)


@given(keys)
def test_every_key_has_a_code_that_is_known_as_one(raw: bytes) -> None:
    code = code_of(raw)
    assert is_of_a_key(code)
    assert is_of_a_key(f" {code.lower().replace('-', '')} ")
    assert typed(code.lower()) == typed(code)


@given(st.lists(keys, unique=True, min_size=2, max_size=2))
def test_two_keys_have_two_codes(pair: list[bytes]) -> None:
    assert code_of(pair[0]) != code_of(pair[1])


def test_a_code_stays_what_it_is() -> None:
    """Stations and servers of other versions must agree on it."""
    assert code_of(bytes(32)) == "YHBVK-3FTKT"


@given(st.text(max_size=14))
def test_anything_may_be_typed(text: str) -> None:
    assert not is_of_a_key(text) or sum(sign.isalnum() for sign in text) == LENGTH
