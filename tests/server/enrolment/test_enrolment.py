"""Enrolment step by step: what is asked, what is kept, and what the entrance makes of it."""

import itertools
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import inspect, select

from gate.facts import Policy, TicketKind
from gate.reasons import Reason, Verdict
from gate.rules import home_loans_allowed
from server.models import (
    AuditRecord,
    Base,
    Category,
    Consent,
    Enrolment,
    EnrolmentStep,
    Guarantor,
    GuarantorKind,
    IdentityDocument,
    Patron,
    Payment,
    Purpose,
    RegistrationCard,
    Residence,
    RightKind,
    Step,
    TextKind,
)
from server.services import consents, data_rights, enrolment, enrolment_rules
from server.services.consents import Text
from server.services.enrolment import NoOpenEnrolment, NotReady
from server.services.settings import LibrarySettings
from server.services.tariffs import Refused
from tests.server.enrolment.conftest import NOON, TODAY, Desk


@pytest.mark.clause("R1.2", "R2.2")
def test_each_step_tells_who_when_and_which_text(desk: Desk) -> None:
    patron_id, _ = desk.enrol()
    with desk.database.reading() as session:
        steps = list(session.scalars(select(EnrolmentStep).order_by(EnrolmentStep.id)))
    assert [step.step for step in steps] == [
        Step.DATA, Step.DOCUMENT, Step.TEXTS, Step.CONSENTS, Step.PAYMENT, Step.TICKET,
    ]  # fmt: skip
    assert {(step.staff_id, step.at) for step in steps} == {(1, NOON)}
    assert steps[2].details == {"rules": "2023-07-31", "data_notice": "2026-01"}
    assert desk.patron(patron_id).rules_version == "2023-07-31"


@pytest.mark.clause("R1.2")
def test_a_new_version_of_the_rules_is_what_the_next_reader_accepts(desk: Desk) -> None:
    new = Text(TextKind.RULES, "2025-11", date(2025, 11, 1), "Нові правила.")
    consents.publish(desk.database, new, staff_id=1, at=NOON)
    coming = Text(TextKind.RULES, "2026-06", date(2026, 6, 1), "Ще новіші.")
    consents.publish(desk.database, coming, staff_id=1, at=NOON)
    patron_id, _ = desk.enrol()
    assert desk.patron(patron_id).rules_version == "2025-11"


@pytest.mark.clause("R2.2")
def test_nothing_is_issued_while_a_required_step_is_open(desk: Desk) -> None:
    patron_id = desk.start()
    with pytest.raises(NotReady) as refused:
        desk.issue(patron_id)
    assert refused.value.steps == (Step.DOCUMENT, Step.TEXTS, Step.CONSENTS)
    desk.usual_steps(patron_id)
    desk.issue(patron_id)
    with pytest.raises(NoOpenEnrolment):
        desk.issue(patron_id)


@pytest.mark.clause("R1.4")
def test_of_a_document_only_its_kind_is_kept(desk: Desk) -> None:
    """There is no column for a number, a series or a picture of it anywhere."""
    patron_id = desk.start()
    enrolment.note_document(desk.database, patron_id, IdentityDocument.ID_CARD, by=desk.by)
    assert desk.patron(patron_id).identity_document is IdentityDocument.ID_CARD
    looking = inspect(desk.database.engine)
    tables = looking.get_table_names()
    columns = {column["name"] for table in tables for column in looking.get_columns(table)}
    assert not {name for name in columns if "passport" in name or "series" in name}


@pytest.mark.clause("R1.4")
@pytest.mark.scenario("E24")
def test_below_16_a_guardian_consents_first(desk: Desk) -> None:
    child = desk.start(birth_date="2010-11-22")
    desk.usual_steps(child, IdentityDocument.BIRTH_CERTIFICATE)
    with pytest.raises(NotReady) as refused:
        desk.issue(child)
    assert refused.value.steps == (Step.GUARDIAN,)
    enrolment.note_guardian(desk.database, child, desk.parent(phone="0501234567"), by=desk.by)
    desk.pay(child)
    assert desk.judge(desk.issue(child)).verdict is Verdict.GRANT


@pytest.mark.clause("R1.4")
def test_from_the_16th_birthday_nobody_asks_the_parents(desk: Desk) -> None:
    grown = desk.start(birth_date="2009-11-21")
    desk.usual_steps(grown)
    assert desk.issue(grown)


@pytest.mark.clause("R1.4")
def test_a_school_is_no_guardian_and_a_nameless_one_neither(desk: Desk) -> None:
    child = desk.start(birth_date="2012-01-01")
    for wrong in (desk.parent(kind=GuarantorKind.SCHOOL), desk.parent(name="")):
        with pytest.raises(Refused):
            enrolment.note_guardian(desk.database, child, wrong, by=desk.by)


@pytest.mark.clause("R1.5")
def test_a_guarantee_is_asked_below_the_age_that_the_library_sets(desk: Desk) -> None:
    desk.set(guarantee_below_age=18)
    minor = desk.start(birth_date="2008-05-05")
    desk.usual_steps(minor)
    with pytest.raises(NotReady, match="guarantee"):
        desk.issue(minor)
    letter = desk.parent(
        kind=GuarantorKind.SCHOOL, name="Ліцей № 15", paper="№ 12 від 01.09.2025",
        until=date(2026, 6, 30),
    )  # fmt: skip
    enrolment.note_guarantee(desk.database, minor, letter, by=desk.by)
    assert desk.issue(minor)
    with desk.database.reading() as session:
        kept = session.scalars(select(Guarantor)).one()
    assert (kept.kind, kept.until, kept.guarantees) == (
        GuarantorKind.SCHOOL, date(2026, 6, 30), True,
    )  # fmt: skip


@pytest.mark.clause("R1.5")
def test_a_guarantee_that_ended_is_none_and_a_school_writes_a_letter(desk: Desk) -> None:
    minor = desk.start(birth_date="2010-05-05")
    for wrong in (desk.parent(until=date(2025, 11, 20)), desk.parent(kind=GuarantorKind.SCHOOL)):
        with pytest.raises(Refused):
            enrolment.note_guarantee(desk.database, minor, wrong, by=desk.by)


@pytest.mark.clause("R1.6")
@pytest.mark.parametrize("document", IdentityDocument)
def test_every_document_enrols_alike_and_nobody_asks_for_a_citizenship(
    desk: Desk, document: IdentityDocument
) -> None:
    patron_id = desk.start()
    desk.usual_steps(patron_id, document)
    desk.pay(patron_id)
    ticket_id = desk.issue(patron_id)
    assert desk.judge(ticket_id).verdict is Verdict.GRANT
    assert desk.facts_of(ticket_id).home_loans
    names = {column.name for table in Base.metadata.tables.values() for column in table.columns}
    assert not {name for name in names if "citizen" in name or "national" in name}


@pytest.mark.clause("R1.7", "R2.7")
@pytest.mark.parametrize("residence", Residence)
def test_only_the_city_s_own_take_documents_home(desk: Desk, residence: Residence) -> None:
    _, ticket_id = desk.enrol(residence=residence)
    allowed = home_loans_allowed(desk.facts_of(ticket_id), NOON, Policy())
    assert allowed == (residence is Residence.CITY)
    assert desk.judge(ticket_id).verdict is Verdict.GRANT


@pytest.mark.clause("R1.8")
@pytest.mark.scenario("E42")
def test_an_organisation_s_reader_comes_by_its_agreement(desk: Desk) -> None:
    reader = desk.start(category=Category.ORGANISATION)
    desk.usual_steps(reader)
    with pytest.raises(NotReady, match="agreement"):
        desk.issue(reader)
    last = date(2025, 12, 31)
    enrolment.note_agreement(desk.database, reader, "Музей", "7/25", last, by=desk.by)
    desk.pay(reader)
    ticket_id = desk.issue(reader)
    assert desk.judge(ticket_id).verdict is Verdict.GRANT
    after = desk.judge(ticket_id, datetime(2026, 1, 5, 10, tzinfo=UTC))
    assert Reason.AGREEMENT_ENDED in after.codes


@pytest.mark.clause("R1.8")
def test_an_agreement_that_ended_yesterday_enrols_nobody(desk: Desk) -> None:
    reader = desk.start(category=Category.ORGANISATION)
    with pytest.raises(Refused, match="agreement_ended"):
        enrolment.note_agreement(
            desk.database, reader, "Музей", "7/25", TODAY - timedelta(days=1), by=desk.by
        )


@pytest.mark.clause("R2.2", "R5.2.10")
def test_every_purpose_is_asked_apart_and_only_the_first_is_needed(desk: Desk) -> None:
    patron_id = desk.start()
    desk.usual_steps(patron_id)
    with pytest.raises(Refused, match="no_consent"):
        enrolment.note_consents(desk.database, patron_id, {Purpose.PHOTO: True}, by=desk.by)
    with desk.database.reading() as session:
        lines = session.scalars(select(Consent)).all()
        told = {line.purpose: (line.given, line.text_version, line.staff_id) for line in lines}
        assert told == {
            Purpose.ENROLMENT: (True, "2026-01", 1),
            Purpose.PHOTO: (True, "2026-01", 1),
            Purpose.NOTICES: (False, "2026-01", 1),
        }
        assert not consents.holds(session, patron_id, Purpose.INTERESTS)


@pytest.mark.clause("R5.2.10")
def test_a_consent_withdrawn_adds_a_line_and_changes_none(desk: Desk) -> None:
    patron_id, _ = desk.enrol()
    desk.at += timedelta(days=1)
    consents.change(desk.database, patron_id, {Purpose.PHOTO: False}, staff_id=1, at=desk.at)
    with desk.database.reading() as session:
        lines = session.scalars(select(Consent).where(Consent.purpose == Purpose.PHOTO)).all()
        assert [line.given for line in lines] == [True, False]
        assert not consents.holds(session, patron_id, Purpose.PHOTO)


@pytest.mark.clause("R2.2")
def test_for_a_child_the_guardian_signs(desk: Desk) -> None:
    child = desk.start(birth_date="2012-01-01")
    desk.usual_steps(child)
    with desk.database.reading() as session:
        assert all(session.scalars(select(Consent.by_guardian)))


@pytest.mark.clause("R4.2.5", "R2.2")
@pytest.mark.scenario("E26")
def test_without_the_fee_there_are_day_rights_only(desk: Desk) -> None:
    patron_id = desk.start()
    desk.usual_steps(patron_id)
    unpaid = desk.issue(patron_id)
    assert desk.judge(unpaid).codes == (Reason.FEE_UNPAID,)
    assert desk.judge(unpaid).verdict is Verdict.DESK
    enrolment.start_again(desk.database, patron_id, TicketKind.ONE_TIME, by=desk.by)
    desk.usual_steps(patron_id)
    assert desk.pay(patron_id) == 1000
    assert desk.judge(desk.issue(patron_id)).verdict is Verdict.GRANT


@pytest.mark.clause("R2.2")
def test_a_payment_names_its_method_and_receipt(desk: Desk) -> None:
    patron_id = desk.start()
    with pytest.raises(Refused, match="no_receipt"):
        enrolment.note_payment(desk.database, patron_id, "cash_desk", " ", by=desk.by)  # type: ignore[arg-type]
    assert desk.pay(patron_id) == 5000
    with pytest.raises(Refused, match="paid_already"):
        desk.pay(patron_id)
    with desk.database.reading() as session:
        paid = session.scalars(select(Payment)).one()
    assert (paid.amount, paid.method, paid.receipt_number) == (5000, "terminal", "4711")


@pytest.mark.clause("R2.5", "R2.5.1")
@pytest.mark.parametrize(
    "category,seen,amount",
    [
        (Category.ADULT, False, 5000), (Category.VETERAN, False, 5000),
        (Category.VETERAN, True, 0), (Category.COMBATANT, True, 0),
        (Category.DISABLED, True, 0), (Category.DISABLED_THIRD, True, 2500),
        (Category.PENSIONER, True, 2500), (Category.STUDENT, False, 5000),
        (Category.STUDENT, True, 2500), (Category.PUPIL, True, 2500),
        (Category.LIBRARIAN, True, 0), (Category.HONORARY, True, 0),
    ],
)  # fmt: skip
def test_who_shows_a_certificate_pays_less(
    desk: Desk, category: Category, seen: bool, amount: int
) -> None:
    patron_id = desk.start(category=category)
    if seen:
        enrolment.note_certificate(desk.database, patron_id, by=desk.by)
    assert desk.pay(patron_id) == amount


@pytest.mark.clause("R2.5")
def test_a_free_enrolment_needs_no_payment(desk: Desk) -> None:
    veteran = desk.start(category=Category.VETERAN)
    desk.usual_steps(veteran)
    enrolment.note_certificate(desk.database, veteran, by=desk.by)
    assert desk.judge(desk.issue(veteran)).verdict is Verdict.GRANT


@pytest.mark.clause("R2.5")
def test_which_categories_pay_less_is_a_setting(desk: Desk) -> None:
    desk.set(free_categories=["adult"], fee_full=7000)
    library = LibrarySettings(free_categories=(Category.ADULT,), fee_full=7000)
    what = enrolment_rules.concession(Category.ADULT, TODAY.year, TODAY, library)
    assert enrolment_rules.fee(TicketKind.PERMANENT, what, library) == 0
    assert desk.pay(desk.start(category=Category.VETERAN)) == 7000


@pytest.mark.clause("R2.3.1")
def test_a_permanent_ticket_holds_five_years_and_this_year_s_registration(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    ticket = desk.ticket(ticket_id)
    assert (ticket.valid_from, ticket.valid_until) == (TODAY, date(2030, 11, 20))
    assert ticket.registered_for == 2025


@pytest.mark.clause("R2.3.2")
@pytest.mark.scenario("E22")
def test_a_day_ticket_ends_with_its_day_and_lends_nothing_home(desk: Desk) -> None:
    _, ticket_id = desk.enrol(TicketKind.ONE_TIME)
    ticket = desk.ticket(ticket_id)
    assert ticket.valid_from == ticket.valid_until == TODAY
    assert not home_loans_allowed(desk.facts_of(ticket_id), NOON, Policy())
    assert desk.judge(ticket_id).verdict is Verdict.GRANT
    assert Reason.TICKET_EXPIRED in desk.judge(ticket_id, NOON + timedelta(days=1)).codes


def test_a_staff_pass_costs_nothing_and_asks_for_the_document_alone(desk: Desk) -> None:
    patron_id = desk.start(TicketKind.STAFF, category=Category.STAFF)
    enrolment.note_document(desk.database, patron_id, IdentityDocument.PASSPORT, by=desk.by)
    assert desk.judge(desk.issue(patron_id)).verdict is Verdict.GRANT


@pytest.mark.clause("R2.1")
def test_who_goes_away_before_the_end_leaves_nothing_behind(desk: Desk) -> None:
    patron_id = desk.start()
    desk.usual_steps(patron_id)
    enrolment.abandon(desk.database, patron_id, by=desk.by)
    with desk.database.reading() as session:
        for table in (Patron, RegistrationCard, Consent, Enrolment, EnrolmentStep):
            assert session.scalars(select(table)).all() == []


@pytest.mark.clause("R4.1.1")
def test_a_demand_of_who_goes_away_goes_along(desk: Desk) -> None:
    patron_id = desk.start()
    data_rights.take(desk.database, patron_id, RightKind.ERASURE, "Не хочу", by=desk.by)
    enrolment.abandon(desk.database, patron_id, by=desk.by)
    with desk.database.reading() as session:
        assert session.get(Patron, patron_id) is None


def test_an_abandoned_day_ticket_leaves_the_reader_as_they_were(desk: Desk) -> None:
    patron_id, _ = desk.enrol()
    enrolment.start_again(desk.database, patron_id, TicketKind.ONE_TIME, by=desk.by)
    enrolment.abandon(desk.database, patron_id, by=desk.by)
    assert desk.patron(patron_id).surname == "Коваленко"


@pytest.mark.threat(21)
def test_no_name_and_no_phone_stands_in_the_audit_log(desk: Desk) -> None:
    desk.enrol(phone="050 123 45 67", address="вул. Шевченка, 5")
    with desk.database.reading() as session:
        log = str([row.details for row in session.scalars(select(AuditRecord))])
    for value in ("Коваленко", "Олена", "050", "Шевченка"):
        assert value not in log
    assert "hmac:" in log


@pytest.mark.threat(3)
def test_numbers_of_tickets_can_t_be_counted_up(desk: Desk) -> None:
    numbers = [desk.ticket(desk.enrol()[1]).number for _ in range(5)]
    assert len(set(numbers)) == 5
    assert all(len(number) == 8 and number.isdigit() for number in numbers)
    gaps = {abs(int(a) - int(b)) for a, b in itertools.pairwise(numbers)}
    assert min(gaps) > 10
