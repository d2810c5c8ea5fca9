"""What somebody learns at a kiosk before they join: needs, tariffs, texts (R1.2, R2.2, R2.5)."""

from __future__ import annotations

from datetime import datetime

from gate.events import TariffRecord, TermsRecord, TextRecord
from gate.facts import TicketKind
from server.database import Database
from server.models import Category, TextKind
from server.services import consents, enrolment_rules, settings
from server.services.settings import LibrarySettings

_AT_THE_DESK_ONLY = (Category.ORGANISATION, Category.STAFF)
"""These come with papers that a kiosk can't see."""


def today(database: Database, *, at: datetime) -> TermsRecord:
    """The terms that hold at this moment."""
    with database.reading() as session:
        library = settings.read(session)
        day = library.day(at)
        texts = [consents.current(session, kind, day) for kind in TextKind]
    return TermsRecord(
        today=day,
        tariffs=tuple(_tariff(one, library) for one in Category if one not in _AT_THE_DESK_ONLY),
        one_time_fee=library.fee_one_time,
        guarantee_below_age=library.guarantee_below_age,
        kept_days=library.preregistration_days,
        texts=tuple(
            TextRecord(
                kind=text.kind.value, version=text.version, body=text.body, body_en=text.body_en
            )
            for text in texts
        ),
    )


def _tariff(category: Category, library: LibrarySettings) -> TariffRecord:
    """As it will be with the certificate in the hand."""
    what = enrolment_rules.concession_of(category, library)
    fee = enrolment_rules.fee(TicketKind.PERMANENT, what, library)
    return TariffRecord(category=category.value, concession=what.value, fee=fee)
