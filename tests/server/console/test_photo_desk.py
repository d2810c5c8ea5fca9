"""The photo at the desk: a camera, a file or a scan, cropped by hand and by keys (R2.2)."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from server.models import Photo, Purpose
from server.services import consents
from server.services.photos import SIZE
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library
from tests.server.console.test_browser import RULES

LEFT, RIGHT, FEET = (200, 30, 30), (30, 30, 200), (30, 160, 60)


@pytest.fixture(scope="module")
def browser(whole_browser: Browser) -> Browser:
    """One that asks whether the desk's camera may be used."""
    return whole_browser


@pytest.fixture
def desk_page(console: Page, address: str, library: Library) -> Page:
    """The ticket page of a reader who agreed to a photo."""
    consents.change(library.database, library.reader, {Purpose.PHOTO: True}, staff_id=1, at=NOON)
    console.goto(f"{address}/patrons/{library.reader}/ticket")
    return console


def kept(library: Library) -> Image.Image | None:
    with library.database.reading() as session:
        found = session.get(Photo, library.reader)
        return None if found is None else Image.open(io.BytesIO(found.jpeg))


def scan_of(tmp_path: Path) -> str:
    """A wide scan: red on the left, blue on the right, a green strip below."""
    picture = Image.new("RGB", (1600, 800), LEFT)
    picture.paste(RIGHT, (800, 0, 1600, 800))
    picture.paste(FEET, (0, 760, 1600, 800))
    path = tmp_path / "scan.png"
    picture.save(path)
    return str(path)


def choose(page: Page, path: object) -> None:
    page.locator("#photo").set_input_files(str(path))
    expect(page.get_by_label("Кадр 3×4")).to_be_focused()


def save(page: Page) -> None:
    page.get_by_role("button", name="Зберегти фото").click()
    expect(page.locator(".notice-grant")).to_contain_text("Фото збережено.")


def near(picture: Image.Image | None, place: tuple[int, int], colour: tuple[int, int, int]) -> bool:
    assert picture is not None
    found = picture.convert("RGB").getpixel(place)
    assert isinstance(found, tuple)
    return all(abs(a - b) < 25 for a, b in zip(found, colour, strict=True))


@pytest.mark.clause("R2.2")
def test_a_picture_of_the_camera_becomes_the_reader_s_photo(
    desk_page: Page, library: Library
) -> None:
    desk_page.context.grant_permissions(["camera"])
    desk_page.get_by_role("button", name="Увімкнути камеру").click()
    desk_page.get_by_role("button", name="Зробити фото", exact=True).click()
    expect(desk_page.get_by_label("Кадр 3×4")).to_be_focused()
    assert desk_page.evaluate("document.querySelector('video').srcObject") is None
    save(desk_page)
    expect(desk_page.locator(".portrait-photo")).to_be_visible()
    picture = kept(library)
    assert picture is not None
    assert picture.size == SIZE
    assert len(picture.convert("RGB").getcolors(600 * 800) or ()) > 20


@pytest.mark.clause("R2.2")
def test_without_a_camera_the_desk_is_told_to_add_a_file(desk_page: Page) -> None:
    desk_page.context.clear_permissions()
    desk_page.get_by_role("button", name="Увімкнути камеру").click()
    expect(desk_page.locator("[data-photo-trouble]")).to_contain_text("Додайте файл")


@pytest.mark.clause("R2.2")
def test_a_scan_is_moved_by_keys(desk_page: Page, library: Library, tmp_path: Path) -> None:
    choose(desk_page, scan_of(tmp_path))
    for _ in range(60):
        desk_page.keyboard.press("ArrowLeft")
    save(desk_page)
    assert near(kept(library), (20, 300), RIGHT)
    assert near(kept(library), (580, 300), RIGHT)


@pytest.mark.clause("R2.2")
def test_a_scan_is_brought_closer_until_only_the_face_is_left(
    desk_page: Page, library: Library, tmp_path: Path
) -> None:
    choose(desk_page, scan_of(tmp_path))
    for key in ("+",) * 8 + ("ArrowDown",) * 40:
        desk_page.keyboard.press(key)
    save(desk_page)
    assert near(kept(library), (20, 790), LEFT)


@pytest.mark.clause("R2.2")
def test_a_scan_laid_on_its_side_is_turned(
    desk_page: Page, library: Library, tmp_path: Path
) -> None:
    choose(desk_page, scan_of(tmp_path))
    desk_page.get_by_role("button", name="Обернути").click()
    save(desk_page)
    picture = kept(library)
    assert near(picture, (300, 100), LEFT)
    assert near(picture, (300, 700), RIGHT)


@pytest.mark.clause("R2.2")
def test_the_picture_is_dragged_and_never_leaves_the_frame_empty(
    desk_page: Page, library: Library, tmp_path: Path
) -> None:
    choose(desk_page, scan_of(tmp_path))
    box = desk_page.get_by_label("Кадр 3×4").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    desk_page.mouse.move(x, y)
    desk_page.mouse.down()
    desk_page.mouse.move(x + 3000, y + 500, steps=4)
    desk_page.mouse.up()
    desk_page.locator("#photo-tilt").fill("9")
    save(desk_page)
    picture = kept(library)
    assert picture is not None
    for place in ((5, 5), (594, 5), (5, 740), (594, 740)):
        assert near(picture, place, LEFT) or near(picture, place, RIGHT), place


@pytest.mark.clause("R2.2")
def test_a_file_that_is_no_picture_is_told_at_once(desk_page: Page, tmp_path: Path) -> None:
    wrong = tmp_path / "me.jpg"
    wrong.write_text("no picture")
    desk_page.locator("#photo").set_input_files(wrong)
    expect(desk_page.locator("[data-photo-trouble]")).to_contain_text("Це не зображення")


def test_axe_finds_nothing_at_the_camera_and_the_frame(desk_page: Page, tmp_path: Path) -> None:
    desk_page.context.grant_permissions(["camera"])
    desk_page.get_by_role("button", name="Увімкнути камеру").click()
    expect(desk_page.get_by_role("button", name="Зробити фото", exact=True)).to_be_visible()
    for _ in range(2):
        found = Axe().run(desk_page, options=RULES)
        assert found.violations_count == 0, found.generate_report()
        choose(desk_page, scan_of(tmp_path))
    desk_page.set_viewport_size({"width": 320, "height": 640})
    assert desk_page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


@pytest.mark.clause("R2.2")
def test_who_refuses_a_photo_is_shown_no_camera(centre: Desk, library: Library) -> None:
    consents.change(library.database, library.reader, {Purpose.PHOTO: False}, staff_id=1, at=NOON)
    page = centre.get(f"/patrons/{library.reader}/ticket")
    assert "Увімкнути камеру" not in page
    assert "Потрібна згода читача на фото." in page
