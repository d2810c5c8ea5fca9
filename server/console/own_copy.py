"""The copy of a reader's data: for programs (JSON), for people (a page), and the photo."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping
from datetime import date, datetime
from io import BytesIO
from typing import Any

from flask import render_template

from server.console.centre import now, words
from templates.words import N_

TITLES: Mapping[str, str] = {
    "patron": N_("Дані читача"),
    "registration_card": N_("Реєстраційна картка"),
    "ticket": N_("Квитки"),
    "credential": N_("Номери й картки квитка"),
    "registration": N_("Перереєстрації"),
    "ticket_link": N_("Посилання на квиток"),
    "photo": N_("Фото"),
    "consent": N_("Згоди"),
    "enrolment": N_("Запис"),
    "enrolment_step": N_("Кроки запису"),
    "guarantor": N_("Поручителі й законні представники"),
    "certificate": N_("Посвідчення пільг"),
    "payment": N_("Оплати"),
    "visit": N_("Відвідування"),
    "department_visit": N_("Відмітки відділів"),
    "own_item": N_("Власні речі"),
    "lost_slip": N_("Загублені листки"),
    "urgent_exit": N_("Термінові виходи"),
    "roll_entry": N_("Тривоги: список присутніх"),
    "department_notice": N_("Повідомлення відділам"),
    "reservation": N_("Місця на заходах"),
    "event_signup": N_("Записи на заходи"),
    "loan": N_("Видачі"),
    "hold": N_("Черги"),
    "request": N_("Замовлення"),
    "consultation": N_("Консультації"),
    "workplace_use": N_("Робота за комп’ютером"),
    "workplace_booking": N_("Бронювання комп’ютерів"),
    "ban": N_("Обмеження"),
    "damage": N_("Шкода"),
    "conflict": N_("Розбіжності"),
    "lane_alarm": N_("Сигнали турнікетів"),
    "data_request": N_("Вимоги щодо даних"),
    "mail": N_("Листи"),
    "notice_letter": N_("Сповіщення"),
    "notice_told": N_("Про що сповіщено"),
    "notice_language": N_("Мова листів"),
    "notice_refusal": N_("Відмови від сповіщень"),
    "outside_account": N_("Рахунок в іншій системі"),
    "station_event": N_("Записи станцій"),
    "imported_row": N_("Завантажені списки"),
    "audit_record": N_("Що робили з даними"),
}
"""What each table is called, in the order of the page."""
_COLUMNS: Mapping[str, str] = {
    "surname": N_("Прізвище"), "given_name": N_("Ім’я"), "patronymic": N_("По батькові"),
    "birth_date": N_("Народження"), "category": N_("Категорія"), "residence": N_("Реєстрація"),
    "phone": N_("Телефон"), "email": N_("Електронна пошта"), "note": N_("Примітка"),
    "name": N_("Ім’я"), "address": N_("Адреса"), "workplace": N_("Місце роботи чи навчання"),
    "occupation": N_("Фах"), "number": N_("Номер"), "kind": N_("Вид"), "state": N_("Стан"),
    "value": N_("Номер"), "title": N_("Назва"), "author": N_("Автор"), "reason": N_("Причина"),
    "text": N_("Текст"), "what": N_("Що"), "purpose": N_("Мета"), "given": N_("Згода дана"),
    "text_version": N_("Версія тексту"), "year": N_("Рік"), "amount": N_("Сума, коп."),
    "receipt_number": N_("№ квитанції"), "slip_number": N_("Листок"), "persons": N_("Осіб"),
    "local_day": N_("День"), "opened_at": N_("Вхід"), "closed_at": N_("Вихід"),
    "department_code": N_("Відділ"), "first_at": N_("Коли"), "at": N_("Коли"),
    "made_at": N_("Коли"), "created_at": N_("Записано"), "noted_at": N_("Коли"),
    "received_at": N_("Коли"), "issued_at": N_("Видано"), "returned_at": N_("Повернуто"),
    "due_on": N_("Повернути"), "valid_until": N_("Чинний до"), "since": N_("Від"),
    "until": N_("До"), "recipient": N_("Кому"), "language": N_("Мова"), "action": N_("Дія"),
    "actor": N_("Хто"), "outcome": N_("Що зроблено"), "step": N_("Крок"),
    "paper": N_("Номер і дата листа"), "shelf_mark": N_("Шифр"), "count": N_("Кількість"),
}  # fmt: skip
"""What a person reads; numbers of rows and the like stand in the JSON alone."""


def archive(told: Mapping[str, Any], photo: bytes | None) -> bytes:
    """The copy as ZIP: `data.json`, `data.html`, and `photo.jpg` where there is one."""
    written = BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=2))
        file.writestr("data.html", _page(told))
        if photo is not None:
            file.writestr("photo.jpg", photo)
    return written.getvalue()


def _page(told: Mapping[str, Any]) -> str:
    patron = told["patron"]
    name = f"{patron['surname']} {patron['given_name']}".strip()
    parts = [_part(table, told[table]) for table in (*TITLES, *(told.keys() - TITLES.keys()))
             if table in told]  # fmt: skip
    return render_template("papers/own_data.html", name=name, at=now(), parts=parts)


def _part(table: str, found: Any) -> tuple[str, list[str], list[list[str]]]:
    """Title, headings and rows of a table."""
    said = words()
    rows = [found] if isinstance(found, dict) else found
    shown = [name for name in _COLUMNS if any(row.get(name) not in (None, "") for row in rows)]
    return (
        said.gettext(TITLES[table]) if table in TITLES else table,
        [said.gettext(_COLUMNS[name]) for name in shown],
        [[_cell(row.get(name)) for name in shown] for row in rows],
    )


def _cell(value: Any) -> str:
    said = words()
    if isinstance(value, bool):
        return said.gettext("так") if value else said.gettext("ні")
    if isinstance(value, str) and len(value) >= len("2025-11-21") and value[4:5] == "-":
        try:
            at = datetime.fromisoformat(value)
        except ValueError:
            return value
        return said.date(date.fromisoformat(value)) if "T" not in value else said.moment(at)
    return "" if value is None else str(value)
