"""`lystok server import`, as a technician calls it."""

from pathlib import Path

import pytest

import lystok
from demo.commands import write_sample
from tests.server.imports.lists import PATRONS, csv_file


@pytest.fixture
def config(tmp_path: Path) -> Path:
    write_sample(tmp_path / "library", patrons=60)
    return tmp_path / "library" / "server.toml"


def test_a_list_is_checked_taken_in_and_taken_back(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    faulty = ("900003", "Пес", "Рекс", "31.02.2000", "", "", "")
    path = str(csv_file(tmp_path, [*PATRONS, faulty]))
    command = ["--config", str(config), "server", "import"]
    assert lystok.main([*command, "patrons", path, "--dry-run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "Рядок 4. Дата народження: це не дата; пишіть 14.03.2026 або 2026-03-14",
        "рядків прочитано: 3, нових: 2, з помилками: 1",
    ]
    assert lystok.main([*command, "patrons", path, "--language", "en"]) == 0
    assert "Undo: lystok server import --undo 2" in capsys.readouterr().out
    assert lystok.main([*command, "--undo", "2"]) == 0
    assert "скасовано: 2" in capsys.readouterr().out


def test_what_a_newer_list_changes_is_told_before_and_after(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["--config", str(config), "server", "import", "patrons"]
    lystok.main([*command, str(csv_file(tmp_path, PATRONS))])
    newer = [("Номер квитка", "Прізвище", "Адреса"), ("900001", "Нечуй", "вул. Липова, 3")]
    path = str(csv_file(tmp_path, newer))
    capsys.readouterr()
    for words in (["--dry-run"], []):
        assert lystok.main([*command, path, *words]) == 0
        told = capsys.readouterr().out.splitlines()
        assert told[0].startswith("№ 900001. Прізвище: Ґудзь → Нечуй; ")
        assert "Адреса: порожньо → вул. Липова, 3" in told[0]
        assert told[1] == "рядків прочитано: 1, змінених: 1"


@pytest.mark.parametrize(
    "words, status, message",
    [
        (["patrons", "missing.csv"], 1, "No such file"),
        (["patrons"], 2, "name what to take in"),
        (["--undo", "77"], 1, "№ 77"),
        (["documents", "x", "--marc", "marc21", "--copies", "x"], 2, "--copies"),
    ],
)
def test_what_can_t_be_done_is_told(
    config: Path, words: list[str], status: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert lystok.main(["--config", str(config), "server", "import", *words]) == status
    assert message in capsys.readouterr().err
