"""Words of the information centre: services, outcomes, indicators, states."""

from __future__ import annotations

from collections.abc import Mapping

from gate.events import Topic
from server.models import EquipmentState, Indicator, Outcome, ServiceCode
from templates import topics
from templates.words import N_

TOPICS: Mapping[Topic, str] = {Topic(code): name for code, name in topics.TOPICS.items()}
SERVICES: Mapping[ServiceCode, str] = {
    ServiceCode.ACCESS: N_("Доступ до ресурсів"),
    ServiceCode.SEARCH: N_("Пошук інформації"),
    ServiceCode.ADVICE: N_("Консультація"),
    ServiceCode.SKILLS: N_("Навчання навичок"),
    ServiceCode.CONFERENCE: N_("Відеозв’язок з установою"),
    ServiceCode.BRANCH_ADVICE: N_("Порада бібліотекарю філії"),
}
OUTCOMES: Mapping[Outcome, str] = {
    Outcome.HELPED: N_("допомогли"),
    Outcome.PARTLY: N_("допомогли частково"),
    Outcome.REFERRED: N_("скерували далі"),
    Outcome.NOT_FOUND: N_("не знайшли"),
}
STATES: Mapping[EquipmentState, str] = {
    EquipmentState.WORKS: N_("працює"),
    EquipmentState.IN_REPAIR: N_("у ремонті"),
    EquipmentState.BROKEN: N_("несправне"),
    EquipmentState.WRITTEN_OFF: N_("списане"),
}
INDICATORS: Mapping[Indicator, str] = {
    Indicator.VISITS: N_("Відвідувань центру"),
    Indicator.USERS: N_("Користувачів центру"),
    Indicator.CONSULTATIONS: N_("Наданих послуг"),
    Indicator.TRAININGS: N_("Навчальних занять"),
    Indicator.TRAINED: N_("Навчено осіб"),
    Indicator.CONFERENCES: N_("Відеоконференцій, вебінарів, зустрічей із владою"),
    Indicator.CONFERENCE_PARTICIPANTS: N_("Учасників відеоконференцій"),
    Indicator.BRANCH_ADVICE: N_("Порад бібліотекарям філій"),
    Indicator.RESOURCES: N_("Ресурсів у каталозі"),
    Indicator.PAID_SERVICES: N_("Платних послуг"),
    Indicator.PARTNERS: N_("Партнерів"),
    Indicator.MENTIONS: N_("Згадок у ЗМІ"),
}
