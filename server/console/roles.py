"""Who may open what: the one matrix of the console. What does not stand here is refused.

A new route fails its test until it has a line; a line without a role would open it to nobody.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from server.models import Role

EVERYBODY = frozenset(Role)
_ADMIN = {Role.ADMIN}
_ADMIN_ALONE = frozenset(_ADMIN)
_DESKS = frozenset({Role.SERVICE_CENTRE, Role.DEPARTMENT, Role.INFORMATION_CENTRE} | _ADMIN)
_LENDING = frozenset({Role.SERVICE_CENTRE, Role.DEPARTMENT} | _ADMIN)
_DOOR = frozenset({Role.SERVICE_CENTRE, Role.GUARD} | _ADMIN)
"""Who works the exit: for a guard that, help and the alarm are all there is (R3.1.4)."""
_CENTRE = frozenset({Role.SERVICE_CENTRE} | _ADMIN)
"""What only the Service Centre allows: leave without a slip, slips, own items (R3.1.3, R3.2.9)."""
_UNDOING = frozenset(Role) - {Role.TECHNICIAN}
"""Whoever has an act that can be taken back; it is their own that they take back."""
_LANES = _CENTRE | {Role.TECHNICIAN, Role.DIRECTOR}
_INBOX = frozenset({Role.SERVICE_CENTRE, Role.DIRECTOR} | _ADMIN)
_DIRECTOR = frozenset({Role.DIRECTOR})
_PERSONAL = frozenset({Role.SERVICE_CENTRE, Role.DIRECTOR} | _ADMIN)
_ENROLLING = frozenset({Role.SERVICE_CENTRE} | _ADMIN)
_VISITS = _DESKS | {Role.DIRECTOR}
_SCANNING = _VISITS | {Role.GUARD}
_REPORTS = frozenset({Role.SERVICE_CENTRE, Role.DIRECTOR, Role.INFORMATION_CENTRE} | _ADMIN)
_EVENTS = frozenset({Role.SERVICE_CENTRE, Role.INFORMATION_CENTRE, Role.DIRECTOR} | _ADMIN)
"""Who writes events down and keeps their lists (R4.1.11, C3.1.5)."""
_AUDIT = frozenset({Role.DIRECTOR} | _ADMIN)
_STATIONS = frozenset({Role.TECHNICIAN, Role.SERVICE_CENTRE, Role.DIRECTOR} | _ADMIN)
_LOOKS = frozenset({Role.TECHNICIAN} | _ADMIN)

_RULING = _AUDIT
"""Who decides how the library works: its settings, tables and hours."""
_ACCOUNTS = frozenset(_ADMIN)
_CENTRE_WORK = frozenset({Role.INFORMATION_CENTRE, Role.DIRECTOR} | _ADMIN)
_SALES = _CENTRE_WORK | {Role.SERVICE_CENTRE}
"""Both desks sell, and take back what they noted by mistake on the same day (C3.2)."""
_TABLE_ACTS = ("", "_new", "_make", "_row", "_save", "_retire", "_undo")
_TABLES = {
    "branches": _RULING, "departments": _RULING, "halls": _RULING, "services": _RULING,
    "violations": _RULING, "organisations": _PERSONAL, "permits": _PERSONAL,
    "resources": _CENTRE_WORK, "computers": _CENTRE_WORK, "equipment": _CENTRE_WORK,
    "partners": _CENTRE_WORK, "mentions": _CENTRE_WORK, "papers": _CENTRE_WORK,
}  # fmt: skip
"""Administered tables, each with the same routes."""

PUBLIC = frozenset(
    {
        "console.sign_in",
        "console.try_sign_in",
        "console.preferences",
        "console.status",
        "console.static_file",
    }
)
"""Open before sign-in: they show and change nothing of the library."""

ROLES: Mapping[str, frozenset[Role]] = MappingProxyType(
    {
        "console.home": EVERYBODY,
        "console.sign_out": EVERYBODY,
        "console.help_page": EVERYBODY,
        "console.account": EVERYBODY,
        "console.change_password": EVERYBODY,
        "console.end_own_session": EVERYBODY,
        "console.second_factor": EVERYBODY,
        "console.try_second_factor": EVERYBODY,
        "console.set_up_factor": EVERYBODY,
        "console.confirm_factor": EVERYBODY,
        "console.new_recovery_codes": EVERYBODY,
        "console.scan": _SCANNING,
        "console.search": _SCANNING,
        "console.inside": _VISITS,
        "console.patron": _PERSONAL,
        "console.enrolments": _ENROLLING,
        "console.new_reader": _ENROLLING,
        "console.start_enrolment": _ENROLLING,
        "console.preregistration": _ENROLLING,
        "console.drop_preregistration": _ENROLLING,
        "console.enrolment": _ENROLLING,
        "console.enrolment_step": _ENROLLING,
        "console.ticket_desk": _ENROLLING,
        "console.ticket_act": _ENROLLING,
        "console.change_data": _ENROLLING,
        "console.keep_data": _ENROLLING,
        "console.registration_card": _ENROLLING,
        "console.reader_file": _ENROLLING,
        "console.ticket_picture": _ENROLLING,
        "console.ticket_card": _ENROLLING,
        "console.ticket_sheet": _ENROLLING,
        "console.send_ticket": _ENROLLING,
        "console.data_requests": _PERSONAL,
        "console.retention": _RULING,
        "console.run_retention": _RULING,
        "console.patron_rights": _PERSONAL,
        "console.take_request": _PERSONAL,
        "console.settle_request": _PERSONAL,
        "console.own_data": _PERSONAL,
        "console.erase_patron": _DIRECTOR | _ADMIN,
        "console.notices": _PERSONAL,
        "console.patron_notices": _PERSONAL,
        "console.choose_notices": _PERSONAL,
        "console.notice_text": _RULING,
        "console.change_notice_text": _RULING,
        "console.patron_record": _ENROLLING,
        "console.note_in_record": _ENROLLING,
        "console.registration_season": _ENROLLING,
        "console.season_letters": _ENROLLING,
        "console.season_letter": _ENROLLING,
        "console.payments": _PERSONAL,
        "console.pay_service": _CENTRE,
        "console.revoke_links": _ENROLLING,
        "console.patron_photo": _PERSONAL,
        "console.keep_photo": _ENROLLING,
        "console.visit": _VISITS,
        "console.document": _VISITS,
        "console.desk": _LENDING,
        "console.choose_department": _LENDING,
        "console.release_reader": _LENDING,
        "console.undo": _LENDING,
        "console.unmark": _LENDING,
        "console.note_defects": _LENDING,
        "console.renew_loan": _LENDING,
        "console.holds": _LENDING,
        "console.place_hold": _LENDING,
        "console.cancel_hold": _LENDING,
        "console.extend_hold": _LENDING,
        "console.requests": _LENDING,
        "console.ask_request": _LENDING,
        "console.move_request": _LENDING,
        "console.request_paper": _LENDING,
        "console.open_visit": _LENDING,
        "console.exit": _DOOR,
        "console.exit_check": _DOOR,
        "console.close_exit": _DOOR,
        "console.undo_act": _UNDOING,
        "console.carried": _DOOR,
        "console.urgent_exit": _DOOR,
        "console.explain_urgent_exit": _DOOR,
        "console.leave": _CENTRE,
        "console.come_back": _CENTRE,
        "console.stub_paper": _CENTRE,
        "console.stub_picture": _CENTRE,
        "console.print_slip": _CENTRE,
        "console.slip_paper": _CENTRE,
        "console.slip_picture": _CENTRE,
        "console.slip_file": _CENTRE,
        "console.lost_slip": _CENTRE,
        "console.let_go_without_slip": _CENTRE,
        "console.duplicate_slip": _CENTRE,
        "console.bans": _PERSONAL,
        "console.case_file": _PERSONAL,
        "console.impose_ban": _PERSONAL,
        "console.ban_organisation": _PERSONAL,
        "console.undo_ban": _PERSONAL,
        "console.lift_ban": _DIRECTOR,
        "console.restore_ban": _DIRECTOR,
        "console.organisation_case": _PERSONAL,
        "console.note_damage": _PERSONAL,
        "console.settle_damage": _PERSONAL,
        "console.complaints": _PERSONAL,
        "console.write_complaint": _CENTRE,
        "console.answer_complaint": _PERSONAL,
        "console.lanes": _LANES,
        "console.order_lane": _CENTRE,
        "console.acknowledge_alarm": _CENTRE,
        "console.alarm_photo": _CENTRE,
        "console.news": EVERYBODY,
        "console.emergency": EVERYBODY,
        "console.raise_alarm": EVERYBODY,
        "console.tick_roll": EVERYBODY,
        "console.add_to_roll": EVERYBODY,
        "console.emergency_report": EVERYBODY,
        "console.all_clear": _INBOX,
        "console.inbox": _INBOX,
        "console.resolve_entry": _INBOX,
        "console.close_one_of_two": _INBOX,
        "console.settle_conflict": _INBOX,
        "console.notice_seen": _INBOX,
        "console.shift": _CENTRE,
        "console.open_shift": _CENTRE,
        "console.close_shift": _CENTRE,
        "console.shift_report": _INBOX,
        "console.close_day": _CENTRE,
        "console.paper_visits": _CENTRE,
        "console.enter_paper_visits": _CENTRE,
        "console.admit": _CENTRE,
        "console.admit_group": _CENTRE,
        "console.admit_with_guide": _CENTRE,
        "console.admit_patron": _CENTRE,
        "console.allow_items": _CENTRE,
        "console.events": _VISITS,
        "console.all_events": _VISITS,
        "console.event": _VISITS,
        "console.new_event": _EVENTS,
        "console.make_event": _EVENTS,
        "console.edit_event": _EVENTS,
        "console.change_event": _EVENTS,
        "console.cancel_event": _EVENTS,
        "console.note_online": _EVENTS,
        "console.sign_up": _EVENTS,
        "console.change_signup": _EVENTS,
        "console.imports": _ADMIN_ALONE,
        "console.import_columns": _ADMIN_ALONE,
        "console.check_import": _ADMIN_ALONE,
        "console.import_run": _ADMIN_ALONE,
        "console.take_import": _ADMIN_ALONE,
        "console.stop_import": _ADMIN_ALONE,
        "console.undo_import": _ADMIN_ALONE,
        "console.import_faults": _ADMIN_ALONE,
        "console.reports": _REPORTS,
        "console.report": _REPORTS,
        "console.send_report": _AUDIT,
        "console.end_report": _AUDIT,
        "console.stations": _STATIONS,
        "console.add_station": _ADMIN_ALONE,
        "console.change_station": _ADMIN_ALONE,
        "console.undo_station": _ADMIN_ALONE,
        "console.approve_station": _ADMIN_ALONE,
        "console.pairing_code": _ADMIN_ALONE,
        "console.revoke_station": _ADMIN_ALONE,
        "console.library_system": _STATIONS,
        "console.try_library_system": _STATIONS,
        "console.ask_library_system": _STATIONS,
        "console.library_system_frames": _STATIONS,
        "console.compare_library_system": _ADMIN_ALONE,
        "console.information_centre": _CENTRE_WORK,
        "console.give_service": _CENTRE_WORK,
        "console.note_demand": _CENTRE_WORK,
        "console.strike_service": _CENTRE_WORK,
        "console.check_resource": _CENTRE_WORK,
        "console.resource_poster": _CENTRE_WORK,
        "console.centre_log": _CENTRE_WORK,
        "console.centre_sales": _CENTRE_WORK,
        "console.sell_service": _CENTRE_WORK,
        "console.sale_paper": _SALES,
        "console.sale_picture": _SALES,
        "console.sale_file": _SALES,
        "console.cancel_sale": _SALES,
        "console.cancel_old_sale": _DIRECTOR,
        "console.price_list": _CENTRE_WORK,
        "console.workplaces": _CENTRE_WORK,
        "console.start_workplace": _CENTRE_WORK,
        "console.wait_workplace": _CENTRE_WORK,
        "console.extend_workplace": _CENTRE_WORK,
        "console.end_workplace": _CENTRE_WORK,
        "console.start_booked": _CENTRE_WORK,
        "console.bookings": _CENTRE_WORK,
        "console.book_workplace": _CENTRE_WORK,
        "console.cancel_booking": _CENTRE_WORK,
        "console.booking_paper": _CENTRE_WORK,
        "console.booking_picture": _CENTRE_WORK,
        "console.booking_file": _CENTRE_WORK,
        "console.centre_plan": _CENTRE_WORK,
        "console.set_centre_plan": _CENTRE_WORK,
        "console.stock_taking": _CENTRE_WORK,
        "console.begin_stock_taking": _CENTRE_WORK,
        "console.see_stock": _CENTRE_WORK,
        "console.end_stock_taking": _CENTRE_WORK,
        "console.branch_closing": _RULING,
        "console.export_branch": _RULING,
        "console.hand_over_branch": _RULING,
        "console.hand_over_property": _RULING,
        "console.close_branch": _DIRECTOR,
        "console.audit": _AUDIT,
        "console.check_audit": _AUDIT,
        "console.design": _LOOKS,
        "console.first_run": _ADMIN_ALONE,
        "console.first_run_step": _ADMIN_ALONE,
        "console.first_run_keep": _ADMIN_ALONE,
        "console.first_run_on": _ADMIN_ALONE,
        "console.staff_list": _ACCOUNTS,
        "console.staff_new": _ACCOUNTS,
        "console.staff_make": _ACCOUNTS,
        "console.staff_row": _ACCOUNTS,
        "console.staff_save": _ACCOUNTS,
        "console.staff_active": _ACCOUNTS,
        "console.staff_reset_password": _ACCOUNTS,
        "console.staff_reset_factor": _ACCOUNTS,
        "console.staff_end_session": _ACCOUNTS,
        "console.calendar": _VISITS,
        "console.add_days": _RULING,
        "console.cancel_days": _RULING,
        "console.change_week": _RULING,
        "console.texts": _RULING,
        "console.publish_text": _RULING,
        "console.settings": _RULING,
        "console.setting_subject": _RULING,
        "console.change_settings": _RULING,
        "console.undo_setting": _RULING,
        **{
            f"console.{table}{act}": roles
            for table, roles in _TABLES.items()
            for act in _TABLE_ACTS
        },
    }
)
"""Route -> roles that may use it."""


def may(role: Role, endpoint: str) -> bool:
    """Whether a role may use a route; nobody may use one without a line here."""
    return role in ROLES.get(endpoint, frozenset())
