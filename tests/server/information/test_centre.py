"""The citizens' information centre through its console (C)."""

from __future__ import annotations

import re
from base64 import b64decode
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import cv2
import numpy as np
import pytest
import zxingcpp
from sqlalchemy import select

from server.console.centre_words import SERVICES
from server.models import (
    Branch,
    Consultation,
    Department,
    DepartmentKind,
    Equipment,
    EResource,
    Indicator,
    Role,
    ServiceCode,
    StockTaking,
    Visit,
    Workplace,
    WorkplaceUse,
)
from server.services import (
    consultations,
    stock_taking,
    visits,
    workplaces,
)
from server.services.reports.catalogue import ReportCode, make
from server.services.workplaces import NotPossible
from tests.server.console.desk import Clock, Desk, secret_of
from tests.server.console.library import NOON, Library
from tests.server.information.computers import by
from tests.server.information.test_centre_plan import MONTH, count


def row(library: Library, model: type, **fields: object) -> int:
    with library.database.writing() as session:
        made = model(**fields)
        session.add(made)
        session.flush()
        key: int = made.id
        return key


def gone(library: Library, at: datetime) -> None:
    """The reader's visit ended."""
    with library.database.writing() as session:
        visit = session.get(Visit, library.visit)
        assert visit is not None
        visits.end(session, visit, at=at, handed_in=True)


def only(library: Library, model: type) -> object:
    with library.database.reading() as session:
        return session.scalars(select(model)).one()


# --- The log ------------------------------------------------------------------------------------


@pytest.mark.clause("C1.5", "C3.1", "C3.1.3")
def test_a_service_begins_with_a_slip_and_is_written_in_two_presses(
    centre_desk: Desk, library: Library
) -> None:
    assert library.slip in centre_desk.scan(library.slip, "centre")
    page = centre_desk.post("/centre/service", service="advice")
    assert "Консультація" in page
    kept = only(library, Consultation)
    assert isinstance(kept, Consultation)
    assert (kept.service, kept.visit_id, kept.minutes) == (ServiceCode.ADVICE, library.visit, 10)


def test_a_service_by_slip_is_a_visit_to_the_centre(centre_desk: Desk, library: Library) -> None:
    with library.database.writing() as session:
        session.add(Department(code="IC", name="Центр", kind=DepartmentKind.INFORMATION))
    centre_desk.scan(library.slip, "centre")
    centre_desk.post("/centre/service", service="advice")
    assert count(library, Indicator.VISITS) == 1


def test_a_slip_scanned_before_its_visit_ended_is_served_no_longer(
    centre_desk: Desk, library: Library
) -> None:
    centre_desk.scan(library.slip, "centre")
    gone(library, NOON)
    assert library.slip not in centre_desk.get("/centre")
    centre_desk.post("/centre/service", service="advice")
    kept = only(library, Consultation)
    assert isinstance(kept, Consultation)
    assert kept.visit_id is None


@pytest.mark.clause("C3.1.1", "C3.1.2", "C3.1.4", "C3.1.6")
@pytest.mark.parametrize("service", ["access", "search", "skills", "branch_advice"])
def test_every_free_service_is_written_down_without_a_slip_too(
    centre_desk: Desk, library: Library, service: str
) -> None:
    centre_desk.post(
        "/centre/service", service=service, topic="social", minutes="25", outcome="referred"
    )
    kept = only(library, Consultation)
    assert isinstance(kept, Consultation)
    assert (kept.service, kept.topic, kept.minutes) == (service, "social", 25)
    assert kept.visit_id is None


@pytest.mark.parametrize("wrong", [{"service": "magic"}, {"service": "advice", "minutes": "0"}])
def test_what_can_not_be_is_not_written(
    centre_desk: Desk, library: Library, wrong: dict[str, str]
) -> None:
    assert "Оберіть послугу" in centre_desk.post("/centre/service", **wrong)
    with library.database.reading() as session:
        assert session.scalars(select(Consultation)).all() == []


def test_one_s_own_entry_is_taken_back_and_another_s_is_not(
    centre_desk: Desk, library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    centre_desk.post("/centre/service", service="advice")
    kept = only(library, Consultation)
    assert isinstance(kept, Consultation)
    other = desk_of(Role.ADMIN)
    assert "вже не можна" in other.post("/centre/strike", kind="service", row=str(kept.id))
    assert "Скасовано" in centre_desk.post("/centre/strike", kind="service", row=str(kept.id))
    table = make(library.database, ReportCode.CENTRE_SERVICES, MONTH)
    assert sum(line[1] for line in table.rows) == 0


@pytest.mark.clause("C2.2b")
def test_what_people_ask_for_and_what_is_missing_is_reported(
    centre_desk: Desk, library: Library
) -> None:
    for missing in ({}, {"missing": "1"}, {"missing": "1"}):
        centre_desk.post("/centre/demand", topic="state", asked="реєстр нерухомості", **missing)
    centre_desk.post("/centre/demand", topic="social", asked="субсидія")
    table = make(library.database, ReportCode.CENTRE_DEMAND, MONTH)
    assert list(table.rows) == [("реєстр нерухомості", "state", 3, 2), ("субсидія", "social", 1, 0)]


@pytest.mark.clause("C4", "C3.1.6")
def test_what_was_advised_to_each_branch_is_reported(centre_desk: Desk, library: Library) -> None:
    with library.database.writing() as session:
        session.add(Branch(code="2", name="Філія на Сихові"))
    for minutes in ("10", "25"):
        centre_desk.post(
            "/centre/service", service="branch_advice", branch_code="2", minutes=minutes
        )  # fmt: skip
    centre_desk.post("/centre/service", service="advice")
    table = make(library.database, ReportCode.CENTRE_BRANCHES, MONTH)
    assert list(table.rows) == [("Філія на Сихові", 2, 35)]


# --- Resources ----------------------------------------------------------------------------------


@pytest.mark.clause("C2.2a", "C3.1.1")
def test_a_link_is_due_after_a_month_and_says_who_looked(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    centre_desk.post(
        "/resources", name="Дія", topic="state", address="https://diia.gov.ua",
        owner="Мінцифри", language="uk", position="1",
    )  # fmt: skip
    assert "ще не перевіряли" in centre_desk.get("/centre")
    resource = only(library, EResource)
    assert isinstance(resource, EResource)
    centre_desk.post("/centre/checked", resource=str(resource.id))
    assert "Усі посилання перевірено" in centre_desk.get("/centre")
    with library.database.reading() as session:
        later = NOON + consultations.CHECKED_EVERY + timedelta(days=1)
        assert [each.name for each in consultations.due_for_check(session, later)] == ["Дія"]


@pytest.mark.parametrize("address", ["http://diia.gov.ua", "javascript:alert(1)", "diia"])
def test_only_guarded_addresses_stand_in_the_catalogue(
    centre_desk: Desk, library: Library, address: str
) -> None:
    form = {
        "name": "Дія", "topic": "state", "address": address, "language": "uk", "position": "1",
    }  # fmt: skip
    answer = centre_desk.client.post(
        "/resources", data=form | {"csrf_token": secret_of(centre_desk.client)}
    )
    assert answer.status_code == 422


@pytest.mark.clause("C7.1")
def test_the_poster_prints_the_catalogue_with_its_codes(
    centre_desk: Desk, library: Library
) -> None:
    row(library, EResource, name="Дія", topic="state", address="https://diia.gov.ua")
    answer = centre_desk.client.get("/centre/poster")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")


@pytest.mark.clause("C7.1", "C3.1")
def test_a_phone_reads_the_codes_of_the_poster_and_every_free_service_stands_on_it(
    centre_desk: Desk, library: Library, printed: list[str]
) -> None:
    row(library, EResource, name="Дія", topic="state", address="https://diia.gov.ua/x?y=1")
    row(library, EResource, name="Старе", topic="state", address="https://old.example",
        retired_at=NOON)  # fmt: skip
    centre_desk.get("/centre/poster")
    (paper,) = printed
    (code,) = re.findall(r'src="data:image/png;base64,([^"]+)"', paper)
    picture = cv2.imdecode(np.frombuffer(b64decode(code), np.uint8), cv2.IMREAD_GRAYSCALE)
    assert [each.text for each in zxingcpp.read_barcodes(picture)] == ["https://diia.gov.ua/x?y=1"]
    for service in ServiceCode:
        assert SERVICES[service] in paper


# --- Workplaces ---------------------------------------------------------------------------------


@pytest.mark.clause("C3.1.1")
def test_somebody_sits_down_by_slip_and_stands_up_at_the_desk(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    place = row(library, Workplace, name="ПК 1")
    centre_desk.scan(library.slip, "workplaces")
    page = centre_desk.post("/workplaces/start", workplace=str(place), minutes="30")
    assert "ще 30 хв" in page
    clock.forward(timedelta(minutes=31))
    assert "час минув" in centre_desk.get("/workplaces")
    use = only(library, WorkplaceUse)
    assert isinstance(use, WorkplaceUse)
    assert "ще" in centre_desk.post("/workplaces/extend", use=str(use.id))
    assert "вільно" in centre_desk.post("/workplaces/end", use=str(use.id))


def test_a_place_is_one_person_s_and_a_person_has_one_place(library: Library) -> None:
    one, two = (row(library, Workplace, name=name) for name in ("ПК 1", "ПК 2"))
    workplaces.start(library.database, one, library.visit, 30, by(library))
    with pytest.raises(NotPossible, match="sits_already"):
        workplaces.start(library.database, two, library.visit, 30, by(library))
    with pytest.raises(NotPossible, match="too_long"):
        workplaces.start(library.database, two, library.visit, 300, by(library))
    with pytest.raises(NotPossible, match="no_visit"):
        workplaces.start(library.database, two, UUID(int=7), 30, by(library))


def test_who_waits_sits_next_and_nobody_is_made_longer_before(
    centre_desk: Desk, library: Library
) -> None:
    place = row(library, Workplace, name="ПК 1")
    centre_desk.scan(library.slip, "workplaces")
    assert "У черзі" in centre_desk.post("/workplaces/wait")
    with pytest.raises(NotPossible, match="sits_already"):
        workplaces.wait(library.database, library.visit, by(library))
    page = centre_desk.post("/workplaces/start", workplace=str(place), visit=str(library.visit))
    assert "Ніхто не чекає" in page


def test_who_went_home_without_standing_up_leaves_the_place_free(
    centre_desk: Desk, library: Library
) -> None:
    place = row(library, Workplace, name="ПК 1")
    workplaces.start(library.database, place, library.visit, 30, by(library))
    gone(library, NOON + timedelta(minutes=5))
    assert "вільно" in centre_desk.get("/workplaces")
    later = by(library, NOON + timedelta(minutes=9))
    workplaces.start(library.database, place, library.clean_visit, 30, later)
    with library.database.reading() as session:
        left = session.scalars(
            select(WorkplaceUse).where(WorkplaceUse.visit_id == library.visit)
        ).one()
    assert left.ended_at == NOON + timedelta(minutes=5), "since they left, not since it was noticed"


# --- Registers ----------------------------------------------------------------------------------


@pytest.mark.clause("C6.1")
@pytest.mark.parametrize(
    "path, form, shown",
    [
        ("/partners", {"name": "ЦНАП", "since": "2025-01-10"}, "ЦНАП"),
        ("/mentions", {"title": "Новий центр", "medium": "Вісті", "on_day": "2025-11-01"}, "Вісті"),
        (
            "/papers",
            {"title": "Положення про центр", "version": "2", "approved_on": "2025-01-01",
             "in_force_from": "2025-02-01"},
            "Положення про центр",
        ),
    ],
)  # fmt: skip
def test_registers_are_kept(centre_desk: Desk, path: str, form: dict[str, str], shown: str) -> None:
    centre_desk.post(path, **form)
    assert shown in centre_desk.get(path)


@pytest.mark.clause("C1.7")
def test_an_older_version_of_a_document_stays_with_the_day_it_was_replaced(
    centre_desk: Desk,
) -> None:
    paper = {"title": "Положення про центр", "approved_on": "2025-01-01"}
    old = {"version": "1", "in_force_from": "2021-09-15", "replaced_on": "2025-03-28"}
    centre_desk.post("/papers", **paper, **old)
    centre_desk.post("/papers", **paper, version="2", in_force_from="2025-03-28")
    told = centre_desk.get("/papers?format=csv").splitlines()
    assert len(told) == 3
    assert sum("28.03.2025" in line or "2025-03-28" in line for line in told) == 2
    centre_desk.post("/papers", **paper, version="3", in_force_from="2025-12-01")
    told = centre_desk.get("/papers?format=csv").splitlines()
    assert [line.split(";")[1] for line in told if line.endswith(";чинний")] == ["2"]
    assert [line.split(";")[1] for line in told if line.endswith(";ще не чинний")] == ["3"]
    assert [line.split(";")[1] for line in told if line.endswith(";замінено")] == ["1"]
    backwards = old | {"replaced_on": "2020-01-01"}
    answer = centre_desk.client.post(
        "/papers", data=paper | backwards | {"csrf_token": secret_of(centre_desk.client)}
    )
    assert answer.status_code == 422, "it is replaced after it came into force"


@pytest.mark.clause("C7.1", "C8.3")
def test_a_count_by_scanner_ends_with_a_sheet_of_differences(
    centre_desk: Desk, library: Library
) -> None:
    for number, state in (("101", "works"), ("102", "works"), ("103", "written_off")):
        row(library, Equipment, inventory_number=number, name=f"Річ {number}", state=state)
    centre_desk.post("/centre/stock-taking/begin")
    taking = only(library, StockTaking)
    assert isinstance(taking, StockTaking)
    for number in ("101", "103", "999", "101"):
        centre_desk.post("/centre/stock-taking/see", taking=str(taking.id), number=number)
    with library.database.reading() as session:
        sheet = stock_taking.sheet(session, taking.id)
    assert [each.inventory_number for each in sheet.seen] == ["101"]
    assert [each.inventory_number for each in sheet.missing] == ["102"]
    assert [each.inventory_number for each in sheet.written_off] == ["103"]
    assert sheet.unknown == ["999"]
    page = centre_desk.post("/centre/stock-taking/end", taking=str(taking.id))
    assert "Річ 102" in page


@pytest.mark.clause("C8.3")
def test_the_sheet_that_was_signed_stays_as_it_was(
    centre_desk: Desk, library: Library, clock: Clock
) -> None:
    for number in ("101", "102"):
        centre_desk.post("/equipment", inventory_number=number, name="Сканер", state="works")
    centre_desk.post("/centre/stock-taking/begin")
    centre_desk.post("/centre/stock-taking/see", taking="1", number="101")
    centre_desk.post("/centre/stock-taking/end", taking="1")
    clock.forward(timedelta(days=30))
    centre_desk.post("/equipment/row/2/retire")
    centre_desk.post("/equipment", inventory_number="103", name="Екран", state="works")
    with library.database.reading() as session:
        sheet = stock_taking.sheet(session, 1)
    assert [each.inventory_number for each in sheet.missing] == ["102"]


def test_nobody_but_the_centre_its_director_and_administrators_works_here(
    desk_of: Callable[[Role], Desk],
) -> None:
    librarian, director = desk_of(Role.DEPARTMENT), desk_of(Role.DIRECTOR)
    for path in ("/centre", "/workplaces", "/centre/plan", "/centre/stock-taking", "/resources"):
        librarian.get(path, 403)
        director.get(path)


@pytest.mark.clause("C8.3")
def test_a_count_that_is_done_is_found_again(centre_desk: Desk, library: Library) -> None:
    row(library, Equipment, inventory_number="101", name="Сканер")
    centre_desk.post("/centre/stock-taking/begin")
    centre_desk.post("/centre/stock-taking/end", taking="1")
    page = centre_desk.get("/centre/stock-taking")
    assert "Попередні інвентаризації" in page
    assert "taking=1" in page
    assert "Сканер" in centre_desk.get("/centre/stock-taking?taking=1")


@pytest.mark.clause("C3.1.1")
def test_who_looked_at_a_link_is_told(centre_desk: Desk, library: Library) -> None:
    key = row(library, EResource, name="Дія", topic="state", address="https://diia.gov.ua")
    assert "Останні перевірки" not in centre_desk.get("/centre")
    page = centre_desk.post("/centre/checked", resource=str(key))
    assert "21 листопада · Марія Бондар" in page
    catalogue = centre_desk.get("/resources?format=csv")
    assert "Перевірено" in catalogue
    assert "Марія Бондар" in catalogue, "the list says it of every link"
