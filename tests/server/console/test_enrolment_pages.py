"""The Service Centre enrols a reader and looks after tickets, by the pages."""

import io
import re
from collections.abc import Callable
from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from markupsafe import escape
from PIL import Image
from playwright.sync_api import Page, expect
from sqlalchemy import select

from gate.facts import TicketState
from server.models import Credential, Enrolment, Patron, Payment, Role, Ticket
from tests.server.console.desk import Clock, Desk, secret_of, sign_in
from tests.server.console.library import NASTY, Library
from tests.server.console.test_browser import RULES

READER = {
    "kind": "permanent", "category": "student", "surname": "Мар'яненко", "given_name": "Зоя",
    "birth_date": "2004-02-29", "residence": "city", "phone": "050 111 22 33",
}  # fmt: skip


def begin(centre: Desk, library: Library, **other: str) -> str:
    """Start an enrolment; answers the address of its page."""
    page = centre.post("/enrolment", **{**READER, **other})
    assert "Запис" in page
    with library.database.reading() as session:
        return f"/patrons/{max(session.scalars(select(Enrolment.patron_id)))}"


def finish(centre: Desk, person: str) -> str:
    steps = f"{person}/enrolment"
    centre.post(steps, step="document", document="id_card")
    centre.post(steps, step="texts")
    centre.post(
        steps, step="consents",
        **{"consent-enrolment": "yes", "consent-photo": "yes", "consent-notices": "no"},
    )  # fmt: skip
    centre.post(steps, step="payment", method="terminal", receipt="88-1")
    return centre.post(steps, step="ticket")


def tickets_of(library: Library, patron_id: int) -> list[Ticket]:
    with library.database.reading() as session:
        query = select(Ticket).where(Ticket.patron_id == patron_id).order_by(Ticket.issued_at)
        return list(session.scalars(query))


@pytest.mark.clause("R2.1", "R2.2")
def test_a_reader_is_enrolled_from_the_first_word_to_the_ticket(
    centre: Desk, library: Library
) -> None:
    person = begin(centre, library)
    page = centre.get(f"{person}/enrolment")
    assert "Мар’яненко Зоя" in page
    assert "Ще потрібно" in page
    assert "версія 2023-07-31" in page
    page = finish(centre, person)
    assert "Квиток видано." in page
    assert re.search(r'class="ticket-number">\d{8}<', page)
    centre.get(f"{person}/enrolment", 404)


@pytest.mark.clause("R2.2")
def test_done_steps_say_who_and_when(centre: Desk, library: Library) -> None:
    person = begin(centre, library)
    page = centre.post(f"{person}/enrolment", step="document", document="passport")
    assert page.count("Марія Бондар</span>") >= 2
    assert "12:00" in page


@pytest.mark.clause("R2.2")
def test_what_is_wrong_is_said_beside_its_field_and_nothing_is_lost(centre: Desk) -> None:
    form = {**READER, "surname": "<b>", "csrf_token": secret_of(centre.client)}
    response = centre.client.post("/enrolment", data=form)
    assert response.status_code == 422
    assert "Лише літери, апостроф і дефіс." in response.text
    assert 'value="&lt;b&gt;"' in response.text
    assert 'value="Зоя"' in response.text


@pytest.mark.clause("R1.4")
def test_the_page_asks_a_child_s_parents(centre: Desk, library: Library) -> None:
    person = begin(centre, library, birth_date="2014-01-01")
    assert "Згода батьків" in centre.get(f"{person}/enrolment")
    page = finish(centre, person)
    assert "Спершу: Згода батьків." in page
    centre.post(f"{person}/enrolment", step="guardian", guarantor="parent", name="Мар’яненко Ія")
    assert "Квиток видано." in centre.post(f"{person}/enrolment", step="ticket")


@pytest.mark.clause("R1.8")
def test_the_page_asks_an_organisation_s_reader_for_the_agreement(
    centre: Desk, library: Library
) -> None:
    person = begin(centre, library, category="organisation")
    assert "Угода з організацією" in centre.get(f"{person}/enrolment")
    page = centre.post(
        f"{person}/enrolment", step="agreement", organisation="Музей", number="1",
        until="2020-01-01",
    )  # fmt: skip
    assert "Угода вже закінчилася." in page


@pytest.mark.clause("R2.5.1")
def test_the_fee_falls_when_the_certificate_is_seen(centre: Desk, library: Library) -> None:
    person = begin(centre, library)
    assert "50,00" in centre.get(f"{person}/enrolment")
    page = centre.post(f"{person}/enrolment", step="certificate")
    assert "25,00" in page
    assert "пільгова плата" in page


def test_an_enrolment_waits_in_the_list_until_it_ends(centre: Desk, library: Library) -> None:
    person = begin(centre, library)
    assert "Мар’яненко Зоя" in centre.get("/enrolment")
    centre.post(f"{person}/enrolment", step="abandon")
    assert "Мар’яненко" not in centre.get("/enrolment")
    with library.database.reading() as session:
        assert session.scalar(select(Patron).where(Patron.given_name == "Зоя")) is None


@pytest.mark.clause("R2.6")
def test_the_desk_registers_anew_with_every_loan_shown(
    centre: Desk, library: Library, clock: Clock
) -> None:
    clock.forward(timedelta(days=45))
    centre.client = centre.client.application.test_client()
    assert sign_in(centre.client, Role.SERVICE_CENTRE.value) == 303
    page = centre.get(f"/patrons/{library.reader}/ticket")
    assert "Перереєстрація на 2026 рік" in page
    loans = re.findall(r'name="loan" value="(\d+)"', page)
    assert len(loans) == 3
    form = {
        "act": "register", "ticket": tickets_of(library, library.reader)[0].id,
        "document": "passport", "method": "cash_desk", "receipt": "5",
    }  # fmt: skip
    assert "Не показано 3 документ" in centre.post(f"/patrons/{library.reader}/ticket", **form)
    form["csrf_token"] = secret_of(centre.client)
    done = centre.client.post(
        f"/patrons/{library.reader}/ticket", data={**form, "loan": loans}, follow_redirects=True
    )
    assert "Квиток перереєстровано." in done.text
    assert tickets_of(library, library.reader)[0].registered_for == 2026


@pytest.mark.clause("R2.3.1")
@pytest.mark.scenario("E11", "E12")
def test_a_duplicate_by_the_page(centre: Desk, library: Library) -> None:
    (old,) = tickets_of(library, library.clean_reader)
    page = centre.post(
        f"/patrons/{library.clean_reader}/ticket", act="duplicate", ticket=old.id, why="lost"
    )
    assert "Дублікат видано." in page
    states = [ticket.state for ticket in tickets_of(library, library.clean_reader)]
    assert sorted(states) == [TicketState.ACTIVE, TicketState.REPLACED]
    assert f"квиток {old.number}: замінений" in centre.scan(old.number)
    (new,) = (each for each in tickets_of(library, library.clean_reader) if each.id != old.id)
    assert "Скановано квиток" not in centre.scan(new.number)


@pytest.mark.threat(14)
def test_the_ticket_of_another_reader_is_left_alone(centre: Desk, library: Library) -> None:
    (other,) = tickets_of(library, library.reader)
    form = {"act": "lost", "ticket": other.id, "csrf_token": secret_of(centre.client)}
    response = centre.client.post(f"/patrons/{library.clean_reader}/ticket", data=form)
    assert response.status_code == 404
    assert tickets_of(library, library.reader)[0].state is TicketState.ACTIVE


def test_a_cancelling_is_confirmed_with_the_number(centre: Desk, library: Library) -> None:
    (ticket,) = tickets_of(library, library.clean_reader)
    address = f"/patrons/{library.clean_reader}/ticket"
    form = {"act": "cancel", "ticket": ticket.id, "reason": "wish"}
    assert "Введіть номер квитка" in centre.post(address, **form, number="0")
    assert "Квиток скасовано." in centre.post(address, **form, number=ticket.number)


@pytest.mark.threat(6)
def test_a_phone_is_no_card(centre: Desk, library: Library) -> None:
    (ticket,) = tickets_of(library, library.clean_reader)
    address = f"/patrons/{library.clean_reader}/ticket"
    form = {"act": "link", "ticket": ticket.id, "kind": "card"}
    assert "Візьміть картку" in centre.post(address, **form, value="08 11 22 33")
    page = centre.post(address, **form, value="04:11:22:33:44:55:66")
    assert "04112233445566" in page
    with library.database.reading() as session:
        linked = session.scalars(select(Credential.id).where(Credential.value.like("0411%"))).one()
    page = centre.post(address, act="unlink", ticket=ticket.id, credential=str(linked))
    assert "04112233445566" not in page


@pytest.mark.clause("R2.3.1")
def test_changed_data_are_kept_by_the_page(centre: Desk, library: Library) -> None:
    page = centre.get(f"/patrons/{library.reader}/data")
    assert 'value="Коваленко"' in page
    form = {**READER, "surname": "Петренко", "given_name": "Олена"}
    assert "Зміни записано." in centre.post(f"/patrons/{library.reader}/data", **form)
    assert "Петренко Олена" in centre.get(f"/patrons/{library.reader}")


def jpeg() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (900, 1200), "#876").save(data, "JPEG")
    return data.getvalue()


def send_photo(desk: Desk, person: str, data: bytes) -> str:
    form = {"photo": (io.BytesIO(data), "../me.jpg"), "csrf_token": secret_of(desk.client)}
    return desk.client.post(f"{person}/photo", data=form, follow_redirects=True).text


@pytest.mark.threat(13, 14)
def test_a_photo_needs_its_consent_and_is_seen_by_few(
    centre: Desk, library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    person = begin(centre, library)
    assert "не дав згоди" in send_photo(centre, person, jpeg())
    finish(centre, person)
    assert "Це не фото" in send_photo(centre, person, b"<svg onload=alert(1)>")
    assert "Фото збережено." in send_photo(centre, person, jpeg())
    answer = centre.client.get(f"{person}/photo")
    assert (answer.mimetype, answer.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    assert f"{person}/photo" in centre.get(person)
    for role in (Role.GUARD, Role.DEPARTMENT, Role.TECHNICIAN, Role.INFORMATION_CENTRE):
        assert desk_of(role).client.get(f"{person}/photo").status_code == 403


@pytest.mark.threat(13)
def test_a_file_beyond_all_measure_is_cut_off(centre: Desk, library: Library) -> None:
    person = begin(centre, library)
    for page, size in (("photo", 10_000_000), ("enrolment", 100_000)):
        answer = centre.client.post(
            f"{person}/{page}", data=bytes(size), content_type="multipart/form-data; boundary=x"
        )
        assert answer.status_code == 413


@pytest.mark.threat(12)
def test_a_name_stays_a_name_on_every_page(centre: Desk, library: Library) -> None:
    for part in ("ticket", "data", "record", "case", "rights", "notices"):
        page = centre.get(f"/patrons/{library.nasty}/{part}")
        assert NASTY not in page
        assert str(escape(NASTY)) in page


def test_axe_finds_nothing_and_nothing_is_too_wide(
    console: Page, address: str, library: Library
) -> None:
    console.goto(f"{address}/enrolment/new")
    fill(console, "2014-01-01")
    places = [
        console.url, f"{address}/enrolment", f"{address}/enrolment/new",
        f"{address}/patrons/{library.reader}/ticket", f"{address}/patrons/{library.reader}/data",
    ]  # fmt: skip
    for scheme in ("light", "dark"):
        console.emulate_media(color_scheme=scheme)
        for place in places:
            console.goto(place)
            found = Axe().run(console, options=RULES)
            assert found.violations_count == 0, f"{place}\n{found.generate_report()}"
    console.set_viewport_size({"width": 320, "height": 640})
    for place in places:
        console.goto(place)
        wider = console.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert wider <= 0, place


def fill(console: Page, born: str) -> None:
    console.get_by_label("Прізвище", exact=True).fill("Ґалаґан")
    console.get_by_label("Ім’я", exact=True).fill("Їжак")
    console.get_by_label("Дата народження").fill(born)
    console.keyboard.press("Enter")
    console.wait_for_url("**/enrolment")


@pytest.mark.clause("R2.2")
def test_the_whole_enrolment_is_done_by_keyboard(console: Page, address: str) -> None:
    console.goto(f"{address}/enrolment/new")
    fill(console, "1990-01-01")
    for name in ("Документ бачу", "Читач ознайомився"):
        console.get_by_role("button", name=name).press("Enter")
        expect(console.get_by_role("button", name=name)).to_have_count(0)
    for answer in console.get_by_label("Так", exact=True).all():
        answer.check()
    console.get_by_role("button", name="Записати відповіді").press("Enter")
    expect(console.get_by_role("button", name="Додати фото")).to_be_visible()
    console.get_by_label("Номер квитанції").fill("77")
    console.keyboard.press("Enter")
    expect(console.locator(".notice-grant")).to_contain_text("Оплату")
    console.get_by_label("Файл із фото 3×4").set_input_files(
        {"name": "me.jpg", "mimeType": "image/jpeg", "buffer": jpeg()}
    )
    console.get_by_role("button", name="Зберегти фото").press("Enter")
    expect(console.locator(".portrait-photo")).to_be_visible()
    console.get_by_role("button", name="Видати квиток").press("Enter")
    console.wait_for_url("**/ticket")
    expect(console.locator(".notice-grant")).to_contain_text("Квиток видано.")


@pytest.mark.clause("R2.2")
@pytest.mark.parametrize(
    "form",
    [
        {"step": "document", "document": "passport"},
        {"step": "texts"},
        {"step": "payment", "method": "terminal", "receipt": "A-1"},
    ],
)
def test_a_step_that_was_a_mistake_is_taken_back_and_asked_for_again(
    centre: Desk, library: Library, form: dict[str, str]
) -> None:
    person = begin(centre, library)
    asked = f'name="step" value="{form["step"]}"'
    assert asked not in centre.post(f"{person}/enrolment", **form)
    assert asked in centre.post(f"{person}/enrolment", step="undo", which=form["step"])
    with library.database.reading() as session:
        assert session.query(Payment).all() == []
    form["csrf_token"] = secret_of(centre.client)
    again = centre.client.post(
        f"{person}/enrolment", data={**form, "step": "undo", "which": "data"}
    )
    assert again.status_code == 400
