"""Cards to be laid on a reader, and NDEF to be put on them."""

import struct

from tests.support.virtual_card import TornAwayError

ATR_STORAGE = bytes.fromhex("3B8F8001804F0CA0000003060300030000000068")
ATR_CLASSIC = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
ATR_PROCESSOR = bytes.fromhex("3B80800101")
ATR_CONTACT = bytes.fromhex("3B6500002063CBBB00")

OK = b"\x90\x00"
REFUSED = b"\x6a\x82"


class Type2Card:
    """NTAG or Ultralight, as a PC/SC reader shows it: `data` stands from page 4 on."""

    atr = ATR_STORAGE

    def __init__(self, uid: bytes, data: bytes = b"", capability: bytes | None = None) -> None:
        self.uid = uid
        size = -(-len(data) // 8)
        head = capability or bytes((0xE1, 0x10, size, 0x00))
        self.memory = bytes(12) + head + data + bytes(-len(data) % 8)
        self.asked = 0

    def answer(self, apdu: bytes) -> bytes:
        self.asked += 1
        if apdu == bytes.fromhex("FFCA000000"):
            return self.uid + OK
        page = apdu[3] * 4
        if apdu[:3] != bytes.fromhex("FFB000") or page >= len(self.memory):
            return REFUSED
        # What is behind the last page begins anew with the first.
        return (self.memory + self.memory)[page : page + apdu[4]] + OK


class Type4Card:
    """A card or telephone with the NDEF application; `message` is in its file."""

    atr = ATR_PROCESSOR

    def __init__(
        self, uid: bytes, message: bytes = b"", at_once: int = 0xFF, capability: bytes = b""
    ) -> None:
        self.uid = uid
        ndef = struct.pack(">H", len(message)) + message
        described = bytes.fromhex("000F20") + struct.pack(">HH", at_once, 0xFF)
        described += bytes.fromhex("0406E104") + struct.pack(">H", len(ndef)) + b"\x00\xff"
        self.files = {0xE103: capability or described, 0xE104: ndef}
        self.at_once = at_once
        self.selected = b""
        self.asked = 0

    def answer(self, apdu: bytes) -> bytes:
        self.asked += 1
        if apdu == bytes.fromhex("FFCA000000"):
            return self.uid + OK
        if apdu == bytes.fromhex("00A4040007D276000085010100"):
            return OK
        if apdu[:5] == bytes.fromhex("00A4000C02"):
            self.selected = self.files.get(int.from_bytes(apdu[5:], "big"), b"")
            return OK if self.selected else REFUSED
        if apdu[:2] == bytes.fromhex("00B0") and 0 < apdu[4] <= self.at_once:
            start = int.from_bytes(apdu[2:4], "big")
            return self.selected[start : start + apdu[4]] + OK
        return REFUSED


class ContactCard:
    """A bank card in the slot: it has no number for a contactless reader."""

    atr = ATR_CONTACT

    def answer(self, apdu: bytes) -> bytes:  # noqa: ARG002
        return b"\x6d\x00"


class TornCard(Type2Card):
    """It is lifted in the middle of being read."""

    def answer(self, apdu: bytes) -> bytes:
        if self.asked == 2:
            raise TornAwayError
        return super().answer(apdu)


class FaintCard(Type2Card):
    """It has hardly any power at first, and says half a word."""

    def answer(self, apdu: bytes) -> bytes:
        answer = super().answer(apdu)
        return answer if self.asked > 3 else answer[:1]


class LiftedCard(Type2Card):
    """It is lifted while it is read, and the reader answers in its place."""

    def answer(self, apdu: bytes) -> bytes:
        return b"\x63\x00" if self.asked == 2 else super().answer(apdu)


class WildCard:
    """It answers what it wants."""

    def __init__(self, answers: list[bytes], atr: bytes = ATR_PROCESSOR) -> None:
        self.atr = atr
        self.asked = 0
        self._answers = answers

    def answer(self, apdu: bytes) -> bytes:  # noqa: ARG002
        self.asked += 1
        return self._answers[(self.asked - 1) % len(self._answers)]


def record(kind: bytes, payload: bytes, *, flags: int = 0xC1, ident: bytes | None = None) -> bytes:
    """One NDEF record; the flags say first, last and well-known unless told otherwise."""
    short = len(payload) < 256
    flags |= 0x10 * short | 0x08 * (ident is not None)
    head = bytes((flags, len(kind))) + struct.pack(">B" if short else ">I", len(payload))
    return head + (b"" if ident is None else bytes((len(ident),))) + kind + (ident or b"") + payload


def text_record(text: str, language: str = "uk") -> bytes:
    return record(b"T", bytes((len(language),)) + language.encode() + text.encode())


def block(message: bytes) -> bytes:
    """A message as Type 2 tags hold it, with its end."""
    size = len(message)
    length = bytes((size,)) if size < 0xFF else b"\xff" + struct.pack(">H", size)
    return b"\x03" + length + message + b"\xfe"
