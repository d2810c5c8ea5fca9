"""Enrolment at the desk, step by step, each written down with who and when (R2.1, R2.2).

The steps may be done in any order; the ticket comes last, when nothing that the rules ask for is
open. Of an identity document only its kind is kept (R1.4).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from gate.facts import TicketKind
from server.database import Database
from server.models import (
    Ban,
    Certificate,
    Consent,
    DataRequest,
    Enrolment,
    EnrolmentStep,
    Guarantor,
    IdentityDocument,
    PaidFor,
    Patron,
    Payment,
    PaymentMethod,
    Photo,
    Purpose,
    RegistrationCard,
    Step,
    TextKind,
    Ticket,
)
from server.services import (
    audit,
    changes,
    consents,
    enrolment_rules,
    guarantors,
    organisations,
    settings,
    tariffs,
    ticket_life,
)
from server.services.by import By
from server.services.enrolment_rules import Applicant
from server.services.guarantors import Answerer
from server.services.keys import Entropy
from server.services.people import AGE_OF_OWN_RIGHT
from server.services.personal_data import CARD_FIELDS, PATRON_FIELDS, PersonalData
from server.services.tariffs import Refused

_SALT_BYTES = 16


class NoOpenEnrolment(LookupError):
    """This patron is not being enrolled."""


class NotReady(Exception):
    """There are steps without which there is no ticket."""

    def __init__(self, steps: Sequence[Step]) -> None:
        super().__init__(", ".join(steps))
        self.steps = tuple(steps)


def start(
    database: Database, data: PersonalData, kind: TicketKind, *, by: By, entropy: Entropy
) -> int:
    """Keep the data of somebody new and begin their enrolment. Answers the patron's id."""
    values = {name: getattr(data, name) for name in PATRON_FIELDS}
    with database.writing() as session:
        patron = Patron(
            **values, name_key=data.name_key, salt=entropy(_SALT_BYTES).hex(), created_at=by.at
        )
        session.add(patron)
        session.flush()
        session.add(
            RegistrationCard(
                patron_id=patron.id, **{name: getattr(data, name) for name in CARD_FIELDS}
            )
        )
        _begin(session, patron, kind, by)
        return patron.id


def start_again(database: Database, patron_id: int, kind: TicketKind, *, by: By) -> None:
    """Begin an enrolment of somebody known: after five years, or for a day. An open one goes on.

    Raises LookupError for an unknown patron.
    """
    with database.writing() as session:
        patron = session.get(Patron, patron_id)
        if patron is None:
            raise LookupError(f"no patron {patron_id}")
        if open_enrolment(session, patron_id) is None:
            _begin(session, patron, kind, by)


def _begin(session: Session, patron: Patron, kind: TicketKind, by: By) -> None:
    enrolment = Enrolment(patron_id=patron.id, ticket_kind=kind, started_at=by.at)
    session.add(enrolment)
    session.flush()
    _done(session, enrolment, patron, Step.DATA, by, {"kind": kind})


def open_enrolment(session: Session, patron_id: int) -> Enrolment | None:
    """The enrolment that goes on."""
    return session.scalar(
        select(Enrolment)
        .where(Enrolment.patron_id == patron_id, Enrolment.finished_at.is_(None))
        .order_by(Enrolment.id.desc())
        .limit(1)
    )


def steps_of(session: Session, enrolment_id: int) -> Mapping[Step, EnrolmentStep]:
    """The newest record of each step that was done."""
    rows = session.scalars(
        select(EnrolmentStep)
        .where(EnrolmentStep.enrolment_id == enrolment_id)
        .order_by(EnrolmentStep.id)
    )
    return {row.step: row for row in rows}


def applicant(session: Session, enrolment: Enrolment, patron: Patron) -> Applicant:
    """The facts for the rules."""
    return Applicant(
        kind=enrolment.ticket_kind,
        category=patron.category,
        birth_date=patron.birth_date,
        agreement_until=patron.agreement_until,
        guarantee_until=guarantors.guarantee_until(session, patron.id),
        certificate_year=tariffs.certificate_year(session, patron),
        done=frozenset(steps_of(session, enrolment.id)),
    )


def note_document(
    database: Database, patron_id: int, document: IdentityDocument, *, by: By
) -> None:
    """The document was seen; its kind is kept, no copy and no number (R1.4, R1.6)."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        patron.identity_document = document
        patron.document_renew_from = None
        _done(session, enrolment, patron, Step.DOCUMENT, by, {"document": document})


def note_agreement(
    database: Database, patron_id: int, organisation: str, number: str, until: date | None, *,
    by: By,
) -> int:  # fmt: skip
    """The agreement with an organisation whose reader this is (R1.8). Raises Refused.

    Of an organisation on record its own agreement holds where none is told. What keeps it out
    keeps its new reader out too: answers how many bans those are (R5.1.10).
    """
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        known = organisations.named(session, organisation)
        if known is not None:
            number, until = number or known.agreement_number, until or known.agreement_until
        if not organisation or not number or until is None:
            raise Refused("empty")
        if until < settings.read(session).day(by.at):
            raise Refused("agreement_ended")
        agreed = organisations.find_or_make(session, organisation)
        organisations.agree(session, agreed, number, until)
        shared = organisations.join(session, patron, agreed, at=by.at)
        _done(session, enrolment, patron, Step.AGREEMENT, by, {"until": until.isoformat()})
        return shared


def note_guardian(database: Database, patron_id: int, guardian: Answerer, *, by: By) -> None:
    """A parent or lawful representative consents to the enrolment of somebody under 16 (R1.4)."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        guarantors.add_consent(session, patron, guardian, by)
        _done(session, enrolment, patron, Step.GUARDIAN, by, {"kind": guardian.kind})


def note_guarantee(database: Database, patron_id: int, guarantor: Answerer, *, by: By) -> None:
    """Parents, or a school by its letter, answer for a minor until a day (R1.5)."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        guarantors.add_guarantee(session, patron, guarantor, by)
        until = guarantor.until.isoformat() if guarantor.until else None
        details = {"kind": guarantor.kind, "until": until}
        _done(session, enrolment, patron, Step.GUARANTEE, by, details)


def note_texts(database: Database, patron_id: int, *, by: By) -> None:
    """The rules of use and the data notice were read, in the versions of today (R1.2, R2.2)."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        today = settings.read(session).day(by.at)
        shown = (TextKind.RULES, TextKind.DATA_NOTICE)
        versions = {str(kind): consents.current(session, kind, today).version for kind in shown}
        patron.rules_version = versions[TextKind.RULES]
        _done(session, enrolment, patron, Step.TEXTS, by, versions)


def note_consents(
    database: Database, patron_id: int, given: Mapping[Purpose, bool], *, by: By
) -> None:
    """The answers to each purpose (R2.2). Raises Refused without one to the enrolment itself."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        if not given.get(Purpose.ENROLMENT):
            raise Refused("no_consent")
        today = settings.read(session).day(by.at)
        child = enrolment_rules.is_below(patron.birth_date, AGE_OF_OWN_RIGHT, today)
        version = consents.note(
            session, patron, given, by_guardian=child, staff_id=by.staff_id, at=by.at
        )
        _done(session, enrolment, patron, Step.CONSENTS, by, {"text": version})


def note_certificate(database: Database, patron_id: int, *, by: By) -> None:
    """The certificate of the patron's category was seen this year (R2.5)."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        tariffs.see_certificate(session, patron, by)
        _done(session, enrolment, patron, Step.CERTIFICATE, by, {"category": patron.category})


def note_payment(
    database: Database, patron_id: int, method: PaymentMethod, receipt_number: str, *, by: By
) -> int:
    """The fee of the enrolment was paid; the tariff says how much. Raises Refused: no receipt."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        library = settings.read(session)
        if Step.PAYMENT in steps_of(session, enrolment.id):
            raise Refused("paid_already")
        what, amount = tariffs.due(session, patron, enrolment.ticket_kind, library, by.at)
        paid = tariffs.add_payment(
            session, patron, PaidFor.ENROLMENT, amount, what, method, receipt_number, by
        )
        _done(
            session, enrolment, patron, Step.PAYMENT, by,
            {"amount": amount, "concession": what, "method": paid.method},
        )  # fmt: skip
        return amount


def note_photo(session: Session, patron_id: int, by: By) -> None:
    """The photo step, where an enrolment goes on (the photo itself: server.services.photos)."""
    enrolment = open_enrolment(session, patron_id)
    if enrolment is not None:
        patron = session.get_one(Patron, patron_id)
        _done(session, enrolment, patron, Step.PHOTO, by, {})


def issue(database: Database, patron_id: int, *, by: By, entropy: Entropy) -> str:
    """End the enrolment with a ticket; answers its id.

    Without the fee the ticket holds day rights only (R4.2.5): it says so itself, and the entrance
    sends to the desk. Raises NotReady, NoOpenEnrolment.
    """
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        library = settings.read(session)
        today = library.day(by.at)
        facts = applicant(session, enrolment, patron)
        open_steps = enrolment_rules.missing(facts, today, library)
        if open_steps:
            raise NotReady(open_steps)
        _, amount = tariffs.due(session, patron, enrolment.ticket_kind, library, by.at)
        paid = amount == 0 or Step.PAYMENT in facts.done
        ticket = ticket_life.make(
            session, patron, enrolment.ticket_kind, paid=paid, by=by, entropy=entropy
        )
        enrolment.finished_at, enrolment.ticket_id = by.at, ticket.id
        _done(session, enrolment, patron, Step.TICKET, by, {"ticket": ticket.id, "paid": paid})
        changes.note_patron(session, patron_id)
        return ticket.id


def _tickets_of(session: Session, patron_id: int) -> Sequence[str]:
    return session.scalars(select(Ticket.id).where(Ticket.patron_id == patron_id)).all()


def abandon(database: Database, patron_id: int, *, by: By) -> None:
    """End an enrolment without a ticket. Of somebody who never had one, nothing personal stays."""
    with database.writing() as session:
        enrolment, patron = _open(session, patron_id)
        audit.record(
            session, at=by.at, actor=by.actor, action="enrolment_abandoned",
            about=("patron", str(patron_id)),
        )  # fmt: skip
        if _tickets_of(session, patron_id) or _has_paid(session, patron_id):
            enrolment.finished_at = by.at
            return
        _forget(session, patron)


def _has_paid(session: Session, patron_id: int) -> bool:
    return session.scalar(select(Payment.id).where(Payment.patron_id == patron_id)) is not None


def _forget(session: Session, patron: Patron) -> None:
    ids = select(Enrolment.id).where(Enrolment.patron_id == patron.id)
    session.execute(delete(EnrolmentStep).where(EnrolmentStep.enrolment_id.in_(ids)))
    for table in (
        Enrolment, Consent, Guarantor, Certificate, Photo, RegistrationCard, Ban, DataRequest,
    ):  # fmt: skip
        session.execute(delete(table).where(table.patron_id == patron.id))
    session.delete(patron)


def _open(session: Session, patron_id: int) -> tuple[Enrolment, Patron]:
    found = open_enrolment(session, patron_id)
    if found is None:
        raise NoOpenEnrolment(f"patron {patron_id} is not being enrolled")
    return found, session.get_one(Patron, patron_id)


def _done(
    session: Session, enrolment: Enrolment, patron: Patron, step: Step, by: By,
    details: Mapping[str, Any],
) -> None:  # fmt: skip
    """Write the step and its audit record; personal values stand in neither."""
    session.add(
        EnrolmentStep(
            enrolment_id=enrolment.id, step=step, at=by.at, staff_id=by.staff_id,
            details=dict(details),
        )
    )  # fmt: skip
    veiled = {"name": audit.veil(patron.salt, patron.full_name)} if step is Step.DATA else {}
    audit.record(
        session, at=by.at, actor=by.actor, action=f"enrolment_{step}",
        about=("patron", str(patron.id)), details={**details, **veiled},
    )  # fmt: skip
