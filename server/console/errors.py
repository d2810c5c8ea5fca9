"""Pages for what went wrong: what it is, in words, and the way back."""

from __future__ import annotations

from flask import Flask, make_response, render_template
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import HTTPException

from server.console.blueprint import console
from server.console.centre import words
from server.console.guard import Elsewhere, protect, recognise
from templates.words import N_

_SAID: dict[int, tuple[str, str]] = {
    400: (N_("Сторінка застаріла"), N_("Відкрийте її ще раз і повторіть дію.")),
    403: (N_("Сюди вам не можна"), N_("Ваша роль не має доступу до цієї сторінки.")),
    404: (N_("Такої сторінки немає"), N_("Перевірте адресу або почніть спочатку.")),
    405: (N_("Так сюди не потрапити"), N_("Відкрийте сторінку з меню.")),
    413: (N_("Забагато даних"), N_("Зменште те, що надсилаєте, і спробуйте ще раз.")),
    429: (N_("Забагато спроб"), N_("Зачекайте хвилину й спробуйте ще раз.")),
    500: (N_("Щось зламалося в нас"), N_("Це вже записано. Спробуйте ще раз трохи згодом.")),
}


_ELSEWHERE = (
    N_("Це в іншій будівлі"),
    N_("Цим опікуються там. Вам відкрито лише те, що у вашій будівлі."),
)


def page(number: int, told: tuple[str, str] | None = None) -> ResponseReturnValue:
    """The page of an error, with what protects every page."""
    recognise()
    title, text = told or _SAID.get(number, _SAID[500])
    said = words()
    body = render_template(
        "console/error.html", number=number, title=said.gettext(title), text=said.gettext(text)
    )
    return protect(make_response(body, number))


def _show(error: HTTPException) -> ResponseReturnValue:
    return page(error.code or 500, _ELSEWHERE if isinstance(error, Elsewhere) else None)


for _number in _SAID:
    console.register_error_handler(_number, _show)


def register(app: Flask) -> None:
    """Show a page at addresses of nobody, too."""
    app.register_error_handler(404, _show)
