"""After the enrolment: re-registration, changes, lost tickets, cards, old numbers, photos."""

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from PIL import Image
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.applicants import Fault
from gate.events import uuid7
from gate.facts import CredentialKind, DocumentClass, LoanPlace, TicketKind, VisitState
from gate.reasons import Reason, Verdict
from server.models import (
    Category,
    Change,
    Credential,
    Department,
    DepartmentKind,
    Document,
    IdentityDocument,
    Loan,
    Patron,
    Payment,
    PaymentMethod,
    Photo,
    Purpose,
    Registration,
    Station,
    Visit,
)
from server.services import (
    cards,
    consents,
    enrolment,
    guarantors,
    lookup,
    patron_changes,
    photos,
    reregistration,
    search,
)
from server.services import ticket_life as life
from server.services.cards import CardFault, CardRefused
from server.services.personal_data import Unfit
from server.services.photos import NoConsent, NotAPhoto
from server.services.reregistration import NotShown, NotWaiting, Shown
from server.services.tariffs import Receipt, Refused
from server.services.ticket_life import CancelReason, NotPossible
from tests.server.enrolment.conftest import NOON, TODAY, Desk

NEW_YEAR = datetime(2026, 1, 2, 10, tzinfo=UTC)
PASSPORT = IdentityDocument.PASSPORT
PAID = Shown(document=PASSPORT, method=PaymentMethod.CASH_DESK, receipt_number="12")


def lend(session: Session, patron_id: int, count: int = 1) -> list[int]:
    """Documents at home."""
    if session.get(Department, "1") is None:
        session.add(Department(code="1", name="Абонемент", kind=DepartmentKind.LENDING))
        session.flush()
    loans = []
    for number in range(count):
        book = Document(
            inventory_number=f"{patron_id}-{number}", barcode=f"B{patron_id}-{number}",
            title="Місто", document_class=DocumentClass.ORDINARY, department_code="1",
        )  # fmt: skip
        session.add(book)
        session.flush()
        loan = Loan(
            document_id=book.id, patron_id=patron_id, department_code="1", place=LoanPlace.HOME,
            issued_at=NOON, due_on=date(2026, 1, 20),
        )  # fmt: skip
        session.add(loan)
        session.flush()
        loans.append(loan.id)
    return loans


@pytest.mark.clause("R2.6")
@pytest.mark.scenario("E20", "E21")
def test_from_1_january_a_ticket_waits_for_registration(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    assert Reason.REREGISTER_SOON in desk.judge(ticket_id, NEW_YEAR).codes
    february = datetime(2026, 2, 2, 10, tzinfo=UTC)
    assert Reason.NOT_REREGISTERED in desk.judge(ticket_id, february).codes
    with desk.database.reading() as session:
        assert reregistration.count_waiting(session, 2025) == 0
        assert reregistration.count_waiting(session, 2026) == 1


@pytest.mark.clause("R2.6", "R2.3.1")
def test_registration_extends_the_year_and_never_the_five(desk: Desk) -> None:
    patron_id, ticket_id = desk.enrol()
    desk.at = NEW_YEAR
    with desk.database.writing() as session:
        session.get_one(Patron, patron_id).document_renew_from = date(2025, 12, 1)
    reregistration.register(desk.database, ticket_id, PAID, by=desk.by)
    ticket = desk.ticket(ticket_id)
    assert (ticket.registered_for, ticket.valid_until) == (2026, date(2030, 11, 20))
    assert desk.judge(ticket_id).verdict is Verdict.GRANT
    assert not desk.judge(ticket_id).codes
    with pytest.raises(NotWaiting):
        reregistration.register(desk.database, ticket_id, Shown(document=PASSPORT), by=desk.by)


@pytest.mark.clause("R2.6")
def test_every_document_on_loan_is_shown(desk: Desk) -> None:
    patron_id, ticket_id = desk.enrol()
    with desk.database.writing() as session:
        first, second = lend(session, patron_id, 2)
    desk.at = NEW_YEAR
    with pytest.raises(NotShown) as refused:
        reregistration.register(
            desk.database, ticket_id, Shown(document=PASSPORT, loans=[first]), by=desk.by
        )
    assert refused.value.loans == (second,)
    assert desk.ticket(ticket_id).registered_for == 2025
    shown = Shown(document=PASSPORT, loans=[first, second])
    reregistration.register(desk.database, ticket_id, shown, by=desk.by)
    with desk.database.reading() as session:
        kept = session.scalar(select(Registration).where(Registration.year == 2026))
    assert kept is not None
    assert kept.loans_shown == 2


@pytest.mark.clause("R2.6", "R4.2.5")
def test_a_year_that_is_not_paid_gives_day_rights_until_it_is(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    desk.at = NEW_YEAR
    reregistration.register(desk.database, ticket_id, Shown(document=PASSPORT), by=desk.by)
    assert desk.judge(ticket_id).codes == (Reason.FEE_UNPAID,)
    with pytest.raises(Refused):
        reregistration.pay_late(desk.database, ticket_id, PaymentMethod.INTERNET, "", by=desk.by)
    paid = reregistration.pay_late(
        desk.database, ticket_id, PaymentMethod.INTERNET, "88", by=desk.by
    )
    assert paid == 5000
    assert desk.judge(ticket_id).verdict is Verdict.GRANT
    with pytest.raises(NotWaiting):
        reregistration.pay_late(desk.database, ticket_id, PaymentMethod.INTERNET, "89", by=desk.by)


@pytest.mark.clause("R2.5")
def test_a_certificate_is_seen_anew_every_year(desk: Desk) -> None:
    _, ticket_id = desk.enrol(category=Category.VETERAN)
    desk.at = NEW_YEAR
    shown = Shown(document=PASSPORT, certificate=True)
    reregistration.register(desk.database, ticket_id, shown, by=desk.by)
    assert desk.ticket(ticket_id).fee_paid
    desk.at = datetime(2027, 1, 4, 10, tzinfo=UTC)
    reregistration.register(desk.database, ticket_id, Shown(document=PASSPORT), by=desk.by)
    assert not desk.ticket(ticket_id).fee_paid


def test_a_ticket_whose_five_years_are_over_is_not_registered_again(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    desk.at = datetime(2031, 1, 2, 10, tzinfo=UTC)
    with pytest.raises(NotWaiting):
        reregistration.register(desk.database, ticket_id, Shown(document=PASSPORT), by=desk.by)


@pytest.mark.clause("R2.3.1")
@pytest.mark.scenario("E25")
def test_a_new_name_is_logged_veiled_and_a_new_document_is_asked_for(desk: Desk) -> None:
    patron_id, ticket_id = desk.enrol()
    data = desk.data(surname="Мар'яненко-Ґалаґан")
    changed = patron_changes.change(
        desk.database, patron_id, data, by=desk.by, document_seen=False, changed_on=TODAY
    )
    assert changed == {"surname"}
    patron = desk.patron(patron_id)
    assert patron.surname == "Мар’яненко-Ґалаґан"
    assert patron.name_key.startswith("мар")
    assert Reason.DOCUMENT_TO_RENEW in desk.judge(ticket_id).codes
    (told,) = desk.log("patron_changed")
    before = told.details["changed"]["surname"]["before"]
    assert before.startswith("hmac:")
    assert not told.details["late"]
    patron_changes.change(
        desk.database, patron_id, desk.data(surname="Ґалаґан"), by=desk.by, document_seen=True
    )
    assert Reason.DOCUMENT_TO_RENEW not in desk.judge(ticket_id).codes


@pytest.mark.clause("R2.3.1")
def test_who_has_another_surname_now_is_found_by_the_one_before(desk: Desk) -> None:
    patron_id, _ = desk.enrol(surname="Коваленко")

    def renamed(surname: str, on: date | None) -> str:
        patron_changes.change(
            desk.database, patron_id, desk.data(surname=surname), by=desk.by,
            document_seen=True, changed_on=on,
        )  # fmt: skip
        return desk.patron(patron_id).former_surnames

    assert renamed("Коваленка", None) == "", "a slip of the pen is nobody's name"
    assert renamed("Ґалаґан", TODAY) == "Коваленка"
    assert renamed("Їжак", TODAY) == "Ґалаґан, Коваленка"
    assert [hit.patron_id for hit in search.patrons(desk.database, "галаган")] == [patron_id]
    assert renamed("Ґалаґан", TODAY) == "Їжак, Коваленка"


@pytest.mark.clause("R2.3.1")
def test_a_change_is_told_within_a_month(desk: Desk) -> None:
    assert not patron_changes.is_late(TODAY - timedelta(days=31), TODAY)
    assert patron_changes.is_late(TODAY - timedelta(days=32), TODAY)


@pytest.mark.clause("R2.7")
def test_who_moves_away_takes_nothing_home_any_more(desk: Desk) -> None:
    patron_id, ticket_id = desk.enrol()
    assert desk.facts_of(ticket_id).home_loans
    moved = desk.data(residence="elsewhere", address="м. Ніжин")
    patron_changes.change(desk.database, patron_id, moved, by=desk.by, document_seen=True)
    assert not desk.facts_of(ticket_id).home_loans
    with desk.database.reading() as session:
        assert ticket_id in session.scalars(select(Change.row_key)).all()


@pytest.mark.parametrize(
    "field,value,fault",
    [
        ("surname", "", Fault.EMPTY), ("surname", "<b>", Fault.NOT_A_NAME),
        ("surname", "А" * 101, Fault.TOO_LONG), ("given_name", "Олена2", Fault.NOT_A_NAME),
        ("birth_date", "2025-13-01", Fault.NOT_A_DAY),
        ("birth_date", "2026-01-01", Fault.NOT_A_DAY),
        ("birth_date", "1899-01-01", Fault.NOT_A_DAY), ("phone", "12", Fault.NOT_A_PHONE),
        ("email", "нема", Fault.NOT_AN_EMAIL), ("category", "boss", Fault.UNKNOWN),
    ],
)  # fmt: skip
def test_what_can_t_be_is_named_by_its_field(
    desk: Desk, field: str, value: str, fault: Fault
) -> None:
    with pytest.raises(Unfit) as refused:
        desk.data(**{field: value})
    assert refused.value.faults == {field: fault}


@pytest.mark.clause("R1.6", "R2.2")
@pytest.mark.parametrize(
    "given,kept",
    [
        ("Мар'яна", "Мар’яна"), ("В`ячеслав", "В’ячеслав"), ("Знамʼянська", "Знам’янська"),
        ("Нечуй - Левицький", "Нечуй-Левицький"), ("d'Arc", "d’Arc"), ("Nguyễn Văn", "Nguyễn Văn"),
        ("  Леся\tУкраїнка ", "Леся Українка"),
    ],
)  # fmt: skip
def test_names_keep_their_apostrophes_and_hyphens(desk: Desk, given: str, kept: str) -> None:
    assert desk.data(surname=given).surname == kept


@pytest.mark.clause("R2.3.1")
@pytest.mark.scenario("E11", "E12")
def test_a_duplicate_kills_the_old_ticket_and_its_card_at_once(desk: Desk) -> None:
    _, old = desk.enrol()
    cards.link(desk.database, old, CredentialKind.CARD, "04 A1 B2 C3 D4 E5 F6", by=desk.by)
    new = life.duplicate(desk.database, old, damaged=False, by=desk.by, entropy=desk.chance)
    assert desk.judge(old).codes == (Reason.TICKET_REPLACED,)
    assert desk.judge(old).verdict is Verdict.REFUSE
    with desk.database.reading() as session:
        by_card = lookup.ticket_id_of(session, CredentialKind.CARD, "04A1B2C3D4E5F6")
    assert by_card == old
    assert desk.judge(new).verdict is Verdict.GRANT
    before, after = desk.ticket(old), desk.ticket(new)
    assert before.replaced_by == new
    assert (after.valid_until, after.registered_for) == (before.valid_until, before.registered_for)
    assert after.number != before.number


@pytest.mark.clause("R2.3.1")
def test_a_duplicate_is_noted_with_its_receipt_or_not_made(desk: Desk) -> None:
    _, old = desk.enrol()
    nameless = Receipt(PaymentMethod.TERMINAL, " ")
    with pytest.raises(Refused):
        life.duplicate(
            desk.database, old, damaged=True, by=desk.by, entropy=desk.chance, receipt=nameless
        )
    assert desk.judge(old).verdict is Verdict.GRANT
    paid = Receipt(PaymentMethod.TERMINAL, "9")
    life.duplicate(desk.database, old, damaged=True, by=desk.by, entropy=desk.chance, receipt=paid)
    with desk.database.reading() as session:
        noted = session.scalars(select(Payment).where(Payment.receipt_number == "9")).one()
    assert (noted.paid_for, noted.amount) == ("duplicate", 2500)


@pytest.mark.clause("R2.3.1")
def test_a_visit_goes_on_with_the_duplicate(desk: Desk) -> None:
    _, old = desk.enrol()
    with desk.database.writing() as session:
        session.add(Station(code="K1", name="Вхід", created_at=NOON))
        session.flush()
        visit_id = uuid7(NOON, bytes(10))
        session.add(
            Visit(
                id=visit_id, ticket_id=old, state=VisitState.INSIDE, station_code="K1", persons=1,
                slip_number="K1-000001-AAAA-A", local_day=TODAY, opened_at=NOON, changed_at=NOON,
            )
        )  # fmt: skip
    new = life.duplicate(desk.database, old, damaged=True, by=desk.by, entropy=desk.chance)
    with desk.database.reading() as session:
        assert session.get_one(Visit, visit_id).ticket_id == new


@pytest.mark.clause("R2.3.1")
def test_a_lost_ticket_opens_nothing_and_may_come_back(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    life.report_lost(desk.database, ticket_id, by=desk.by)
    assert desk.judge(ticket_id).verdict is Verdict.REFUSE
    life.found_again(desk.database, ticket_id, by=desk.by)
    assert desk.judge(ticket_id).verdict is Verdict.GRANT


@pytest.mark.scenario("E31")
def test_a_cancelled_ticket_stays_cancelled(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    life.cancel(desk.database, ticket_id, CancelReason.WISH, by=desk.by)
    assert desk.judge(ticket_id).codes == (Reason.TICKET_CANCELLED,)
    for again in (life.report_lost, life.found_again):
        with pytest.raises(NotPossible):
            again(desk.database, ticket_id, by=desk.by)


def test_every_act_on_a_ticket_is_told_to_the_stations(desk: Desk) -> None:
    _, ticket_id = desk.enrol()

    def told() -> int:
        with desk.database.reading() as session:
            return list(session.scalars(select(Change.row_key))).count(ticket_id)

    seen = told()
    for act in (life.report_lost, life.found_again):
        act(desk.database, ticket_id, by=desk.by)
        assert told() > seen
        seen = told()


@pytest.mark.threat(6)
@pytest.mark.parametrize(
    "text,fault",
    [
        ("08123456", CardFault.RANDOM_UID), ("08 ab cd ef", CardFault.RANDOM_UID),
        ("88123456", CardFault.RANDOM_UID), ("00000000", CardFault.NOT_A_UID),
        ("123", CardFault.NOT_A_UID), ("04A1B2C3D4", CardFault.NOT_A_UID),
        ("привіт!!", CardFault.NOT_A_UID), ("", CardFault.NOT_A_UID),
    ],
)  # fmt: skip
def test_a_random_uid_names_nobody(desk: Desk, text: str, fault: CardFault) -> None:
    _, ticket_id = desk.enrol()
    with pytest.raises(CardRefused) as refused:
        cards.link(desk.database, ticket_id, CredentialKind.CARD, text, by=desk.by)
    assert refused.value.fault is fault


@pytest.mark.scenario("E29", "E30")
def test_a_card_stands_for_one_person_s_tickets_alone(desk: Desk) -> None:
    _, mine = desk.enrol()
    _, other = desk.enrol(surname="Шевчук")
    uid = cards.link(desk.database, mine, CredentialKind.CARD, "04:a1:b2:c3", by=desk.by)
    assert uid == "04A1B2C3"
    with pytest.raises(CardRefused) as refused:
        cards.link(desk.database, other, CredentialKind.CARD, uid, by=desk.by)
    assert refused.value.fault is CardFault.TAKEN
    cards.link(desk.database, mine, CredentialKind.CARD, uid, by=desk.by)
    with desk.database.reading() as session:
        (linked,) = session.scalars(select(Credential)).all()
    assert desk.judge(mine, credential=CredentialKind.CARD).codes == (Reason.WEAK_CREDENTIAL,)
    assert not cards.unlink(desk.database, other, linked.id, by=desk.by)
    assert cards.unlink(desk.database, mine, linked.id, by=desk.by)
    cards.link(desk.database, other, CredentialKind.CARD, uid, by=desk.by)
    assert uid not in str([row.details for row in desk.log("credential_linked")])


@pytest.mark.scenario("E03")
def test_an_old_printed_number_becomes_a_credential_as_scanned(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    value = cards.link(desk.database, ticket_id, CredentialKind.NUMBER, "rd-1002\r\n", by=desk.by)
    assert value == "RD-1002"
    with desk.database.reading() as session:
        assert lookup.ticket_id_of(session, CredentialKind.NUMBER, "RD-1002") == ticket_id
    with pytest.raises(CardRefused):
        cards.link(desk.database, ticket_id, CredentialKind.NUMBER, "a1b2c3d4e5f6", by=desk.by)


def test_a_dead_ticket_takes_no_card(desk: Desk) -> None:
    _, ticket_id = desk.enrol()
    life.report_lost(desk.database, ticket_id, by=desk.by)
    with pytest.raises(CardRefused) as refused:
        cards.link(desk.database, ticket_id, CredentialKind.CARD, "04A1B2C3", by=desk.by)
    assert refused.value.fault is CardFault.DEAD_TICKET


def picture(size: tuple[int, int] = (900, 1200), form: str = "JPEG", **save: object) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, "#a87").save(data, form, **save)
    return data.getvalue()


@pytest.mark.clause("R2.2")
@pytest.mark.threat(13)
def test_a_photo_is_drawn_anew_without_a_word_about_itself(desk: Desk) -> None:
    exif = Image.Exif()
    exif[0x010E] = "вдома"
    exif.get_ifd(0x8825)[1] = "N"
    sent = picture(exif=exif, comment=b"secret", dpi=(300, 300))
    patron_id, _ = desk.enrol()
    photos.keep(desk.database, patron_id, sent, by=desk.by)
    with desk.database.reading() as session:
        kept = photos.of(session, patron_id)
    assert kept is not None
    with Image.open(io.BytesIO(kept)) as image:
        assert (image.format, image.size) == ("JPEG", (600, 800))
        assert not image.getexif()
        assert "comment" not in image.info
    assert b"secret" not in kept


@pytest.mark.threat(13)
@pytest.mark.parametrize(
    "sent",
    [
        b"", b"<svg/>", b"\xff\xd8\xff\xe0 broken", picture((200, 200)),
        picture((300, 300), "GIF"), picture() + bytes(8 * 1024 * 1024),
    ],
)  # fmt: skip
def test_what_is_no_photo_is_refused(sent: bytes) -> None:
    with pytest.raises(NotAPhoto):
        photos.redraw(sent)


@pytest.mark.threat(13)
@pytest.mark.parametrize("side", [30_000, 7_000])
def test_an_image_bomb_is_refused_before_it_unfolds(side: int) -> None:
    """Beyond all measure, and one that the library of pictures itself would still open."""
    bomb = io.BytesIO()
    Image.new("1", (side, side)).save(bomb, "PNG")
    assert len(bomb.getvalue()) < 200_000
    with pytest.raises(NotAPhoto):
        photos.redraw(bomb.getvalue())


@pytest.mark.clause("R2.2")
def test_no_photo_without_its_own_consent_and_it_goes_with_it(desk: Desk) -> None:
    patron_id, _ = desk.enrol()
    photos.keep(desk.database, patron_id, picture(), by=desk.by)
    consents.change(desk.database, patron_id, {Purpose.PHOTO: False}, staff_id=1, at=NOON)
    with desk.database.reading() as session:
        assert session.scalar(select(Photo)) is None
    with pytest.raises(NoConsent):
        photos.keep(desk.database, patron_id, picture(), by=desk.by)


def test_the_notes_of_payments_add_up(desk: Desk) -> None:
    desk.enrol()
    desk.enrol(TicketKind.ONE_TIME, surname="Шевчук")
    with desk.database.reading() as session:
        assert sum(session.scalars(select(Payment.amount))) == 6000


@pytest.mark.clause("R1.5", "R2.6")
def test_a_minor_is_registered_anew_only_while_somebody_answers(desk: Desk) -> None:
    desk.set(guarantee_below_age=16)
    patron_id = desk.start(birth_date="2012-01-01")
    desk.usual_steps(patron_id, IdentityDocument.BIRTH_CERTIFICATE)
    enrolment.note_guardian(desk.database, patron_id, desk.parent(), by=desk.by)
    until = date(2025, 12, 31)
    enrolment.note_guarantee(desk.database, patron_id, desk.parent(until=until), by=desk.by)
    desk.pay(patron_id)
    ticket_id = desk.issue(patron_id)
    desk.at = datetime(2026, 1, 5, 10, tzinfo=UTC)
    shown = Shown(
        document=IdentityDocument.BIRTH_CERTIFICATE, method=PaymentMethod.TERMINAL,
        receipt_number="9",
    )  # fmt: skip
    with pytest.raises(Refused, match="guarantee_ended"):
        reregistration.register(desk.database, ticket_id, shown, by=desk.by)
    parent = desk.parent(until=date(2026, 12, 31))
    guarantors.renew(desk.database, patron_id, parent, guarantees=True, by=desk.by)
    reregistration.register(desk.database, ticket_id, shown, by=desk.by)
    assert desk.ticket(ticket_id).registered_for == 2026
