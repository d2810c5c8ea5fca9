"""The information centre's administered tables: resources, computers, equipment, papers."""

from __future__ import annotations

from datetime import date
from operator import attrgetter
from typing import Annotated, Self

from pydantic import StringConstraints, model_validator

from gate.events import Topic
from server.console.centre import library, now, words
from server.console.centre_words import STATES, TOPICS
from server.console.fields import Field, Kind
from server.console.lists import Column
from server.console.tables import (
    NAME_EN_FIELD,
    NAME_FIELD,
    POSITION_FIELD,
    Administered,
    Name,
    Place,
    RowModel,
    Text,
    codes,
    departments_in_reach,
)
from server.models import (
    EquipmentState,
    EResource,
    GoverningDocument,
    Mention,
    Partner,
    Workplace,
)
from server.services import changes, stock_taking
from server.services.tables import Table
from templates.words import N_

Address = Annotated[
    str, StringConstraints(pattern=r"^(https://[^\s]+)?$", max_length=500, strip_whitespace=True)
]
Note = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
Paper = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]
Number = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]


class ResourceRow(RowModel):
    """An electronic resource (C3.1.1)."""

    name: Name
    name_en: Text = ""
    topic: Topic
    address: Annotated[
        str, StringConstraints(pattern=r"^https://[^\s]+$", max_length=500, strip_whitespace=True)
    ]
    owner: Text = ""
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}$")] = "uk"
    about: Note = ""
    about_en: Note = ""
    position: Place = 0


class WorkplaceRow(RowModel):
    """A computer of the centre."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
    about: Text = ""
    department_code: str | None = None
    position: Place = 0


class EquipmentRow(RowModel):
    """A piece of equipment (C7.1)."""

    inventory_number: Number
    name: Name
    place: Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)] = ""
    state: EquipmentState
    acquired_on: date | None = None
    department_code: str | None = None


class PartnerRow(RowModel):
    """A partner (C6.1)."""

    name: Name
    contact: Text = ""
    subject: Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)] = ""
    since: date
    until: date | None = None
    paper: Paper = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.until is not None and self.until < self.since:
            raise ValueError("last_before_first")
        return self


class MentionRow(RowModel):
    """The centre in the press (C6.1)."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    medium: Name
    on_day: date
    address: Address = ""


class PaperRow(RowModel):
    """A governing document (C1.7)."""

    title: Annotated[str, StringConstraints(min_length=1, max_length=300, strip_whitespace=True)]
    version: Annotated[str, StringConstraints(max_length=40, strip_whitespace=True)] = ""
    approved_on: date
    in_force_from: date
    replaced_on: date | None = None
    paper: Paper = ""
    address: Address = ""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.replaced_on is not None and self.replaced_on < self.in_force_from:
            raise ValueError("last_before_first")
        return self


_LINK = Field(name="address", label=N_("Адреса в інтернеті"), most=500,
              help=N_("Починається з https://"))  # fmt: skip


def _checker(row: EResource) -> str:
    return row.checker.name if row.checker else ""


def _force(row: GoverningDocument) -> str:
    """Whether one works by this version today."""
    today = library().day(now())
    if row.replaced_on is not None and row.replaced_on <= today:
        return words().gettext("замінено")
    return words().gettext(N_("чинний") if row.in_force_from <= today else N_("ще не чинний"))


_STANDS_IN = Field(name="department_code", label=N_("Відділ"), kind=Kind.CHOICE,
                   choices=departments_in_reach, if_any=True, empty=N_("головна будівля"),
                   help=N_("Бачать і змінюють це лише в його будівлі."))  # fmt: skip
RESOURCES = Administered(
    code="resources", title=N_("Електронні ресурси"), one=N_("Ресурс"), icon="globe",
    about=N_("Каталог для кіоска й плаката, з датою перевірки"), order="position",
    empty=N_("Додайте ресурси: їх побачать на кіоску з QR-кодом."),
    retire=N_("Прибрати з каталогу"), back=N_("Повернути в каталог"), retired=N_("прибрано"),
    table=Table(
        name="e_resource", model=EResource, key="id",
        columns=("name", "name_en", "topic", "address", "owner", "language", "about", "about_en",
                 "position"),
        follow=lambda session, row: changes.note_resource(session, row.id),
    ),
    row=ResourceRow,
    fields=(
        NAME_FIELD, NAME_EN_FIELD,
        Field(name="topic", label=N_("Тема"), kind=Kind.CHOICE, needed=True, choices=codes(TOPICS)),
        Field(name="address", label=N_("Адреса в інтернеті"), most=500, needed=True,
              help=N_("Починається з https://")),
        Field(name="owner", label=N_("Чий ресурс")),
        Field(name="language", label=N_("Мова"), most=3, needed=True, help=N_("uk, en…")),
        Field(name="about", label=N_("Що там є"), kind=Kind.LONG, most=500),
        Field(name="about_en", label=N_("Що там є, англійською"), kind=Kind.LONG, most=500),
        POSITION_FIELD,
    ),
    listed=("name", "topic", "address", "owner"),
    beside=(
        Column(name="checked", label=N_("Перевірено"), value=attrgetter("checked_on")),
        Column(name="checker", label=N_("Хто перевірив"), value=_checker),
    ),
)  # fmt: skip
WORKPLACES = Administered(
    code="computers", title=N_("Комп’ютери центру"), one=N_("Комп’ютер"), icon="laptop",
    about=N_("Робочі місця, за які сідають за листком"), order="position",
    empty=N_("Додайте комп’ютери центру."),
    table=Table(
        name="workplace", model=Workplace, key="id",
        columns=("name", "about", "department_code", "position"),
        tell=changes.note_building,
    ),
    row=WorkplaceRow,
    fields=(
        Field(name="name", label=N_("Назва"), needed=True, most=60, help=N_("Наприклад ПК 1.")),
        Field(name="about", label=N_("Що при ньому"),
              help=N_("Сканер, навушники, екранний диктор.")),
        _STANDS_IN, POSITION_FIELD,
    ),
    listed=("name", "about", "department_code"), of_building=True,
)  # fmt: skip
EQUIPMENT = Administered(
    code="equipment", title=N_("Обладнання"), one=N_("Обладнання"), icon="device",
    about=N_("Інвентарні номери, стан, місце"), order="inventory_number",
    empty=N_("Додайте обладнання центру: з нього складається інвентаризація."),
    retire=N_("Прибрати з обліку"), back=N_("Повернути на облік"), retired=N_("знято з обліку"),
    table=stock_taking.EQUIPMENT,
    row=EquipmentRow,
    fields=(
        Field(name="inventory_number", label=N_("Інвентарний номер"), needed=True, most=40,
              scanned=True),
        NAME_FIELD,
        Field(name="place", label=N_("Де стоїть"), most=100),
        Field(name="state", label=N_("Стан"), kind=Kind.CHOICE, needed=True, choices=codes(STATES)),
        Field(name="acquired_on", label=N_("Придбано"), kind=Kind.DAY), _STANDS_IN,
    ),
    listed=("inventory_number", "name", "place", "state", "department_code"), of_building=True,
)  # fmt: skip
PARTNERS = Administered(
    code="partners", title=N_("Партнери"), one=N_("Партнер"), icon="people",
    about=N_("З ким і про що домовлено"), order="name", empty=N_("Запишіть партнерів центру."),
    table=Table(
        name="partner", model=Partner, key="id",
        columns=("name", "contact", "subject", "since", "until", "paper"),
    ),
    row=PartnerRow,
    fields=(
        NAME_FIELD,
        Field(name="contact", label=N_("Контактна особа, телефон")),
        Field(name="subject", label=N_("Про що"), most=300),
        Field(name="since", label=N_("Від"), kind=Kind.DAY, needed=True),
        Field(name="until", label=N_("До"), kind=Kind.DAY),
        Field(name="paper", label=N_("Номер і дата угоди"), most=100),
    ),
    listed=("name", "subject", "since", "until"),
)  # fmt: skip
MENTIONS = Administered(
    code="mentions", title=N_("Згадки в ЗМІ"), one=N_("Згадка"), icon="sheet",
    about=N_("Де й коли писали про центр"), order="on_day", empty=N_("Запишіть першу публікацію."),
    table=Table(
        name="mention", model=Mention, key="id", columns=("title", "medium", "on_day", "address")
    ),
    row=MentionRow,
    fields=(
        Field(name="title", label=N_("Заголовок"), needed=True, most=300),
        Field(name="medium", label=N_("Видання чи канал"), needed=True),
        Field(name="on_day", label=N_("Коли"), kind=Kind.DAY, needed=True), _LINK,
    ),
    listed=("title", "medium", "on_day"),
)  # fmt: skip
PAPERS = Administered(
    code="papers", title=N_("Нормативні документи"), one=N_("Документ"), icon="sheet",
    about=N_("Закони, накази, положення, з редакціями"), order="title",
    empty=N_("Додайте документи, за якими працює центр."),
    retire=N_("Прибрати"), back=N_("Повернути"), retired=N_("прибрано"),
    table=Table(
        name="governing_document", model=GoverningDocument, key="id",
        columns=("title", "version", "approved_on", "in_force_from", "replaced_on", "paper",
                 "address"),
    ),
    row=PaperRow,
    fields=(
        Field(name="title", label=N_("Назва"), needed=True, most=300),
        Field(name="version", label=N_("Редакція"), most=40),
        Field(name="approved_on", label=N_("Затверджено"), kind=Kind.DAY, needed=True),
        Field(name="in_force_from", label=N_("Чинний з"), kind=Kind.DAY, needed=True),
        Field(name="replaced_on", label=N_("Замінено"), kind=Kind.DAY,
              help=N_("Нову редакцію додають окремим рядком.")),
        Field(name="paper", label=N_("Номер наказу"), most=100), _LINK,
    ),
    listed=("title", "version", "approved_on", "in_force_from", "replaced_on"),
    beside=(Column(name="force", label=N_("Чинність"), value=_force),),
)  # fmt: skip
CENTRE_TABLES = (RESOURCES, WORKPLACES, EQUIPMENT, PARTNERS, MENTIONS, PAPERS)
