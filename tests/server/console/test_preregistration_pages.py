"""The desk opens what was begun at a kiosk by its slip, and goes on from there."""

from datetime import date

import pytest

from gate.events import PreregistrationQuery
from server.services import preregistrations, terms
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import Library

DATA = {
    "surname": "Гнатюк-Ґжицька",
    "given_name": "Єва",
    "category": "student",
    "residence": "city",
}


@pytest.fixture
def code(library: Library, clock: Clock) -> str:
    """A queue slip's code."""
    texts = terms.today(library.database, at=clock()).texts
    query = PreregistrationQuery.model_validate(
        {
            "id": "01900000-0000-7000-8000-000000000002", "birth_date": date(2001, 5, 6),
            "consents": {"enrolment": True}, "texts": {one.kind: one.version for one in texts},
            **DATA,
        }
    )  # fmt: skip
    return preregistrations.keep(library.database, query, station="K1", at=clock()).code


@pytest.mark.clause("R2.1", "R2.2")
def test_a_scanned_slip_fills_the_form_and_its_steps_are_done(centre: Desk, code: str) -> None:
    assert "№ 1" in centre.get("/enrolment")
    page = centre.post("/scan", code=code)
    assert "Запис із термінала № 1" in page
    assert 'value="Гнатюк-Ґжицька"' in page
    known = "01900000-0000-7000-8000-000000000002"
    page = centre.post(
        "/enrolment", kind="permanent", birth_date="2001-05-06", preregistration=known, number="1",
        **DATA,
    )  # fmt: skip
    assert "З термінала перенесено: Ознайомлення з Правилами, Згоди." in page
    assert "Гнатюк" not in centre.get("/enrolment").split('id="unfinished"')[0]
    assert "Цей запис уже опрацьовано або стерто." in centre.post("/scan", code=code)


def test_a_fault_in_the_form_does_not_lose_the_slip(centre: Desk, code: str) -> None:
    known = code.removeprefix("LP1:")
    form = {"preregistration": known, "number": "1", "csrf_token": secret_of(centre.client)}
    answer = centre.client.post("/enrolment", data=form)
    assert answer.status_code == 422
    assert f'name="preregistration" value="{known}"' in answer.text


def test_who_leaves_is_erased_by_one_button(centre: Desk, code: str) -> None:
    page = centre.post("/enrolment/kiosk/01900000-0000-7000-8000-000000000002/drop")
    assert "Запис із термінала стерто." in page
    assert "Гнатюк" not in page
