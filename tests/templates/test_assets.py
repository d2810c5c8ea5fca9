"""What a page may load."""

import re

import pytest
from jinja2 import Environment

from templates import assets

SYMBOL = re.compile(r'<symbol id="([\w-]+)" viewBox="([\d ]+)"')


def symbols() -> dict[str, str]:
    """Every pictogram with the grid it is drawn on."""
    return dict(SYMBOL.findall(assets.static_files()["icons.svg"].read_text(encoding="utf-8")))


def test_the_typeface_comes_from_its_package() -> None:
    path = assets.static_files()["fonts/manrope.ttf"]
    assert path.read_bytes()[:4] == b"\x00\x01\x00\x00"
    assert assets.mime_type("fonts/manrope.ttf") == "font/ttf"


@pytest.mark.threat(13)
@pytest.mark.parametrize("name", ["../words.py", "/etc/passwd", "tokens.css/../../words.py", ""])
def test_only_what_is_listed_can_be_had(name: str) -> None:
    with pytest.raises(KeyError):
        assets.fingerprint(name)


def test_every_pictogram_is_drawn_on_the_same_grid() -> None:
    assert len(symbols()) > 22
    assert set(symbols().values()) == {"0 0 32 32"}


def test_every_pictogram_that_a_page_names_is_drawn() -> None:
    for path in assets.TEMPLATES.rglob("*.html"):
        named = set(re.findall(r"""icon\(["']([\w-]+)["']""", path.read_text(encoding="utf-8")))
        assert named <= set(symbols()), path.name


def test_a_pictogram_without_a_label_is_silent() -> None:
    assert 'aria-hidden="true"' in assets.icon("book")
    assert 'role="img" aria-label="Книга"' in assets.icon("book", "Книга")


@pytest.mark.threat(12)
def test_a_label_can_hold_no_markup() -> None:
    assert "<script" not in assets.icon("book", '"><script>')


def test_the_edition_is_the_same_until_a_file_changes() -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", assets.edition())


def test_the_address_of_a_file_follows_its_content() -> None:
    environment = Environment(autoescape=True)
    assets.install(environment, prefix="/files")
    address = environment.from_string('{{ asset("tokens.css") }}').render()
    assert re.fullmatch(r"/files/tokens\.css\?v=[0-9a-f]{12}", address)
