"""Versions of texts; the inbox and the log as the address asks for them."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from markupsafe import escape
from sqlalchemy import select

from server.models import Conflict, ConflictKind, LegalText, Role, TextKind
from server.services import consents
from tests.server.console.desk import Desk
from tests.server.console.library import NASTY, NOON, Library
from tests.server.desk_library import audited


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


@pytest.mark.clause("R1.2", "R2.2")
def test_a_new_version_holds_from_its_day_and_the_old_one_stays(
    library: Library, director: Desk
) -> None:
    later = (NOON + timedelta(days=10)).date()
    page = director.post(
        "/texts", kind="rules", version="2026-1", since=later.isoformat(), body="Нові правила."
    )
    assert "Нову версію оприлюднено." in page
    with library.database.reading() as session:
        assert consents.current(session, TextKind.RULES, NOON.date()).version != "2026-1"
        assert consents.current(session, TextKind.RULES, later).body == "Нові правила."
    assert audited(library, "text_published")


@pytest.mark.clause("R1.2")
def test_a_version_is_never_changed(library: Library, director: Desk) -> None:
    form = {"kind": "rules", "version": "7", "since": "2025-11-21"}
    director.post("/texts", **form, body="Перші слова")
    page = director.post("/texts", **form, body="Інші слова")
    assert "версій не змінюють" in page
    assert "Потрібні і версія, і текст." in director.post("/texts", **form, body=" ")
    with library.database.reading() as session:
        assert session.scalars(select(LegalText.body)).all() == ["Перші слова"]


@pytest.mark.threat(12)
def test_a_text_with_markup_is_text(director: Desk) -> None:
    page = director.post("/texts", kind="rules", version="8", since="2025-11-21", body=NASTY)
    assert "<script>alert" not in page
    assert str(escape(NASTY)) in page


def test_the_inbox_shows_what_the_address_asks_for(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        for kind, station in (("two_visits", "K1"), ("exit_without_entry", "E1")):
            session.add(
                Conflict(kind=ConflictKind(kind), details={"station": station}, raised_at=NOON)
            )
    page = centre.get("/inbox")
    assert "Два відвідування разом (1)" in page
    assert page.count("Розв’язано") == 2
    page = centre.get("/inbox?kind=conflict:two_visits")
    assert page.count("Розв’язано") == 1
    assert '<option value="conflict:two_visits" selected>' in page
    assert centre.get("/inbox?station=E1").count("Розв’язано") == 1


def test_the_log_is_filtered_by_its_address_and_leaves_as_a_file(
    library: Library, director: Desk
) -> None:
    director.post("/halls", name="Зала", position="1")
    page = director.get("/audit?action=hall_changed")
    assert page.count('title="hall_changed">змінили залу</th>') == 1
    assert 'title="signed_in"' not in page
    assert "Марія Бондар" in page
    assert "Нічого не знайдено" in director.get("/audit?actor=staff:999")
    file = director.client.get("/audit?action=hall_changed&format=csv").data.decode("utf-8-sig")
    assert "hall_changed" in file
    assert "signed_in" not in file
    assert director.client.get("/audit?format=xlsx").data.startswith(b"PK")


def test_those_inside_are_filtered_sorted_and_taken_along_by_the_address(centre: Desk) -> None:
    page = centre.get("/inside?q=галаган")
    assert "Ґалаґан" in page
    assert "Коваленко" not in page.split("<tbody>")[1]
    assert "Нічого не знайдено" in centre.get("/inside?q=нікого")
    down = centre.get("/inside?sort=name&dir=down").split("<tbody>")[1]
    assert down.index("Коваленко") < down.index("Ґалаґан")
    file = centre.client.get("/inside?q=галаган&format=csv").get_data(as_text=True)
    assert len(file.strip().splitlines()) == 2
