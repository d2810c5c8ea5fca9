"""Image files that anybody may have made: read within bounds, or refused."""

from __future__ import annotations

from io import SEEK_END, BytesIO
from pathlib import Path
from typing import BinaryIO, Final

from PIL import Image, ImageOps

LONGEST_FILE: Final = 64 << 20
MOST_PIXELS: Final = 64_000_000
FORMATS: Final = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "PPM")


class UnreadableImage(ValueError):
    """The file is no image, a broken one, or too large."""


def read_image(source: Path | bytes) -> Image.Image:
    """The first picture in a file or its bytes, upright, on white where it is transparent.

    Raises `UnreadableImage`, nothing else.
    """
    try:
        with BytesIO(source) if isinstance(source, bytes) else source.open("rb") as file:
            return _read(file)
    except UnreadableImage:
        raise
    # Pillow's plugins raise far more than they document on broken files.
    except Exception as error:
        raise UnreadableImage(str(error) or type(error).__name__) from error


def _read(file: BinaryIO) -> Image.Image:
    if file.seek(0, SEEK_END) > LONGEST_FILE:
        raise UnreadableImage(f"larger than {LONGEST_FILE} bytes")
    file.seek(0)
    with Image.open(file, formats=FORMATS) as picture:
        return _whole(picture)


def _whole(picture: Image.Image) -> Image.Image:
    if picture.width * picture.height > MOST_PIXELS:
        raise UnreadableImage(f"more than {MOST_PIXELS} pixels")
    picture = ImageOps.exif_transpose(picture)
    if picture.mode.startswith("I"):
        # 16 bits a pixel; Pillow would cut them off instead of scaling them.
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    white = Image.new("RGBA", picture.size, "white")
    white.alpha_composite(picture.convert("RGBA"))
    return white.convert("RGB")
