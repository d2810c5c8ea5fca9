"""Letters reach a real mail server, or wait for it as long as it makes sense."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.config import MailSection, MailSecurity
from server.database import Database
from server.mailer import Postman
from server.models import MailState
from server.services import mail
from tests.server.mail.conftest import LETTER, NOON, SENDER, PostOffice, kept, put


def postman(database: Database, section: MailSection, at: datetime = NOON) -> Postman:
    return Postman(database, section, lambda: at)


def test_a_letter_goes_over_tls_with_the_password_and_arrives_whole(
    queue: Database, guarded: MailSection, office: PostOffice
) -> None:
    number = put(queue)
    assert postman(queue, guarded).send_all() == 1
    (letter,) = office.letters
    assert office.tls == [True]
    assert office.users == [b"library"]
    assert letter["To"] == "olena@example.org"
    assert letter["From"] == f"Бібліотека <{SENDER}>"
    assert letter["Subject"] == "Ваш квиток"
    body = letter.get_body(("plain",))
    assert body is not None
    assert "Доброго дня, Олено!" in body.get_content()
    assert [part.get_filename() for part in letter.iter_attachments()] == ["ticket.png"]
    assert kept(queue, number).state is MailState.SENT


def test_nothing_of_a_letter_that_went_is_kept_but_that_it_went(
    queue: Database, plain: MailSection
) -> None:
    number = put(queue)
    postman(queue, plain).send_all()
    assert kept(queue, number).message == b""
    assert postman(queue, plain).send_all() == 0


def test_letters_wait_while_the_mail_server_is_away(
    queue: Database, plain: MailSection, office: PostOffice
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    number = put(queue)
    assert postman(queue, plain.model_copy(update={"port": port})).send_all() == 0
    letter = kept(queue, number)
    assert (letter.state, letter.tries, letter.problem) == (
        MailState.WAITING, 1, "ConnectionRefusedError",
    )  # fmt: skip
    assert postman(queue, plain, NOON + timedelta(seconds=59)).send_all() == 0
    assert postman(queue, plain, NOON + timedelta(minutes=1)).send_all() == 1
    assert len(office.taken) == 1


def test_a_server_that_is_busy_is_asked_again_with_the_same_letter(
    queue: Database, plain: MailSection, office: PostOffice
) -> None:
    office.answers = ["451 try later", "452 too many"]
    number = put(queue)
    at = NOON
    for pause in (0, 1, 5):
        at += timedelta(minutes=pause)
        postman(queue, plain, at).send_all()
    assert kept(queue, number).tries == 3
    assert len(office.taken) == 1


def test_the_message_id_stays_the_same_from_try_to_try(queue: Database) -> None:
    put(queue)
    first = mail.take(queue, at=NOON)
    again = mail.take(queue, at=NOON + mail.LEASE)
    assert first is not None
    assert again is not None
    assert first.message == again.message


@pytest.mark.parametrize("answer", ["550 no such user", "552 too large"])
def test_what_the_server_refuses_for_good_is_not_tried_again(
    queue: Database, plain: MailSection, office: PostOffice, answer: str
) -> None:
    office.to_recipients = [answer]
    number = put(queue)
    postman(queue, plain).send_all()
    letter = kept(queue, number)
    assert (letter.state, letter.problem) == (MailState.FAILED, f"recipient_{answer[:3]}")
    with queue.reading() as session:
        assert [each.id for each in mail.failed(session, NOON)] == [number]


def test_a_wrong_password_is_the_library_s_trouble_and_loses_no_letter(
    queue: Database, guarded: MailSection, office: PostOffice
) -> None:
    number = put(queue)
    postman(queue, guarded.model_copy(update={"password": "wrong"})).send_all()
    assert kept(queue, number).problem == "server_535"
    assert postman(queue, guarded, NOON + timedelta(minutes=1)).send_all() == 1


def test_a_stranger_s_certificate_gets_neither_password_nor_letter(
    queue: Database, guarded: MailSection, office: PostOffice
) -> None:
    number = put(queue)
    postman(queue, guarded.model_copy(update={"ca_file": None})).send_all()
    assert kept(queue, number).problem == "SSLCertVerificationError"
    assert (office.users, office.taken) == ([], [])


def test_after_three_days_a_letter_has_failed(queue: Database, plain: MailSection) -> None:
    nowhere = plain.model_copy(update={"port": 9})
    number = put(queue)
    postman(queue, nowhere, NOON + mail.LONGEST).send_all()
    assert kept(queue, number).state is MailState.FAILED


def test_the_queue_survives_a_restart_in_the_middle_of_a_try(
    reopen: Callable[[], Database], plain: MailSection, office: PostOffice
) -> None:
    before = reopen()
    number = put(before)
    assert mail.take(before, at=NOON) is not None
    before.close()
    after = reopen()
    assert postman(after, plain, NOON + timedelta(minutes=9)).send_all() == 0
    assert postman(after, plain, NOON + mail.LEASE).send_all() == 1
    assert kept(after, number).state is MailState.SENT
    after.close()


def test_one_letter_that_is_refused_does_not_hold_up_the_others(
    queue: Database, plain: MailSection, office: PostOffice
) -> None:
    office.answers = ["554 no"]
    put(queue)
    put(queue, at=NOON - timedelta(minutes=1))
    assert postman(queue, plain).send_all() == 1


@pytest.mark.threat(21)
def test_no_address_and_no_answer_of_the_server_stands_in_the_log(
    queue: Database, plain: MailSection, office: PostOffice, caplog: pytest.LogCaptureFixture
) -> None:
    office.to_recipients = ["550 olena@example.org is unknown"]
    put(queue)
    with caplog.at_level(logging.WARNING, "server.mailer"):
        postman(queue, plain).send_all()
    assert "was not taken: recipient_550" in caplog.text
    assert "olena" not in caplog.text


@pytest.mark.threat(13)
@pytest.mark.parametrize("field", ["recipient", "subject"])
def test_no_header_is_smuggled_into_a_letter(queue: Database, field: str) -> None:
    smuggled = {field: "a@example.org\r\nBcc: all@example.org"}
    broken = replace(LETTER, **smuggled)  # type: ignore[arg-type]
    with pytest.raises(ValueError):  # noqa: PT011 - each field has its own words
        put(queue, broken)


@given(st.integers(1, 1000))
def test_pauses_grow_and_stay_within_hours(tries: int) -> None:
    assert mail.pause(tries) <= mail.pause(tries + 1) <= timedelta(hours=4)


def test_a_configuration_that_would_send_a_password_in_the_clear_is_refused() -> None:
    with pytest.raises(ValueError, match="TLS"):
        MailSection(
            host="mail", sender=SENDER, user="a", password="b", security=MailSecurity.NONE
        )  # fmt: skip
    with pytest.raises(ValueError, match="sender"):
        MailSection(host="mail")
    assert "b" not in repr(MailSection(host="mail", sender=SENDER, user="a", password="b"))[-40:]


def test_the_thread_sends_what_waits_and_stops(queue: Database, plain: MailSection) -> None:
    sender = postman(queue, plain)
    number = put(queue)
    sender.start()
    deadline = time.monotonic() + 20
    while kept(queue, number).state is not MailState.SENT and time.monotonic() < deadline:
        time.sleep(0.02)
    sender.stop()
    assert kept(queue, number).state is MailState.SENT
