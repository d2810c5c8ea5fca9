"""What the rest of the station builds upon."""

from datetime import UTC, datetime

import pytest

from hardware import contracts
from hardware.contracts import (
    CannotWork,
    Card,
    Detail,
    HardwareError,
    NeedsHands,
    PaperOut,
    PaperStatus,
    PrintUncertain,
    RetryLater,
)

BRANCHES = (RetryLater, NeedsHands, CannotWork)
LEAVES = [
    thing
    for thing in vars(contracts).values()
    if isinstance(thing, type)
    and issubclass(thing, HardwareError)
    and thing not in (HardwareError, *BRANCHES)
]


@pytest.mark.parametrize("error", LEAVES, ids=lambda error: error.__name__)
def test_every_error_says_what_to_do(error: type[HardwareError]) -> None:
    assert sum(issubclass(error, branch) for branch in BRANCHES) == 1


def test_every_error_has_a_code_of_its_own() -> None:
    assert len({error.code for error in LEAVES}) == len(LEAVES)


def test_an_uncertain_print_says_why() -> None:
    error = PrintUncertain(PaperOut("no paper"))
    assert error.because.code is Detail.PAPER_OUT
    assert "no paper" in str(error)


@pytest.mark.parametrize("status", PaperStatus)
def test_a_printer_can_print_only_when_it_says_so(status: PaperStatus) -> None:
    assert status.can_print == (status in {PaperStatus.OK, PaperStatus.NEAR_END})


@pytest.mark.parametrize(
    "uid,random",
    [
        ("08A1B2C3", True),
        ("04A1B2C3", False),
        ("08A1B2C3D4E5F6", False),
        ("", False),
    ],
)
@pytest.mark.threat(6)
def test_a_card_that_draws_its_number_anew_is_told_apart(uid: str, random: bool) -> None:
    card = Card(bytes.fromhex(uid), None, datetime(2026, 9, 1, tzinfo=UTC))
    assert card.uid_is_random is random
