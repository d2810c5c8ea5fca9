"""Pictures to codes."""

import io
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import segno
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from hardware.camera_scene import Manner, Scene
from hardware.contracts import CodeFormat
from hardware.decoder import (
    Code,
    Decoder,
    DecoderName,
    PyzbarDecoder,
    WechatDecoder,
    ZxingDecoder,
    best_first,
    decode_file,
    decode_picture,
    make_decoder,
)
from hardware.image_files import UnreadableImage, read_image
from tests.hardware.hard_frames import DAMAGES, Pixels, hard_frame, placed, qr

BASE45 = string.digits + string.ascii_uppercase + " $%*+-./:"
TICKET = "LT1:" + (BASE45 * 4)[:149]


def barcode(text: str, form: zxingcpp.BarcodeFormat) -> Image.Image:
    pixels = np.array(zxingcpp.create_barcode(text, form).to_image(scale=4, add_quiet_zones=True))
    return Image.fromarray(pixels)


def qr_picture(text: str) -> Image.Image:
    file = io.BytesIO()
    segno.make(text, error="m", micro=False).save(file, "png", scale=4)
    return Image.open(file)


@pytest.mark.parametrize("damage", DAMAGES)
def test_most_hard_frames_are_read(damage: str) -> None:
    decoder = ZxingDecoder()
    read = [decoder.decode(hard_frame(damage, TICKET, seed)) for seed in range(4)]
    right = [codes for codes in read if codes and codes[0].data == TICKET.encode()]
    wanted = 1 if damage in {"blurred", "moved", "glare", "curved"} else 3
    assert len(right) >= wanted


@given(
    text=st.text(BASE45, min_size=20, max_size=180),
    turn=st.floats(0, 360),
    tilt=st.floats(-0.12, 0.12),
    seed=st.integers(0, 99),
)
def test_what_is_shown_is_what_is_read(text: str, turn: float, tilt: float, seed: int) -> None:
    frame = placed(qr("LT1:" + text, 6), np.random.default_rng(seed), turn, tilt)
    codes = ZxingDecoder().decode(frame)
    assert [(code.format, code.data) for code in codes] == [
        (CodeFormat.QR, b"LT1:" + text.encode())
    ]


@given(data=st.binary(min_size=1, max_size=100))
@pytest.mark.threat(8)
def test_any_bytes_come_through_as_they_are(data: bytes) -> None:
    file = io.BytesIO()
    segno.make(data, mode="byte", micro=False).save(file, "png", scale=4)
    assert decode_picture(Image.open(file))[0].data == data


@pytest.mark.parametrize(
    "form,name,text",
    [
        (zxingcpp.BarcodeFormat.QRCode, CodeFormat.QR, TICKET),
        (zxingcpp.BarcodeFormat.Aztec, CodeFormat.AZTEC, TICKET),
        (zxingcpp.BarcodeFormat.PDF417, CodeFormat.PDF417, TICKET),
        (zxingcpp.BarcodeFormat.Code128, CodeFormat.CODE128, "LS-0042-XK7Q-3"),
        (zxingcpp.BarcodeFormat.Code39, CodeFormat.CODE39, "0123456789"),
        (zxingcpp.BarcodeFormat.EAN13, CodeFormat.EAN13, "4820000000017"),
    ],
)
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_every_kind_of_code_is_read_from_a_stream_within_three_frames(
    form: zxingcpp.BarcodeFormat, name: CodeFormat, text: str, turn: int
) -> None:
    picture = barcode(text, form).convert("L").rotate(turn, expand=True)
    frame, decoder = np.asarray(picture, np.uint8), ZxingDecoder()
    read = [code for _ in range(3) for code in decoder.decode(frame)]
    assert (name, text.encode()) in {(code.format, code.data) for code in read}
    assert decode_picture(picture)[0].data == text.encode()


KINDS = {
    CodeFormat.QR: (zxingcpp.BarcodeFormat.QRCode, TICKET),
    CodeFormat.AZTEC: (zxingcpp.BarcodeFormat.Aztec, TICKET),
    CodeFormat.PDF417: (zxingcpp.BarcodeFormat.PDF417, "LT1:0042-XK7Q-3"),
    CodeFormat.CODE128: (zxingcpp.BarcodeFormat.Code128, "LS-0042-XK7Q-3"),
    CodeFormat.CODE39: (zxingcpp.BarcodeFormat.Code39, "0123456789"),
    CodeFormat.EAN13: (zxingcpp.BarcodeFormat.EAN13, "4820000000017"),
}


def _shaded(frame: Pixels, gain: float, light: Any) -> Pixels:
    return np.asarray((frame * gain + light).clip(0, 255), np.uint8)


def _spot() -> Any:
    down, across = np.mgrid[0:720, 0:1280]
    return 120 * np.exp(-((across - 700) ** 2 + (down - 330) ** 2) / 20000)


HELD: dict[str, Callable[[Pixels, np.random.Generator], Pixels]] = {
    "leaning": lambda code, c: placed(code, c, turn_deg=25),
    "tilted": lambda code, c: placed(code, c, tilt=0.1),
    "inverted": lambda code, c: placed(np.asarray(255 - code, np.uint8), c),
    "mirrored": lambda code, c: np.ascontiguousarray(placed(code, c)[:, ::-1]),
    "dark": lambda code, c: _shaded(placed(code, c), 0.16, c.normal(8, 2, (720, 1280))),
    "glare": lambda code, c: _shaded(placed(code, c), 0.8, _spot()),
    "blurred": lambda code, c: np.asarray(cv2.GaussianBlur(placed(code, c), (0, 0), 1), np.uint8),
}
"""A code on a desk, as people hold it."""


@pytest.mark.parametrize("damage", HELD)
@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_code_is_read_in_spite_of_every_damage(name: CodeFormat, damage: str) -> None:
    form, text = KINDS[name]
    code = np.asarray(barcode(text, form).convert("L"), np.uint8)
    frame = HELD[damage](code, np.random.default_rng(7))
    decoder, wanted = ZxingDecoder(), (name, text.encode())
    read = [code for _ in range(12) for code in decoder.decode(frame)]
    assert wanted in {(code.format, code.data) for code in read}
    best = decode_picture(Image.fromarray(frame))[0]
    assert (best.format, best.data) == wanted


def test_a_leaning_code_is_where_it_was_seen() -> None:
    code = np.asarray(barcode("LS-0042-XK7Q-3", zxingcpp.BarcodeFormat.Code128), np.uint8)
    frame = placed(code, np.random.default_rng(7), turn_deg=25)
    (read, *_) = decode_picture(Image.fromarray(frame))
    assert abs(read.middle[0] - 640) < 90
    assert abs(read.middle[1] - 360) < 60


@pytest.mark.parametrize("manner", Manner)
@pytest.mark.parametrize("name", DecoderName)
def test_a_ticket_held_to_the_simulated_camera_is_read_by_every_decoder(
    manner: Manner, name: DecoderName
) -> None:
    scene = Scene()
    scene.hold(qr_picture(TICKET), manner)
    decoder = make_decoder(name)
    read = [decoder.decode(scene.frame(n, n * 0.4)) for n in range(6)]
    assert sum(bool(codes) and codes[0].data == TICKET.encode() for codes in read) >= 5


@pytest.mark.parametrize("decoder", [ZxingDecoder(), PyzbarDecoder(), WechatDecoder()])
def test_an_empty_desk_holds_no_code(decoder: Decoder) -> None:
    scene = Scene()
    assert [decoder.decode(scene.frame(n, n)) for n in range(12)] == [()] * 12


@given(seed=st.integers(0, 2**32), grey=st.booleans())
@settings(max_examples=20)
@pytest.mark.threat(7)
def test_noise_is_no_code_and_breaks_nothing(seed: int, grey: bool) -> None:
    chance = np.random.default_rng(seed)
    size = chance.integers(1, 200, 2)
    shape = (*size,) if grey else (*size, 3)
    noise = chance.integers(0, 256, shape).astype(np.uint8)
    for decoder in (ZxingDecoder(), PyzbarDecoder(), WechatDecoder()):
        assert decoder.decode(noise) == ()


def test_squares_come_before_bars_and_the_larger_before_the_smaller() -> None:
    bars = Code(b"1", CodeFormat.EAN13, 900)
    small, large = Code(b"2", CodeFormat.QR, 10), Code(b"3", CodeFormat.AZTEC, 20)
    assert best_first([bars, small, large]) == (large, small, bars)


def test_several_codes_are_all_found() -> None:
    sheet = Image.new("L", (900, 500), 255)
    sheet.paste(qr_picture("one"), (20, 20))
    sheet.paste(qr_picture("two").resize((300, 300)), (500, 100))
    assert [code.data for code in decode_picture(sheet)] == [b"two", b"one"]


def test_a_picture_gets_more_patience_than_a_frame() -> None:
    sharp = qr_picture(TICKET).convert("L")
    tiny = sharp.resize((sharp.width * 3 // 8, sharp.height * 3 // 8), Image.Resampling.BOX)
    mirrored = (
        barcode(TICKET, zxingcpp.BarcodeFormat.PDF417)
        .convert("L")
        .transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    )
    for picture in (tiny, mirrored):
        assert decode_picture(picture)[0].data == TICKET.encode()


def test_a_transparent_ticket_is_read_as_on_white(tmp_path: Path) -> None:
    path = tmp_path / "ticket.png"
    segno.make(TICKET, micro=False).save(str(path), scale=4, light=None)
    assert decode_file(path)[0].data == TICKET.encode()


def test_a_code_cut_out_to_its_edge_is_read() -> None:
    file = io.BytesIO()
    segno.make(TICKET, micro=False).save(file, "png", scale=4, border=0)
    assert decode_picture(Image.open(file))[0].data == TICKET.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no image",
        b"\x89PNG\r\n\x1a\n" + bytes(100),
        b"\xff\xd8\xff\xe0" + bytes(100),
        b"GIF89a" + bytes(20),
        b"II*\x00" + bytes(30),
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
    ],
)
@pytest.mark.threat(7)
def test_broken_files_are_refused_with_one_error(data: bytes) -> None:
    with pytest.raises(UnreadableImage):
        read_image(data)


@pytest.mark.parametrize("side", [8_100, 20_000])
@pytest.mark.threat(13)
def test_a_picture_of_absurd_size_is_not_unpacked(tmp_path: Path, side: int) -> None:
    path = tmp_path / "bomb.png"
    Image.new("1", (side, side)).save(path)
    assert path.stat().st_size < 200_000
    with pytest.raises(UnreadableImage):
        decode_file(path)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I;16", "I"])
def test_pictures_of_every_depth_are_read(tmp_path: Path, mode: str) -> None:
    picture = qr_picture(TICKET).convert("L")
    if mode.startswith("I"):
        deep = np.asarray(picture, np.uint16) * 257
        picture = Image.fromarray(deep if mode == "I;16" else deep.astype(np.int32))
    else:
        picture = picture.convert(mode)
    path = tmp_path / "deep.tiff"
    picture.save(path)
    assert decode_file(path)[0].data == TICKET.encode()
