"""The facts behind a decision in words: what stood in the ticket, the visit, the house then."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from enum import StrEnum

from gate.facts import (
    EntryFacts,
    ExitFacts,
    Facts,
    Policy,
    RoomFacts,
    ServiceFacts,
    ServiceKind,
    TicketFacts,
)
from server.console.centre import words
from server.console.labels import (
    document_class_name,
    ticket_kind_name,
    ticket_state_name,
    visit_state_name,
)
from templates.words import N_


class Ground(StrEnum):
    """What a reason looked at."""

    CODE = "code"
    TICKET = "ticket"
    BAN = "ban"
    PATRON = "patron"
    VISIT = "visit"
    LAST_VISIT = "last_visit"
    LOANS = "loans"
    DOCUMENT = "document"
    QUEUE = "queue"
    HOUSE = "house"
    EVENT = "event"
    STATION = "station"


_NAMES: Mapping[Ground, str] = {
    Ground.CODE: N_("прочитаний код"),
    Ground.TICKET: N_("квиток"),
    Ground.BAN: N_("обмеження відвідування"),
    Ground.PATRON: N_("картка читача"),
    Ground.VISIT: N_("відвідування та його листок"),
    Ground.LAST_VISIT: N_("попереднє відвідування"),
    Ground.LOANS: N_("документи на руках"),
    Ground.DOCUMENT: N_("клас документа"),
    Ground.QUEUE: N_("черга на документ"),
    Ground.HOUSE: N_("календар і стан будівлі"),
    Ground.EVENT: N_("захід, його години та місця"),
    Ground.STATION: N_("годинник і копія станції"),
}


def name(ground: Ground) -> str:
    """What it is called."""
    return words().gettext(_NAMES[ground])


def shown(ground: Ground, facts: Facts | None) -> str:
    """What the decision found there; empty where that is not kept or there was nothing."""
    look = _LOOKS.get(ground)
    return "" if facts is None or look is None else " · ".join(filter(None, look(facts)))


def _ticket_of(facts: Facts) -> TicketFacts | None:
    return None if isinstance(facts, ExitFacts) else facts.ticket


def _ticket(facts: Facts) -> Iterator[str]:
    ticket, _ = _ticket_of(facts), words().gettext
    if ticket is None:
        return
    yield ticket.number
    yield f"{ticket_kind_name(ticket.kind)}, {ticket_state_name(ticket.state)}"
    yield _("дійсний %(first)s – %(last)s", first=words().date(ticket.valid_from),
              last=words().date(ticket.valid_until))  # fmt: skip
    yield _("зареєстровано на %(year)s рік", year=ticket.registered_for)
    yield "" if ticket.fee_paid else _("плату не внесено")


def _ban(facts: Facts) -> Iterator[str]:
    ticket = _ticket_of(facts)
    if ticket is not None and ticket.ban is not None:
        until = ticket.ban.until
        yield words().gettext("з %(moment)s", moment=words().moment(ticket.ban.since))
        yield (
            words().gettext("без строку")
            if until is None
            else words().gettext("до %(moment)s", moment=words().moment(until))
        )


def _patron(facts: Facts) -> Iterator[str]:
    ticket, _ = _ticket_of(facts), words().gettext
    if ticket is None:
        return
    yield "" if ticket.home_loans else _("додому не видаємо")
    for day, text in (
        (ticket.consent_missing_until, N_("без згоди батьків до %(date)s")),
        (ticket.document_to_renew_from, N_("документ оновити з %(date)s")),
        (ticket.agreement_until, N_("угода до %(date)s")),
    ):
        yield "" if day is None else _(text, date=words().date(day))
    if isinstance(facts, ServiceFacts):
        yield from _ticket(facts)


def _visit(facts: Facts) -> Iterator[str]:
    visit, _ = facts.visit, words().gettext
    if visit is None:
        yield _("відвідування не відкрито")
        return
    yield visit.slip_number
    yield visit_state_name(visit.state)
    yield _("з %(moment)s", moment=words().moment(visit.opened_at))
    yield _("відміток відділів: %(number)s", number=visit.marks)


def _loans(facts: Facts) -> Iterator[str]:
    _ = words().gettext
    if isinstance(facts, EntryFacts):
        overdue = 0 if facts.ticket is None else facts.ticket.overdue_loans
        yield _("прострочено: %(number)s", number=overdue)
    elif isinstance(facts, ExitFacts):
        held = () if facts.visit is None else facts.visit.reading_room
        yield _("із залів на руках: %(number)s", number=sum(each.count for each in held))
        if facts.visit is not None and facts.visit.home_today:
            yield _("додому сьогодні: %(number)s", number=facts.visit.home_today)
        if facts.carried_not_lent:
            yield _("винесених і не виданих: %(number)s", number=facts.carried_not_lent)
    else:
        yield from _loans_served(facts, facts.policy)


def _loans_served(facts: ServiceFacts, policy: Policy) -> Iterator[str]:
    _ = words().gettext
    if facts.kind is not ServiceKind.RENEW:
        yield _("у залах %(number)s з %(limit)s", number=facts.reading_room_out,
                  limit=policy.reading_room_limit)  # fmt: skip
        yield _("удома %(number)s з %(limit)s", number=facts.home_out, limit=policy.home_limit)
    if facts.ticket is not None and facts.ticket.overdue_loans:
        yield _("прострочено: %(number)s", number=facts.ticket.overdue_loans)


def _document(facts: Facts) -> Iterator[str]:
    if isinstance(facts, ServiceFacts):
        yield document_class_name(facts.document_class)


def _queue(facts: Facts) -> Iterator[str]:
    if isinstance(facts, ServiceFacts) and facts.held_for_other:
        yield words().gettext("чекає інший читач")


def _house(facts: Facts) -> Iterator[str]:
    house, _ = facts.building, words().gettext
    if house.closed_today:
        yield _("сьогодні зачинено")
    elif house.opens_at is not None and house.closes_at is not None:
        yield f"{words().time(house.opens_at)}–{words().time(house.closes_at)}"
    if isinstance(facts, EntryFacts):
        yield _room(
            N_("у будівлі %(number)s з %(limit)s"),
            RoomFacts(inside=house.inside, limit=house.limit),
        )
        yield _room(N_("у залі %(number)s з %(limit)s"), facts.hall)


def _room(text: str, room: RoomFacts) -> str:
    if room.limit is None:
        return ""
    return words().gettext(text, number=room.inside, limit=room.limit)


def _event(facts: Facts) -> Iterator[str]:
    event = facts.event if isinstance(facts, EntryFacts) else None
    if event is None:
        return
    yield f"{words().moment(event.opens_at)} – {words().time(event.ends_at)}"
    if event.places_left is not None:
        yield words().gettext("вільних місць: %(number)s", number=event.places_left)


_LOOKS: Mapping[Ground, Callable[[Facts], Iterator[str]]] = {
    Ground.TICKET: _ticket,
    Ground.BAN: _ban,
    Ground.PATRON: _patron,
    Ground.VISIT: _visit,
    Ground.LOANS: _loans,
    Ground.DOCUMENT: _document,
    Ground.QUEUE: _queue,
    Ground.HOUSE: _house,
    Ground.EVENT: _event,
}
