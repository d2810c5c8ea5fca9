"""Lystok as a SIP2 centre, asked by its own client over a real socket."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC

import pytest

from gate.facts import LoanPlace
from server.library_systems.contract import Block, SystemAway
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from server.library_systems.sip2.serving import Centre
from server.models import AuditRecord, Role, Staff, Ticket
from tests.server.centre.town import NOON, Town
from tests.server.library_systems.conftest import PASSWORD
from tests.server.library_systems.sip2.wild import signed

PLENTY_S = 20.0


Machine = Callable[..., Sip2System]


@pytest.fixture
def machine(centre: Centre) -> Iterator[Machine]:
    """Makes self-check machines, and switches them off in the end."""
    port: int = centre.server_address[1]
    with ExitStack() as opened:

        def make(user: str = "olha", password: str = PASSWORD) -> Sip2System:
            address = Address(host="127.0.0.1", port=port, user=user, password=password)
            recorder = WireRecorder("utf-8", lambda: NOON)
            pool = Pool(lambda until_s: Connection(address, recorder, until_s=until_s), 2)
            manners = Manners(institution="МБ", zone=lambda: UTC)
            return opened.enter_context(closing(Sip2System(pool, manners, recorder)))

        yield make


def number_of(town: Town, ticket: str) -> str:
    with town.database.reading() as session:
        return session.get_one(Ticket, ticket).number


def test_it_says_what_it_can(machine: Machine) -> None:
    standing = machine().standing(within_s=PLENTY_S)
    assert standing.online
    assert standing.name == "Міська"
    assert standing.can == {"issue", "take_back", "renew", "item"}


def test_a_reader_is_told_with_what_they_have(town: Town, machine: Machine) -> None:
    ticket = town.ticket()
    inside = town.inside(ticket)
    book = town.document()
    town.issue(inside, book)
    account = machine().account(number_of(town, ticket), at=NOON, within_s=PLENTY_S)
    assert account.known
    assert account.blocks == frozenset()
    assert [loan.item for loan in account.loans] == [book]
    assert account.name == "Олена К."


def test_a_stranger_and_a_banned_reader_are_told(town: Town, machine: Machine) -> None:
    ticket = town.ticket()
    town.ban(ticket, NOON, None)
    asking = machine()
    assert not asking.account("Ч-99999", at=NOON, within_s=PLENTY_S).known
    banned = asking.account(number_of(town, ticket), at=NOON, within_s=PLENTY_S)
    assert Block.LOANS_DENIED in banned.blocks


def test_a_reader_lends_renews_and_returns_at_a_machine(town: Town, machine: Machine) -> None:
    ticket, asking = town.ticket(), machine()
    town.inside(ticket)
    number, book = number_of(town, ticket), town.document()
    lent = asking.issue(number, book, at=NOON, within_s=PLENTY_S)
    assert lent.done
    assert lent.due_on is not None
    account = asking.account(number, at=NOON, within_s=PLENTY_S)
    assert [(loan.item, loan.place) for loan in account.loans] == [(book, LoanPlace.HOME)]
    assert asking.renew(number, book, at=NOON, within_s=PLENTY_S).done
    again = asking.renew(number, book, at=NOON, within_s=PLENTY_S)
    assert not again.done
    assert "працівник" in again.said
    assert asking.take_back(book, at=NOON, within_s=PLENTY_S).done
    assert asking.account(number, at=NOON, within_s=PLENTY_S).loans == ()


@pytest.mark.clause("R3.2.2")
def test_without_a_slip_a_machine_lends_nothing(town: Town, machine: Machine) -> None:
    number = number_of(town, town.ticket())
    refused = machine().issue(number, town.document(), at=NOON, within_s=PLENTY_S)
    assert not refused.done
    assert refused.said


@pytest.mark.parametrize("user, password", [("olha", "wrong"), ("nobody", PASSWORD), ("", "")])
def test_without_the_right_login_nothing_is_answered(
    machine: Machine, user: str, password: str
) -> None:
    with pytest.raises(SystemAway):
        machine(user=user, password=password).standing(within_s=1.0)


@pytest.mark.parametrize(
    "change",
    [{"active": False}, {"role": Role.ADMIN}, {"role": Role.GUARD}, {"must_change_password": True}],
)
def test_only_a_working_account_of_a_department_signs_a_machine_in(
    town: Town, machine: Machine, change: dict[str, object]
) -> None:
    town.change(Staff, 1, **change)
    with pytest.raises(SystemAway, match="refuses"):
        machine().standing(within_s=PLENTY_S)


def test_who_tries_passwords_has_to_wait(town: Town, machine: Machine) -> None:
    for _ in range(10):
        with pytest.raises(SystemAway):
            machine(password="wrong").standing(within_s=PLENTY_S)
    with pytest.raises(SystemAway, match="refuses"):
        machine().standing(within_s=PLENTY_S)


def test_logins_stand_in_the_audit_log_and_passwords_do_not(town: Town, machine: Machine) -> None:
    machine().standing(within_s=PLENTY_S)
    with pytest.raises(SystemAway):
        machine(password="wrong-one").standing(within_s=PLENTY_S)
    with town.database.reading() as session:
        rows = session.query(AuditRecord).filter(AuditRecord.object_kind == "sip2").all()
    assert [row.action for row in rows] == ["sip2_login", "sip2_login_refused"]
    assert "wrong" not in str([row.details for row in rows])


def raw(centre: Centre, *pieces: bytes, answers: int) -> bytes:
    """Send pieces as they are; what comes back until so many answers are whole."""
    port: int = centre.server_address[1]
    heard = b""
    with socket.create_connection(("127.0.0.1", port), PLENTY_S) as line:
        for piece in pieces:
            line.sendall(piece)
        while heard.count(b"\r") < answers:
            more = line.recv(4096)
            if not more:
                break
            heard += more
    return heard


LOGIN = signed(f"9300CNolha|CO{PASSWORD}|", "1")


@pytest.mark.fault(35)
def test_a_damaged_question_is_asked_for_again_and_done_once(town: Town, centre: Centre) -> None:
    heard = raw(centre, LOGIN[:-3] + b"00\r", LOGIN, answers=2)
    assert heard.startswith(b"96AZFEF6\r941")


@pytest.mark.fault(35)
def test_the_last_answer_is_given_again_without_doing_it_again(town: Town, centre: Centre) -> None:
    ticket = town.ticket()
    town.inside(ticket)
    book = town.document()
    fixed = "11NN20260318    120000" + " " * 18
    ask = signed(f"{fixed}AA{number_of(town, ticket)}|AB{book}|", "2")
    heard = raw(centre, LOGIN, ask, b"97AZFEF5\r", answers=3).split(b"\r")
    assert heard[1].startswith(b"121")
    assert heard[1] == heard[2]


def test_a_question_in_pieces_and_two_in_one_are_answered(centre: Centre) -> None:
    standing = signed("9900802.00", "2")
    heard = raw(centre, LOGIN + standing[:5], standing[5:] + standing, answers=3)
    assert heard.count(b"\r") == 3


def test_who_sends_nonsense_again_and_again_is_hung_up_on(centre: Centre) -> None:
    assert raw(centre, b"nonsense\r" * 10, answers=1) == b""


def test_what_is_not_offered_is_refused_in_words(town: Town, centre: Centre) -> None:
    hold = signed("15+20260318    120000AA1|AB2|", "2")
    heard = raw(centre, LOGIN, hold, answers=2).decode().split("\r")[1]
    assert heard.startswith("160N")
    assert "недоступна" in heard
