"""Papers of a reader: registration card, reader's file, and the ticket to show or to print."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from flask import Response, abort
from sqlalchemy import select
from sqlalchemy.orm import Session

from gate.facts import LoanPlace, TicketState
from server.console.blueprint import console
from server.console.centre import centre, database, library, now, staff, words
from server.console.enrolment_words import DOCUMENTS, GUARANTORS, PURPOSES, said
from server.console.labels import category_name, residence_name
from server.console.pages.enrolment import by
from server.console.pages.patrons import best_ticket
from server.console.printing import data_address, pdf
from server.console.ticket_papers import TicketPaper, paper_of, picture_of
from server.models import Guarantor, Loan, Patron, RegistrationCard, TextKind, Ticket
from server.services import consents, photos, reregistration, tickets
from server.services.keys import NoSigningKey

_EMPTY_ROWS = 33


@dataclass(frozen=True, slots=True, kw_only=True)
class CardPaper:
    """The registration card (R2.2)."""

    library: str
    photo: str
    facts: Sequence[tuple[str, str]]
    answerers: Sequence[tuple[str, str]]
    consent_texts: Sequence[str]
    """What is signed, and its English beside it for who reads the card in English."""
    consents: Sequence[tuple[str, str]]
    librarian: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FilePaper:
    """The reader's file (R3.3.2)."""

    library: str
    number: str
    facts: Sequence[tuple[str, str]]
    loans: Sequence[Loan]
    empty_rows: int


@console.get("/patrons/<int:patron_id>/registration-card.pdf")
def registration_card(patron_id: int) -> Response:
    """To print and sign; 404 where there is no such patron."""
    with database().reading() as session:
        patron = _patron(session, patron_id)
        photo = photos.of(session, patron_id)
        today = library().day(now())
        paper = CardPaper(
            library=library().name_in(words().language),
            photo=data_address("image/jpeg", photo) if photo else "",
            facts=list(_facts(session, patron)),
            answerers=list(_answerers(session, patron_id)),
            consent_texts=_consent_texts(session, today),
            consents=list(_consents(session, patron_id)),
            librarian=staff().name,
        )
        return _as_pdf(pdf("registration_card.html", paper))


@console.get("/patrons/<int:patron_id>/reader-file.pdf")
def reader_file(patron_id: int) -> Response:
    """What is at home, with lines for signatures; 404 where there is no such patron."""
    with database().reading() as session:
        patron = _patron(session, patron_id)
        ticket = best_ticket(patron.tickets)
        out = reregistration.loans_to_show(session, patron_id)
        at_home = [loan for loan in out if loan.place is LoanPlace.HOME]
        paper = FilePaper(
            library=library().name_in(words().language),
            number=ticket.number if ticket else "",
            facts=list(_facts(session, patron)),
            loans=at_home,
            empty_rows=max(4, _EMPTY_ROWS - len(at_home)),
        )
        return _as_pdf(pdf("reader_file.html", paper))


@console.get("/patrons/<int:patron_id>/ticket.png")
def ticket_picture(patron_id: int) -> Response:
    """The ticket for a phone's screen; 404 where there is no valid one."""
    _, picture = _drawn(patron_id)
    return Response(picture, mimetype="image/png")


@console.get("/patrons/<int:patron_id>/ticket-card.pdf")
def ticket_card(patron_id: int) -> Response:
    """The ticket as a card of ID-1 size."""
    return _as_pdf(pdf("ticket_card.html", _ticket_paper(patron_id)))


@console.get("/patrons/<int:patron_id>/ticket-sheet.pdf")
def ticket_sheet(patron_id: int) -> Response:
    """The ticket on a sheet of A4, to cut out."""
    return _as_pdf(pdf("ticket_sheet.html", _ticket_paper(patron_id)))


def _ticket_paper(patron_id: int) -> TicketPaper:
    ticket, picture = _drawn(patron_id)
    return paper_of(ticket, picture, library(), words())


def _drawn(patron_id: int) -> tuple[Ticket, bytes]:
    """The valid ticket with its picture as PNG; the audit log knows who asked for the code."""
    with database().reading() as session:
        best = best_ticket(_patron(session, patron_id).tickets)
        ticket = None if best is None else tickets.by_number(session, best.number)
    keys = centre().keys_directory
    if ticket is None or ticket.state is not TicketState.ACTIVE or keys is None:
        abort(404)
    try:
        code = tickets.issue_code(database(), ticket.number, keys, actor=by().actor, at=now())
    except NoSigningKey:
        abort(404)
    return ticket, picture_of(ticket, code, library(), words())


def _patron(session: Session, patron_id: int) -> Patron:
    patron = session.get(Patron, patron_id)
    if patron is None:
        abort(404)
    return patron


def _as_pdf(data: bytes) -> Response:
    return Response(data, mimetype="application/pdf")


def _facts(session: Session, patron: Patron) -> Iterator[tuple[str, str]]:
    """Every line stands on the paper; what is not known is filled in by hand."""
    _ = words().gettext
    card = session.get(RegistrationCard, patron.id)
    born = patron.birth_date
    yield _("Прізвище, ім’я, по батькові"), patron.full_name
    yield _("Дата народження"), words().date(born) if born else ""
    yield _("Категорія"), category_name(patron.category)
    yield _("Документ пред’явлено"), said(DOCUMENTS, patron.identity_document)
    yield _("Зареєстровано"), residence_name(patron.residence)
    yield _("Адреса"), card.address if card else ""
    yield _("Телефон"), patron.phone
    yield _("Електронна пошта"), patron.email
    work = [card.workplace, card.occupation] if card else []
    yield _("Місце роботи чи навчання"), ", ".join(part for part in work if part)
    if patron.organisation:
        agreement = _("угода № %(number)s", number=patron.organisation.agreement_number)
        yield _("Організація"), f"{patron.organisation.name}, {agreement}"
    yield _("Правила користування"), _("версія %(version)s", version=patron.rules_version or "—")


def _answerers(session: Session, patron_id: int) -> Iterator[tuple[str, str]]:
    _ = words().gettext
    query = select(Guarantor).where(Guarantor.patron_id == patron_id).order_by(Guarantor.id)
    for found in session.scalars(query):
        until = _("до %(date)s", date=words().date(found.until)) if found.until else ""
        parts = (found.name, found.phone, found.paper, until)
        what = _("Доручення-гарантія") if found.guarantees else _("Згода")
        yield f"{what}: {said(GUARANTORS, found.kind)}", ", ".join(part for part in parts if part)


def _consent_texts(session: Session, today: date) -> Sequence[str]:
    text = consents.current(session, TextKind.CONSENT, today)
    return list(dict.fromkeys((text.body, text.said(words().language))))


def _consents(session: Session, patron_id: int) -> Iterator[tuple[str, str]]:
    _ = words().gettext
    for purpose, line in consents.answers(session, patron_id).items():
        answer = _("так") if line.given else _("ні")
        told = _("%(answer)s, %(date)s", answer=answer, date=words().date(line.at))
        yield said(PURPOSES, purpose), told
