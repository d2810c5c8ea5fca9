"""Sample keys and codes."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from gate import base45
from gate.codes import (
    KeyRing,
    KeyUse,
    SlipClaims,
    new_signing_key,
    new_slip_number,
    sign_slip,
    sign_ticket,
)
from gate.facts import TicketClaims, TicketKind
from tests.gate.sample import AT, kyiv

TICKET_KEY = new_signing_key(sha256(b"ticket").digest())
SLIP_KEY = new_signing_key(sha256(b"slip of K1").digest())
PUBLIC_TICKET_KEY = TICKET_KEY.public(KeyUse.TICKET, kyiv(2026, 1, 1))
PUBLIC_SLIP_KEY = SLIP_KEY.public(KeyUse.SLIP, kyiv(2026, 1, 1), station="K1")
RING = KeyRing([PUBLIC_TICKET_KEY, PUBLIC_SLIP_KEY])

CLAIMS = TicketClaims(
    ticket_id="3f9a01bc22d4",
    kind=TicketKind.PERMANENT,
    issued=kyiv(2026, 3, 1, 12, 0),
    expires=kyiv(2031, 3, 1),
    registered_for=2026,
)
SLIP = SlipClaims(
    visit_id=UUID("0195b7a0-7e1c-7c3a-9d55-2f1e6a0b9c11"),
    number=new_slip_number("K1", 7, bytes(8)),
    station="K1",
    issued=AT - timedelta(minutes=90),
)
TICKET_CODE = sign_ticket(CLAIMS, TICKET_KEY)
SLIP_CODE = sign_slip(SLIP, SLIP_KEY)
EVENT_SLIP_CODE = sign_slip(replace(SLIP, event=True), SLIP_KEY)


def cose_of(code: str) -> bytes:
    """The COSE bytes within a code."""
    return base45.decode(code[4:])
