"""Patrons, their tickets, what they show at the door, and bans (R1, R2, R4.3)."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

from gate.facts import CredentialKind, TicketKind, TicketState
from server.models.base import Base, BigId, partial_index
from server.models.organisations import Organisation


class Residence(StrEnum):
    """Where a patron is registered; only `city` may take documents home (R1.7, R2.7)."""

    CITY = "city"
    TEMPORARY = "temporary"
    DISPLACED = "displaced"
    ELSEWHERE = "elsewhere"


class IdentityDocument(StrEnum):
    """Kind of document seen at enrolment; no copy and no number of it is kept (R1.4, R1.6)."""

    PASSPORT = "passport"
    ID_CARD = "id_card"
    BIRTH_CERTIFICATE = "birth_certificate"
    FOREIGN_PASSPORT = "foreign_passport"
    RESIDENCE_PERMIT = "residence_permit"
    REFUGEE_CERTIFICATE = "refugee_certificate"
    STATELESS_CERTIFICATE = "stateless_certificate"
    MILITARY_CARD = "military_card"
    OTHER = "other"


class Category(StrEnum):
    """Category of reader, for tariffs and reports (R2.5, R2.5.1)."""

    ADULT = "adult"
    STUDENT = "student"
    PUPIL = "pupil"
    PENSIONER = "pensioner"
    DISABLED = "disabled"
    """Disability of group I or II; group III pays a reduced fee."""
    DISABLED_THIRD = "disabled_third"
    VETERAN = "veteran"
    COMBATANT = "combatant"
    CONSCRIPT = "conscript"
    CHORNOBYL = "chornobyl"
    LARGE_FAMILY = "large_family"
    ORPHAN = "orphan"
    LIBRARIAN = "librarian"
    """Works in a library of the state's network."""
    HONORARY = "honorary"
    ORGANISATION = "organisation"
    STAFF = "staff"


class Patron(Base):
    """A person enrolled, or the reader of an organisation under agreement (R1.8)."""

    __tablename__ = "patron"
    __table_args__ = (
        # A list by names, of whoever is found, is read from the index alone.
        Index("ix_patron_name_key", "name_key", "id"),
        # All that reports read of a reader, far narrower than the row.
        Index("ix_patron_counted", "id", "category", "birth_date"),
        partial_index("ix_patron_nobody", "id", where="salt = 'nobody'"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    surname: Mapped[str] = mapped_column(String(100))
    given_name: Mapped[str] = mapped_column(String(100))
    patronymic: Mapped[str] = mapped_column(String(100), default="")
    former_surnames: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Those before a change that was told (R2.3.1), the last one first, with commas between."""
    name_key: Mapped[str] = mapped_column(String(310))
    """Names folded for searching, see server.services.names.key."""
    birth_date: Mapped[date | None]
    category: Mapped[Category] = mapped_column(default=Category.ADULT)
    residence: Mapped[Residence] = mapped_column(default=Residence.CITY)
    phone: Mapped[str] = mapped_column(String(40), default="")
    email: Mapped[str] = mapped_column(String(200), default="")
    identity_document: Mapped[IdentityDocument] = mapped_column(default=IdentityDocument.PASSPORT)
    document_renew_from: Mapped[date | None]
    """Day of a change (name, address) since which a new document is to be shown (R2.3.1)."""
    guardian_consent_on: Mapped[date | None]
    """Day of the parent's consent for a reader under 16 (R1.4)."""
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    agreement_until: Mapped[date | None]
    """Last day of the organisation's agreement (R1.8), repeated here where a check reads it."""
    needs_help: Mapped[bool] = mapped_column(default=False, server_default=false())
    """Whether somebody must help this person out of the building in an evacuation; noted at the
    person's own wish."""
    rules_version: Mapped[str] = mapped_column(String(40), default="")
    """Version of the rules of use that the patron accepted (R1.2)."""
    salt: Mapped[str] = mapped_column(String(32))
    """16 random bytes in hexadecimal, which the hashes of this person in the audit log need: once
    the row is gone, nobody can tell from a hash whose it was."""
    created_at: Mapped[datetime]
    note: Mapped[str] = mapped_column(String(1000), default="")

    organisation: Mapped[Organisation | None] = relationship()
    tickets: Mapped[list[Ticket]] = relationship(
        back_populates="patron", order_by="Ticket.issued_at.desc()"
    )
    bans: Mapped[list[Ban]] = relationship(back_populates="patron", order_by="Ban.since.desc()")

    @property
    def full_name(self) -> str:
        """Surname, given name and patronymic, for staff alone."""
        return " ".join(part for part in (self.surname, self.given_name, self.patronymic) if part)

    @property
    def display_name(self) -> str:
        """First name and initial: all that a public screen and a slip may show."""
        return display_name(self.given_name, self.surname)


def display_name(given_name: str, surname: str) -> str:
    """`Олена К.` out of Олена and Коваленко."""
    return f"{given_name} {surname[:1]}." if surname else given_name


class Ticket(Base):
    """A reader's ticket (R2.3). The old one dies at once when a duplicate is issued."""

    __tablename__ = "ticket"
    # SQLite keeps them in the order in which a snapshot reads them, and finds one in one step.
    __table_args__ = (
        partial_index("ix_ticket_staff", "id", where="kind = 'staff'"),
        # Who is registered for a year, told from the index alone.
        Index("ix_ticket_registered", "registered_for", "patron_id", "kind"),
        {"sqlite_with_rowid": False},
    )

    id: Mapped[str] = mapped_column(String(16), primary_key=True)
    """Random hexadecimal signs, see gate.codes.new_ticket_id: what the signed code names."""
    number: Mapped[str] = mapped_column(String(40), unique=True)
    """What people read and say; shown to staff, no credential by itself (E03)."""
    patron_id: Mapped[int] = mapped_column(ForeignKey("patron.id"), index=True)
    kind: Mapped[TicketKind]
    state: Mapped[TicketState] = mapped_column(default=TicketState.ACTIVE)
    issued_at: Mapped[datetime]
    valid_from: Mapped[date]
    valid_until: Mapped[date] = mapped_column(index=True)
    """Last day on which it is good."""
    registered_for: Mapped[int]
    """Year of the last registration (R2.6)."""
    fee_paid: Mapped[bool] = mapped_column(default=True)
    replaced_by: Mapped[str | None] = mapped_column(ForeignKey("ticket.id"))
    state_since: Mapped[datetime | None]
    """When it was lost, replaced or cancelled."""

    patron: Mapped[Patron] = relationship(back_populates="tickets")
    credentials: Mapped[list[Credential]] = relationship(back_populates="ticket")


class Credential(Base):
    """An old printed number or a card's UID that stands for a ticket.

    One card may stand for several tickets of one patron (E30); the best of them counts.
    The signed code needs no row: it names its ticket itself.
    """

    __tablename__ = "credential"
    __table_args__ = (UniqueConstraint("kind", "value", "ticket_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    kind: Mapped[CredentialKind]
    value: Mapped[str] = mapped_column(String(100))
    """The number as printed, or the UID in upper-case hexadecimal."""
    ticket_id: Mapped[str] = mapped_column(ForeignKey("ticket.id"), index=True)
    linked_at: Mapped[datetime]

    ticket: Mapped[Ticket] = relationship(back_populates="credentials")


class Ban(Base):
    """No right to visit for a term, by an order (R4.3.3). It never stops the way out."""

    __tablename__ = "ban"
    __table_args__ = (Index("ix_ban_patron_id", "patron_id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    patron_id: Mapped[int | None] = mapped_column(ForeignKey("patron.id"))
    """None in the ban of an organisation itself; each of its readers has one that follows it."""
    since: Mapped[datetime]
    until: Mapped[datetime | None]
    """First instant after the ban; None where the director made it indefinite."""
    reason: Mapped[str] = mapped_column(String(40))
    """Code of the violation (R4.4)."""
    order_number: Mapped[str] = mapped_column(String(60), default="")
    note: Mapped[str] = mapped_column(String(1000), default="")
    author_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisation.id"), index=True)
    """The organisation that is banned (R5.1.10)."""
    follows: Mapped[int | None] = mapped_column(ForeignKey("ban.id"), index=True)
    """The ban of the organisation that this reader of it shares."""
    lifted_at: Mapped[datetime | None]
    lifted_by: Mapped[int | None] = mapped_column(ForeignKey("staff.id"))
    lift_reason: Mapped[str] = mapped_column(String(1000), default="", server_default="")
    lift_order_number: Mapped[str] = mapped_column(String(60), default="", server_default="")
    """Order by which it was lifted, where there is one."""

    patron: Mapped[Patron | None] = relationship(back_populates="bans")
    organisation: Mapped[Organisation | None] = relationship()
