"""A reader's photo: shown to those who may see readers, sent by the desk (threat 14)."""

from __future__ import annotations

from flask import Response, abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from server.console.blueprint import console
from server.console.centre import database, words
from server.console.pages.enrolment import by
from server.services import enrolment, photos
from server.services.photos import NoConsent, NoRoom, NotAPhoto


@console.get("/patrons/<int:patron_id>/photo")
def patron_photo(patron_id: int) -> Response:
    """The JPEG; 404 where there is none. It stays in no cache."""
    with database().reading() as session:
        jpeg = photos.of(session, patron_id)
    if jpeg is None:
        abort(404)
    return Response(jpeg, mimetype="image/jpeg")


@console.post("/patrons/<int:patron_id>/photo")
def keep_photo(patron_id: int) -> ResponseReturnValue:
    """Draw the photo anew and keep it."""
    sent = request.files.get("photo")
    try:
        photos.keep(database(), patron_id, sent.read() if sent else b"", by=by())
        flash(words().gettext("Фото збережено."), "grant")
    except NotAPhoto:
        message = words().gettext(
            "Це не фото: потрібен файл JPEG, PNG чи WebP, не менший за 300×300 точок і до 8 МБ."
        )
        flash(message, "refuse")
    except NoRoom:
        message = words().gettext(
            "На диску сервера майже немає місця: фото не збережено. Повідомте адміністратора."
        )
        flash(message, "refuse")
    except NoConsent:
        flash(words().gettext("Читач не дав згоди на фото."), "refuse")
    except LookupError:
        abort(404)
    return redirect(url_for(_page_of(patron_id), patron_id=patron_id), 303)


def _page_of(patron_id: int) -> str:
    with database().reading() as session:
        goes_on = enrolment.open_enrolment(session, patron_id) is not None
    return "console.enrolment" if goes_on else "console.ticket_desk"
