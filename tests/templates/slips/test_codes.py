"""Codes on paper are read back by an independent decoder."""

import pytest
import zxingcpp
from PIL import Image

from templates.slips.codes import SLIP_QR_MOST, TICKET_QR_MOST, CodeError, code128, qr, qr_modules

BASE45 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"


def read(mask: Image.Image) -> list[str]:
    """What stands on white paper where the mask is dark."""
    paper = Image.new("L", (mask.width + 80, mask.height + 80), 255)
    paper.paste(0, (40, 40), mask)
    return [found.text for found in zxingcpp.read_barcodes(paper)]


def base45(signs: int) -> str:
    return (BASE45 * 10)[:signs]


@pytest.mark.parametrize("signs, most", [(154, TICKET_QR_MOST), (221, SLIP_QR_MOST)])
def test_a_code_of_the_full_length_is_read_back(signs: int, most: int) -> None:
    mask, module = qr(base45(signs), 300, most)
    assert read(mask) == [base45(signs)]
    assert mask.width == module * qr_modules(base45(signs), most) <= 300


@pytest.mark.parametrize("signs, most", [(155, TICKET_QR_MOST), (222, SLIP_QR_MOST)])
def test_a_longer_code_is_refused_rather_than_printed_finer(signs: int, most: int) -> None:
    with pytest.raises(CodeError, match="signs need"):
        qr(base45(signs), 300, most)


@pytest.mark.parametrize("number", ["K10123X7R2M", "A199999999T22U6"])
def test_bars_are_read_back_and_fit_on_58_mm(number: str) -> None:
    bars = code128(number, 3, 56, 384)
    assert read(bars) == [number]
    assert bars.width <= 384


def test_bars_are_as_coarse_as_the_paper_allows() -> None:
    wide, narrow = (code128("K10123X7R2M", 3, 56, width).width for width in (576, 384))
    assert 2 * wide == 3 * narrow


@pytest.mark.parametrize("number", ["", "К1-0123", "A1\x1b@", "A" * 40])
def test_what_bars_cannot_hold_is_refused(number: str) -> None:
    with pytest.raises(CodeError):
        code128(number, 3, 56, 384)
