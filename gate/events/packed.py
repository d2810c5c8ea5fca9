"""Tickets of a snapshot as columns: a part of many tickets in a few bytes each, before compression.

A part is a head, one line of JSON, and then its columns one after the other. The head names each
column with its length in bytes, so that a station leaves out columns that it does not know and
takes the defaults of `TicketRecord` for those that are missing (fault 34). Numbers are little
endian and stand byte plane by byte plane (all lowest bytes first): planes of zeros compress to
nothing. Ids are sorted and stand as differences, days as ordinals of the calendar, kinds and states
as places in lists of the head. What few tickets have stands apart, with the places of its tickets.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from itertools import accumulate
from typing import Final

from pydantic import AwareDatetime, ValidationError

from gate.events.base import Record
from gate.events.centre import BanRecord

PACKED_MEDIA_TYPE: Final = "application/vnd.lystok.tickets"
PACKED_VERSION: Final = 1

FEE_PAID, HOME_LOANS, SLIP_NOT_RETURNED = 1, 2, 4
"""Bits of a ticket's flags."""

_BIG_ENDIAN = array("H", [1]).tobytes()[0] == 0
_ID_BYTES: Final = 6
_SEPARATOR: Final = "\0"
_DIGEST_BYTES: Final = 32
_LAST_DAY: Final = date.max.toordinal()


class BadPart(ValueError):
    """These bytes are no part of a snapshot, or of a version that can't be read here."""


class PartHead(Record):
    """The first line of a part."""

    version: int = PACKED_VERSION
    epoch: str
    cursor: int
    """Changes behind the cursor of the first part may be missing in this one, or be in it."""
    as_of: AwareDatetime
    count: int
    last: str | None
    """Ask on behind this id; None: there are no more tickets."""
    kinds: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    credential_kinds: tuple[str, ...] = ()
    columns: tuple[tuple[str, int], ...] = ()
    """Name and length in bytes, in the order in which they follow."""


class RareFields(Record):
    """Fields of a `TicketRecord` that few tickets have; they stand apart, as JSON."""

    ban: BanRecord | None = None
    consent_missing_until: date | None = None
    document_to_renew_from: date | None = None
    agreement_until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketColumns:
    """Tickets in the order of their ids; all sequences but the last three are as long as `ids`."""

    ids: Sequence[str]
    """12 hexadecimal signs each."""
    numbers: Sequence[str]
    names: Sequence[str]
    """Display names, empty where there is none."""
    kinds: Sequence[str]
    states: Sequence[str]
    flags: Sequence[int]
    valid_from: Sequence[int]
    """Ordinals of days, as `date.toordinal` counts them."""
    valid_until: Sequence[int]
    registered_for: Sequence[int]
    overdue: Sequence[tuple[int, int]] = field(default=())
    """Place of a ticket, and how many of its loans are overdue."""
    rest: Sequence[tuple[int, str]] = field(default=())
    """Place of a ticket, and its `RareFields` as JSON."""
    credentials: Sequence[tuple[int, str, str]] = field(default=())
    """Place of a ticket, kind and value of what stands for it."""


# --- Packing ---------------------------------------------------------------------------------


def pack(
    columns: TicketColumns, *, epoch: str, cursor: int, as_of: AwareDatetime, last: str | None
) -> bytes:
    """A part of a snapshot. Raises ValueError for ids that are not sorted hexadecimal signs."""
    kinds, states = _words(columns.kinds), _words(columns.states)
    shown = _words([kind for _, kind, _ in columns.credentials])
    bodies = dict(_bodies(columns, kinds, states, shown))
    head = PartHead(
        epoch=epoch,
        cursor=cursor,
        as_of=as_of,
        count=len(columns.ids),
        last=last,
        kinds=kinds,
        states=states,
        credential_kinds=shown,
        columns=tuple((name, len(body)) for name, body in bodies.items()),
    )
    part = b"".join((head.model_dump_json().encode(), b"\n", *bodies.values()))
    return part + sha256(part).digest()


def _bodies(
    columns: TicketColumns, kinds: Sequence[str], states: Sequence[str], shown: Sequence[str]
) -> Iterator[tuple[str, bytes]]:
    terms = [
        until - since for since, until in zip(columns.valid_from, columns.valid_until, strict=True)
    ]
    yield "id", _packed_ids(columns.ids)
    yield "kind", _places_of(kinds, columns.kinds)
    yield "state", _places_of(states, columns.states)
    yield "flags", bytes(columns.flags)
    yield "valid_from", _planes("I", columns.valid_from)
    yield "term", _planes("i", terms)
    yield "registered_for", _planes("I", columns.registered_for)
    yield "number", _texts(columns.numbers)
    yield "name", _texts(columns.names)
    yield "overdue_at", _planes("I", [place for place, _ in columns.overdue])
    yield "overdue", _planes("I", [number for _, number in columns.overdue])
    yield "rest_at", _planes("I", [place for place, _ in columns.rest])
    yield "rest", _texts([text for _, text in columns.rest])
    yield "credential_at", _planes("I", [place for place, _, _ in columns.credentials])
    yield "credential_kind", _places_of(shown, [kind for _, kind, _ in columns.credentials])
    yield "credential", _texts([value for _, _, value in columns.credentials])


def _words(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(words)))


def _places_of(words: Sequence[str], told: Iterable[str]) -> bytes:
    places = {word: place for place, word in enumerate(words)}
    return bytes(map(places.__getitem__, told))


def _packed_ids(ids: Sequence[str]) -> bytes:
    numbers = [int(one, 16) for one in ids]
    steps = [after - before for before, after in zip([-1, *numbers], numbers, strict=False)]
    if steps and (min(steps) < 1 or numbers[-1] >= 1 << (8 * _ID_BYTES)):
        raise ValueError("ids must be sorted, each once, of six bytes")
    return _planes("Q", steps, _ID_BYTES)


def _planes(code: str, numbers: Iterable[int], keep: int | None = None) -> bytes:
    """Numbers byte plane by byte plane, the lowest first; `keep` leaves out high ones."""
    values = array(code, numbers)
    if _BIG_ENDIAN:
        values.byteswap()
    size, raw = values.itemsize, values.tobytes()
    return b"".join(raw[plane::size] for plane in range(keep or size))


def _texts(texts: Sequence[str]) -> bytes:
    whole = _SEPARATOR.join(texts)
    if texts and whole.count(_SEPARATOR) >= len(texts):
        whole = _SEPARATOR.join(text.replace(_SEPARATOR, "") for text in texts)
    return whole.encode()


# --- Unpacking -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Part:
    """A part that came undamaged; its tickets are made of it when they are asked for."""

    head: PartHead
    _packed: bytes

    def columns(self) -> TicketColumns:
        """Its tickets. Raises BadPart."""
        try:
            return _columns(self.head, dict(_cut(self.head, self._packed)))
        except (LookupError, ValueError, OverflowError, UnicodeError) as error:
            raise BadPart("a part whose columns do not fit") from error


def unpack(body: bytes) -> Part:
    """A part with its head. Raises BadPart."""
    part, digest = body[:-_DIGEST_BYTES], body[-_DIGEST_BYTES:]
    if sha256(part).digest() != digest:
        raise BadPart("a part that was damaged or broke off")
    line, _, rest = part.partition(b"\n")
    try:
        head = PartHead.model_validate_json(line)
    except ValidationError as error:
        raise BadPart("a part without its head") from error
    if head.version != PACKED_VERSION:
        raise BadPart(f"a part of version {head.version}")
    return Part(head, rest)


def _cut(head: PartHead, body: bytes) -> Iterator[tuple[str, bytes]]:
    at = 0
    for name, length in head.columns:
        if length < 0 or at + length > len(body):
            raise BadPart("a column that is too long")
        yield name, body[at : at + length]
        at += length


def _columns(head: PartHead, bodies: dict[str, bytes]) -> TicketColumns:
    count = head.count
    since = _numbers("I", bodies["valid_from"], count)
    terms = _numbers("i", bodies["term"], count)
    until = [first + term for first, term in zip(since, terms, strict=True)]
    if any(days and (min(days) < 1 or max(days) > _LAST_DAY) for days in (since, until)):
        raise BadPart("a day beyond the calendar")
    return TicketColumns(
        ids=_ids(bodies["id"], count),
        numbers=_split(bodies["number"], count),
        names=_split(bodies["name"], count) if "name" in bodies else [""] * count,
        kinds=_named(head.kinds, bodies["kind"], count),
        states=_named(head.states, bodies["state"], count),
        flags=bodies["flags"][:count],
        valid_from=since,
        valid_until=until,
        registered_for=_numbers("I", bodies["registered_for"], count),
        overdue=list(zip(*_numbers_apart(bodies, "overdue", count), strict=True)),
        rest=list(zip(*_texts_apart(bodies, "rest", count), strict=True)),
        credentials=_credentials(head, bodies),
    )


def _credentials(head: PartHead, bodies: dict[str, bytes]) -> list[tuple[int, str, str]]:
    places, values = _texts_apart(bodies, "credential", head.count)
    kinds = [head.credential_kinds[code] for code in bodies.get("credential_kind", b"")]
    return list(zip(places, kinds, values, strict=True))


def _ids(body: bytes, count: int) -> list[str]:
    steps = _numbers("Q", body, count, _ID_BYTES)
    if count and min(steps) < 1:
        raise BadPart("ids out of order")
    numbers = list(accumulate(steps, initial=-1))[1:]
    if count and numbers[-1] >= 1 << (8 * _ID_BYTES):
        raise BadPart("ids too large")
    return [f"{number:012x}" for number in numbers]


def _numbers(
    code: str, body: bytes, count: int | None = None, kept: int | None = None
) -> Sequence[int]:
    values = array(code)
    size = values.itemsize
    length, left = divmod(len(body), kept or size)
    if left or count not in (None, length):
        raise BadPart("a column of another length")
    raw = bytearray(size * length)
    for plane in range(kept or size):
        raw[plane::size] = body[plane * length : (plane + 1) * length]
    values.frombytes(raw)
    if _BIG_ENDIAN:
        values.byteswap()
    return values


def _named(words: Sequence[str], codes: bytes, count: int) -> list[str]:
    if len(codes) != count:
        raise BadPart("a column of another length")
    return [words[code] for code in codes]


def _split(body: bytes, count: int) -> list[str]:
    texts = body.decode().split(_SEPARATOR) if count else []
    if len(texts) != count:
        raise BadPart("a column of another length")
    return texts


def _texts_apart(
    bodies: dict[str, bytes], name: str, count: int
) -> tuple[Sequence[int], Sequence[str]]:
    places = _places(bodies, name, count)
    return places, _split(bodies.get(name, b""), len(places))


def _numbers_apart(
    bodies: dict[str, bytes], name: str, count: int
) -> tuple[Sequence[int], Sequence[int]]:
    return _places(bodies, name, count), _numbers("I", bodies.get(name, b""))


def _places(bodies: dict[str, bytes], name: str, count: int) -> Sequence[int]:
    places = _numbers("I", bodies.get(f"{name}_at", b""))
    if len(places) and max(places) >= count:
        raise BadPart("a place without its ticket")
    return places
