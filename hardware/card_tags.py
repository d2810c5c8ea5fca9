"""What contactless cards carry: a number, and text or a URI in NDEF (NFC Forum).

Cards are asked by command APDUs through `transmit`, as PC/SC readers take them. Everything a
card answers may be forged or torn: lengths are bounded before they are believed, loops go
forward, and what makes no sense is as good as not there.
Sources: PC/SC part 3 (pseudo APDUs, ATR of storage cards); NFC Forum Type 2 Tag, Type 4 Tag,
NDEF, and the record types Text and URI; ISO/IEC 7816-4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

Transmit: TypeAlias = Callable[[bytes], bytes]
"""A command APDU to the response, with its status word at the end."""

UID_SIZES: Final = (4, 7, 10)
LONGEST_MESSAGE: Final = 1024
"""Bytes of an NDEF message; no ticket needs more, and a card on the reader is in a hurry. Of
Type 2 tags no more than 1,008 can be asked for."""

_DONE: Final = b"\x90\x00"
_FAILED: Final = b"\x63\x00"
_GET_UID: Final = bytes.fromhex("FFCA000000")


class CardOutOfReachError(Exception):
    """The reader could not reach the card, or no longer."""


def read_uid(transmit: Transmit) -> bytes | None:
    """The card's number of 4, 7 or 10 bytes; None if it has none, as contact cards.

    Raises `CardOutOfReachError`: there is a card, and asking again may help.
    """
    answer = transmit(_GET_UID)
    if answer[-2:] == _FAILED:
        raise CardOutOfReachError
    uid = answer[:-2]
    return uid if answer[-2:] == _DONE and len(uid) in UID_SIZES else None


def read_text(transmit: Transmit, atr: bytes) -> str | None:
    """The first text or URI on a card with this answer to reset; None if it carries none."""
    storage = _storage_name(atr)
    if storage in _NEEDS_KEYS:
        return None
    message = _type_4_message(transmit) if storage is None else _type_2_message(transmit)
    return first_text(message) if message else None


def _ask(transmit: Transmit, apdu: bytes) -> bytes | None:
    """The answer without its status word; None if the card refused."""
    answer = transmit(apdu)
    return answer[:-2] if answer[-2:] == _DONE else None


# Which kind of card: readers make an ATR of their own for cards that have none.

_STORAGE_CARD: Final = bytes.fromhex("4F0CA000000306")
_NEEDS_KEYS: Final = (b"\x00\x01", b"\x00\x02", b"\x00\x26")
"""MIFARE Classic of 1 and 4 KiB, and Mini."""


def _storage_name(atr: bytes) -> bytes | None:
    """Which storage card an ATR names, two bytes; None for cards with a processor."""
    _, found, rest = atr.partition(_STORAGE_CARD)
    return rest[1:3] if found else None


# Type 2: memory in pages of 4 bytes, the first 4 for the system, then tagged blocks.

_PAGE: Final = 4
_CAPABILITY_PAGE: Final = 3
_FIRST_PAGE: Final = 4
_LAST_PAGE: Final = 255
_AT_ONCE: Final = 16
_MAGIC: Final = 0xE1
_SEARCHED: Final = 256
"""Bytes within which the message must begin."""

_NULL, _MESSAGE, _END = 0x00, 0x03, 0xFE


def _type_2_message(transmit: Transmit) -> bytes | None:
    memory = _Memory(transmit)
    capability = memory.read(-_PAGE, _PAGE)
    if capability is None or capability[0] != _MAGIC or capability[1] >> 4 != 1:
        return None
    size = min(capability[2] * 8, (_LAST_PAGE + 1 - _FIRST_PAGE) * _PAGE)
    if capability[3] >> 4 != 0:
        return None
    at = 0
    while at < min(size, _SEARCHED):
        block = _block(memory, at)
        if block is None or block.tag == _END:
            return None
        if block.tag == _MESSAGE:
            fits = block.start + block.length <= size
            return memory.read(block.start, block.length) if fits else None
        at = block.start + block.length
    return None


@dataclass(frozen=True, slots=True)
class _Block:
    tag: int
    start: int
    length: int


def _block(memory: _Memory, at: int) -> _Block | None:
    """The block that begins at `at`; its length takes one byte or, after FF, two."""
    head = memory.read(at, 4)
    if head is None:
        return None
    if head[0] in (_NULL, _END):
        return _Block(head[0], at + 1, 0)
    if head[1] == 0xFF:  # noqa: PLR2004
        return _Block(head[0], at + 4, int.from_bytes(head[2:4], "big"))
    return _Block(head[0], at + 2, head[1])


class _Memory:
    """The data area of a Type 2 tag; each page is asked for once."""

    def __init__(self, transmit: Transmit) -> None:
        self._transmit = transmit
        self._pages: dict[int, bytes] = {}

    def read(self, start: int, length: int) -> bytes | None:
        """`length` bytes from `start`, counted from the first page; None if they fail."""
        first = _FIRST_PAGE + start // _PAGE
        last = _FIRST_PAGE + (start + length - 1) // _PAGE
        data = bytearray()
        for number in range(first, last + 1):
            page = self._page(number)
            if page is None:
                return None
            data += page
        return bytes(data[start % _PAGE :][:length])

    def _page(self, number: int) -> bytes | None:
        if number not in self._pages and number <= _LAST_PAGE:
            answer = _ask(self._transmit, bytes((0xFF, 0xB0, 0x00, number, _AT_ONCE))) or b""
            for at in range(0, min(len(answer), _AT_ONCE) - _PAGE + 1, _PAGE):
                self._pages[number + at // _PAGE] = answer[at : at + _PAGE]
        return self._pages.get(number)


# Type 4: an application with two files, one that describes the other.

_SELECT_APPLICATION: Final = bytes.fromhex("00A4040007D276000085010100")
_CAPABILITY_FILE: Final = b"\xe1\x03"
_CAPABILITY_SIZE: Final = 15
_LEAST_AT_ONCE: Final = 15
_MOST_AT_ONCE: Final = 255
_FILE_CONTROL: Final = b"\x04\x06"


def _type_4_message(transmit: Transmit) -> bytes | None:
    if _ask(transmit, _SELECT_APPLICATION) is None:
        return None
    capability = _file(transmit, _CAPABILITY_FILE, 0, _CAPABILITY_SIZE, _LEAST_AT_ONCE)
    if capability is None or capability[7:9] != _FILE_CONTROL or capability[13] != 0:
        return None
    at_once = min(int.from_bytes(capability[3:5], "big"), _MOST_AT_ONCE)
    name, size = capability[9:11], int.from_bytes(capability[11:13], "big")
    head = _file(transmit, name, 0, 2, 2)
    length = int.from_bytes(head or b"", "big")
    if at_once < _LEAST_AT_ONCE or not 0 < length <= min(size - 2, LONGEST_MESSAGE):
        return None
    return _file(transmit, name, 2, length, at_once)


def _file(transmit: Transmit, name: bytes, start: int, length: int, at_once: int) -> bytes | None:
    """`length` bytes of a file from `start`, read `at_once` at a time; None if they fail."""
    if _ask(transmit, b"\x00\xa4\x00\x0c\x02" + name) is None:
        return None
    data = b""
    while len(data) < length:
        wanted = min(at_once, length - len(data))
        offset = (start + len(data)).to_bytes(2, "big")
        piece = _ask(transmit, b"\x00\xb0" + offset + bytes((wanted,)))
        if piece is None or len(piece) != wanted:
            return None
        data += piece
    return data


# NDEF: a message of records.

_CHUNKED, _SHORT, _HAS_ID, _LAST = 0x20, 0x10, 0x08, 0x40
_WELL_KNOWN: Final = 1
_URI_PREFIXES: Final = (
    "", "http://www.", "https://www.", "http://", "https://", "tel:", "mailto:",
    "ftp://anonymous:anonymous@", "ftp://ftp.", "ftps://", "sftp://", "smb://", "nfs://",
    "ftp://", "dav://", "news:", "telnet://", "imap:", "rtsp://", "urn:", "pop:", "sip:",
    "sips:", "tftp:", "btspp://", "btl2cap://", "btgoep://", "tcpobex://", "irdaobex://",
    "file://", "urn:epc:id:", "urn:epc:tag:", "urn:epc:pat:", "urn:epc:raw:", "urn:epc:",
    "urn:nfc:",
)  # fmt: skip


def first_text(message: bytes) -> str | None:
    """The first text or URI that an NDEF message holds; None if it holds none."""
    for kind, payload in _records(message):
        if text := _text(kind, payload):
            return text
    return None


def _records(message: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Type and payload of the well-known records, up to the first that is torn."""
    at = 0
    while at + 3 <= len(message):
        flags, type_size = message[at], message[at + 1]
        wide = 1 if flags & _SHORT else 4
        payload_size = int.from_bytes(message[at + 2 : at + 2 + wide], "big")
        id_at = at + 2 + wide
        id_size = message[id_at] if flags & _HAS_ID and id_at < len(message) else 0
        type_at = id_at + bool(flags & _HAS_ID)
        payload_at = type_at + type_size + id_size
        end = payload_at + payload_size
        if end > len(message) or flags & _CHUNKED:
            return
        if flags & 7 == _WELL_KNOWN:
            yield message[type_at : type_at + type_size], message[payload_at:end]
        if flags & _LAST:
            return
        at = end


def _text(kind: bytes, payload: bytes) -> str | None:
    try:
        if kind == b"T" and payload:
            return _decoded(payload)
        if kind == b"U" and payload:
            known = payload[0] < len(_URI_PREFIXES)
            return (_URI_PREFIXES[payload[0]] if known else "") + payload[1:].decode()
    except UnicodeDecodeError:
        pass
    return None


def _decoded(payload: bytes) -> str:
    """The text after the language; UTF-8 or, by the first bit, UTF-16."""
    text = payload[1 + (payload[0] & 0x3F) :]
    if not payload[0] & 0x80:
        return text.decode()
    marked = text[:2] in (b"\xfe\xff", b"\xff\xfe")
    return text.decode("utf-16" if marked else "utf-16-be")
