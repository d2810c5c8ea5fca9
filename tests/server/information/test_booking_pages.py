"""Bookings of computers at the desk: by ticket, for a later hour, started by slip (C3.1.1)."""

from __future__ import annotations

from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import select

from server.console import papers
from server.models import Visit, WorkplaceBooking
from server.services import workplaces
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NOON, Library
from tests.server.information.computers import HOUR, book, by, other, places


@pytest.mark.clause("C3.1.1")
def test_the_desk_books_by_ticket_for_a_later_hour_and_starts_it_by_slip(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    (place,) = places(library, "ПК 1")
    with library.database.reading() as session:
        ticket = session.get_one(Visit, library.visit).ticket
        assert ticket is not None
        number = ticket.number
    slot = f"{place}|{(NOON + HOUR / 2).isoformat()}"
    assert "Спершу скануйте" in centre_desk.post("/workplaces/bookings", slot=slot)
    assert number in centre_desk.scan(number, "bookings")
    for forged in ("", "1|2025-11-21T12:00", "x|2025-11-21T12:00+00:00"):
        assert "Спершу скануйте" in centre_desk.post("/workplaces/bookings", slot=forged)
    page = centre_desk.post("/workplaces/bookings", slot=slot, minutes="9" * 20)
    assert "Оберіть, на скільки" in page
    page = centre_desk.post("/workplaces/bookings", slot=slot, minutes="90", day="2025-11-21")
    assert "Заброньовано: ПК 1" in page
    assert "12:30–14:00" in page
    clock.forward(HOUR / 2)
    assert "Запустити" in centre_desk.scan(library.slip, "workplaces")
    with library.database.reading() as session:
        (kept,) = session.scalars(select(WorkplaceBooking.id))
    assert "До 14:00" in centre_desk.post("/workplaces/start-booked", booking=str(kept))
    assert "працює" in centre_desk.get("/workplaces/bookings?day=2025-11-21")


@pytest.mark.clause("C3.1.1")
def test_the_next_booking_is_told_before_a_session_is_prolonged(
    centre_desk: Desk, library: Library
) -> None:
    (place,) = places(library, "ПК 1")
    workplaces.start(library.database, place, library.visit, 30, by(library))
    book(library, NOON + HOUR, who=other(library), place=place)
    page = centre_desk.get("/workplaces")
    assert "далі бронь" in page
    assert "13:00–14:00" in page
    assert "Продовжити до 13:00" in page


def test_the_desk_cancels_and_the_place_is_free_again(centre_desk: Desk, library: Library) -> None:
    (place,) = places(library, "ПК 1")
    kept = book(library, NOON + HOUR)
    page = centre_desk.post("/workplaces/bookings/cancel", booking=str(kept.id), day="2025-11-21")
    assert "Бронь скасовано" in page
    assert "Цієї броні вже немає" in centre_desk.post(
        "/workplaces/bookings/cancel", booking=str(kept.id)
    )
    book(library, NOON + HOUR, place=place, who=other(library))


@pytest.mark.clause("C3.1.1")
def test_a_booking_at_the_desk_has_its_slip_on_paper_until_it_is_cancelled(
    centre_desk: Desk, library: Library
) -> None:
    (place,) = places(library, "ПК 1")
    kept = book(library, NOON + HOUR, place=place)
    address = f"/workplaces/bookings/{kept.id}"
    assert f'href="{address}"' in centre_desk.get("/workplaces/bookings?day=2025-11-21")
    assert f'src="{address}.png"' in centre_desk.get(address)
    picture = centre_desk.client.get(f"{address}.png").data
    assert Image.open(BytesIO(picture)).width == papers.WIDTH_DOTS
    assert centre_desk.client.get(f"{address}.pdf").data.startswith(b"%PDF")
    centre_desk.post("/workplaces/bookings/cancel", booking=str(kept.id))
    for name in ("", ".png", ".pdf"):
        assert centre_desk.client.get(f"{address}{name}").status_code == 404
