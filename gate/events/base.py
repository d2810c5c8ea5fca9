"""What all records have in common."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from gate.kinds import OwnItemKind

SCHEMA_VERSION = 1
_UUID7_ENTROPY_BYTES = 10

Short = Annotated[str, Field(max_length=200)]


class Record(BaseModel):
    """Base of everything on the wire: frozen, tolerant of fields it does not know."""

    model_config = ConfigDict(frozen=True, extra="ignore")


def uuid7(at: datetime, entropy: bytes) -> UUID:
    """Make a UUIDv7 (RFC 9562) of an instant and at least 10 random bytes.

    Raises ValueError with fewer than 10 bytes.
    """
    if len(entropy) < _UUID7_ENTROPY_BYTES:
        raise ValueError("a UUIDv7 needs 10 random bytes")
    milliseconds = int(at.timestamp() * 1000) & ((1 << 48) - 1)
    random = int.from_bytes(entropy[:_UUID7_ENTROPY_BYTES], "big")
    value = (milliseconds << 80) | (random & ((1 << 80) - 1))
    value = (value & ~(0xF << 76)) | (0x7 << 76)
    return UUID(int=(value & ~(0x3 << 62)) | (0x2 << 62))


class OwnItemRecord(Record):
    """Something of the reader's own, declared at entry (R3.1.3)."""

    kind: OwnItemKind
    count: Annotated[int, Field(ge=1, le=99)] = 1
    approved_by: Short | None = None
