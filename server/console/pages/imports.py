"""Lists from other systems: uploaded, checked row by row, taken in, taken back."""

from __future__ import annotations

from pathlib import Path

from flask import Response, abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from server.console import exports, import_work, lists
from server.console.blueprint import console
from server.console.centre import centre, database, now, staff, words
from server.models import ImportKind, ImportRun, ImportState
from server.services.imports import columns, runs
from server.services.imports.columns import WrongColumns
from server.services.imports.tables import NotReadable
from templates import imports as said

_TABLES = (ImportKind.PATRONS, ImportKind.DOCUMENTS, ImportKind.LOANS)
_SHOWN = 200
_WORKING = (ImportState.CHECKING, ImportState.RUNNING, ImportState.UNDOING)
_UNDONE_FROM = (ImportState.DONE, ImportState.STOPPED)


@console.get("/imports", endpoint="imports")
def imports_page() -> str:
    """What was taken in so far, and the form for a new list."""
    kinds = [(kind, words().gettext(said.KINDS[kind])) for kind in ImportKind]
    read = [(kind, words().gettext(said.KINDS[kind]), _headings(kind)) for kind in _TABLES]
    with database().reading() as db:
        shown, pages = lists.paged(runs.recent(db, now()))
        found = [_told(run) for run in shown]
    return render_template(
        "console/imports.html", kinds=kinds, tables=read, runs=found, pages=pages
    )


@console.get("/imports/columns/<table>.xlsx")
def import_columns(table: str) -> Response:
    """An empty list with the headings that are read, to be filled in."""
    if table not in _TABLES:
        abort(404)
    head = columns.headings_of(ImportKind(table))
    return exports.answer("xlsx", table, [name.capitalize() for name in head.values()], [])


def _headings(kind: ImportKind) -> list[tuple[str, bool]]:
    """Names of the columns, and whether a list can't be without one."""
    needed = columns.NEEDED[kind]
    return [(words().gettext(said.FIELDS[f]), f in needed) for f in columns.fields_of(kind)]


@console.post("/imports")
def check_import() -> ResponseReturnValue:
    """Keep the list that was sent, and begin to check it."""
    sent = request.files.get("list")
    kind = _kind()
    if sent is None or not sent.filename:
        flash(words().gettext("Оберіть файл зі списком."), "desk")
        return redirect(url_for("console.imports"), 303)
    path = centre().spool.keep(sent.stream)
    run_id = _begin(kind, path, sent.filename, dry_run=True)
    if run_id is None:
        path.unlink()
        return redirect(url_for("console.imports"), 303)
    return redirect(url_for("console.import_run", run_id=run_id), 303)


def _kind() -> ImportKind:
    try:
        return ImportKind(request.form.get("kind", ""))
    except ValueError:
        abort(400)


def _begin(kind: ImportKind, path: Path, name: str, *, dry_run: bool) -> int | None:
    """Begin a run over a kept list; None where it can't be read, which the person is told."""
    flavour = request.form.get("marc", "")
    try:
        listing, total = import_work.open_list(kind, path, flavour)
    except WrongColumns as wrong:
        flash(said.wrong_columns(words(), wrong.missing, wrong.twice), "refuse")
        return None
    except (NotReadable, ValueError):
        flash(
            words().gettext(
                "Файл не читається. Потрібен CSV, XLSX або MARC, для фото — архів ZIP."
            ),
            "refuse",
        )
        return None
    source = f"{Path(name).name} · {flavour}" if flavour else Path(name).name
    run_id = runs.begin(
        database(), kind, source, dry_run=dry_run, actor=f"staff:{staff().staff_id}", at=now(),
        total=total,
    )  # fmt: skip
    waiting = centre().spool.wait(path, run_id)
    work = import_work.working(
        database(), run_id, listing, centre().clock, spent=None if dry_run else waiting
    )
    import_work.start(centre().spool, work)
    return run_id


@console.get("/imports/<int:run_id>", endpoint="import_run")
def import_page(run_id: int) -> str:
    """One list: how far it is, what came of it, what is wrong with which rows."""
    with database().reading() as db:
        run = runs.as_it_is(db.get(ImportRun, run_id) or abort(404), now())
        kinds = [
            (said.fault(words(), field, code), count)
            for field, code, count in runs.faults_by_kind(db, run_id)
        ]
        faults = [
            (fault.row, said.fault(words(), fault.field, fault.code))
            for fault in runs.faults_of(db, run_id, 0, _SHOWN)
        ]
        changes = [
            said.change(
                words(), runs.named(db, run.kind, row.key), row.before or {}, row.after or {}
            )
            for row in runs.changes_of(db, run_id, _SHOWN)
        ]
        shown = _told(run)
    waits = centre().spool.at(run_id).is_file()
    return render_template(
        "console/import.html", run=shown, kinds=kinds, faults=faults, waits=waits,
        changes=changes,
        is_working=run.state in _WORKING, can_undo=run.state in _UNDONE_FROM,
    )  # fmt: skip


@console.post("/imports/<int:run_id>/take")
def take_import(run_id: int) -> ResponseReturnValue:
    """Take in what was checked; each file once."""
    path = centre().spool.at(run_id)
    with database().reading() as db:
        run = db.get(ImportRun, run_id) or abort(404)
    if run.state is not ImportState.CHECKED or not path.is_file():
        flash(words().gettext("Цього списку вже немає на сервері. Завантажте його ще раз."), "desk")
        return redirect(url_for("console.imports"), 303)
    new = _begin(run.kind, path, run.source.partition(" · ")[0], dry_run=False)
    return redirect(url_for("console.import_run", run_id=new or run_id), 303)


@console.post("/imports/<int:run_id>/stop")
def stop_import(run_id: int) -> ResponseReturnValue:
    """End it before its last row."""
    try:
        runs.stop(database(), run_id, actor=f"staff:{staff().staff_id}", at=now())
    except LookupError:
        abort(404)
    except runs.NotPossible:
        flash(words().gettext("Це вже скінчилося."), "desk")
    return redirect(url_for("console.import_run", run_id=run_id), 303)


@console.post("/imports/<int:run_id>/undo")
def undo_import(run_id: int) -> ResponseReturnValue:
    """Take the whole of it back, on the typed number of the run."""
    if request.form.get("number", "").strip() != str(run_id):
        flash(words().gettext("Щоб скасувати, впишіть номер завантаження."), "desk")
        return redirect(url_for("console.import_run", run_id=run_id), 303)
    base, clock = database(), centre().clock
    try:
        runs.begin_undo(base, run_id, actor=f"staff:{staff().staff_id}", at=now())
    except LookupError:
        abort(404)
    except runs.NotPossible:
        flash(words().gettext("Це завантаження скасувати не можна."), "desk")
    else:
        import_work.start(centre().spool, lambda: runs.undo(base, run_id, clock=clock))
    return redirect(url_for("console.import_run", run_id=run_id), 303)


@console.get("/imports/<int:run_id>/faults.csv")
def import_faults(run_id: int) -> Response:
    """The faulty rows with their faults in words, to mend the list by."""
    head = (words().gettext("Рядок"), words().gettext("Що не так"))
    with database().reading() as db:
        if db.get(ImportRun, run_id) is None:
            abort(404)
        body = [
            (fault.row, said.fault(words(), fault.field, fault.code))
            for fault in runs.faults_of(db, run_id, 0, runs.MOST_FAULTS)
        ]
    return exports.answer("csv", f"import-{run_id}", head, body)


def _told(run: ImportRun) -> dict[str, object]:
    """A run for the page."""
    whole = run.rows_total or run.rows_done
    gettext = words().gettext
    return {
        "id": run.id,
        "kind": gettext(said.KINDS[run.kind]),
        "source": run.source,
        "state": run.state,
        "state_name": gettext(said.STATES[run.state]),
        "started_at": run.started_at,
        "done": run.rows_done,
        "total": run.rows_total,
        "share": min(100, round(100 * run.rows_done / whole)) if whole else 0,
        "counts": [(gettext(said.COUNTS[name]), getattr(run, name), name) for name in said.COUNTS],
        "changed": run.changed,
        "summary": said.summary(words(), {name: getattr(run, name) for name in said.COUNTS}),
    }
