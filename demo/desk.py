"""A member of staff at the console: signs in, scans, presses the one button of a form."""

from __future__ import annotations

import re
from typing import Final

import requests

_SECRET: Final = re.compile(r'name="csrf_token" value="([^"]+)"')


class Desk:
    """One browser at the console, without a screen."""

    def __init__(self, server: str, login: str, password: str) -> None:
        self._server = server
        self._browser = requests.Session()
        form = self.open("/sign-in")
        page = self._send("/sign-in", form, login=login, password=password)
        if 'action="/sign-out"' not in page:
            raise PermissionError(f"{login} can't sign in")

    def open(self, path: str) -> str:
        """A page as HTML; raises requests.HTTPError."""
        answer = self._browser.get(f"{self._server}{path}", timeout=10)
        answer.raise_for_status()
        return answer.text

    def scan(self, code: str, at: str) -> str:
        """Scan on the page `at` (`desk`, `exit`); answers the page that opens."""
        return self._send("/scan", self.open(f"/{at}"), code=code, **{"from": at})

    def press(self, path: str, page: str, **fields: str) -> str:
        """Send the form at `path` of a page; answers the page that opens."""
        return self._send(path, page, **fields)

    def _send(self, path: str, page: str, **fields: str) -> str:
        secret = _SECRET.search(page)
        if secret is None:
            raise ValueError(f"no form on the page that leads to {path}")
        answer = self._browser.post(
            f"{self._server}{path}",
            data={"csrf_token": secret.group(1), **fields},
            headers={"Referer": f"{self._server}/"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.text
