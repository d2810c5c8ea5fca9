"""Words for verdicts, reasons and duties: one set for the person at the kiosk, one for staff.

The codes are those of the judgement of passage; this room takes them as plain text. A patron reads
a headline of a few words and at most twelve words that say what to do next; staff read a label
fit for a chip and one precise sentence.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from templates.words import N_, Words

Audience = Literal["patron", "staff"]
Direction = Literal["entry", "exit", "service"]
Departments = Iterable[tuple[str, int]]
"""Names of departments, each with the number of documents it still has out."""


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one code; `until` is taken instead of `text` where an end is known."""

    title: str
    text: str
    until: str = ""


PATRON: dict[str, Said] = {
    "evacuation": Said(
        N_("Евакуація"), N_("Ідіть до найближчого виходу. Листок здавати не потрібно.")
    ),
    "no_shelter": Said(
        N_("Повітряна тривога"), N_("Тут немає укриття. Ідіть до найближчого: адреса нижче.")
    ),
    "shelter_full": Said(N_("Укриття заповнене"), N_("Ідіть до найближчого іншого:")),
    "shelter": Said(N_("Повітряна тривога"), N_("Ідіть до укриття за вказівниками.")),
    "unknown_code": Said(
        N_("Не впізнаємо цей квиток"),
        N_("Спробуйте ще раз або зверніться до Сервісного центру."),
    ),
    "bad_signature": Said(
        N_("Не вдалося перевірити квиток"),
        N_("Покажіть оригінал квитка або зверніться до Сервісного центру."),
    ),
    "ticket_cancelled": Said(
        N_("Квиток скасовано"), N_("Зверніться до Сервісного центру, там допоможуть.")
    ),
    "ticket_replaced": Said(
        N_("Цей квиток уже не чинний"),
        N_("Покажіть новий квиток або зверніться до Сервісного центру."),
    ),
    "banned": Said(
        N_("Відвідування обмежено"),
        N_("Зверніться, будь ласка, до Сервісного центру."),
        N_("Чекаємо на вас з %(until)s Питання — до Сервісного центру."),
    ),
    "closed": Said(
        N_("Бібліотеку зачинено"),
        N_("Приходьте в години роботи, будемо раді."),
        N_("Відчиняємо о %(until)s Чекаємо на вас."),
    ),
    "ticket_not_started": Said(N_("Квиток ще не чинний"), N_("Зверніться до Сервісного центру.")),
    "ticket_expired": Said(
        N_("Строк квитка минув"), N_("Продовжте його в Сервісному центрі, це кілька хвилин.")
    ),
    "not_reregistered": Said(
        N_("Потрібна перереєстрація"),
        N_("Зверніться з квитком і паспортом до Сервісного центру."),
    ),
    "consent_missing": Said(
        N_("Потрібна згода батьків"),
        N_("Зверніться до Сервісного центру, там підкажуть, як її оформити."),
    ),
    "fee_unpaid": Said(
        N_("Внесок ще не сплачено"),
        N_("Сплатіть або візьміть разовий квиток у Сервісному центрі."),
    ),
    "already_inside": Said(
        N_("Ви вже в бібліотеці"),
        N_("Загубили листок? Зверніться до Сервісного центру."),
    ),
    "building_full": Said(
        N_("Вільних місць поки немає"), N_("Зачекайте, будь ласка: впустимо, щойно хтось вийде.")
    ),
    "hall_full": Said(
        N_("Зала заповнена"), N_("Зачекайте, будь ласка: запросимо, щойно звільниться місце.")
    ),
    "event_full": Said(
        N_("На захід місць немає"), N_("Оберіть інший захід або запитайте в Сервісному центрі.")
    ),
    "event_over": Said(N_("Захід завершився"), N_("Оберіть інший захід, будь ласка.")),
    "event_not_open": Said(
        N_("Вхід на захід ще зачинено"),
        N_("Поверніться, будь ласка, трохи згодом."),
        N_("Запрошуємо від %(until)s"),
    ),
    "agreement_ended": Said(
        N_("Договір організації завершився"), N_("Зверніться до Сервісного центру.")
    ),
    "copy_too_old": Said(
        N_("Потрібна допомога бібліотекаря"),
        N_("Зверніться до Сервісного центру, там приймуть одразу."),
    ),
    "clock_untrusted": Said(
        N_("Потрібна допомога бібліотекаря"),
        N_("Покажіть разовий квиток у Сервісному центрі."),
    ),
    "reading_room_loans_open": Said(
        N_("Ще не все повернуто"), N_("Поверніть документи у відділ і підійдіть знову.")
    ),
    "slip_unknown": Said(
        N_("Не впізнаємо цей листок"),
        N_("Спробуйте ще раз або покажіть його в Сервісному центрі."),
    ),
    "slip_void": Said(N_("Цей листок замінено дублікатом"), N_("Покажіть, будь ласка, дублікат.")),
    "slip_closed": Said(
        N_("За цим листком уже вийшли"), N_("Покажіть його, будь ласка, в Сервісному центрі.")
    ),
    "carried_not_lent": Said(
        N_("Перевірмо документи разом"), N_("Зверніться, будь ласка, до Сервісного центру.")
    ),
    "slip_missing": Said(
        N_("Потрібен контрольний листок"),
        N_("Піднесіть листок до сканера. Загубили? Зверніться до Сервісного центру."),
    ),
    "no_open_slip": Said(
        N_("Немає відкритого листка"), N_("Візьміть контрольний листок при вході.")
    ),
    "event_slip_no_service": Said(
        N_("Листок лише для заходу"),
        N_("Щоб брати книги, запишіться в Сервісному центрі."),
    ),
    "limit_reached": Said(
        N_("Узято найбільше документів"), N_("Поверніть один, тоді візьмете наступний.")
    ),
    "room_only": Said(N_("Лише в читальній залі"), N_("Цей документ можна читати тут, у залі.")),
    "home_loans_not_allowed": Said(
        N_("Додому за цим квитком не видаємо"), N_("Документ можна читати тут, у залі.")
    ),
    "on_hold_for_other": Said(
        N_("На документ чекає інший читач"), N_("Поверніть його, будь ласка, вчасно.")
    ),
    "overdue_blocks_loans": Said(
        N_("Є прострочені документи"), N_("Поверніть їх, тоді візьмете нові додому.")
    ),
    "stack_closed": Said(N_("Сховище вже не видає"), N_("Замовте на завтра або візьміть у залі.")),
    "reregister_soon": Said(
        N_("Час на перереєстрацію"), N_("Зайдіть сьогодні з паспортом до Сервісного центру.")
    ),
    "expires_soon": Said(N_("Квиток скоро закінчиться"), N_("Продовжте його в Сервісному центрі.")),
    "loans_overdue": Said(
        N_("Є прострочені документи"), N_("Поверніть їх, будь ласка, найближчим часом.")
    ),
    "slip_not_returned": Said(
        N_("Минулий листок не здано"), N_("Здавайте, будь ласка, листок при виході.")
    ),
    "weak_credential": Said(
        N_("Покажіть квиток на вимогу"), N_("Майте при собі документ, будь ласка.")
    ),
    "offline": Said(N_("Вас прийнято"), N_("Усе гаразд, проходьте.")),
    "document_to_renew": Said(
        N_("Оновіть дані"), N_("Зайдіть з новим документом до Сервісного центру.")
    ),
    "closing_soon": Said(
        N_("Скоро зачиняємо"),
        N_("Поверніть документи завчасно."),
        N_("Зачиняємо о %(until)s Поверніть документи за 15 хвилин до того."),
    ),
    "no_entry": Said(N_("Дякуємо, на все добре"), N_("Можна виходити.")),
    "no_marks": Said(N_("Дякуємо, на все добре"), N_("Здайте листок, будь ласка.")),
    "slip_of_other_day": Said(N_("Листок іншого дня"), N_("Здайте листок, будь ласка.")),
    "outside_again": Said(N_("На все добре"), N_("За цим листком уже виходили. Здайте його.")),
    "inside_again": Said(N_("Ви вже входили сьогодні"), N_("Листок лишається той самий.")),
}

STAFF: dict[str, Said] = {
    "evacuation": Said(N_("Евакуація"), N_("Оголошено евакуацію: вихід вільний, вхід зачинено.")),
    "no_shelter": Said(
        N_("Тривога, укриття немає"), N_("Повітряна тривога. У будівлі немає укриття.")
    ),
    "shelter_full": Said(
        N_("Укриття заповнене"), N_("Досягнуто межі осіб в укритті. Проходу це не зачиняє.")
    ),
    "shelter": Said(N_("В укриття"), N_("Повітряна тривога: прохід до укриття для всіх.")),
    "unknown_code": Said(N_("Невідомий код"), N_("Такого квитка, картки чи номера немає в базі.")),
    "bad_signature": Said(
        N_("Підпис неправильний"),
        N_("Підпис коду не збігається або ключ відкликано. Можлива підробка."),
    ),
    "ticket_cancelled": Said(N_("Квиток скасовано"), N_("Квиток скасовано, вхід за ним закрито.")),
    "ticket_replaced": Said(
        N_("Квиток замінено"), N_("Квиток позначено втраченим або на нього видано дублікат.")
    ),
    "banned": Said(
        N_("Обмеження відвідування"),
        N_("Обмеження без визначеного строку. Документи повертає в Сервісному центрі."),
        N_("Вхід знову дозволено з %(until)s Документи повертає в Сервісному центрі."),
    ),
    "closed": Said(
        N_("Зачинено"),
        N_("Бібліотека зараз не працює для відвідувачів."),
        N_("Бібліотека відчиняється о %(until)s"),
    ),
    "ticket_not_started": Said(
        N_("Квиток ще не чинний"), N_("Перший день дії квитка ще не настав.")
    ),
    "ticket_expired": Said(
        N_("Строк квитка минув"), N_("Останній день дії квитка минув: потрібен новий.")
    ),
    "not_reregistered": Said(
        N_("Не перереєстровано"),
        N_("Квиток не перереєстровано цього року, пільговий строк минув."),
    ),
    "consent_missing": Said(
        N_("Немає згоди"), N_("Читачеві немає 16 років, згоди законного представника немає.")
    ),
    "fee_unpaid": Said(
        N_("Не сплачено"), N_("Річний внесок не сплачено. Можна видати разовий квиток.")
    ),
    "already_inside": Said(N_("Уже всередині"), N_("За цим квитком уже є відкрите відвідування.")),
    "building_full": Said(N_("Будівля заповнена"), N_("Досягнуто межі кількості присутніх.")),
    "hall_full": Said(N_("Зала заповнена"), N_("Досягнуто межі кількості осіб у залі.")),
    "event_full": Said(N_("Місць немає"), N_("Усі місця заходу зайнято.")),
    "event_over": Said(N_("Захід завершився"), N_("Час заходу минув.")),
    "event_not_open": Said(
        N_("Захід ще не почався"),
        N_("Вхід на захід ще не відкрито."),
        N_("Вхід на захід відкриється: %(until)s"),
    ),
    "agreement_ended": Said(N_("Договір завершився"), N_("Строк договору з організацією минув.")),
    "copy_too_old": Said(
        N_("Дані застаріли"),
        N_("Відомості застаріли: перевірте відмітки на листку самі."),
    ),
    "clock_untrusted": Said(
        N_("Годинник не підтверджено"), N_("Станція не певна дати: перевірте дату квитка самі.")
    ),
    "reading_room_loans_open": Said(
        N_("Не повернуто в зал"), N_("Документи читальних залів ще не повернуто.")
    ),
    "slip_unknown": Said(N_("Невідомий листок"), N_("Такого листка немає в базі.")),
    "slip_void": Said(N_("Листок недійсний"), N_("На цей листок видано дублікат.")),
    "slip_closed": Said(N_("Листок закрито"), N_("За цим листком вихід уже записано.")),
    "carried_not_lent": Said(
        N_("Не записано за читачем"), N_("Серед винесених є документ, не виданий цьому читачеві.")
    ),
    "slip_missing": Said(
        N_("Немає листка"), N_("Листок не показано. Запитайте відділи перед виходом.")
    ),
    "no_open_slip": Said(
        N_("Немає відкритого листка"),
        N_("Відкритого листка немає: обслуговування починають з нього."),
    ),
    "event_slip_no_service": Said(
        N_("Листок заходу"), N_("Листок відвідувача заходу не дає права на фонди й послуги.")
    ),
    "limit_reached": Said(
        N_("Досягнуто межі"), N_("Читач уже має найбільшу кількість документів.")
    ),
    "room_only": Said(N_("Лише в залі"), N_("Цей документ додому не видають.")),
    "home_loans_not_allowed": Said(
        N_("Додому не видаємо"), N_("Квиток не дає права брати документи додому.")
    ),
    "on_hold_for_other": Said(N_("Замовлено іншим"), N_("На цей документ чекає інший читач.")),
    "overdue_blocks_loans": Said(
        N_("Є прострочені"), N_("Доки є прострочені документи, нових додому не видаємо.")
    ),
    "stack_closed": Said(
        N_("Сховище зачинено"),
        N_("Видачу зі сховища на сьогодні завершено."),
        N_("Видачу зі сховища завершено: закриття о %(until)s"),
    ),
    "reregister_soon": Said(
        N_("Час перереєструвати"), N_("Квиток ще не перереєстровано цього року, строк триває.")
    ),
    "expires_soon": Said(N_("Скоро закінчиться"), N_("Строк квитка закінчується протягом місяця.")),
    "loans_overdue": Said(N_("Прострочено"), N_("Читач має прострочені документи вдома.")),
    "slip_not_returned": Said(N_("Листок не здано"), N_("Листок цього відвідування не здано.")),
    "weak_credential": Said(
        N_("Слабке посвідчення"), N_("Показано лише номер або картку: порівняйте обличчя з фото.")
    ),
    "offline": Said(N_("Офлайн"), N_("Рішення прийнято за копією, без зв’язку із сервером.")),
    "document_to_renew": Said(
        N_("Оновити документ"), N_("Читачеві виповнилося 16 або змінилися дані: потрібен документ.")
    ),
    "closing_soon": Said(
        N_("Скоро закриття"),
        N_("До закриття лишилося небагато часу."),
        N_("До закриття лишилося небагато: %(until)s"),
    ),
    "no_entry": Said(N_("Немає входу"), N_("Входу не записано: відвідування відкрито без нього.")),
    "no_marks": Said(N_("Без відміток"), N_("Жоден відділ не поставив відмітки.")),
    "slip_of_other_day": Said(N_("Листок іншого дня"), N_("Листок видано не сьогодні.")),
    "outside_again": Said(N_("Листок показано вдруге"), N_("За цим листком сьогодні вже вийшли.")),
    "inside_again": Said(N_("Квиток показано вдруге"), N_("Людина з цим квитком уже всередині.")),
}

DUTIES_PATRON: dict[str, str] = {
    "print_slip": N_("Візьміть контрольний листок"),
    "offer_reprint": N_("Можна надрукувати листок ще раз"),
    "approve_own_items": N_("Покажіть свої речі черговому бібліотекарю"),
    "show_laptop": N_("Покажіть ноутбук"),
    "return_at_desk": N_("Документи прийме Сервісний центр"),
    "hand_in_slip": N_("Здайте контрольний листок"),
    "leave_slip_at_desk": N_("Залиште листок у бібліотекаря"),
    "collect_slip": N_("Заберіть свій листок у бібліотекаря"),
    "open_folder": N_("Відкрийте папку"),
    "show_own_documents": N_("Покажіть власні документи й дозвіл"),
    "count_documents": N_("Покажіть документи, які виносите"),
}

DUTIES_STAFF: dict[str, str] = {
    "print_slip": N_("Надрукувати листок"),
    "offer_reprint": N_("Запропонувати повторний друк"),
    "approve_own_items": N_("Погодити власні речі"),
    "show_laptop": N_("Оглянути ноутбук"),
    "return_at_desk": N_("Прийняти документи в Сервісному центрі"),
    "hand_in_slip": N_("Прийняти листок"),
    "leave_slip_at_desk": N_("Залишити листок у себе"),
    "collect_slip": N_("Віддати читачеві його листок"),
    "open_folder": N_("Оглянути відкриту папку"),
    "show_own_documents": N_("Звірити власні документи з дозволом"),
    "count_documents": N_("Порахувати документи, які виносить"),
}

VERDICTS: dict[tuple[str, Audience, Direction], str] = {
    ("grant", "patron", "entry"): N_("Ласкаво просимо"),
    ("grant", "patron", "exit"): N_("На все добре"),
    ("grant", "patron", "service"): N_("Будь ласка"),
    ("desk", "patron", "entry"): N_("Зверніться до Сервісного центру"),
    ("desk", "patron", "exit"): N_("Зверніться до Сервісного центру"),
    ("desk", "patron", "service"): N_("Зверніться до Сервісного центру"),
    ("refuse", "patron", "entry"): N_("Зараз увійти не можна"),
    ("refuse", "patron", "exit"): N_("Спершу поверніть документи"),
    ("refuse", "patron", "service"): N_("Зараз не можемо видати"),
    ("grant", "staff", "entry"): N_("Може увійти"),
    ("grant", "staff", "exit"): N_("Можна виходити"),
    ("grant", "staff", "service"): N_("Можна видати"),
    ("desk", "staff", "entry"): N_("До Сервісного центру"),
    ("desk", "staff", "exit"): N_("Потрібне ваше рішення"),
    ("desk", "staff", "service"): N_("До Сервісного центру"),
    ("refuse", "staff", "entry"): N_("Увійти не може"),
    ("refuse", "staff", "exit"): N_("Спершу повернути документи"),
    ("refuse", "staff", "service"): N_("Не видавати"),
}


def verdict_text(
    words: Words, verdict: str, audience: Audience = "patron", direction: Direction = "entry"
) -> str:
    """The verdict in a few words. Raises KeyError for what is none."""
    return words.gettext(VERDICTS[str(verdict), audience, direction])


def reason_title(words: Words, code: str, audience: Audience = "patron") -> str:
    """The headline for a patron, the label of a chip for staff. KeyError for an unknown code."""
    return words.gettext(_said(code, audience).title)


def reason_text(
    words: Words,
    code: str,
    audience: Audience = "patron",
    *,
    until: datetime | None = None,
    departments: Departments = (),
) -> str:
    """What to do next (patron, at most 12 words) or what is the case (staff).

    `until` is the end or beginning that belongs to the reason; `departments` are named after it.
    Raises KeyError for an unknown code.
    """
    said = _said(code, audience)
    if until is not None and said.until:
        return words.gettext(said.until, until=_sentence_end(_when(words, code, until)))
    counted = departments_text(words, departments)
    return f"{words.gettext(said.text)} {counted}".rstrip()


def departments_text(words: Words, departments: Departments) -> str:
    """Each department with its count: «Абонемент: 1 документ; Читальна зала: 2 документи»."""
    return "; ".join(f"{name}: {documents_text(words, count)}" for name, count in departments)


def documents_text(words: Words, count: int) -> str:
    """So many documents, in the right plural."""
    return words.ngettext("%(n)s документ", "%(n)s документи", count)


def duty_text(
    words: Words, code: str, audience: Audience = "patron", *, count: int | None = None
) -> str:
    """What is to be done now, with its number where one belongs. KeyError for an unknown code."""
    table = DUTIES_PATRON if audience == "patron" else DUTIES_STAFF
    said = words.gettext(table[str(code)])
    return said if count is None else f"{said}: {count}"


def _said(code: str, audience: Audience) -> Said:
    return (PATRON if audience == "patron" else STAFF)[str(code)]


_TIME_ALONE = {"closed", "closing_soon", "event_not_open", "stack_closed"}


def _when(words: Words, code: str, until: datetime) -> str:
    return words.time(until) if code in _TIME_ALONE else words.moment(until)


def _sentence_end(text: str) -> str:
    """Full stop, once: «2025 р.» has its own."""
    return text if text.endswith(".") else f"{text}."
