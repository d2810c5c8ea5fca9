"""The handle by which simulators are played."""

import http.client
import json
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

import pytest
from pydantic import BaseModel

from hardware.simulator_control import (
    ControlServer,
    NotNow,
    WrongAction,
    arguments_as,
    no_such,
)


class Bell:
    """A device that can be rung three times."""

    kind: ClassVar[str] = "bell"
    actions: ClassVar[tuple[str, ...]] = ("ring",)

    def __init__(self) -> None:
        self.rung = 0

    def state(self) -> dict[str, Any]:
        return {"rung": self.rung}

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        if action != "ring":
            raise no_such(action, self)
        if self.rung == 3:
            raise NotNow("it is worn out")
        self.rung += int(arguments.get("times", 1))


JSON = {"Content-Type": "application/json"}

Ask = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture
def bell() -> Bell:
    return Bell()


@pytest.fixture
def ask(bell: Bell, opened: Callable[[Any], Any]) -> Ask:
    control = opened(ControlServer(bell, "front bell"))

    def request(
        method: str,
        body: bytes | str | None = None,
        headers: Mapping[str, str] = JSON,
        path: str = "/",
    ) -> tuple[int, dict[str, Any]]:
        connection = http.client.HTTPConnection("127.0.0.1", control.port, timeout=5)
        connection.request(method, path, body, dict(headers))
        response = connection.getresponse()
        answer = response.status, json.loads(response.read())
        connection.close()
        return answer

    return request


def test_the_state_is_told_with_what_can_be_done(ask: Ask) -> None:
    assert ask("GET") == (
        200,
        {"name": "front bell", "kind": "bell", "state": {"rung": 0}, "actions": ["ring"]},
    )


def test_an_action_is_carried_out_and_the_new_state_told(ask: Ask, bell: Bell) -> None:
    status, answer = ask("POST", json.dumps({"do": "ring", "times": 2}))
    assert (status, answer["state"], bell.rung) == (200, {"rung": 2}, 2)


def test_what_cannot_be_done_now_is_told_apart_from_what_is_wrong(ask: Ask, bell: Bell) -> None:
    assert ask("POST", '{"do": "break"}') == (
        400,
        {"error": "no action 'break', there are: ring"},
    )
    bell.rung = 3
    assert ask("POST", '{"do": "ring"}') == (409, {"error": "it is worn out"})


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{", b"\xff\xfe", b'{"do": "ring", "times": "many"}', b"[" * 100_000]
)
@pytest.mark.threat(7)
def test_broken_bodies_are_refused_and_change_nothing(ask: Ask, bell: Bell, body: bytes) -> None:
    status, answer = ask("POST", body)
    assert (status, bell.rung) == (400, 0)
    assert answer["error"]


@pytest.mark.parametrize(
    "headers",
    [
        JSON | {"Host": "evil.example"},
        JSON | {"Host": "evil.example:80"},
        JSON | {"Origin": "http://evil.example"},
        JSON | {"Origin": "null"},
    ],
)
@pytest.mark.threat(11)
def test_no_web_page_can_play_with_the_hardware(
    ask: Ask, bell: Bell, headers: dict[str, str]
) -> None:
    assert ask("POST", '{"do": "ring"}', headers)[0] == 403
    assert ask("GET", None, headers)[0] == 403
    assert bell.rung == 0


@pytest.mark.threat(11)
def test_a_form_of_a_web_page_is_no_action(ask: Ask, bell: Bell) -> None:
    status, _ = ask("POST", '{"do": "ring"}', {"Content-Type": "text/plain"})
    assert (status, bell.rung) == (400, 0)


def test_a_body_without_end_is_not_waited_for(ask: Ask) -> None:
    status, _ = ask("POST", b"{}", JSON | {"Content-Length": str(1 << 40)})
    assert status == 400


def test_there_is_only_one_address(ask: Ask) -> None:
    assert ask("GET", path="/etc/passwd")[0] == 403


def test_it_listens_on_this_machine_alone(bell: Bell, opened: Callable[[Any], Any]) -> None:
    control = opened(ControlServer(bell, "bell"))
    assert control._server.server_address[0] == "127.0.0.1"


def test_all_faults_of_an_action_are_named() -> None:
    class Ring(BaseModel):
        times: int
        loud: bool

    assert arguments_as(Ring, {"times": 1, "loud": True}).times == 1
    with pytest.raises(WrongAction, match=r"times: .*; loud: Field required"):
        arguments_as(Ring, {"times": "x"})
