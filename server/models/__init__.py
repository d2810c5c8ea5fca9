"""Everything the centre remembers, as tables of SQLAlchemy."""

from gate.codes import KeyUse
from server.models.base import Base, CommitPosition, UtcDateTime
from server.models.desk_book import (
    DepartmentNotice,
    DeskPrint,
    InboxDone,
    InboxKind,
    LostSlip,
    Shift,
    UrgentExit,
)
from server.models.holdings import Department, DepartmentKind, Document, Loan
from server.models.journal import AuditRecord, AuditSeal, Change, Setting, SettingsRevision
from server.models.order import Complaint, ComplaintKind, Damage, DamageState, DebtorKind
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
    "Complaint",
    "ComplaintKind",
    "Conflict",
    "ConflictKind",
    "Credential",
    "Damage",
    "DamageState",
    "DebtorKind",
    "Department",
    "DepartmentKind",
    "DepartmentNotice",
    "DepartmentVisit",
    "DeskPrint",
    "Document",
    "EventOfDay",
    "IdentityDocument",
    "InboxDone",
    "InboxKind",
    "Key",
    "KeyUse",
    "Loan",
    "LostSlip",
    "OwnItem",
    "PairingCode",
    "Patron",
    "Reservation",
    "Residence",
    "Role",
    "Setting",
    "SettingsRevision",
    "Shift",
    "Staff",
    "StaffSession",
    "Station",
    "StationEvent",
    "StationRole",
    "Ticket",
    "UrgentExit",
    "UtcDateTime",
    "Visit",
    "VisitOrigin",
    "display_name",
]
