"""Everything the centre remembers, as tables of SQLAlchemy."""

from gate.codes import KeyUse
from server.models.base import Base, CommitPosition, UtcDateTime
from server.models.holdings import Department, DepartmentKind, Document, Loan
from server.models.journal import AuditRecord, AuditSeal, Change, Setting, SettingsRevision
from server.models.people import (
    Ban,
    Category,
    Credential,
    IdentityDocument,
    Patron,
    Residence,
    Ticket,
    display_name,
)
from server.models.staff import Role, Staff, StaffSession
from server.models.stations import (
    Conflict,
    ConflictKind,
    Key,
    PairingCode,
    Station,
    StationEvent,
    StationRole,
)
from server.models.visits import (
    DepartmentVisit,
    EventOfDay,
    OwnItem,
    Reservation,
    Visit,
    VisitOrigin,
)

__all__ = [
    "AuditRecord",
    "AuditSeal",
    "Ban",
    "Base",
    "Category",
    "Change",
    "CommitPosition",
    "Conflict",
    "ConflictKind",
    "Credential",
    "Department",
    "DepartmentKind",
    "DepartmentVisit",
    "Document",
    "EventOfDay",
    "IdentityDocument",
    "Key",
    "KeyUse",
    "Loan",
    "OwnItem",
    "PairingCode",
    "Patron",
    "Reservation",
    "Residence",
    "Role",
    "Setting",
    "SettingsRevision",
    "Staff",
    "StaffSession",
    "Station",
    "StationEvent",
    "StationRole",
    "Ticket",
    "UtcDateTime",
    "Visit",
    "VisitOrigin",
    "display_name",
]
