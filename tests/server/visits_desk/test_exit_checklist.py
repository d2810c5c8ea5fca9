"""What is open at the exit stays shut: shown, counted, signed for, or overruled by name."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.facts import CredentialKind, LoanPlace, OwnItem, OwnItemKind, Task, VisitState
from gate.reasons import Duty
from server.models import OwnItem as OwnItemRow
from server.models import Visit
from server.services import exits, lending
from server.services.exit_checklist import SHOWN, Checked, open_points
from server.services.exits import ExitCheck, Shown
from server.services.lending import Desk
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

HOME = ("482000000", "482000004")
LAPTOP = OwnItem(kind=OwnItemKind.LAPTOP, approved_by="Бондар М. І.")
EVERYTHING = Checked(seen=SHOWN, counted=3, signed_by="Бондар М. І.")


def let_out(library: Library, checked: Checked) -> ExitCheck:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=library.clean_slip)
    return exits.let_out(
        library.database, shown, staff_id=staff_id(library), at=NOON, checked=checked
    )


def bring_laptop(library: Library, approved_by: str | None = "Бондар М. І.") -> None:
    with library.database.writing() as session:
        session.add(
            OwnItemRow(
                visit_id=library.clean_visit, kind=OwnItemKind.LAPTOP, declared_at=NOON,
                approved_name=approved_by,
            )
        )  # fmt: skip


def state(library: Library) -> VisitState:
    with library.database.reading() as session:
        return session.get_one(Visit, library.clean_visit).state


@pytest.mark.clause("R3.1.4")
@pytest.mark.scenario("X04")
def test_a_laptop_that_was_not_shown_keeps_the_exit_open(desk: Library) -> None:
    bring_laptop(desk)
    found = let_out(desk, Checked())
    assert (found.may_go, found.unchecked) == (False, (Duty.SHOW_LAPTOP,))
    assert state(desk) is VisitState.INSIDE
    assert let_out(desk, Checked(seen=frozenset({Duty.SHOW_LAPTOP}))).may_go
    assert state(desk) is VisitState.CLOSED


@pytest.mark.clause("R3.1.4")
@pytest.mark.scenario("X03")
def test_documents_carried_home_are_counted_until_the_numbers_agree(desk: Library) -> None:
    for barcode in HOME[:1]:
        lending.issue(
            desk.database, desk.clean_visit, barcode, LoanPlace.HOME,
            desk=Desk(department="1", staff_id=staff_id(desk)), at=NOON,
        )  # fmt: skip
    for count in (None, 0, 2):
        assert let_out(desk, Checked(counted=count)).unchecked == (Duty.COUNT_DOCUMENTS,)
    assert let_out(desk, Checked(counted=1)).may_go


@pytest.mark.clause("R3.1.3")
def test_own_things_that_nobody_allowed_need_the_name_of_who_signed_the_slip(desk: Library) -> None:
    bring_laptop(desk, approved_by=None)
    shown = Checked(seen=frozenset({Duty.SHOW_LAPTOP}))
    assert let_out(desk, shown).unchecked == (Duty.APPROVE_OWN_ITEMS,)
    assert let_out(desk, replace(shown, signed_by="Бондар М. І.")).may_go
    with desk.database.reading() as session:
        items = session.get_one(Visit, desk.clean_visit).own_items
        assert [item.approved_name for item in items] == ["Бондар М. І."]


@pytest.mark.clause("R3.2.9")
def test_who_overrules_an_open_point_stands_in_the_log_with_the_reason(desk: Library) -> None:
    bring_laptop(desk)
    assert let_out(desk, Checked(overruled="ноутбук залишив у відділі")).may_go
    record = audited(desk, "let_out")[-1]
    assert record.actor == f"staff:{staff_id(desk)}"
    assert record.details["unchecked"] == ["show_laptop"]
    assert record.details["overruled"] == "ноутбук залишив у відділі"


def test_a_reason_opens_no_way_that_the_rules_keep_shut(desk: Library) -> None:
    shown = Shown(credential=CredentialKind.SLIP_CODE, value=desk.slip)
    found = exits.let_out(
        desk.database, shown, staff_id=staff_id(desk), at=NOON, checked=Checked(overruled="бо так")
    )
    assert not found.may_go


@given(st.sets(st.sampled_from(sorted(SHOWN))), st.sets(st.sampled_from(sorted(SHOWN))))
def test_open_is_exactly_what_was_asked_for_and_not_seen(asked: set[Duty], seen: set[Duty]) -> None:
    tasks = [Task(code=code) for code in sorted(asked)]
    found = open_points(tasks, (LAPTOP,), Checked(seen=frozenset(seen)))
    assert set(found) == asked - seen


@given(st.integers(0, 99), st.none() | st.integers(0, 99))
def test_a_count_agrees_or_is_open(issued: int, counted: int | None) -> None:
    tasks = [Task(code=Duty.COUNT_DOCUMENTS, count=issued)]
    is_open = bool(open_points(tasks, (), Checked(counted=counted)))
    assert is_open == (counted != issued)


def test_nothing_is_open_where_all_was_looked_at() -> None:
    tasks = [*(Task(code=code) for code in SHOWN), Task(code=Duty.COUNT_DOCUMENTS, count=3)]
    assert open_points(tasks, (LAPTOP, replace(LAPTOP, approved_by=None)), EVERYTHING) == ()


def test_documents_scanned_one_by_one_need_no_counting() -> None:
    tasks = [Task(code=Duty.COUNT_DOCUMENTS, count=1)]
    assert open_points(tasks, (), Checked(scanned=True)) == ()
