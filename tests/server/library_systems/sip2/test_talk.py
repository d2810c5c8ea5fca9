"""Whole talks with a centre that says anything at all (fault 35)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from io import StringIO
from time import monotonic

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from server.library_systems.contract import SystemAway
from server.library_systems.sip2.client import Manners, Sip2System
from server.library_systems.sip2.connection import Address, Connection
from server.library_systems.sip2.pool import Pool
from server.library_systems.sip2.recorder import WireRecorder
from tests.server.library_systems.sip2.frames import PUBLISHED
from tests.server.library_systems.sip2.wild import Answer, WildCentre, answering, signed

AT = datetime(2026, 11, 21, 19, 0, tzinfo=UTC)
WITHIN_S = 0.03
PLENTY_S = 20.0
NAME = "Коваленко"
NUMBER = "4711"
SECRET = "secret-of-the-link"
SOUND = (
    "941",
    f"64              00020261121    211237{'0' * 24}AOLIB|AA{NUMBER}|AE{NAME} О.|BLY|AU1001|",
    f"1804020120261121    211237AB1001|AJ{NAME}, твори|AH20261205    235959|AQЧЗ-1|",
    "98YYYYYY01000320261121    2112372.00AOL|",
    f"121NNY20261121    211237AOL|AA{NUMBER}|AB1001|AJ{NAME}|AH20261205|",
    f"36Y20261121    211237AOLIB|AA{NUMBER}|",
)
"""Sound answers, all of them with somebody in them."""


@st.composite
def changed(draw: st.DrawFn) -> bytes:
    """A sound message with its head shortened, something put in, or its second half lost."""
    text = draw(st.sampled_from(SOUND))
    text = text[:2] + text[2 + draw(st.integers(0, 40)) :]
    place = draw(st.integers(0, len(text)))
    put_in = draw(st.sampled_from(["", "|", "\r", "\0", "AY", "AZ0000", "\n\r\n", "Й"]))
    frame = signed(text[:place] + put_in + text[place:], draw(st.sampled_from("0123456789")))
    return frame[: draw(st.sampled_from([len(frame), len(frame) // 2]))]


Said = (
    st.sampled_from(SOUND).map(answering)
    | changed()
    | st.binary(min_size=1, max_size=200)
    | st.sampled_from(PUBLISHED).map(lambda frame: frame.encode() + b"\r\n")
    | st.none()
)
CALLS: tuple[Callable[[Sip2System], object], ...] = (
    lambda system: system.account(NUMBER, at=AT, within_s=WITHIN_S),
    lambda system: system.standing(within_s=WITHIN_S),
    lambda system: system.issue(NUMBER, "1001", at=AT, within_s=WITHIN_S),
    lambda system: system.renew(NUMBER, "1001", at=AT, within_s=WITHIN_S),
    lambda system: system.take_back("1001", at=AT, within_s=WITHIN_S),
    lambda system: system.leave(NUMBER, at=AT, within_s=WITHIN_S),
)


@pytest.fixture(scope="module")
def any_centre() -> Iterator[WildCentre]:
    with WildCentre() as centre:
        yield centre


def system_of(centre: WildCentre, *, status: bool) -> Sip2System:
    wire = WireRecorder("utf-8", lambda: AT)
    address = Address(host="127.0.0.1", port=centre.port, user="kiosk", password=SECRET)
    pool = Pool(lambda until_s: Connection(address, wire, until_s=until_s), 1)
    manners = Manners(institution="LIB", zone=lambda: UTC, ask_loans=not status)
    return Sip2System(pool, manners, wire)


@contextmanager
def written() -> Iterator[StringIO]:
    """Everything that the program writes to its log meanwhile."""
    log = StringIO()
    handler = logging.StreamHandler(log)
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield log
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


@pytest.mark.fault(35)
@settings(max_examples=60, deadline=None)
@given(
    said=st.lists(Said, max_size=6), calls=st.lists(st.sampled_from(CALLS), max_size=2),
    lets_in=st.booleans(), status=st.booleans(),
)  # fmt: skip
def test_whatever_a_centre_says_it_is_away_at_the_deadline_and_nobody_is_named(
    any_centre: WildCentre,
    said: list[Answer],
    calls: list[Callable[[Sip2System], object]],
    lets_in: bool,
    status: bool,
) -> None:
    any_centre.answers.clear()
    any_centre.will(*[answering("941")] * lets_in, *said)
    told = []
    with written() as log, closing(system_of(any_centre, status=status)) as system:
        for call in calls:
            began = monotonic()
            try:
                call(system)
            except SystemAway as error:
                told.append(str(error))
            assert monotonic() - began < PLENTY_S
        told += [heard.text for heard in system.wire]
    for private in (NAME, NUMBER, SECRET):
        assert private not in "".join([*told, log.getvalue()])
