"""The screens of an enrolment at the kiosk, with the longest words they may have to show."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Final
from uuid import UUID

from gate.applicants import Fault
from gate.events import PreregistrationAnswer, TariffRecord, TermsRecord, TextRecord
from kiosk.enrolment import screens as s
from kiosk.enrolment.draft import CHOICES, Ask, longest
from kiosk.screens import Paper, Screen

FEES: Final = {
    "adult": ("full", 5000), "student": ("reduced", 2500), "pupil": ("reduced", 2500),
    "pensioner": ("reduced", 2500), "disabled": ("free", 0), "disabled_third": ("reduced", 2500),
    "veteran": ("free", 0), "combatant": ("free", 0), "conscript": ("free", 0),
    "chornobyl": ("free", 0), "large_family": ("free", 0), "orphan": ("free", 0),
    "librarian": ("free", 0), "honorary": ("free", 0),
}  # fmt: skip
TERMS: Final = TermsRecord(
    today=date(2026, 11, 19),
    tariffs=tuple(
        TariffRecord.model_validate({"category": code, "concession": what, "fee": fee})
        for code, (what, fee) in FEES.items()
    ),
    one_time_fee=1000,
    kept_days=3,
    texts=(
        TextRecord(
            kind="rules", version="2023-07-31", body="Правила користування Бібліотекою є "
            "обов’язковими для всіх, хто нею користується.\nЧитацький квиток і контрольний листок "
            "разом дають право на обслуговування.\nПро зміну прізвища, місця проживання чи "
            "паспорта повідомляють протягом місяця.",
        ),
        TextRecord(
            kind="data_notice", version="2026-01",
            body="Бібліотека обробляє ваші персональні дані.",
        ),
        TextRecord(
            kind="consent", version="2026-01", body="Даю згоду на обробку моїх персональних даних "
            "для обслуговування в Бібліотеці та зобов’язуюся виконувати Правила користування.",
            body_en="I consent to the processing of my personal data in order to be served by the "
            "Library, and undertake to keep its Rules of Use.",
        ),
    ),
)  # fmt: skip
ANSWER: Final = PreregistrationAnswer(
    id=UUID("01900000-0000-7000-8000-000000000001"), number="128",
    code="LP1:01900000000070008000000000000001", kept_until=date(2026, 11, 21),
)  # fmt: skip


def _field(ask: Ask, value: str = "", fault: Fault | None = None) -> s.EnrolField:
    return s.EnrolField(step=7, steps=16, ask=ask, value=value, fault=fault, longest=longest(ask))


_CONSENT: Final = s.EnrolConsent(step=12, steps=16, ask=Ask.CONSENT, text=TERMS.texts[2])
ENROLMENT: Final[dict[str, Screen]] = {
    "enrol-needs": s.EnrolNeeds(step=1, steps=16),
    "enrol-category": s.EnrolCategory(
        step=2, steps=16, tariffs=TERMS.tariffs, one_time_fee=TERMS.one_time_fee
    ),
    "enrol-rules": s.EnrolText(step=3, steps=16, text=TERMS.texts[0]),
    "enrol-notice": s.EnrolText(step=4, steps=16, text=TERMS.texts[1]),
    "enrol-surname": _field(Ask.SURNAME, "Гнатюк-Ґжицька"),
    "enrol-patronymic": replace(_field(Ask.PATRONYMIC), optional=True),
    "enrol-fault": _field(Ask.GUARDIAN_NAME, "Олена2", Fault.NOT_A_NAME),
    "enrol-birth": _field(Ask.BIRTH_DATE, "31.02.1990", Fault.NOT_A_DAY),
    "enrol-phone": _field(Ask.PHONE, "050 111 22 33"),
    "enrol-email": _field(Ask.EMAIL, "olena", Fault.NOT_AN_EMAIL),
    "enrol-email-optional": replace(_field(Ask.EMAIL), optional=True),
    "enrol-address-optional": replace(_field(Ask.ADDRESS), optional=True),
    "enrol-address": _field(Ask.ADDRESS, "вул. Шевченка, 54, кв. 128"),
    "enrol-guardian": s.EnrolChoice(
        step=9, steps=18, ask=Ask.GUARDIAN, options=CHOICES[Ask.GUARDIAN]
    ),
    "enrol-residence": s.EnrolChoice(
        step=9, steps=16, ask=Ask.RESIDENCE, options=CHOICES[Ask.RESIDENCE], chosen="displaced"
    ),
    "enrol-alone": s.EnrolAlone(),
    "enrol-consent": _CONSENT,
    "enrol-consent-child": replace(_CONSENT, child=True),
    "enrol-consent-refused": replace(_CONSENT, refused=True),
    "enrol-interests": replace(_CONSENT, ask=Ask.INTERESTS),
    "enrol-summary": s.EnrolSummary(
        step=16,
        steps=16,
        answers=(
            (Ask.CATEGORY, "conscript"),
            (Ask.SURNAME, "Гнатюк-Ґжицька"),
            (Ask.BIRTH_DATE, "05.11.1990"),
            (Ask.ADDRESS, "вул. Шевченка, 54, кв. 128, Чернігів"),
            (Ask.EMAIL, "olena.hnatiuk-gzhytska@example.com"),
            (Ask.PATRONYMIC, ""),
            (Ask.CONSENT, "yes"),
        ),
        has_photo=True,
    ),
    "enrol-sending": s.EnrolSending(),
    "enrol-done": s.EnrolDone(answer=ANSWER),
    "enrol-done-child": s.EnrolDone(answer=ANSWER, paper=Paper.READY, child=True),
    "enrol-done-no-paper": s.EnrolDone(answer=ANSWER, paper=Paper.NONE),
    "enrol-away": s.EnrolAway(phone="(0462) 67-45-12"),
    "enrol-away-late": s.EnrolAway(phone="(0462) 67-45-12", may_retry=True),
}
