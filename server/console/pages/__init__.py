"""The pages, each in a file of its own; importing them adds their routes to the blueprint."""

from server.console.pages import (
    account,
    audit_log,
    desk,
    documents,
    door,
    events,
    files,
    information,
    inside,
    leaves,
    looking,
    patrons,
    slips,
    urgent,
    visits,
)

__all__ = [
    "account",
    "audit_log",
    "desk",
    "documents",
    "door",
    "events",
    "files",
    "information",
    "inside",
    "leaves",
    "looking",
    "patrons",
    "slips",
    "urgent",
    "visits",
]
