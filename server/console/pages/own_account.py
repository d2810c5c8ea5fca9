"""One's own account: password, second factor, and where one is signed in (threat 15)."""

from __future__ import annotations

import os
from http import HTTPStatus

import segno
from flask import abort, flash, make_response, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from server.console import sessions
from server.console.blueprint import console
from server.console.centre import centre, database, now, staff, words
from server.console.pages.account import with_token
from server.console.pages.setting_pages import by
from server.console.sessions import hash_token
from server.services import accounts, second_factor
from server.services.passwords import Fault, Unfit
from templates.words import N_

PASSWORD_FAULTS = {
    Fault.TOO_SHORT: N_("Закоротко: щонайменше 12 знаків."),
    Fault.TOO_LONG: N_("Задовго: щонайбільше 200 знаків."),
    Fault.HAS_LOGIN: N_("У паролі є ваш обліковий запис."),
    Fault.TOO_PLAIN: N_("Ті самі знаки повторюються: візьміть кілька слів."),
    Fault.SAME: N_("Це той самий пароль."),
}


@console.get("/account", endpoint="account")
def account_page() -> str:
    """Password, second factor, sessions."""
    return _page()


@console.post("/account/password")
def change_password() -> ResponseReturnValue:
    """Take a new password; who does not know the old one is refused."""
    form = request.form
    if form.get("new", "") != form.get("again", ""):
        return _page(again=words().gettext("Паролі не збігаються.")), HTTPStatus.BAD_REQUEST
    try:
        done = accounts.change_password(
            database(), staff().staff_id, form.get("old", ""), form.get("new", ""), by(),
            but=hash_token(_token()),
        )  # fmt: skip
    except Unfit as unfit:
        fault = words().gettext(PASSWORD_FAULTS[unfit.fault])
        return _page(new=fault), HTTPStatus.UNPROCESSABLE_ENTITY
    if not done:
        wrong = words().gettext("Старий пароль неправильний.")
        return _page(old=wrong), HTTPStatus.UNAUTHORIZED
    flash(words().gettext("Пароль змінено. Інші ваші сеанси завершено."), "grant")
    return _gone_on("console.home" if staff().must_change_password else "console.account")


def _gone_on(endpoint: str) -> ResponseReturnValue:
    token = sessions.renew(database(), _token(), at=now(), idle=centre().idle)
    if token is None:
        return redirect(url_for("console.sign_in"), 303)
    return with_token(redirect(url_for(endpoint), 303), token)


@console.post("/account/sessions")
def end_own_session() -> ResponseReturnValue:
    """End one of one's own sessions elsewhere, or all of them."""
    if "all" in request.form:
        with database().writing() as db:
            accounts.end_sessions(db, staff().staff_id, now(), but=hash_token(_token()))
    else:
        accounts.end_session(database(), staff().staff_id, request.form.get("session", ""), by())
    flash(words().gettext("Завершено."), "grant")
    return redirect(url_for("console.account"), 303)


def _page(old: str = "", new: str = "", again: str = "") -> str:
    here = hash_token(_token())
    with database().reading() as db:
        open_ = accounts.sessions_of(db, staff().staff_id, now())
        left = second_factor.codes_left(db, staff().staff_id)
    return render_template(
        "console/account.html", old=old, new=new, again=again, left=left,
        sessions=[(each, here.startswith(each.key)) for each in open_],
        settled=not (staff().factor_missing or staff().must_change_password),
    )  # fmt: skip


def _token() -> str:
    return request.cookies.get(centre().cookie, "")


# --- The second factor -------------------------------------------------------------------------


@console.get("/second-factor", endpoint="second_factor")
def second_factor_page() -> ResponseReturnValue:
    """Asks for a code of the app."""
    if not staff().factor_missing:
        return redirect(url_for("console.home"), 303)
    return render_template("console/second_factor.html", problem="")


@console.post("/second-factor")
def try_second_factor() -> ResponseReturnValue:
    """Open the session with a code, under a new token."""
    if not second_factor.check(database(), staff().staff_id, request.form.get("code", ""), by()):
        problem = words().gettext("Код не підходить. Зачекайте наступного або візьміть запасний.")
        page = render_template("console/second_factor.html", problem=problem)
        return page, HTTPStatus.UNAUTHORIZED
    return _confirmed(session.pop("after", "") or url_for("console.home"))


def _confirmed(address: str) -> ResponseReturnValue:
    token = sessions.confirm(database(), _token(), at=now(), idle=centre().idle)
    if token is None:
        return redirect(url_for("console.sign_in"), 303)
    return with_token(redirect(address, 303), token)


@console.get("/second-factor/set-up")
def set_up_factor() -> ResponseReturnValue:
    """A secret as QR code and as text, to be confirmed by a first code."""
    if staff().has_factor:
        return redirect(url_for("console.account"), 303)
    return _set_up()


def _set_up(problem: str = "") -> str:
    secret = second_factor.draw(database(), staff().staff_id)
    code = segno.make(second_factor.address(secret, staff().login), error="m")
    picture = code.svg_inline(scale=6, border=2, omitsize=True, svgclass="qr", lineclass=None)
    groups = [secret[start : start + 4] for start in range(0, len(secret), 4)]
    return render_template(
        "console/set_up_factor.html", picture=Markup(picture), secret=" ".join(groups),  # noqa: S704
        problem=problem, login=staff().login,
    )  # fmt: skip


@console.post("/second-factor/set-up")
def confirm_factor() -> ResponseReturnValue:
    """Take the factor into use; its recovery codes are shown once."""
    if staff().has_factor:
        abort(400)
    codes = second_factor.confirm(
        database(), staff().staff_id, request.form.get("code", ""), by(), os.urandom
    )
    if codes is None:
        problem = words().gettext("Код не підходить. Перевірте годинник телефона.")
        return _set_up(problem), HTTPStatus.UNAUTHORIZED
    token = sessions.confirm(database(), _token(), at=now(), idle=centre().idle)
    page = render_template("console/recovery_codes.html", codes=codes)
    response = make_response(page)
    return with_token(response, token) if token else response


@console.post("/account/recovery-codes")
def new_recovery_codes() -> ResponseReturnValue:
    """New codes for a lost phone; the old ones are worth nothing."""
    if not staff().has_factor:
        abort(400)
    codes = second_factor.new_recovery_codes(database(), staff().staff_id, by(), os.urandom)
    return render_template("console/recovery_codes.html", codes=codes)
