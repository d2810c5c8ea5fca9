"""The door of the maintenance page (threat 23)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from kiosk.maintenance import door as door_module
from kiosk.maintenance.door import FREE_GUESSES, IDLE_S, LONGEST_PAUSE_S, PASS_S, Door
from kiosk.maintenance.technicians import BadCode, TechnicianFile
from tests.kiosk.house import House, MovedClock

CODE = "246810"
WRONG = "111112"
UID = bytes.fromhex("04a1b2c3d4e5f6")


@pytest.fixture
def door(house: House, moved: MovedClock, tmp_path: Path) -> Door:
    file = TechnicianFile(tmp_path / "technician.json")
    file.set_code(CODE)
    return Door(file, house.premises, moved.monotonic)


def acts(house: House) -> list[tuple[str, str]]:
    return [(each.act, each.means) for each in house.told() if each.kind == "maintenance"]


@pytest.mark.threat(23)
def test_the_code_opens_and_the_server_is_told(door: Door, house: House) -> None:
    token = door.enter_by_code(CODE, "uk")
    assert token is not None
    assert door.session(token) is not None
    assert acts(house) == [("entered", "code")]


@pytest.mark.threat(23)
def test_a_wrong_code_opens_nothing_and_the_server_is_told(door: Door, house: House) -> None:
    assert door.enter_by_code(WRONG, "uk") is None
    assert acts(house) == [("refused", "code")]


@pytest.mark.threat(23)
def test_after_five_wrong_guesses_even_the_right_code_waits(
    door: Door, house: House, moved: MovedClock
) -> None:
    for _ in range(FREE_GUESSES):
        assert door.enter_by_code(WRONG, "uk") is None
    assert acts(house)[-1] == ("locked", "code")
    assert door.enter_by_code(CODE, "uk") is None
    moved.forward(timedelta(seconds=door.shut_s))
    assert door.enter_by_code(CODE, "uk") is not None


@pytest.mark.threat(23)
def test_each_further_guess_costs_twice_the_time_up_to_a_quarter_of_an_hour(
    door: Door, moved: MovedClock
) -> None:
    pauses = []
    for _ in range(FREE_GUESSES + 8):
        door.enter_by_code(WRONG, "uk")
        pauses.append(door.shut_s)
        moved.forward(timedelta(seconds=door.shut_s))
    assert pauses[: FREE_GUESSES - 1] == [0] * (FREE_GUESSES - 1)
    assert pauses[FREE_GUESSES - 1 : FREE_GUESSES + 2] == [30, 60, 120]
    assert pauses[-1] == LONGEST_PAUSE_S
    # All codes of six digits would take more than twenty years.
    assert timedelta(days=365 * 20).total_seconds() < 10**6 * LONGEST_PAUSE_S


@pytest.mark.threat(23)
def test_a_session_ends_when_nobody_touches_it(door: Door, moved: MovedClock) -> None:
    token = door.enter_by_code(CODE, "uk") or ""
    moved.forward(timedelta(seconds=IDLE_S - 1))
    assert door.session(token) is not None
    moved.forward(timedelta(seconds=IDLE_S - 1))
    assert door.session(token) is not None
    moved.forward(timedelta(seconds=IDLE_S + 1))
    assert door.session(token) is None


def test_who_left_is_out(door: Door, house: House) -> None:
    token = door.enter_by_code(CODE, "uk") or ""
    door.leave(token)
    assert door.session(token) is None
    assert acts(house)[-1] == ("left", "")


@pytest.mark.threat(23)
def test_only_a_technicians_card_offers_the_page_once_and_not_for_long(
    door: Door, house: House, moved: MovedClock
) -> None:
    assert door.offer(UID) is None
    door.file.add_card(UID)
    offered = door.offer(UID) or ""
    assert door.offer(UID[:-1] + b"\0") is None
    assert door.enter_by_pass("another", "uk") is None
    assert door.enter_by_pass(offered, "uk") is not None
    assert acts(house) == [("entered", "card")]
    assert door.enter_by_pass(offered, "uk") is None
    late = door.offer(UID) or ""
    moved.forward(timedelta(seconds=PASS_S))
    assert door.enter_by_pass(late, "uk") is None


def test_without_a_file_nobody_enters(house: House, moved: MovedClock, tmp_path: Path) -> None:
    door = Door(TechnicianFile(tmp_path / "none.json"), house.premises, moved.monotonic)
    assert not door.file.has_code
    for guess in ("", "000000", CODE):
        assert door.enter_by_code(guess, "uk") is None
    assert door.offer(UID) is None


@pytest.mark.parametrize(
    "content", ["", "[]", "{", '{"codes": 1, "cards": []}', '{"codes": ["x"]}']
)
def test_a_damaged_file_lets_nobody_in(tmp_path: Path, content: str) -> None:
    path = tmp_path / "technician.json"
    path.write_text(content)
    file = TechnicianFile(path)
    assert not file.is_code(CODE)
    assert not file.is_code("")
    assert not file.is_card(UID)


def test_the_file_holds_neither_code_nor_card_and_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "technician.json"
    file = TechnicianFile(path)
    file.set_code(CODE)
    file.add_card(UID)
    file.add_card(UID)
    assert file.cards == 1
    assert CODE not in path.read_text()
    assert UID.hex() not in path.read_text().lower()
    assert path.stat().st_mode & 0o777 == 0o600
    file.forget_cards()
    assert not file.is_card(UID)
    assert file.is_code(CODE)


@pytest.mark.parametrize("code", ["", "12345", "1" * 13, "000000", "12345a", "１２３４５６"])
def test_codes_that_are_easily_guessed_or_not_typed_on_the_keypad_are_refused(
    tmp_path: Path, code: str
) -> None:
    with pytest.raises(BadCode):
        TechnicianFile(tmp_path / "technician.json").set_code(code)


@pytest.mark.threat(23)
def test_the_limit_is_what_stops_a_guesser(door: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door_module, "FREE_GUESSES", 1000)
    for _ in range(FREE_GUESSES):
        door.enter_by_code(WRONG, "uk")
    assert door.enter_by_code(CODE, "uk") is not None
