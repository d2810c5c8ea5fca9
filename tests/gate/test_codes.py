"""Ticket and slip codes: what we sign we read, and nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import cbor2
import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st

from gate import base45
from gate.codes import (
    KeyRing,
    KeyUse,
    PublicKey,
    SlipClaims,
    SlipReading,
    TicketReading,
    new_slip_number,
    new_ticket_id,
    read_slip,
    read_ticket,
    sign_slip,
    sign_ticket,
)
from gate.facts import CodeCheck, TicketClaims, TicketKind
from gate.reasons import Reason
from gate.rules import decide_entry
from tests.gate.code_sample import (
    CLAIMS,
    PUBLIC_TICKET_KEY,
    RING,
    SLIP,
    SLIP_CODE,
    SLIP_KEY,
    TICKET_CODE,
    TICKET_KEY,
    cose_of,
)
from tests.gate.sample import AT, entry, kyiv, refuse, told

FORGED = TicketReading(check=CodeCheck.BAD_SIGNATURE)
FORGED_SLIP = SlipReading(check=CodeCheck.BAD_SIGNATURE)
seconds = st.integers(0, (1 << 32) - 1).map(lambda s: datetime.fromtimestamp(s, UTC))
ticket_claims = st.builds(
    TicketClaims,
    ticket_id=st.binary(min_size=6, max_size=6).map(bytes.hex),
    kind=st.sampled_from(TicketKind),
    issued=seconds,
    expires=seconds,
    registered_for=st.integers(2020, 2051),
    scope=st.sampled_from(("all", "reading_rooms")),
)
slip_claims = st.builds(
    lambda number, visit_id, issued, event: SlipClaims(
        visit_id=visit_id, number=number, station="K1", issued=issued, event=event
    ),
    st.builds(
        new_slip_number, st.just("K1"), st.integers(1, 10**6), st.binary(min_size=4, max_size=4)
    ),
    st.uuids(),
    st.integers(0, 2_000_000_000).map(lambda s: kyiv(2026, 1, 1) + timedelta(seconds=s)),
    st.booleans(),
)


def signed(payload: bytes, *, prefix: str = "LT1:", **header: Any) -> str:
    """A code with the ticket key's real signature over whatever content, header or layout."""
    protected = header.get("protected", {1: -8, 4: PUBLIC_TICKET_KEY.kid.encode()})
    wrapped = cbor2.dumps(protected) if isinstance(protected, dict) else protected
    signature = TICKET_KEY.sign(cbor2.dumps(["Signature1", wrapped, b"", payload]))
    body = [wrapped, header.get("unprotected", {}), payload, signature]
    return prefix + base45.encode(cbor2.dumps(cbor2.CBORTag(header.get("tag", 18), body)))


# --- There and back --------------------------------------------------------------------------


@given(ticket_claims)
def test_a_ticket_reads_as_it_was_signed(claims: TicketClaims) -> None:
    reading = read_ticket(sign_ticket(claims, TICKET_KEY), RING, AT)
    assert reading == TicketReading(check=CodeCheck.GOOD, claims=claims)


@given(slip_claims)
def test_a_slip_reads_as_it_was_signed(claims: SlipClaims) -> None:
    reading = read_slip(sign_slip(claims, SLIP_KEY), RING)
    assert reading == SlipReading(check=CodeCheck.GOOD, claims=claims)


@given(ticket_claims)
def test_a_ticket_is_at_most_a_version_6_m_qr(claims: TicketClaims) -> None:
    code = sign_ticket(claims, TICKET_KEY)
    assert len(code) <= 154


def test_the_qr_of_a_ticket_is_version_6() -> None:
    qr = segno.make(TICKET_CODE, error="m", boost_error=False, micro=False)
    assert (qr.version, qr.mode) == (6, "alphanumeric")


def test_parts_of_a_second_are_not_told() -> None:
    odd = replace(CLAIMS, issued=CLAIMS.issued + timedelta(milliseconds=900))
    assert read_ticket(sign_ticket(odd, TICKET_KEY), RING, AT).claims == CLAIMS


@pytest.mark.parametrize(
    "change",
    [
        {"ticket_id": "3F9A01BC22D4"},
        {"ticket_id": "3f9a01"},
        {"ticket_id": "3f9a01bc22d"},
        {"ticket_id": ""},
        {"scope": "stack"},
        {"registered_for": 2019},
        {"registered_for": 2052},
        {"issued": datetime(1969, 12, 31, tzinfo=UTC)},
        {"expires": datetime(2107, 1, 1, tzinfo=UTC)},
    ],
)
def test_claims_that_cannot_be_told_are_not_signed(change: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"."):
        sign_ticket(replace(CLAIMS, **change), TICKET_KEY)


@pytest.mark.parametrize("change", [{"number": "K10007C0001"}, {"station": "K2"}, {"number": "7"}])
def test_a_slip_is_signed_under_its_station_s_own_number(change: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="number of its station's"):
        sign_slip(replace(SLIP, **change), SLIP_KEY)  # type: ignore[arg-type]


def test_ids_are_made_of_chance_alone() -> None:
    assert new_ticket_id(bytes(range(8))) == "000102030405"
    assert new_ticket_id(bytes(6)) == "000000000000"
    with pytest.raises(ValueError, match="6 random bytes"):
        new_ticket_id(bytes(5))


# --- Forged and damaged ----------------------------------------------------------------------


@pytest.mark.scenario("E07")
@pytest.mark.threat(1)
def test_every_flipped_bit_of_a_ticket_is_a_bad_signature() -> None:
    data = cose_of(TICKET_CODE)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert read_ticket("LT1:" + base45.encode(bytes(flipped)), RING, AT) == FORGED, bit


@pytest.mark.threat(1)
def test_every_flipped_bit_of_a_slip_is_a_bad_signature() -> None:
    data = cose_of(SLIP_CODE)
    for bit in range(8 * len(data)):
        flipped = bytearray(data)
        flipped[bit // 8] ^= 1 << bit % 8
        assert read_slip("LS1:" + base45.encode(bytes(flipped)), RING) == FORGED_SLIP, bit


@pytest.mark.scenario("E07")
@pytest.mark.threat(1)
def test_every_other_sign_in_a_ticket_is_a_bad_signature() -> None:
    for place in range(4, len(TICKET_CODE)):
        wrong = "A" if TICKET_CODE[place] != "A" else "B"
        code = TICKET_CODE[:place] + wrong + TICKET_CODE[place + 1 :]
        assert read_ticket(code, RING, AT) == FORGED, place


@pytest.mark.scenario("E07")
@pytest.mark.parametrize("prefix", ["", "LT1", "LT2:", "lt1:", "XT1:", " LT1:", "LS1:"])
def test_a_broken_prefix_is_an_unknown_code(prefix: str) -> None:
    reading = read_ticket(prefix + TICKET_CODE[4:], RING, AT)
    assert reading == TicketReading(check=CodeCheck.UNKNOWN)
    facts = entry(check=reading.check, ticket=None)
    assert told(decide_entry(facts, AT)) == refuse(Reason.UNKNOWN_CODE)


@pytest.mark.threat(1)
@pytest.mark.parametrize(
    "code",
    [
        "LT1:",
        "LT1:A",
        TICKET_CODE[:-1],
        TICKET_CODE[:-3],
        TICKET_CODE + "000",
        TICKET_CODE + " ",
        TICKET_CODE.lower().replace("lt1:", "LT1:"),
        "LT1:" + TICKET_CODE,
        "LT1:" + "0" * 1000,
        "LT1:" + ":" * 150,
        "LT1:Київ",
        "LT1:" + SLIP_CODE[4:],
    ],
)
def test_with_the_prefix_whatever_is_not_ours_is_a_bad_signature(code: str) -> None:
    assert read_ticket(code, RING, AT) == FORGED


@pytest.mark.threat(1)
@pytest.mark.parametrize(
    "header",
    [
        {"protected": {1: -7, 4: PUBLIC_TICKET_KEY.kid.encode()}},
        {"protected": {4: PUBLIC_TICKET_KEY.kid.encode()}},
        {"protected": {1: -8}, "unprotected": {4: PUBLIC_TICKET_KEY.kid.encode()}},
        {"protected": {4: PUBLIC_TICKET_KEY.kid.encode(), 1: -8}},
        {"protected": {1: -8, 2: [99], 4: PUBLIC_TICKET_KEY.kid.encode(), 99: 1}},
        {"protected": b""},
        {"unprotected": {1: -8}},
        {"unprotected": {33: b"certificate"}},
        {"tag": 98},
        {"tag": 61},
    ],
)
def test_another_algorithm_header_or_frame_is_refused_under_a_real_signature(
    header: dict[str, Any],
) -> None:
    payload = cbor2.loads(cose_of(TICKET_CODE)).value[2]
    assert read_ticket(signed(payload), RING, AT).check is CodeCheck.GOOD
    assert read_ticket(signed(payload, **header), RING, AT) == FORGED


_CTI = b"\x30" + bytes(6)


@pytest.mark.threat(1, 7)
@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff",
        cbor2.dumps(None),
        cbor2.dumps([4, 6, 7]),
        cbor2.dumps({}),
        cbor2.dumps({4: 1, 6: 1}),
        cbor2.dumps({4: 1, 6: 1, 7: b""}),
        cbor2.dumps({4: 1, 6: 1, 7: "text"}),
        cbor2.dumps({4: 1, 6: 1, 7: b"\x33" + bytes(6)}),
        cbor2.dumps({4: 1, 6: 1, 7: b"\x30" + bytes(99)}),
        cbor2.dumps({4: 1.5, 6: 1, 7: _CTI}),
        cbor2.dumps({4: "1", 6: 1, 7: _CTI}),
        cbor2.dumps({4: -1, 6: 1, 7: _CTI}),
        cbor2.dumps({4: 1 << 80, 6: 1, 7: _CTI}),
        cbor2.dumps({6: 1, 4: 1, 7: _CTI}),
        cbor2.dumps({4: 1, 6: 1, 7: _CTI, 8: {}}),
        cbor2.dumps({4: 1, 6: 1, 7: _CTI}) + b"\x00",
        cbor2.dumps({2: SLIP.number.replace("-", ""), 6: 1, 7: bytes(16)}),
        b"\xa3\x04\x18\x01\x06\x01\x07\x47" + _CTI,
        bytes.fromhex("81" * 200),
    ],
    ids=range(20),
)
def test_signed_content_that_is_no_ticket_is_refused(payload: bytes) -> None:
    assert read_ticket(signed(payload), RING, AT) == FORGED


def test_the_plainest_content_that_is_a_ticket_is_read() -> None:
    assert read_ticket(signed(cbor2.dumps({4: 1, 6: 1, 7: _CTI})), RING, AT).check is CodeCheck.GOOD


@pytest.mark.threat(7)
@given(st.text(max_size=200) | st.text(base45.ALPHABET, max_size=1100))
def test_reading_never_raises(text: str) -> None:
    for prefix in ("", "LT1:", "LS1:"):
        assert read_ticket(prefix + text, RING, AT).claims is None
        assert read_slip(prefix + text, RING).claims is None


@pytest.mark.threat(7)
@given(st.binary(max_size=60))
def test_not_even_where_strange_content_is_signed(payload: bytes) -> None:
    assert read_ticket(signed(payload), RING, AT).check in CodeCheck


class CountingRing(KeyRing):
    """A ring that counts how often it was asked."""

    asked = 0

    def signer(self, use: KeyUse, kid: bytes, signed: bytes, signature: bytes) -> PublicKey | None:
        """Count and find."""
        self.asked += 1
        return super().signer(use, kid, signed, signature)


@pytest.mark.threat(7)
@pytest.mark.parametrize(
    "code", ["", "LT1:", "LT1:" + "0" * 1000, TICKET_CODE[:-3], TICKET_CODE + "000", "LT1:Київ"]
)
def test_a_malformed_code_costs_less_than_a_good_one(code: str) -> None:
    ring = CountingRing(RING.keys)
    read_ticket(code, ring, AT)
    assert ring.asked == 0
    read_ticket(TICKET_CODE, ring, AT)
    assert ring.asked == 1


@pytest.mark.threat(7)
def test_an_endless_code_is_not_even_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[str] = []
    monkeypatch.setattr("gate.base45.decode", decoded.append)
    assert read_ticket("LT1:" + "0" * 997, RING, AT) == FORGED
    assert decoded == []
