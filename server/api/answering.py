"""What answers a check, whichever way the request came."""

from __future__ import annotations

from pydantic import ValidationError

from gate.events import CheckQuery
from server.api.problems import TooMany
from server.api.state import Api
from server.services import stations
from server.services.checks import UnknownStation

_BEARER = "Bearer "


def token_of(authorization: str) -> str:
    """What the caller shows. Raises UnknownStation where it shows nothing."""
    if not authorization.startswith(_BEARER):
        raise UnknownStation
    return authorization[len(_BEARER) :]


def answer_check(api: Api, authorization: str, body: bytes) -> str:
    """A token, a code, an answer in JSON.

    Raises UnknownStation, TooMany, and pydantic.ValidationError for a record that can't be read.
    """
    token = token_of(authorization)
    token_hash = stations.hash_secret(token)
    now = api.clock()
    if api.strange.is_spent(token_hash, now):
        raise TooMany
    try:
        query = CheckQuery.model_validate_json(body)
    except ValidationError:
        # The token is read along with the facts; strangers are not told what is wrong instead.
        if stations.by_token(api.database, token) is None:
            raise UnknownStation from None
        raise
    loans_as_of = None
    if api.link is not None:
        from server.library_systems import asking  # noqa: PLC0415 - most libraries lend themselves

        shown = api.checks.shown(query, now)
        loans_as_of = asking.before_check(api.link, api.database, token_hash, shown, now)
    answered = api.checks.answer(query, token_hash, now=now, loans_as_of=loans_as_of)
    if answered.strange:
        api.strange.spend(token_hash, now)
    return answered.text
