"""Photos from a folder, for those who agreed to one."""

import zipfile
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from server.models import ImportKind, Patron, Photo, Purpose, Ticket
from server.services import consents, photos
from server.services.imports import pictures
from server.services.imports.tables import NotReadable
from tests.server.console.library import NOON, Library
from tests.server.imports.lists import faults, take_in, undo


@pytest.fixture
def folder(desk: Library, tmp_path: Path) -> Path:
    """A photo of a reader, one of nobody, one that is none, and a note."""
    picture = Image.new("RGB", (450, 600), "teal")
    for number in (number_of(desk), "нема"):
        picture.save(tmp_path / f"{number}.jpg")
    (tmp_path / f"{number_of(desk, desk.reader)}.png").write_bytes(b"no picture")
    (tmp_path / "readme.txt").write_text("photos")
    return tmp_path


def number_of(library: Library, patron: int | None = None) -> str:
    with library.database.reading() as session:
        mine = Ticket.patron_id == (patron or library.clean_reader)
        return session.scalars(select(Ticket.number).where(mine)).first() or ""


def agree(library: Library) -> None:
    with library.database.writing() as session:
        for patron_id in (library.clean_reader, library.reader):
            patron = session.get_one(Patron, patron_id)
            answer = {Purpose.PHOTO: True}
            consents.note(session, patron, answer, by_guardian=False, staff_id=1, at=NOON)


@pytest.mark.clause("R2.2")
def test_without_consent_there_is_no_photo(desk: Library, folder: Path) -> None:
    run = take_in(desk.database, ImportKind.PHOTOS, pictures.read(folder).rows)
    assert (run.created, run.rows_done) == (0, 3)
    assert {code for _, _, code in faults(desk.database, run)} == {
        "no_consent", "not_a_photo", "unknown_ticket",
    }  # fmt: skip


@pytest.mark.clause("R2.2")
def test_a_photo_is_drawn_anew_and_replaces_none(desk: Library, folder: Path) -> None:
    agree(desk)
    run = take_in(desk.database, ImportKind.PHOTOS, pictures.read(folder).rows)
    assert (run.created, run.faulty) == (1, 2)
    with desk.database.reading() as session:
        jpeg = photos.of(session, desk.clean_reader)
    assert jpeg is not None
    assert jpeg.startswith(b"\xff\xd8")
    again = take_in(desk.database, ImportKind.PHOTOS, pictures.read(folder).rows)
    assert (again.created, again.same) == (0, 1)


def test_an_undo_takes_the_photos_away_again(desk: Library, folder: Path) -> None:
    agree(desk)
    run = take_in(desk.database, ImportKind.PHOTOS, pictures.read(folder).rows)
    undone = undo(desk.database, run)
    assert (undone.taken_back, undone.kept) == (1, 0)
    with desk.database.reading() as session:
        assert session.scalars(select(Photo)).all() == []


def test_photos_come_in_an_archive_too_and_nothing_of_it_stays(
    desk: Library, folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    agree(desk)
    archive = tmp_path_factory.mktemp("spool") / "photos.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in folder.iterdir():
            packed.write(path, f"../Фото 2025/{path.name}")
    listing = pictures.read_archive(archive)
    run = take_in(desk.database, ImportKind.PHOTOS, listing.rows)
    assert (run.created, run.faulty) == (1, 2)
    listing.close()
    assert list(archive.parent.iterdir()) == [archive]


@pytest.mark.threat(13)
def test_what_is_no_archive_of_photos_is_refused(tmp_path: Path) -> None:
    bomb, broken = tmp_path / "bomb.zip", tmp_path / "broken.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("1.jpg", bytes(10**7))
    broken.write_bytes(b"PK" * 100)
    damaged = tmp_path / "damaged.zip"
    with zipfile.ZipFile(damaged, "w", zipfile.ZIP_DEFLATED) as packed:
        packed.writestr("1.jpg", b"abc" * 1000)
    inner = damaged.read_bytes()
    damaged.write_bytes(inner[:36] + bytes(255 - byte for byte in inner[36:39]) + inner[39:])
    for path in (bomb, broken, damaged):
        with pytest.raises(NotReadable):
            pictures.read_archive(path)
    assert len(list(tmp_path.iterdir())) == 3
