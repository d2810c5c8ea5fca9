"""Who gets which letter, when, and never twice."""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from sqlalchemy import select, update

from gate.facts import LoanPlace
from server import notice_letters
from server.config import MailSection, ServerConfig
from server.mailer import Postman
from server.models import (
    Document,
    EventOfDay,
    EventSignup,
    Guarantor,
    GuarantorKind,
    Hold,
    HoldState,
    Loan,
    Mail,
    MailState,
    NoticeKind,
    NoticeTold,
    Ticket,
)
from server.services import settings
from server.services.notices import sending, wishes
from server.services.notices.wishes import Wish
from tests.server.console.library import NOON, Library
from tests.server.mail.conftest import PostOffice
from tests.server.notices.conftest import BASE, CONFIG, agree

A_DAY = timedelta(days=1)
NIGHT = NOON + timedelta(hours=9)
"""Nine in the evening."""
TODAY = date(2025, 11, 21)
NEW_YEAR = datetime(2026, 1, 2, 10, 0, tzinfo=NOON.tzinfo)


def put(library: Library, at: datetime = NOON, config: ServerConfig = CONFIG) -> int:
    return notice_letters.put_due(library.database, config, at)


def letters(library: Library) -> list[EmailMessage]:
    with library.database.reading() as session:
        rows = session.scalars(select(Mail).order_by(Mail.id)).all()
        return [message_from_bytes(row.message, policy=policy.default) for row in rows]


def text_of(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    content: str = body.get_content()
    return content


def told(library: Library) -> set[NoticeKind]:
    """What letters told of so far."""
    with library.database.reading() as session:
        return set(session.scalars(select(NoticeTold.kind)))


def only_letter(library: Library) -> str:
    (letter,) = letters(library)
    return text_of(letter)


def change_loan(library: Library, **values: object) -> None:
    with library.database.writing() as session:
        session.execute(update(Loan).where(Loan.place == LoanPlace.HOME).values(**values))


def change_ticket(library: Library, **values: object) -> None:
    with library.database.writing() as session:
        session.execute(update(Ticket).where(Ticket.patron_id == library.reader).values(**values))


@pytest.mark.clause("R5.2.7")
def test_who_is_late_is_written_to_once_a_week(willing: Library) -> None:
    assert [put(willing, NOON + days * A_DAY) for days in range(9)] == [1, 0, 0, 0, 0, 0, 0, 1, 0]
    letter = letters(willing)[0]
    assert letter["To"] == "olena@example.org"
    assert "Місто, повернути до 18 листопада 2025" in text_of(letter)
    assert "Вітаємо, Олена!" in text_of(letter)


@pytest.mark.clause("R5.2.7")
def test_what_is_due_today_is_not_late_before_tomorrow(willing: Library) -> None:
    change_loan(willing, due_on=TODAY)
    put(willing)
    assert NoticeKind.OVERDUE not in told(willing)
    put(willing, NOON + A_DAY)
    assert NoticeKind.OVERDUE in told(willing)


@pytest.mark.clause("R5.2.7")
def test_a_letter_names_everything_that_is_late(willing: Library) -> None:
    put(willing)
    with willing.database.writing() as session:
        document = session.scalars(select(Document).where(Document.title == "Енеїда")).one()
        session.add(
            Loan(
                document_id=document.id, patron_id=willing.reader, department_code="1",
                place=LoanPlace.HOME, issued_at=NOON, due_on=TODAY,
            )
        )  # fmt: skip
    assert put(willing, NOON + A_DAY) == 1
    second = text_of(letters(willing)[1])
    assert "Місто" in second
    assert "Енеїда" in second
    assert put(willing, NOON + 3 * A_DAY) == 0


def test_what_came_back_is_written_of_no_more(willing: Library) -> None:
    change_loan(willing, returned_at=NOON)
    assert put(willing) == 0


@pytest.mark.clause("R5.2.7")
def test_a_reminder_comes_before_the_last_day_and_again_after_a_renewal(willing: Library) -> None:
    change_loan(willing, due_on=TODAY + 3 * A_DAY)
    assert [put(willing, NOON - A_DAY), put(willing), put(willing, NOON + A_DAY)] == [0, 1, 0]
    assert "повернути до 24 листопада" in only_letter(willing)
    change_loan(willing, due_on=TODAY + 5 * A_DAY)
    assert put(willing, NOON + 2 * A_DAY) == 1


@pytest.mark.clause("R5.1.5", "R5.2.10")
def test_without_consent_nobody_is_written_to(desk: Library) -> None:
    assert put(desk) == 0
    agree(desk, desk.reader)
    agree(desk, desk.reader, given=False)
    assert put(desk) == 0
    agree(desk, desk.reader)
    assert put(desk) == 1


def test_without_an_address_nobody_is_written_to(desk: Library) -> None:
    agree(desk, desk.reader, email="")
    assert put(desk) == 0
    with desk.database.reading() as session:
        overdue = sending.forecast(session, NOON)[1]
    assert (overdue.kind, overdue.letters, overdue.unreached) == (NoticeKind.OVERDUE, 0, 1)


def test_a_kind_that_was_refused_is_not_sent_others_are(willing: Library) -> None:
    refused = Wish(refused=frozenset({NoticeKind.OVERDUE}))
    wishes.choose(willing.database, willing.reader, refused, staff_id=1, at=NOON)
    change_ticket(willing, valid_until=TODAY + 10 * A_DAY)
    assert put(willing) == 1
    assert "чинний до 1 грудня 2025" in only_letter(willing)


@pytest.mark.clause("R2.3.1")
def test_the_end_of_a_ticket_is_told_once(willing: Library) -> None:
    change_loan(willing, returned_at=NOON)
    change_ticket(willing, valid_until=TODAY + 31 * A_DAY)
    assert [put(willing), put(willing, NOON + A_DAY), put(willing, NOON + 2 * A_DAY)] == [0, 1, 0]


@pytest.mark.clause("R2.6")
def test_the_season_is_told_from_january_to_the_end_of_grace(willing: Library) -> None:
    change_loan(willing, returned_at=NOON)
    late = NEW_YEAR.replace(month=2)
    assert [put(willing, NOON), put(willing, late)] == [0, 0]
    assert [put(willing, NEW_YEAR), put(willing, NEW_YEAR + A_DAY)] == [1, 0]
    assert "до 31 січня 2026" in only_letter(willing)


@pytest.mark.clause("R4.1.11")
def test_an_event_is_told_the_day_before_and_anew_when_it_moved(willing: Library) -> None:
    change_loan(willing, returned_at=NOON)
    with willing.database.writing() as session:
        event = session.get_one(EventOfDay, "lecture")
        event.starts_at += A_DAY
        event.ends_at += A_DAY
        session.add(EventSignup(event_id="lecture", patron_id=willing.reader, at=NOON))
    assert [put(willing), put(willing, NOON + timedelta(hours=4)), put(willing, NOON + A_DAY)] == [
        0, 1, 0,
    ]  # fmt: skip
    assert "Як читати стародруки, 22 листопада 2025, 15:00, Мала зала" in only_letter(willing)
    with willing.database.writing() as session:
        session.get_one(EventOfDay, "lecture").starts_at += 3 * A_DAY
    assert put(willing, NOON + 3 * A_DAY + timedelta(hours=4)) == 1


@pytest.mark.parametrize("off", [{"cancelled_at": NOON}, {"came_at": NOON}])
def test_who_signed_off_or_came_is_not_reminded(willing: Library, off: dict[str, object]) -> None:
    change_loan(willing, returned_at=NOON)
    with willing.database.writing() as session:
        session.add(EventSignup(event_id="lecture", patron_id=willing.reader, at=NOON, **off))
    assert put(willing) == 0


@pytest.mark.clause("R3.2.10")
def test_what_lies_on_the_shelf_is_told_once(willing: Library) -> None:
    change_loan(willing, returned_at=NOON)
    with willing.database.writing() as session:
        session.add(
            Hold(
                document_id=1, patron_id=willing.reader, state=HoldState.ON_SHELF, placed_at=NOON,
                shelved_on=TODAY, shelf_until=TODAY + 2 * A_DAY,
            )
        )  # fmt: skip
    assert [put(willing), put(willing, NOON + A_DAY)] == [1, 0]
    assert "Тіні забутих предків, лежить до 23 листопада" in only_letter(willing)


@pytest.mark.clause("R1.4")
def test_letters_about_a_child_go_to_the_newest_guardian(desk: Library) -> None:
    agree(desk, desk.reader, email="child@example.org", birth_date=date(2012, 3, 14))
    assert put(desk) == 0
    with desk.database.writing() as session:
        for kind, email in (
            (GuarantorKind.PARENT, "old@example.org"), (GuarantorKind.PARENT, "mother@example.org"),
            (GuarantorKind.PARENT, ""), (GuarantorKind.SCHOOL, "school@example.org"),
        ):  # fmt: skip
            session.add(
                Guarantor(
                    patron_id=desk.reader, kind=kind, name="Ірина Коваленко", email=email,
                    guarantees=False, at=NOON, staff_id=1,
                )
            )  # fmt: skip
    assert put(desk) == 1
    (letter,) = letters(desk)
    assert letter["To"] == "mother@example.org"
    assert "законний представник" in text_of(letter)


def test_at_night_letters_wait_for_the_morning(willing: Library) -> None:
    early = NOON - timedelta(hours=3, minutes=1)
    assert [put(willing, NIGHT), put(willing, early)] == [0, 0]
    assert put(willing, early + timedelta(minutes=1)) == 1


def test_a_letter_that_was_tried_in_vain_waits_for_the_morning_too(
    willing: Library, plain: MailSection, office: PostOffice
) -> None:
    put(willing)
    held = lambda at: notice_letters.held(willing.database, at)  # noqa: E731
    assert Postman(willing.database, plain, lambda: NIGHT, held=held).send_all() == 0
    morning = NIGHT + timedelta(hours=12)
    assert Postman(willing.database, plain, lambda: morning, held=held).send_all() == 1
    assert len(office.letters) == 1


def test_a_restart_between_queue_and_post_sends_one_letter(
    willing: Library, plain: MailSection, office: PostOffice
) -> None:
    put(willing)
    assert put(willing) == 0
    assert Postman(willing.database, plain, lambda: NOON).send_all() == 1
    assert [put(willing), Postman(willing.database, plain, lambda: NOON).send_all()] == [0, 0]
    with willing.database.reading() as session:
        (sent,) = sending.sent(session)
    assert (sent.state, sent.name) == (MailState.SENT, "Коваленко Олена Петрівна")


def test_two_servers_at_once_write_one_letter(willing: Library) -> None:
    """The second made its letters before the first kept its own."""

    def slow(*made: object) -> object:
        if not slow_made:
            slow_made.append(1)
            assert put(willing) == 1
        return notice_letters.of(*made, base_url="")  # type: ignore[arg-type]

    slow_made: list[int] = []
    sender = sending.Sender(address="library@example.org", entropy=bytes, write=slow)  # type: ignore[arg-type]
    assert sending.put_due(willing.database, sender, NOON) == 0
    assert len(letters(willing)) == 1


def test_the_library_may_send_no_letters_of_a_kind(willing: Library) -> None:
    values = {"overdue_notice_every_days": 0}
    settings.change(willing.database, values, actor="staff:1", at=NOON)
    assert put(willing) == 0


def test_letters_speak_the_reader_s_language(willing: Library) -> None:
    wish = Wish(language="en")
    wishes.choose(willing.database, willing.reader, wish, staff_id=1, at=NOON)
    put(willing)
    (letter,) = letters(willing)
    assert letter["Content-Language"] == "en"
    assert letter["From"].addresses[0].display_name == "Library"
    assert "due 18 November 2025" in text_of(letter)


def test_a_mail_program_may_refuse_with_one_press(willing: Library) -> None:
    put(willing)
    with willing.database.reading() as session:
        raw = session.scalars(select(Mail.message)).one().decode("utf-8")
    assert f"List-Unsubscribe: <{BASE}/n/" in raw, "no program reads an encoded address"
    (letter,) = letters(willing)
    link = letter["List-Unsubscribe"].strip("<>")
    assert link.startswith(f"{BASE}/n/")
    assert letter["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in text_of(letter)
    wishes.refuse_one(willing.database, link.rpartition("/")[2], NOON)
    assert put(willing, NOON + 7 * A_DAY) == 0


def test_without_an_address_of_its_own_the_server_writes_no_link(willing: Library) -> None:
    bare = CONFIG.model_copy(update={"server": CONFIG.server.model_copy(update={"base_url": ""})})
    put(willing, config=bare)
    (letter,) = letters(willing)
    assert letter["List-Unsubscribe"] is None
    assert "скажіть у Сервісному центрі" in text_of(letter)


@pytest.mark.threat(12)
def test_a_name_is_no_markup_in_a_letter(desk: Library) -> None:
    agree(desk, desk.nasty)
    change_loan(desk, patron_id=desk.nasty)
    put(desk)
    (letter,) = letters(desk)
    page = letter.get_body(("html",))
    assert page is not None
    assert "<script>" not in page.get_content()


@pytest.mark.threat(21)
def test_no_log_names_a_reader(willing: Library, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        put(willing)
    assert "olena@example.org" not in caplog.text
    assert "Коваленко" not in caplog.text


def test_what_will_be_sent_tomorrow_is_told_today(willing: Library) -> None:
    change_loan(willing, due_on=TODAY + 4 * A_DAY)
    with willing.database.reading() as session:
        today, tomorrow = (sending.forecast(session, NOON + days * A_DAY)[0] for days in (0, 1))
    assert (today.letters, tomorrow.letters) == (0, 1)
    assert [item.title for item in tomorrow.first[0].items] == ["Місто"]
