"""Bans, damage and the book of complaints, page by page."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from server.models import Ban, Damage, Patron, Role, Staff, ViolationCode
from server.services import organisations
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library


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
    page = director.post("/bans/lift", ban=str(ban.id), reason="Вибачився", order="32-о")
    assert "вхід дозволено." in page
    case = centre.get(f"/patrons/{library.clean_reader}/case")
    assert all(told in case for told in ("Вибачився", "наказ № 32-о", director_name(library)))
    assert centre.client.post("/bans/restore").status_code == 403
    assert "знову діє" in director.post("/bans/restore", ban=str(ban.id))
    assert "Вибачився" not in centre.get(f"/patrons/{library.clean_reader}/case")


def director_name(library: Library) -> str:
    with library.database.reading() as session:
        return session.query(Staff).filter(Staff.role == Role.DIRECTOR).one().name


@pytest.mark.clause("R4.3.3", "R1.8")
def test_the_case_of_an_organisation_tells_its_agreement_its_bans_and_what_its_readers_owe(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    director = desk_of(Role.DIRECTOR)
    director.post("/organisations", name="Ліцей № 9", agreement_number="17-У")
    with library.database.writing() as session:
        lyceum = organisations.find_or_make(session, "Ліцей № 9")
        reader = session.get_one(Patron, library.clean_reader)
        organisations.join(session, reader, lyceum, at=NOON)
        number, name = lyceum.id, reader.full_name
    director.post(f"/patrons/{library.clean_reader}/damage", what="Екран", amount="350,50")
    path = f"/organisations/{number}/case"
    page = director.post(
        "/bans/organisation", organisation=str(number), reason="damage", order="41-о",
        last_day="2025-12-31", back=path,
    )  # fmt: skip
    for told in ("Справа організації", "№ 17-У", "наказ № 41-о", name, "350,50", "обмежено"):
        assert told in page, told
    assert path in director.get("/bans")
    assert path in director.get(f"/organisations/row/{number}")


@pytest.mark.clause("R4.3.4")
def test_damage_to_a_document_names_it_and_is_settled_once(library: Library, centre: Desk) -> None:
    path = f"/patrons/{library.clean_reader}/damage"
    told = {"what": "Вирвано сторінку", "amount": "120,50"}
    assert "Такого штрихкоду немає" in centre.post(path, document="999", **told)
    page = centre.post(path, document="482000000", **told)
    assert '<a href="/documents/1">Тіні забутих предків</a>' in page
    with library.database.reading() as session:
        damage = session.query(Damage).one()
    settled = {"damage": str(damage.id), "made_good": "paid terminal", "settlement": "К-77"}
    assert "Вкажіть, чим" in centre.post(f"{path}/settled", **settled | {"made_good": ""})
    centre.post(f"{path}/settled", **settled)
    assert "вже відшкодовано" in centre.post(f"{path}/settled", **settled)


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
        f"{path}/settled", damage=str(damage.id), made_good="replaced", settlement="Те саме видання"
    )
    assert "замінено рівноцінним" in page


@pytest.mark.clause("R4.1.13")
def test_the_book_takes_an_entry_and_its_answer(library: Library, centre: Desk) -> None:
    page = centre.post("/complaints", kind="complaint", text="Холодно в залі")
    assert "Холодно в залі" in page
    assert "21\u00a0грудня 2025" in page
    assert "Холодно" in centre.get("/complaints?waiting=1&sort=due&dir=down")
    assert "Холодно в залі" in centre.get("/complaints?q=холодно&format=csv")
    page = centre.post("/complaints/answer", number="1", answer="Полагодили")
    assert "Полагодили" in page
    assert "Холодно" not in centre.get("/complaints?waiting=1")


def test_a_case_file_prints_what_was_decided(library: Library, centre: Desk) -> None:
    page = centre.get(f"/patrons/{library.banned}/case")
    assert "порушення тиші" in page
    assert "data-print" in page


@pytest.mark.clause("R4.3.3")
def test_bans_are_found_by_a_word_sorted_and_taken_away_as_a_file(
    library: Library, centre: Desk
) -> None:
    assert "Шевчук" in centre.get("/bans?q=шевчук")
    assert "Нічого не знайдено" in centre.get("/bans?q=нікого")
    assert 'aria-sort="descending"' in centre.get("/bans?sort=order&dir=down")
    exported = centre.get("/bans?q=шевчук&format=csv")
    assert "Шевчук" in exported
    assert "17-к" in exported


@pytest.mark.clause("R4.4")
def test_a_violation_brings_its_usual_term_where_no_day_is_typed(
    library: Library, centre: Desk
) -> None:
    with library.database.writing() as session:
        session.add(ViolationCode(code="noise", name="галас у залі", term_days=14))
    page = centre.get(f"/patrons/{library.clean_reader}/case")
    assert 'data-fill="2025-12-04"' in page
    assert "галас у залі" in page
    centre.post(f"/patrons/{library.clean_reader}/ban", reason="noise", order="40-о")
    with library.database.reading() as session:
        ban = session.query(Ban).filter(Ban.order_number == "40-о").one()
    assert ban.until == datetime(2025, 12, 4, 22, tzinfo=UTC)


@pytest.mark.clause("R5.1.10")
def test_an_organisation_is_banned_on_the_page_and_stands_there_once(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    director = desk_of(Role.DIRECTOR)
    director.post("/organisations", name="ТОВ «Ранок»", code="21560045")
    page = director.get("/organisations")
    assert "21560045" in page
    page = director.post(
        "/bans/organisation", organisation="1", reason="damage", order="41-о",
        last_day="2025-12-31",
    )  # fmt: skip
    assert page.count("41-о") == 1
    assert "Організацію обмежено" in page


def test_a_ban_made_by_mistake_is_undone_on_the_case_file(library: Library, centre: Desk) -> None:
    path = f"/patrons/{library.clean_reader}"
    page = centre.post(f"{path}/ban", reason="food", order="42-о", last_day="2025-12-31")
    with library.database.reading() as session:
        number = session.query(Ban).filter(Ban.order_number == "42-о").one().id
    assert "/bans/undo" in page
    page = centre.post("/bans/undo", ban=str(number), back=f"{path}/case")
    assert "наче його не було" in page
    assert "Справа читача" in page
    assert "вже не можна" in centre.post("/bans/undo", ban=str(number), back="https://elsewhere/")
