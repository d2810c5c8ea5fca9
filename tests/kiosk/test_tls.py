"""The line to the server over TLS: a certificate that is not good carries nothing (fault 33)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gate.events import FactsQuery, Health
from hardware.contracts import HealthState
from kiosk.devices import Devices, HealthWatch
from kiosk.store import outbox
from kiosk.sync.certificate import CertificateWatch
from kiosk.sync.client import BadCertificate, ServerClient
from kiosk.sync.link import Link
from kiosk.sync.uploader import Uploader
from tests.kiosk.centre import Centre, running_centre
from tests.kiosk.house import House, MovedClock
from tests.kiosk.sync.happening import happen
from tests.kiosk.test_devices import Handheld
from tests.support.certificates import Authority, authority

DAY = timedelta(days=1)


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return authority(tmp_path)


@contextmanager
def secured(ours: Authority, lasts: timedelta) -> Iterator[Centre]:
    with running_centre(ours.server(lasts)) as centre:
        yield centre


@pytest.mark.threat(19)
def test_a_server_of_our_own_authority_is_believed(ours: Authority) -> None:
    with (
        secured(ours, 90 * DAY) as centre,
        closing(ServerClient(centre.url, "secret", ours.file)) as client,
    ):
        client.facts(FactsQuery(value="x"), 5)
        assert centre.asked == ["/api/v1/facts"]


@pytest.mark.fault(33)
@pytest.mark.threat(19)
@pytest.mark.parametrize(
    "trusted, lasts, why",
    [
        ("another", 90 * DAY, "unable to get local issuer certificate"),
        ("ca", -DAY, "certificate has expired"),
    ],
)
def test_nothing_is_sent_and_the_queue_waits(
    house: House, moved: MovedClock, tmp_path: Path, trusted: str, lasts: timedelta, why: str
) -> None:
    ours, another = authority(tmp_path), authority(tmp_path, "another")
    ids = happen(house, 2)
    ca_file = {"ca": ours.file, "another": another.file}[trusted]
    with (
        secured(ours, lasts) as centre,
        closing(ServerClient(centre.url, "secret", ca_file)) as client,
    ):
        link = Link(moved.now)
        assert Uploader(house.database, client, link, moved.now).step() > 0
        with pytest.raises(BadCertificate, match=why):
            client.facts(FactsQuery(value="x"), 5)
        assert centre.asked == [], "neither token nor data left the station"
    assert link.state.trouble == f"certificate: {why}"
    with house.database.read() as tx:
        assert [one.event_id for one in outbox.batch(tx, 10)] == ids


@pytest.mark.fault(33)
@pytest.mark.parametrize(
    "lasts, warning",
    [(31 * DAY, ""), (29 * DAY, "30"), (6 * DAY, "7"), (DAY / 2, "1"), (-DAY, "bad")],
)
def test_the_end_of_a_certificate_is_told_30_and_7_days_and_1_day_before(
    ours: Authority, lasts: timedelta, warning: str
) -> None:
    with secured(ours, lasts) as centre:
        watch = CertificateWatch(centre.url, ours.file, lambda: datetime.now(UTC))
        watch.step()
    assert watch.warning() == warning
    assert (watch.until is None) == (warning == "bad")


@pytest.mark.fault(33)
def test_an_authority_that_ends_earlier_than_its_server_s_certificate_counts(
    tmp_path: Path,
) -> None:
    ends_soon = authority(tmp_path, lasts=3 * DAY)
    with secured(ends_soon, 90 * DAY) as centre:
        watch = CertificateWatch(centre.url, ends_soon.file, lambda: datetime.now(UTC))
        watch.step()
    assert watch.warning() == "7"


def test_a_server_that_is_away_says_nothing_of_its_certificate(ours: Authority) -> None:
    with secured(ours, 5 * DAY) as centre:
        watch = CertificateWatch(centre.url, ours.file, lambda: datetime.now(UTC))
        watch.step()
    watch.step()
    assert watch.warning() == "7", "what was known still holds"
    plain = CertificateWatch("http://127.0.0.1:9", None, lambda: datetime.now(UTC))
    plain.step()
    assert (plain.warning(), plain.until) == ("", None)


@pytest.mark.fault(33)
def test_the_centre_is_told_of_each_warning_once(house: House) -> None:
    warnings = ["", "30", "30", "7"]
    now = [""]
    devices = Devices(scanner=Handheld())
    watch = HealthWatch(devices, house.premises, lambda _: None, lambda: now[0])
    for now[0] in warnings:
        watch.step()
    told = []
    for event in house.told():
        assert isinstance(event, Health)
        told.append([one.detail for one in event.devices if one.device == "certificate"])
        states = {one.state for one in event.devices if one.device == "certificate"}
        assert states <= {HealthState.DEGRADED}
    assert told == [[], ["30"], ["7"]]
