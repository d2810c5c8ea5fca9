"""Pictures to codes.

zxing-cpp looks at every frame: of 510 generated hard frames of 1280x720 (17 kinds of
damage) it read 91 % in 3.1 ms (median; 16 ms at the 95th percentile), pyzbar 71 % in 14 ms
(55), and either of them 93 %: pyzbar is no second look worth its time, but can be chosen
as the only one. WeChat's decoder (OpenCV, without its models) alone read 78 % in 23 ms
(59) and reads photographs that zxing-cpp does not, but may take seconds over a frame: it
gets reduced frames, and seldom one. Codes are bytes: nothing here believes what they say.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import partial
from itertools import cycle
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

import cv2
import numpy as np
import zxingcpp
from PIL import Image

from hardware.contracts import CodeFormat
from hardware.image_files import read_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels: TypeAlias = NDArray[np.uint8]

LONGEST_SIDE: Final = 4096
SECOND_CHANCE_SIDE: Final = 640
MOST_CODES: Final = 8

_LEAN: Final = 24.0
_LEANS: Final = (-15, 15, -30, 30, -45, 45, -60, 60, -75, 75)
"""Degrees by which bars are set upright; zxing-cpp itself tries quarter turns."""

_ONLY_QR: Final = 3

_TWO_DIMENSIONS: Final = frozenset({CodeFormat.QR, CodeFormat.AZTEC, CodeFormat.PDF417})


@dataclass(frozen=True, slots=True)
class Code:
    """A code in a picture: its bytes, its symbology, its size, place and corners there in pixels.

    `said` is what the decoder takes for the text of bytes that are not UTF-8.
    """

    data: bytes
    format: CodeFormat
    area: float = 0.0
    middle: tuple[float, float] = (0.0, 0.0)
    said: str = ""
    corners: tuple[tuple[float, float], ...] = ()

    @property
    def text(self) -> str:
        """For people to read; for everything else there are the bytes."""
        try:
            return self.data.decode()
        except UnicodeDecodeError:
            return self.said or self.data.decode("latin-1")

    @property
    def is_square(self) -> bool:
        """Whether it is of two dimensions: these correct errors, bars only misread."""
        return self.format in _TWO_DIMENSIONS


class DecoderName(StrEnum):
    """The decoders that a configuration may choose for a stream of frames."""

    ZXING = "zxing"
    PYZBAR = "pyzbar"


class Decoder(Protocol):
    """Finds codes in one frame after the other; never raises, whatever the pixels are."""

    def decode(self, frame: Pixels) -> tuple[Code, ...]:
        """The codes in a grey or BGR frame, the best first (see `best_first`)."""
        ...


def make_decoder(name: DecoderName) -> Decoder:
    """A decoder for one stream of frames."""
    return ZxingDecoder() if name is DecoderName.ZXING else PyzbarDecoder()


class ZxingDecoder:
    """zxing-cpp on a stream: QR codes in every frame, the other kinds in turn.

    All six at once would cost three times as much on a noisy frame; in turn each is still
    looked for seven times a second. While a QR code is there the other kinds have every fourth
    frame: the bars beside it are the same paper. Light bars on dark ground, and bars that lean
    by more than a few degrees, are invisible to zxing-cpp: they have turns of their own.
    """

    def __init__(self) -> None:
        plain = (_formats(_AZTEC), _formats(_BARS), _formats(_PDF417))
        looks = tuple(partial(_zxing, wanted=formats) for formats in plain)
        lines = _formats(_BARS, _PDF417)
        leaning = (partial(_leaning, degrees=lean, wanted=lines) for lean in (-_LEAN, _LEAN))
        others = (
            partial(_inverted, wanted=lines),
            *(partial(_reduced, look=look) for look in leaning),
        )
        self._turns = cycle([each for other in others for each in (*looks, other)])
        self._only_qr = 0

    def decode(self, frame: Pixels) -> tuple[Code, ...]:
        """The codes in a frame."""
        grey = grey_of(frame)
        if self._only_qr:
            self._only_qr -= 1
            if codes := best_first(_zxing(grey, _QR)):
                return codes
        codes = best_first(next(self._turns)(grey))
        self._only_qr = _ONLY_QR if any(code.format is CodeFormat.QR for code in codes) else 0
        return codes


class PyzbarDecoder:
    """zbar: no Aztec, no PDF417, and no Code 39, of which it finds some where there are none.

    It guesses the character set of a QR code and hands on UTF-8, so binary codes suffer.
    """

    def __init__(self) -> None:
        # Only for who chose it: zbar and what comes with it hold 3 MB.
        from pyzbar import pyzbar  # noqa: PLC0415

        self._find = pyzbar.decode
        self._symbols = [pyzbar.ZBarSymbol[name] for name in _PYZBAR_NAMES]

    def decode(self, frame: Pixels) -> tuple[Code, ...]:
        """The codes in a frame."""
        found = self._find(grey_of(frame), symbols=self._symbols)
        return best_first(
            Code(symbol.data, _PYZBAR_NAMES[symbol.type], symbol.rect.width * symbol.rect.height)
            for symbol in found[:MOST_CODES]
            if symbol.data
        )


class WechatDecoder:
    """WeChat's QR decoder on frames reduced to `SECOND_CHANCE_SIDE`; not for several threads."""

    def __init__(self) -> None:
        self._decoder = cv2.wechat_qrcode.WeChatQRCode()

    def decode(self, frame: Pixels) -> tuple[Code, ...]:
        """The QR codes in a frame."""
        try:
            texts, _ = self._decoder.detectAndDecode(reduced(frame))
        except (cv2.error, UnicodeDecodeError):
            return ()
        return tuple(Code(text.encode(), CodeFormat.QR) for text in texts[:MOST_CODES] if text)


def decode_picture(picture: Image.Image) -> tuple[Code, ...]:
    """The codes in one picture, with all patience: no frame comes after it."""
    grey = _within(np.asarray(picture.convert("L"), np.uint8), LONGEST_SIDE)
    for view in _views(grey):
        if codes := best_first(_zxing(view, _formats(_AZTEC, _BARS, _PDF417))):
            return codes
    lines = (*_BARS, *_PDF417)
    for lean in _LEANS:
        if codes := best_first(_leaning(np.pad(grey, 24, mode="edge"), lean, lines)):
            return codes
    return WechatDecoder().decode(grey) or PyzbarDecoder().decode(grey)


def decode_file(path: Path) -> tuple[Code, ...]:
    """The codes in an image file; raises `image_files.UnreadableImage`."""
    return decode_picture(read_image(path))


def best_first(codes: Iterable[Code]) -> tuple[Code, ...]:
    """Codes of two dimensions before bars, then the larger before the smaller."""
    return tuple(sorted(codes, key=lambda code: (not code.is_square, -code.area)))


_Formats: TypeAlias = tuple[zxingcpp.BarcodeFormat, ...]
_Look: TypeAlias = "Callable[[Pixels], Iterable[Code]]"

# Micro QR and the oldest QR model are nowhere in use and were read from noise.
_QR: Final = (zxingcpp.BarcodeFormat.QRCodeModel2,)
_AZTEC: Final = (zxingcpp.BarcodeFormat.Aztec,)
_PDF417: Final = (zxingcpp.BarcodeFormat.PDF417,)
_BARS: Final = (
    zxingcpp.BarcodeFormat.Code128,
    zxingcpp.BarcodeFormat.Code39,
    zxingcpp.BarcodeFormat.EAN13,
)
_ZXING_NAMES: Final = {
    zxingcpp.BarcodeFormat.QRCode: CodeFormat.QR,
    zxingcpp.BarcodeFormat.Aztec: CodeFormat.AZTEC,
    zxingcpp.BarcodeFormat.PDF417: CodeFormat.PDF417,
    zxingcpp.BarcodeFormat.Code128: CodeFormat.CODE128,
    zxingcpp.BarcodeFormat.Code39: CodeFormat.CODE39,
    zxingcpp.BarcodeFormat.EANUPC: CodeFormat.EAN13,
}
_PYZBAR_NAMES: Final = {
    "QRCODE": CodeFormat.QR,
    "CODE128": CodeFormat.CODE128,
    "EAN13": CodeFormat.EAN13,
}


def _formats(*groups: _Formats) -> _Formats:
    return (*_QR, *(each for group in groups for each in group))


def _zxing(grey: Pixels, wanted: _Formats) -> Iterator[Code]:
    # Not kept from frame to frame: zxing-cpp complains at exit of those that are still there.
    formats = zxingcpp.BarcodeFormats(wanted)
    plain = zxingcpp.TextMode.Plain
    for found in zxingcpp.read_barcodes(grey, formats=formats, text_mode=plain)[:MOST_CODES]:
        if found.bytes:
            corners = _corners(found.position)
            x, y = corners.mean(axis=0)
            area = float(cv2.contourArea(corners))
            places = tuple((float(across), float(down)) for across, down in corners)
            name = _ZXING_NAMES[found.symbology]
            yield Code(found.bytes, name, area, (x, y), found.text, places)


def _reduced(grey: Pixels, look: _Look) -> Iterator[Code]:
    """What `look` finds in the reduced picture, a quarter of the work; places as in the whole."""
    small = _within(grey, SECOND_CHANCE_SIDE)
    scale = grey.shape[1] / small.shape[1]
    for code in look(small):
        middle, *corners = ((x * scale, y * scale) for x, y in (code.middle, *code.corners))
        yield replace(code, area=code.area * scale**2, middle=middle, corners=tuple(corners))


def _inverted(grey: Pixels, wanted: _Formats) -> Iterator[Code]:
    return _zxing(np.asarray(cv2.bitwise_not(grey), np.uint8), wanted)


def _leaning(grey: Pixels, degrees: float, wanted: _Formats) -> Iterator[Code]:
    """The codes in a picture that is turned by so much; their places are those before."""
    height, width = grey.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), degrees, 1.0)
    # As large as the turned picture, so that no corner is cut off.
    cos, sin = abs(turn[0, 0]), abs(turn[0, 1])
    size = (round(height * sin + width * cos), round(height * cos + width * sin))
    turn[:, 2] += (size[0] - width) / 2, (size[1] - height) / 2
    turned = cv2.warpAffine(grey, turn, size, borderMode=cv2.BORDER_REPLICATE)
    back = cv2.invertAffineTransform(turn)
    for code in _zxing(np.asarray(turned, np.uint8), wanted):
        places = np.array([(*code.middle, 1.0), *((*each, 1.0) for each in code.corners)]) @ back.T
        middle, *corners = ((float(x), float(y)) for x, y in places)
        yield replace(code, middle=middle, corners=tuple(corners))


def _corners(place: zxingcpp.Position) -> NDArray[np.float32]:
    corners = (place.top_left, place.top_right, place.bottom_right, place.bottom_left)
    return np.array([(corner.x, corner.y) for corner in corners], np.float32)


def reduced(frame: Pixels) -> Pixels:
    """A frame as the second decoder gets it: grey, and no side longer than `SECOND_CHANCE_SIDE`."""
    return _within(grey_of(frame), SECOND_CHANCE_SIDE)


def grey_of(frame: Pixels) -> Pixels:
    """A grey or BGR frame without its colours."""
    if frame.ndim == 2:  # noqa: PLR2004
        return frame
    return np.asarray(cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY), np.uint8)


def _within(grey: Pixels, longest: int) -> Pixels:
    """`grey`, reduced if a side is longer than `longest`."""
    scale = longest / max(grey.shape)
    if scale >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * scale)), max(1, round(grey.shape[0] * scale)))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _views(grey: Pixels) -> Iterator[Pixels]:
    """One picture in several ways, the likeliest first."""
    # Codes cut out to their edge lack the quiet zone that decoders look for.
    framed = np.pad(grey, 24, constant_values=255)
    yield framed
    yield np.ascontiguousarray(framed[:, ::-1])
    local = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(8, 8)).apply(framed)
    yield np.asarray(local, np.uint8)
    if max(grey.shape) <= LONGEST_SIDE // 3:
        yield np.asarray(
            cv2.resize(framed, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8
        )
    soft = np.asarray(cv2.GaussianBlur(framed, (0, 0), 2), np.uint8)
    yield soft
    yield np.pad(255 - grey, 24, constant_values=255)
    yield _stretched(np.asarray(cv2.GaussianBlur(grey, (0, 0), 1), np.uint8))
    yield _sharpened(framed)
    yield _within(framed, SECOND_CHANCE_SIDE)


def _stretched(grey: Pixels) -> Pixels:
    """Dark and faint pictures from black to white; some dots may be darker and lighter still."""
    low, high = map(float, np.percentile(grey, (2, 98), method="nearest"))
    grown = (grey.astype(np.float32) - low) * (255 / max(high - low, 1))
    return np.pad(grown.clip(0, 255).astype(np.uint8), 24, constant_values=255)


def _sharpened(grey: Pixels) -> Pixels:
    soft = cv2.GaussianBlur(grey, (0, 0), 4)
    return np.asarray(cv2.addWeighted(grey, 2.5, soft, -1.5, 0), np.uint8)
