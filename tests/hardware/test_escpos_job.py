"""A picture as the bytes that print it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from hardware.contracts import PictureTooWide
from hardware.escpos_commands import CommandReader
from hardware.escpos_job import BAND_ROWS, Cutter, job
from hardware.escpos_paper import draw
from tests.hardware.dots import differing

OBEYED_AT_ONCE = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def dots(width: int, height: int, seed: int = 1) -> Image.Image:
    chance = np.random.default_rng(seed).integers(0, 2, (height, width))
    return Image.fromarray((chance * 255).astype(np.uint8)).convert("1")


def whole(image: Image.Image, width: int = 576, cutter: Cutter = Cutter.PARTIAL) -> bytes:
    return b"".join(job(image, width, cutter, 24))


def test_the_paper_shows_the_picture_and_white_below_it() -> None:
    picture = Image.new("1", (576, 300), 1)
    picture.paste(0, (10, 20, 200, 150))
    drawn = draw(whole(picture))
    assert drawn.size == (576, 324)
    assert differing(drawn.crop((0, 0, 576, 300)), picture) == 0
    assert differing(drawn.crop((0, 300, 576, 324)), Image.new("1", (576, 24), 1)) == 0


@pytest.mark.parametrize(
    "cutter,ending",
    [(Cutter.FULL, b"\x1dVA\x18"), (Cutter.PARTIAL, b"\x1dVB\x18"), (Cutter.NONE, b"\x1bJ\x18")],
)
def test_a_slip_ends_as_the_cutter_needs_it(cutter: Cutter, ending: bytes) -> None:
    assert whole(dots(576, 8), cutter=cutter).endswith(ending)


def test_a_picture_goes_in_bands_that_a_small_buffer_holds() -> None:
    pieces = list(job(dots(384, 3 * BAND_ROWS + 1), 384, Cutter.NONE, 0))
    assert len(pieces) == 1 + 4 + 1
    assert max(map(len, pieces)) == 8 + BAND_ROWS * 48


def test_a_narrow_picture_stands_left_on_white() -> None:
    drawn = draw(whole(Image.new("1", (100, 10), 0)))
    assert ImageChops.invert(drawn.convert("L")).getbbox() == (0, 0, 100, 10)


def test_a_picture_that_is_too_wide_is_refused_and_not_cut() -> None:
    with pytest.raises(PictureTooWide, match="577 dots do not fit on 576"):
        whole(dots(577, 1))


@pytest.mark.parametrize(
    "mode,colour,black",
    [
        ("L", 127, True),
        ("L", 128, False),
        ("RGB", (200, 0, 0), True),
        ("RGB", (255, 230, 0), False),
        ("RGBA", (0, 0, 0, 0), False),
        ("RGBA", (0, 0, 0, 255), True),
    ],
)
def test_colours_are_cut_at_half_brightness(
    mode: str, colour: int | tuple[int, ...], black: bool
) -> None:
    drawn = draw(whole(Image.new(mode, (8, 8), colour)))
    assert (drawn.getpixel((0, 0)) == 0) is black


@given(seed=st.integers(0, 2**32), height=st.integers(1, 300))
@pytest.mark.threat(9)
def test_a_slip_holds_pictures_and_its_cut_and_no_other_command(seed: int, height: int) -> None:
    reader = CommandReader()
    names = [command.name for command in reader.feed(whole(dots(384, height, seed), 384))]
    assert names[0] == "ESC @"
    assert names[-1] == "GS V"
    assert set(names[1:-1]) == {"GS v"}
    assert not reader.rest


@given(data=st.lists(st.sampled_from([0x10, 0x04, 0x05, 0x14, 0x00]), min_size=48, max_size=480))
@pytest.mark.threat(9)
def test_no_pattern_of_dots_is_a_command_that_printers_obey_at_once(data: list[int]) -> None:
    rows = bytes(data[: len(data) // 48 * 48])
    picture = Image.frombytes("1", (384, len(rows) // 48), rows, "raw", "1;I")
    sent = whole(picture, 384)
    assert not any(command in sent for command in OBEYED_AT_ONCE)
    drawn = draw(sent, 384).crop((0, 0, 384, picture.height))
    assert differing(drawn, picture) <= rows.count(b"\x10")
