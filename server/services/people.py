"""What follows from who a patron is: consent, a document to renew, loans home (R1.4, R1.7)."""

from __future__ import annotations

from datetime import date

from server.models import IdentityDocument, Residence

AGE_OF_OWN_RIGHT = 16
NOBODY = "nobody"
"""The salt of readers without a name, to whom old visits and loans belong: no person has such a
one."""


def birthday(born: date, age: int) -> date:
    """The day on which somebody turns `age`; born on 29 February, it is 1 March otherwise."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)


def consent_missing_until(born: date | None, consent_on: date | None) -> date | None:
    """Without a guardian's consent: the day on which none is needed any more (R1.4)."""
    if born is None or consent_on is not None:
        return None
    return birthday(born, AGE_OF_OWN_RIGHT)


def document_to_renew_from(
    born: date | None, document: IdentityDocument, changed_on: date | None
) -> date | None:
    """From when a new document is asked for: after a change, or at 16 with a birth certificate."""
    if document is IdentityDocument.BIRTH_CERTIFICATE and born is not None:
        grown = birthday(born, AGE_OF_OWN_RIGHT)
        return grown if changed_on is None else min(grown, changed_on)
    return changed_on


def may_take_home(residence: Residence) -> bool:
    """Only those permanently registered in the city take documents home (R2.7, S05)."""
    return residence is Residence.CITY
