"""Codes in the eyes of somebody else's COSE library, with the public JWK set alone."""

import json
from base64 import urlsafe_b64encode
from typing import Any

import cbor2
import cwt
import pytest
from cwt import COSE, COSEAlgs, COSEHeaders, COSEKey

from gate import base45
from gate.codes import TicketReading, jwk_set, read_ticket
from gate.facts import CodeCheck
from tests.gate.code_sample import (
    CLAIMS,
    EVENT_SLIP_CODE,
    PUBLIC_TICKET_KEY,
    RING,
    SLIP,
    SLIP_CODE,
    TICKET_CODE,
    TICKET_KEY,
    cose_of,
)
from tests.gate.sample import AT

CONTENT = {
    4: int(CLAIMS.expires.timestamp()),
    6: int(CLAIMS.issued.timestamp()),
    7: bytes([2026 - 2020 << 3]) + bytes.fromhex(CLAIMS.ticket_id),
}
PUBLISHED = json.dumps(jwk_set(RING.keys))


def strangers_keys() -> list[Any]:
    """The keys as somebody else reads them."""
    return [COSEKey.from_jwk(jwk) for jwk in json.loads(PUBLISHED)["keys"]]


@pytest.mark.threat(1)
def test_another_library_verifies_a_ticket() -> None:
    protected, unprotected, _ = COSE.new(verify_kid=True).decode_with_headers(
        cose_of(TICKET_CODE), strangers_keys()
    )
    assert protected == {1: -8, 4: PUBLIC_TICKET_KEY.kid.encode()}
    assert unprotected == {}
    assert cwt.decode(cose_of(TICKET_CODE), strangers_keys(), no_verify=True) == CONTENT


def test_another_library_verifies_slips() -> None:
    slip = {
        2: SLIP.number.replace("-", ""),
        6: int(SLIP.issued.timestamp()),
        7: SLIP.visit_id.bytes,
    }
    assert COSE.new(verify_kid=True).decode(cose_of(SLIP_CODE), strangers_keys())
    assert cwt.decode(cose_of(SLIP_CODE), strangers_keys()) == slip
    assert cwt.decode(cose_of(EVENT_SLIP_CODE), strangers_keys()) == slip | {9: "event"}


@pytest.mark.threat(1)
def test_another_library_sees_a_forgery_where_we_see_one() -> None:
    data = bytearray(cose_of(TICKET_CODE))
    data[-1] ^= 1
    with pytest.raises(cwt.VerifyError):
        cwt.decode(bytes(data), strangers_keys())


def test_what_another_library_signs_in_our_form_we_read() -> None:
    """The layout is the RFCs' own, not ours alone."""
    private = urlsafe_b64encode(TICKET_KEY.private).rstrip(b"=").decode()
    jwk = jwk_set([PUBLIC_TICKET_KEY])["keys"][0]
    key = COSEKey.from_jwk(jwk | {"d": private, "key_ops": ["sign"]})
    header = {COSEHeaders.ALG: COSEAlgs.EDDSA, COSEHeaders.KID: PUBLIC_TICKET_KEY.kid.encode()}
    message = COSE.new().encode(cbor2.dumps(CONTENT), key, protected=header)
    assert message == cose_of(TICKET_CODE)
    reading = read_ticket("LT1:" + base45.encode(message), RING, AT)
    assert reading == TicketReading(check=CodeCheck.GOOD, claims=CLAIMS)
