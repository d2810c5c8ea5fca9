"""What the pages say, in both languages, and that a name stays a name."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from gate.facts import VisitState
from server.models import EventOfDay, Role, Visit
from tests.server.console.desk import Clock, Desk
from tests.server.console.library import NASTY, NOON, Library


def test_the_board_counts_readers_and_visitors_of_events(centre: Desk) -> None:
    page = centre.get("/inside")
    figures = [part.split("<")[0] for part in page.split("<dd>")[1:]]
    assert figures[:3] == ["14", "2", "12"]


def test_the_board_tells_where_people_were_seen_last(centre: Desk) -> None:
    page = centre.get("/inside")
    assert "Зала мистецтв" in page
    assert "Мала зала" in page


def test_the_list_has_slip_name_mark_and_documents(library: Library, centre: Desk) -> None:
    page = centre.get("/inside")
    row = page.split(f"/visits/{library.visit}")[1].split("</tr>")[0]
    assert "Коваленко Олена Петрівна" in row
    assert 'title="Відділ мистецтв">5<' in row
    assert "<b>2</b>" in row
    assert "10:25" in row


def test_somebody_away_is_listed_and_not_counted(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        session.get_one(Visit, library.visit).state = VisitState.AWAY
    page = centre.get("/inside")
    assert "Тимчасовий вихід" in page
    assert "<dd>13</dd>" in page


def test_an_empty_house_says_what_to_do_first(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        for visit in session.query(Visit):
            visit.state, visit.closed_at = VisitState.CLOSED, NOON
    assert "Щойно хтось покаже квиток" in centre.get("/inside")


@pytest.mark.clause("R4.2.7")
def test_a_patrons_page_says_whether_they_may_come_in_and_why(
    library: Library, centre: Desk
) -> None:
    page = centre.get(f"/patrons/{library.banned}")
    assert "Увійти не може" in page
    assert "Вхід знову дозволено з" in page
    assert "17-к" in page
    assert "порушення тиші" in page


def test_a_patrons_page_lists_what_is_out_and_what_is_late(library: Library, centre: Desk) -> None:
    page = centre.get(f"/patrons/{library.reader}")
    assert "Може увійти" in page
    assert "прострочено з 18 листопада" in page
    assert library.slip.rpartition("-")[0] in page


def test_events_of_today_show_places_left(centre: Desk) -> None:
    page = centre.get("/events")
    assert "<b>28</b><small>вільно з 40" in page
    assert "триває" in page
    assert "вхід від 14:30" in page
    assert page.index("Казкова") < page.index("Вечір") < page.index("стародруки")


def test_events_of_another_day_are_not_listed(library: Library, centre: Desk, clock: Clock) -> None:
    with library.database.writing() as session:
        event = session.get_one(EventOfDay, "lecture")
        event.starts_at += timedelta(days=1)
        event.ends_at += timedelta(days=1)
    assert "стародруки" not in centre.get("/events")


def test_the_journal_shows_the_latest_first(desk_of: Callable[[Role], Desk]) -> None:
    page = desk_of(Role.DIRECTOR).get("/audit")
    assert "signed_in" in page


@pytest.mark.threat(12)
def test_a_name_with_markup_is_text_on_every_page(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    desk = desk_of(Role.ADMIN)
    with library.database.writing() as session:
        visit = session.get_one(Visit, library.visit)
        visit.ticket_id = f"{3:012x}"
        session.get_one(EventOfDay, "reading").title = NASTY
    pages = [
        desk.get("/inside"),
        desk.get("/events"),
        desk.get(f"/patrons/{library.nasty}"),
        desk.get(f"/visits/{library.visit}"),
        desk.get(f"/exit/{library.visit}"),
        desk.get("/documents/6"),
        desk.scan(NASTY),
    ]
    for page in pages:
        assert "<script>alert" not in page
        assert "&lt;script&gt;" in page


@pytest.mark.parametrize("role", Role)
def test_english_pages_hold_no_ukrainian_of_ours(
    library: Library, desk_of: Callable[[Role], Desk], role: Role
) -> None:
    desk = desk_of(role)
    desk.post("/preferences", language="en", back="/help")
    page = desk.get("/help")
    assert "The scanner comes first" in page
    for text in ("Довідка", "Клавіші", "Розділи", "Вийти із системи"):
        assert text not in page


@pytest.mark.threat(8)
@pytest.mark.parametrize(
    "code",
    [
        NASTY, "javascript:alert(1)", "\x1b@\x1dV\x00", "]Q3<img src=x onerror=alert(1)>",
        "' OR 1=1 --", "%00%0d%0aSet-Cookie: a=b", "{{ 7*7 }}", "LT1:" + "A" * 900, "ї" * 990,
    ],
)  # fmt: skip
def test_a_hostile_code_is_looked_up_as_text_and_nothing_else(
    desk_of: Callable[[Role], Desk], code: str
) -> None:
    desk = desk_of(Role.ADMIN)
    for place in ("", "desk", "exit"):
        page = desk.scan(code, place)
        assert "<script>alert" not in page
        assert "<img src=x" not in page
        assert "49" not in page.partition("<h1>")[2].partition("</h1>")[0]
