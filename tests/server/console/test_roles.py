"""The matrix of routes and roles, cell by cell (threat 14), and what guards every page."""

from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from server.console.guard import HEADERS
from server.console.places import PLACES
from server.console.roles import PUBLIC, ROLES, may
from server.models import Role
from templates.assets import edition
from tests.server.console.desk import Desk
from tests.server.console.library import Library

ROUTES = sorted(ROLES)


def addresses(app: Flask, library: Library, endpoint: str) -> Iterator[tuple[str, str]]:
    """Every method and address of a route, with ids that exist."""
    ids = {
        "alarm_id": str(library.visit), "case_id": str(library.visit),
        "patron_id": str(library.reader), "visit_id": str(library.visit), "document_id": "1",
        "name": "tokens.css", "edition": "any", "subject": "lending", "key": "1", "run_id": "1",
        "loan_id": "1", "number": "1", "request_id": "1", "shift_id": "1",
        "staff_id": "1", "event_id": "reading", "signup_id": "1", "code": "visits_by_day",
        "kind": "overdue", "language": "uk", "table": "patrons",
        "step": "staff",
        "known": "01900000-0000-7000-8000-000000000001",
    }  # fmt: skip
    for rule in app.url_map.iter_rules(endpoint):
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<int:{name}>", ids[name]).replace(f"<uuid:{name}>", ids[name])
            path = path.replace(f"<path:{name}>", ids[name]).replace(f"<{name}>", ids[name])
        yield from ((method, path) for method in (rule.methods or ()) if method in {"GET", "POST"})


def routes(app: Flask) -> set[str]:
    return {rule.endpoint for rule in app.url_map.iter_rules() if rule.endpoint != "static"}


@pytest.mark.threat(14)
def test_every_route_stands_in_the_matrix_or_is_public(app: Flask) -> None:
    assert routes(app) == set(ROLES) | PUBLIC


@pytest.mark.threat(14)
def test_a_route_without_a_line_opens_to_nobody() -> None:
    assert not any(may(role, "console.something_new") for role in Role)


@pytest.mark.threat(14)
@pytest.mark.parametrize("role", Role)
def test_each_role_opens_what_the_matrix_says_and_nothing_else(
    app: Flask, library: Library, desk_of: Callable[[Role], Desk], role: Role
) -> None:
    client = desk_of(role).client
    for endpoint in ROUTES:
        if endpoint == "console.sign_out":
            continue
        for method, path in addresses(app, library, endpoint):
            refused = client.open(path, method=method).status_code == 403
            # A form without its secret is refused as stale (400), once the role may send it.
            assert refused != may(role, endpoint), f"{role}: {method} {path}"


@pytest.mark.threat(14)
def test_nobody_opens_anything_before_signing_in(
    app: Flask, library: Library, anybody: FlaskClient
) -> None:
    for endpoint in ROUTES:
        for method, path in addresses(app, library, endpoint):
            response = anybody.open(path, method=method)
            assert response.status_code in {303, 400}, f"{method} {path}"
            assert response.status_code == 400 or response.location.startswith("/sign-in")


def test_a_guard_sees_the_exit_and_help_alone(desk_of: Callable[[Role], Desk]) -> None:
    guard = desk_of(Role.GUARD)
    assert guard.client.get("/").location == "/exit"
    page = guard.get("/exit")
    shown = {place.endpoint for place in PLACES if f'aria-keyshortcuts="{place.key}"' in page}
    assert shown == {"console.exit", "console.help_page"}


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_place_to_begin(desk_of: Callable[[Role], Desk], role: Role) -> None:
    client = desk_of(role).client
    assert client.get("/", follow_redirects=True).status_code == 200


def test_whoever_may_not_open_patrons_reads_no_full_names(
    library: Library, desk_of: Callable[[Role], Desk]
) -> None:
    department, centre = desk_of(Role.DEPARTMENT), desk_of(Role.SERVICE_CENTRE)
    for path in ("/inside", f"/visits/{library.visit}", "/documents/3"):
        assert "Олена К." in department.get(path)
        assert "Коваленко Олена" not in department.get(path)
        assert "Коваленко Олена" in centre.get(path)


@pytest.mark.threat(15)
def test_a_form_without_its_secret_does_nothing(library: Library, centre: Desk) -> None:
    response = centre.client.post(f"/exit/{library.clean_visit}")
    assert response.status_code == 400
    assert "застаріла" in response.text
    assert "У бібліотеці" in centre.get(f"/visits/{library.clean_visit}")


@pytest.mark.threat(12)
def test_every_page_forbids_what_is_not_its_own(centre: Desk) -> None:
    for path in ("/inside", "/exit", "/nowhere", "/assets/x/tokens.css", "/sign-in"):
        with centre.client.get(path) as response:
            told = {name: response.headers.get(name) for name in HEADERS}
        assert told == dict(HEADERS), path
    assert "unsafe" not in HEADERS["Content-Security-Policy"]


def test_pages_stay_in_no_cache_and_files_do(centre: Desk) -> None:
    assert centre.client.get("/inside").headers["Cache-Control"] == "no-store"
    with centre.client.get(f"/assets/{edition()}/fonts/manrope.ttf") as response:
        assert "immutable" in response.headers["Cache-Control"]
    with centre.client.get("/assets/yesterday/fonts/manrope.ttf") as response:
        assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.threat(13)
@pytest.mark.parametrize("name", ["..%2fwords.py", "../words.py", "nothing.css", "js/"])
def test_only_listed_files_are_served(anybody: FlaskClient, name: str) -> None:
    assert anybody.get(f"/assets/x/{name}").status_code == 404


@pytest.mark.parametrize(
    "path,status", [("/nowhere", 404), ("/patrons/999999", 404), ("/visits/x", 404)]
)
def test_a_wrong_address_is_answered_with_a_page(centre: Desk, path: str, status: int) -> None:
    page = centre.get(path, status)
    assert "Такої сторінки немає" in page
    assert 'href="/"' in page


def test_a_stranger_at_a_wrong_address_learns_nothing(anybody: FlaskClient) -> None:
    response = anybody.get("/nowhere")
    assert response.status_code == 404
    assert "Видача" not in response.text


def test_a_failure_of_ours_is_a_page_in_words(
    app: Flask, centre: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken() -> str:
        raise RuntimeError("out of order")

    app.config["PROPAGATE_EXCEPTIONS"] = False
    monkeypatch.setitem(app.view_functions, "console.help_page", broken)
    page = centre.get("/help", 500)
    assert "Щось зламалося" in page
    assert "out of order" not in page
