"""The handle of every simulator: a loopback HTTP server that speaks JSON.

    GET  /        {"name": ..., "kind": ..., "state": {...}, "actions": [...]}
    POST /        {"do": ACTION, ...arguments}  ->  the same as GET, after the action

A wrong action answers 400 with {"error": "what is wrong"}; an action that is not possible
now answers 409. Only this machine can connect; requests whose Host is not a loopback name
(DNS rebinding), that come from a web page of another origin, or that are not JSON are
refused, so that no web site can play with the hardware.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, ClassVar, Final, Protocol, TypeVar

from pydantic import BaseModel, ValidationError

LONGEST_BODY: Final = 16 << 20

_LOOPBACK: Final = "127.0.0.1"
_OWN_NAMES: Final = frozenset({_LOOPBACK, "localhost"})


class WrongAction(ValueError):
    """There is no such action, or its arguments are wrong."""


class NotNow(RuntimeError):
    """The action is right, but the device's state does not allow it."""


class Simulator(Protocol):
    """A simulated device that can be played."""

    kind: ClassVar[str]
    actions: ClassVar[tuple[str, ...]]

    def state(self) -> dict[str, Any]:
        """What there is to see, as JSON values."""
        ...

    def do(self, action: str, arguments: Mapping[str, Any]) -> None:
        """Carry out one of `actions`; raises `WrongAction`, `NotNow`."""
        ...


M = TypeVar("M", bound=BaseModel)


def arguments_as(model: type[M], arguments: Mapping[str, Any]) -> M:
    """An action's arguments as `model`; raises `WrongAction` with every fault."""
    try:
        return model.model_validate(dict(arguments))
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        sentences = (f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in faults)
        raise WrongAction("; ".join(sentences)) from None


def no_such(action: str, simulator: Simulator) -> WrongAction:
    """What to raise for an action that a simulator does not have."""
    return WrongAction(f"no action {action!r}, there are: {', '.join(simulator.actions)}")


class ControlServer:
    """The handle of one simulator; port 0 takes a free one."""

    def __init__(self, simulator: Simulator, name: str, port: int = 0) -> None:
        handler = type("Handler", (_Handler,), {"simulator": simulator, "name": name})
        self._server = ThreadingHTTPServer((_LOOPBACK, port), handler)
        self._server.daemon_threads = True
        self._thread = Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    def close(self) -> None:
        """Stop listening; may be called twice."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    simulator: ClassVar[Simulator]
    name: ClassVar[str]
    timeout = 10
    server_version = "Lystok-simulator"
    sys_version = ""

    def do_GET(self) -> None:
        """Tell the state."""
        if self._is_ours():
            self._tell()

    def do_POST(self) -> None:
        """Carry out an action."""
        if not self._is_ours():
            return
        try:
            arguments = self._body()
            self.simulator.do(str(arguments.pop("do", "")), arguments)
        except NotNow as error:
            self._answer(HTTPStatus.CONFLICT, {"error": str(error)})
        except (ValueError, RecursionError) as error:
            self._answer(HTTPStatus.BAD_REQUEST, {"error": str(error)})
        else:
            self._tell()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing: who plays with a simulator sees what it does."""

    def _is_ours(self) -> bool:
        host = self.headers.get("Host", "").rsplit(":", 1)[0]
        if host in _OWN_NAMES and "Origin" not in self.headers and self.path == "/":
            return True
        self._answer(HTTPStatus.FORBIDDEN, {"error": "only programs of this machine, only /"})
        return False

    def _body(self) -> dict[str, Any]:
        if self.headers.get_content_type() != "application/json":
            raise WrongAction("the body must be application/json")
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            raise WrongAction(f"the body must have a length, of {LONGEST_BODY} at most")
        body = json.loads(self.rfile.read(int(length)))
        if not isinstance(body, dict):
            raise WrongAction("the body must be an object")
        return body

    def _tell(self) -> None:
        simulator = self.simulator
        self._answer(
            HTTPStatus.OK,
            {
                "name": self.name,
                "kind": simulator.kind,
                "state": simulator.state(),
                "actions": simulator.actions,
            },
        )

    def _answer(self, status: HTTPStatus, content: Mapping[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body)
