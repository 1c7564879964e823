"""Pages of an assessment's printed papers: print, hand out, type the answers in."""

import secrets
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.assessments import services as assessments
from app.assessments.forms import in_zone, on_wall
from app.assessments.queries import monitor
from app.jobs import queue
from app.jobs.services import start_job
from app.kernel.auth import actor, may, reads_first, requires
from app.kernel.clock import now
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import DomainError, NotFoundError
from app.kernel.i18n import lang
from app.kernel.pdf import render_pdf
from app.papers import grid, pages, printing, services, workbook
from app.papers.errors import NothingTypedError
from app.papers.forms import FORMS, EntryForm, PrintForm, UploadForm, from_fields, packed
from app.papers.grid import Grid, Typing
from app.papers.prints import LANGS, NAMES, Kind

bp = Blueprint("papers", __name__, url_prefix="/assessments/<int:assessment_id>/papers")

_: Callable[..., str] = gettext

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


# ---------------------------------------------------------------- print


@bp.get("")
@requires("paper.print")
def show(assessment_id: int) -> ResponseReturnValue:
    """Forms, sheets, how well known the items are."""
    return _show(assessment_id, PrintForm(), 200)


def _show(assessment_id: int, form: PrintForm, status: int) -> ResponseReturnValue:
    page = pages.papers_page(assessment_id, actor().id, lang(), now())
    form.offer(keys=may("paper.key"), forms=not page.is_own_draw)
    return render_template("papers/show.html", p=page, form=form), status


@bp.post("/sheets")
@requires("paper.print")
def sheets(assessment_id: int) -> ResponseReturnValue:
    """A numbered sheet for everybody who has none to fill in."""
    made = assessments.make_sheets(
        assessment_id=assessment_id, owner_id=actor().id, seed=secrets.token_hex(8), now=now()
    )
    flash(_("新编了 %(n)s 份卷号。", n=made))
    return redirect(url_for(".show", assessment_id=assessment_id))


@bp.get("/<code>/paper.pdf")
@requires("paper.print")
def paper_pdf(assessment_id: int, code: str) -> ResponseReturnValue:
    """The paper of a form or a person."""
    return _pdf(assessment_id, code, Kind.PAPER)


@bp.get("/<code>/answers.pdf")
@requires("paper.print")
def answers_pdf(assessment_id: int, code: str) -> ResponseReturnValue:
    """The answer sheet of a form or a person."""
    return _pdf(assessment_id, code, Kind.ANSWERS)


@bp.get("/<code>/key.pdf")
@requires("paper.key")
def key_pdf(assessment_id: int, code: str) -> ResponseReturnValue:
    """The key of a form or a person's paper."""
    return _pdf(assessment_id, code, Kind.KEY)


def _pdf(assessment_id: int, code: str, kind: Kind) -> Response:
    wish = request.args.get("lang", "")
    language = wish if wish in LANGS else lang()
    found = printing.one(assessment_id, actor().id, code, lang=language, now=now())
    html = printing.html(
        found,
        kind,
        printing.items_of(assessment_id),
        lang=language,
        separate=request.args.get("separate") == "1",
    )
    name = f"{safe_name(found.head.title)} {NAMES[language][kind]} {safe_name(found.name)}.pdf"
    plain = f"{kind.value}-{found.head.code}.pdf"
    return attachment(render_pdf(html), "application/pdf", name=name, plain=plain)


@bp.post("/zip")
@requires("paper.print")
def zip_all(assessment_id: int) -> ResponseReturnValue:
    """All papers as one zip: a job with progress."""
    head = monitor.head(assessment_id, actor().id, lang())
    form = PrintForm()
    is_good = form.validate_on_submit()
    if is_good and Kind.KEY in (form.kinds.data or ()) and not may("paper.key"):
        raise NotFoundError
    if not is_good:
        return _show(assessment_id, form, 422)
    if form.by.data != FORMS:
        assessments.make_sheets(
            assessment_id=assessment_id, owner_id=actor().id, seed=secrets.token_hex(8), now=now()
        )
    job_id = start_job(
        kind="papers.print",
        title=_("%(title)s 纸质卷", title=head.title),
        owner_id=actor().id,
        params={
            "assessment_id": assessment_id,
            "kinds": list(form.kinds.data or ()),
            "by": form.by.data,
            "language": form.language.data,
            "separate": bool(form.separate.data),
        },
        now=now(),
    )
    queue.send_after_commit(job_id)
    return redirect(url_for("jobs.show", job_id=job_id))


# ---------------------------------------------------------------- type in


@bp.get("/entry")
@requires("paper.enter")
def entry(assessment_id: int) -> ResponseReturnValue:
    """The grid: people down, items across."""
    number = request.args.get("page", 1, type=int)
    view = grid.page(assessment_id, actor().id, lang(), now(), number=number)
    return _entry_page(view, _entry_form(), 200)


def _entry_form() -> EntryForm:
    return EntryForm(formdata=None, data={"sat_at": on_wall(now(), actor().timezone)})


def _entry_page(
    view: Grid, form: EntryForm, status: int, *, template: str = "entry", rows: str = ""
) -> ResponseReturnValue:
    page = render_template(
        f"papers/{template}.html", g=view, form=form, upload=UploadForm(formdata=None), rows=rows
    )
    return page, status


@bp.post("/entry")
@requires("paper.enter")
def enter(assessment_id: int) -> ResponseReturnValue:
    """Take all of it over, or nothing and say what is wrong where."""
    form = EntryForm()
    is_upload = bool(form.rows.data)
    typed = form.typed() if is_upload else from_fields(request.form.items())
    found = _read(assessment_id, typed)
    template, rows = ("preview", packed(typed)) if is_upload else ("entry", "")
    if not form.validate_on_submit() or not found.is_good:
        _tell_left_out(found)
        return _entry_page(found.grid, form, 422, template=template, rows=rows)
    _tell_left_out(found)
    if found.left_out and not found.filled:
        return redirect(url_for(".entry", assessment_id=assessment_id))
    try:
        done = services.take_over(
            found.filled,
            actor=actor(),
            sat_at=in_zone(form.sat_at.data, actor().timezone) or now(),
            reason=form.reason.data or "",
            now=now(),
        )
    except DomainError as error:  # what was typed must not be lost
        form.form_errors.append(_refused(error, found.grid))
        return _entry_page(found.grid, form, error.status, template=template, rows=rows)
    flash(
        _(
            "录入了 %(n)s 份，更正了 %(c)s 份，%(s)s 份没有变化。",
            n=done.new,
            c=done.corrected,
            s=done.same,
        )
    )
    return redirect(url_for(".show", assessment_id=assessment_id))


def _tell_left_out(found: grid.Read) -> None:
    if found.left_out:
        flash(_("没有录入：%(who)s。", who=_("、").join(found.left_out)), "warn")


def _refused(error: DomainError, view: Grid) -> str:
    """What stands in the way, and with whom."""
    text = _(error.message, **error.params)
    who = next((row.person for row in view.rows if row.plain == error.params.get("code")), "")
    return _("%(who)s：%(text)s", who=who, text=text) if who else text


def _read(assessment_id: int, typed: dict[str, Typing]) -> grid.Read:
    return grid.read(assessment_id, actor().id, lang(), now(), typed=typed)


@bp.get("/entry.xlsx")
@requires("paper.enter")
def entry_xlsx(assessment_id: int) -> ResponseReturnValue:
    """The grid as a workbook, to be filled in elsewhere."""
    view = grid.everything(assessment_id, actor().id, lang(), now())
    name = " ".join((safe_name(view.head.title), _("录入表"))) + ".xlsx"
    plain = f"entry-{assessment_id}.xlsx"
    return attachment(workbook.write(view), XLSX, name=name, plain=plain)


@bp.post("/entry/upload")
@requires("paper.enter")
@reads_first
def upload(assessment_id: int) -> ResponseReturnValue:
    """A filled workbook: shown first, with what is wrong in which cell; nothing is stored yet."""
    monitor.head(assessment_id, actor().id, lang())
    form: Any = UploadForm()
    try:
        typed = workbook.read(form.data_of())
        found = _read(assessment_id, typed)
        if not found.grid.rows:
            raise NothingTypedError
    except DomainError as error:
        flash(_(error.message, **error.params), "error")
        return redirect(url_for(".entry", assessment_id=assessment_id))
    return _entry_page(found.grid, _entry_form(), 200, template="preview", rows=packed(typed))
