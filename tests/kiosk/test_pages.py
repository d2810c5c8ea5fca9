"""The patron's page answers the browser of this machine and nobody else."""

from __future__ import annotations

import json
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient

from gate.facts import Because
from gate.reasons import Reason, Verdict
from kiosk import screens
from kiosk.config import Role, ScreenSettings
from kiosk.messages import Message, Pressed
from kiosk.pages import PageSettings, create_app
from kiosk.rendering import Renderer
from kiosk.stage import Stage

TOKEN = "secret"
HOST = "127.0.0.1:8701"
OURS = {"Host": HOST, "Origin": f"http://{HOST}", "X-Lystok-Token": TOKEN}


@pytest.fixture
def stage() -> Stage:
    start = screens.Start(role=Role.ENTRANCE, has_events=True)
    return Stage(start, ScreenSettings(), "uk", lambda: 0.0)


@pytest.fixture
def pressed() -> list[Message]:
    return []


@pytest.fixture
def client(stage: Stage, pressed: list[Message]) -> FlaskClient:
    settings = PageSettings(
        token=TOKEN, instance="run", station="K1", role="entrance", warning_s=20, simulated=True
    )
    renderer = Renderer(lambda: ZoneInfo("Europe/Kyiv"))
    app = create_app(stage, renderer, settings, pressed.append, lambda: {"station": "K1"})
    return app.test_client()


def press(client: FlaskClient, headers: dict[str, str], **body: Any) -> int:
    sent = {"action": "events", "serial": 1} | body
    return client.post("/press", json=sent, headers=headers).status_code


def test_the_page_shows_the_present_screen(client: FlaskClient) -> None:
    page = client.get("/", headers={"Host": HOST}).text
    assert "Покажіть квиток" in page
    assert f'content="{TOKEN}"' in page


def test_simulated_devices_are_said_in_red(client: FlaskClient) -> None:
    assert 'class="simulated"' in client.get("/", headers={"Host": HOST}).text


def test_a_press_of_the_page_is_taken(client: FlaskClient, pressed: list[Message]) -> None:
    assert press(client, OURS, value="poetry") == 204
    assert pressed == [Pressed("events", "poetry", 1)]


@pytest.mark.threat(11)
@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:8701", "127.0.0.1.evil.example:80", "10.0.0.5:8701"]
)
@pytest.mark.parametrize("path", ["/", "/stream", "/state", "/static/kiosk.css"])
def test_a_name_made_to_point_here_is_not_answered(
    client: FlaskClient, host: str, path: str
) -> None:
    assert client.get(path, headers={"Host": host, "X-Lystok-Token": TOKEN}).status_code == 403


@pytest.mark.threat(11)
@pytest.mark.parametrize(
    "headers",
    [
        {**OURS, "Origin": "http://evil.example"},
        {**OURS, "Origin": "null"},
        {**OURS, "Origin": "http://127.0.0.1:9999"},
        {key: value for key, value in OURS.items() if key != "Origin"},
        {**OURS, "X-Lystok-Token": "guess"},
        {key: value for key, value in OURS.items() if key != "X-Lystok-Token"},
        {**OURS, "Host": "evil.example", "Origin": "http://evil.example"},
    ],
)
def test_a_press_from_elsewhere_does_nothing(
    client: FlaskClient, pressed: list[Message], headers: dict[str, str]
) -> None:
    assert press(client, headers) == 403
    assert pressed == []


@pytest.mark.parametrize(
    "body",
    [
        {"action": "x" * 41},
        {"serial": "one"},
        {"value": "y" * 201},
        {"more": 1},
        {"action": "language", "value": "xx"},
    ],
)
def test_a_press_of_another_shape_is_refused(
    client: FlaskClient, pressed: list[Message], body: dict[str, object]
) -> None:
    assert press(client, OURS, **body) == 400
    assert pressed == []


def test_a_press_that_is_too_long_is_not_read(client: FlaskClient) -> None:
    answer = client.post("/press", data=b"x" * 5000, headers=OURS)
    assert answer.status_code in (400, 413)


@pytest.mark.threat(22)
@pytest.mark.parametrize("path", ["/", "/stream", "/state"])
def test_the_browser_keeps_nothing(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers={"Host": HOST, "X-Lystok-Token": TOKEN})
    assert answer.headers["Cache-Control"] == "no-store"
    answer.close()


def test_nothing_is_run_but_the_page_s_own_scripts(client: FlaskClient) -> None:
    answer = client.get("/", headers={"Host": HOST})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "<style" not in answer.text
    assert "style=" not in answer.text
    assert "onclick" not in answer.text


def test_only_listed_files_are_served(client: FlaskClient) -> None:
    for name in ("kiosk.css", "js/kiosk.js", "fonts/manrope.ttf", "icons.svg"):
        answer = client.get(f"/static/{name}", headers={"Host": HOST})
        assert answer.status_code == 200
        answer.close()
    for name in ("../kiosk/page.html", "..%2f..%2fpyproject.toml", "nothing.css"):
        assert client.get(f"/static/{name}", headers={"Host": HOST}).status_code == 404


def test_the_state_wants_the_token(client: FlaskClient) -> None:
    assert client.get("/state", headers={"Host": HOST}).status_code == 403
    answer = client.get("/state", headers={"Host": HOST, "X-Lystok-Token": TOKEN})
    assert answer.json == {"station": "K1"}


def first_events(client: FlaskClient, count: int) -> list[dict[str, Any]]:
    """What the stream pushes first."""
    answer = client.get("/stream", headers={"Host": HOST})
    found: list[dict[str, Any]] = []
    for piece in answer.response:
        text = piece if isinstance(piece, str) else piece.decode()
        if "data: " in text:
            found.append(json.loads(text.partition("data: ")[2]))
        if len(found) == count:
            break
    answer.close()
    return found


def test_the_stream_pushes_the_present_screen_at_once(client: FlaskClient, stage: Stage) -> None:
    stage.show(screens.HelpCalled(phone="123"))
    (told,) = first_events(client, 1)
    assert (told["name"], told["instance"], told["language"]) == ("help", "run", "uk")
    assert told["resets_in_ms"] == 30_000
    assert "Бібліотекаря покликано" in told["html"]


def test_a_stream_ends_with_the_station(client: FlaskClient, stage: Stage) -> None:
    stage.close()
    answer = client.get("/stream", headers={"Host": HOST})
    assert answer.text == "retry: 500\n\n"


@pytest.mark.threat(8)
@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_hostile_words_of_records_are_text_on_the_page(
    client: FlaskClient, stage: Stage, hostile: str
) -> None:
    refusal = screens.Refusal(
        verdict=Verdict.DESK, because=Because(code=Reason.UNKNOWN_CODE), phone=hostile
    )
    for screen in (
        screens.Greeting(reader=hostile, event=hostile, slip_number=hostile),
        refusal,
        screens.Evacuation(because=Because(code=Reason.NO_SHELTER), nearest_shelter=hostile),
    ):
        stage.show(screen)
        page = client.get("/", headers={"Host": HOST}).text
        assert hostile not in page
        assert "&lt;" in page
