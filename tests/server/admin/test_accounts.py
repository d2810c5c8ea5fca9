"""Accounts of staff: made, changed, closed, and what a stolen password is worth (threat 15)."""

import re
from collections.abc import Callable
from datetime import timedelta

import pyotp
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.console.sessions import LONGEST
from server.models import RecoveryCode, Role, Staff, StaffSession
from server.services import second_factor
from server.services.by import By
from tests.server.console.desk import Clock, Desk, secret_of, show_factor, sign_in, token_of
from tests.server.console.library import NOON, PASSWORD, Library, factor_codes
from tests.server.desk_library import audited, chance

IDLE = timedelta(hours=1)
FRESH = "нова довга фраза для входу"


@pytest.fixture
def admin(desk_of: Callable[[Role], Desk]) -> Desk:
    return desk_of(Role.ADMIN)


def account(library: Library, login: str) -> Staff:
    with library.database.reading() as session:
        return session.scalars(select(Staff).where(Staff.login == login)).one()


def made(admin: Desk, **form: str) -> str:
    """Make an account; answers its password."""
    told = {"login": "o.kovalenko", "name": "Оксана Коваленко", "role": "department"} | form
    page = admin.post("/staff", **told)
    password: str = re.findall(r"shown-once\">([^<]+)<", page)[1]
    return password


def password_only(client: FlaskClient, login: str, password: str = PASSWORD) -> None:
    """The first step of signing in, and no more."""
    form = {"login": login, "password": password, "csrf_token": secret_of(client)}
    assert client.post("/sign-in", data=form).status_code == 303


def send(client: FlaskClient, path: str, **form: str) -> int:
    form["csrf_token"] = secret_of(client)
    return client.post(path, data=form).status_code


# --- Accounts ----------------------------------------------------------------------------------


def test_a_new_member_of_staff_chooses_a_password_before_anything_opens(
    library: Library, app: Flask, admin: Desk
) -> None:
    password = made(admin, department_code="5")
    client = app.test_client()
    password_only(client, "o.kovalenko", password)
    assert client.get("/desk").location == "/account"
    assert "Цей пароль знає ще хтось" in client.get("/account").text
    form = {"old": password, "new": FRESH, "again": FRESH}
    assert send(client, "/account/password", **form) == 303
    assert client.get("/desk").status_code == 200
    assert account(library, "o.kovalenko").department_code == "5"
    assert len(audited(library, "staff_created")) == 1


def test_a_login_exists_once_and_holds_no_strange_signs(admin: Desk) -> None:
    for login, fault in [("guard", "Такий обліковий запис уже є."), ("о ко", "недозволені знаки")]:
        form = {"login": login, "name": "Хтось", "role": "guard",
                "csrf_token": secret_of(admin.client)}  # fmt: skip
        answer = admin.client.post("/staff", data=form)
        assert answer.status_code == 422
        assert fault in answer.text


@pytest.mark.threat(15)
def test_who_is_closed_is_out_at_once_everywhere(
    library: Library, admin: Desk, desk_of: Callable[[Role], Desk]
) -> None:
    guard, elsewhere = desk_of(Role.GUARD), desk_of(Role.GUARD)
    staff_id = account(library, "guard").id
    admin.post(f"/staff/{staff_id}/active")
    assert guard.client.get("/exit").location == "/sign-in?next=/exit"
    assert elsewhere.client.get("/exit").status_code == 303
    assert sign_in(guard.client, "guard") == 401
    admin.post(f"/staff/{staff_id}/active", back="1")
    assert guard.client.get("/exit").status_code == 303, "an old session comes to life again"
    assert sign_in(guard.client, "guard") == 303


@pytest.mark.threat(14)
def test_a_changed_role_counts_from_the_next_page_on(
    library: Library, admin: Desk, centre: Desk
) -> None:
    staff_id = account(library, "service_centre").id
    admin.post(f"/staff/{staff_id}", name="Марія Бондар", role="guard")
    centre.get("/inside", status=403)
    assert audited(library, "staff_changed")[0].details["after"]["role"] == "guard"


def test_one_administrator_always_stays(library: Library, admin: Desk) -> None:
    own = account(library, "admin").id
    form = {"name": "Хтось", "role": "guard", "csrf_token": secret_of(admin.client)}
    answer = admin.client.post(f"/staff/{own}", data=form)
    assert answer.status_code == 422
    assert "Один адміністратор має лишитися." in answer.text
    admin.post(f"/staff/{own}/active")
    assert account(library, "admin").active


@pytest.mark.threat(15)
def test_a_reset_password_ends_every_session_and_is_changed_at_once(
    library: Library, app: Flask, admin: Desk, centre: Desk
) -> None:
    staff_id = account(library, "service_centre").id
    page = admin.post(f"/staff/{staff_id}/password")
    password = re.findall(r'shown-once">([^<]+)<', page)[1]
    assert centre.client.get("/inside").location.startswith("/sign-in")
    client = app.test_client()
    password_only(client, "service_centre", password)
    assert client.get("/inside").location == "/account"


@pytest.mark.threat(15)
def test_a_session_seen_in_the_list_is_ended_there(
    library: Library, admin: Desk, centre: Desk
) -> None:
    staff_id = account(library, "service_centre").id
    key = re.findall(r'name="session" value="(\w+)"', admin.get(f"/staff/{staff_id}"))[0]
    admin.post(f"/staff/{staff_id}/sessions", session=key)
    assert centre.client.get("/inside").status_code == 303
    assert len(audited(library, "session_revoked")) == 1


@pytest.mark.threat(15)
def test_one_s_own_sessions_elsewhere_are_listed_and_ended(desk_of: Callable[[Role], Desk]) -> None:
    here, there = desk_of(Role.GUARD), desk_of(Role.GUARD)
    page = here.get("/account")
    assert page.count("цей сеанс") == 1
    here.post("/account/sessions", all="1")
    assert there.client.get("/exit").status_code == 303
    here.get("/exit")


def test_the_list_of_staff_filters_and_leaves_as_a_file(admin: Desk) -> None:
    assert "technician" not in admin.get("/staff?q=охорона")
    assert b"technician" in admin.client.get("/staff?format=csv").data


# --- Passwords ---------------------------------------------------------------------------------


@pytest.mark.threat(15)
@pytest.mark.parametrize(
    "form, status, said",
    [
        ({"old": "хибний", "new": FRESH}, 401, "Старий пароль неправильний."),
        ({"new": "короткий"}, 422, "Закоротко"),
        ({"new": "centre service_centre"}, 422, "обліковий"),
        ({"new": "aaaaaaaaaaaa"}, 422, "повторюються"), ({"new": PASSWORD}, 422, "той самий"),
        ({"new": FRESH, "again": "інший"}, 400, "не збігаються"),
    ],
)  # fmt: skip
def test_a_password_that_will_not_do_is_refused_in_words(
    centre: Desk, form: dict[str, str], status: int, said: str
) -> None:
    told = {"old": PASSWORD, "again": form["new"], "csrf_token": secret_of(centre.client)} | form
    answer = centre.client.post("/account/password", data=told)
    assert answer.status_code == status
    assert said in answer.text


@pytest.mark.threat(15)
def test_a_new_password_ends_the_other_sessions_and_opens_alone(
    desk_of: Callable[[Role], Desk], anybody: FlaskClient
) -> None:
    here, there = desk_of(Role.GUARD), desk_of(Role.GUARD)
    here.post("/account/password", old=PASSWORD, new=FRESH, again=FRESH)
    here.get("/exit")
    assert there.client.get("/exit").status_code == 303
    assert sign_in(anybody, "guard") == 401
    assert sign_in(anybody, "guard", FRESH) == 303


@pytest.mark.threat(15)
def test_a_new_password_leaves_the_session_under_a_new_token_and_no_longer(
    app: Flask, desk_of: Callable[[Role], Desk], clock: Clock
) -> None:
    here, thief, begin = desk_of(Role.DIRECTOR), app.test_client(), clock.at
    stolen = token_of(here.client)
    thief.set_cookie("lystok_staff", stolen)
    assert thief.get("/audit").status_code == 200
    while clock.at + IDLE / 2 < begin + LONGEST:
        clock.forward(IDLE / 2)
        here.get("/help")
    here.post("/account/password", old=PASSWORD, new=FRESH, again=FRESH)
    here.get("/audit")
    assert token_of(here.client) != stolen
    thief.set_cookie("lystok_staff", stolen)
    assert thief.get("/audit").location == "/sign-in?next=/audit"
    clock.forward(IDLE / 2)
    assert here.client.get("/help").status_code == 303, "another password makes no longer session"


# --- The second factor -------------------------------------------------------------------------


@pytest.mark.threat(15)
@pytest.mark.parametrize("login", ["admin", "director"])
@pytest.mark.parametrize(
    "path", ["/inside", "/account", "/settings", "/audit", "/help", "/patrons/1", "/staff"]
)
def test_a_stolen_password_of_theirs_opens_nothing(
    anybody: FlaskClient, login: str, path: str
) -> None:
    password_only(anybody, login)
    assert anybody.get(path).location == "/second-factor"
    form = {"old": PASSWORD, "new": FRESH, "again": FRESH}
    anybody.post("/account/password", data=form)
    assert anybody.get(path).location == "/second-factor"


@pytest.mark.threat(15)
def test_a_good_code_opens_under_a_new_token_and_leads_on(anybody: FlaskClient) -> None:
    form = {"login": "director", "password": PASSWORD, "next": "/audit",
            "csrf_token": secret_of(anybody)}  # fmt: skip
    anybody.post("/sign-in", data=form)
    before = anybody.get_cookie("lystok_staff")
    code = {"code": factor_codes(NOON)[1], "csrf_token": secret_of(anybody)}
    assert anybody.post("/second-factor", data=code).location == "/audit"
    after = anybody.get_cookie("lystok_staff")
    assert before is not None
    assert after is not None
    assert before.value != after.value
    other = anybody.application.test_client()
    other.set_cookie("lystok_staff", before.value)
    assert other.get("/second-factor").location == "/sign-in?next=/second-factor"


@pytest.mark.threat(15)
def test_no_code_is_good_twice_and_none_of_yesterday(app: Flask, clock: Clock) -> None:
    one, other = app.test_client(), app.test_client()
    for client in (one, other):
        password_only(client, "director")
    code = factor_codes(NOON)[1]
    assert send(one, "/second-factor", code=code) == 303
    assert send(other, "/second-factor", code=code) == 401
    assert send(other, "/second-factor", code=factor_codes(NOON)[0]) == 401
    clock.forward(timedelta(seconds=90))
    assert send(other, "/second-factor", code=factor_codes(NOON)[2]) == 401
    show_factor(other)


@pytest.mark.threat(15)
def test_guessing_codes_is_stopped(anybody: FlaskClient) -> None:
    password_only(anybody, "director")
    tries = [send(anybody, "/second-factor", code=f"{n:06}") for n in range(11)]
    assert tries == [401] * 10 + [429]


@pytest.mark.threat(15)
def test_who_needs_a_factor_and_has_none_sets_it_up_first(
    library: Library, anybody: FlaskClient
) -> None:
    with library.database.writing() as session:
        person = session.scalars(select(Staff).where(Staff.login == "director")).one()
        person.totp_secret, person.totp_since = None, None
    password_only(anybody, "director")
    assert anybody.get("/inside").location == "/second-factor/set-up"
    page = anybody.get("/second-factor/set-up").text
    assert "<svg" in page
    drawn = account(library, "director").totp_secret
    assert anybody.get("/second-factor/set-up").text.count((drawn or "")[:4]) >= 1
    assert send(anybody, "/second-factor/set-up", code="000000") == 401
    code = code_of(drawn or "", NOON.timestamp())
    form = {"code": code, "csrf_token": secret_of(anybody)}
    page = anybody.post("/second-factor/set-up", data=form).text
    codes = re.findall(r"<code>([0-9a-f-]+)</code>", page)
    assert len(set(codes)) == 10
    assert anybody.get("/inside").status_code == 200


def code_of(secret: str, at: float) -> str:
    return pyotp.TOTP(secret).at(int(at))


@pytest.mark.threat(15)
def test_a_recovery_code_opens_once(library: Library, app: Flask) -> None:
    person = account(library, "director")
    by = By(staff_id=person.id, at=NOON)
    codes = second_factor.new_recovery_codes(library.database, person.id, by, chance)
    one, other = app.test_client(), app.test_client()
    for client in (one, other):
        password_only(client, "director")
    assert send(one, "/second-factor", code=codes[0].upper()) == 303
    assert send(other, "/second-factor", code=codes[0]) == 401
    assert len(audited(library, "recovery_code_used")) == 1
    with library.database.reading() as session:
        kept = session.scalars(select(RecoveryCode.code_hash)).all()
    assert not set(kept) & set(codes)


@pytest.mark.threat(15)
def test_new_recovery_codes_make_the_old_ones_worthless(
    library: Library, app: Flask, desk_of: Callable[[Role], Desk]
) -> None:
    director = desk_of(Role.DIRECTOR)
    old = re.findall(r"<code>([0-9a-f-]+)</code>", director.post("/account/recovery-codes"))
    director.post("/account/recovery-codes")
    client = app.test_client()
    password_only(client, "director")
    assert send(client, "/second-factor", code=old[0]) == 401


@pytest.mark.threat(15)
def test_after_a_lost_phone_an_administrator_lets_it_be_set_up_anew(
    library: Library, admin: Desk, app: Flask, desk_of: Callable[[Role], Desk]
) -> None:
    director = desk_of(Role.DIRECTOR)
    admin.post(f"/staff/{account(library, 'director').id}/factor")
    assert director.client.get("/inside").status_code == 303
    client = app.test_client()
    password_only(client, "director")
    assert client.get("/inside").location == "/second-factor/set-up"


@pytest.mark.threat(15)
def test_who_has_a_factor_by_choice_shows_it_too(
    library: Library, centre: Desk, app: Flask
) -> None:
    centre.get("/second-factor/set-up")
    secret = account(library, "service_centre").totp_secret or ""
    code = code_of(secret, NOON.timestamp())
    assert send(centre.client, "/second-factor/set-up", code=code) == 200
    centre.get("/inside")
    client = app.test_client()
    password_only(client, "service_centre")
    assert client.get("/inside").location == "/second-factor"


@pytest.mark.threat(15)
def test_a_session_from_before_a_promotion_shows_the_factor_first(
    library: Library, admin: Desk, centre: Desk
) -> None:
    staff_id = account(library, "service_centre").id
    admin.post(f"/staff/{staff_id}", name="Марія Бондар", role="director")
    assert centre.client.get("/audit").location == "/second-factor/set-up"
    with library.database.reading() as session:
        assert session.scalars(select(StaffSession).where(StaffSession.staff_id == staff_id)).all()
