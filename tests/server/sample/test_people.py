"""People who do not exist, with names that could."""

import os
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from server.models import Category
from server.sample import SEED
from server.sample.days import Day, years_later
from server.sample.names import Chance, names
from server.sample.people import PLAN, Secrets, people
from server.sample.states import Case
from server.services.names import fold
from server.services.people import birthday
from tests.server.sample.library import KYIV

MEN_IN_A = ("Ілля", "Микола")
DAY = Day(datetime(2026, 11, 20, 10, tzinfo=UTC), KYIV)


def cases(count: int, seed: str = SEED) -> list[Case]:
    persons = people(count, day=DAY, seed=seed, secrets=Secrets(os.urandom))
    return [case for person in persons for case in person]


def told(case: Case) -> tuple[str, str]:
    return f"{case.patron['surname']} {case.patron['given_name']}", case.state


def test_names_and_states_hang_on_the_seed_alone() -> None:
    assert list(map(told, cases(300))) == list(map(told, cases(300)))
    assert list(map(told, cases(300))) != list(map(told, cases(300, "another")))
    assert {case.ticket["id"] for case in cases(60)}.isdisjoint(
        case.ticket["id"] for case in cases(60)
    )


@pytest.mark.parametrize("count", [1, 2, 33, 34, 60, 61, 400])
def test_there_are_as_many_tickets_as_were_asked_for(count: int) -> None:
    found = cases(count)
    assert len(found) == count
    assert len({case.ticket["number"] for case in found}) == count
    assert len({case.ticket["id"] for case in found}) == count


def test_the_plan_fills_sixty() -> None:
    assert sum(map(len, PLAN)) == 60


def test_a_name_is_of_one_gender_in_all_its_parts() -> None:
    for number in range(2000):
        name = names().choose(Chance("names", number))
        woman = name["patronymic"].endswith("вна")
        assert woman != name["patronymic"].endswith("ч")
        given = name["given_name"]
        assert woman == (given == "Любов" or (given[-1] in "ая" and given not in MEN_IN_A))
        if re.search(r"(ський|цький|ий)$", name["surname"]):
            assert not woman
        if re.search(r"(ська|цька|на|ва|ла)$", name["surname"]):
            assert woman or name["surname"] in ("Сорока", "Чайка")


def test_names_have_every_letter_that_only_ukrainian_has() -> None:
    parts = ("surname", "given_name", "patronymic")
    text = " ".join(case.patron[part] for case in cases(60) for part in parts)
    assert set("ґєїіҐЄЇ’-") <= set(text)
    women = sum(case.patron["patronymic"].endswith("вна") for case in cases(60))
    assert 25 <= women <= 35


def test_a_name_is_found_as_the_search_folds_it() -> None:
    for case in cases(200):
        whole = " ".join(case.patron[part] for part in ("surname", "given_name", "patronymic"))
        assert case.patron["name_key"] == fold(whole)


def test_people_are_of_an_age_that_fits_their_category() -> None:
    for case in cases(1000):
        born, category = case.patron["birth_date"], case.patron["category"]
        if category is Category.PENSIONER:
            assert birthday(born, 60) <= DAY.today
        if case.state == "valid":
            assert birthday(born, 16) <= DAY.today < birthday(born, 95)


def test_many_people_are_mostly_valid_and_of_several_states() -> None:
    states = Counter(case.state for case in cases(3000)[60:])
    assert 0.8 < states["valid"] / 2940 < 0.88
    assert len(states) >= 8


@pytest.mark.clause("R2.3.1")
def test_a_permanent_ticket_is_good_for_five_years() -> None:
    for case in cases(1000)[60:]:
        if case.state in ("valid", "expired", "registered_last_year", "fee_unpaid"):
            first, last = case.ticket["valid_from"], case.ticket["valid_until"]
            assert abs((years_later(first, 5) - last).days) <= 1


def test_ids_stay_unique_when_chance_repeats_itself() -> None:
    repeating = iter([bytes(4096), os.urandom(4096)])
    secrets = Secrets(lambda _count: next(repeating))
    assert len({secrets.ticket_id() for _ in range(20)}) == 20
