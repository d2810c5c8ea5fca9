"""The station's database, a module a subject; every function takes the open transaction.

A use case opens one `Database.write()` and commits visit, print job and event together.
"""

from kiosk.store.database import Database

__all__ = ["Database"]
