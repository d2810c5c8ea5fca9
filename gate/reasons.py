"""Codes that decisions are made of. They are a contract: API, database, reports and words use them.

A code is never renamed and never changes its meaning; words for it live with the templates.
"""

from __future__ import annotations

from enum import StrEnum


class Verdict(StrEnum):
    """What the lane does: let through, send kindly to the desk, or refuse."""

    GRANT = "grant"
    DESK = "desk"
    REFUSE = "refuse"


class Reason(StrEnum):
    """Why a decision fell as it did; within each block the gravest stands first."""

    # Emergencies
    EVACUATION = "evacuation"
    NO_SHELTER = "no_shelter"
    """Air raid and this building has none: the screen names the nearest one."""
    SHELTER_FULL = "shelter_full"
    """As many are in the shelter as it holds: the screen names another one."""
    SHELTER = "shelter"
    # Entry
    UNKNOWN_CODE = "unknown_code"
    BAD_SIGNATURE = "bad_signature"
    TICKET_CANCELLED = "ticket_cancelled"
    TICKET_REPLACED = "ticket_replaced"
    BANNED = "banned"
    CLOSED = "closed"
    TICKET_NOT_STARTED = "ticket_not_started"
    TICKET_EXPIRED = "ticket_expired"
    NOT_REREGISTERED = "not_reregistered"
    CONSENT_MISSING = "consent_missing"
    FEE_UNPAID = "fee_unpaid"
    ALREADY_INSIDE = "already_inside"
    BUILDING_FULL = "building_full"
    HALL_FULL = "hall_full"
    EVENT_FULL = "event_full"
    EVENT_OVER = "event_over"
    EVENT_NOT_OPEN = "event_not_open"
    AGREEMENT_ENDED = "agreement_ended"
    COPY_TOO_OLD = "copy_too_old"
    CLOCK_UNTRUSTED = "clock_untrusted"
    # Exit
    READING_ROOM_LOANS_OPEN = "reading_room_loans_open"
    SLIP_UNKNOWN = "slip_unknown"
    SLIP_VOID = "slip_void"
    SLIP_CLOSED = "slip_closed"
    CARRIED_NOT_LENT = "carried_not_lent"
    SLIP_MISSING = "slip_missing"
    # Service in a department
    NO_OPEN_SLIP = "no_open_slip"
    EVENT_SLIP_NO_SERVICE = "event_slip_no_service"
    LIMIT_REACHED = "limit_reached"
    ROOM_ONLY = "room_only"
    HOME_LOANS_NOT_ALLOWED = "home_loans_not_allowed"
    ON_HOLD_FOR_OTHER = "on_hold_for_other"
    OVERDUE_BLOCKS_LOANS = "overdue_blocks_loans"
    STACK_CLOSED = "stack_closed"
    # Warnings: they never change a verdict
    REREGISTER_SOON = "reregister_soon"
    EXPIRES_SOON = "expires_soon"
    LOANS_OVERDUE = "loans_overdue"
    SLIP_NOT_RETURNED = "slip_not_returned"
    WEAK_CREDENTIAL = "weak_credential"
    INSIDE_AGAIN = "inside_again"
    """The ticket of somebody who is inside already, where the library lets it pass."""
    OUTSIDE_AGAIN = "outside_again"
    """A slip with which somebody went out already, where the library lets it pass."""
    OFFLINE = "offline"
    DOCUMENT_TO_RENEW = "document_to_renew"
    CLOSING_SOON = "closing_soon"
    NO_ENTRY = "no_entry"
    NO_MARKS = "no_marks"
    SLIP_OF_OTHER_DAY = "slip_of_other_day"


VERDICT_OF: dict[Reason, Verdict] = dict.fromkeys(
    (
        Reason.EVACUATION,
        Reason.NO_SHELTER,
        Reason.SHELTER_FULL,
        Reason.UNKNOWN_CODE,
        Reason.BAD_SIGNATURE,
        Reason.TICKET_CANCELLED,
        Reason.TICKET_REPLACED,
        Reason.BANNED,
        Reason.CLOSED,
        Reason.TICKET_NOT_STARTED,
        Reason.BUILDING_FULL,
        Reason.HALL_FULL,
        Reason.EVENT_FULL,
        Reason.EVENT_OVER,
        Reason.EVENT_NOT_OPEN,
        Reason.READING_ROOM_LOANS_OPEN,
        Reason.NO_OPEN_SLIP,
        Reason.EVENT_SLIP_NO_SERVICE,
        Reason.LIMIT_REACHED,
        Reason.ROOM_ONLY,
        Reason.HOME_LOANS_NOT_ALLOWED,
        Reason.ON_HOLD_FOR_OTHER,
        Reason.OVERDUE_BLOCKS_LOANS,
        Reason.STACK_CLOSED,
    ),
    Verdict.REFUSE,
) | dict.fromkeys(
    (
        Reason.TICKET_EXPIRED,
        Reason.NOT_REREGISTERED,
        Reason.CONSENT_MISSING,
        Reason.FEE_UNPAID,
        Reason.ALREADY_INSIDE,
        Reason.AGREEMENT_ENDED,
        Reason.COPY_TOO_OLD,
        Reason.CLOCK_UNTRUSTED,
        Reason.SLIP_UNKNOWN,
        Reason.SLIP_VOID,
        Reason.SLIP_CLOSED,
        Reason.CARRIED_NOT_LENT,
        Reason.SLIP_MISSING,
    ),
    Verdict.DESK,
)
"""Verdict that a reason brings; every other reason is a warning and grants."""


class Duty(StrEnum):
    """What the machine or a person must do along with the decision."""

    PRINT_SLIP = "print_slip"
    OFFER_REPRINT = "offer_reprint"
    APPROVE_OWN_ITEMS = "approve_own_items"
    SHOW_LAPTOP = "show_laptop"
    RETURN_AT_DESK = "return_at_desk"
    HAND_IN_SLIP = "hand_in_slip"
    LEAVE_SLIP_AT_DESK = "leave_slip_at_desk"
    COLLECT_SLIP = "collect_slip"
    OPEN_FOLDER = "open_folder"
    SHOW_OWN_DOCUMENTS = "show_own_documents"
    COUNT_DOCUMENTS = "count_documents"
