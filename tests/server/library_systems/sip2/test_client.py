"""The client against a centre that fails in every way it can (fault 35)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, date, datetime
from time import monotonic

import pytest

from gate.facts import LoanPlace
from server.library_systems.contract import Block, OutsideLoan, SystemAway
from server.library_systems.places import Places
from server.library_systems.sip2.barring import BARRING, Barring
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.message import Dialect
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from tests.server.library_systems.sip2.wild import WildCentre, answering, sequence_of, signed

AT = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
PLENTY_S = 20.0
SHORT_S = 0.4
PATRON = (
    "64              00020261121    211237000000000002000000000000"
    "AOLIB|AA4711|AEОлена К.|BLY|AU1001|AU1002|"
)
BOOK = "18040201" + "20261121    211237" + "AB1001|AJКобзар|AH20261205    235959|AQЧЗ-1|"
STANDING = "98YYYYYY01000320261121    2112372.00AOL|"
HOME = "18040201" + "20261121    211237" + "AB1002|AJЛісова пісня|AH20261101    235959|AQАБ|"


Client = Callable[..., Sip2System]


@pytest.fixture
def client(wild: WildCentre) -> Iterator[Client]:
    """Makes clients of the wild centre, and hangs up in the end."""
    with ExitStack() as opened:

        def make(
            *, user: str = "", size: int = 2, dialect: Dialect = Dialect(),  # noqa: B008
            ask_loans: bool = True, barring: Barring = BARRING["other"],
        ) -> Sip2System:  # fmt: skip
            address = Address(
                host="127.0.0.1", port=wild.port, user=user, password="secret", dialect=dialect
            )  # fmt: skip
            recorder = WireRecorder(dialect.charset, lambda: AT)
            pool = Pool(lambda until_s: Connection(address, recorder, until_s=until_s), size)
            places = Places({"ЧЗ-1": "5", "АБ": "1"}, frozenset({"ЧЗ-1"}))
            manners = Manners(
                institution="LIB", zone=lambda: UTC, places=places, ask_loans=ask_loans,
                barring=barring,
            )  # fmt: skip
            return opened.enter_context(closing(Sip2System(pool, manners, recorder)))

        yield make


def test_a_patron_is_told_with_their_documents_places_and_days(
    wild: WildCentre, client: Client
) -> None:
    wild.will(answering(PATRON), answering(BOOK), answering(HOME))
    account = client().account("4711", at=AT, within_s=PLENTY_S)
    assert account.known
    assert account.loans == (
        OutsideLoan(
            item="1001", title="Кобзар", department="5", place=LoanPlace.READING_ROOM,
            due_on=date(2026, 12, 5),
        ),
        OutsideLoan(
            item="1002", title="Лісова пісня", department="1", place=LoanPlace.HOME,
            due_on=date(2026, 11, 1),
        ),
    )  # fmt: skip


def test_a_stranger_is_told_as_one(wild: WildCentre, client: Client) -> None:
    wild.will(
        answering("64YYYYYYYYYYYYYY00020261121    2112370000000000000000" + "0" * 8 + "AA1|AE|BLN|")
    )
    account = client().account("1", at=AT, within_s=PLENTY_S)
    assert not account.known
    assert account.loans == ()


def test_a_centre_without_lists_is_asked_for_the_status(wild: WildCentre, client: Client) -> None:
    wild.will(answering("24    Y         00020261121    211237AOLIB|AA4711|AEОлена К.|BLY|"))
    account = client(ask_loans=False).account("4711", at=AT, within_s=PLENTY_S)
    assert wild.heard[0].startswith("2300020261121    190000AOLIB|AA4711|")
    assert account.known
    assert account.blocks == {Block.CARD_LOST}


def test_a_reader_who_was_served_is_told_of(wild: WildCentre, client: Client) -> None:
    wild.will(answering("36Y20261121    211237AOLIB|AA4711|"))
    client().leave("4711", at=AT, within_s=PLENTY_S)
    assert wild.heard[0].startswith("3520261121    190000AOLIB|AA4711|")


@pytest.mark.parametrize(
    "status, fields, blocks",
    [
        (" " * 14, "BLY|", set()),
        ("YYYY" + " " * 10, "BLY|", {
            Block.LOANS_DENIED, Block.RENEWALS_DENIED, Block.RECALLS_DENIED, Block.HOLDS_DENIED,
        }),
        ("    Y         ", "BLY|", {Block.CARD_LOST}),
        (" " * 14, "BLN|", {Block.NOT_VALID}),
        (" " * 14, "BLY|PA20261120|", {Block.EXPIRED}),
        (" " * 14, "BLY|PA20261121|", set()),
        ("      Y       ", "BLN|PA20250101    235959|", {
            Block.TOO_MANY_OVERDUE, Block.NOT_VALID, Block.EXPIRED,
        }),
    ],
)  # fmt: skip
def test_flags_validity_and_end_are_told_apart(
    wild: WildCentre, client: Client, status: str, fields: str, blocks: set[Block]
) -> None:
    wild.will(answering(f"64{status}00020261121    211237{'0' * 24}AEОлена К.|{fields}"))
    assert client().account("1", at=AT, within_s=PLENTY_S).blocks == blocks


ALL_DENIED = "YYYY" + " " * 10


@pytest.mark.parametrize(
    "system, status, fields, barred",
    [
        ("koha", ALL_DENIED, "BLY|PA20270101|", True),
        ("koha", ALL_DENIED, "BLY|PA20261120|", False),
        ("koha", "YYYY      YY  ", "BLY|", False),
        ("koha", "YYYYY" + " " * 9, "BLY|", False),
        ("koha", "YY YY" + " " * 9, "BLY|", False),
        ("koha", " " * 14, "BLN|", False),
        ("evergreen", ALL_DENIED, "BLY|AFbarred|", True),
        ("evergreen", "YYYY      YY  ", "BLY|AFBarred|", True),
        ("evergreen", ALL_DENIED, "BLY|AFblocked|", False),
        ("evergreen", " " * 14, "BLY|AFbarred|", False),
        ("other", ALL_DENIED, "BLN|AFbarred|", False),
    ],
)
def test_each_system_tells_in_its_way_that_somebody_is_barred(
    wild: WildCentre, client: Client, system: str, status: str, fields: str, barred: bool
) -> None:
    wild.will(answering(f"64{status}00020261121    211237{'0' * 24}AEОлена К.|{fields}"))
    blocks = client(barring=BARRING[system]).account("1", at=AT, within_s=PLENTY_S).blocks
    assert (Block.BARRED in blocks) == barred


@pytest.mark.fault(35)
def test_a_damaged_answer_is_asked_for_again(wild: WildCentre, client: Client) -> None:
    wild.will(b"98" + b"x" * 40 + b"AY0AZ0000\r", answering(STANDING))
    assert client().standing(within_s=PLENTY_S).online
    assert wild.heard[1].startswith("97AZ")


@pytest.mark.fault(35)
def test_after_three_damaged_answers_nothing_is_believed(wild: WildCentre, client: Client) -> None:
    wild.will(*[signed(STANDING)[:-2] + b"0\r"] * 3)
    with pytest.raises(SystemAway, match="3 tries"):
        client().standing(within_s=PLENTY_S)


@pytest.mark.fault(35)
def test_what_the_centre_could_not_read_is_sent_again_with_the_same_number(
    wild: WildCentre,
    client: Client,
) -> None:
    wild.will(b"96AZFEF6\r", answering(STANDING))
    client().standing(within_s=PLENTY_S)
    assert wild.heard[0] == wild.heard[1]


@pytest.mark.fault(35)
def test_questions_are_numbered_from_0_to_9_and_over_again(
    wild: WildCentre, client: Client
) -> None:
    wild.will(*[answering(STANDING)] * 11)
    asking = client(size=1)
    for _ in range(11):
        asking.standing(within_s=PLENTY_S)
    assert list(map(sequence_of, wild.heard)) == [*"01234567890"]


@pytest.mark.fault(35)
@pytest.mark.parametrize("terminator", [b"\r", b"\r\n"])
def test_our_messages_end_as_the_centre_wants_and_either_end_is_read(
    wild: WildCentre, client: Client, terminator: bytes
) -> None:
    def with_both(asked: str) -> bytes:
        return answering(STANDING)(asked) + b"\n"

    wild.will(with_both, answering(STANDING))
    asking = client(size=1, dialect=Dialect(terminator=terminator))
    assert asking.standing(within_s=PLENTY_S).online
    assert asking.standing(within_s=PLENTY_S).online
    assert bytes(wild.raw).count(terminator) == 2
    assert bytes(wild.raw).count(b"\n") == 2 * terminator.count(b"\n")


@pytest.mark.fault(35)
def test_two_messages_in_one_piece_answer_one_question_each(
    wild: WildCentre, client: Client
) -> None:
    def late_and_right(asked: str) -> bytes:
        return signed("98NNNNNN01000320261121    2112372.00AOold|", "9") + answering(STANDING)(
            asked
        )

    wild.will(late_and_right)
    assert client().standing(within_s=PLENTY_S).online


@pytest.mark.fault(35)
@pytest.mark.parametrize("said", [None, b"98YYYYYY0100", b""])
def test_silence_or_half_a_message_ends_at_the_deadline(
    wild: WildCentre, client: Client, said: bytes | None
) -> None:
    wild.will(said)
    began = monotonic()
    with pytest.raises(SystemAway, match="in time"):
        client().standing(within_s=SHORT_S)
    assert monotonic() - began < PLENTY_S


@pytest.mark.fault(35)
def test_nobody_there_is_said_at_once(wild: WildCentre, client: Client) -> None:
    asking = client()
    wild.shutdown()
    wild.server_close()
    with pytest.raises(SystemAway, match="can't connect"):
        asking.standing(within_s=PLENTY_S)


@pytest.mark.fault(35)
def test_an_answer_to_another_question_is_none(wild: WildCentre, client: Client) -> None:
    wild.will(answering("941"))
    with pytest.raises(SystemAway, match="answered 98 with 94"):
        client().standing(within_s=PLENTY_S)


def test_something_that_is_no_sip2_is_called_so(wild: WildCentre, client: Client) -> None:
    wild.will(b"HTTP/1.1 400 Bad Request\r\n\r\n")
    with pytest.raises(SystemAway, match="SIP2"):
        client().standing(within_s=PLENTY_S)


def test_a_login_comes_first_and_its_refusal_is_said(wild: WildCentre, client: Client) -> None:
    wild.will(answering("940"))
    with pytest.raises(SystemAway, match="refuses"):
        client(user="kiosk").standing(within_s=PLENTY_S)
    assert wild.heard[0].startswith("9300CNkiosk|COsecret|")


def test_a_connection_that_was_hung_up_meanwhile_is_replaced(
    wild: WildCentre, client: Client
) -> None:
    wild.otherwise = "hang up"
    wild.will(answering(STANDING))
    asking = client(size=1)
    asking.standing(within_s=PLENTY_S)
    with pytest.raises(SystemAway):
        asking.standing(within_s=SHORT_S)
    wild.will(answering(STANDING))
    assert asking.standing(within_s=PLENTY_S).online
    assert wild.connections > 1


@pytest.mark.fault(35)
def test_one_slow_answer_keeps_nobody_else_waiting(wild: WildCentre, client: Client) -> None:
    asking = client(size=2)
    wild.will(None)
    with ThreadPoolExecutor() as threads:
        slow = threads.submit(asking.standing, within_s=2.0)
        while not wild.heard:
            pass
        wild.will(*[answering(STANDING)] * 20)
        assert all(asking.standing(within_s=PLENTY_S).online for _ in range(20))
        assert not slow.done()
        with pytest.raises(SystemAway):
            slow.result()


def test_what_is_lent_taken_back_and_renewed_is_told(wild: WildCentre, client: Client) -> None:
    desk = client()
    wild.will(answering("121NNY20261121    211237AOL|AA1|AB1001|AJКобзар|AH20261205|"))
    lent = desk.issue("1", "1001", at=AT, within_s=PLENTY_S)
    assert (lent.done, lent.title, lent.due_on) == (True, "Кобзар", date(2026, 12, 5))
    wild.will(answering("101YNN20261121    211237AOL|AB1001|AQ|AJКобзар|"))
    assert desk.take_back("1001", at=AT, within_s=PLENTY_S).done
    wild.will(answering("300NNN20261121    211237AOL|AA1|AB1001|AJКобзар|AFНа черзі інший|"))
    renewed = desk.renew("1", "1001", at=AT, within_s=PLENTY_S)
    assert (renewed.done, renewed.said) == (False, "На черзі інший")


@pytest.mark.parametrize("charset", ["cp1251", "cp1125", "koi8_u"])
def test_old_charsets_are_spoken(wild: WildCentre, client: Client, charset: str) -> None:
    told = "98YYYYYY01000320261121    2112372.00AOL|AMБібліотека Їжака|"
    wild.will(answering(told, charset))
    asking = client(dialect=Dialect(charset=charset, terminator=b"\r\n"))
    assert asking.standing(within_s=PLENTY_S).name == "Бібліотека Їжака"


def test_names_and_secrets_reach_neither_recording_nor_message(
    wild: WildCentre, client: Client
) -> None:
    wild.will(answering("941"), answering(PATRON), None)
    asking = client(user="kiosk")
    with pytest.raises(SystemAway) as said:
        asking.account("4711", at=AT, within_s=SHORT_S)
    told = " ".join([str(said.value), *(heard.text for heard in asking.wire)])
    for private in ("4711", "Олена", "secret", "1001", "kiosk"):
        assert private not in told
