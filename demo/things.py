"""What a hand can hold to a camera: e-tickets, slips, old cards, codes that somebody made up."""

from __future__ import annotations

from io import BytesIO
from typing import Annotated, Final, Literal

import segno
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field

from demo.stage import Stage
from hardware.camera_scene import Manner
from hardware.decoder import decode_picture
from templates.slips.codes import code128

_CARD: Final = (860, 540)
_CARD_MARGIN: Final = 60
_BARS_HEIGHT: Final = 240
_BAR_MODULE: Final = 6
_LONG: Final = 2
"""A picture so many times as high as wide is a slip, and held as paper."""
FOREIGN: Final = "https://example.org/menu"
"""What somebody else's QR code says."""

Number = Annotated[str, Field(pattern=r"^[0-9A-Za-z-]{1,20}$")]


class _Thing(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TicketThing(_Thing):
    """An e-ticket on a telephone."""

    kind: Literal["ticket"]
    number: Number


class PrintedNumberThing(_Thing):
    """An old ticket of cardboard, with its number in bars."""

    kind: Literal["printed_number"]
    number: Number


class ForgedThing(_Thing):
    """An e-ticket in which one sign was changed."""

    kind: Literal["forged"]
    number: Number


class ForeignThing(_Thing):
    """A code that has nothing to do with a library."""

    kind: Literal["foreign"]


class SlipThing(_Thing):
    """A slip that a printer of the stage printed: station and name of its picture."""

    kind: Literal["slip"]
    name: Annotated[str, Field(pattern=r"^[A-Z0-9]{2}/slip-[0-9]{4,9}(-torn)?$")]


Thing = Annotated[
    TicketThing | PrintedNumberThing | ForgedThing | ForeignThing | SlipThing,
    Field(discriminator="kind"),
]


def picture_of(thing: Thing, stage: Stage) -> tuple[Image.Image, Manner]:
    """How a thing looks and how it is held. Raises LookupError for what is not there."""
    match thing:
        case TicketThing(number=number):
            return stage.ticket_picture(number), Manner.PHONE
        case PrintedNumberThing(number=number):
            return printed_number(number), Manner.PAPER
        case ForgedThing(number=number):
            genuine = decode_picture(stage.ticket_picture(number))[0].text
            return qr(forged(genuine)), Manner.PHONE
        case ForeignThing():
            return qr(FOREIGN), Manner.PHONE
        case SlipThing(name=name):
            return _slip(name, stage), Manner.PAPER


def manner_of(picture: Image.Image) -> Manner:
    """How a picture of anybody's is held: what is long and narrow is paper."""
    return Manner.PAPER if picture.height > _LONG * picture.width else Manner.WHOLE


def forged(code: str) -> str:
    """The code with one of its signs changed."""
    middle = len(code) // 2
    return code[:middle] + ("A" if code[middle] != "A" else "B") + code[middle + 1 :]


def qr(text: str) -> Image.Image:
    """A QR code on a telephone, made by whoever."""
    file = BytesIO()
    segno.make_qr(text).save(file, kind="png", scale=8, border=4)
    return Image.open(file).convert("RGB")


def printed_number(number: str) -> Image.Image:
    """A card of cardboard that shows a ticket's number as Code 128."""
    card = Image.new("RGB", _CARD, "white")
    bars = code128(number, _BAR_MODULE, _BARS_HEIGHT, _CARD[0] - 2 * _CARD_MARGIN)
    place = ((_CARD[0] - bars.width) // 2, (_CARD[1] - bars.height) // 2)
    card.paste("black", (*place, place[0] + bars.width, place[1] + bars.height), bars)
    return card


def _slip(name: str, stage: Stage) -> Image.Image:
    file = stage.folder / "slips" / f"{name}.png"
    if not file.is_file():
        raise LookupError(f"there is no slip {name}")
    with Image.open(file) as drawn:
        return drawn.convert("RGB")
