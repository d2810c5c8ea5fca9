"""Tests reach nothing but this machine.

An audit hook sees every connection and name look-up of this process. It refuses those that
leave the loopback, and remembers them: code under test may well survive the refusal (being
without network is its daily life), the test still fails.
"""

import ipaddress
import sys
from collections.abc import Iterator

import pytest

_CONNECTING = {"socket.connect", "socket.sendto", "socket.sendmsg"}
_LOOKING_UP = {"socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"}
_LOCAL_NAMES = {"", "localhost", "localhost.localdomain"}

_reached: list[str] = []


class ReachedOutsideError(RuntimeError):
    """A test tried to leave the loopback."""


def is_local(host: object) -> bool:
    """Whether a host, by name or address, is this machine; the name is not looked up."""
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host is None or not isinstance(host, str) or host in _LOCAL_NAMES:
        return host is None or isinstance(host, str)
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host.endswith(".localhost")
    return address.is_loopback or address.is_unspecified


def _host_of(event: str, arguments: tuple[object, ...]) -> object:
    """The host an audit event is about; None where it is about no network."""
    if event in _LOOKING_UP:
        return arguments[0]
    address = arguments[1]
    # Unix sockets have a path, not a tuple; netlink has numbers.
    return address[0] if isinstance(address, tuple) and isinstance(address[0], str) else None


def _watch(event: str, arguments: tuple[object, ...]) -> None:
    if event not in _CONNECTING and event not in _LOOKING_UP:
        return
    host = _host_of(event, arguments)
    if not is_local(host):
        _reached.append(f"{event} {host}")
        raise ReachedOutsideError(f"{event} to {host}: tests stay on the loopback")


def pytest_configure() -> None:
    """Watch this process, from its beginning to its end: such a hook cannot be taken away."""
    sys.addaudithook(_watch)


@pytest.fixture
def reached_outside() -> list[str]:
    """What was refused so far; a test about the guard itself empties it."""
    return _reached


@pytest.fixture(autouse=True)
def _stay_on_loopback(reached_outside: list[str]) -> Iterator[None]:
    reached_outside.clear()
    yield
    assert not reached_outside, f"left the loopback: {', '.join(reached_outside)}"
