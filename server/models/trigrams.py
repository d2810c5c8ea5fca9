"""Indexes on PostgreSQL for parts of names, titles, numbers and phones: their trigrams (pg_trgm).

Beside the tables' own, because no other database knows their kind: SQLite reads a hundred thousand
rows quicker than a person types.
"""

from __future__ import annotations

from sqlalchemy import Connection, event, text

from server.models.base import Base

DIGITS_OF_PHONE = (
    "replace(replace(replace(replace(replace(phone,"
    " ' ', ''), '-', ''), '(', ''), ')', ''), '+', '')"
)
"""SQL: a phone's digits, however it is written; index and query say it letter by letter."""
MARK = "_trigrams"
"""How their names end."""
_EXPRESSIONS = (
    ("ix_patron_name", "patron", "name_key"),
    ("ix_patron_phone", "patron", DIGITS_OF_PHONE),
    ("ix_ticket_number", "ticket", "number"),
    ("ix_document_search", "document", "search_key"),
)


@event.listens_for(Base.metadata, "after_create")
def _create(_metadata: object, connection: Connection, **_options: object) -> None:
    if connection.dialect.name == "postgresql":
        for statement in statements():
            connection.execute(text(statement))


def statements() -> list[str]:
    """What makes them, where they are not there yet."""
    made = [
        f"CREATE INDEX IF NOT EXISTS {name}{MARK} ON {table} USING gin ({what} gin_trgm_ops)"
        for name, table, what in _EXPRESSIONS
    ]
    return ["CREATE EXTENSION IF NOT EXISTS pg_trgm", *made]
