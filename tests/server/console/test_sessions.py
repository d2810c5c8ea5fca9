"""Sign-in and sessions (threat 15)."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from server.console import sessions
from server.console.sessions import LONGEST
from server.models import AuditRecord, Role, Staff, StaffSession
from server.services import passwords
from tests.server.console.desk import Clock, Desk, secret_of, sign_in, token_of
from tests.server.console.library import NOON, PASSWORD, Library

IDLE = timedelta(hours=1)


def test_the_right_password_opens_the_console(anybody: FlaskClient) -> None:
    assert sign_in(anybody, "admin") == 303
    assert anybody.get("/inside").status_code == 200


@pytest.mark.parametrize("login,password", [("admin", "x"), ("nobody", PASSWORD), ("", "")])
def test_anything_else_is_refused_in_the_same_words(
    anybody: FlaskClient, login: str, password: str
) -> None:
    form = {"login": login, "password": password, "csrf_token": secret_of(anybody)}
    response = anybody.post("/sign-in", data=form)
    assert response.status_code == 401
    assert "не збігаються" in response.text


def test_an_account_that_was_closed_signs_in_no_more(
    library: Library, anybody: FlaskClient
) -> None:
    with library.database.writing() as session:
        session.scalars(select(Staff).where(Staff.login == "admin")).one().active = False
    assert sign_in(anybody, "admin") == 401


@pytest.mark.threat(15)
@pytest.mark.parametrize("login", ["admin", "nobody"])
def test_an_unknown_login_is_checked_as_long_as_a_known_one(
    anybody: FlaskClient, login: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Time tells nobody who works here: one hash of the same kind is gone through either way."""
    checked: list[str] = []

    def fits(password_hash: str, password: str) -> bool:
        checked.append(password_hash)
        return genuine(password_hash, password)

    genuine = passwords.fits
    monkeypatch.setattr(passwords, "fits", fits)
    assert sign_in(anybody, login, "a wrong password") == 401
    (kept,) = checked
    assert kept.startswith("$argon2id$v=19$m=19456,t=2,p=1$")


@pytest.mark.threat(15)
def test_a_token_planted_before_sign_in_is_worth_nothing(anybody: FlaskClient) -> None:
    anybody.set_cookie("lystok_staff", "planted")
    sign_in(anybody, "admin")
    assert token_of(anybody) != "planted"
    other = anybody.application.test_client()
    other.set_cookie("lystok_staff", "planted")
    assert other.get("/inside").status_code == 303


@pytest.mark.threat(15)
def test_signing_in_again_ends_the_session_before(anybody: FlaskClient) -> None:
    sign_in(anybody, "admin")
    before = token_of(anybody)
    sign_in(anybody, "director")
    assert token_of(anybody) != before
    anybody.set_cookie("lystok_staff", before)
    assert anybody.get("/help").status_code == 303


@pytest.mark.threat(15)
def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(anybody: FlaskClient) -> None:
    form = {"login": "admin", "password": PASSWORD, "csrf_token": secret_of(anybody)}
    cookies = anybody.post("/sign-in", data=form).headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("lystok_staff="))
    assert "HttpOnly" in session
    assert "SameSite=Strict" in session


@pytest.mark.threat(15)
def test_over_tls_the_cookie_is_bound_to_this_host(library: Library) -> None:
    app = Flask("centre")
    app.secret_key = "for tests alone"
    from server.console import register  # noqa: PLC0415 - a second application, of its own

    register(app, library.database, secure_cookie=True, clock=Clock())
    client = app.test_client()
    page = client.get("https://localhost/sign-in").text
    secret = page.split('name="csrf_token" value="')[1].split('"')[0]
    response = client.post(
        "https://localhost/sign-in",
        data={"login": "guard", "password": PASSWORD, "csrf_token": secret},
        headers={"Referer": "https://localhost/sign-in"},
    )
    cookies = response.headers.getlist("Set-Cookie")
    session = next(cookie for cookie in cookies if cookie.startswith("__Host-lystok="))
    assert "Path=/" in session
    page = client.get("https://localhost/account").text
    secret = page.split('name="csrf_token" value="')[1].split('"')[0]
    chosen = client.post(
        "https://localhost/preferences",
        data={"language": "en", "theme": "dark", "csrf_token": secret},
        headers={"Referer": "https://localhost/sign-in"},
    )
    cookies += chosen.headers.getlist("Set-Cookie")
    names = {cookie.partition("=")[0] for cookie in cookies}
    assert names == {"__Host-lystok", "lystok_form", "language", "theme"}
    for cookie in cookies:
        assert {"Secure", "HttpOnly"} <= set(cookie.split("; ")), cookie
        assert "SameSite=" in cookie


@pytest.mark.threat(15)
def test_the_database_holds_no_token_that_would_open_anything(
    library: Library, anybody: FlaskClient
) -> None:
    sign_in(anybody, "admin")
    with library.database.reading() as session:
        hashes = session.scalars(select(StaffSession.token_hash)).all()
    assert hashes
    assert token_of(anybody) not in hashes


@pytest.mark.threat(15)
def test_signing_out_ends_the_session_on_the_server_too(centre: Desk) -> None:
    token = token_of(centre.client)
    centre.post("/sign-out")
    centre.client.set_cookie("lystok_staff", token)
    assert centre.client.get("/inside").status_code == 303


@pytest.mark.threat(15)
def test_revoking_ends_every_session_of_a_person_at_once(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    one, other = desk_of(Role.GUARD), desk_of(Role.GUARD)
    with library.database.reading() as session:
        staff_id = session.scalars(select(Staff.id).where(Staff.login == "guard")).one()
    sessions.end_all(library.database, staff_id, actor="staff:1", at=NOON)
    assert one.client.get("/exit").status_code == 303
    assert other.client.get("/exit").status_code == 303


@pytest.mark.threat(15)
def test_the_session_of_a_leaver_ends_at_once(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        session.scalars(select(Staff).where(Staff.login == "service_centre")).one().active = False
    assert centre.client.get("/inside").status_code == 303


@pytest.mark.threat(14)
def test_a_role_taken_away_is_gone_at_the_next_page(library: Library, centre: Desk) -> None:
    with library.database.writing() as session:
        account = session.scalars(select(Staff).where(Staff.login == "service_centre")).one()
        account.role = Role.GUARD
    assert centre.client.get("/inside").status_code == 403


@pytest.mark.threat(15)
def test_a_session_ends_when_nobody_works(centre: Desk, clock: Clock) -> None:
    clock.forward(IDLE - timedelta(minutes=1))
    centre.get("/inside")
    clock.forward(IDLE - timedelta(minutes=1))
    centre.get("/inside")
    clock.forward(IDLE)
    assert centre.client.get("/inside").status_code == 303


def test_a_page_that_refreshes_itself_keeps_nobody_signed_in(centre: Desk, clock: Clock) -> None:
    clock.forward(IDLE - timedelta(minutes=1))
    assert centre.client.get("/inside", headers={"X-Live": "1"}).status_code == 200
    clock.forward(timedelta(minutes=2))
    assert centre.client.get("/inside").status_code == 303


@pytest.mark.threat(15)
def test_a_session_ends_after_a_working_day_at_the_latest(centre: Desk, clock: Clock) -> None:
    begin = clock.at
    while clock.at + IDLE / 2 < begin + LONGEST:
        clock.forward(IDLE / 2)
        centre.get("/help")
    clock.forward(IDLE / 2)
    assert centre.client.get("/help").status_code == 303


@pytest.mark.threat(15)
def test_guessing_passwords_is_stopped(anybody: FlaskClient) -> None:
    tries = [sign_in(anybody, "admin", f"guess {n}") for n in range(11)]
    assert tries == [401] * 10 + [429]


def test_a_whole_shift_may_sign_in_through_one_address(app: Flask) -> None:
    assert [sign_in(app.test_client(), "guard") for _ in range(12)] == [303] * 12


@pytest.mark.threat(15)
def test_guessing_one_account_from_many_addresses_is_stopped(app: Flask) -> None:
    answers = []
    for n in range(11):
        client = app.test_client()
        form = {"login": "admin", "password": "guess", "csrf_token": secret_of(client)}
        place = {"REMOTE_ADDR": f"10.0.0.{n}"}
        answers.append(client.post("/sign-in", data=form, environ_base=place).status_code)
    assert answers == [401] * 10 + [429]


def test_sign_ins_and_refusals_stand_in_the_audit_log(
    library: Library, anybody: FlaskClient
) -> None:
    sign_in(anybody, "guard", "wrong")
    sign_in(anybody, "guard")
    with library.database.reading() as session:
        actions = session.scalars(select(AuditRecord.action)).all()
    assert list(actions) == ["sign_in_refused", "signed_in"]


@pytest.mark.parametrize(
    "after",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/\t/evil.example",
        "/\t\\evil.example",
        "javascript:alert(1)",
        "",
    ],
)
def test_signing_in_never_leads_elsewhere(anybody: FlaskClient, after: str) -> None:
    form = {
        "login": "admin", "password": PASSWORD, "next": after, "csrf_token": secret_of(anybody)
    }  # fmt: skip
    assert anybody.post("/sign-in", data=form).location == "/"


def test_signing_in_leads_to_the_page_that_was_asked_for(anybody: FlaskClient) -> None:
    assert anybody.get("/events").location == "/sign-in?next=/events"
    form = {
        "login": "admin", "password": PASSWORD, "next": "/events",
        "csrf_token": secret_of(anybody),
    }  # fmt: skip
    assert anybody.post("/sign-in", data=form).location == "/events"


def test_the_language_stays_with_the_account(centre: Desk, anybody: FlaskClient) -> None:
    assert "Who is inside" in centre.post("/preferences", language="en", back="/inside")
    sign_in(anybody, "service_centre")
    assert 'lang="en"' in anybody.get("/inside").text


def test_dark_and_light_stay_with_the_browser(anybody: FlaskClient) -> None:
    form = {"theme": "dark", "back": "/sign-in", "csrf_token": secret_of(anybody)}
    assert (
        'data-theme="dark"' in anybody.post("/preferences", data=form, follow_redirects=True).text
    )
