"""Who works at the console in a test: a clock, a desk at Flask's own client, a browser."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from flask.testing import FlaskClient
from playwright.sync_api import Page

from server.console.centre import EXTENSION
from server.models import Role
from tests.server.console.library import NOON, PASSWORD, factor_codes


@dataclass
class Clock:
    """Noon, until a test moves it."""

    at: datetime = field(default=NOON)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, by: timedelta) -> None:
        self.at += by


class Desk:
    """A browser in which somebody signed in: it sends the form's secret along."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def get(self, path: str, status: int = 200) -> str:
        response = self.client.get(path)
        assert response.status_code == status, response.text
        return response.text

    def post(self, path: str, /, **form: str) -> str:
        form["csrf_token"] = secret_of(self.client)
        response = self.client.post(path, data=form, follow_redirects=True)
        assert response.status_code < 400, response.text
        return response.text

    def scan(self, code: str, place: str = "") -> str:
        return self.post("/scan", code=code, **{"from": place})


def token_of(client: FlaskClient) -> str:
    """What the browser holds of its session."""
    cookie = client.get_cookie("lystok_staff")
    assert cookie is not None
    return cookie.value


def secret_of(client: FlaskClient) -> str:
    """The secret that a page puts into its forms."""
    page = client.get("/help", follow_redirects=True).text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


def sign_in(client: FlaskClient, login: str, password: str = PASSWORD) -> int:
    form = {"login": login, "password": password, "csrf_token": secret_of(client)}
    answer = client.post("/sign-in", data=form)
    if answer.status_code == 303 and client.get("/account").location == "/second-factor":
        show_factor(client)
    return answer.status_code


def show_factor(client: FlaskClient) -> None:
    """The second factor: the first of the codes around now that was not used yet."""
    at = client.application.extensions[EXTENSION].clock()
    for code in factor_codes(at):
        form = {"code": code, "csrf_token": secret_of(client)}
        if client.post("/second-factor", data=form).status_code == 303:
            return
    pytest.fail("every code around now was used")


def enter(page: Page, address: str, role: Role, at: datetime = NOON) -> None:
    """Sign in at a browser, with the second factor where one is asked for."""
    page.goto(f"{address}/sign-in")
    page.fill("#login", role.value)
    page.fill("#password", PASSWORD)
    page.click("button.primary")
    page.wait_for_url(lambda url: not url.endswith("/sign-in"))
    for code in factor_codes(at):
        if not page.url.endswith("/second-factor"):
            return
        page.fill("#factor", code)
        with page.expect_navigation():
            page.click("button.primary")
