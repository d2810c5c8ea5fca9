"""Each decision on a screen can be opened: which rule, and which fact."""

import re

import pytest

from gate.reasons import Reason
from server.console.why import RULES
from tests.server.console.desk import Desk
from tests.server.console.library import Library


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
    assert "обмеження відвідування" in opened
    assert "<code>banned</code>" in opened


@pytest.mark.clause("R3.1.4")
def test_a_stopped_exit_opens_to_the_rule_and_the_fact(library: Library, centre: Desk) -> None:
    opened = centre.get(f"/exit/{library.visit}").split('class="why')[1].split("</details>")[0]
    assert "пункт 3.1.5, 3.2.8 Правил" in opened
    assert "документи на руках" in opened


@pytest.mark.clause("R3.2.6")
def test_a_refusal_at_a_department_opens_to_the_rule_and_the_fact(
    library: Library, centre: Desk
) -> None:
    centre.post("/desk/department", department="1")
    centre.scan(library.clean_slip, "desk")
    opened = centre.scan(ROOM_ONLY, "desk").split('class="why')[1].split("</details>")[0]
    assert "пункт 3.2.6 Правил" in opened
    assert "клас документа" in opened
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


ROOM_ONLY = "482000001"
