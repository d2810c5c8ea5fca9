"""SIP2 messages: from bytes and to bytes (3M SIP 2.00, "Message Formats").

A message whose checksum is wrong is never made into a `Message`: nobody can act on it (fault 35).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Final

from server.library_systems.sip2.layouts import LAYOUTS, Code, Tag

LONGEST_BYTES: Final = 64 * 1024
"""More than any patron's list of loans; a longer line is no SIP2."""
_TRAILER = re.compile(r"\|?AY(?P<sequence>\d)(?:AZ(?P<sum>[0-9A-Fa-f]{4}))?\s*$")
_BARE_SUM = re.compile(r"\|?AZ(?P<sum>[0-9A-Fa-f]{4})\s*$")
_NEVER_NUMBERED: Final = (Code.ASK_AGAIN, Code.RESEND)
_DATE_FORMAT: Final = "%Y%m%d    %H%M%S"
_DATE_DIGITS: Final = re.compile(r"(\d{8})[ A-Za-z]{0,4}(\d{6})?")
_TAG_SIGNS: Final = 2
_FIXED: Final = re.compile(r"[0-9 YNUZ.]*", re.ASCII)
"""All that fixed parts are made of: counts, dates, flags, a version."""
_UNPRINTABLE: Final = re.compile(r"[|\r\n\x00]")


class Malformed(ValueError):
    """Not a message of SIP2."""


class BadChecksum(Malformed):
    """A message that was changed on its way; it has to be sent again."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the other side writes; nothing of it can be guessed from a message."""

    charset: str = "utf-8"
    """Of Python's codecs: `utf-8`, `cp1251`, `cp1125`, `koi8_u`."""
    terminator: bytes = b"\r"
    """CR, or CR LF; both are read."""
    code_point_sums: bool = False
    """Accept also checksums that were made of characters instead of bytes: a mistake of several
    systems that write UTF-8."""


@dataclass(frozen=True, slots=True)
class Message:
    """One message. Unknown fields are kept, and mean nothing."""

    code: Code
    fixed: dict[str, str] = field(default_factory=dict)
    """The parts of fixed width by their names, blanks at their ends kept."""
    fields: tuple[tuple[str, str], ...] = ()
    """Tags and values in their order; a tag may come more than once."""
    sequence: int | None = None
    """0 to 9; None where the other side does not detect errors."""

    def first(self, tag: Tag) -> str:
        """The first value of a field, without blanks around it; empty where there is none."""
        return next((value.strip() for name, value in self.fields if name == tag), "")

    def all(self, tag: Tag) -> list[str]:
        """All values of a field that say anything."""
        return [value.strip() for name, value in self.fields if name == tag and value.strip()]

    def number(self, part: str) -> int:
        """A count of the fixed part: 0 where it is blank, padded by blanks or by zeros."""
        told = self.fixed.get(part, "").strip()
        return int(told) if told.isascii() and told.isdigit() else 0

    def says(self, part: str) -> bool:
        """Whether a flag is set: Y, or 1 where the standard has it so."""
        return self.fixed.get(part) in ("Y", "1")


def checksum(text: bytes) -> str:
    """Four signs: the two's complement of the sum of all bytes up to and with `AZ`."""
    return f"{-sum(text) & 0xFFFF:04X}"


def encode(message: Message, dialect: Dialect) -> bytes:
    """Write a message with its end; what the charset lacks becomes `?`, never another letter."""
    fixed = (
        message.fixed.get(part.name, "")[: part.width].ljust(part.width)
        for part in LAYOUTS[message.code]
    )
    parts = [message.code.value, *fixed]
    parts += [f"{tag}{_UNPRINTABLE.sub(' ', value)}|" for tag, value in message.fields]
    body = "".join(parts).encode(dialect.charset, "replace")
    if message.sequence is not None:
        body += f"{Tag.SEQUENCE}{message.sequence}".encode("ascii")
    if message.sequence is not None or message.code in _NEVER_NUMBERED:
        body += Tag.CHECKSUM.encode("ascii")
        body += checksum(body).encode("ascii")
    return body + dialect.terminator


def decode(frame: bytes, dialect: Dialect) -> Message:
    """Read one message without its end.

    Raises BadChecksum where it carries a sum that does not fit, Malformed where it is no message.
    """
    frame = frame.strip(b"\r\n\0 ")
    try:
        text = frame.decode(dialect.charset)
    except UnicodeDecodeError:
        raise Malformed("bytes that the charset does not have") from None
    text, sequence = _without_trailer(text, frame, dialect)
    try:
        code = Code(text[:2])
    except ValueError:
        raise Malformed("an unknown kind of message") from None
    fixed, rest = _fixed(code, text[2:])
    fields = tuple(_fields(unicodedata.normalize("NFC", rest)))
    return Message(code, fixed, fields, sequence)


def _without_trailer(text: str, frame: bytes, dialect: Dialect) -> tuple[str, int | None]:
    found = _TRAILER.search(text) or _BARE_SUM.search(text)
    if found is None:
        return text, None
    told = found.group("sum")
    if told is not None and told.upper() not in _sums(text, frame, dialect):
        raise BadChecksum("the checksum does not fit")
    sequence = found.groupdict().get("sequence")
    return text[: found.start()], None if sequence is None else int(sequence)


def _sums(text: str, frame: bytes, dialect: Dialect) -> Iterator[str]:
    """Every sum that may stand at the end of this message."""
    yield checksum(frame[: frame.rindex(b"AZ") + 2])
    if dialect.code_point_sums:
        yield f"{-sum(map(ord, text[: text.rindex('AZ') + 2])) & 0xFFFF:04X}"


def _fixed(code: Code, text: str) -> tuple[dict[str, str], str]:
    fixed, place = {}, 0
    for part in LAYOUTS[code]:
        value = text[place : place + part.width]
        if len(value) < part.width:
            raise Malformed(f"message {code} ends within its fixed part")
        fixed[part.name] = value
        place += part.width
    return fixed, text[place:]


def _fields(text: str) -> Iterator[tuple[str, str]]:
    for piece in text.split("|"):
        if len(piece) >= _TAG_SIGNS:
            yield piece[:_TAG_SIGNS], piece[_TAG_SIGNS:]


class Framer:
    """Cuts what a socket brings into messages: half ones wait, of two each comes by itself."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[bytes]:
        """All messages that are whole now. Raises Malformed where no end comes in sight."""
        *whole, self._rest = re.split(rb"[\r\n]+", self._rest + data)
        if len(self._rest) > LONGEST_BYTES:
            raise Malformed("a message without an end")
        return [frame for frame in whole if frame.strip(b"\0 ")]


def date_told(at: datetime) -> str:
    """18 signs; the zone is left blank, which means the library's own time (SIP2: "local")."""
    return at.strftime(_DATE_FORMAT)


def date_read(told: str, zone: tzinfo) -> datetime | None:
    """A date of 8 or 18 signs, or `2026-12-05`, as systems send them; None for anything else."""
    text = told.strip()
    dashed = re.match(r"(\d{4})-(\d\d)-(\d\d)", text)
    if dashed is not None:
        text = "".join(dashed.groups()) + text[dashed.end() :].replace(":", "").strip(" T")
    found = _DATE_DIGITS.match(text)
    if found is None:
        return None
    try:
        read = datetime.strptime(f"{found[1]}{found[2] or '235959'}Z", "%Y%m%d%H%M%S%z")
    except ValueError:
        return None
    return read.replace(tzinfo=zone)


def masked(frame: bytes, charset: str) -> str:
    """The same message for a recording: whatever may tell of a person is hidden, its form is kept.

    What is no message at all is hidden but for its first two signs; so is one that lost a piece of
    its fixed part, where a name may stand then. Of one whose checksum does not fit no field is
    shown: where a bar was lost, a name stands in the field before it.
    """
    text = frame.decode(charset, "replace").strip("\r\n\0 ")
    try:
        width = 2 + sum(part.width for part in LAYOUTS[Code(text[:2])])
    except ValueError:
        return _hidden(text)
    if not _FIXED.fullmatch(text[:width]):
        return _hidden(text)
    trailer = _TRAILER.search(text) or _BARE_SUM.search(text)
    end = trailer.start() if trailer else len(text)
    shown = _SHOWN if _is_whole(text, frame, trailer) else frozenset[Tag]()
    fields = (one if one[:2] in shown else _hidden(one) for one in text[width:end].split("|"))
    return text[:width] + "|".join(fields) + text[end:]


def _is_whole(text: str, frame: bytes, trailer: re.Match[str] | None) -> bool:
    """Whether its checksum fits by either reckoning, or it has none."""
    told = trailer.group("sum") if trailer else None
    return told is None or told.upper() in _sums(text, frame, Dialect(code_point_sums=True))


def _hidden(text: str) -> str:
    return text[:2] + "*" * len(text[2:])


_SHOWN: Final = frozenset(
    (
        Tag.INSTITUTION, Tag.LIBRARY_NAME, Tag.TERMINAL_LOCATION, Tag.CURRENT_LOCATION,
        Tag.PERMANENT_LOCATION, Tag.OWNER, Tag.VALID_PATRON, Tag.VALID_PATRON_PASSWORD,
        Tag.SUPPORTED, Tag.MEDIA, Tag.DUE, Tag.EXPIRES, Tag.CURRENCY, Tag.HOLDS_LIMIT,
        Tag.OVERDUE_LIMIT, Tag.CHARGED_LIMIT, Tag.START_ITEM, Tag.END_ITEM, Tag.LOCATION,
    )
)  # fmt: skip
"""Fields that never tell of a person."""
