"""Scheduled reports as letters: a line of text and the workbook."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from server.config import MailSection
from server.database import Database
from server.models import MailKind, SavedReport
from server.services import mail, saved_reports, settings
from server.services.mail import Attachment, Letter
from server.services.reports import catalogue
from server.services.reports.catalogue import REPORTS, ReportCode
from server.services.reports.table import Period
from templates.words import words_for

_ACTOR: Final = "system"
_XLSX: Final = ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet")


def put_due(database: Database, section: MailSection, at: datetime) -> int:
    """Put what is due into the queue of letters; answers how many letters that were."""
    with database.reading() as session:
        library = settings.read(session)

    def write(row: SavedReport, period: Period, address: str) -> Letter:
        return of(database, row, period, address)

    def post(session: Session, letter: Letter, now: datetime) -> None:
        mail.put(
            session, letter, sender=section.sender,
            sender_name=library.name_in(letter.language), actor=_ACTOR, at=now,
        )  # fmt: skip

    return saved_reports.send_due(database, write, post, at=at)


def of(database: Database, row: SavedReport, period: Period, address: str) -> Letter:
    """The letter of a report over a period."""
    # Loaded only where a report is sent: a server at work has no use for them.
    from server.console import exports, report_words  # noqa: PLC0415

    code = ReportCode(row.report)
    words = words_for(row.language)
    sheets = [
        report_words.sheet(each, catalogue.make(database, each, period), words)
        for each in (code, *REPORTS[code].parts)
    ]
    title = words.gettext(report_words.TITLES[code][0])
    named = f"{title}, {report_words.period(period, words)}"
    with exports.as_xlsx(sheets) as file:
        book = file.read()
    return Letter(
        kind=MailKind.REPORT,
        recipient=address,
        subject=named,
        text=words.gettext("%(report)s — у вкладенні.", report=named) + "\n",
        language=row.language,
        attachments=(Attachment(f"{report_words.file_name(code, period)}.xlsx", book, *_XLSX),),
    )
