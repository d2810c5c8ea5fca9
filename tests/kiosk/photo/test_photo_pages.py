"""The pictures of the camera are for the page of this station alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from time import monotonic
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from kiosk import screens
from kiosk.config import PhotoSettings, Role, ScreenSettings
from kiosk.pages import PageSettings, create_app
from kiosk.photo.booth import PhotoBooth
from kiosk.photo.session import Phase
from kiosk.rendering import Renderer
from kiosk.stage import Stage
from tests.kiosk.photo.photographs import portrait
from tests.kiosk.photo.scenes import Scene

HOST = {"Host": "127.0.0.1:8701"}
OURS = HOST | {"X-Lystok-Token": "secret"}


@pytest.fixture
def booth() -> Iterator[PhotoBooth]:
    settings = PhotoSettings(hold_s=0.01, countdown_s=0.01)
    booth = PhotoBooth(Scene(portrait()), monotonic, settings)
    yield booth
    booth.stop()


@pytest.fixture
def client(booth: PhotoBooth) -> FlaskClient:
    stage = Stage(screens.Start(role=Role.ENTRANCE), ScreenSettings(), "uk", monotonic)
    settings = PageSettings(
        token="secret", instance="run", station="K1", role="entrance", warning_s=20
    )
    renderer = Renderer(lambda: ZoneInfo("Europe/Kyiv"))
    app = create_app(stage, renderer, settings, lambda _: None, dict, booth=booth)
    return app.test_client()


def test_the_page_sees_what_the_camera_sees_and_what_is_said_of_it(
    client: FlaskClient, booth: PhotoBooth
) -> None:
    booth.begin()
    answer = client.get("/photo/view?after=0", headers=OURS)
    while answer.status_code == 204 or not answer.data:
        answer = client.get("/photo/view?after=0", headers=OURS)
    told = json.loads(answer.headers["X-Photo"])
    assert set(told) == {"number", "phase", "hint", "countdown"}
    assert answer.data.startswith(b"\xff\xd8")
    assert answer.headers["Cache-Control"] == "no-store"


def test_the_shot_is_there_to_be_looked_at_until_the_end(
    client: FlaskClient, booth: PhotoBooth
) -> None:
    session = booth.begin()
    assert client.get("/photo/shot", headers=OURS).status_code == 404
    after, ends = 0, monotonic() + 20
    while session.state.phase is not Phase.SHOT:
        assert monotonic() < ends, "nothing was shot"
        view = session.view(after, 1)
        after = view.number if view else after
    assert client.get("/photo/shot", headers=OURS).data.startswith(b"\xff\xd8")
    booth.end()
    assert client.get("/photo/shot", headers=OURS).status_code == 404


@pytest.mark.threat(11)
@pytest.mark.parametrize("path", ["/photo/view?after=0", "/photo/shot"])
@pytest.mark.parametrize(
    "headers", [HOST, HOST | {"X-Lystok-Token": "guess"}, OURS | {"Host": "evil.example"}]
)
def test_nobody_else_sees_anything(
    client: FlaskClient, booth: PhotoBooth, path: str, headers: dict[str, str]
) -> None:
    booth.begin()
    assert client.get(path, headers=headers).status_code == 403


def test_when_nobody_is_photographed_there_is_nothing_to_see(client: FlaskClient) -> None:
    assert client.get("/photo/view?after=0", headers=OURS).status_code == 404
