"""Slips on real ESC/POS bytes over TCP, to a printer that fails on command."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from PIL import Image

from gate.events import SlipJob, SlipJobState
from hardware import factory
from hardware.contracts import SlipPrinter
from hardware.decoder import decode_picture
from hardware.printer_simulator import PrinterSimulator
from kiosk import slips
from kiosk.config import PrintSettings
from kiosk.entry import Entrance
from kiosk.printing import PrintDesk, PrintReport
from kiosk.store import jobs
from kiosk.store.jobs import Job
from tests.kiosk.house import AT, House, MovedClock, code_of, ticket

CODE = code_of(ticket())


@pytest.fixture
def paper(tmp_path: Path) -> Iterator[PrinterSimulator]:
    """A printer of its own on TCP."""
    printer = PrinterSimulator(tmp_path / "paper", lambda: AT)
    yield printer
    printer.close()


@pytest.fixture
def printer(paper: PrinterSimulator) -> Iterator[SlipPrinter]:
    """The driver that talks to it, patient for a quarter of a second."""
    config = {"driver": "network", "host": paper.host, "port": paper.port, "timeout_s": 0.25}
    driver = factory.make_printer(config, lambda: AT)
    yield driver
    driver.close()


@pytest.fixture
def reports() -> list[PrintReport]:
    return []


@pytest.fixture
def desk(house: House, printer: SlipPrinter, reports: list[PrintReport]) -> PrintDesk:
    return PrintDesk(
        house.database,
        printer,
        house.premises.journal,
        house.premises.clock,
        reports.append,
        PrintSettings(),
    )


def come_in(house: House) -> Job:
    job = Entrance(house.premises).scan(CODE, house.moved.at).job
    assert job is not None
    return job


def state_of(house: House, job: Job) -> SlipJobState:
    with house.database.read() as tx:
        found = jobs.get(tx, job.job_id)
    assert found is not None
    return found.state


def told(house: House) -> list[tuple[SlipJobState, str | None]]:
    return [(one.state, one.trouble) for one in house.told() if isinstance(one, SlipJob)]


def papers(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "paper").glob("*.png"))


@pytest.fixture
def come_out(paper: PrinterSimulator, tmp_path: Path) -> Callable[[int], list[Path]]:
    """Waits until so many slips are out."""

    def wait(count: int) -> list[Path]:
        assert paper.mechanism.wait_until(lambda state: len(state["slips"]) >= count, 5)
        return papers(tmp_path)

    return wait


@pytest.mark.scenario("E01")
def test_a_slip_comes_out_with_its_number_and_its_code(
    house: House,
    desk: PrintDesk,
    reports: list[PrintReport],
    come_out: Callable[[int], list[Path]],
) -> None:
    job = come_in(house)
    assert desk.step() == 0
    assert state_of(house, job) is SlipJobState.PRINTED
    (picture,) = come_out(1)
    with Image.open(picture) as drawn:
        codes = {code.text for code in decode_picture(drawn.convert("RGB"))}
    assert codes == {job.slip_number.replace("-", ""), slips.read(job.content).content.code}
    assert [report.state for report in reports] == [SlipJobState.PRINTED]
    assert told(house) == [(SlipJobState.PRINTED, None)]


@pytest.mark.fault(1)
def test_without_paper_the_visit_is_kept_and_the_slip_waits(
    house: House,
    desk: PrintDesk,
    paper: PrinterSimulator,
    reports: list[PrintReport],
    come_out: Callable[[int], list[Path]],
) -> None:
    paper.set(paper="out")
    job = come_in(house)
    assert desk.step() == PrintSettings().retry_s
    assert state_of(house, job) is SlipJobState.PENDING
    assert reports[-1].trouble == "paper_out"
    assert house.visit(job.visit_id).slip_number == job.slip_number
    paper.set(paper="ok")
    desk.step()
    assert len(come_out(1)) == 1
    assert state_of(house, job) is SlipJobState.PRINTED
    assert told(house) == [(SlipJobState.PENDING, "paper_out"), (SlipJobState.PRINTED, None)]


def test_a_trouble_that_goes_on_is_told_once(
    house: House, desk: PrintDesk, paper: PrinterSimulator
) -> None:
    paper.set(cover="open")
    come_in(house)
    for _ in range(3):
        desk.step()
    assert told(house) == [(SlipJobState.PENDING, "cover_open")]


def test_nobody_waits_for_the_paper_of_long_ago(
    house: House, desk: PrintDesk, paper: PrinterSimulator, moved: MovedClock, tmp_path: Path
) -> None:
    paper.set(paper="out")
    job = come_in(house)
    desk.step()
    moved.forward(timedelta(minutes=5))
    paper.set(paper="ok")
    desk.step()
    assert state_of(house, job) is SlipJobState.FAILED
    assert papers(tmp_path) == []


@pytest.mark.fault(2)
def test_a_slip_that_broke_off_is_uncertain_and_is_not_printed_again_by_itself(
    house: House, desk: PrintDesk, paper: PrinterSimulator, reports: list[PrintReport]
) -> None:
    paper.set(out_after_lines=60)
    job = come_in(house)
    desk.step()
    assert state_of(house, job) is SlipJobState.UNCERTAIN
    assert reports[-1].state is SlipJobState.UNCERTAIN
    paper.set(paper="ok", out_after_lines=None)
    desk.step()
    assert state_of(house, job) is SlipJobState.UNCERTAIN


@pytest.mark.fault(2)
def test_a_reprint_is_labelled_a_copy_with_the_same_number(
    house: House, desk: PrintDesk, paper: PrinterSimulator
) -> None:
    paper.set(drop_after_bytes=4000)
    job = come_in(house)
    desk.step()
    assert state_of(house, job) is SlipJobState.UNCERTAIN
    again = Entrance(house.premises).reprint(job.visit_id, AT)
    assert again is not None
    assert again.slip_number == job.slip_number
    assert slips.read(again.content).content.reprint
    desk.step()
    assert state_of(house, again) is SlipJobState.PRINTED
    assert told(house)[-1] == (SlipJobState.REPRINTED, None)


@pytest.mark.fault(2)
def test_a_slip_that_was_being_printed_when_the_power_went_is_uncertain(
    house: House, desk: PrintDesk
) -> None:
    job = come_in(house)
    with house.database.write() as tx:
        jobs.move(tx, job.job_id, SlipJobState.PRINTING)
    desk.recover()
    assert state_of(house, job) is SlipJobState.UNCERTAIN
    assert told(house) == [(SlipJobState.UNCERTAIN, "interrupted")]


def test_a_slip_that_surely_never_came_out_is_printed_as_itself(
    house: House, desk: PrintDesk, paper: PrinterSimulator, moved: MovedClock
) -> None:
    paper.set(paper="out")
    job = come_in(house)
    desk.step()
    moved.forward(timedelta(minutes=5))
    desk.step()
    again = Entrance(house.premises).reprint(job.visit_id, moved.at)
    assert again is not None
    assert not slips.read(again.content).content.reprint


@pytest.mark.fault(3)
def test_a_silent_printer_is_not_out_of_paper_and_holds_nobody_up(
    house: House, desk: PrintDesk, paper: PrinterSimulator, reports: list[PrintReport]
) -> None:
    paper.set(answers="silent")
    job = come_in(house)
    desk.step()
    assert reports[-1].trouble == "silent"
    assert state_of(house, job) in (SlipJobState.PENDING, SlipJobState.UNCERTAIN)


@pytest.mark.threat(9)
def test_printer_commands_in_a_name_never_reach_the_printer(
    house: House, desk: PrintDesk, tmp_path: Path, come_out: Callable[[int], list[Path]]
) -> None:
    house.learn(ticket(display_name="\x1b@\x1dV\x00\x10\x14Оксана \x1bp К."))
    come_in(house)
    desk.step()
    (picture,) = come_out(1)
    data = picture.with_suffix(".bin").read_bytes()
    assert data.count(b"\x1dV") == 1  # the one cut at the end
    assert b"\x1bp" not in data


@pytest.mark.fault(5)
def test_a_printer_in_trouble_is_looked_after_more_often_while_nobody_waits(
    desk: PrintDesk, paper: PrinterSimulator
) -> None:
    assert desk.step() == 10
    paper.set(power="off")
    assert desk.step() == PrintSettings().retry_s < 5
