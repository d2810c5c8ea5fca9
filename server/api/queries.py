"""What callers put into the address of a request, and what is answered to them only here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from gate.events import Record

LONGEST_WAIT_S = 60


class ChangesQuery(Record):
    """`GET changes?after=CURSOR&epoch=EPOCH&wait_s=S`."""

    after: Annotated[int, Field(ge=0, lt=1 << 63, description="Cursor of the last answer")] = 0
    epoch: Annotated[str | None, Field(max_length=40, description="Epoch of the copy")] = None
    wait_s: Annotated[
        float, Field(ge=0, le=LONGEST_WAIT_S, description="How long to wait for a change")
    ] = 0


class SnapshotQuery(Record):
    """`GET snapshot?tickets=apart`."""

    tickets: Annotated[
        Literal["lines", "apart"],
        Field(description="apart: no tickets among the lines, they come by GET tickets"),
    ] = "lines"


class TicketsQuery(Record):
    """`GET tickets?after=ID`."""

    after: Annotated[
        str, Field(pattern=r"^([0-9a-f]{12})?$", description="Last ticket of the part before")
    ] = ""


class Jwk(Record):
    """A public key (RFC 7517, RFC 8037)."""

    kty: Literal["OKP"]
    crv: Literal["Ed25519"]
    alg: Literal["EdDSA"]
    use: Literal["sig"]
    kid: str
    x: str


class JwkSet(Record):
    """Public ticket keys."""

    keys: tuple[Jwk, ...]
