"""A machine that starts in 1970 or a year ahead: what is told, judged and put right."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask

from gate.events import EntryDecided, EventReceipt, Receipt
from gate.facts import ClockTrust, TicketKind
from gate.reasons import Reason, Verdict
from kiosk.clock import Clock
from kiosk.clock_page import clock_pages
from kiosk.entry import Entrance
from kiosk.journal import Journal
from kiosk.knowledge import Knowledge
from kiosk.store import Database, copy, outbox, timing
from kiosk.sync.breaker import Asker
from kiosk.sync.client import ServerClient
from kiosk.timekeeper import Confirmed, Timekeeper, ntp_synchronised, rtc_set_the_clock
from tests.kiosk.house import AT, NOWHERE, House, MovedClock, code_of, ticket

_WRONG = pytest.mark.parametrize(
    "boot", [datetime(1970, 1, 1, tzinfo=UTC), AT + timedelta(days=365)], ids=["1970", "ahead"]
)


def machine(moved: MovedClock, boot: str = "this boot") -> Clock:
    """A machine's clock, as it says of itself that it knows nothing."""
    return Clock(now=moved.now, monotonic=moved.monotonic, boot_id=boot)


def keeper(
    database: Database,
    clock: Clock,
    ntp: Callable[[], bool] = lambda: False,
    rtc: Callable[[], bool] = lambda: False,
) -> Timekeeper:
    return Timekeeper(database, clock, ntp=ntp, rtc=rtc)


def live_by(house: House, clock: Clock) -> None:
    """The station's use cases go by this clock."""
    knowledge = Knowledge(
        house.database, ServerClient(NOWHERE, "token"), Asker(house.breaker, 0.4), clock, "K1"
    )
    house.premises = replace(
        house.premises, clock=clock, journal=Journal(clock), knowledge=knowledge
    )


def entries(house: House) -> list[EntryDecided]:
    return [event for event in house.told() if isinstance(event, EntryDecided)]


def release(house: House) -> None:
    with house.database.write() as tx:
        outbox.hold_untimed(tx, on=False)


@pytest.mark.fault(19)
@_WRONG
def test_an_unconfirmed_clock_goes_by_the_last_good_time(house: House, boot: datetime) -> None:
    wrong = MovedClock(boot)
    kept = keeper(house.database, machine(wrong))
    assert kept.trust() is ClockTrust.UNTRUSTED
    wrong.forward(timedelta(minutes=5))
    assert kept.now() == AT + timedelta(minutes=5)
    assert kept.offset() == boot - AT


@pytest.mark.fault(19)
def test_a_first_copy_tells_a_new_station_what_time_has_surely_passed(tmp_path: Path) -> None:
    """Otherwise its first day would be the first of January, and its copy older than nothing."""
    wrong = MovedClock(datetime(1970, 1, 1, tzinfo=UTC))
    database = Database(tmp_path / "new.sqlite")
    kept = keeper(database, machine(wrong))
    assert kept.now() < AT
    with database.write() as tx:
        copy.replace(tx, [], copy.CopyState(epoch="e", cursor=1, as_of=AT, seen=0))
    wrong.forward(timedelta(seconds=5))
    kept.step()
    wrong.forward(timedelta(minutes=1))
    assert kept.now() == AT + timedelta(minutes=1)
    assert kept.trust() is ClockTrust.UNTRUSTED
    database.close()


@pytest.mark.fault(19)
def test_of_what_waits_to_be_put_right_no_age_is_told(house: House) -> None:
    kept = keeper(house.database, machine(MovedClock(datetime(1970, 1, 1, tzinfo=UTC))))
    live_by(house, kept.clock)
    Entrance(house.premises).scan(code_of(ticket()), kept.now())
    with house.database.read() as tx:
        waiting = outbox.backlog(tx)
    assert waiting.queued > 0
    assert waiting.oldest_at is None


@pytest.mark.fault(19)
@pytest.mark.scenario("E37")
@_WRONG
def test_nobody_expires_by_a_wrong_clock(house: House, boot: datetime) -> None:
    kept = keeper(house.database, machine(MovedClock(boot)))
    live_by(house, kept.clock)
    soon_over = ticket(ticket_id="b1b2c3d4e5f6", valid_until=date(2026, 11, 30))
    house.learn(soon_over)
    came = Entrance(house.premises).scan(code_of(soon_over), kept.now())
    assert came.granted, came.decision.codes


@pytest.mark.scenario("E38")
@_WRONG
def test_a_ticket_of_one_day_needs_the_day(house: House, boot: datetime) -> None:
    kept = keeper(house.database, machine(MovedClock(boot)))
    live_by(house, kept.clock)
    one_day = ticket(ticket_id="c1b2c3d4e5f6", kind=TicketKind.ONE_TIME)
    house.learn(one_day)
    decision = Entrance(house.premises).scan(code_of(one_day), kept.now()).decision
    assert decision.verdict is Verdict.DESK
    assert Reason.CLOCK_UNTRUSTED in decision.codes


@pytest.mark.fault(19)
def test_opening_hours_refuse_nobody_by_an_untrusted_clock(house: House) -> None:
    at_night = MovedClock(AT)
    with house.database.write() as tx:
        timing.keep(tx, AT + timedelta(hours=14), "a boot of before")
    kept = keeper(house.database, machine(at_night))
    live_by(house, kept.clock)
    assert Entrance(house.premises).scan(code_of(ticket()), kept.now()).granted


@pytest.mark.fault(19)
@_WRONG
def test_what_happened_is_put_right_once_the_time_is_known(house: House, boot: datetime) -> None:
    wrong, synchronised = MovedClock(boot), [False]
    kept = keeper(house.database, machine(wrong), ntp=lambda: synchronised[0])
    live_by(house, kept.clock)
    came = Entrance(house.premises).scan(code_of(ticket()), kept.now())
    assert came.visit is not None
    wrong.forward(timedelta(minutes=3))
    # The machine was off for two days before this boot; now NTP sets its clock.
    wrong.at = AT + timedelta(days=2, minutes=3)
    synchronised[0] = True
    kept.step()
    (entry,) = entries(house)
    assert entry.clock is ClockTrust.TRUSTED
    assert entry.at == AT + timedelta(days=2)
    assert house.visit(came.visit.visit_id).opened_at == entry.at
    assert kept.now() == wrong.at


@pytest.mark.fault(19)
def test_what_an_untrusted_clock_timed_waits_to_be_put_right(house: House) -> None:
    wrong = MovedClock(datetime(1970, 1, 1, tzinfo=UTC))
    kept = keeper(house.database, machine(wrong))
    live_by(house, kept.clock)
    Entrance(house.premises).scan(code_of(ticket()), kept.now())
    assert entries(house) == []
    wrong.forward(timedelta(minutes=16))
    kept.step()
    (entry,) = entries(house)
    assert entry.clock is ClockTrust.UNTRUSTED


@pytest.mark.fault(19)
def test_events_of_another_boot_stay_untrusted(house: House) -> None:
    wrong = MovedClock(datetime(1970, 1, 1, tzinfo=UTC))
    kept = keeper(house.database, machine(wrong, "the boot before"))
    live_by(house, kept.clock)
    Entrance(house.premises).scan(code_of(ticket()), kept.now())
    wrong.at = AT + timedelta(days=1)
    keeper(house.database, machine(wrong), ntp=lambda: True)
    (entry,) = entries(house)
    assert entry.clock is ClockTrust.UNTRUSTED
    assert entry.at == AT


@pytest.mark.fault(19)
def test_delivered_events_are_left_alone(house: House) -> None:
    wrong, synchronised = MovedClock(datetime(1970, 1, 1, tzinfo=UTC)), [False]
    kept = keeper(house.database, machine(wrong), ntp=lambda: synchronised[0])
    live_by(house, kept.clock)
    Entrance(house.premises).scan(code_of(ticket()), kept.now())
    release(house)
    with house.database.write() as tx:
        receipts = [
            EventReceipt(id=one.event_id, receipt=Receipt.STORED) for one in outbox.batch(tx, 9)
        ]
        outbox.acknowledge(tx, receipts, AT)
    wrong.at, synchronised[0] = AT, True
    kept.step()
    with house.database.write() as tx:
        outbox.send_again(tx)
    assert entries(house)[0].clock is ClockTrust.UNTRUSTED


# --- What confirms the time ---------------------------------------------------------------------


@pytest.mark.fault(19)
def test_a_clock_on_the_board_is_believed_within_reason(house: House) -> None:
    def confirmed(at: datetime) -> Confirmed:
        return keeper(house.database, machine(MovedClock(at)), rtc=lambda: True).confirmed

    assert confirmed(datetime(1970, 1, 1, tzinfo=UTC)) is Confirmed.NOT
    assert confirmed(AT + timedelta(days=4000)) is Confirmed.NOT
    assert confirmed(AT + timedelta(days=30)) is Confirmed.RTC


@pytest.mark.fault(19)
def test_trust_lasts_for_the_boot_and_not_beyond(house: House) -> None:
    keeper(house.database, machine(MovedClock()), ntp=lambda: True)
    again = keeper(house.database, machine(MovedClock()))
    assert again.confirmed is Confirmed.BEFORE
    assert keeper(house.database, machine(MovedClock(), "later")).confirmed is Confirmed.NOT


@pytest.mark.fault(19)
def test_the_floor_rises_with_trusted_time_alone(house: House) -> None:
    def floor() -> datetime | None:
        with house.database.read() as tx:
            return timing.floor(tx)

    ahead = MovedClock(AT + timedelta(days=365))
    kept = keeper(house.database, machine(ahead))
    ahead.forward(timedelta(hours=1))
    kept.step()
    assert floor() == AT
    later = MovedClock(AT + timedelta(hours=2))
    good = keeper(house.database, machine(later), ntp=lambda: True)
    later.forward(timedelta(hours=1))
    good.step()
    assert floor() == AT + timedelta(hours=3)


@pytest.mark.fault(19)
def test_staff_confirm_what_they_compared_with_a_watch(house: House) -> None:
    moved = MovedClock(AT + timedelta(hours=1))
    kept = keeper(house.database, machine(moved))
    assert kept.confirm()
    assert kept.confirmed is Confirmed.STAFF
    assert kept.now() == moved.at


@pytest.mark.fault(19)
def test_a_time_that_has_surely_passed_is_not_confirmed(house: House) -> None:
    kept = keeper(house.database, machine(MovedClock(AT - timedelta(minutes=2))))
    assert not kept.confirm()
    assert kept.trust() is ClockTrust.UNTRUSTED


def test_the_kernel_is_asked_whether_its_clock_is_kept() -> None:
    """Here the answer may be either; that there is one is what counts."""
    assert ntp_synchronised() in (True, False)


def test_the_board_is_asked_whether_it_set_the_clock(tmp_path: Path) -> None:
    assert not rtc_set_the_clock(tmp_path)
    (tmp_path / "hctosys").write_text("1\n")
    assert rtc_set_the_clock(tmp_path)
    (tmp_path / "hctosys").write_text("0\n")
    assert not rtc_set_the_clock(tmp_path)


def test_the_page_of_the_clock_takes_the_word_of_who_holds_the_token(house: House) -> None:
    kept = keeper(house.database, machine(MovedClock(AT + timedelta(hours=1))))
    app = Flask(__name__)
    app.register_blueprint(clock_pages(kept, "the token"))
    client, token = app.test_client(), {"X-Lystok-Token": "the token"}
    assert client.post("/clock").status_code == 403
    assert client.get("/clock", headers=token).json == {
        "now": AT.isoformat(), "machine_now": (AT + timedelta(hours=1)).isoformat(),
        "trust": "untrusted", "confirmed_by": "not", "machine_ahead_s": 3600,
    }  # fmt: skip
    told = client.post("/clock", headers=token)
    assert (told.status_code, told.json and told.json["confirmed_by"]) == (200, "staff")


def test_a_time_of_before_is_not_taken_by_the_page(house: House) -> None:
    kept = keeper(house.database, machine(MovedClock(datetime(1970, 1, 1, tzinfo=UTC))))
    app = Flask(__name__)
    app.register_blueprint(clock_pages(kept, ""))
    assert app.test_client().post("/clock").status_code == 409
