"""Words of the enrolment pages for codes of the database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeVar

from gate.applicants import Fault
from server.console.centre import words
from server.models import (
    Concession,
    GuarantorKind,
    IdentityDocument,
    PaidFor,
    PaymentMethod,
    Purpose,
    Step,
)
from server.services.cards import CardFault
from server.services.ticket_life import CancelReason
from templates.words import N_

_Code = TypeVar("_Code", bound=StrEnum)

DOCUMENTS: Mapping[IdentityDocument, str] = {
    IdentityDocument.PASSPORT: N_("Паспорт громадянина України (книжечка)"),
    IdentityDocument.ID_CARD: N_("Паспорт громадянина України (ID-картка)"),
    IdentityDocument.FOREIGN_PASSPORT: N_("Паспорт іншої держави"),
    IdentityDocument.RESIDENCE_PERMIT: N_("Посвідка на проживання"),
    IdentityDocument.REFUGEE_CERTIFICATE: N_("Посвідчення біженця"),
    IdentityDocument.STATELESS_CERTIFICATE: N_("Посвідчення особи без громадянства"),
    IdentityDocument.MILITARY_CARD: N_("Військовий квиток"),
    IdentityDocument.BIRTH_CERTIFICATE: N_("Свідоцтво про народження"),
    IdentityDocument.OTHER: N_("Інший документ, що замінює паспорт"),
}
PURPOSES: Mapping[Purpose, str] = {
    Purpose.ENROLMENT: N_("Обробка даних для обслуговування в бібліотеці"),
    Purpose.PHOTO: N_("Фото для читацького квитка"),
    Purpose.NOTICES: N_("Повідомлення про строки та заходи"),
    Purpose.INTERESTS: N_("Використання читацьких інтересів для порад і досліджень"),
}
GUARANTORS: Mapping[GuarantorKind, str] = {
    GuarantorKind.PARENT: N_("Мати або батько"),
    GuarantorKind.GUARDIAN: N_("Опікун чи піклувальник"),
    GuarantorKind.SCHOOL: N_("Навчальний заклад"),
}
METHODS: Mapping[PaymentMethod, str] = {
    PaymentMethod.CASH_DESK: N_("Каса"),
    PaymentMethod.TERMINAL: N_("Термінал"),
    PaymentMethod.INTERNET: N_("Інтернет-еквайринг"),
}
CONCESSIONS: Mapping[Concession, str] = {
    Concession.FULL: N_("повна плата"),
    Concession.REDUCED: N_("пільгова плата"),
    Concession.FREE: N_("безкоштовно"),
}
PAID_FOR: Mapping[PaidFor, str] = {
    PaidFor.ENROLMENT: N_("Запис"),
    PaidFor.REREGISTRATION: N_("Перереєстрація"),
    PaidFor.DUPLICATE: N_("Дублікат квитка"),
    PaidFor.DAMAGE: N_("Відшкодування шкоди"),
    PaidFor.SERVICE: N_("Платна послуга"),
}
STEPS: Mapping[Step, str] = {
    Step.DATA: N_("Особисті дані"),
    Step.DOCUMENT: N_("Документ пред’явлено"),
    Step.AGREEMENT: N_("Угода з організацією"),
    Step.GUARDIAN: N_("Згода батьків"),
    Step.GUARANTEE: N_("Доручення-гарантія"),
    Step.TEXTS: N_("Ознайомлення з Правилами"),
    Step.CONSENTS: N_("Згоди"),
    Step.CERTIFICATE: N_("Посвідчення на пільгу"),
    Step.PHOTO: N_("Фото"),
    Step.PAYMENT: N_("Оплата"),
    Step.TICKET: N_("Читацький квиток"),
}
FIELDS: Mapping[str, str] = {
    "surname": N_("прізвище"),
    "given_name": N_("ім’я"),
    "patronymic": N_("по батькові"),
    "birth_date": N_("дата народження"),
    "category": N_("категорія"),
    "residence": N_("місце реєстрації"),
    "phone": N_("телефон"),
    "email": N_("електронна пошта"),
    "organisation": N_("організація"),
    "address": N_("адреса"),
    "workplace": N_("місце роботи чи навчання"),
    "occupation": N_("посада"),
}
FAULTS: Mapping[Fault, str] = {
    Fault.EMPTY: N_("Заповніть це поле."),
    Fault.TOO_LONG: N_("Надто довго."),
    Fault.NOT_A_NAME: N_("Лише літери, апостроф і дефіс."),
    Fault.NOT_A_DAY: N_("Такої дати не може бути."),
    Fault.NOT_A_PHONE: N_("Номер має від 7 до 15 цифр."),
    Fault.NOT_AN_EMAIL: N_("Адреса має вигляд ім’я@пошта.ua."),
    Fault.UNKNOWN: N_("Оберіть зі списку."),
}
CANCEL_REASONS: Mapping[CancelReason, str] = {
    CancelReason.WISH: N_("За бажанням читача"),
    CancelReason.MOVED: N_("Читач переїхав"),
    CancelReason.DECEASED: N_("Читач помер"),
    CancelReason.MISTAKE: N_("Видано помилково"),
}
CARD_FAULTS: Mapping[CardFault, str] = {
    CardFault.NOT_A_UID: N_("Це не номер картки: потрібно 8, 14 або 20 шістнадцяткових знаків."),
    CardFault.RANDOM_UID: N_("Телефон щоразу показує інший номер. Візьміть картку."),
    CardFault.NOT_A_NUMBER: N_("Такого номера старого квитка не буває."),
    CardFault.TAKEN: N_("Це вже квиток іншого читача."),
    CardFault.DEAD_TICKET: N_("Квиток нечинний: спершу видайте новий."),
}
REFUSALS: Mapping[str, str] = {
    "empty": N_("Заповніть усі поля."),
    "agreement_ended": N_("Угода вже закінчилася."),
    "guarantee_ended": N_("Гарантія вже закінчилася."),
    "no_letter": N_("Вкажіть номер і дату листа-гарантії."),
    "not_an_address": N_("Адреса електронної пошти написана неправильно."),
    "not_a_guardian": N_("Згоду дають батьки чи інші законні представники."),
    "no_consent": N_("Без згоди на обробку даних записати не можна."),
    "no_receipt": N_("Вкажіть номер квитанції."),
    "paid_already": N_("Цей запис уже оплачено."),
}


def choices(named: Mapping[_Code, str]) -> Sequence[tuple[str, str]]:
    """Codes with their words, for a list to choose from."""
    return [(code.value, words().gettext(name)) for code, name in named.items()]


_IMPOSSIBLE = N_("Так зробити не можна.")


def said(named: Mapping[_Code, str], code: _Code) -> str:
    """What a code is called."""
    return words().gettext(named[code])


def refusal(code: str) -> str:
    """Why something was not kept."""
    return words().gettext(REFUSALS.get(code, _IMPOSSIBLE))
