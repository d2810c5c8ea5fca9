"""An enrolment at the kiosk, question by question, and nothing of it left behind."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gate.applicants import Fault
from gate.events import PreregistrationAnswer, PreregistrationQuery, SlipJobState, TermsRecord
from kiosk import screens
from kiosk.conductor import Conductor
from kiosk.config import Role, ScreenSettings
from kiosk.enrolment import screens as es
from kiosk.enrolment.draft import Ask, fault
from kiosk.enrolment.enrolling import Sent
from kiosk.front import Front
from kiosk.messages import Pressed
from kiosk.printing import PrintReport
from kiosk.screens import Paper
from kiosk.service import Hands
from kiosk.stage import Stage
from tests.kiosk.enrolment_gallery import ANSWER, TERMS
from tests.kiosk.house import House, MovedClock

TODAY = TERMS.today
ADULT = {
    Ask.SURNAME: "Гнатюк - Ґжицька", Ask.GIVEN_NAME: "Мар'яна", Ask.PATRONYMIC: "",
    Ask.BIRTH_DATE: "05.11.1990", Ask.RESIDENCE: "city", Ask.ADDRESS: "",
    Ask.PHONE: "050 111 22 33", Ask.EMAIL: "", Ask.CONSENT: "yes", Ask.NOTICES: "no",
    Ask.INTERESTS: "no",
}  # fmt: skip


@dataclass
class Desk:
    """The Service Centre's end, as far away or as near as a test wants it."""

    told: TermsRecord | None = TERMS
    answer: PreregistrationAnswer | None = ANSWER
    sent: list[PreregistrationQuery] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)
    photos: list[UUID] = field(default_factory=list)
    job: UUID | None = field(default_factory=uuid4)
    report: Any = None
    phone: str = "67-45-12"

    def terms(self) -> TermsRecord | None:
        return self.told

    def new_id(self) -> UUID:
        return ANSWER.id

    def send(self, query: PreregistrationQuery) -> None:
        self.sent.append(query)

    def note_photo(self, enrolment: UUID) -> None:
        self.photos.append(enrolment)

    def print_number(self, answer: PreregistrationAnswer) -> UUID | None:
        self.printed.append(answer.number)
        return self.job


@dataclass
class Kiosk:
    """A person before a station that enrols."""

    conductor: Conductor
    stage: Stage
    desk: Desk

    @property
    def screen(self) -> Any:
        return self.stage.shown.screen

    def sees(self, kind: type[screens.Screen]) -> None:
        assert isinstance(self.screen, kind), self.screen.name

    def press(self, action: str, value: str = "") -> None:
        self.conductor.handle(Pressed(action, value, self.stage.shown.serial))

    def answer(self, answers: dict[Ask, str]) -> None:
        """Go on until nothing more is asked."""
        while not isinstance(self.screen, es.EnrolSummary):
            match self.screen:
                case es.EnrolField(ask=ask) | es.EnrolChoice(ask=ask) | es.EnrolConsent(ask=ask):
                    typed = isinstance(self.screen, es.EnrolField)
                    self.press("enrol_next" if typed else "enrol_pick", answers[ask])
                case es.EnrolCategory():
                    self.press("enrol_pick", answers.get(Ask.CATEGORY, "student"))
                case es.EnrolNeeds() | es.EnrolText():
                    self.press("enrol_next")
                case other:
                    raise AssertionError(other.name)

    def hears(self) -> None:
        """The desk's word comes back."""
        self.conductor.handle(Sent(self.desk.sent[-1].id, self.desk.answer))


@pytest.fixture
def kiosk(house: House) -> Kiosk:
    clock, desk = house.premises.clock, Desk()
    hands = Hands(office=desk)
    front = Front(
        house.database,
        Role.ENTRANCE,
        clock,
        lambda: True,
        station="K1",
        has_cards=False,
        may_enrol=True,
    )
    stage = Stage(front.home(), ScreenSettings(), "uk", clock.monotonic)
    conductor = Conductor(house.premises, stage, front, hands, lambda: None)
    made = Kiosk(conductor, stage, desk)
    made.press("enrol")
    return made


@pytest.mark.clause("R2.1", "R2.2")
def test_an_adult_gets_a_number_for_the_desk(kiosk: Kiosk) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_send")
    kiosk.sees(es.EnrolSending)
    (query,) = kiosk.desk.sent
    assert (query.surname, query.given_name) == ("Гнатюк-Ґжицька", "Мар’яна")
    assert query.birth_date == date(1990, 11, 5)
    assert query.consents == {"enrolment": True, "notices": False, "interests": False}
    assert query.texts["rules"] == "2023-07-31"
    kiosk.hears()
    assert kiosk.screen == es.EnrolDone(answer=ANSWER, paper=Paper.COMING)
    assert kiosk.desk.printed == ["128"]


@pytest.mark.fault(1)
@pytest.mark.parametrize(
    "state, paper", [(SlipJobState.PRINTED, Paper.READY), (SlipJobState.PENDING, Paper.NONE)]
)
def test_without_paper_the_code_is_on_the_screen(
    kiosk: Kiosk, state: SlipJobState, paper: Paper
) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_send")
    kiosk.hears()
    assert kiosk.desk.job is not None
    kiosk.conductor.handle(PrintReport(kiosk.desk.job, ANSWER.id, state, None))
    kiosk.sees(es.EnrolDone)
    assert kiosk.screen.paper is paper


@pytest.mark.clause("R1.4")
def test_a_child_is_asked_for_the_adult_beside_it(kiosk: Kiosk) -> None:
    guardian = {
        Ask.GUARDIAN: "parent", Ask.GUARDIAN_NAME: "Гнатюк Ірина", Ask.GUARDIAN_PHONE: "0501112233",
    }  # fmt: skip
    kiosk.answer({**ADULT, Ask.BIRTH_DATE: "20.11.2010", **guardian})
    kiosk.press("enrol_send")
    (query,) = kiosk.desk.sent
    assert query.guardian is not None
    assert (query.guardian.kind, query.guardian.name) == ("parent", "Гнатюк Ірина")
    kiosk.hears()
    kiosk.sees(es.EnrolDone)
    assert kiosk.screen.child


@pytest.mark.clause("R1.4")
def test_a_child_alone_is_asked_to_come_with_an_adult(kiosk: Kiosk) -> None:
    with pytest.raises(AssertionError, match="enrol_alone"):
        kiosk.answer({**ADULT, Ask.BIRTH_DATE: "20.11.2010", Ask.GUARDIAN: "alone"})
    kiosk.press("enrol_back")
    kiosk.sees(es.EnrolChoice)


@pytest.mark.clause("R2.2")
def test_without_consent_nothing_goes_on_and_neither_answer_is_chosen_for_you(
    kiosk: Kiosk,
) -> None:
    with pytest.raises(KeyError):
        kiosk.answer({ask: value for ask, value in ADULT.items() if ask is not Ask.CONSENT})
    kiosk.press("enrol_pick", "no")
    kiosk.sees(es.EnrolConsent)
    assert kiosk.screen.refused
    kiosk.press("enrol_send")
    assert kiosk.desk.sent == []
    kiosk.press("enrol_pick", "yes")
    kiosk.sees(es.EnrolConsent)
    assert kiosk.screen.ask is Ask.NOTICES


def test_a_wrong_answer_stays_with_what_is_wrong(kiosk: Kiosk) -> None:
    with pytest.raises(KeyError):
        kiosk.answer({})
    kiosk.press("enrol_next", "Олена2")
    kiosk.sees(es.EnrolField)
    assert (kiosk.screen.value, kiosk.screen.fault) == ("Олена2", Fault.NOT_A_NAME)


def test_from_the_summary_one_answer_is_changed_and_the_summary_comes_again(kiosk: Kiosk) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_change", "surname")
    kiosk.press("enrol_next", "Коваль")
    kiosk.sees(es.EnrolSummary)
    assert dict(kiosk.screen.answers)[Ask.SURNAME] == "Коваль"


def test_a_changed_birthday_asks_for_the_guardian_too(kiosk: Kiosk) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_change", "birth_date")
    kiosk.press("enrol_next", "01.01.2015")
    kiosk.sees(es.EnrolChoice)
    assert kiosk.screen.ask is Ask.GUARDIAN


def test_back_leads_to_the_answer_before_as_it_was_given(kiosk: Kiosk) -> None:
    with pytest.raises(KeyError):
        kiosk.answer({Ask.SURNAME: "Коваль"})
    kiosk.press("enrol_back")
    kiosk.sees(es.EnrolField)
    assert (kiosk.screen.ask, kiosk.screen.value) == (Ask.SURNAME, "Коваль")


def test_a_day_ticket_is_chosen_like_a_category(kiosk: Kiosk) -> None:
    kiosk.answer({**ADULT, Ask.CATEGORY: "one_day"})
    kiosk.press("enrol_send")
    assert (kiosk.desk.sent[0].kind, kiosk.desk.sent[0].category) == ("one_time", "adult")


# --- The server is away ------------------------------------------------------------------------


@pytest.mark.fault(11)
def test_without_the_server_the_desk_is_named_before_anything_is_asked(kiosk: Kiosk) -> None:
    kiosk.press("cancel")
    kiosk.desk.told = None
    kiosk.press("enrol")
    assert kiosk.screen == es.EnrolAway(phone="67-45-12")


@pytest.mark.fault(11)
def test_what_could_not_be_sent_is_sent_again_with_the_same_id(kiosk: Kiosk) -> None:
    kiosk.desk.answer = None
    kiosk.answer(ADULT)
    kiosk.press("enrol_send")
    kiosk.hears()
    kiosk.sees(es.EnrolAway)
    kiosk.desk.answer = ANSWER
    kiosk.press("enrol_back")
    kiosk.press("enrol_send")
    kiosk.hears()
    kiosk.sees(es.EnrolDone)
    assert kiosk.desk.sent[0] == kiosk.desk.sent[1]


# --- Nothing is left ---------------------------------------------------------------------------


@pytest.mark.threat(22)
def test_an_abandoned_form_is_forgotten_with_the_screen(kiosk: Kiosk, moved: MovedClock) -> None:
    kiosk.answer(ADULT)
    moved.forward(timedelta(seconds=181))
    kiosk.conductor.look_around()
    kiosk.sees(screens.Start)
    kiosk.press("enrol_back")
    kiosk.press("enrol_send")
    kiosk.sees(screens.Start)
    assert kiosk.desk.sent == []
    kiosk.press("enrol")
    with pytest.raises(KeyError):
        kiosk.answer({})
    kiosk.sees(es.EnrolField)
    assert kiosk.screen.value == ""


@pytest.mark.threat(22)
def test_an_answer_that_comes_too_late_is_shown_to_nobody_else(kiosk: Kiosk) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_send")
    kiosk.press("cancel")
    kiosk.hears()
    kiosk.sees(screens.Start)
    assert kiosk.desk.printed == []


@pytest.mark.threat(17, 21)
def test_nothing_that_was_typed_is_on_the_disk_or_in_the_log(
    kiosk: Kiosk, house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    kiosk.answer(ADULT)
    kiosk.press("enrol_send")
    kiosk.hears()
    kiosk.press("cancel")
    files = list(house.database.path.parent.glob(f"{house.database.path.name}*"))
    stored = b"".join(path.read_bytes() for path in files)
    told = "".join(capsys.readouterr())
    for secret in ("Гнатюк", "Мар’яна", "050 111 22 33"):
        assert secret.encode() not in stored
        assert secret not in told


def test_who_types_is_not_sent_away(kiosk: Kiosk, moved: MovedClock) -> None:
    for _ in range(4):
        moved.forward(timedelta(seconds=50))
        kiosk.press("stay")
        kiosk.conductor.look_around()
    kiosk.sees(es.EnrolNeeds)


# --- What is wrong with an answer ----------------------------------------------------------------


@pytest.mark.parametrize(
    "ask, value, wrong",
    [
        (Ask.SURNAME, "О'Ніл", None),
        (Ask.SURNAME, "Нечуй-Левицький", None),
        (Ask.SURNAME, "ван дер Берг", None),
        (Ask.SURNAME, "", Fault.EMPTY),
        (Ask.SURNAME, "Коваль1", Fault.NOT_A_NAME),
        (Ask.SURNAME, "К" * 61, Fault.TOO_LONG),
        (Ask.PATRONYMIC, "", None),
        (Ask.BIRTH_DATE, "29.02.2004", None),
        (Ask.BIRTH_DATE, "29.02.2005", Fault.NOT_A_DAY),
        (Ask.BIRTH_DATE, "20.11.2026", Fault.NOT_A_DAY),
        (Ask.BIRTH_DATE, "01.01.1890", Fault.NOT_A_DAY),
        (Ask.PHONE, "+38 (050) 111-22-33", None),
        (Ask.PHONE, "12345", Fault.NOT_A_PHONE),
        (Ask.EMAIL, "olena@example.com", None),
        (Ask.EMAIL, "olena", Fault.NOT_AN_EMAIL),
    ],
)
def test_answers_are_judged_as_at_the_desk(ask: Ask, value: str, wrong: Fault | None) -> None:
    assert fault(ask, value, TODAY) is wrong


@given(st.sampled_from(Ask), st.text(max_size=400))
def test_whatever_is_typed_is_judged(ask: Ask, value: str) -> None:
    fault(ask, value, TODAY)
