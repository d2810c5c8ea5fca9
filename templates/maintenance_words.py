"""Words of the maintenance page: faults with cause and remedy, results of trials, events, endings.

Codes are the station's; words of devices are in `templates.devices`.
"""

from __future__ import annotations

from collections.abc import Mapping

from templates.devices import Trouble, device_name, trouble
from templates.words import N_, Words

FAULTS: dict[str, tuple[str, Trouble]] = {
    "server_away": (
        N_("Сервер не відповідає"),
        Trouble(
            N_("Немає мережі або сервер вимкнено. Станція працює зі своєї копії."),
            N_("Перевірте кабель і мережу. Події надійдуть самі, щойно сервер озветься."),
        ),
    ),
    "not_admitted": (
        N_("Сервер не впізнає станцію"),
        Trouble(
            N_("Станцію відкликано або замінено."),
            N_("Візьміть у консолі новий код і введіть його в розділі «Догляд»."),
        ),
    ),
    "set_aside": (
        N_("Сервер не прийняв деяких подій"),
        Trouble(N_("Їх відкладено, жодну не втрачено."), N_("Про них знає адміністратор.")),
    ),
    "queue_old": (
        N_("Події довго чекають на сервер"),
        Trouble(
            N_("Найстарша чекає понад годину."),
            N_("Перевірте мережу; станцію можна лишити ввімкненою."),
        ),
    ),
    "no_copy": (
        N_("Станція ще не має копії"),
        Trouble(N_("Вона жодного разу не чула сервера."), N_("Під’єднайте її до мережі.")),
    ),
    "copy_old": (
        N_("Копія застаріла"),
        Trouble(
            N_("Станція давно не чула сервера і не знає нових заборон."),
            N_("Перевірте мережу і сервер."),
        ),
    ),
    "backup_old": (
        N_("Сервер давно не зберігали"),
        Trouble(
            N_("Його останній резервній копії понад три дні."),
            N_("Скажіть адміністраторові: копію робить lystok-server server backup."),
        ),
    ),
    "disk_low": (
        N_("Мало місця на диску"),
        Trouble(
            N_("Вільно менш як 500 МБ."),
            N_("Приберіть зайве або поставте більшу картку пам’яті."),
        ),
    ),
    "hot": (
        N_("Станція перегрілася"),
        Trouble(N_("Процесор гарячіший за 75 °C."), N_("Звільніть отвори, перевірте вентилятор.")),
    ),
    "undervoltage": (
        N_("Замало напруги"),
        Trouble(
            N_("Блок живлення заслабкий або кабель задовгий."),
            N_("Поставте рідний блок живлення, відключіть зайве від USB."),
        ),
    ),
    "clock_untrusted": (
        N_("Годинникові станції не можна вірити"),
        Trouble(
            N_("Час не підтвердили ні мережа, ні люди."),
            N_("Під’єднайте станцію до мережі або звірте час у розділі «Догляд»."),
        ),
    ),
    "paper_low": (
        N_("Паперу лишилося мало"),
        Trouble(
            N_("За підрахунком лишилося менш як десята частина рулону."),
            N_("Приготуйте новий рулон; замінивши, натисніть «Новий рулон»."),
        ),
    ),
    "certificate_ends": (
        N_("Сертифікат сервера закінчується"),
        Trouble(
            N_("Коли він скінчиться, станція не надсилатиме даних."),
            N_("Скажіть адміністраторові: сертифікат слід поновити на сервері."),
        ),
    ),
    "certificate_bad": (
        N_("Сертифікат сервера недійсний"),
        Trouble(
            N_("Станція не надсилає йому даних; події чекають."),
            N_("Скажіть адміністраторові. Перевірте й час станції."),
        ),
    ),
    "crashed": (
        N_("Минулого разу програма впала"),
        Trouble(
            N_("Вона запустилася знову сама."),
            N_("Якщо це повторюється, надішліть пакет підтримки."),
        ),
    ),
}

_ENDINGS = {
    "first": N_("перший запуск"),
    "stopped": N_("зупинили"),
    "asked": N_("перезапустив технік"),
    "crashed": N_("програма впала"),
    "power": N_("зникло живлення"),
}

_CLOCK = {
    "ntp": N_("довірений: звірено з мережею"),
    "rtc": N_("довірений: від годинника на платі"),
    "staff": N_("довірений: підтвердили люди"),
    "before": N_("довірений: підтверджено до перезапуску програми"),
    "assumed": N_("довірений: станція пробна, ніхто не звіряв"),
    "not": N_("непевний: рахує від останнього певного часу"),
}

_SCANNED = {
    "ticket_code": N_("код квитка"),
    "slip_code": N_("код листка"),
    "slip_number": N_("номер листка"),
    "number": N_("номер"),
    "unknown": N_("невідомий код"),
}

_RESULTS = {
    "scanned": N_("Код прочитано: %(kind)s, байтів: %(bytes)s"),
    "nothing_shown": N_("Коду ніхто не показав"),
    "card_read": N_("Картку прочитано, байтів у номері: %(bytes)s"),
    "nothing_laid": N_("Картки ніхто не приклав"),
    "card_added": N_("Картку додано. Карток техніків: %(count)s"),
    "printed": N_("Надруковано. Погляньте на смугу і літери"),
    "opened": N_("Відчинено на один прохід"),
    "lamp_shown": N_("Лампа світилася дві секунди"),
    "buzzed": N_("Сигнал подано"),
    "played": N_("Звук відтворено"),
    "done": N_("Зроблено"),
    "cannot": N_("Ця машина так не вміє"),
    "too_early": N_("Такий час уже минув: спершу поставте машині правильний"),
    "written": N_("Збережено: %(path)s"),
    "paired": N_("Станцію спаровано. Перезапускаємося"),
    "not_paired_refused": N_("Код не підходить. Візьміть новий у консолі"),
    "not_paired_away": N_("Сервер не відповідає: %(server)s"),
    "not_paired_key": N_("Ключ станції пошкоджено: %(said)s"),
    "restarting": N_("Перезапускаємося"),
}

_ORIGINS = {
    "default": N_("типове"),
    "file": N_("з файла"),
    "environment": N_("із середовища"),
}

_EVENTS = {
    "entry_decided": N_("Вхід"),
    "exit_decided": N_("Вихід"),
    "slip_job": N_("Друк листка"),
    "passed": N_("Прохід"),
    "not_passed": N_("Не пройшли"),
    "exited": N_("Вийшли"),
    "left": N_("Вийшли на час"),
    "returned": N_("Повернулися"),
    "item_declared": N_("Власні речі"),
    "help_called": N_("Виклик допомоги"),
    "photo_taken": N_("Фото"),
    "alarm": N_("Тривога"),
    "counted": N_("Пройшли вільно"),
    "lane_changed": N_("Турнікет"),
    "maintenance": N_("Обслуговування"),
    "health": N_("Стан пристроїв"),
}

_DELIVERY = {
    "queued": N_("чекає"),
    "delivered": N_("доставлено"),
    "aside": N_("відкладено"),
}


def fault_title(about: str, code: str, words: Words) -> str:
    """What is wrong, in a line: a device by its name, or the station's fault by its own."""
    if code in FAULTS:
        return words.gettext(FAULTS[code][0])
    return device_name(about, words)


def fault_words(about: str, code: str, words: Words) -> Trouble:
    """Cause and remedy."""
    if code not in FAULTS:
        return trouble(about, code, words)
    found = FAULTS[code][1]
    return Trouble(words.gettext(found.cause), words.gettext(found.remedy))


def result_text(code: str, facts: Mapping[str, str], words: Words) -> str:
    """What came of a trial; a device's own trouble is told with its remedy."""
    if code == "trouble":
        meant = trouble("", facts["detail"], words)
        return f"{meant.cause} {meant.remedy}".strip()
    told = dict(facts)
    if code == "scanned":
        kind = _SCANNED[facts["kind"]]
        told["kind"] = words.gettext(kind)
    return words.gettext(_RESULTS[code], **told)


def ending(code: str, words: Words) -> str:
    """Why the station had to start."""
    return words.gettext(_ENDINGS[code])


def clock_rests(confirmed: str, words: Words) -> str:
    """Whether the station's time is believed, and on what that rests."""
    return words.gettext(_CLOCK[confirmed])


def origin(code: str, words: Words) -> str:
    """Where a setting comes from."""
    return words.gettext(_ORIGINS[code])


def event_name(kind: str, words: Words) -> str:
    """A kind of event; one that is not known yet by its code."""
    return words.gettext(_EVENTS[kind]) if kind in _EVENTS else kind


def delivery(state: str, words: Words) -> str:
    """Whether the server has an event."""
    return words.gettext(_DELIVERY[state])


def span(seconds: float | None, words: Words) -> str:
    """A length of time in its largest unit."""
    if seconds is None:
        return "—"
    minutes, hours, days = seconds / 60, seconds / 3600, seconds / 86400
    if days >= 1:
        return words.gettext("%(n)s дн.", n=round(days))
    if hours >= 1:
        return words.gettext("%(n)s год", n=round(hours))
    if minutes >= 1:
        return words.gettext("%(n)s хв", n=round(minutes))
    return words.gettext("%(n)s с", n=round(seconds))
