"""Ticket and slip codes: COSE_Sign1 (RFC 9052) over CWT claims (RFC 8392) in Base45 (RFC 9285).

Layout, the same for both, in deterministic CBOR; nothing else is read:

    18([ << {1: -8, 4: kid} >>, {}, << claims >>, signature ])      -8: EdDSA, here Ed25519

`LT1:` ticket, kid of 2 signs    {4: expires, 6: issued, 7: grade and ticket id}
`LS1:` slip, kid of 11 signs     {2: number, 6: issued, 7: visit id}, of an event also {9: "event"}

Only registered claims are used: exp 4, iat 6, cti 7, sub 2 (RFC 8392), scope 9 (RFC 9200). The
sets differ, so that a ticket never reads as a slip, whatever key signed it; keys are bound to one
use besides. The grade is one byte: years from 2020 to the year the ticket is registered for
(5 bits), scope (1 bit), kind (2 bits). A kid is how the key's id in base64url begins, as text; its
JWK has the same. Two signs only hint which keys to try: with them and the 6 bytes of a ticket id
a ticket is 100 bytes or 154 signs, the most that a version 6-M QR code holds.

Reading compares the frame byte by byte and checks the signature before any CBOR is parsed: strange
bytes meet no parser, and a malformed code costs less than a good one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import cbor2

from gate import base45
from gate.facts import CodeCheck, TicketClaims, TicketKind
from gate.keys import (
    KID_SIGNS,
    KeyRing,
    KeyUse,
    PublicKey,
    SigningKey,
    jwk_set,
    kid_of,
    new_signing_key,
)
from gate.slip_numbers import new_slip_number, normalise_slip_number

__all__ = [
    "CODE_MAX_SIGNS",
    "SLIP_PREFIX",
    "TICKET_PREFIX",
    "KeyRing",
    "KeyUse",
    "PublicKey",
    "SigningKey",
    "SlipClaims",
    "SlipReading",
    "TicketReading",
    "jwk_set",
    "new_signing_key",
    "new_slip_number",
    "new_ticket_id",
    "normalise_slip_number",
    "read_slip",
    "read_ticket",
    "sign_slip",
    "sign_ticket",
]

TICKET_PREFIX: Final = "LT1:"
SLIP_PREFIX: Final = "LS1:"
CODE_MAX_SIGNS: Final = 1000
"""Longer codes are refused unread."""

_TICKET_ID_BYTES: Final = 6
_TICKET_ID: Final = re.compile(r"(?:[0-9a-f]{2}){4,8}", re.ASCII)
_FIRST_YEAR: Final = 2020
_LAST_YEAR: Final = _FIRST_YEAR + 31
_KINDS: Final = (TicketKind.PERMANENT, TicketKind.ONE_TIME, TicketKind.STAFF)
_SCOPES: Final = ("all", "reading_rooms")
_SUB, _EXP, _IAT, _CTI, _SCOPE = 2, 4, 6, 7, 9
_EVENT_SCOPE: Final = "event"
_FRAME: Final = bytes.fromhex("d284")
_NO_MORE_HEADERS: Final = bytes.fromhex("a0")
_SIGNATURE_HEAD: Final = bytes.fromhex("5840")
_SIGNATURE_BYTES: Final = 64
_BYTE_STRING: Final = 0x40
_LONG_STRING: Final = 24
"""From this length on, a CBOR string tells its length in a byte of its own (RFC 8949, 3)."""
_SIGNED_HEAD: Final = b"\x84\x6aSignature1"
_SLIP_CLOCK_SKEW: Final = timedelta(days=1)
"""A station's clock may be behind the server's when its key is young."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketReading:
    """What reading a ticket code showed; claims only where the signature is good."""

    check: CodeCheck
    claims: TicketClaims | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipClaims:
    """What a signed slip says of itself."""

    visit_id: UUID
    number: str
    """As `new_slip_number` made it."""
    station: str
    issued: datetime
    event: bool = False
    """Given for an event without a ticket: no right to documents or services (R2.4)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipReading:
    """What reading a slip code showed; claims only where the signature is good."""

    check: CodeCheck
    claims: SlipClaims | None = None


def new_ticket_id(entropy: bytes) -> str:
    """Make a ticket id of at least 6 random bytes: 12 hexadecimal signs. It opens no door."""
    if len(entropy) < _TICKET_ID_BYTES:
        raise ValueError(f"a ticket id needs {_TICKET_ID_BYTES} random bytes")
    return entropy[:_TICKET_ID_BYTES].hex()


def sign_ticket(claims: TicketClaims, key: SigningKey) -> str:
    """Write a ticket code. Times are kept to the second.

    Raises ValueError where the claims can't be told: an id that is not 4 to 8 bytes in lower-case
    hex, an unknown scope, a year before 2020 or after 2051, a time outside 1970-2106.
    """
    return TICKET_PREFIX + _sign(_ticket_payload(claims), key, KeyUse.TICKET)


def read_ticket(code: str, ring: KeyRing, at: datetime) -> TicketReading:
    """Read a ticket code and check who signed it. Whether the ticket has expired is not judged.

    A code without the prefix is `unknown`. With it, whatever is not ours to the last bit is
    `bad_signature` (E07, E10); a key retired but not revoked by `at` is good (E09). Never raises.
    """
    if not code.startswith(TICKET_PREFIX):
        return TicketReading(check=CodeCheck.UNKNOWN)
    found = _open(code, KeyUse.TICKET, ring)
    if found is None or found[0].is_revoked(at):
        return TicketReading(check=CodeCheck.BAD_SIGNATURE)
    claims = _ticket_claims(found[1])
    check = CodeCheck.BAD_SIGNATURE if claims is None else CodeCheck.GOOD
    return TicketReading(check=check, claims=claims)


def sign_slip(claims: SlipClaims, key: SigningKey) -> str:
    """Write a slip code. Times are kept to the second.

    Raises ValueError where the number is none of the station's or the time is outside 1970-2106.
    """
    return SLIP_PREFIX + _sign(_slip_payload(claims), key, KeyUse.SLIP)


def read_slip(code: str, ring: KeyRing) -> SlipReading:
    """Read a slip code and check that the station in its number signed it, in its key's term.

    Revoking a station's key voids the slips issued from then on, earlier ones stay good. Verdicts
    of the code are those of `read_ticket`. Never raises.
    """
    if not code.startswith(SLIP_PREFIX):
        return SlipReading(check=CodeCheck.UNKNOWN)
    found = _open(code, KeyUse.SLIP, ring)
    claims = None if found is None else _slip_claims(found[1])
    if found is None or claims is None or not _may_have_signed(found[0], claims):
        return SlipReading(check=CodeCheck.BAD_SIGNATURE)
    return SlipReading(check=CodeCheck.GOOD, claims=claims)


# --- The frame: COSE_Sign1 -------------------------------------------------------------------


def _protected(kid: bytes) -> bytes:
    """The protected header as a byte string: the algorithm is fixed, the kid follows."""
    header = bytes.fromhex("a2012704") + cbor2.dumps(kid)
    return cbor2.dumps(header)


_BLANK_HEADERS: Final = {use: _protected(bytes(signs)) for use, signs in KID_SIGNS.items()}
"""The protected header of each use, with zeros where the kid stands."""


def _sign(payload: bytes, key: SigningKey, use: KeyUse) -> str:
    protected = _protected(kid_of(key.key_id, use).encode("ascii"))
    content = cbor2.dumps(payload)
    signature = key.sign(_signed(protected, content))
    frame = _FRAME + protected + _NO_MORE_HEADERS + content + _SIGNATURE_HEAD
    return base45.encode(frame + signature)


def _signed(protected: bytes, content: bytes) -> bytes:
    """What the signature covers: the Sig_structure of RFC 9052, 4.4, without external data."""
    return _SIGNED_HEAD + protected + b"\x40" + content


def _open(code: str, use: KeyUse, ring: KeyRing) -> tuple[PublicKey, bytes] | None:
    """Find who signed a code and the payload; None where it is not ours, for whatever cause."""
    if len(code) > CODE_MAX_SIGNS:
        return None
    try:
        data = base45.decode(code[len(TICKET_PREFIX) :])
    except ValueError:
        return None
    kid_signs = KID_SIGNS[use]
    protected = _BLANK_HEADERS[use]
    kid_end = len(_FRAME) + len(protected)
    kid = data[kid_end - kid_signs : kid_end]
    protected = protected[:-kid_signs] + kid
    start = _FRAME + protected + _NO_MORE_HEADERS
    rest, signature = data[len(start) : -_SIGNATURE_BYTES], data[-_SIGNATURE_BYTES:]
    if not data.startswith(start) or not rest.endswith(_SIGNATURE_HEAD):
        return None
    content = rest[: -len(_SIGNATURE_HEAD)]
    payload = _byte_string(content)
    key = ring.signer(use, kid, _signed(protected, content), signature)
    return None if key is None or payload is None else (key, payload)


def _byte_string(content: bytes) -> bytes | None:
    """What a CBOR byte string of less than 256 bytes in its shortest form holds."""
    short, long = content[1:], content[2:]
    if len(short) < _LONG_STRING and content[:1] == bytes([_BYTE_STRING | len(short)]):
        return short
    head = bytes([_BYTE_STRING | _LONG_STRING, len(long) & 0xFF])
    is_long = _LONG_STRING <= len(long) < 1 << 8 and content[:2] == head
    return long if is_long else None


# --- The claims: CWT -------------------------------------------------------------------------


def _numeric_date(at: datetime) -> int:
    seconds = int(at.timestamp())
    if not 0 <= seconds < 1 << 32:
        raise ValueError("a time outside 1970-2106")
    return seconds


def _ticket_payload(claims: TicketClaims) -> bytes:
    if _TICKET_ID.fullmatch(claims.ticket_id) is None:
        raise ValueError("a ticket id is 4 to 8 bytes in lower-case hex")
    grade = _grade(claims)
    return cbor2.dumps(
        {
            _EXP: _numeric_date(claims.expires),
            _IAT: _numeric_date(claims.issued),
            _CTI: bytes([grade]) + bytes.fromhex(claims.ticket_id),
        }
    )


def _grade(claims: TicketClaims) -> int:
    if not _FIRST_YEAR <= claims.registered_for <= _LAST_YEAR:
        raise ValueError(f"a ticket is registered for {_FIRST_YEAR} to {_LAST_YEAR}")
    years = claims.registered_for - _FIRST_YEAR
    return years << 3 | _SCOPES.index(claims.scope) << 2 | _KINDS.index(claims.kind)


def _ticket_claims(payload: bytes) -> TicketClaims | None:
    """Read what `_ticket_payload` writes, and nothing that it would write otherwise."""
    try:
        found = cbor2.loads(payload)
        grade, ticket_id = found[_CTI][0], found[_CTI][1:]
        claims = TicketClaims(
            ticket_id=ticket_id.hex(),
            kind=_KINDS[grade & 0b11],
            issued=datetime.fromtimestamp(found[_IAT], UTC),
            expires=datetime.fromtimestamp(found[_EXP], UTC),
            registered_for=_FIRST_YEAR + (grade >> 3),
            scope=_SCOPES[grade >> 2 & 1],
        )
        return claims if _ticket_payload(claims) == payload else None
    except _UNREADABLE:
        return None


def _slip_payload(claims: SlipClaims) -> bytes:
    number = normalise_slip_number(claims.number)
    if number is None or number != claims.number or number[:2] != claims.station:
        raise ValueError("a slip has a number of its station's")
    payload: dict[int, Any] = {
        _SUB: number.replace("-", ""),
        _IAT: _numeric_date(claims.issued),
        _CTI: claims.visit_id.bytes,
    }
    return cbor2.dumps(payload | ({_SCOPE: _EVENT_SCOPE} if claims.event else {}))


def _slip_claims(payload: bytes) -> SlipClaims | None:
    """Read what `_slip_payload` writes, and nothing that it would write otherwise."""
    try:
        found = cbor2.loads(payload)
        number = normalise_slip_number(found[_SUB]) or ""
        claims = SlipClaims(
            visit_id=UUID(bytes=found[_CTI]),
            number=number,
            station=number[:2],
            issued=datetime.fromtimestamp(found[_IAT], UTC),
            event=_SCOPE in found,
        )
        return claims if _slip_payload(claims) == payload else None
    except _UNREADABLE:
        return None


_UNREADABLE: Final = (
    cbor2.CBORError,
    ArithmeticError,
    AttributeError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
)
"""What a payload that is signed and yet none of ours may bring up."""


def _may_have_signed(key: PublicKey, claims: SlipClaims) -> bool:
    if key.station != claims.station or claims.issued < key.not_before - _SLIP_CLOCK_SKEW:
        return False
    retired = key.not_after is not None and claims.issued > key.not_after
    return not retired and not key.is_revoked(claims.issued)
