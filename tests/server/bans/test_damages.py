"""Damage made good by who answers for it, and the book of complaints."""

from datetime import date, timedelta

import pytest

from server.models import (
    Complaint,
    ComplaintKind,
    Damage,
    DamageState,
    DebtorKind,
    Guarantor,
    GuarantorKind,
    Patron,
)
from server.services import complaints, damages
from tests.server.console.library import NOON, Library
from tests.server.desk_library import audited, staff_id

TODAY = date(2025, 11, 21)


def note(library: Library, patron_id: int, *, amount: int = 45050, debtor: str = "") -> int:
    harm = damages.Harm(what="Залито обкладинку", amount=amount, debtor_name=debtor, document_id=1)
    return damages.note(library.database, patron_id, harm, staff_id=staff_id(library), at=NOON)


def child(library: Library) -> int:
    with library.database.writing() as session:
        session.get_one(Patron, library.reader).birth_date = date(2012, 5, 1)
    return library.reader


@pytest.mark.clause("R4.3.5")
@pytest.mark.parametrize(
    "born,institution,kind",
    [
        (None, False, DebtorKind.READER),
        (date(2007, 11, 21), False, DebtorKind.READER),
        (date(2007, 11, 22), False, DebtorKind.PARENTS),
        (date(2007, 11, 22), True, DebtorKind.INSTITUTION),
    ],
)
def test_a_minors_damage_is_answered_for_by_others(
    born: date | None, institution: bool, kind: DebtorKind
) -> None:
    assert damages.debtor_of(born, TODAY, institution=institution) is kind


@pytest.mark.clause("R4.3.4", "R5.1.7")
def test_a_damage_is_owed_until_it_is_made_good(desk: Library) -> None:
    number = note(desk, desk.reader)
    damages.settle(
        desk.database, number, DamageState.PAID, settlement="квитанція 118",
        staff_id=staff_id(desk), at=NOON,
    )  # fmt: skip
    with desk.database.reading() as session:
        damage = session.get_one(Damage, number)
        assert (damage.state, damage.amount, damage.debtor_kind) == (
            DamageState.PAID, 45050, DebtorKind.READER,
        )  # fmt: skip
    told = audited(desk, "damage_settled")[0].details
    assert (told["before"], told["after"]) == ("open", "paid")
    with pytest.raises(damages.MadeGood):
        damages.settle(
            desk.database, number, DamageState.WAIVED, settlement="так", staff_id=1, at=NOON
        )


@pytest.mark.parametrize("amount", [0, -1, damages.AMOUNT_MAX + 1])
def test_a_damage_has_an_amount(desk: Library, amount: int) -> None:
    with pytest.raises(ValueError, match="amount"):
        note(desk, desk.reader, amount=amount)


@pytest.mark.clause("R4.3.5")
def test_for_a_minor_the_guarantor_on_record_owes(desk: Library) -> None:
    minor = child(desk)
    with pytest.raises(ValueError, match="minor"):
        note(desk, minor)
    with desk.database.writing() as session:
        for name, until in (("Ліцей № 2", None), ("Минулий", TODAY - timedelta(days=1))):
            session.add(
                Guarantor(
                    patron_id=minor, kind=GuarantorKind.SCHOOL, name=name, guarantees=True,
                    until=until, at=NOON, staff_id=staff_id(desk),
                )
            )  # fmt: skip
    number = note(desk, minor, debtor="хтось інший")
    with desk.database.reading() as session:
        damage = session.get_one(Damage, number)
    assert (damage.debtor_kind, damage.debtor_name) == (DebtorKind.INSTITUTION, "Ліцей № 2")
    assert damage.guarantor_id is not None


@pytest.mark.clause("R4.1.13")
def test_anybody_may_write_into_the_book_and_gets_one_answer(desk: Library) -> None:
    number = complaints.write(
        desk.database, ComplaintKind.SUGGESTION, "Поставте лаву", author="", contact="",
        staff_id=staff_id(desk), at=NOON,
    )  # fmt: skip
    complaints.answer(desk.database, number, "Поставимо", staff_id=staff_id(desk), at=NOON)
    with desk.database.reading() as session:
        entry = session.get_one(Complaint, number)
    assert (entry.due_on, entry.answer) == (TODAY + timedelta(days=30), "Поставимо")
    with pytest.raises(complaints.NotWaiting):
        complaints.answer(desk.database, number, "Ще раз", staff_id=staff_id(desk), at=NOON)
    assert len(audited(desk, "complaint_answered")) == 1
