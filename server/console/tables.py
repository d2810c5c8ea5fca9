"""The administered tables: their fields in words, what may stand in them, who hears of a change."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, StringConstraints, model_validator
from pydantic import Field as Limits

from server.console.buildings import mine
from server.console.centre import database, words
from server.console.fields import Field, Kind
from server.console.lists import Column
from server.console.reads import (
    branches,
    department_name,
    departments,
    place_name,
    workrooms,
)
from server.models import (
    Branch,
    Department,
    DepartmentKind,
    Hall,
    Organisation,
    PaidService,
    Permit,
    PermitKind,
    ViolationCode,
)
from server.services import branch_closing, changes, halls, organisations, settings
from server.services.settings import Kopiykas
from server.services.tables import Table
from templates.words import N_

Name = Annotated[str, StringConstraints(min_length=1, max_length=200, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=200, strip_whitespace=True)]
Place = Annotated[int, Limits(ge=0, le=1000)]


class RowModel(BaseModel):
    """What may stand in a row; whatever else is sent is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BranchRow(RowModel):
    """A branch; its hours stand in the calendar."""

    code: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,10}$")]
    name: Name
    name_en: Text = ""
    address: Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)] = ""
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    capacity: Annotated[int, Limits(ge=1, le=100_000)] | None = None
    assembly_point: Text = ""
    has_shelter: bool = False
    shelter_place: Text = ""
    nearest_shelter: Text = ""
    position: Place = 0


class DepartmentRow(RowModel):
    """A department; its hours stand in the calendar."""

    code: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,10}$")]
    name: Name
    name_en: Text = ""
    kind: DepartmentKind
    phone: Annotated[str, StringConstraints(max_length=40)] = ""
    branch_code: str | None = None
    hall: Annotated[str, StringConstraints(max_length=100)] = ""
    position: Place = 0


class HallRow(RowModel):
    """A hall."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    name_en: Annotated[str, StringConstraints(max_length=100)] = ""
    floor: Annotated[str, StringConstraints(max_length=40)] = ""
    capacity: Annotated[int, Limits(ge=1, le=10_000)] | None = None
    branch_code: str | None = None
    department_code: str | None = None
    is_shelter: bool = False
    phone_zone: bool = False
    position: Place = 0


class ServiceRow(RowModel):
    """A service with its price (R5.1.8)."""

    name: Name
    name_en: Text = ""
    unit: Annotated[str, StringConstraints(max_length=40)] = ""
    price: Kopiykas
    approved_on: date | None = None
    order_number: Annotated[str, StringConstraints(max_length=60)] = ""
    department_code: Annotated[str, StringConstraints(max_length=10)] | None = None
    position: Place = 0


class ViolationRow(RowModel):
    """A prohibited act (R4.4)."""

    code: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{1,39}$")]
    name: Name
    name_en: Text = ""
    term_days: Annotated[int, Limits(ge=1, le=3653)] | None = None
    position: Place = 0


class OrganisationRow(RowModel):
    """An organisation whose readers come by agreement (R1.8)."""

    name: Name
    code: Annotated[str, StringConstraints(pattern=r"^(\d{8}|\d{10})?$")] = ""
    contact: Text = ""
    agreement_number: Annotated[str, StringConstraints(max_length=60)] = ""
    agreement_until: date | None = None


class PermitRow(RowModel):
    """A permit (R5.1.9)."""

    kind: PermitKind
    holder: Name
    contact: Text = ""
    subject: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    hall_id: int | None = None
    first: date
    last: date
    paper: Annotated[str, StringConstraints(max_length=100)] = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.last < self.first:
            raise ValueError("last_before_first")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Administered:
    """A table with its pages."""

    code: str
    """Its name in addresses and endpoints."""
    title: str
    one: str
    """What one row is called on its page."""
    about: str
    icon: str
    table: Table
    row: type[BaseModel]
    fields: tuple[Field, ...]
    listed: tuple[str, ...]
    """Fields that the list shows."""
    beside: tuple[Column[Any], ...] = ()
    """What it shows after them that nobody types."""
    order: str
    empty: str
    retire: str = N_("Більше не використовувати")
    back: str = N_("Використовувати знову")
    retired: str = N_("не використовується")
    ending: str = ""
    """The page on which a row ends, where that takes more than a press; empty: none does."""
    of_building: bool = False
    """Each row stands in a department, and is seen and changed in its building alone (C1.3)."""
    key_typed: bool = False
    """The key is a field that is typed when the row is made, and never changed after."""


_DEPARTMENT_KINDS = {
    DepartmentKind.SERVICE_CENTRE: N_("Сервісний центр"),
    DepartmentKind.LENDING: N_("абонемент"),
    DepartmentKind.READING_ROOM: N_("читальна зала"),
    DepartmentKind.INTERNET: N_("інтернет-центр"),
    DepartmentKind.INFORMATION: N_("інформаційний центр"),
}
_PERMIT_KINDS = {
    PermitKind.PRESS: N_("зйомка для ЗМІ"),
    PermitKind.ADVERT: N_("оголошення чи реклама"),
    PermitKind.EVENT: N_("захід у приміщенні"),
}


def codes(names: Mapping[Any, str]) -> Callable[[], Sequence[tuple[str, str]]]:
    """Codes with their words, as choices of a field."""
    return lambda: [(code.value, words().gettext(name)) for code, name in names.items()]


def department_kinds() -> Sequence[tuple[str, str]]:
    """Forms of service with their names."""
    return codes(_DEPARTMENT_KINDS)()


def _departments() -> Sequence[tuple[str, str]]:
    with database().reading() as session:
        rows = departments(session).values()
        return [(row.code, department_name(row, words())) for row in rows if not row.retired_at]


def departments_in_reach() -> Sequence[tuple[str, str]]:
    """Where something of a building may stand; nothing to choose where there is one building."""
    with database().reading() as session:
        if not branches(session):
            return ()
        rows = workrooms(session, mine()).values()
        return [(row.code, department_name(row, words())) for row in rows if not row.retired_at]


def _branches() -> Sequence[tuple[str, str]]:
    with database().reading() as session:
        return [(row.code, place_name(row, words())) for row in branches(session)]


def halls_in_reach() -> Sequence[tuple[str, str]]:
    """Halls in use where somebody works: what goes on in others is written down there (C1.3)."""
    with database().reading() as session:
        in_use = halls.in_use(session)
        return [(str(hall.id), hall.name) for hall in in_use if mine().covers(hall.branch_code)]


def hall_choices() -> Sequence[tuple[str, str]]:
    """Halls in use, by id and name."""
    with database().reading() as session:
        return [(str(hall.id), hall.name) for hall in halls.in_use(session)]


POSITION_FIELD = Field(name="position", label=N_("Місце в списку"), kind=Kind.NUMBER, needed=True,
                  help=N_("Менше число — вище."))  # fmt: skip
NAME_FIELD = Field(name="name", label=N_("Назва"), needed=True)
NAME_EN_FIELD = Field(name="name_en", label=N_("Назва англійською"))

_BRANCH = Field(name="branch_code", label=N_("Філія"), kind=Kind.CHOICE, choices=_branches,
                empty=N_("головна будівля"), if_any=True)  # fmt: skip

BRANCHES = Administered(
    code="branches", title=N_("Філії"), one=N_("Філія"), icon="building",
    about=N_("Будівлі з власними годинами й адресами"), order="position", key_typed=True,
    ending="console.branch_closing", retire=N_("Передати або закрити філію"),
    retired=N_("закрито"),
    empty=N_("Бібліотеці в одній будівлі тут нічого не треба. Якщо будівель кілька, додайте філії:"
             " кожна має свої години, відділи й станції."),
    table=Table(
        name="branch", model=Branch, key="code", tell=settings.note_changed, ends_apart=True,
        follow=branch_closing.reopened,
        columns=("name", "name_en", "address", "phone", "capacity", "assembly_point",
                 "has_shelter", "shelter_place", "nearest_shelter", "position"),
    ),
    row=BranchRow,
    fields=(
        Field(name="code", label=N_("Код"), needed=True, most=10, help=N_("Наприклад 2.")),
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="address", label=N_("Адреса"), most=300),
        Field(name="phone", label=N_("Телефон Сервісного центру"), most=40,
              help=N_("Порожньо — той самий, що в бібліотеки.")),
        Field(name="capacity", label=N_("Місткість"), unit=N_("осіб"), kind=Kind.NUMBER,
              empty=N_("без обмеження"), help=N_("Порожньо — без обмеження.")),
        Field(name="assembly_point", label=N_("Місце збору при пожежі")),
        Field(name="has_shelter", label=N_("У будівлі є укриття"), kind=Kind.TICK),
        Field(name="shelter_place", label=N_("Де укриття в будівлі")),
        Field(name="nearest_shelter", label=N_("Найближче укриття"),
              help=N_("Адреса для екрана, якщо свого укриття немає.")),
        POSITION_FIELD,
    ),
    listed=("code", "name", "address", "phone", "capacity"),
)  # fmt: skip
DEPARTMENTS = Administered(
    code="departments", title=N_("Відділи"), one=N_("Відділ"), icon="list",
    about=N_("Телефони, види обслуговування, місце"), order="position", key_typed=True,
    empty=N_("Додайте перший відділ: без нього немає де видавати документи."),
    table=Table(
        name="department", model=Department, key="code", tell=changes.note_building,
        columns=("name", "name_en", "kind", "phone", "branch_code", "hall", "position"),
    ),
    row=DepartmentRow,
    fields=(
        Field(name="code", label=N_("Код"), needed=True, most=10,
              help=N_("Стоїть на листках у відмітках, наприклад 5.")),
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="kind", label=N_("Вид обслуговування"), kind=Kind.CHOICE, needed=True,
              choices=department_kinds,
              help=N_("Абонемент видає додому, читальна зала — лише в залі.")),
        Field(name="phone", label=N_("Телефон"), most=40),
        _BRANCH,
        Field(name="hall", label=N_("Де розташований"), most=100,
              help=N_("Як на вказівнику: поверх і зала.")),
        POSITION_FIELD,
    ),
    listed=("code", "name", "kind", "phone", "branch_code", "hall"),
)  # fmt: skip
HALLS = Administered(
    code="halls", title=N_("Зали"), one=N_("Зала"), icon="hall",
    about=N_("Місткість, укриття, зони для розмов"), order="position",
    empty=N_("Додайте зали, щоб знати, скільки в них людей."),
    table=Table(
        name="hall", model=Hall, key="id", tell=changes.note_building,
        columns=("name", "name_en", "floor", "capacity", "branch_code", "department_code",
                 "is_shelter", "phone_zone", "position"),
    ),
    row=HallRow,
    fields=(
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="floor", label=N_("Поверх"), most=40),
        Field(name="capacity", label=N_("Місткість"), unit=N_("осіб"), kind=Kind.NUMBER,
              empty=N_("без обмеження"), help=N_("Порожньо — без обмеження.")),
        _BRANCH,
        Field(name="department_code", label=N_("Відділ"), kind=Kind.CHOICE, choices=_departments,
              empty=N_("жоден")),
        Field(name="is_shelter", label=N_("Укриття"), kind=Kind.TICK),
        Field(name="phone_zone", label=N_("Можна розмовляти телефоном"), kind=Kind.TICK,
              help=N_("Зона відпочинку (п. 4.1.10 Правил).")),
        POSITION_FIELD,
    ),
    listed=("name", "branch_code", "floor", "capacity", "department_code", "is_shelter",
            "phone_zone"),
)  # fmt: skip
SERVICES = Administered(
    code="services", title=N_("Послуги й ціни"), one=N_("Послуга"), icon="card",
    about=N_("Безкоштовні й платні, з датою затвердження"), order="position",
    empty=N_("Додайте послуги: основні безкоштовні, додаткові — за прейскурантом."),
    table=Table(
        name="paid_service", model=PaidService, key="id",
        columns=("name", "name_en", "unit", "price", "approved_on", "order_number",
                 "department_code", "position"),
    ),
    row=ServiceRow,
    fields=(
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="price", label=N_("Ціна"), kind=Kind.MONEY, needed=True,
              help=N_("0 — безкоштовно.")),
        Field(name="unit", label=N_("За що"), most=40, help=N_("Наприклад: сторінка, година.")),
        Field(name="approved_on", label=N_("Затверджено"), kind=Kind.DAY),
        Field(name="order_number", label=N_("Номер наказу"), most=60),
        Field(name="department_code", label=N_("Чия послуга"), kind=Kind.CHOICE,
              choices=_departments, help=N_("Продажі послуг центру рахує його звіт.")),
        POSITION_FIELD,
    ),
    listed=("name", "price", "unit", "approved_on", "order_number"),
)  # fmt: skip
VIOLATIONS = Administered(
    code="violations", title=N_("Порушення"), one=N_("Порушення"), icon="ban",
    about=N_("За що обмежують відвідування"), order="position", key_typed=True,
    empty=N_("Порушення з Правил є завжди. Тут додають власні або дають їм інші слова."),
    table=Table(
        name="violation_code", model=ViolationCode, key="code",
        columns=("name", "name_en", "term_days", "position"),
    ),
    row=ViolationRow,
    fields=(
        Field(name="code", label=N_("Код"), needed=True, most=40,
              help=N_("Малі латинські букви. Код із Правил замінює їхні слова: noise, food…")),
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="term_days", label=N_("Звичайний строк"), unit=N_("днів"), kind=Kind.NUMBER,
              empty=N_("за наказом"),
              help=N_("Пропонується, коли обмежують відвідування; наказ може встановити інший.")),
        POSITION_FIELD,
    ),
    listed=("code", "name", "name_en", "term_days"),
)  # fmt: skip
ORGANISATIONS = Administered(
    code="organisations", title=N_("Організації"), one=N_("Організація"), icon="people",
    about=N_("Угоди, читачі від організацій"), order="name",
    empty=N_("Додайте організацію, з якою укладено угоду: її читачів записують за цією угодою."),
    retire=N_("Не записувати нових читачів"), back=N_("Записувати знову"),
    retired=N_("нових читачів не записуємо"),
    table=Table(
        name="organisation", model=Organisation, key="id", follow=organisations.follow,
        columns=("name", "code", "contact", "agreement_number", "agreement_until"),
    ),
    row=OrganisationRow,
    fields=(
        NAME_FIELD,
        Field(name="code", label=N_("Код ЄДРПОУ"), most=10, help=N_("8 цифр; у підприємця 10.")),
        Field(name="contact", label=N_("Контактна особа, телефон")),
        Field(name="agreement_number", label=N_("Номер угоди"), most=60),
        Field(name="agreement_until", label=N_("Угода чинна до"), kind=Kind.DAY,
              help=N_("Строк діє для всіх читачів організації.")),
    ),
    listed=("name", "code", "contact", "agreement_number", "agreement_until"),
)  # fmt: skip
PERMITS = Administered(
    code="permits", title=N_("Дозволи"), one=N_("Дозвіл"), icon="sheet",
    about=N_("Зйомка, оголошення, заходи організацій"), order="last",
    empty=N_("Запишіть, кому дозволено знімати, розміщувати оголошення чи провести захід."),
    retire=N_("Відкликати дозвіл"), back=N_("Повернути дозвіл"), retired=N_("відкликано"),
    table=Table(
        name="permit", model=Permit, key="id",
        columns=("kind", "holder", "contact", "subject", "hall_id", "first", "last", "paper"),
    ),
    row=PermitRow,
    fields=(
        Field(name="kind", label=N_("Що дозволено"), kind=Kind.CHOICE, needed=True,
              choices=codes(_PERMIT_KINDS)),
        Field(name="holder", label=N_("Кому"), needed=True),
        Field(name="contact", label=N_("Телефон або пошта")),
        Field(name="subject", label=N_("Зміст дозволу"), kind=Kind.LONG, needed=True, most=500),
        Field(name="hall_id", label=N_("Зала"), kind=Kind.CHOICE, choices=hall_choices,
              empty=N_("будь-яка")),
        Field(name="first", label=N_("Від"), kind=Kind.DAY, needed=True),
        Field(name="last", label=N_("До"), kind=Kind.DAY, needed=True),
        Field(name="paper", label=N_("Номер і дата листа"), most=100),
    ),
    listed=("kind", "holder", "subject", "first", "last"),
)  # fmt: skip
TABLES = (
    BRANCHES, DEPARTMENTS, HALLS, SERVICES, VIOLATIONS, ORGANISATIONS, PERMITS,
)  # fmt: skip
