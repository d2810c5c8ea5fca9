"""Cards on the real pcscd, with Debian's virtual reader (see `tests.support.virtual_card`)."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from random import Random
from time import monotonic
from typing import Any

import pytest
from smartcard.scard import SCARD_STATE_EMPTY, SCARD_STATE_PRESENT, SCARD_STATE_UNAVAILABLE

from hardware import factory, plugged
from hardware.card_pcsc import LyingCards, PcscReader, Settings
from hardware.contracts import (
    BadSettings,
    Card,
    Detail,
    DeviceClosed,
    DeviceMissing,
    DeviceSilent,
    HealthState,
    Now,
    RetryLater,
)
from tests.hardware.cards.tags import (
    ATR_CLASSIC,
    ContactCard,
    FaintCard,
    LiftedCard,
    TornCard,
    Type2Card,
    Type4Card,
    WildCard,
    block,
    record,
    text_record,
)
from tests.hardware.conftest import MOMENT
from tests.support.virtual_card import CardService, VirtualCard

UID = bytes.fromhex("04A1B2C3D4E5F6")
OTHER_UID = bytes.fromhex("0411223344556677")[:7]
TEXT = "LT1:6BF+70790T9WJWG.FKY*4GO0.O1CV2"
WITHIN_S = 5.0
NOTHING_WITHIN_S = 0.5
"""Longer than pcscd takes to see a card."""


@pytest.fixture
def connected(
    card_service: CardService, now: Now, opened: Callable[[Any], Any]
) -> Callable[..., PcscReader]:
    """Makes a driver, which then sees its readers empty."""

    def of(**settings: Any) -> PcscReader:
        reader: PcscReader = opened(factory.make_card_reader({"driver": "pcsc"} | settings, now))
        wait_until(lambda: works(reader))
        return reader

    return of


@pytest.fixture
def reader(connected: Callable[..., PcscReader]) -> PcscReader:
    return connected()


def works(reader: PcscReader) -> bool:
    """Ask it once, and wait a little at most."""
    try:
        assert reader.read(0.05) is None
    except RetryLater:
        return False
    return True


def wait_until(true: Callable[[], bool]) -> None:
    deadline_s = monotonic() + WITHIN_S
    while not true():
        assert monotonic() < deadline_s, f"not within {WITHIN_S} s"


def sees_nothing(reader: PcscReader) -> bool:
    """Ask it once; whether all its places are empty by now."""
    assert reader.read(0) is None
    return all(state & SCARD_STATE_EMPTY for state in reader._known.values())


def is_missing(reader: PcscReader) -> bool:
    try:
        reader.read(0)
    except DeviceMissing:
        return True
    return False


def read(reader: PcscReader) -> Card:
    card = reader.read(WITHIN_S)
    assert card is not None
    return card


def test_a_card_is_read_once_and_again_after_it_was_lifted(
    reader: PcscReader, card_service: CardService
) -> None:
    (place, _) = card_service.places
    place.lay(Type2Card(UID))
    assert read(reader) == Card(UID, None, MOMENT)
    assert reader.read(NOTHING_WITHIN_S) is None
    place.lift()
    wait_until(lambda: sees_nothing(reader))
    place.lay(Type2Card(UID))
    assert read(reader).uid == UID


@pytest.mark.parametrize(
    "card,text",
    [
        (Type2Card(UID, block(text_record(TEXT))), TEXT),
        (Type4Card(UID, record(b"U", b"\x04example.org/" + b"a" * 300)),
         "https://example.org/" + "a" * 300),
    ],
    ids=["text on a type 2 tag", "URI on a type 4 tag"],
)  # fmt: skip
def test_what_a_card_carries_is_read(
    reader: PcscReader, card_service: CardService, card: VirtualCard, text: str
) -> None:
    card_service.places[0].lay(card)
    assert read(reader) == Card(UID, text, MOMENT)


@pytest.mark.threat(6)
def test_telephones_that_draw_their_number_anew_are_told_from_cards(
    reader: PcscReader, card_service: CardService
) -> None:
    first, second = card_service.places
    first.lay(Type4Card(b"\x08" + Random(7).randbytes(3)))
    assert read(reader).uid_is_random
    second.lay(Type4Card(bytes.fromhex("0408A1B2")))
    assert not read(reader).uid_is_random


def test_cards_on_several_readers_are_read(reader: PcscReader, card_service: CardService) -> None:
    first, second = card_service.places
    first.lay(Type2Card(UID))
    second.lay(Type2Card(OTHER_UID))
    assert {read(reader).uid, read(reader).uid} == {UID, OTHER_UID}
    assert reader.read(0) is None


def test_readers_can_be_chosen_by_name(
    connected: Callable[..., PcscReader], card_service: CardService
) -> None:
    reader = connected(reader="acr122u picc interface 00 01")
    first, second = card_service.places
    first.lay(Type2Card(OTHER_UID))
    second.lay(Type2Card(UID))
    assert read(reader).uid == UID
    assert reader.read(NOTHING_WITHIN_S) is None


def test_a_reader_that_is_not_among_those_there_is_missing(
    card_service: CardService, reader: PcscReader, now: Now, opened: Callable[[Any], Any]
) -> None:
    other = opened(factory.make_card_reader({"driver": "pcsc", "reader": "Omnikey"}, now))
    with pytest.raises(DeviceMissing, match="omnikey"):
        other.read(0.1)


@pytest.mark.fault(5)
def test_a_reader_that_was_unplugged_is_found_again_by_itself(
    reader: PcscReader, card_service: CardService
) -> None:
    (place, _) = card_service.places
    place.lay(Type2Card(UID))
    read(reader)
    card_service.unplug()
    wait_until(lambda: is_missing(reader))
    assert reader.health().state is HealthState.FAILED
    assert reader.health().detail_code == Detail.MISSING
    card_service.plug()
    wait_until(lambda: works(reader))
    # The card lay there all the time.
    assert reader.read(NOTHING_WITHIN_S) is None
    assert reader.health().state is HealthState.WORKS
    place.lift()
    wait_until(lambda: sees_nothing(reader))
    place.lay(Type2Card(OTHER_UID))
    assert read(reader).uid == OTHER_UID


@pytest.mark.fault(5)
def test_a_card_that_was_laid_while_the_reader_was_away_is_read(
    reader: PcscReader, card_service: CardService
) -> None:
    card_service.unplug()
    wait_until(lambda: is_missing(reader))
    card_service.places[1].lay(Type2Card(UID))
    card_service.plug()
    assert read(reader).uid == UID


@pytest.mark.fault(7)
def test_a_reader_comes_back_after_pcscd_was_killed(
    reader: PcscReader, card_service: CardService
) -> None:
    (place, _) = card_service.places
    place.lay(Type2Card(UID))
    read(reader)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.read, 2 * WITHIN_S)
        card_service.kill()
        wait_until(lambda: reader.health().state is HealthState.FAILED)
        assert reader.health().detail_code == Detail.SILENT
        card_service.start()
        wait_until(lambda: reader.health().state is HealthState.WORKS)
        card_service.places[1].lay(Type2Card(OTHER_UID))
        # The first card lay there all the time.
        assert waiting.result() == Card(OTHER_UID, None, MOMENT)


@pytest.mark.fault(7)
def test_a_station_may_start_before_pcscd(
    card_service: CardService, now: Now, opened: Callable[[Any], Any]
) -> None:
    card_service.kill()
    reader = opened(factory.make_card_reader({"driver": "pcsc"}, now))
    assert reader.health().detail_code == Detail.NOT_TRIED
    with pytest.raises(DeviceSilent):
        reader.read(0)
    card_service.start()
    wait_until(lambda: works(reader))


@pytest.mark.fault(7)
def test_a_pcscd_that_hangs_is_said_to_be_silent_and_holds_up_no_closing(
    reader: PcscReader, card_service: CardService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(plugged, "SILENT_AFTER_S", 0.5)
    monkeypatch.setattr(plugged, "_CLOSES_WITHIN_S", 0.1)
    with ThreadPoolExecutor(1) as pool:
        card_service.freeze()
        try:
            waiting = pool.submit(reader.read, 60.0)
            wait_until(lambda: reader.health().detail_code == Detail.SILENT)
            assert reader.health().state is HealthState.UNKNOWN
            reader.close()
            assert reader.health().detail_code == Detail.CLOSED
        finally:
            reader.close()
            card_service.thaw()
        with pytest.raises(DeviceClosed):
            waiting.result(timeout=WITHIN_S)


@pytest.mark.parametrize("kind", [TornCard, LiftedCard])
def test_a_card_that_was_torn_away_is_read_when_it_is_laid_again(
    reader: PcscReader, card_service: CardService, kind: type[Type2Card]
) -> None:
    place, other = card_service.places
    place.lay(kind(UID, block(text_record(TEXT))))
    other.lay(Type2Card(OTHER_UID))
    assert read(reader).uid == OTHER_UID
    place.lay(Type2Card(UID, block(text_record(TEXT))))
    assert read(reader) == Card(UID, TEXT, MOMENT)


def test_a_card_that_fails_at_first_is_read_as_soon_as_it_can_be(
    reader: PcscReader, card_service: CardService
) -> None:
    card_service.places[0].lay(FaintCard(UID, block(text_record(TEXT))))
    assert read(reader) == Card(UID, TEXT, MOMENT)


@pytest.mark.threat(7)
@pytest.mark.parametrize(
    "card",
    [
        ContactCard(),
        WildCard([b"\x90"]),
        WildCard([bytes(range(256)) * 2 + b"\x90\x00"]),
        WildCard([UID + b"\x90\x00"], atr=b"\x3b\x00"),
        WildCard([UID + b"\x90\x00", b"\xff" * 16 + b"\x90\x00"], atr=ATR_CLASSIC),
    ],
    ids=["contact", "half a status", "too much", "parrot", "classic"],
)
def test_a_strange_card_does_no_harm(
    reader: PcscReader, card_service: CardService, card: VirtualCard
) -> None:
    place, other = card_service.places
    place.lay(card)
    other.lay(Type2Card(OTHER_UID))
    cards = [read(reader)]
    if cards[0].uid != OTHER_UID:
        cards.append(read(reader))
    assert {each.uid for each in cards} <= {UID, OTHER_UID}
    assert all(each.ndef_text is None for each in cards)


def test_whoever_waits_is_told_when_the_driver_is_closed(reader: PcscReader) -> None:
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(reader.read, 60.0)
        reader.close()
        with pytest.raises(DeviceClosed):
            waiting.result(timeout=WITHIN_S)
    reader.close()
    assert reader.health().detail_code == Detail.CLOSED


def test_health_tells_when_the_reader_was_last_seen(reader: PcscReader) -> None:
    health = reader.health()
    assert (health.state, health.detail_code, health.seen_at) == (
        HealthState.WORKS, Detail.FINE, MOMENT,
    )  # fmt: skip


@pytest.mark.parametrize("between,lifted", [(SCARD_STATE_UNAVAILABLE, 0), (SCARD_STATE_EMPTY, 1)])
def test_a_reader_that_fails_for_a_moment_does_not_lift_its_card(
    now: Now, between: int, lifted: int
) -> None:
    reader = PcscReader(Settings(driver="pcsc"), now)
    reader._known = {"reader": 0}
    reader._note("reader", 1 << 16 | SCARD_STATE_PRESENT)
    assert reader._lying.is_new("reader", UID, monotonic())
    reader._note("reader", between)
    reader._note("reader", 3 << 16 | SCARD_STATE_PRESENT)
    assert reader._lying.is_new("reader", UID, monotonic()) == lifted
    assert reader._unread == {"reader"}


def test_wrong_settings_are_refused(now: Now) -> None:
    with pytest.raises(BadSettings):
        factory.make_card_reader({"driver": "pcsc", "reader": "x" * 200}, now)


def test_a_card_that_comes_back_at_once_after_its_reader_had_not_been_lifted() -> None:
    lying = LyingCards()
    assert lying.is_new("reader", UID, 1.0)
    lying.lifted("reader", 5.0)
    assert not lying.is_new("reader", UID, 4.9)
    lying.lifted("reader", 5.0)
    assert lying.is_new("reader", UID, 5.0)


def test_a_card_that_was_lifted_for_sure_is_new() -> None:
    lying = LyingCards()
    assert lying.is_new("reader", UID, 1.0)
    lying.lifted("reader", 2.0)
    assert lying.is_new("reader", UID, 2.0)
    assert lying.is_new("other", UID, 2.0)
