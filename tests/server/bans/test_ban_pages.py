"""Bans, damage and the book of complaints, page by page."""

from collections.abc import Callable

import pytest

from server.models import Ban, Damage, Role
from tests.server.console.conftest import Desk
from tests.server.console.library import Library


@pytest.mark.clause("R4.3.3")
def test_the_service_centre_bans_for_a_term_and_the_director_lifts(
    library: Library, centre: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    path = f"/patrons/{library.clean_reader}/ban"
    page = centre.post(path, reason="smoking", order="31-о", indefinite="on")
    assert "Без строку обмежує лише директор" in page
    page = centre.post(path, reason="smoking", order="31-о", last_day="2025-12-01")
    assert "паління в приміщенні" in page
    assert "вхід дозволено з 2 грудня 2025" in page
    assert "Марія Бондар" in page
    with library.database.reading() as session:
        ban = session.query(Ban).filter(Ban.order_number == "31-о").one()
    assert centre.client.post("/bans/lift").status_code == 403
    director = desk_of(Role.DIRECTOR)
    assert "Напишіть, чому знято" in director.post("/bans/lift", ban=str(ban.id), reason="")
    page = director.post("/bans/lift", ban=str(ban.id), reason="Вибачився")
    assert "вхід дозволено." in page
    assert "Вибачився" in centre.get(f"/patrons/{library.clean_reader}/case")


@pytest.mark.clause("R4.3.4")
def test_damage_is_noted_in_hryvnias_and_settled(library: Library, centre: Desk) -> None:
    path = f"/patrons/{library.clean_reader}/damage"
    for amount in ("", "0", "1,234", "nan"):
        assert "вкажіть суму" in centre.post(path, what="Розірвано", amount=amount)
    page = centre.post(path, what="Розірвано", amount="120,50", document="482000000")
    assert "120,50" in page
    with library.database.reading() as session:
        damage = session.query(Damage).one()
    assert (damage.amount, damage.document_id) == (12050, 1)
    page = centre.post(
        f"{path}/settled", damage=str(damage.id), state="replaced", settlement="Те саме видання"
    )
    assert "замінено рівноцінним" in page


@pytest.mark.clause("R4.1.13")
def test_the_book_takes_an_entry_and_its_answer(library: Library, centre: Desk) -> None:
    page = centre.post("/complaints", kind="complaint", text="Холодно в залі")
    assert "Холодно в залі" in page
    assert "відповісти до 21 грудня 2025" in page
    page = centre.post("/complaints/answer", number="1", answer="Полагодили")
    assert "Полагодили" in page


def test_a_case_file_prints_what_was_decided(library: Library, centre: Desk) -> None:
    page = centre.get(f"/patrons/{library.banned}/case")
    assert "порушення тиші" in page
    assert "data-print" in page
