"""Keys: whose signature counts, for what, and until when."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from gate.codes import (
    KeyRing,
    KeyUse,
    SlipReading,
    TicketReading,
    jwk_set,
    new_signing_key,
    read_slip,
    read_ticket,
    sign_slip,
    sign_ticket,
)
from gate.facts import CodeCheck
from gate.reasons import Reason
from gate.rules import decide_entry
from tests.gate.code_sample import (
    CLAIMS,
    EVENT_SLIP_CODE,
    PUBLIC_SLIP_KEY,
    PUBLIC_TICKET_KEY,
    RING,
    SLIP,
    SLIP_CODE,
    SLIP_KEY,
    TICKET_CODE,
    TICKET_KEY,
    cose_of,
)
from tests.gate.sample import AT, entry, grant, kyiv, refuse, told

FORGED = TicketReading(check=CodeCheck.BAD_SIGNATURE)
FORGED_SLIP = SlipReading(check=CodeCheck.BAD_SIGNATURE)


def with_ticket_key(**changes: Any) -> KeyRing:
    """A ring whose ticket key has changed."""
    return KeyRing([replace(PUBLIC_TICKET_KEY, **changes)])


def with_slip_key(**changes: Any) -> KeyRing:
    """A ring whose slip key has changed."""
    return KeyRing([replace(PUBLIC_SLIP_KEY, **changes)])


@pytest.mark.scenario("E09")
@pytest.mark.threat(5)
def test_a_retired_key_s_tickets_stay_good() -> None:
    retired = with_ticket_key(not_after=AT - timedelta(days=1))
    reading = read_ticket(TICKET_CODE, retired, AT)
    facts = entry(check=reading.check, claims=reading.claims)
    assert told(decide_entry(facts, AT)).verdict == grant().verdict


@pytest.mark.scenario("E10")
@pytest.mark.threat(5)
def test_a_revoked_key_s_tickets_are_bad() -> None:
    revoked = with_ticket_key(revoked_at=AT)
    reading = read_ticket(TICKET_CODE, revoked, AT)
    facts = entry(check=reading.check, claims=reading.claims)
    assert told(decide_entry(facts, AT)) == refuse(Reason.BAD_SIGNATURE)


def test_what_happened_before_a_revocation_is_judged_as_it_was() -> None:
    revoked = with_ticket_key(revoked_at=AT)
    earlier = AT - timedelta(seconds=1)
    assert read_ticket(TICKET_CODE, revoked, earlier).check is CodeCheck.GOOD


@pytest.mark.threat(1, 5)
def test_a_key_that_is_not_ours_signs_nothing() -> None:
    stranger = new_signing_key(sha256(b"stranger").digest())
    posing = replace(stranger, key_id=TICKET_KEY.key_id)
    assert read_ticket(sign_ticket(CLAIMS, stranger), RING, AT) == FORGED
    assert read_ticket(sign_ticket(CLAIMS, posing), RING, AT) == FORGED


@pytest.mark.threat(1, 5)
def test_a_station_s_key_signs_no_tickets() -> None:
    """Even one whose id begins as a ticket key's does."""
    assert read_ticket(sign_ticket(CLAIMS, SLIP_KEY), RING, AT) == FORGED
    posing = replace(SLIP_KEY, key_id=TICKET_KEY.key_id)
    assert read_ticket(sign_ticket(CLAIMS, posing), RING, AT) == FORGED


@pytest.mark.threat(1)
def test_a_ticket_never_reads_as_a_slip_nor_a_slip_as_a_ticket() -> None:
    """Not even where one key was given both uses and the prefix is exchanged."""
    both = KeyRing([PUBLIC_TICKET_KEY, replace(PUBLIC_TICKET_KEY, use=KeyUse.SLIP, station="K1")])
    slip = sign_slip(SLIP, TICKET_KEY)
    assert read_slip(slip, both).check is CodeCheck.GOOD
    assert read_slip("LS1:" + TICKET_CODE[4:], both) == FORGED_SLIP
    assert read_ticket("LT1:" + slip[4:], both, AT) == FORGED
    assert read_slip(TICKET_CODE, both) == SlipReading(check=CodeCheck.UNKNOWN)
    assert read_ticket(slip, both, AT) == TicketReading(check=CodeCheck.UNKNOWN)


def test_keys_whose_ids_begin_alike_are_told_apart() -> None:
    twin = new_signing_key(sha256(b"twin").digest())
    twin = replace(twin, key_id=TICKET_KEY.key_id[:3] + bytes(5))
    ring = KeyRing([twin.public(KeyUse.TICKET, kyiv(2026, 1, 1)), PUBLIC_TICKET_KEY])
    assert len({key.kid for key in ring.keys}) == 1
    for key in (twin, TICKET_KEY):
        assert read_ticket(sign_ticket(CLAIMS, key), ring, AT).claims == CLAIMS


def test_a_slip_is_good_by_its_own_station_s_key_alone() -> None:
    assert read_slip(SLIP_CODE, RING).claims == SLIP
    assert read_slip(EVENT_SLIP_CODE, RING).claims == replace(SLIP, event=True)
    assert read_slip(SLIP_CODE, with_slip_key(station="K2")) == FORGED_SLIP
    assert read_slip(SLIP_CODE, with_slip_key(station=None)) == FORGED_SLIP


def test_revoking_a_station_s_key_voids_later_slips_alone() -> None:
    after, before = SLIP.issued - timedelta(seconds=1), SLIP.issued + timedelta(seconds=1)
    assert read_slip(SLIP_CODE, with_slip_key(revoked_at=after)) == FORGED_SLIP
    assert read_slip(SLIP_CODE, with_slip_key(revoked_at=before)).check is CodeCheck.GOOD


def test_a_station_s_key_has_its_term() -> None:
    issued = SLIP.issued
    assert read_slip(SLIP_CODE, with_slip_key(not_after=issued - timedelta(days=1))) == FORGED_SLIP
    assert read_slip(SLIP_CODE, with_slip_key(not_before=issued + timedelta(days=2))) == FORGED_SLIP
    retired_later = with_slip_key(not_after=issued + timedelta(days=1))
    assert read_slip(SLIP_CODE, retired_later).check is CodeCheck.GOOD
    a_bit_fast = with_slip_key(not_before=issued + timedelta(minutes=5))
    assert read_slip(SLIP_CODE, a_bit_fast).check is CodeCheck.GOOD


def test_a_key_is_named_by_its_public_half_and_hides_its_private_one() -> None:
    assert TICKET_KEY.key_id == sha256(PUBLIC_TICKET_KEY.raw).digest()[:8]
    assert TICKET_KEY.private.hex() not in repr(TICKET_KEY)
    assert repr(TICKET_KEY.private) not in repr(TICKET_KEY)
    assert TICKET_KEY.private not in cose_of(TICKET_CODE)


@pytest.mark.parametrize("entropy", [b"", bytes(31), bytes(33)])
def test_a_key_needs_all_its_chance(entropy: bytes) -> None:
    with pytest.raises(ValueError, match="32 random bytes"):
        new_signing_key(entropy)


@pytest.mark.parametrize("change", [{"key_id": bytes(7)}, {"raw": bytes(31)}])
def test_a_public_key_has_its_size(change: dict[str, bytes]) -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        replace(PUBLIC_TICKET_KEY, **change)  # type: ignore[arg-type]


@pytest.mark.threat(5)
def test_the_jwk_set_tells_public_halves_alone() -> None:
    told_keys = jwk_set(RING.keys)["keys"]
    assert [key["kid"] for key in told_keys] == [PUBLIC_TICKET_KEY.kid, PUBLIC_SLIP_KEY.kid]
    for key in told_keys:
        assert set(key) == {"kty", "crv", "alg", "use", "kid", "x"}


def test_an_empty_ring_knows_nobody() -> None:
    assert read_ticket(TICKET_CODE, KeyRing(), AT) == FORGED
