"""Where an emergency goes on, and in which buildings one may begin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from gate.facts import Emergency
from server.console.centre import here, library, signed_in, words
from server.console.reads import name_in
from server.services.settings import LibrarySettings
from templates.words import N_

EVERYWHERE = "*"
OWN = N_("головна будівля")


def places() -> Sequence[str]:
    """Names of the buildings in alarm; one without a name where there is no other building."""
    return [
        name for code, name in buildings().items()
        if house(code or None).emergency is not Emergency.NONE
    ]  # fmt: skip


def buildings() -> Mapping[str, str]:
    """Name by code: the library's own building first, whose code is empty, then its branches."""
    branches = library().branches
    if not branches:
        return {"": ""}
    names = {each.code: name_in(each, words()) for each in branches}
    return {"": words().gettext(OWN), **names}


def house(branch: str | None) -> LibrarySettings:
    """The settings as they hold in a building; None: the library's own."""
    return library().at_branch(branch)


def nearest() -> str:
    """The building an alarm is raised in unless another is chosen.

    Of whom nobody knows where they work: everywhere, since an alarm too many is better than one too
    few.
    """
    person = signed_in()
    if person is None or person.department_code is None:
        return EVERYWHERE
    return here().branch_code or ""
