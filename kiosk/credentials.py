"""What somebody showed, read as far as it can be read without any record."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from gate.codes import KeyRing, read_slip, read_ticket
from gate.facts import CodeCheck, CredentialKind, TicketClaims
from gate.scans import ScanKind, Scanned, classify


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A credential: what to look it up by, and what reading it already tells."""

    credential: CredentialKind | None
    value: str = ""
    """Ticket id, slip number, old number or card UID; empty where it could not be read."""
    check: CodeCheck = CodeCheck.GOOD
    claims: TicketClaims | None = None
    digest: str | None = None
    """SHA-256 of the bytes, all that is kept of a code that is nobody's (E02)."""

    @property
    def readable(self) -> bool:
        """Whether there is anything to look up."""
        return self.check is CodeCheck.GOOD and bool(self.value)


NOBODY = Shown(credential=None)
"""A visitor who shows nothing."""


def read_code(data: bytes, ring: KeyRing, at: datetime) -> Shown:
    """Read the bytes of a scanner, whatever they are; signatures are checked (threats 1, 7, 8)."""
    scanned = classify(data)
    digest = sha256(data).hexdigest()
    match scanned.kind:
        case ScanKind.TICKET_CODE:
            return _ticket(scanned, ring, at, digest)
        case ScanKind.SLIP_CODE:
            return _slip(scanned, ring, digest)
        case ScanKind.UNKNOWN:
            return Shown(credential=CredentialKind.NUMBER, check=CodeCheck.UNKNOWN, digest=digest)
        case _:
            return Shown(credential=scanned.credential, value=scanned.text, digest=digest)


def read_card(uid: bytes) -> Shown:
    """A card is known by its number alone, which can be copied (threat 6)."""
    return Shown(credential=CredentialKind.CARD, value=uid.hex().upper())


def _ticket(scanned: Scanned, ring: KeyRing, at: datetime, digest: str) -> Shown:
    reading = read_ticket(scanned.text, ring, at)
    return Shown(
        credential=scanned.credential,
        value="" if reading.claims is None else reading.claims.ticket_id,
        check=reading.check,
        claims=reading.claims,
        digest=digest,
    )


def _slip(scanned: Scanned, ring: KeyRing, digest: str) -> Shown:
    reading = read_slip(scanned.text, ring)
    return Shown(
        credential=scanned.credential,
        value="" if reading.claims is None else reading.claims.number,
        check=reading.check,
        digest=digest,
    )
