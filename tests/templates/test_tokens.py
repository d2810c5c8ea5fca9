"""The tokens of the screens: enough contrast in every theme, states that differ in lightness."""

import re
from itertools import combinations

import pytest

from templates.assets import TEMPLATES

CSS = (TEMPLATES / "static" / "tokens.css").read_text(encoding="utf-8")
COLOUR = re.compile(r"--([\w-]+): (?:light-dark\((#\w{6}), (#\w{6})\)|(#\w{6}));")
AAA, CONTROL = 7.0, 3.0

GROUNDS = ("paper", "sheet")
TEXTS = ("ink", "ink-quiet", "accent", "grant-ink", "desk-ink", "refuse-ink")
ON_THEIR_OWN = (
    ("on-accent", "accent"), ("on-accent-wash", "accent-wash"), ("on-grant", "grant"),
    ("on-desk", "desk"), ("on-refuse", "refuse"), ("grant-ink", "grant-wash"),
    ("desk-ink", "desk-wash"), ("refuse-ink", "refuse-wash"),
)  # fmt: skip


def colours(block: str) -> dict[str, tuple[str, str]]:
    """Each colour of a block by day and by night."""
    return {
        name: (both, both) if both else (day, night)
        for name, day, night, both in COLOUR.findall(block)
    }


PLAIN = colours(CSS.split(":root {")[1].split("\n}")[0])
HIGH = {**PLAIN, **colours(CSS.split(':root[data-contrast="high"] {')[1].split("\n}")[0])}
THEMES = {
    f"{name} {when}": {key: pair[night] for key, pair in colours_of.items()}
    for name, colours_of in (("plain", PLAIN), ("high", HIGH))
    for night, when in enumerate(("day", "night"))
}


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.2 defines it."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def lightness(colour: str) -> float:
    """CIE L*, as the eye grades it."""
    return 116 * float(luminance(colour) ** (1 / 3)) - 16


def test_black_on_white_is_21_to_1() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("theme", THEMES)
def test_every_text_stands_out_seven_to_one(theme: str) -> None:
    colour = THEMES[theme]
    pairs = [(text, ground) for text in TEXTS for ground in GROUNDS] + list(ON_THEIR_OWN)
    weak = [pair for pair in pairs if contrast(colour[pair[0]], colour[pair[1]]) < AAA]
    assert not weak


@pytest.mark.parametrize("theme", THEMES)
def test_edges_of_controls_and_focus_can_be_seen(theme: str) -> None:
    colour = THEMES[theme]
    for ground in GROUNDS:
        assert contrast(colour["edge"], colour[ground]) >= CONTROL
        assert contrast(colour["focus"], colour[ground]) >= AAA
    assert contrast(colour["focus"], colour["focus-gap"]) >= AAA


@pytest.mark.parametrize("theme", THEMES)
def test_states_differ_in_lightness_and_not_in_colour_alone(theme: str) -> None:
    colour = THEMES[theme]
    states = [colour[name] for name in ("grant", "desk", "refuse")]
    assert all(abs(lightness(a) - lightness(b)) >= 8 for a, b in combinations(states, 2))


def test_spaces_are_steps_of_four() -> None:
    steps = [int(px) for px in re.findall(r"--space-\d: (\d+)px", CSS)]
    assert len(steps) == 9
    assert all(px % 4 == 0 for px in steps)


def test_the_console_has_five_sizes_on_one_scale() -> None:
    sizes = [float(rem) for rem in re.findall(r"--size-\d: ([\d.]+)rem", CSS)]
    scale = [(4 / 3) ** (step / 2) for step in (-1, 0, 2, 4, 10)]
    assert sizes == pytest.approx(scale, abs=0.005)


def test_colours_and_sizes_stand_in_the_tokens_alone() -> None:
    """Other style sheets name tokens; a colour of their own would escape every check here."""
    own = re.compile(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(|font-size: [\d.]", re.IGNORECASE)
    for path in (TEMPLATES / "static").glob("*.css"):
        if path.name != "tokens.css":
            assert not own.findall(path.read_text(encoding="utf-8")), path.name


def test_nothing_is_loaded_from_elsewhere() -> None:
    for path in (TEMPLATES / "static").rglob("*"):
        if path.suffix in {".css", ".js", ".svg"}:
            text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
            assert not re.search(r"(?:https?:)?//[a-z]", text.replace("://", "//")), path.name
