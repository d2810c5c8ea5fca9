"""The centre's services and API, on SQLite and PostgreSQL alike."""
