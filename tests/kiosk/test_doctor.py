"""`lystok kiosk doctor`: what is there, how it is, what to do."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

import lystok
from hardware.printer_simulator import PrinterSimulator
from tests.kiosk.house import AT

_CONFIGURATION = """\
station = "K1"
role = "entrance"
production = false
data_dir = "data"
token_file = "token"
slip_key_file = "key"
[server]
url = "http://127.0.0.1:9"
[screen]
port = {page}
[devices]
scanner = {{ driver = "camera", camera = {{ driver = "simulator" }} }}
printer = {{ driver = "network", host = "127.0.0.1", port = {printer}, timeout_s = 0.5 }}
"""


@pytest.fixture
def printer(tmp_path: Path) -> Iterator[PrinterSimulator]:
    printer = PrinterSimulator(tmp_path / "slips", lambda: AT)
    yield printer
    printer.close()


@pytest.fixture
def file(tmp_path: Path, printer: PrinterSimulator) -> Path:
    return written(tmp_path, printer, page=9)


def written(folder: Path, printer: PrinterSimulator, page: int) -> Path:
    (folder / "data").mkdir(exist_ok=True)
    file = folder / "kiosk.toml"
    file.write_text(_CONFIGURATION.format(printer=printer.port, page=page))
    return file


def doctor(file: Path, *words: str) -> int:
    return lystok.main(["kiosk", "doctor", "--config", str(file), *words])


def test_all_is_well(
    file: Path, printer: PrinterSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    assert doctor(file) == 0
    said = capsys.readouterr().out
    assert "Станція K1" in said
    assert f"+ Принтер листків (network, host = 127.0.0.1, port = {printer.port}): працює" in said
    assert "+ Сканер кодів (camera, simulator, імітація): працює" in said
    assert "Причина" not in said


@pytest.mark.fault(1)
def test_cause_and_remedy_are_told_in_words(
    file: Path, printer: PrinterSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.set(paper="out")
    assert doctor(file, "--language", "en") == 1
    said = capsys.readouterr().out
    assert "- Slip printer (network, host = 127.0.0.1, port = " in said
    assert "What to do: Put in a new roll." in said


@pytest.mark.fault(3, 5)
def test_a_missing_printer_is_told_with_the_drivers_words_in_json(
    file: Path, printer: PrinterSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    printer.set(power="off")
    assert doctor(file, "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["well"] is False
    assert report["running"] is False
    told = {device["device"]: device for device in report["devices"]}
    assert (told["printer"]["state"], told["printer"]["detail"]) == ("failed", "missing")
    assert told["printer"]["remedy"]
    assert told["scanner"]["simulated"] is True
    assert isinstance(report["found"], list)


def test_a_wrong_configuration_is_another_status(
    tmp_path: Path, printer: PrinterSimulator, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, printer, page=9)
    file.write_text(file.read_text().replace('"network"', '"netwrok"'))
    assert doctor(file) == 2
    assert "did you mean 'network'?" in capsys.readouterr().err


@pytest.fixture
def running(tmp_path: Path) -> Iterator[int]:
    """The page of a station that runs; answers its port."""
    health = {"state": "degraded", "detail": "paper_near_end", "seen_at": AT.isoformat()}

    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["X-Lystok-Token"] == "secret"
            self.send_response(200 if known and self.path == "/state" else 403)
            self.end_headers()
            devices = {"printer": health | {"simulated": False}}
            self.wfile.write(json.dumps({"devices": devices}).encode())

        def log_message(self, *_: object) -> None:
            pass

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "local-token").write_text("secret")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Page)
    Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_running_station_is_asked_and_its_devices_left_alone(
    tmp_path: Path,
    printer: PrinterSimulator,
    running: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    printer.set(power="off")
    assert doctor(written(tmp_path, printer, running), "--json") == 1
    report = json.loads(capsys.readouterr().out)
    assert report["running"] is True
    told = {device["device"]: device for device in report["devices"]}
    assert told["printer"]["detail"] == "paper_near_end"
    assert told["printer"]["seen_at"] == AT.isoformat()
    assert told["scanner"]["detail"] == "not_tried"


def test_a_stranger_on_the_stations_port_is_not_believed(
    tmp_path: Path,
    printer: PrinterSimulator,
    running: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "data" / "local-token").write_text("another")
    assert doctor(written(tmp_path, printer, running)) == 0
    assert "розповіла вона" not in capsys.readouterr().out
