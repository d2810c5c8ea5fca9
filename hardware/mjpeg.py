"""A stream of JPEG pictures, one right behind the other: cut into pictures, and decoded.

A picture ends at its own end mark (ITU-T T.81, B.1.1): the segments of its head are skipped by
their lengths, as a thumbnail in there has marks of its own; in what follows the scan's
head no end mark can be but the last.
"""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from hardware.contracts import Frame

LONGEST_PICTURE: Final = 8 << 20

_START: Final = b"\xff\xd8"
_END: Final = b"\xff\xd9"
_MARK: Final = 0xFF
_SCAN: Final = 0xDA
_HEAD: Final = 4


class JpegCutter:
    """Holds what has come of a picture; whatever the bytes are, it never raises."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> bytes | None:
        """The newest picture that `data` completes; older ones are passed over."""
        self._buffer += data
        newest = None
        while (picture := self._cut()) is not None:
            newest = picture
        if len(self._buffer) > LONGEST_PICTURE:
            self._buffer.clear()
        return newest

    def _cut(self) -> bytes | None:
        """The first whole picture, removed; what stands before it is dropped."""
        while (scan := self._begun()) < 0:
            # No picture: look for the next start behind this one.
            del self._buffer[: len(_START)]
        end = self._buffer.find(_END, scan) if scan else -1
        if end < 0:
            return None
        picture = bytes(self._buffer[: end + len(_END)])
        del self._buffer[: end + len(_END)]
        return picture

    def _begun(self) -> int:
        """Drop what stands before a picture; see `_scan_at`, 0 also where none begins."""
        start = self._buffer.find(_START)
        del self._buffer[: start if start >= 0 else -1]
        return self._scan_at() if start >= 0 else 0

    def _scan_at(self) -> int:
        """Where the scan begins: 0 if it has not come yet, -1 if this is no picture."""
        at = len(_START)
        while at + _HEAD <= len(self._buffer):
            if self._buffer[at] != _MARK or self._buffer[at + 1] == _START[1]:
                return -1
            if self._buffer[at + 1] == _MARK:
                at += 1  # Marks may be filled up in front.
                continue
            length = int.from_bytes(self._buffer[at + 2 : at + _HEAD], "big")
            if self._buffer[at + 1] == _SCAN:
                return at + 2
            at += 2 + length
        return 0


def decoded(picture: bytes | Frame, *, grey: bool) -> Frame | None:
    """The frame in a JPEG picture, None where it is broken; `grey` spares a quarter of the time."""
    how = cv2.IMREAD_GRAYSCALE if grey else cv2.IMREAD_COLOR
    try:
        frame = cv2.imdecode(np.frombuffer(picture, np.uint8), how)
    except cv2.error:
        return None
    return None if frame is None else np.asarray(frame, np.uint8)
