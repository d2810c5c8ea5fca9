"""Letters: all Ukrainian ones, nothing hostile, nothing lost."""

import string
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import features

from templates.slips import typeface
from templates.slips.tokens import Style, look
from templates.slips.typeface import TypefaceError, clean, fit, has_glyph, ink, measure, wrap

UKRAINIAN = "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя"
SIGNS = "’₴«»—–№…×.,:;!?()-/"
SMALL = Style("SemiBold", 20, 24, 6)
HOSTILE = st.text(
    st.characters(exclude_categories=[])
    | st.sampled_from("\x1b\x1d\x10\u202e\u200b\u0301👩🏽\ud800"),
    max_size=400,
)


@pytest.mark.parametrize("sign", UKRAINIAN + UKRAINIAN.upper() + SIGNS + string.ascii_letters)
def test_every_sign_a_slip_needs_is_in_the_family(sign: str) -> None:
    assert has_glyph(sign)


@pytest.mark.parametrize("width", [576, 384])
def test_no_two_ukrainian_letters_look_the_same_in_small_print(width: int) -> None:
    small = look(width).small
    shapes = {bytes(ink(letter, small, 168)[0].tobytes()) for letter in UKRAINIAN}
    assert len(shapes) == len(UKRAINIAN)


def test_figures_have_one_width() -> None:
    assert len({measure(figure * 10, SMALL) for figure in string.digits}) == 1


def test_without_the_shaping_engine_drawing_stops_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda _: False)
    typeface.face.cache_clear()
    with pytest.raises(TypefaceError, match="libfribidi0"):
        measure("слово, якого ще не міряли", SMALL)


@pytest.mark.threat(9)
@pytest.mark.parametrize(
    "name, drawn",
    [
        ("Оксана\x1b@ К.", "Оксана@ К."),
        ("\x1dV\x00Ірина\x10\x04\x01", "VІрина"),
        ("Іван\r\nМ.\t№\x0b1", "Іван М. № 1"),
        ("\u202eанаскО\u200b", "анаскО"),
        ("Мар'яна, Лук`ян", "Мар’яна, Лук’ян"),
        ("Оле\u0301на и\u0306", "Олена й"),
        ("Аня 👩🏽‍🎓 王", "Аня ??? ?"),
    ],
)
def test_a_name_is_cleaned_of_what_is_no_letter(name: str, drawn: str) -> None:
    assert clean(name) == drawn


@pytest.mark.threat(9)
@given(text=HOSTILE)
def test_cleaned_text_has_no_control_sign_and_a_bound(text: str) -> None:
    drawn = clean(text, 100)
    assert len(drawn) <= 100
    assert not {unicodedata.category(sign) for sign in drawn} & {"Cc", "Cf", "Cs", "Co", "Cn"}
    assert all(has_glyph(sign) for sign in drawn)
    assert clean(drawn, 100) == drawn


def test_a_cut_is_seen() -> None:
    assert clean("Бібліотека", 5) == "Бібл…"
    assert wrap("Наукова бібліотека імені Русових", SMALL, 120, 2)[-1].endswith("…")


@given(text=HOSTILE.map(clean), width=st.integers(60, 600))
def test_lines_keep_within_the_width_and_lose_nothing(text: str, width: int) -> None:
    lines = wrap(text, SMALL, width)
    assert all(measure(line, SMALL) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_short_words_units_and_numbers_keep_together() -> None:
    phrase = "Листок № 7 у залі за 20 хв — до речі"
    ends = {line.split()[-1] for width in range(150, 400, 3) for line in wrap(phrase, SMALL, width)}
    assert not ends & {"№", "у", "за", "20", "до"}


def test_a_last_line_is_no_scrap() -> None:
    style = look(576).text
    assert wrap("ні, лише читальні зали", style, 288) == ["ні, лише", "читальні зали"]


@given(number=st.text(string.ascii_uppercase + "-", min_size=1, max_size=14))
def test_a_number_is_as_large_as_the_paper_allows(number: str) -> None:
    style = look(384).number
    fitted = fit(number, style, 376, 20)
    assert measure(number, fitted) <= 376
    assert (
        fitted.size == style.size
        or measure(number, Style("ExtraBold", fitted.size + 2, 0, 16)) > 376
    )
