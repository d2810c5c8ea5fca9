"""What bytes look like on paper."""

import warnings
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hardware.escpos_commands import MAX_ARGUMENTS
from hardware.escpos_paper import (
    LONGEST_DOTS,
    LONGEST_FILE,
    PaperError,
    draw,
    draw_file,
    raster_rows,
)
from tests.hardware.dots import differing
from tests.hardware.test_escpos_commands import STREAMS

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    from escpos.printer import Dummy


def checkered(width: int, height: int) -> Image.Image:
    dots = np.indices((height, width)).sum(axis=0) % 3 == 0
    return Image.fromarray(dots.astype(np.uint8) * 255).convert("1", dither=Image.Dither.NONE)


def raster(rows: list[bytes], mode: int = 0) -> bytes:
    size = len(rows[0]).to_bytes(2, "little") + len(rows).to_bytes(2, "little")
    return b"\x1dv0" + bytes([mode]) + size + b"".join(rows)


def black(picture: Image.Image) -> "np.ndarray[tuple[int, ...], np.dtype[np.bool_]]":
    return ~np.asarray(picture, bool)


@pytest.mark.parametrize("implementation", ["bitImageRaster", "bitImageColumn"])
@pytest.mark.parametrize("width", [576, 384])
def test_pictures_of_another_maker_come_out_dot_for_dot(implementation: str, width: int) -> None:
    peer, picture = Dummy(), checkered(width, 96)
    peer.image(picture, impl=implementation)
    drawn = draw(peer.output, width).crop((0, 0, width, 96))
    assert differing(drawn, picture) == 0


def test_the_width_of_the_paper_is_guessed_from_the_picture() -> None:
    assert draw(raster([bytes(48)])).width == 384
    assert draw(raster([bytes(72)])).width == 576
    assert draw(b"plain text\n").width == 576


def test_alignment_moves_a_narrow_picture() -> None:
    row = raster([b"\xff" * 8])
    left, middle, right = (draw(b"\x1ba" + bytes([n]) + row, 384) for n in (0, 1, 2))
    columns = [np.flatnonzero(black(picture).any(axis=0)) for picture in (left, middle, right)]
    assert [int(each[0]) for each in columns] == [0, 160, 320]


def test_a_raster_may_be_printed_doubled() -> None:
    picture = draw(raster([b"\xf0"], mode=3), 384)
    assert black(picture).sum() == 4 * 2 * 2
    assert picture.height == 2


def test_ukrainian_text_of_a_foreign_printer_is_shown() -> None:
    for number, page in ((46, "cp1251"), (44, "cp1125"), (17, "cp866")):
        text = "Читальний зал\n".encode(page, "replace")
        same = draw(b"\x1bt" + bytes([number]) + text)
        assert black(same).sum() > 300


def test_the_code_page_decides_which_letters_come_out() -> None:
    text = "Читальний зал\n".encode("cp1251")
    assert differing(draw(text), draw(b"\x1bt\x2e" + text)) > 100


def test_text_has_sizes_weights_and_lines() -> None:
    small, large = draw(b"A\n"), draw(b"\x1d!\x11A\n")
    assert black(large).sum() == 4 * black(small).sum()
    assert black(draw(b"\x1bE\x01A\n")).sum() > black(small).sum()
    assert draw(b"A\nA\n\x1bd\x02").height == 4 * small.height
    assert draw(b"A" * 60).height > draw(b"A" * 40).height


def test_a_cut_shows_where_more_follows() -> None:
    one = raster([b"\xff" * 72])
    assert draw(one + b"\x1dVB\x00").height == 1
    assert draw(one + b"\x1dVB\x00" + one).height == 1 + 2 + 1


def test_a_picture_that_breaks_off_is_drawn_as_far_as_it_came() -> None:
    whole = raster([b"\xff" * 72] * 10)
    assert draw(whole[:-100]).height == 8


def test_rows_of_a_raster_can_be_taken_out() -> None:
    whole = raster([bytes([n]) for n in range(5)])
    assert raster_rows(whole, 2, 1) == raster([b"\x01", b"\x02"])
    assert raster_rows(whole, 9, 3) == raster([b"\x03", b"\x04"])
    assert raster_rows(whole, 1, 5) == b""
    assert raster_rows(b"\x1b@", 1) == b""


@pytest.mark.parametrize("data", [b"", b"\x1b@", b"\x1dv0\x00\x00\x00\x05\x00", b"\x1dVB\x00"])
def test_bytes_that_print_nothing_are_an_error_of_their_own(data: bytes) -> None:
    with pytest.raises(PaperError):
        draw(data)


@given(data=STREAMS)
@pytest.mark.threat(7)
def test_hostile_bytes_are_drawn_or_refused_and_nothing_else(data: bytes) -> None:
    try:
        picture = draw(data)
    except PaperError:
        return
    assert 0 < picture.height <= LONGEST_DOTS


@given(rows=st.integers(0, 65535), stride=st.integers(0, 65535), mode=st.integers(0, 255))
@pytest.mark.threat(7)
def test_no_size_of_a_raster_breaks_it(rows: int, stride: int, mode: int) -> None:
    size = stride.to_bytes(2, "little") + rows.to_bytes(2, "little")
    body = bytes(min(rows * stride, MAX_ARGUMENTS))
    picture = draw(b"\x1dv0" + bytes([mode]) + size + body + b"end\n")
    assert picture.height <= LONGEST_DOTS


@pytest.mark.parametrize("data", [b"\x1bd\xff", b"A\n", b"\x1b*\x21\x00\x02" + bytes(1536) + b"\n"])
@pytest.mark.threat(7)
def test_endless_paper_ends(data: bytes) -> None:
    assert draw(data * 1200).height <= LONGEST_DOTS


def test_too_many_bytes_are_refused() -> None:
    with pytest.raises(PaperError, match="more than a slip has"):
        draw(bytes(LONGEST_FILE + 1))


def test_a_file_becomes_a_picture(tmp_path: Path) -> None:
    source, target = tmp_path / "slip.bin", tmp_path / "slip.png"
    source.write_bytes(raster([b"\xff" * 48] * 5))
    draw_file(source, target)
    with Image.open(target) as picture:
        assert picture.size == (384, 5)
