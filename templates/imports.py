"""Words for lists that are taken in: what a list holds, its fields, and what is wrong with a row.

The codes are those of the server; this room takes them as plain text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from templates.words import N_, Words

KINDS: dict[str, str] = {
    "patrons": N_("Читачі"),
    "documents": N_("Документи"),
    "loans": N_("Видані документи"),
    "photos": N_("Фото читачів"),
}
STATES: dict[str, str] = {
    "checking": N_("перевіряємо"),
    "checked": N_("перевірено"),
    "running": N_("записуємо"),
    "done": N_("записано"),
    "stopped": N_("зупинено"),
    "undoing": N_("скасовуємо"),
    "undone": N_("скасовано"),
}
FIELDS: dict[str, str] = {
    "ticket_number": N_("Номер квитка"),
    "full_name": N_("Прізвище, ім’я, по батькові"),
    "surname": N_("Прізвище"),
    "given_name": N_("Ім’я"),
    "patronymic": N_("По батькові"),
    "birth_date": N_("Дата народження"),
    "category": N_("Категорія"),
    "residence": N_("Місце реєстрації"),
    "phone": N_("Телефон"),
    "email": N_("Електронна пошта"),
    "address": N_("Адреса"),
    "workplace": N_("Місце роботи або навчання"),
    "occupation": N_("Фах або посада"),
    "organisation": N_("Організація"),
    "agreement_number": N_("Номер договору"),
    "agreement_until": N_("Договір до"),
    "ticket_kind": N_("Вид квитка"),
    "valid_from": N_("Чинний з"),
    "valid_until": N_("Чинний до"),
    "registered_for": N_("Рік перереєстрації"),
    "fee_paid": N_("Сплачено"),
    "guardian_consent_on": N_("Згода батьків"),
    "card_uid": N_("Номер безконтактної картки"),
    "old_number": N_("Старий номер"),
    "note": N_("Примітка"),
    "inventory_number": N_("Інвентарний номер"),
    "barcode": N_("Штрихкод"),
    "shelf_mark": N_("Шифр"),
    "author": N_("Автор"),
    "title": N_("Назва"),
    "year": N_("Рік видання"),
    "document_class": N_("Порядок видачі"),
    "department": N_("Відділ"),
    "document": N_("Документ"),
    "place": N_("Куди видано"),
    "issued_on": N_("Дата видачі"),
    "due_on": N_("Повернути до"),
    "photo": N_("Фото"),
}
FAULTS: dict[str, str] = {
    "empty": N_("порожньо, а без цього запису не буде"),
    "too_long": N_("задовге, скоротіть"),
    "not_a_name": N_("не схоже на ім’я: мають бути літери, апостроф або дефіс"),
    "not_a_day": N_("це не дата; пишіть 14.03.2026 або 2026-03-14"),
    "not_a_year": N_("це не рік; пишіть чотири цифри"),
    "not_a_phone": N_("це не телефон"),
    "not_an_email": N_("це не адреса пошти"),
    "not_a_number": N_("такий номер сканер не прочитає"),
    "not_a_uid": N_("це не номер безконтактної картки"),
    "random_uid": N_("номер випадковий, щоразу інший: ця картка нікого не назве"),
    "unknown": N_("такого слова не знаємо; дивіться перелік у довідці"),
    "repeated": N_("цей номер уже був вище у списку"),
    "taken": N_("належить комусь іншому"),
    "unknown_department": N_("такого відділу немає"),
    "unknown_ticket": N_("такого квитка немає"),
    "unknown_document": N_("такого документа немає"),
    "already_out": N_("документ уже видано іншому читачеві"),
    "not_a_photo": N_("це не фото або воно замале"),
    "no_consent": N_("читач не погоджувався на фото"),
}


def fault(words: Words, field: str, code: str) -> str:
    """`Дата народження: це не дата; …`."""
    return f"{words.gettext(FIELDS[field])}: {words.gettext(FAULTS[code])}"


def change(words: Words, number: str, before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """`№ 900001. Прізвище: Гудзь → Нечуй`."""
    told = (
        f"{_column(words, name)}: {_value(words, before.get(name))} → {_value(words, value)}"
        for name, value in after.items()
    )
    return words.gettext("№ %(number)s. %(changes)s", number=number, changes="; ".join(told))


def _column(words: Words, name: str) -> str:
    """By the name of a column of the tables: `patron.surname`, `document.department_code`."""
    column = name.partition(".")[2].removesuffix("_code")
    return words.gettext(FIELDS[column]) if column in FIELDS else column


def _value(words: Words, value: object) -> str:
    if isinstance(value, bool):
        return words.gettext("так") if value else words.gettext("ні")
    return words.gettext("порожньо") if value in (None, "") else str(value)


def wrong_columns(words: Words, missing: Iterable[str], twice: Iterable[str]) -> str:
    """What to do where a list lacks headings that tell its rows apart, or has one twice."""
    said = [
        words.gettext(
            "У першому рядку немає стовпця «%(name)s».", name=words.gettext(FIELDS[field])
        )
        for field in missing
    ]
    said += [
        words.gettext("Стовпець «%(name)s» є двічі.", name=words.gettext(FIELDS[field]))
        for field in twice
    ]
    return " ".join(said)


COUNTS: dict[str, str] = {
    "rows_done": N_("рядків прочитано"),
    "created": N_("нових"),
    "changed": N_("змінених"),
    "same": N_("без змін"),
    "faulty": N_("з помилками"),
    "taken_back": N_("скасовано"),
    "kept": N_("лишилося, бо ними вже користувалися"),
}


def summary(words: Words, counts: Mapping[str, int]) -> str:
    """What came of a list: `рядків прочитано: 12, нових: 10, з помилками: 2`."""
    named = ((words.gettext(name), counts[code]) for code, name in COUNTS.items())
    return ", ".join(f"{name}: {words.number(count)}" for name, count in named if count)
