"""The audit log in words: what was done, by whom, to what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import url_for

from server.console.centre import words
from server.console.centre_tables import CENTRE_TABLES
from server.console.enrolment_words import STEPS
from server.console.places import may_here
from server.console.setting_words import setting_name
from server.console.tables import TABLES
from server.models import AuditRecord, Step
from templates.words import N_

ACTIONS: Mapping[str, str] = {
    "admission_refused": N_("не впустили"),
    "admission_undone": N_("скасували впуск зі столу"),
    "admitted_at_desk": N_("впустили зі столу"),
    "alarm": N_("сигнал турнікета"),
    "audit_checked": N_("перевірили журнал"),
    "ban_imposed": N_("обмежили відвідування"),
    "ban_lifted": N_("зняли обмеження"),
    "ban_restored": N_("скасували зняття обмеження"),
    "ban_shared": N_("обмеження поширили на квиток"),
    "branch_changed": N_("змінили філію"),
    "branch_closed": N_("закрили філію"),
    "branch_exported": N_("вивантажили все про філію"),
    "branch_property_handed_over": N_("передали майно філії"),
    "branch_hours_changed": N_("змінили години філії"),
    "calendar_changed": N_("змінили календар"),
    "came_back": N_("повернувся з тимчасового виходу"),
    "complaint_answered": N_("відповіли на скаргу"),
    "complaint_reopened": N_("скасували відповідь на скаргу"),
    "complaint_received": N_("записали скаргу чи пропозицію"),
    "conflict_settled": N_("розв’язали розбіжність"),
    "consents_noted": N_("записали згоди"),
    "consultation_noted": N_("записали послугу центру"),
    "consultation_struck": N_("скасували послугу центру"),
    "credential_linked": N_("під’єднали картку"),
    "credential_unlinked": N_("від’єднали картку"),
    "damage_noted": N_("записали пошкодження"),
    "damage_reopened": N_("скасували відшкодування шкоди"),
    "damage_settled": N_("шкоду відшкодовано"),
    "data_request_received": N_("вимога щодо даних"),
    "data_request_reopened": N_("скасували відповідь на вимогу щодо даних"),
    "data_request_settled": N_("відповіли на вимогу щодо даних"),
    "day_closed": N_("закрили день"),
    "defects_noted": N_("записали дефекти"),
    "demand_noted": N_("записали запит до центру"),
    "demand_struck": N_("скасували запит до центру"),
    "department_changed": N_("змінили відділ"),
    "department_hours_changed": N_("змінили години відділу"),
    "document_issued": N_("видали документ"),
    "document_refused": N_("відмовили у видачі"),
    "document_returned": N_("прийняли документ"),
    "document_shown": N_("документ показано на виході"),
    "e_resource_changed": N_("змінили електронний ресурс"),
    "e_resource_checked": N_("перевірили електронний ресурс"),
    "emergency_begun": N_("увімкнули тривогу"),
    "emergency_ended": N_("зняли тривогу"),
    "enrolment_abandoned": N_("запис читача покинули"),
    "enrolment_step_undone": N_("скасували крок запису читача"),
    "entry_decided": N_("рішення на вході"),
    "equipment_changed": N_("змінили обладнання"),
    "event_attended": N_("прийшли на захід"),
    "event_changed": N_("змінили захід"),
    "event_place_given": N_("дали місце тому, хто чекав"),
    "event_signed_off": N_("зняли з запису на захід"),
    "event_signed_up": N_("записали на захід"),
    "exit_decided": N_("рішення на виході"),
    "exit_refused": N_("не випустили"),
    "exit_undone": N_("скасували вихід"),
    "exited": N_("вихід"),
    "governing_document_changed": N_("змінили нормативний документ"),
    "guarantee_ended": N_("припинили доручення-гарантію"),
    "guarantee_noted": N_("записали доручення-гарантію"),
    "guardian_consent_noted": N_("записали згоду законного представника"),
    "hall_changed": N_("змінили залу"),
    "help_called": N_("покликали бібліотекаря"),
    "help_noted": N_("відповіли на виклик"),
    "hold_cancelled": N_("скасували бронь"),
    "hold_expired": N_("строк броні минув"),
    "hold_extended": N_("продовжили бронь"),
    "hold_fulfilled": N_("видали з бронеполиці"),
    "hold_placed": N_("забронювали"),
    "hold_restored": N_("повернули бронь"),
    "hold_shelved": N_("поставили на бронеполицю"),
    "import_began": N_("завантажили список"),
    "import_checked": N_("перевірили список"),
    "import_done": N_("завантажили список повністю"),
    "import_stopped": N_("зупинили завантаження"),
    "import_undone": N_("скасували завантаження"),
    "imported": N_("завантажено"),
    "inbox_reopened": N_("повернули до вхідних"),
    "inbox_resolved": N_("опрацювали вхідне"),
    "issue_undone": N_("скасували видачу"),
    "key_revoked": N_("відкликали ключ"),
    "lane_alarm_acknowledged": N_("опрацювали сигнал турнікета"),
    "lane_changed": N_("турнікет змінив стан"),
    "lane_order": N_("наказ турнікету"),
    "leave_refused": N_("відмовили в тимчасовому виході"),
    "leave_undone": N_("скасували тимчасовий вихід"),
    "left_for_a_while": N_("тимчасовий вихід"),
    "let_out": N_("випустили з дозволу"),
    "loan_renewed": N_("продовжили строк"),
    "mail_queued": N_("надіслали лист"),
    "maintenance": N_("обслуговування станції"),
    "mark_undone": N_("скасували відмітку"),
    "mention_changed": N_("змінили згадку у ЗМІ"),
    "moved": N_("перенесли базу даних"),
    "notice_seen": N_("відділ прочитав повідомлення"),
    "notice_text_changed": N_("змінили текст сповіщення"),
    "notice_text_dropped": N_("повернули текст сповіщення"),
    "notices_chosen": N_("змінили згоду на сповіщення"),
    "organisation_changed": N_("змінили організацію"),
    "outside_ban": N_("інша система обмежила читача"),
    "outside_ban_lifted": N_("інша система зняла обмеження"),
    "outside_loan": N_("видали в іншій системі"),
    "outside_loan_changed": N_("змінили видачу в іншій системі"),
    "outside_loan_returned": N_("прийняли в іншій системі"),
    "own_data_copied": N_("видали копію даних"),
    "own_item_added": N_("записали власну річ"),
    "own_items_approved": N_("дозволили власні речі"),
    "paid_service_changed": N_("змінили послугу"),
    "pairing_approved": N_("підтвердили з’єднання станції"),
    "pairing_code_made": N_("видали код з’єднання"),
    "paper_visit_entered": N_("внесли паперове відвідування"),
    "partner_changed": N_("змінили партнера"),
    "password_changed": N_("змінили пароль"),
    "password_reset": N_("скинули пароль"),
    "patron_changed": N_("змінили дані читача"),
    "patron_erased": N_("стерли дані читача"),
    "payment_noted": N_("записали оплату"),
    "permit_changed": N_("змінили дозвіл"),
    "photo_kept": N_("зберегли фото"),
    "plan_changed": N_("змінили план центру"),
    "preregistration_dropped": N_("відхилили попередній запис"),
    "preregistration_kept": N_("попередній запис зі станції"),
    "preregistrations_erased": N_("стерли старі попередні записи"),
    "recovery_code_used": N_("використали код відновлення"),
    "recovery_codes_made": N_("видали коди відновлення"),
    "report_scheduled": N_("замовили регулярний звіт"),
    "report_unscheduled": N_("скасували регулярний звіт"),
    "request_asked": N_("прийняли вимогу"),
    "request_done": N_("вимогу виконано"),
    "request_fetched": N_("вимогу доставлено на кафедру"),
    "request_refused": N_("відмовили у вимозі"),
    "restored": N_("відновили з копії"),
    "retention_applied": N_("стерли дані, строк яких минув"),
    "return_refused": N_("не впустили після тимчасового виходу"),
    "return_undone": N_("скасували повернення"),
    "roll_ticked": N_("позначили у списку присутніх"),
    "second_factor_refused": N_("другий крок входу: відмова"),
    "sale_cancelled": N_("скасували продаж послуги"),
    "second_factor_reset": N_("скинули другий крок входу"),
    "second_factor_set_up": N_("увімкнули другий крок входу"),
    "second_factor_shown": N_("другий крок входу"),
    "session_revoked": N_("завершили сеанс"),
    "sessions_revoked": N_("завершили сеанси"),
    "setting_changed": N_("змінили налаштування"),
    "shift_closed": N_("закрили зміну"),
    "shift_opened": N_("відкрили зміну"),
    "sign_in_refused": N_("невдалий вхід у систему"),
    "signed_in": N_("увійшли в систему"),
    "signed_out": N_("вийшли із системи"),
    "sip2_login": N_("увійшли через SIP2"),
    "sip2_login_refused": N_("вхід через SIP2: відмова"),
    "slip_duplicated": N_("видали дублікат листка"),
    "slip_key_created": N_("створили ключ листків"),
    "slip_marked": N_("поставили відмітку"),
    "slip_printed": N_("надрукували листок"),
    "slip_reprinted": N_("надрукували листок повторно"),
    "staff_changed": N_("змінили обліковий запис"),
    "staff_created": N_("створили обліковий запис"),
    "station_changed": N_("змінили станцію"),
    "station_paired": N_("з’єднали станцію"),
    "station_registered": N_("записали станцію"),
    "station_revoked": N_("відкликали станцію"),
    "stock_taking_begun": N_("почали інвентаризацію"),
    "stock_taking_ended": N_("завершили інвентаризацію"),
    "text_published": N_("оприлюднили текст"),
    "ticket_cancelled": N_("скасували квиток"),
    "ticket_code_issued": N_("видали код квитка"),
    "ticket_found": N_("знайшли квиток"),
    "ticket_issued": N_("видали квиток"),
    "ticket_kept_on_phone": N_("квиток зберегли в телефоні"),
    "ticket_key_created": N_("створили ключ квитків"),
    "ticket_links_revoked": N_("відкликали посилання на квиток"),
    "ticket_lost": N_("квиток загублено"),
    "ticket_registered": N_("перереєстрували"),
    "ticket_replaced": N_("видали дублікат квитка"),
    "urgent_exit": N_("терміновий вихід"),
    "urgent_exit_explained": N_("пояснили терміновий вихід"),
    "violation_code_changed": N_("змінили порушення"),
    "visit_closed_by_day": N_("відвідування закрив кінець дня"),
    "visit_opened_without_entry": N_("відкрили відвідування без входу"),
    "booking_cancelled": N_("скасували бронь комп’ютера"),
    "booking_made": N_("забронювали комп’ютер"),
    "workplace_asked": N_("записали на комп’ютер"),
    "workplace_changed": N_("змінили комп’ютер центру"),
    "workplace_ended": N_("звільнили комп’ютер"),
    "workplace_extended": N_("продовжили час за комп’ютером"),
    "workplace_started": N_("посадили за комп’ютер"),
}
"""What is not here stands in the log as its code."""

_TABLES = (*TABLES, *CENTRE_TABLES)
KINDS: Mapping[str, str] = {
    **{each.table.name: each.one for each in _TABLES},
    "audit": N_("журнал"), "backup": N_("резервна копія"), "ban": N_("обмеження"),
    "calendar": N_("запис календаря"), "certificate": N_("сертифікат"), "complaint": N_("скарга"),
    "conflict": N_("розбіжність"), "consultation": N_("послуга центру"),
    "damage": N_("пошкодження"),
    "database": N_("база даних"), "day": N_("день"), "demand": N_("запит до центру"),
    "document": N_("документ"), "emergency": N_("тривога"),
    "event": N_("захід"),
    "help_call": N_("виклик"), "hold": N_("бронь"), "import": N_("список"), "key": N_("ключ"),
    "lane_alarm": N_("сигнал турнікета"), "loan": N_("видача"), "mail": N_("лист"),
    "mail_failed": N_("лист"), "notice": N_("сповіщення"), "patron": N_("читач"),
    "payment": N_("платна послуга"),
    "plan_target": N_("показник плану"), "preregistration": N_("попередній запис"),
    "request": N_("вимога"), "retention": N_("строки зберігання"),
    "roll_entry": N_("рядок списку присутніх"), "saved_report": N_("регулярний звіт"),
    "setting": N_("налаштування"), "shift": N_("зміна"), "sip2": N_("з’єднання SIP2"),
    "slip_not_returned": N_("листок не здано"), "staff": N_("працівник"),
    "station": N_("станція"), "stock_taking": N_("інвентаризація"), "text": N_("текст"),
    "ticket": N_("квиток"), "tickets": N_("квитки"), "unprocessable": N_("запис станції"),
    "unresolved": N_("документи не повернуто"), "urgent_exit": N_("терміновий вихід"),
    "visit": N_("відвідування"), "workplace_booking": N_("бронь комп’ютера"),
    "workplace_use": N_("час за комп’ютером"),
}  # fmt: skip
"""Rows that the library administers are called there as in their own page."""
_PAGES: Mapping[str, tuple[str, str]] = {
    **{each.table.name: (f"console.{each.code}_row", "key") for each in _TABLES},
    "document": ("console.document", "document_id"), "event": ("console.event", "event_id"),
    "patron": ("console.patron", "patron_id"), "payment": ("console.sale_paper", "number"),
    "staff": ("console.staff_row", "staff_id"),
    "visit": ("console.visit", "visit_id"),
}  # fmt: skip
_SHORT = 13
"""Signs of an id that tell it from others; the whole stands in its title."""


def action(code: str) -> str:
    """What was done; the code itself where no words are known."""
    step = code.removeprefix("enrolment_")
    if code not in ACTIONS and step in set(Step):
        return words().gettext("запис читача: %(step)s", step=words().gettext(STEPS[Step(step)]))
    return words().gettext(ACTIONS[code]) if code in ACTIONS else code


def actor(code: str, names: Mapping[str, str]) -> str:
    """Who did it."""
    kind, _, key = code.partition(":")
    if kind == "station":
        return words().gettext("станція %(code)s", code=key)
    return words().gettext("сама система") if code == "system" else names.get(code, code)


def subject(row: AuditRecord) -> str:
    """What it was done to."""
    if row.object_kind == "setting":
        return setting_name(row.object_id)
    known = row.object_kind in KINDS
    kind = words().gettext(KINDS[row.object_kind]) if known else row.object_kind
    key = row.object_id if len(row.object_id) <= _SHORT else f"{row.object_id[:_SHORT]}…"
    return f"{kind[:1].lower()}{kind[1:]} {key}"


def address(row: AuditRecord) -> str | None:
    """Its page, where it has one that the person here may see."""
    endpoint, name = _PAGES.get(row.object_kind, ("", ""))
    # What a station tells of no visit is an event too, of another sort.
    is_ours = row.object_kind != "event" or row.action.startswith("event_")
    if not endpoint or not row.object_id or not is_ours or not may_here(endpoint):
        return None
    place: dict[str, Any] = {name: row.object_id}
    return url_for(endpoint, **place)
