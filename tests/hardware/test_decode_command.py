"""lystok decode IMAGE..."""

from io import StringIO
from pathlib import Path

import pytest
import segno
from PIL import Image

from hardware.decode_command import run


def printed(*paths: Path) -> tuple[int, list[str], str]:
    out, problems = StringIO(), StringIO()
    status = run(paths, out, problems)
    return status, out.getvalue().splitlines(), problems.getvalue()


def ticket(path: Path, text: str = "LT1:TICKET") -> Path:
    segno.make(text, micro=False).save(str(path), scale=4)
    return path


def test_an_image_a_line(tmp_path: Path) -> None:
    blank = tmp_path / "blank.jpg"
    Image.new("L", (200, 200), 255).save(blank)
    one, two = ticket(tmp_path / "one.png"), ticket(tmp_path / "two.png", "квиток")
    assert printed(one, blank, two) == (
        0,
        [f"{one}\tQRCode\tLT1:TICKET", f"{blank}\t-\t", f"{two}\tQRCode\tквиток"],
        "",
    )


def test_an_unreadable_file_has_its_line_a_message_and_a_status(tmp_path: Path) -> None:
    broken, missing = tmp_path / "broken.png", tmp_path / "missing.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    good = ticket(tmp_path / "good.png")
    status, lines, problems = printed(broken, good, missing)
    assert status == 1
    assert lines == [f"{broken}\t-\t", f"{good}\tQRCode\tLT1:TICKET", f"{missing}\t-\t"]
    assert str(broken) in problems
    assert "No such file" in problems


@pytest.mark.threat(8)
def test_a_code_cannot_play_with_the_terminal(tmp_path: Path) -> None:
    path = ticket(tmp_path / "evil.png", "\x1b]0;owned\x07\ttab\nline\r\x9b2J")
    status, lines, _ = printed(path)
    assert status == 0
    assert lines == [f"{path}\tQRCode\t\\x1b]0;owned\\x07\\ttab\\nline\\r\\x9b2J"]


def test_bytes_that_are_no_text_stay_on_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bytes.png"
    segno.make(b"\xff\xfe\x01\n", mode="byte", micro=False).save(str(path), scale=4)
    status, lines, _ = printed(path)
    assert status == 0
    assert [line.isprintable() for line in lines[0].split("\t")] == [True] * 3


def test_it_prints_to_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = ticket(tmp_path / "one.png")
    assert run([str(path)]) == 0
    assert capsys.readouterr().out == f"{path}\tQRCode\tLT1:TICKET\n"
