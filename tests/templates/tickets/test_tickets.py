"""E-tickets: a picture that a camera reads and a person understands."""

from collections.abc import Callable

import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw, ImageFilter

from templates.slips.codes import CodeError
from templates.slips.content import Language
from templates.slips.sheet import Kind, Piece
from templates.slips.tokens import Style
from templates.slips.typeface import draw_words, ink
from templates.tickets import draw
from templates.tickets.draw import draw_code_only, draw_ticket, words
from templates.tickets.tokens import day_colour, look
from tests.templates.slips.paper import common, ink_meets

CODE = "LT1:" + ("6BFOXN*TS0BI$ZDYSHTHL%N3RG5QPP%" * 5)[:150]
LIBRARY = "Чернігівська обласна універсальна наукова бібліотека імені Софії та Олександра Русових"
KINDS = ("permanent", "one_time", "staff")


def ticket(kind: str = "permanent", language: Language = "uk", **changes: str) -> Image.Image:
    facts = {"number": "2026-004821", "library": LIBRARY, "valid_until": "31.12.2030"} | changes
    return draw_ticket(
        CODE,
        facts["number"],
        kind,
        facts["library"],
        valid_until=facts["valid_until"],
        name=facts.get("name"),
        language=language,
    )


def read(picture: Image.Image) -> list[str]:
    return [found.text for found in zxingcpp.read_barcodes(picture)]


@pytest.mark.clause("R2.3.1", "R2.3.2")
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("language", ["uk", "en"])
def test_a_ticket_of_every_kind_is_read_from_its_picture(kind: str, language: Language) -> None:
    picture = ticket(kind, language, name="Оксана К.")
    assert read(picture) == [CODE]
    assert picture.width / picture.height == pytest.approx(53.98 / 85.60, rel=0.005)


def test_a_camera_reads_the_ticket_small_turned_and_out_of_focus() -> None:
    seen = ticket().rotate(17, expand=True, fillcolor="#777777").resize((360, 480))
    assert read(seen.filter(ImageFilter.GaussianBlur(1))) == [CODE]


def test_the_code_keeps_its_quiet_zone_and_half_of_the_card() -> None:
    picture = ticket()
    panel = picture.crop((0, picture.height - picture.width, picture.width, picture.height))
    dark = panel.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox()
    assert dark is not None
    module = (dark[2] - dark[0]) // 41
    assert min(dark[0], dark[1], panel.width - dark[2], panel.height - dark[3]) >= 4 * module
    assert (dark[2] - dark[0]) / panel.width > 0.8


def test_the_code_alone_is_read_at_every_size() -> None:
    for side in (100, 240, 400):
        picture = draw_code_only(CODE, side)
        assert picture.width <= side
        assert read(picture) == [CODE]


def test_a_longer_code_than_a_version_6_m_is_refused() -> None:
    with pytest.raises(CodeError):
        draw_code_only(CODE + "A")


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(KeyError):
        ticket("gold")


def test_both_languages_have_the_same_words() -> None:
    assert words("uk").keys() == words("en").keys() >= set(KINDS)


def test_colours_are_those_of_the_screens() -> None:
    assert look().colours["field"] == day_colour("accent")
    with pytest.raises(KeyError, match="no colour"):
        day_colour("no-such-colour")


NUMBERS = st.text("0123456789АҐЄІЇЩWQ-/ \x1b\x1d@", max_size=40)
TEXTS = st.one_of(
    st.text(st.characters(exclude_categories=[]) | st.sampled_from("\x1b👩🏽Щ "), max_size=80),
    st.sampled_from(["Щ" * 200, "Ш " * 90]),
)


@pytest.mark.threat(9)
@settings(max_examples=20)
@given(number=NUMBERS, text=st.lists(TEXTS, min_size=3, max_size=3))
def test_no_text_leaves_the_coloured_field(number: str, text: list[str]) -> None:
    runs: list[Piece] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(draw, "draw_words", _recorder(runs))
        ticket(number=number, library=text[0], name=text[1], valid_until=text[2])
    field = (0, 0, look().width, look().height - look().width)
    assert [run for run in runs if common(run.box, field) != run.box] == []
    meetings = [(one, other) for at, one in enumerate(runs) for other in runs[:at]]
    assert [pair for pair in meetings if ink_meets(*pair)] == []


def _recorder(runs: list[Piece]) -> Callable[..., None]:
    """Draws as before and remembers where the ink lies."""
    original = draw_words

    def record(
        pen: ImageDraw.ImageDraw, start: tuple[int, int], text: str, style: Style, colour: str
    ) -> None:
        mask, left, top = ink(text, style, 128)
        x, y = start[0] + left, start[1] + top
        box = (x, y, x + mask.width, y + mask.height)
        runs.append(Piece(Kind.TEXT, box, mask, text))
        original(pen, start, text, style, colour)

    return record
