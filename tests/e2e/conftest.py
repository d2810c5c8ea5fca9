"""A library for each file of tests: it comes up once, and everybody in it is served in turn.

Not one for all files: after an evacuation people are outside who sat at their desks before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page

from demo.programs import wait_until
from demo.records import Records
from demo.stage import ENTRANCE, EXIT, Stage, running
from tests.e2e.paper import Tray
from tests.e2e.people import SOON_S, Door, Staff

DEPARTMENT = "5"
OpenPage = Callable[..., Page]
TicketOf = Callable[[str], str]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Server, entrance and exit as processes of their own, with printers on TCP.

    Stations wait for the server as long as it takes on a busy machine: what they decide without it
    is shown where its cable is cut.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LYSTOK_KIOSK_SERVER__FACTS_DEADLINE_MS", "5000")
        with running(tmp_path_factory.mktemp("library")) as stage:
            yield stage


@pytest.fixture(scope="module")
def ticket_of(stage: Stage) -> TicketOf:
    """The number of a ticket in some state, each handed out once."""
    left = list(stage.tickets)

    def take(state: str) -> str:
        ticket = next(ticket for ticket in left if ticket.state == state)
        left.remove(ticket)
        return ticket.number

    return take


@pytest.fixture
def records(stage: Stage) -> Iterator[Records]:
    """A look into the centre's database."""
    records = Records(stage.folder / "server.toml")
    yield records
    records.close()


@pytest.fixture
def open_page(browser: Browser) -> Iterator[OpenPage]:
    """Opens browsers of their own; an error in a script, or a breach of policy, fails the test."""
    errors: list[str] = []

    def note(said: ConsoleMessage) -> None:
        # A refusal that a test brings about is told as a resource that failed to load.
        if said.type == "error" and not said.text.startswith("Failed to load resource"):
            errors.append(said.text)

    with ExitStack() as down:

        def open_one(*, touch: bool = False) -> Page:
            context = down.enter_context(
                browser.new_context(
                    locale="uk-UA", timezone_id="Europe/Kyiv", has_touch=touch,
                    viewport={"width": 1280, "height": 800}, reduced_motion="reduce",
                )
            )  # fmt: skip
            context.on("weberror", lambda error: errors.append(str(error.error)))
            page = context.new_page()
            page.on("console", note)
            return page

        yield open_one
    assert not errors, f"errors in scripts: {errors}"


@pytest.fixture
def entrance(stage: Stage, open_page: OpenPage) -> Door:
    """The entrance, with nobody before it."""
    return Door(stage.stations[ENTRANCE], open_page(touch=True))


@pytest.fixture
def way_out(stage: Stage, open_page: OpenPage) -> Door:
    """The exit, with nobody before it."""
    return Door(stage.stations[EXIT], open_page(touch=True))


@pytest.fixture
def tray(stage: Stage) -> Tray:
    """What comes out of the printers from now on."""
    return Tray(stage)


@pytest.fixture
def librarian(stage: Stage, records: Records, open_page: OpenPage) -> Staff:
    """Somebody of a department, signed in."""
    login = records.librarian(DEPARTMENT)
    staff = Staff(open_page(), stage.server)
    staff.sign_in(login, stage.password(login))
    return staff


@pytest.fixture
def director(stage: Stage, open_page: OpenPage) -> Staff:
    """The director, who looks at the list of those inside."""
    staff = Staff(open_page(), stage.server)
    secret = next(each.second_factor for each in stage.staff if each.login == "director")
    staff.sign_in("director", stage.password("director"), secret)
    staff.open("/inside")
    return staff


class Decisions:
    """What the stations decided from now on, as the centre knows it."""

    def __init__(self, records: Records) -> None:
        self._records = records
        self._read = {code: len(records.decisions(code)) for code in (ENTRANCE, EXIT)}

    def next_of(self, door: Door) -> tuple[str, list[str]]:
        """Verdict and reason codes of a door's next decision, as soon as the centre has it."""
        code = door.station.code
        at = self._read[code]
        assert wait_until(lambda: len(self._records.decisions(code)) > at, SOON_S)
        self._read[code] += 1
        told = self._records.decisions(code)[at]
        return told["verdict"], told["reasons"]


@pytest.fixture
def decisions(records: Records) -> Decisions:
    return Decisions(records)
