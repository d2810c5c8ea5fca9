"""Notices as letters: the library's words, filled in, with the link by which they are refused."""

from __future__ import annotations

import os
from datetime import datetime
from functools import cache, partial
from typing import Final

from jinja2 import Environment, FileSystemLoader, Template

from server.config import ServerConfig
from server.database import Database
from server.models import MailKind, NoticeKind
from server.services import settings
from server.services.mail import Letter
from server.services.notices import due, sending, texts
from server.services.notices.due import Due, Item
from server.services.notices.sending import Sender
from server.services.notices.texts import Text
from server.services.settings import LibrarySettings
from templates.assets import TEMPLATES
from templates.words import Words, words_for

_HELD: Final = (MailKind.NOTICE,)


def put_due(database: Database, config: ServerConfig, at: datetime) -> int:
    """Put the notices that are due into the queue; answers how many."""
    write = partial(of, base_url=config.server.base_url)
    sender = Sender(address=config.mail.sender, entropy=os.urandom, write=write)
    return sending.put_due(database, sender, at)


def held(database: Database, at: datetime) -> tuple[MailKind, ...]:
    """Kinds of letters that wait for the morning, also those that were tried in vain before."""
    with database.reading() as session:
        return () if due.quiet_until(settings.read(session), at) is None else _HELD


def of(each: Due, text: Text, library: LibrarySettings, token: str, *, base_url: str) -> Letter:
    """The letter of a notice. `token`: of its link; without a base address there is none."""
    said = words_for(each.language, library.zone)
    places = _places(each, library, said)
    link = f"{base_url.rstrip('/')}/n/{token}" if base_url and token else ""
    body = texts.fill(text.body, places)
    why = _why(each, library, said, link)
    return Letter(
        kind=MailKind.NOTICE,
        recipient=each.recipient,
        subject=texts.fill(text.subject, places),
        text=f"{body}\n\n{places['library']}\n\n-- \n{why}\n{link}".rstrip() + "\n",
        html=_page().render(
            language=said.language, body=body, library=places["library"], why=why, link=link,
            link_text=said.gettext("Не надсилати таких листів або змінити вибір"),
        ),
        language=said.language,
        patron_id=each.patron_id or None,
        refuse_at=link,
    )  # fmt: skip


def _places(each: Due, library: LibrarySettings, said: Words) -> dict[str, str]:
    return {
        "name": each.greeting,
        "list": "\n".join(f"• {line(each.kind, item, said)}" for item in each.items),
        "date": said.date(min(item.day for item in each.items)),
        "library": library.name_in(said.language),
        "phone": library.service_centre_phone or "—",
    }


def line(kind: NoticeKind, item: Item, said: Words) -> str:
    """A thing that a letter tells, on one line."""
    if item.at is not None:
        told = [item.title, said.moment(item.at), item.place]
    elif kind is NoticeKind.SEASON:
        told = [said.gettext("квиток № %(number)s", number=item.title)]
    elif kind is NoticeKind.EXPIRY:
        ticket = said.gettext("квиток № %(number)s", number=item.title)
        told = [ticket, said.gettext("чинний до %(date)s", date=said.date(item.day))]
    elif kind is NoticeKind.HOLD:
        told = [item.title, said.gettext("лежить до %(date)s", date=said.date(item.day))]
    else:
        told = [item.title, said.gettext("повернути до %(date)s", date=said.date(item.day))]
    return ", ".join(part for part in told if part)


def _why(each: Due, library: LibrarySettings, said: Words, link: str) -> str:
    """Why somebody has this letter, and how to have no more of them."""
    if each.to_guardian:
        told = said.gettext("Ви отримали цей лист як законний представник читача.")
    else:
        told = said.gettext("Ви отримали цей лист, бо погодилися на сповіщення бібліотеки.")
    if link:
        more = said.gettext("Не надсилати таких листів або змінити вибір:")
        return f"{told} {more}"
    phone = library.service_centre_phone
    over = said.gettext("Щоб більше їх не отримувати, скажіть у Сервісному центрі.")
    return f"{told} {over} {phone}".rstrip()


@cache
def _page() -> Template:
    loader = FileSystemLoader(TEMPLATES)
    return Environment(loader=loader, autoescape=True).get_template("mail/notice.html")
