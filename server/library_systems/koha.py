"""Koha through its REST API: patrons, checkouts and holds, by OAuth2 client credentials.

Read as its published OpenAPI description has it (Koha 23.05 and later): four questions for an
account, whatever the number of its loans. Koha knows loans for the reading room of its own
("on-site checkouts"); they may not leave the house here either.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, tzinfo
from time import monotonic
from typing import Any, Final, TypeVar

import requests
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gate.facts import LoanPlace
from server.library_systems.contract import (
    Account,
    Block,
    OutsideLoan,
    Standing,
    SystemAway,
)
from server.library_systems.places import Places

T = TypeVar("T")

_MOST_LOANS: Final = 200
_EARLY_S: Final = 30.0
"""So long before its end a token is used no more."""
_UNAUTHORIZED: Final = 401


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Patron(_Record):
    patron_id: int
    surname: str | None = None
    firstname: str | None = None
    expiry_date: date | None = None
    restricted: bool = False
    patron_card_lost: bool | None = None


class _Checkout(_Record):
    item_id: int | None = None
    due_date: datetime | None = None
    checkout_date: datetime | None = None
    onsite_checkout: bool = False


class _Biblio(_Record):
    title: str | None = None


class _Item(_Record):
    item_id: int
    external_id: str | None = None
    location: str | None = None
    home_library_id: str | None = None
    biblio: _Biblio | None = None


class _Token(_Record):
    access_token: str
    expires_in: int


_PATRONS = TypeAdapter(list[_Patron])
_CHECKOUTS = TypeAdapter(list[_Checkout])
_ITEMS = TypeAdapter(list[_Item])
_HOLDS = TypeAdapter(list[_Record])


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Where Koha is, and how it lets us in."""

    url: str
    """Of the staff interface, without `/api/v1`."""
    client_id: str
    client_secret: str = field(repr=False)
    ca_file: str | None = None
    zone: Callable[[], tzinfo]
    places: Places = field(default_factory=Places)


class KohaSystem:
    """Koha as a LibrarySystem; several threads may ask at once."""

    name = "koha"

    def __init__(self, site: Site) -> None:
        self._site = site
        self._session = requests.Session()
        self._session.verify = site.ca_file or True
        self._lock = threading.Lock()
        self._token = ""
        self._token_until_s = 0.0

    def account(self, number: str, *, at: datetime, within_s: float) -> Account:
        """Ask for the holder of a card number, their checkouts, its items, and their holds."""
        until_s = monotonic() + within_s
        asked = {"q": json.dumps({"cardnumber": number}), "_match": "exact"}
        patrons = _read(_PATRONS, self._get("patrons", asked, until_s))
        if not patrons:
            return Account(number=number, as_of=at, known=False)
        patron = patrons[0]
        mine: dict[str, object] = {"patron_id": patron.patron_id, "_per_page": _MOST_LOANS}
        checkouts = _read(_CHECKOUTS, self._get("checkouts", mine, until_s))
        items = self._items([out.item_id for out in checkouts if out.item_id], until_s)
        holds = _read(_HOLDS, self._get("holds", mine, until_s))
        return Account(
            number=number,
            as_of=at,
            blocks=self._blocks(patron, at),
            loans=tuple(
                self._loan(out, items[out.item_id]) for out in checkouts if out.item_id in items
            ),
            holds=len(holds),
            expires_on=patron.expiry_date,
            name=f"{patron.firstname or ''} {patron.surname or ''}".strip(),
        )

    def standing(self, *, within_s: float) -> Standing:
        """Ask for a token and for nobody in particular."""
        until_s = monotonic() + within_s
        self._get("patrons", {"_per_page": 1, "_page": 1, "q": '{"patron_id": 0}'}, until_s)
        return Standing(online=True, name="Koha")

    def close(self) -> None:
        """Hang up."""
        self._session.close()

    def _items(self, ids: Iterable[int], until_s: float) -> dict[int | None, _Item]:
        wanted = sorted(set(ids))
        if not wanted:
            return {}
        asked = {"q": json.dumps({"me.item_id": wanted}), "_per_page": _MOST_LOANS}
        found = self._get("items", asked, until_s, embed="biblio")
        return {item.item_id: item for item in _read(_ITEMS, found)}

    def _loan(self, out: _Checkout, item: _Item) -> OutsideLoan:
        zone = self._site.zone()
        locations = [place for place in (item.location, item.home_library_id) if place]
        department, place = self._site.places.of(*locations)
        in_room = out.onsite_checkout or place is LoanPlace.READING_ROOM
        due, issued = out.due_date, out.checkout_date
        return OutsideLoan(
            item=item.external_id or f"koha-{item.item_id}",
            title=(item.biblio.title if item.biblio else None) or "",
            department=department,
            place=LoanPlace.READING_ROOM if in_room else LoanPlace.HOME,
            due_on=None if in_room or due is None else due.astimezone(zone).date(),
            issued_on=None if issued is None else issued.astimezone(zone).date(),
        )

    def _blocks(self, patron: _Patron, at: datetime) -> frozenset[Block]:
        blocks = set()
        today = at.astimezone(self._site.zone()).date()
        if patron.restricted:
            blocks |= {Block.BARRED, Block.LOANS_DENIED}
        if patron.patron_card_lost:
            blocks.add(Block.CARD_LOST)
        if patron.expiry_date is not None and patron.expiry_date < today:
            blocks.add(Block.EXPIRED)
        return frozenset(blocks)

    def _get(
        self, what: str, asked: dict[str, Any], until_s: float, *, embed: str = ""
    ) -> bytes:  # fmt: skip
        headers = {"Authorization": f"Bearer {self._valid_token(until_s)}"}
        if embed:
            headers["x-koha-embed"] = embed
        answer = self._call("GET", f"api/v1/{what}", until_s, params=asked, headers=headers)
        if answer.status_code == _UNAUTHORIZED:
            # Its secret was changed, or the token was revoked: one new one, no more.
            self._forget(headers["Authorization"])
            headers["Authorization"] = f"Bearer {self._valid_token(until_s)}"
            answer = self._call("GET", f"api/v1/{what}", until_s, params=asked, headers=headers)
        return _sound(answer, what)

    def _valid_token(self, until_s: float) -> str:
        with self._lock:
            if monotonic() < self._token_until_s:
                return self._token
        site = self._site
        form = {
            "grant_type": "client_credentials", "client_id": site.client_id,
            "client_secret": site.client_secret,
        }  # fmt: skip
        answer = self._call("POST", "api/v1/oauth/token", until_s, data=form)
        token = _read(TypeAdapter(_Token), _sound(answer, "oauth/token"))
        with self._lock:
            self._token = token.access_token
            self._token_until_s = monotonic() + token.expires_in - _EARLY_S
        return token.access_token

    def _forget(self, authorization: str) -> None:
        with self._lock:
            if authorization.endswith(self._token):
                self._token_until_s = 0.0

    def _call(self, method: str, path: str, until_s: float, **more: Any) -> requests.Response:
        left_s = until_s - monotonic()
        if left_s <= 0:
            raise SystemAway("no answer in time")
        url = f"{self._site.url.rstrip('/')}/{path}"
        try:
            return self._session.request(method, url, timeout=left_s, allow_redirects=False, **more)
        except requests.Timeout:
            raise SystemAway("no answer in time") from None
        except requests.RequestException as error:
            # The message of requests repeats the address with the card number in it.
            raise SystemAway(f"can't be asked: {type(error).__name__}") from None


def _sound(answer: requests.Response, what: str) -> bytes:
    if not answer.ok:
        raise SystemAway(f"{what}: HTTP {answer.status_code}")
    return answer.content


def _read(adapter: TypeAdapter[T], content: bytes) -> T:
    try:
        return adapter.validate_json(content)
    except ValidationError as error:
        places = ", ".join(".".join(map(str, fault["loc"])) for fault in error.errors()[:3])
        raise SystemAway(f"an answer that is not as described: {places}") from None
