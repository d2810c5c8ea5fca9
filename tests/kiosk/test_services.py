"""What a library offers beside the ticket: all of it within reach on every screen."""

from __future__ import annotations

from dataclasses import replace

import pytest
from playwright.sync_api import Page

from kiosk import screens
from kiosk.config import Role
from tests.kiosk.counter import make_counter
from tests.kiosk.gallery import EVERYTHING, GALLERY
from tests.kiosk.house import House
from tests.kiosk.showing import EASES, Kiosk

OFFERS = "[...document.querySelectorAll('.actions .press, .choices .press')]"
SEEN = f"{OFFERS}.filter((one) => one.offsetParent !== null).map((one) => one.dataset.action)"
STARTS = {name: one for name, one in GALLERY.items() if isinstance(one, screens.Start)}


@pytest.mark.parametrize("language", ["uk", "en"])
@pytest.mark.parametrize("eased", EASES)
def test_each_service_is_on_the_start_screen_or_one_press_behind_it(
    sized: tuple[Page, str], kiosk: Kiosk, language: str, eased: str
) -> None:
    page, _ = sized
    for name, start in STARTS.items():
        kiosk.show(page, start, language, EASES[eased])
        seen = set(page.evaluate(SEEN))
        if "services" in seen:
            kiosk.show(page, screens.Services(start=start), language, EASES[eased])
            seen |= set(page.evaluate(SEEN))
        assert set(start.services) <= seen, name


def test_where_all_are_seen_there_is_no_way_to_others(
    sized: tuple[Page, str], kiosk: Kiosk
) -> None:
    page, size = sized
    for name, start in STARTS.items():
        kiosk.show(page, start)
        seen = set(page.evaluate(SEEN))
        assert ("services" in seen) is bool(set(start.services) - seen), f"{name} on {size}"


def test_all_services_lead_where_the_short_ways_do(house: House) -> None:
    counter = make_counter(house)
    start = counter.sees(screens.Start)
    counter.press("services")
    assert counter.sees(screens.Services).start.services == start.services
    counter.press("bring")
    counter.sees(screens.Belongings)


def test_an_exit_offers_nothing_but_the_way_out() -> None:
    assert EVERYTHING.services
    assert replace(EVERYTHING, role=Role.EXIT).services == ()
