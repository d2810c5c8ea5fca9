"""What can't wait, asked for by every page that lies open on a desk (E33, fault 31)."""

from __future__ import annotations

from flask import render_template

from server.console.blueprint import console
from server.console.centre import centre, now, staff


@console.get("/news")
def news() -> str:
    """Emergencies and alarms of lanes as notices; empty in peace.

    Every open page asks twice a second: in peace nobody reads the database for it.
    """
    person = staff()
    asked = (person.role, person.department_code, person.language)
    return centre().news.get(asked, now(), lambda: render_template("console/news.html"))
