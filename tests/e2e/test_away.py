"""The server out of reach, while people come in and when a station begins."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from os import urandom

import pytest
from playwright.sync_api import expect

from demo.handles import Handle
from demo.programs import Program, answers, free_ports
from demo.stage import ENTRANCE, Stage, Station, command
from demo.wire import Wire
from server.config import load
from server.database import open_database
from server.models import StationRole
from server.services import stations
from tests.e2e import kiosk_file
from tests.e2e.conftest import Decisions, OpenPage, TicketOf
from tests.e2e.paper import Tray
from tests.e2e.people import SOON_MS, SOON_S, Door, Staff, anybody_can_use

LATE = "K2"


def test_a_cut_cable_keeps_nobody_out_and_the_centre_hears_of_it_later(
    stage: Stage,
    ticket_of: TicketOf,
    entrance: Door,
    director: Staff,
    tray: Tray,
    decisions: Decisions,
) -> None:
    wire = stage.stations[ENTRANCE].wire
    wire.cut()
    try:
        entrance.show(stage.ticket_picture(ticket_of("valid")), "greeting")
        slip = tray.take()
        assert slip.says("офлайн")
        entrance.walk("in")
        director.finds_gone(slip.number)
    finally:
        wire.mend()
    assert decisions.next_of(entrance) == ("grant", ["offline"])
    visit = director.finds_inside(slip.number)
    director.open("/audit")
    expect(director.sees_audited("entry_decided", visit)).to_contain_text("Офлайн")


@pytest.fixture
def started_alone(stage: Stage) -> Iterator[Station]:
    """A new entrance, paired, that was started while its server was out of reach."""
    with ExitStack() as down:
        wire = down.enter_context(Wire(int(stage.server.rpartition(":")[2])))
        page, camera, lane = free_ports(3)
        slips = stage.folder / "slips" / LATE
        slips.mkdir()
        config = kiosk_file.write(
            stage.folder / f"{LATE}.toml", LATE, server=wire.port, page=page, camera=camera,
            slips=slips, lane={"driver": "simulator", "control_port": lane},
        )  # fmt: skip
        command("--config", config, "kiosk", "pair", pairing_code(stage))
        wire.cut()
        log = stage.folder / "logs" / f"{LATE}.log"
        program = Program(LATE, ["lystok", "kiosk", "run", "--config", str(config)], log)
        down.callback(program.stop)
        url = f"http://127.0.0.1:{page}/"
        program.wait_for(partial(answers, url), SOON_S)
        yield Station(
            code=LATE, page=url, wire=wire, camera=Handle(camera), lane=Handle(lane),
            cards=stage.stations[ENTRANCE].cards, printer=stage.stations[ENTRANCE].printer,
        )  # fmt: skip


def pairing_code(stage: Stage) -> str:
    """What an administrator hands to whoever puts the station up."""
    database = open_database(load(stage.folder / "server.toml").database.url)
    now = datetime.now(UTC)
    stations.register(
        database, LATE, name="Бічний вхід", role=StationRole.ENTRANCE, has_lane=True,
        actor="staff:1", at=now,
    )  # fmt: skip
    code = stations.new_pairing_code(database, LATE, staff_id=None, at=now, entropy=urandom)
    database.close()
    return code


def test_a_station_that_began_without_its_server_says_so_and_recovers(
    stage: Stage, started_alone: Station, open_page: OpenPage, ticket_of: TicketOf
) -> None:
    page = open_page(touch=True)
    page.goto(started_alone.page)
    expect(page.locator("#headline")).to_have_text("Готуємося до роботи")
    page.locator("#language-en").tap()
    expect(page.locator("#headline")).to_have_text("Getting ready")
    expect(page.locator(".lead")).to_have_text("Please go to the Service Centre.")
    anybody_can_use(page)
    started_alone.wire.mend()
    expect(page.locator("#headline")).to_have_text("Покажіть квиток", timeout=2 * SOON_MS)
    door = Door(started_alone, page)
    door.show(stage.ticket_picture(ticket_of("valid")), "greeting")
