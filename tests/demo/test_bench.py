"""The bench: what its page plays, and whom it refuses."""

from __future__ import annotations

import socket
from html import unescape
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from demo.bench import UPLOAD_MOST
from demo.bench_page import page_files
from demo.plays import SWITCHES, Switch
from demo.programs import wait_until
from demo.stage import ENTRANCE, EXIT
from demo.things import FOREIGN, forged
from demo.ticket_states import STATE_WORDS
from gate.scans import ScanKind, classify
from hardware.decoder import ZxingDecoder
from hardware.escpos_job import Cutter, job
from kiosk.messages import Pressed
from kiosk.screens import NotReady
from server.sample.states import STATES
from templates.slips import draw, examples
from tests.demo.conftest import ORIGIN, Post
from tests.demo.rehearsal import Rehearsal

GOOD = "1000001"
UID = "04C0FFEE15C0DE"


SLIP_BYTES = b"".join(job(draw.draw_slip(examples.READER, 576, "uk"), 576, Cutter.FULL, 0))


def seen(stage: Rehearsal, station: str) -> str:
    """What a decoder reads in front of a station's camera."""
    decoder = ZxingDecoder()
    for _ in range(20):
        codes = decoder.decode(stage.sides[station].camera.frame(1)[:, :, 0])
        if codes:
            return codes[0].text
    return ""


def hold(station: str, kind: str, **more: str) -> dict[str, Any]:
    return {"station": station, "thing": {"kind": kind, **more}}


def play(device: str, do: str, station: str = ENTRANCE, **arguments: Any) -> dict[str, Any]:
    return {"station": station, "device": device, "do": do, "arguments": arguments}


def state_of(stage: Rehearsal, station: str, switch: Switch) -> dict[str, Any]:
    """What a switch's device tells of its faults."""
    state: dict[str, Any] = getattr(stage.stage.stations[station], switch.device).state()
    return dict(state["faults"]) if switch.device == "printer" else state


def told(client: FlaskClient, after: int = 0) -> dict[str, Any]:
    """What the page is told of the stage."""
    sight: dict[str, Any] = client.get(f"/state?after={after}").get_json()
    return sight


def print_slip(stage: Rehearsal, station: str = ENTRANCE) -> None:
    stage.sides[station].paper.print_picture(draw.draw_slip(examples.READER, 576, "uk"))


# --- Things before cameras -----------------------------------------------------------------------


def test_the_page_names_every_ticket_with_its_state_in_words(
    stage: Rehearsal, client: FlaskClient
) -> None:
    page = unescape(client.get("/").text)
    assert all(f"<b>{ticket.name}</b>" in page for ticket in stage.stage.tickets)
    assert "заборона, ще й прострочений" in page
    assert "banned and expired" in client.get("/?lang=en").text


def test_every_state_of_a_sample_has_words() -> None:
    assert set(STATES) == set(STATE_WORDS)


def test_an_e_ticket_is_held_so_that_it_can_be_read(stage: Rehearsal, post: Post) -> None:
    assert post("/hold", hold(ENTRANCE, "ticket", number=GOOD)).status_code == 204
    assert classify(seen(stage, ENTRANCE).encode()).kind is ScanKind.TICKET_CODE


def test_a_forgery_differs_from_the_genuine_code_in_one_sign(stage: Rehearsal, post: Post) -> None:
    post("/hold", hold(ENTRANCE, "ticket", number=GOOD))
    genuine = seen(stage, ENTRANCE)
    post("/hold", hold(ENTRANCE, "forged", number=GOOD))
    made_up = seen(stage, ENTRANCE)
    assert made_up == forged(genuine)
    assert sum(a != b for a, b in zip(genuine, made_up, strict=True)) == 1


@pytest.mark.parametrize(
    "kind,more,text",
    [("printed_number", {"number": "1000040"}, "1000040"), ("foreign", {}, FOREIGN)],
)
def test_other_codes_are_held_as_they_are(
    stage: Rehearsal, post: Post, kind: str, more: dict[str, str], text: str
) -> None:
    post("/hold", hold(EXIT, kind, **more))
    assert seen(stage, EXIT) == text


def test_a_slip_of_the_entrance_is_held_at_the_exit(stage: Rehearsal, post: Post) -> None:
    print_slip(stage)
    assert post("/hold", hold(EXIT, "slip", name="K1/slip-0001")).status_code == 204
    assert seen(stage, EXIT) == examples.CODE


def test_a_file_of_ones_own_is_held(stage: Rehearsal, post: Post, written: Path) -> None:
    picture = stage.stage.ticket_picture(GOOD)
    file = BytesIO()
    picture.save(file, "JPEG")
    assert post(f"/upload/{ENTRANCE}", file.getvalue()).status_code == 204
    assert classify(seen(stage, ENTRANCE).encode()).kind is ScanKind.TICKET_CODE


def test_what_is_no_picture_or_too_large_is_refused(stage: Rehearsal, post: Post) -> None:
    assert post(f"/upload/{ENTRANCE}", b"<svg>no pixels</svg>").json == {"error": "no_picture"}
    assert post(f"/upload/{ENTRANCE}", bytes(UPLOAD_MOST + 1)).status_code == 413
    assert not stage.sides[ENTRANCE].camera.state()["holding"]


@pytest.mark.parametrize(
    "thing",
    [
        {"kind": "ticket", "number": "9999999"},
        {"kind": "slip", "name": "K1/slip-0007"},
    ],
)
def test_what_is_not_there_cannot_be_held(post: Post, thing: dict[str, str]) -> None:
    assert post("/hold", {"station": ENTRANCE, "thing": thing}).status_code == 404


# --- Devices -------------------------------------------------------------------------------------


@pytest.mark.parametrize("switch", SWITCHES, ids=lambda switch: switch.id)
def test_every_position_of_a_switch_is_one_that_the_device_knows(
    stage: Rehearsal, post: Post, switch: Switch
) -> None:
    for choice in reversed(switch.choices):
        assert post("/play", play(switch.device, "set", **choice.arguments)).status_code == 204
        now = state_of(stage, ENTRANCE, switch)
        assert {name: now[name] for name in choice.arguments} == dict(choice.arguments)


def test_the_first_position_of_a_switch_is_a_device_in_order(stage: Rehearsal) -> None:
    for switch in SWITCHES:
        now = state_of(stage, EXIT, switch)
        assert all(now[name] == value for name, value in switch.choices[0].arguments.items())


def test_a_card_lies_until_it_is_lifted(stage: Rehearsal, post: Post) -> None:
    reader = stage.sides[ENTRANCE].cards
    assert post("/play", play("cards", "lay", uid=UID)).status_code == 204
    assert reader.state()["uid"] == UID
    second = post("/play", play("cards", "lay", uid=UID))
    assert (second.status_code, second.json) == (409, {"error": "not_now"})
    assert post("/play", play("cards", "lift")).status_code == 204
    assert reader.state()["uid"] is None


def test_nobody_walks_through_a_locked_turnstile(stage: Rehearsal, post: Post) -> None:
    refused = post("/play", play("lane", "walk", direction="in"))
    assert (refused.status_code, refused.json) == (409, {"error": "not_now"})
    assert post("/play", play("lane", "push", direction="in")).status_code == 204
    assert stage.sides[ENTRANCE].lane.state()["past"] == ["forced in"]


def test_a_device_that_is_gone_is_told(stage: Rehearsal, post: Post) -> None:
    stage.sides[ENTRANCE].lane.close()
    answer = post("/play", play("lane", "fire"))
    assert (answer.status_code, answer.json) == (503, {"error": "gone"})


def test_the_cable_is_cut_and_mended(stage: Rehearsal, post: Post) -> None:
    wire = stage.stage.stations[EXIT].wire
    post("/cable", {"station": EXIT, "whole": False})
    assert wire.is_cut
    post("/cable", {"station": EXIT, "whole": True})
    assert not wire.is_cut


# --- What is seen --------------------------------------------------------------------------------


def test_what_a_station_shows_is_told_as_it_changes(stage: Rehearsal, client: FlaskClient) -> None:
    assert wait_until(lambda: told(client)["stations"][ENTRANCE]["screen"] is not None, 5)
    first = told(client)
    assert first["stations"][ENTRANCE]["screen"]["title"] == "Покажіть квиток"
    stage.sides[ENTRANCE].screen.show(NotReady())
    later = told(client, first["version"])
    assert later["version"] > first["version"]
    assert later["stations"][ENTRANCE]["screen"]["name"] == "not_ready"
    assert 'data-name="not_ready"' in client.get(f"/screen/{ENTRANCE}/now").text


def test_a_press_on_the_small_screen_reaches_the_station(
    stage: Rehearsal, client: FlaskClient, post: Post
) -> None:
    assert wait_until(lambda: told(client)["stations"][ENTRANCE]["screen"] is not None, 5)
    assert post("/press", {"station": ENTRANCE, "action": "help"}).status_code == 204
    (pressed,) = stage.sides[ENTRANCE].pressed
    assert isinstance(pressed, Pressed)
    assert pressed.action == "help"


def test_a_dark_screen_hears_nothing(stage: Rehearsal, client: FlaskClient, post: Post) -> None:
    assert wait_until(lambda: told(client)["stations"][EXIT]["screen"] is not None, 5)
    stage.sides[EXIT].screen.close()
    assert wait_until(lambda: told(client)["stations"][EXIT]["screen"] is None, 5)
    assert post("/press", {"station": EXIT, "action": "help"}).status_code == 503
    assert client.get(f"/screen/{EXIT}/now").status_code == 404


def test_a_slip_is_told_with_the_number_in_its_bars(stage: Rehearsal, client: FlaskClient) -> None:
    print_slip(stage)
    (slip,) = told(client)["slips"]
    assert slip["name"] == "K1/slip-0001"
    assert slip["number"] == examples.READER.number
    assert client.get("/slips/K1/slip-0001.png").mimetype == "image/png"


def test_a_torn_piece_is_told_as_one(stage: Rehearsal, client: FlaskClient) -> None:
    printer = stage.sides[ENTRANCE].printer
    printer.set(out_after_lines=300)
    with socket.create_connection((printer.host, printer.port)) as line:
        line.sendall(SLIP_BYTES)
        assert printer.mechanism.wait_until(lambda state: bool(state["slips"]), 5)
    slips = told(client)["slips"]
    assert [(slip["torn"], slip["number"]) for slip in slips] == [(True, "")]


# --- Whom it refuses -----------------------------------------------------------------------------


@pytest.mark.threat(11)
@pytest.mark.parametrize("host", ["evil.example", "evil.example:8600", "127.0.0.1.evil.example:80"])
def test_a_name_that_was_made_to_point_here_is_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 403
    assert client.get("/state", headers={"Host": host}).status_code == 403


@pytest.mark.threat(11)
@pytest.mark.parametrize("origin", [None, "null", "http://evil.example", "http://localhost:9999"])
def test_a_page_of_another_origin_plays_nothing(
    stage: Rehearsal, post: Post, origin: str | None
) -> None:
    assert post("/cable", {"station": EXIT, "whole": False}, origin=origin).status_code == 403
    assert not stage.stage.stations[EXIT].wire.is_cut


@pytest.mark.threat(11)
@pytest.mark.parametrize("path", ["/hold", "/upload/K1", "/play", "/cable", "/press"])
def test_nothing_is_done_without_the_token_of_the_page(client: FlaskClient, path: str) -> None:
    assert client.post(path, json={}, headers={"Origin": ORIGIN}).status_code == 403


@pytest.mark.parametrize(
    "body",
    [
        play("camera", "hold", path="/etc/hostname"),
        play("camera", "explode"),
        {**play("lane", "walk"), "do": "walk", "arguments": {"do": "fire"}},
        {**play("lane", "walk"), "device": "wire"},
        [],
        None,
    ],
)
def test_only_what_the_bench_offers_can_be_played(post: Post, body: Any) -> None:
    assert post("/play", body).status_code == 400


def test_arguments_that_a_device_does_not_know_are_refused(post: Post) -> None:
    answer = post("/play", play("printer", "set", paper="eaten"))
    assert (answer.status_code, answer.json) == (400, {"error": "wrong"})


@pytest.mark.parametrize(
    "path",
    [
        "/slips/K1/..%2f..%2fserver.png", "/slips/../slip-0001.png", "/tickets/..%2fserver.png",
        "/pages/bench.html", "/pages/..%2fbench.py", "/static/..%2fwords.py", "/screen/ZZ",
        "/held/ZZ.png",
    ],
)  # fmt: skip
def test_no_path_leads_to_another_file(client: FlaskClient, path: str) -> None:
    assert client.get(path).status_code in (400, 404)


def test_the_page_may_load_nothing_but_its_own(client: FlaskClient) -> None:
    answer = client.get("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert policy.startswith("default-src 'none'")
    assert answer.headers["Cache-Control"] == "no-store"
    assert "style=" not in answer.text
    for path in page_files().values():
        text = path.read_text(encoding="utf-8")
        assert "://" not in text.replace("http://www.w3.org/2000/svg", ""), path.name
