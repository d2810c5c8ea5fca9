"""Those who work in the sample library. Their passwords are random and stand in one file."""

from __future__ import annotations

from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from server.founding import add_staff
from server.models import Role, Staff
from server.services.keys import Entropy
from server.services.second_factor import NEEDED_BY

_SECRET_BYTES = 20
_DEPARTMENT_LOGIN = "dept{}"
_PEOPLE = (
    ("admin", Role.ADMIN, "Остап Вишневий", None),
    ("director", Role.DIRECTOR, "Ярослава Левицька", None),
    ("desk1", Role.SERVICE_CENTRE, "Світлана Кравець", "1"),
    ("desk2", Role.SERVICE_CENTRE, "Мар’яна Ґудзь", "1"),
    ("guard", Role.GUARD, "Степан Чайка", None),
    ("technician", Role.TECHNICIAN, "Євген Їжак", None),
    ("information", Role.INFORMATION_CENTRE, "Уляна Садова", "11"),
    *(
        (_DEPARTMENT_LOGIN.format(department), Role.DEPARTMENT, name, department)
        for department, name in (
            ("2", "Галина Приходько"),
            ("3", "Надія Поліщук"),
            ("4", "Інна Ткачук"),
            ("5", "Лариса Лісова"),
            ("6", "Соломія Полонська"),
            ("7", "Григорій Озерний"),
            ("8", "Валентина Швець"),
            ("9", "Дарина Єфименко"),
            ("10", "Назар Білий"),
            ("11", "Тетяна Юрченко"),
            ("12", "Людмила Щербак"),
        )
    ),
    ("branch_desk", Role.SERVICE_CENTRE, "Руслан Гайовий", "21"),
    ("branch_lending", Role.DEPARTMENT, "Оксана Журавель", "22"),
    ("branch_information", Role.INFORMATION_CENTRE, "Віра Заїка", "23"),
)


@dataclass(frozen=True, slots=True)
class Employed:
    """The staff's database ids by login, and a table of logins and passwords for one file."""

    ids: dict[str, int]
    table: str

    def librarian(self, department: str) -> int:
        """Who works at a department's desk."""
        return self.ids[_DEPARTMENT_LOGIN.format(department)]


def write_staff(session: Session, at: datetime, entropy: Entropy) -> Employed:
    """Write all accounts; departments must be there."""
    lines = ["# login\tpassword\trole\tdepartment\tname\tsecond_factor"]
    ids = {}
    for login, role, name, department in _PEOPLE:
        ids[login], password = add_staff(
            session, login=login, name=name, role=role, department=department, at=at,
            entropy=entropy,
        )  # fmt: skip
        secret = _second_factor(session, ids[login], at, entropy) if role in NEEDED_BY else ""
        lines.append("\t".join((login, password, role, department or "", name, secret)))
    return Employed(ids, "\n".join(lines) + "\n")


def _second_factor(session: Session, staff_id: int, at: datetime, entropy: Entropy) -> str:
    """One that is set up already, so that the sample opens without anybody's phone."""
    staff = session.get_one(Staff, staff_id)
    staff.totp_secret = b32encode(entropy(_SECRET_BYTES)).decode()
    staff.totp_since = at
    return staff.totp_secret
