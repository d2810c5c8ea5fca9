"""Every setting of the library in words, by subject; a setting without words fails its test."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gate.facts import InsideAgain, OldCopy
from gate.reasons import Verdict
from server.console.centre import words
from server.console.fields import Field, Kind
from templates.words import N_


@dataclass(frozen=True, slots=True)
class Subject:
    """Settings that are looked at together: a page."""

    code: str
    name: str
    about: str
    icon: str
    fields: tuple[Field, ...]


def _old_copy() -> Sequence[tuple[str, str]]:
    _ = words().gettext
    return [
        (OldCopy.ADMIT.value, _("впускати з позначкою «офлайн»")),
        (OldCopy.DESK.value, _("до Сервісного центру")),
    ]


def _inside_again() -> Sequence[tuple[str, str]]:
    _ = words().gettext
    return [
        (InsideAgain.HARD.value, _("до Сервісного центру")),
        (InsideAgain.SOFT.value, _("пропускати, працівнику показати фото")),
        (InsideAgain.TIMED.value, _("якийсь час до центру, далі пропускати")),
    ]


def _old_counts() -> Sequence[tuple[str, str]]:
    _ = words().gettext
    return [
        (Verdict.DESK.value, _("вирішує працівник")),
        (Verdict.GRANT.value, _("випускати з позначкою")),
    ]


def _number(name: str, label: str, unit: str, help_: str = "") -> Field:
    return Field(name=name, label=label, unit=unit, help=help_, kind=Kind.NUMBER, needed=True)


def _money(name: str, label: str, help_: str = "") -> Field:
    return Field(name=name, label=label, help=help_, kind=Kind.MONEY, needed=True)


def _tick(name: str, label: str, help_: str = "") -> Field:
    return Field(name=name, label=label, help=help_, kind=Kind.TICK)


def _time(name: str, label: str, help_: str = "") -> Field:
    return Field(name=name, label=label, help=help_, needed=True, most=5)


def _months(name: str, label: str, help_: str = "") -> Field:
    return _number(name, label, N_("місяців"), help_)


_MINUTES, _DAYS, _DOCUMENTS = N_("хв"), N_("днів"), N_("документів")

SUBJECTS: tuple[Subject, ...] = (
    Subject(
        "house", N_("Бібліотека"), N_("Назва, телефон, місця й укриття"), "desk",
        (
            Field(name="library_name", label=N_("Назва"), needed=True,
                  help=N_("На листках, квитках і екранах.")),
            Field(name="library_name_en", label=N_("Назва англійською")),
            Field(name="city", label=N_("Населений пункт"),
                  help=N_("Додому видають тим, хто в ньому зареєстрований (п. 2.7 Правил).")),
            Field(name="service_centre_phone", label=N_("Телефон Сервісного центру"), most=40,
                  help=N_("Стоїть на листках і на екрані, коли станція не працює.")),
            Field(name="timezone", label=N_("Часовий пояс"), needed=True, most=60,
                  help=N_("За ним рахують дні й години, наприклад Europe/Kyiv.")),
            Field(name="building_limit", label=N_("Найбільше людей у будівлі"), unit=N_("осіб"),
                  kind=Kind.NUMBER, empty=N_("без обмеження"),
                  help=N_("Порожньо — без обмеження. Коли місць немає, вхід чекає.")),
            _tick("has_shelter", N_("У будівлі є укриття"),
                  N_("Під час повітряної тривоги вхід до нього відкритий усім.")),
            Field(name="nearest_shelter", label=N_("Найближче укриття"),
                  help=N_("Адреса для екрана, якщо свого укриття немає.")),
            Field(name="shelter_place", label=N_("Де укриття в будівлі"),
                  help=N_("На екранах під час тривоги: підвал, сходи біля гардероба.")),
            Field(name="assembly_point", label=N_("Місце збору при пожежі"),
                  help=N_("Куди йдуть усі, хто вийшов: майданчик перед входом.")),
        ),
    ),
    Subject(
        "entry", N_("Вхід"), N_("Строки квитків, робота без сервера"), "door-in",
        (
            Field(name="grace_until_month_day", label=N_("Перереєструватися до"), needed=True,
                  kind=Kind.MONTH_DAY, most=5,
                  help=N_("День і місяць, наприклад 31.01. До цього дня впускають із попередженням"
                          " (п. 2.6 Правил).")),
            _number("expires_soon_days", N_("Попереджати про кінець строку за"), _DAYS),
            _number("closing_soon_min", N_("Попереджати про закриття за"), _MINUTES),
            _number("copy_max_age_hours", N_("Копія станції свіжа"), N_("год"),
                    N_("Скільки станція без сервера вірить своїм даним.")),
            Field(name="old_copy", label=N_("Коли копія застаріла"), kind=Kind.CHOICE,
                  choices=_old_copy, needed=True),
            Field(name="inside_again", label=N_("Квиток, який показують удруге"),
                  kind=Kind.CHOICE, choices=_inside_again, needed=True),
            _number("inside_again_min", N_("Скільки не пропускати вдруге"), _MINUTES,
                    N_("Для третього способу: відлік від входу, на виході від виходу.")),
        ),
    ),
    Subject(
        "exit", N_("Вихід"), N_("Лічба документів без сервера"), "door-out",
        (
            _number("loan_counts_max_age_s", N_("Лічба документів свіжа"), N_("с"),
                    N_("Скільки станція на виході вірить лічбі, коли сервер мовчить.")),
            Field(name="exit_on_old_counts", label=N_("Коли лічба застаріла"), kind=Kind.CHOICE,
                  choices=_old_counts, needed=True),
        ),
    ),
    Subject(
        "lending", N_("Видача документів"), N_("Кількість, строки, закриття сховища"), "book",
        (
            _number("reading_room_limit", N_("У читальній залі одночасно"), _DOCUMENTS,
                    N_("Пункт 3.2.2 Правил: не більше 10; за день кількість не обмежена.")),
            _number("home_limit", N_("Додому одночасно"), _DOCUMENTS, N_("Пункт 3.2.3 Правил.")),
            _number("home_days", N_("Строк додому"), _DAYS),
            _number("home_days_short", N_("Строк для попиту й періодики"), _DAYS),
            _tick("overdue_blocks_home_loans", N_("Боржникам додому не видавати"),
                  N_("Хто не повернув вчасно, у залі читає далі.")),
            _number("stack_stops_before_closing_min", N_("Зі сховища видавати до закриття за"),
                    _MINUTES, N_("Пункт 3.2.7 Правил.")),
            _number("return_before_closing_min", N_("Повернути документи до закриття за"),
                    _MINUTES, N_("Пункт 3.2.8 Правил.")),
        ),
    ),
    Subject(
        "enrolment", N_("Запис читачів"), N_("Строк квитка, гарантії для неповнолітніх"), "ticket",
        (
            _number("ticket_years", N_("Строк постійного квитка"), N_("років"),
                    N_("Якщо щороку перереєстровувати (п. 2.3.1 Правил).")),
            _number("guarantee_below_age", N_("Гарантія потрібна до віку"), N_("років"),
                    N_("Без неї постійного квитка не видають (п. 1.5 Правил). 0 — не потрібна.")),
            _number("preregistration_days", N_("Запис із термінала чекає"), _DAYS,
                    N_("Потім усе, що людина ввела, знищується.")),
        ),
    ),
    Subject(
        "tariffs", N_("Тарифи й пільги"), N_("Плата за оформлення, хто платить менше"), "card",
        (
            _money("fee_full", N_("Оформлення документів")),
            _money("fee_reduced", N_("Пільгове оформлення"), N_("Пункт 2.5.1 Правил.")),
            _money("fee_one_time", N_("Разовий квиток")),
            _money("fee_duplicate", N_("Дублікат квитка")),
        ),
    ),
    Subject(
        "notices", N_("Сповіщення читачам"), N_("Коли й про що нагадувати листами"), "bell",
        (
            _time("notices_from", N_("Листи надсилати від"),
                  N_("Уночі листи чекають ранку. Час пишуть так: 09:00.")),
            _time("notices_until", N_("Листи надсилати до")),
            _number("due_notice_days", N_("Нагадувати про повернення за"), _DAYS,
                    N_("0 — не нагадувати.")),
            _number("overdue_notice_every_days", N_("Про прострочене писати кожні"), _DAYS,
                    N_("Перший лист — наступного дня після строку. 0 — не писати.")),
            _number("expiry_notice_days", N_("Попереджати про кінець строку квитка за"), _DAYS,
                    N_("0 — не попереджати.")),
            _number("event_notice_hours", N_("Нагадувати про захід за"), N_("год"),
                    N_("Тим, хто записався за квитком. 0 — не нагадувати.")),
            _tick("season_notices", N_("Запрошувати на перереєстрацію"),
                  N_("Від 1 січня до дня, до якого впускають із попередженням.")),
            _tick("hold_notices", N_("Повідомляти, що документ на бронеполиці")),
        ),
    ),
    Subject(
        "retention", N_("Строки зберігання"), N_("Коли дані знеособлюються або стираються"),
        "clock",
        (
            _months("keep_visits_months", N_("Хто приходив"),
                    N_("Потім відвідування лишаються у звітах без імені (п. 5.2.10). 0 — завжди.")),
            _months("keep_loans_months", N_("Хто що брав"),
                    N_("Від повернення. Потім видачі лишаються у звітах без імені.")),
            _months("keep_station_events_months", N_("Записи станцій")),
            _months("keep_mail_months", N_("Надіслані листи"), N_("Кому й коли; текст стирається"
                    " одразу після надсилання.")),
            _months("keep_requests_months", N_("Виконані замовлення й черги")),
            _months("keep_signups_months", N_("Хто записався на захід")),
            _months("keep_bookings_months", N_("Хто бронював комп’ютер")),
            _months("keep_photos_months", N_("Фото"), N_("Від кінця строку останнього квитка.")),
            _months("keep_papers_months", N_("Картки, гарантії, посвідчення"),
                    N_("Від кінця строку останнього квитка, якщо читач нічого не винен.")),
            _months("keep_imports_months", N_("Попередні значення завантажених списків"),
                    N_("Потім завантаження не скасувати.")),
            _months("keep_complaints_months", N_("Хто написав скаргу"),
                    N_("Від відповіді. Сам запис лишається у книзі.")),
            _months("keep_data_requests_months", N_("Виконані вимоги щодо даних")),
        ),
    ),
    Subject(
        "workplaces", N_("Комп’ютери центру"), N_("На скільки днів бронювати, скільки чекати"),
        "laptop",
        (
            _number("booking_days", N_("Бронювати наперед на"), _DAYS, N_("0 — лише на сьогодні.")),
            _number("booking_grace_min", N_("Чекати на того, хто забронював"), N_("хв"),
                    N_("Потім комп’ютер знову вільний.")),
        ),
    ),
    Subject(
        "events", N_("Заходи"), N_("Як довго станція тримає місце"), "calendar",
        (
            _number("reservation_ttl_s", N_("Місце тримати"), N_("с"),
                    N_("Поки друкується листок; потім місце знову вільне.")),
        ),
    ),
)  # fmt: skip
BY_CODE: Mapping[str, Subject] = {subject.code: subject for subject in SUBJECTS}

CONCESSIONS: Mapping[str, str] = {
    "free_categories": N_("Оформлюють безкоштовно"),
    "reduced_categories": N_("Оформлюють пільгово"),
}
"""Two settings that the page of tariffs shows as one table of categories (R2.5, R2.5.1)."""

ELSEWHERE: Mapping[str, str] = {
    "hours": N_("Години роботи — у календарі."),
    "emergency": N_("Тривогу вмикають і знімають окремо."),
    "epoch": N_("Належить самій системі."),
    "first_run": N_("Перший запуск"),
    "alarm_token_hash": N_("Належить системі сповіщення, команда lystok server alarm-token."),
}
"""Settings that no page of subjects changes, and why."""

FIELDS: Mapping[str, Field] = {
    field.name: field for subject in SUBJECTS for field in subject.fields
}


def setting_name(key: str) -> str:
    """What a setting is called; its key where it has no words."""
    if key in FIELDS:
        return words().gettext(FIELDS[key].label)
    said = CONCESSIONS.get(key) or ELSEWHERE.get(key)
    if key == "hours":
        return words().gettext("Години роботи")
    return words().gettext(said) if said else key
