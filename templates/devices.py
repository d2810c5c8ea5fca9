"""Words for devices: their names, how they are, and what a fault means: cause and remedy.

The codes are those of the hardware room; this room takes them as plain text. Whoever reads
these words stands at the machine and is no programmer.
"""

from __future__ import annotations

from dataclasses import dataclass

from templates.words import N_, Words

NAMES: dict[str, str] = {
    "camera": N_("Камера для фото"),
    "card_reader": N_("Зчитувач карток"),
    "clock": N_("Годинник станції"),
    "lane": N_("Турнікет"),
    "printer": N_("Принтер листків"),
    "scanner": N_("Сканер кодів"),
}

STATES: dict[str, str] = {
    "works": N_("працює"),
    "degraded": N_("працює з вадою"),
    "failed": N_("не працює"),
    "unknown": N_("невідомо"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a device is as it is, and what to do about it."""

    cause: str
    remedy: str = ""


TROUBLES: dict[str, Trouble] = {
    "fine": Trouble(N_("Усе гаразд.")),
    "not_tried": Trouble(
        N_("Пристрій ще не озивався."), N_("Зачекайте кілька секунд і спробуйте ще раз.")
    ),
    "missing": Trouble(
        N_("Пристрою не видно."),
        N_("Перевірте живлення і кабель. Знайдеться сам, перезапускати нічого не треба."),
    ),
    "silent": Trouble(
        N_("Пристрій не відповідає, тож стан його невідомий."),
        N_("Вимкніть його, зачекайте 10 секунд і ввімкніть знову."),
    ),
    "offline": Trouble(
        N_("Пристрій є, та працювати з ним зараз не можна."),
        N_("Перевірте, чи не тримає його інша програма і чи має станція право на нього."),
    ),
    "broken": Trouble(
        N_("Пристрій повідомив про поламку."),
        N_("Вимкніть і ввімкніть його. Не допомогло — замініть."),
    ),
    "closed": Trouble(N_("Станція вже відпустила пристрій.")),
    "settings": Trouble(
        N_("Налаштування пристрою хибні."), N_("Виправте їх: lystok-kiosk kiosk check-config.")
    ),
    "driver_unknown": Trouble(
        N_("Такого драйвера немає."), N_("Виправте назву: lystok-kiosk kiosk check-config.")
    ),
    "driver_not_installed": Trouble(
        N_("Драйверу бракує програми або бібліотеки."), N_("Установіть те, що названо нижче.")
    ),
    "clock_untrusted": Trouble(
        N_("Час нічим не підтверджено: строки й години роботи станція не перевіряє."),
        N_("На станції відкрийте сторінку техніка й звірте годинник зі своїм."),
    ),
    "paper_near_end": Trouble(N_("Папір закінчується."), N_("Приготуйте новий рулон.")),
    "paper_out": Trouble(N_("Папір закінчився."), N_("Вставте новий рулон.")),
    "cover_open": Trouble(N_("Кришка принтера відчинена."), N_("Зачиніть її до клацання.")),
    "cutter_jam": Trouble(
        N_("Ніж принтера застряг."), N_("Відчиніть кришку, приберіть папір, зачиніть.")
    ),
    "print_uncertain": Trouble(
        N_("Невідомо, чи листок надруковано повністю."),
        N_("Погляньте на листок; за потреби надрукуйте копію."),
    ),
    "picture_too_wide": Trouble(
        N_("Листок ширший за папір."), N_("Укажіть ширину паперу: paper_mm.")
    ),
    "no_status": Trouble(
        N_("Цей принтер лише приймає листки і нічого не розповідає."),
        N_("Час від часу дивіться на папір самі."),
    ),
    "camera_black": Trouble(
        N_("Камера нічого не бачить: чорний кадр."),
        N_("Зніміть кришку з об’єктива, додайте світла."),
    ),
    "camera_frozen": Trouble(
        N_("Камера показує той самий кадр."),
        N_("Перезапуститься сама; якщо ні — вийміть і вставте кабель."),
    ),
    "lane_jam": Trouble(
        N_("Турнікет відчинено, та він не обертається."), N_("Приберіть те, що заважає стулкам.")
    ),
    "card_reader.silent": Trouble(
        N_("Служба карток (pcscd) не відповідає."),
        N_("Зачекайте: вона запускається сама. Не допомогло — systemctl restart pcscd."),
    ),
    "lane.missing": Trouble(
        N_("Лініями турнікета не керує ніхто: немає GPIO або процесу lystok-lane."),
        N_("Пропускайте людей самі. Перевірте lystok-lane і бібліотеку RPi.GPIO."),
    ),
    "printer.offline": Trouble(
        N_("Принтер вимкнено з роботи, або його тримає інша програма."),
        N_("Натисніть кнопку на принтері; спиніть програму, що ним користується."),
    ),
    "printer.silent": Trouble(
        N_("Принтер не відповідає, тож невідомо, чи є папір."),
        N_("Вимкніть його, зачекайте 10 секунд і ввімкніть. Перевірте швидкість лінії."),
    ),
    "scanner.offline": Trouble(
        N_("Сканер є, та його тримає інша програма або бракує прав."),
        N_("Спиніть ту програму; додайте станцію до груп input і dialout."),
    ),
}
"""By code, or by kind and code where a device's own words say more."""


def device_name(kind: str, words: Words) -> str:
    """What a kind of device is called."""
    return words.gettext(NAMES[kind])


def state_name(state: str, words: Words) -> str:
    """How a device is, in a word or two."""
    return words.gettext(STATES[state])


def light_words(words: Words, *, holds: bool) -> str:
    """Whether a camera holds its light still for a photo."""
    if holds:
        return words.gettext("На час знімка тримає витримку, баланс білого і різкість.")
    return words.gettext("Витримки на час знімка не тримає: ця камера не вміє.")


def trouble(kind: str, code: str, words: Words) -> Trouble:
    """Cause and remedy for a device's code; an unknown code is its own cause."""
    found = TROUBLES.get(f"{kind}.{code}") or TROUBLES.get(code)
    if found is None:
        return Trouble(code)
    remedy = words.gettext(found.remedy) if found.remedy else ""
    return Trouble(words.gettext(found.cause), remedy)
