"""Branches: the buildings of a library that has more than one (R5.1.2, C1.3)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, String, false
from sqlalchemy.orm import Mapped, mapped_column

from server.models.base import Base


class Branch(Base):
    """A building with hours of its own.

    A library in one building has none. Stations, departments and halls without a branch are in the
    library's own building, which keeps the hours of the library.
    """

    __tablename__ = "branch"

    code: Mapped[str] = mapped_column(String(10), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    name_en: Mapped[str] = mapped_column(String(200), default="", server_default="")
    address: Mapped[str] = mapped_column(String(300), default="", server_default="")
    phone: Mapped[str] = mapped_column(String(40), default="", server_default="")
    """Of its Service Centre; empty: the library's."""
    capacity: Mapped[int | None]
    """How many persons may be inside; None: no limit (E32)."""
    has_shelter: Mapped[bool] = mapped_column(default=False, server_default=false())
    shelter_place: Mapped[str] = mapped_column(String(200), default="", server_default="")
    nearest_shelter: Mapped[str] = mapped_column(String(200), default="", server_default="")
    assembly_point: Mapped[str] = mapped_column(String(200), default="", server_default="")
    """Where everybody gathers after a fire alarm there."""
    hours: Mapped[list[Any] | None] = mapped_column(JSON(none_as_null=True))
    """As `Department.hours`; None: open as the library is."""
    position: Mapped[int] = mapped_column(default=0, server_default="0")
    """Order in lists."""
    retired_at: Mapped[datetime | None]
    """Closed since; visits and loans of the past keep its stations and departments (C9)."""
