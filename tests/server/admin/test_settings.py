"""Every setting has words, a page, a default, an author and a way back."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from server.console import fields
from server.console.setting_words import CONCESSIONS, ELSEWHERE, FIELDS, SUBJECTS
from server.models import Role
from server.services import settings
from server.services.settings import LibrarySettings
from tests.server.console.desk import Desk, secret_of
from tests.server.console.library import Library
from tests.server.desk_library import audited


@pytest.fixture
def director(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.DIRECTOR)


def kept(library: Library) -> LibrarySettings:
    with library.database.reading() as session:
        return settings.read(session)


def form_of(page: str) -> dict[str, str]:
    """What the page's form would send as it stands."""
    form = dict(re.findall(r'<input[^>]*name="([\w-]+)" value="([^"]*)"[^>]*type="(?:text)"', page))
    form |= dict(re.findall(r'name="(category-\w+)" value="(\w+)"[^>]*checked', page))
    form |= dict.fromkeys(re.findall(r'name="(\w+)" value="1" checked', page), "1")
    form |= dict(
        re.findall(r'<select[^>]*name="(\w+)".*?<option value="(\w+)" selected', page, re.DOTALL)
    )
    return form | dict(re.findall(r'name="(revision)" value="(\d+)"', page))


def change(desk: Desk, subject: str, status: int = 200, **values: str) -> str:
    form = form_of(desk.get(f"/settings/{subject}")) | values
    form["csrf_token"] = secret_of(desk.client)
    answer = desk.client.post(f"/settings/{subject}", data=form, follow_redirects=True)
    assert answer.status_code == status, answer.text
    return answer.text


def test_every_setting_has_words_and_a_page_or_a_reason_to_have_none() -> None:
    told = set(FIELDS) | set(CONCESSIONS) | set(ELSEWHERE)
    kept_elsewhere = {"special", "branches", "branch"}
    assert set(LibrarySettings.model_fields) - kept_elsewhere == told
    assert all(field.label for field in FIELDS.values())


def test_a_number_without_a_unit_would_be_no_words() -> None:
    numbers = [field for field in FIELDS.values() if field.kind is fields.Kind.NUMBER]
    assert all(field.unit for field in numbers)


@pytest.mark.parametrize("subject", [subject.code for subject in SUBJECTS])
def test_a_page_sent_back_as_it_stands_changes_nothing(
    library: Library, director: Desk, subject: str
) -> None:
    before = kept(library)
    assert "Збережено" in change(director, subject)
    assert kept(library) == before
    assert audited(library, "setting_changed") == []


@pytest.mark.clause("R3.2.2")
def test_a_change_is_kept_told_and_shown_with_its_author(library: Library, director: Desk) -> None:
    page = change(director, "lending", reading_room_limit="5")
    assert kept(library).reading_room_limit == 5
    assert audited(library, "setting_changed")[0].details == {"before": 10, "after": 5}
    assert "За замовчуванням: 10 документів" in page
    assert "Марія Бондар" in page
    assert "<del>10 документів</del>" in page


def test_a_change_is_taken_back_from_its_record(library: Library, director: Desk) -> None:
    change(director, "lending", home_days="14")
    record = str(audited(library, "setting_changed")[0].id)
    page = director.post("/settings-undo", record=record)
    assert "Повернуто: Строк додому" in page
    assert kept(library).home_days == 30
    assert [each.details["after"] for each in audited(library, "setting_changed")] == [14, 30]


def test_an_older_change_is_not_taken_back_over_a_later_one(
    library: Library, director: Desk
) -> None:
    change(director, "lending", home_days="14")
    change(director, "lending", home_days="21")
    first = str(audited(library, "setting_changed")[0].id)
    assert "поверніть спершу пізнішу зміну" in director.post("/settings-undo", record=first)
    assert kept(library).home_days == 21


@pytest.mark.parametrize(
    "subject, values, fault",
    [
        ("lending", {"home_days": "багато"}, "Потрібне ціле число."),
        ("lending", {"home_days": "0"}, "Не менше ніж 1."),
        ("lending", {"home_limit": ""}, "Заповніть це поле."),
        ("house", {"library_name": " "}, "Заповніть це поле."),
        ("house", {"timezone": "Mars/Olympus"}, "Такого часового поясу немає."),
        ("house", {"building_limit": "0"}, "Не менше ніж 1."),
        ("entry", {"grace_until_month_day": "31.02"}, "Так записати не можна."),
        ("tariffs", {"fee_full": "12,345"}, "Потрібне ціле число."),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_nothing_is_kept(
    library: Library, director: Desk, subject: str, values: dict[str, str], fault: str
) -> None:
    before = kept(library)
    (name, typed), *_ = values.items()
    page = change(director, subject, 422, **values)
    beside = page.split(f'name="{name}"')[1].split("</div>")[0]
    assert fault in beside
    assert "aria-invalid" in page
    assert typed.strip() in page
    assert kept(library) == before


def test_what_stands_in_no_list_is_said_beside_it_and_nothing_is_kept(
    library: Library, director: Desk
) -> None:
    before = kept(library)
    page = change(director, "entry", 422, old_copy="whatever")
    assert "Оберіть зі списку." in page.split('name="old_copy"')[1].split("</div>")[0]
    assert kept(library) == before


def test_who_was_overtaken_sees_what_was_typed_and_keeps_nothing(
    library: Library, director: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    stale = form_of(director.get("/settings/lending")) | {"home_days": "7"}
    change(desk_of(Role.ADMIN), "lending", home_limit="4")
    stale["csrf_token"] = secret_of(director.client)
    answer = director.client.post("/settings/lending", data=stale)
    assert answer.status_code == 409
    assert 'value="7"' in answer.text
    assert kept(library).home_days == 30
    assert kept(library).home_limit == 4


@pytest.mark.clause("R2.5", "R2.5.1", "R5.1.6")
def test_the_library_decides_which_categories_pay_less(library: Library, director: Desk) -> None:
    values: dict[str, Any] = {"category-student": "free", "category-honorary": "full"}
    change(director, "tariffs", **values)
    found = kept(library)
    assert "student" in found.free_categories
    assert "student" not in found.reduced_categories
    assert "honorary" not in (*found.free_categories, *found.reduced_categories)


@pytest.mark.clause("R4.2.5")
def test_fees_are_typed_in_hryvnias_and_kept_in_kopiykas(library: Library, director: Desk) -> None:
    page = change(director, "tariffs", fee_full="70,50")
    assert kept(library).fee_full == 7050
    assert 'value="70,50"' in page


def test_a_limit_left_empty_is_none(library: Library, director: Desk) -> None:
    change(director, "house", building_limit="120")
    assert kept(library).building_limit == 120
    change(director, "house", building_limit="")
    assert kept(library).building_limit is None
