"""What can't be accepted: each is said in the person's language, kept as an event, and no more."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import expect

from demo.stage import Stage
from demo.things import FOREIGN, forged, qr
from hardware.decoder import decode_picture
from tests.e2e.conftest import Decisions, TicketOf
from tests.e2e.paper import Tray
from tests.e2e.people import Door, anybody_can_use

Marks = Sequence[pytest.MarkDecorator]


def is_refused(
    entrance: Door, picture: Image.Image, ukrainian: tuple[str, str], english: tuple[str, str]
) -> None:
    """The screen says why and what to do, first in Ukrainian, then, when asked, in English."""
    entrance.show(picture, "refusal")
    for title, text in (ukrainian, english):
        expect(entrance.headline).to_have_text(title)
        expect(entrance.page.locator(".lead")).to_contain_text(text)
        if text is ukrainian[1]:
            entrance.tap("language-en")
    anybody_can_use(entrance.page)
    assert entrance.is_locked
    entrance.go_home()
    expect(entrance.headline).to_have_text("Покажіть квиток")


@dataclass(frozen=True)
class Case:
    """A state of the sample's tickets, what is decided on it, and what the person reads."""

    state: str
    verdict: str
    reason: str
    ukrainian: tuple[str, str]
    english: tuple[str, str]


def case(*of: str, uk: tuple[str, str], en: tuple[str, str], marks: Marks = ()) -> Any:
    state, verdict, reason = of
    return pytest.param(Case(state, verdict, reason, uk, en), id=state, marks=marks)


clause, scenario = pytest.mark.clause, pytest.mark.scenario


@pytest.mark.parametrize(
    "case",
    [
        case(
            "expired", "desk", "ticket_expired",
            uk=("Строк квитка минув", "Продовжте його в Сервісному центрі"),
            en=("Ticket expired", "Renew it at the Service Centre"),
        ),
        case(
            "one_time_yesterday", "desk", "ticket_expired",
            uk=("Строк квитка минув", "Продовжте його в Сервісному центрі"),
            en=("Ticket expired", "Renew it at the Service Centre"),
            marks=[scenario("E22"), clause("R2.3.2")],
        ),
        case(
            "not_reregistered", "desk", "not_reregistered",
            uk=("Потрібна перереєстрація", "Зверніться з квитком і паспортом"),
            en=("Time to re-register", "Bring your ticket and passport"),
            marks=[scenario("E21"), clause("R2.3.1")],
        ),
        case(
            "replaced", "refuse", "ticket_replaced",
            uk=("Цей квиток уже не чинний", "Покажіть новий квиток"),
            en=("This ticket is no longer valid", "Show your new ticket"),
            marks=[scenario("E11"), clause("R2.3.1")],
        ),
        case(
            "banned", "refuse", "banned",
            uk=("Відвідування обмежено", "Чекаємо на вас з"),
            en=("Your visits are suspended", "Welcome back from"),
            marks=[clause("R4.3.3")],
        ),
        case(
            "banned_indefinitely", "refuse", "banned",
            uk=("Відвідування обмежено", "Зверніться, будь ласка, до Сервісного центру."),
            en=("Your visits are suspended", "Please go to the Service Centre."),
            marks=[scenario("E16"), clause("R4.3.3")],
        ),
        case(
            "inside", "desk", "already_inside",
            uk=("Ви вже в бібліотеці", "Загубили листок? Зверніться до Сервісного центру."),
            en=("You are already inside", "Lost your slip? Ask at the Service Centre."),
            marks=[scenario("E06")],
        ),
    ],
)  # fmt: skip
def test_a_ticket_that_is_not_good_is_told_so(
    stage: Stage,
    entrance: Door,
    tray: Tray,
    ticket_of: TicketOf,
    decisions: Decisions,
    case: Case,
) -> None:
    picture = stage.ticket_picture(ticket_of(case.state))
    is_refused(entrance, picture, case.ukrainian, case.english)
    assert decisions.next_of(entrance) == (case.verdict, [case.reason])
    assert tray.is_empty()


UNKNOWN = (
    ("Не впізнаємо цей квиток", "Спробуйте ще раз або зверніться до Сервісного центру."),
    ("We do not know this ticket", "Try again, or ask at the Service Centre."),
)
UNVERIFIED = (
    ("Не вдалося перевірити квиток", "Покажіть оригінал квитка"),
    ("This ticket could not be verified", "Show the original ticket"),
)


@pytest.mark.threat(1)
@pytest.mark.scenario("E07")
def test_a_forged_code_and_damaged_ones_open_nothing(
    stage: Stage, entrance: Door, tray: Tray, ticket_of: TicketOf, decisions: Decisions
) -> None:
    (genuine, *_) = decode_picture(stage.ticket_picture(ticket_of("valid")))
    assert genuine.text.startswith("LT1:")
    is_refused(entrance, qr(forged(genuine.text)), *UNVERIFIED)
    assert decisions.next_of(entrance) == ("refuse", ["bad_signature"])
    is_refused(entrance, qr(genuine.text[: len(genuine.text) // 2]), *UNVERIFIED)
    assert decisions.next_of(entrance) == ("refuse", ["bad_signature"])
    is_refused(entrance, qr(genuine.text.replace("LT1:", "LT!:")), *UNKNOWN)
    assert decisions.next_of(entrance) == ("refuse", ["unknown_code"])
    assert tray.is_empty()


@pytest.mark.scenario("E02")
def test_a_code_of_somebody_else_is_not_known(
    entrance: Door, tray: Tray, decisions: Decisions
) -> None:
    is_refused(entrance, qr(FOREIGN), *UNKNOWN)
    assert decisions.next_of(entrance) == ("refuse", ["unknown_code"])
    assert tray.is_empty()
