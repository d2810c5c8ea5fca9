"""The front door: words, exit status, and every fault of a configuration at once."""

import json
from pathlib import Path

import pytest

import lystok
from lystok import configuration

KIOSK = """
station = "K1"
role = "exit"
production = false
data_dir = "data"
token_file = "token"
slip_key_file = "key"

[server]
url = "http://127.0.0.1:8080"

[devices.scanner]
driver = "camera"
camera = { driver = "simulator" }
"""


def written(folder: Path, text: str) -> str:
    file = folder / "config.toml"
    file.write_text(text, "utf-8")
    return str(file)


def test_every_fault_of_a_server_configuration_is_named_at_once(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(
        tmp_path, '[server]\nport = 99999\nthread = 4\n[database]\nurl = "mysql://x/y"'
    )
    assert lystok.main(["--config", config, "server", "check-config"]) == 2
    said = capsys.readouterr().err
    assert "server.port" in said
    assert "did you mean 'threads'?" in said
    assert "database.url" in said


def test_a_wrong_section_is_answered_with_the_one_that_was_meant(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, "[sesions]\nidle_minutes = 5")
    assert lystok.main(["--config", config, "server", "check-config"]) == 2
    assert "did you mean 'sessions'?" in capsys.readouterr().err


def test_config_may_stand_before_or_behind_the_command(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, "[server]\nport = 8123")
    assert lystok.main(["--config", config, "server", "check-config"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert lystok.main(["server", "check-config", "--config", config]) == 0
    assert json.loads(capsys.readouterr().out) == before
    assert before["server"]["port"] == 8123


def test_the_environment_overrides_the_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYSTOK_SERVER__PORT", "8999")
    config = written(tmp_path, "[server]\nport = 8123")
    assert lystok.main(["--config", config, "server", "check-config"]) == 0
    assert json.loads(capsys.readouterr().out)["server"]["port"] == 8999


def test_a_database_password_is_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = "postgresql://lystok:verysecret@db/lystok"
    config = written(tmp_path, f'[database]\nurl = "{url}"')
    assert lystok.main(["--config", config, "server", "check-config"]) == 0
    said = capsys.readouterr().out
    assert "verysecret" not in said
    assert "lystok:***@db" in said


def test_a_mail_password_is_never_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LYSTOK_MAIL__PASSWORD", "verysecret")
    text = '[mail]\nhost = "mail"\nsender = "library@example.org"\nuser = "library"'
    assert lystok.main(["--config", written(tmp_path, text), "server", "check-config"]) == 0
    assert "verysecret" not in capsys.readouterr().out


def test_wallet_keys_that_can_t_be_read_are_told_before_the_start(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = '[wallet]\ngoogle_account = "google.json"\ngoogle_issuer = "3388"'
    assert lystok.main(["--config", written(tmp_path, text), "server", "check-config"]) == 1
    assert "google.json" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["[server", "= 3"])
def test_a_file_that_is_no_toml_is_told_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    assert lystok.main(["--config", written(tmp_path, text), "server", "check-config"]) == 2
    assert "not TOML" in capsys.readouterr().err


def test_a_missing_file_says_how_to_name_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = str(tmp_path / "nothing.toml")
    assert lystok.main(["--config", missing, "kiosk", "check-config"]) == 2
    assert "--config" in capsys.readouterr().err


def test_a_wrong_setting_of_a_device_is_a_fault_of_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, KIOSK.replace('"simulator"', '"simulater"'))
    assert lystok.main(["--config", config, "kiosk", "check-config"]) == 2
    assert "did you mean 'simulator'?" in capsys.readouterr().err


def test_a_station_whose_key_is_broken_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, KIOSK)
    (tmp_path / "key").write_text("no key")
    (tmp_path / "token").write_text("a token")
    assert lystok.main(["--config", config, "kiosk", "run"]) == 1
    assert "pair this station anew" in capsys.readouterr().err


def test_simulated_devices_in_production_must_be_wanted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = written(tmp_path, KIOSK.replace("production = false", "production = true"))
    assert lystok.main(["--config", config, "kiosk", "check-config"]) == 2
    assert "allow_simulators" in capsys.readouterr().err


def test_without_a_file_here_the_installed_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here, installed = tmp_path / "here", tmp_path / "installed"
    for folder in (here, installed):
        folder.mkdir()
    (installed / "server.toml").write_text("[server]\nport = 8081\n", "utf-8")
    monkeypatch.setattr(configuration, "INSTALLED", installed)
    monkeypatch.chdir(here)
    assert lystok.main(["server", "check-config"]) == 0
    assert '"port": 8081' in capsys.readouterr().out
    (here / "server.toml").write_text("[server]\nport = 8082\n", "utf-8")
    assert lystok.main(["server", "check-config"]) == 0
    assert '"port": 8082' in capsys.readouterr().out


def test_with_no_file_at_all_the_way_to_name_one_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(configuration, "INSTALLED", tmp_path / "nowhere")
    monkeypatch.chdir(tmp_path)
    assert lystok.main(["server", "check-config"]) == 2
    assert "server.toml: No such file or directory; name the file with --config" in (
        capsys.readouterr().err
    )
