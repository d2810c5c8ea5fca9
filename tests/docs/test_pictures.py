"""The pictures of README and docs."""

import re
from pathlib import Path

import pytest
from PIL import Image

from docs.screenshots import LARGEST_BYTES, PICTURES, Camera

ROOT = PICTURES.parents[1]
NAMED = re.compile(r'(?:\]\(|src=")([\w./-]+\.png)')


@pytest.mark.parametrize("page", ["README.md", "docs/overview.html"])
def test_every_picture_that_a_page_shows_is_there(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    shown = NAMED.findall(text)
    assert shown
    for name in shown:
        assert ((ROOT / page).parent / name).is_file(), name


def test_every_picture_is_one_that_the_script_takes_and_small() -> None:
    script = (PICTURES.parent / "screenshots.py").read_text(encoding="utf-8")
    for picture in PICTURES.iterdir():
        assert f'"{picture.stem}"' in script, picture.name
        assert picture.stat().st_size <= LARGEST_BYTES, picture.name


def test_a_picture_that_would_be_large_is_refused(tmp_path: Path) -> None:
    noise = Image.effect_noise((1200, 1200), 90)
    with pytest.raises(ValueError, match=r"noise\.png has \d+ bytes, 400000 are the most"):
        Camera.keep(Camera(None, None, tmp_path), noise, "noise")  # type: ignore[arg-type]
