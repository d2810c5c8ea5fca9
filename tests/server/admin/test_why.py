"""Each decision on a screen can be opened: which rule, and which fact."""

import re

import pytest

from gate.reasons import Reason
from server.console.why import RULES
from server.services import settings
from tests.server.console.desk import Desk
from tests.server.console.library import NOON, Library


@pytest.mark.parametrize("reason", Reason)
def test_every_reason_has_its_rule_and_its_fact(reason: Reason) -> None:
    rule, fact = RULES[reason]
    assert fact
    assert rule in {"own", "safety"} or re.fullmatch(r"\d[\d.]*(, \d[\d.]*)*", rule)


@pytest.mark.clause("R4.3.3")
def test_a_refused_reader_s_page_opens_to_the_rule_and_the_fact(
    library: Library, centre: Desk
) -> None:
    opened = centre.get(f"/patrons/{library.banned}").split('class="why')[1].split("</details>")[0]
    assert "пункт 4.3.3, 5.1.10 Правил" in opened
    assert "обмеження відвідування: <b>з 11 листопада" in opened
    assert "<code>banned</code>" in opened


@pytest.mark.clause("R3.1.4")
def test_a_stopped_exit_opens_to_the_rule_and_the_fact(library: Library, centre: Desk) -> None:
    opened = centre.get(f"/exit/{library.visit}").split('class="why')[1].split("</details>")[0]
    assert "пункт 3.1.5, 3.2.8 Правил" in opened
    assert "документи на руках: <b>із залів на руках: 2" in opened


@pytest.mark.clause("R3.2.6")
def test_a_refusal_at_a_department_opens_to_the_rule_and_the_fact(
    library: Library, centre: Desk
) -> None:
    centre.post("/desk/department", department="1")
    centre.scan(library.clean_slip, "desk")
    opened = centre.scan(ROOM_ONLY, "desk").split('class="why')[1].split("</details>")[0]
    assert "пункт 3.2.6 Правил" in opened
    assert "клас документа: <b>лише для залу" in opened
    assert "<code>room_only</code>" in opened


@pytest.mark.clause("R3.1.4")
def test_a_visit_tells_each_decision_with_its_rule_and_what_keeps_it_here(
    library: Library, centre: Desk
) -> None:
    path = f"/visits/{library.visit}"
    page = centre.get(path).split('id="decisions"')[1]
    assert "Рішень про це відвідування не записано." in page
    assert "<code>reading_room_loans_open</code>" in page
    centre.post(f"/exit/{library.visit}")
    page = centre.get(path).split('id="decisions"')[1]
    assert "відмовлено" in page
    assert "Марія Бондар" in page
    centre.post(f"/exit/{library.clean_visit}")
    page = centre.get(f"/visits/{library.clean_visit}").split('id="decisions"')[1]
    assert "дозволено" in page
    assert "Якби виходив зараз" not in page


def opened(page: str) -> str:
    return page.split('class="why')[1].split("</details>", maxsplit=1)[0]


@pytest.mark.clause("R3.1.2")
def test_a_free_way_opens_to_the_facts_that_made_it_free(library: Library, centre: Desk) -> None:
    told = opened(centre.get(f"/patrons/{library.clean_reader}"))
    assert "Усі умови виконано." in told
    assert "квиток: <b>RD-1002 · Постійний, чинний · дійсний 15 січня 2024" in told
    assert "зареєстровано на 2025 рік" in told
    told = opened(centre.get(f"/exit/{library.clean_visit}"))
    assert "документи на руках: <b>із залів на руках: 0" in told


@pytest.mark.clause("R3.2.2")
def test_an_issue_opens_to_how_many_were_out(library: Library, centre: Desk) -> None:
    centre.post("/desk/department", department="2")
    centre.scan(library.slip, "desk")
    told = opened(centre.scan("482000000", "desk"))
    assert "<b>у залах 2 з 10 · удома 1 з 10" in told
    library_act = centre.scan("482000005", "desk")
    assert opened(library_act).count("<b>") == 1, "what was found is kept of the newest act alone"


@pytest.mark.clause("R3.2.3", "R3.2.7", "R3.2.9")
@pytest.mark.scenario("X17")
def test_what_an_act_is_told_by_a_notice_opens_too(library: Library, centre: Desk) -> None:
    told = opened(centre.post(f"/visits/{library.visit}/lost/out", reason="Загубила"))
    assert "пункт 3.1.5, 3.2.8 Правил" in told
    assert "<b>із залів на руках: 2" in told
    told = opened(centre.post(f"/visits/{library.visit}/leave"))
    assert "<code>reading_room_loans_open</code>" in told
    told = opened(centre.post(f"/patrons/{library.banned}/admit", document="passport"))
    assert "пункт 4.3.3, 5.1.10 Правил" in told


def test_a_way_out_of_danger_is_no_met_condition(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        settings.put(session, {"emergency": "fire"}, actor="system", at=NOON)
    told = opened(centre.get(f"/exit/{library.clean_visit}"))
    assert "Безпека понад усе" in told
    assert "Усі умови виконано." not in told


ROOM_ONLY = "482000001"
