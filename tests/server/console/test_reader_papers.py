"""Papers of a reader: of the right size, with what is to be signed, and a code that opens."""

import io
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
import zxingcpp
from flask import Flask, render_template
from PIL import Image

from gate.codes import read_ticket
from server.console import register
from server.console.pages import reader_papers
from server.console.printing import pdf
from server.models import Role
from server.services import keys, lending
from server.services.lending import Desk as LendingDesk
from tests.server.console.desk import Clock, Desk, sign_in
from tests.server.console.library import NASTY, NOON, Library

_MM = 72 / 25.4


def entropy(count: int) -> bytes:
    return bytes(range(count))


@pytest.fixture
def app(library: Library, clock: Clock, tmp_path: Path) -> Flask:
    keys.create(library.database, tmp_path / "keys", actor="system", at=NOON, entropy=entropy)
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, library.database, clock=clock, keys_directory=tmp_path / "keys")
    return app


def opened(data: bytes) -> bytes:
    """A PDF with its packed streams unfolded."""
    assert data.startswith(b"%PDF-")
    parts = [data]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", data, re.DOTALL):
        try:
            parts.append(zlib.decompress(packed))
        except zlib.error:
            continue
    return b"\n".join(parts)


def size_mm(data: bytes) -> tuple[float, float]:
    box = re.search(rb"/MediaBox ?\[ ?0 0 ([\d.]+) ([\d.]+)", opened(data))
    assert box is not None
    return round(float(box[1]) / _MM, 1), round(float(box[2]) / _MM, 1)


def paper(desk: Desk, patron_id: int, name: str) -> bytes:
    response = desk.client.get(f"/patrons/{patron_id}/{name}")
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    data: bytes = response.data
    return data


@pytest.mark.clause("R2.2", "R3.3.2")
@pytest.mark.parametrize("name", ["registration-card.pdf", "reader-file.pdf"])
def test_papers_to_sign_are_sheets_of_a4(centre: Desk, library: Library, name: str) -> None:
    for patron_id in (library.reader, library.clean_reader, library.nasty):
        assert size_mm(paper(centre, patron_id, name)) == (210, 297)


@pytest.mark.clause("R3.3.2")
def test_a_reader_s_file_has_a_line_to_sign_for_each_loan_until_it_is_back(
    centre: Desk, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    sheets: list[str] = []

    def keep(template: str, told: object) -> bytes:
        sheets.append(render_template(f"papers/{template}", paper=told))
        return b"%PDF"

    monkeypatch.setattr(reader_papers, "pdf", keep)
    assert "reader-file.pdf" in centre.get(f"/patrons/{library.reader}/ticket")
    paper(centre, library.reader, "reader-file.pdf")
    lending.take_back(
        library.database, "482000004", desk=LendingDesk(department="1", staff_id=1), at=NOON
    )
    paper(centre, library.reader, "reader-file.pdf")
    lent, back = (sheet.partition("<tbody>")[2].split("<tr>")[1:] for sheet in sheets)
    assert ["Місто" in row for row in lent[:2]] == [True, False], "what is lent home, and no more"
    assert "4414" in lent[0]
    assert lent[0].count("<td></td>") == 2, "the reader signs, the librarian at the return"
    assert not any("Місто" in row for row in back)
    assert all(row.count("<td></td>") == 6 for row in back), "lines to write on"


@pytest.mark.clause("R2.2")
def test_a_ticket_is_a_picture_whose_code_the_door_reads(
    app: Flask, centre: Desk, library: Library
) -> None:
    picture = paper(centre, library.clean_reader, "ticket.png")
    with Image.open(io.BytesIO(picture)) as image:
        (code,) = [found.text for found in zxingcpp.read_barcodes(image)]
    with library.database.reading() as session:
        claims = read_ticket(code, keys.ring(session), NOON).claims
    assert claims is not None
    assert claims.ticket_id == f"{1:012x}"


@pytest.mark.clause("R2.2")
def test_a_ticket_prints_as_a_card_and_on_a_sheet(centre: Desk, library: Library) -> None:
    card = paper(centre, library.clean_reader, "ticket-card.pdf")
    assert size_mm(card) == (54, 85.6)
    assert card.count(b"/Type /Page\n") <= 1
    assert size_mm(paper(centre, library.clean_reader, "ticket-sheet.pdf")) == (210, 297)


@pytest.mark.clause("R2.3.1")
@pytest.mark.parametrize("name", ["ticket.png", "ticket-card.pdf", "ticket-sheet.pdf"])
def test_a_dead_ticket_is_printed_no_more(centre: Desk, library: Library, name: str) -> None:
    centre.post(f"/patrons/{library.clean_reader}/ticket", act="lost", ticket=f"{1:012x}")
    assert centre.client.get(f"/patrons/{library.clean_reader}/{name}").status_code == 404


@pytest.mark.threat(14)
def test_papers_are_the_service_centre_s_alone(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    department = desk_of(Role.DEPARTMENT).client
    for name in ("registration-card.pdf", "reader-file.pdf", "ticket.png"):
        assert department.get(f"/patrons/{library.reader}/{name}").status_code == 403


@pytest.mark.threat(13)
def test_a_paper_fetches_nothing_from_anywhere(
    app: Flask, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Neither a file of this machine nor an address, whatever somebody put into a name."""
    (tmp_path / "secret.png").write_bytes(b"secret")
    with app.test_request_context("/"):
        for source in ((tmp_path / "secret.png").as_uri(), "http://127.0.0.1:9/a.png"):
            written = pdf("ticket_card.html", {"picture": source, "library": NASTY, "number": "1"})
            assert b"secret" not in opened(written)
            assert "papers fetch nothing" in caplog.text
            caplog.clear()


def test_without_a_key_there_is_no_ticket_to_print(clock: Clock, library: Library) -> None:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    register(app, library.database, clock=clock)
    client = app.test_client()
    assert sign_in(client, Role.SERVICE_CENTRE.value) == 303
    assert client.get(f"/patrons/{library.reader}/ticket.png").status_code == 404
