"""Request forms: wholly filled in, in time, fetched, paid for."""

from datetime import timedelta

import pytest

from gate.reasons import Reason, Verdict
from server.models import RequestKind, RequestState, Role
from server.services import requests
from server.services.lending import Desk
from server.services.requests import Asked, NotPossible, Unfit
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

FORM = {"title": "Кобзар", "shelf_mark": "84УКР Ш37", "author": "Шевченко Т.", "volume": "Т. 1"}
CLOSES_IN = timedelta(hours=7)
"""From noon in Kyiv to 19:00 on a Friday."""


def ask(
    library: Library, form: dict[str, str] = FORM, *, visit: object = None,
    kind: RequestKind = RequestKind.STACK, before_closing: timedelta | None = None,
) -> Asked:  # fmt: skip
    at = NOON if before_closing is None else NOON + CLOSES_IN - before_closing
    return requests.ask(
        library.database, visit or library.clean_visit, form, kind,  # type: ignore[arg-type]
        desk=Desk(department="2", staff_id=staff_id(library, Role.DEPARTMENT)), at=at,
    )  # fmt: skip


def move(library: Library, request_id: int | None, state: RequestState, **more: object) -> None:
    requests.move(
        library.database,
        request_id or 0,
        state,
        actor="staff:1",
        at=NOON,
        **more,  # type: ignore[arg-type]
    )


@pytest.mark.clause("R3.2.1")
def test_a_form_that_is_wholly_filled_in_is_taken_and_fetched(desk: Library) -> None:
    asked = ask(desk)
    assert asked.decision.verdict is Verdict.GRANT
    with desk.database.reading() as session:
        (row,) = requests.waiting(session, "2")
        assert (row.title, row.volume, row.patron_id) == ("Кобзар", "Т. 1", desk.clean_reader)
    move(desk, asked.request_id, RequestState.FETCHED)
    move(desk, asked.request_id, RequestState.DONE)
    with desk.database.reading() as session:
        assert requests.waiting(session) == []
    assert len(audited(desk, "request_done")) == 1


@pytest.mark.clause("R3.2.1")
@pytest.mark.parametrize(
    "missing, named",
    [
        (["title"], ("title",)),
        (["shelf_mark"], ("shelf_mark",)),
        (["shelf_mark", "author"], ("shelf_mark", "author")),
    ],
)
def test_a_form_with_holes_is_refused(
    desk: Library, missing: list[str], named: tuple[str, ...]
) -> None:
    form = {name: value for name, value in FORM.items() if name not in missing}
    with pytest.raises(Unfit) as refused:
        ask(desk, form)
    assert refused.value.fields == named


@pytest.mark.scenario("S08")
@pytest.mark.clause("R3.2.7")
@pytest.mark.parametrize("minutes, taken", [(31, True), (29, False)])
def test_the_stack_takes_no_more_half_an_hour_before_closing(
    desk: Library, minutes: int, taken: bool
) -> None:
    asked = ask(desk, before_closing=timedelta(minutes=minutes))
    assert (asked.request_id is not None) is taken
    if not taken:
        assert asked.decision.codes == (Reason.STACK_CLOSED,)


@pytest.mark.clause("R3.2.5")
def test_another_library_is_asked_after_the_stack_has_closed_too(desk: Library) -> None:
    asked = ask(desk, kind=RequestKind.INTERLIBRARY, before_closing=timedelta(minutes=29))
    assert asked.request_id is not None


@pytest.mark.scenario("V04")
def test_an_event_slip_asks_for_nothing(desk: Library) -> None:
    asked = ask(desk, visit=desk.event_visit)
    assert asked.decision.codes == (Reason.EVENT_SLIP_NO_SERVICE,)


@pytest.mark.clause("R3.2.5")
def test_from_another_library_it_comes_when_the_postage_is_paid(desk: Library) -> None:
    form = {"title": "Рідкісне видання", "author": "Автор"}
    asked = ask(desk, form, kind=RequestKind.INTERLIBRARY)
    with pytest.raises(NotPossible, match="postage"):
        move(desk, asked.request_id, RequestState.FETCHED)
    move(desk, asked.request_id, RequestState.FETCHED, postage=12050, receipt_number="77")
    with desk.database.reading() as session:
        (row,) = requests.waiting(session)
    assert (row.postage, row.receipt_number) == (12050, "77")


def test_a_refusal_has_its_reason_and_ends_a_request_once(desk: Library) -> None:
    asked = ask(desk)
    with pytest.raises(NotPossible, match="answer"):
        move(desk, asked.request_id, RequestState.REFUSED)
    move(desk, asked.request_id, RequestState.REFUSED, answer="У палітурні")
    with pytest.raises(NotPossible, match="refused"):
        move(desk, asked.request_id, RequestState.DONE)
    with pytest.raises(LookupError):
        move(desk, 999, RequestState.DONE)
