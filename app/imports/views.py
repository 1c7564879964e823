"""Import in the browser: paste or upload, look through and fill in, save as a bank."""

import re
from dataclasses import replace
from typing import Any, Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.banks import queries as banks
from app.banks import twins
from app.banks.importing import sandbox
from app.banks.importing.errors import ImportRefusedError
from app.banks.importing.template import template_xlsx
from app.domain.duplicates import Index
from app.imports import differences, pages, queries, services
from app.imports.choices import read_form
from app.kernel.auth import actor, reads_first, requires, scopes
from app.kernel.clock import now
from app.kernel.downloads import attachment
from app.kernel.errors import DomainError
from app.kernel.i18n import lang, show_when
from app.kernel.web import accepts_upload, begin_write

bp = Blueprint("imports", __name__, url_prefix="/banks/import")
MAX_UPLOAD: Final = 21_000_000
MAX_FORM: Final = 4_000_000
MOST_ITEMS: Final = 1000
ITEM: Final = re.compile(r"i[0-9]{1,5}")
SHEET: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _index(text: str = "", status: int = 200, **more: Any) -> ResponseReturnValue:
    waiting = queries.open_imports(actor().id)
    page = render_template("imports/index.html", text=text, waiting=waiting, **more)
    return page, status


@bp.get("")
@requires("bank.import")
def index() -> ResponseReturnValue:
    """Paste or upload; what was begun and not saved. `?from=` brings a pasted text back."""
    again = request.args.get("from", type=int)
    if again is None:
        return _index()
    kept = queries.open_import(again, actor().id)
    return _index(kept.source.decode("utf-8", "replace") if not kept.name else "")


@bp.get("/template.xlsx")
@requires("bank.import")
def template() -> ResponseReturnValue:
    """The sheet to fill in."""
    name = _("题目模板") + ".xlsx"
    return attachment(template_xlsx(lang()), SHEET, name=name, plain="items.xlsx")


@bp.post("")
@requires("bank.import")
@reads_first
@accepts_upload(MAX_UPLOAD)
def read() -> ResponseReturnValue:
    """Understand a file in a limited process; nothing is lost when it cannot be understood."""
    upload = request.files.get("file")
    text = request.form.get("text", "")
    name = (upload.filename or "") if upload else ""
    data = upload.read() if upload and name else text.encode("utf-8", "replace")
    if not data.strip():
        return _index(text, 422, problem=_("还没有内容。粘贴题目，或选一个文件。"))
    try:
        found = sandbox.understand(name or "pasted.txt", data)
    except ImportRefusedError as error:
        return _index(text, error.status, problem=_(error.message, **error.params), name=name)
    if not found.items:
        said = pages.file_findings(found, lang())
        return _index(text, 422, findings=said, name=name)
    if len(found.items) > MOST_ITEMS:
        many = _(
            "一份最多 %(n)s 题，这里有 %(m)s 题。请拆成几份。", n=MOST_ITEMS, m=len(found.items)
        )
        return _index(text, 413, problem=many, name=name)
    begin_write()
    kept, was_there = services.begin(
        person_id=actor().id, name=name, data=data, found=found, now=now()
    )
    if was_there:
        flash(_("这份内容上次已经读过，接着上次的做。"), "info")
    return redirect(url_for("imports.show", import_id=kept), 303)


@bp.get("/<int:import_id>")
@requires("bank.import")
def show(import_id: int) -> ResponseReturnValue:
    """The preview with the choices made so far."""
    kept = queries.open_import(import_id, actor().id)
    page = pages.import_page(kept, lang(), _known(kept))
    return render_template(
        "imports/show.html",
        page=page,
        known=queries.known(kept.sha256, "", actor().id),
    )


@bp.post("/<int:import_id>/choices")
@requires("bank.import")
@reads_first
@accepts_upload(MAX_FORM)
def choose(import_id: int) -> ResponseReturnValue:
    """Keep what was just filled in; answers with the parts of the page that it changes."""
    kept = queries.open_import(import_id, actor().id)
    # Drawn before the turn to write: a large file must not hold up who is sitting a test.
    answer = _parts(replace(kept, choices=read_form(request.form, kept.found, kept.choices)))
    begin_write()
    services.keep_choices(kept=kept, person_id=actor().id, sent=request.form, now=now())
    return {"saved": show_when(now(), seconds=True), "parts": answer}


def _known(kept: queries.Import) -> list[Index]:
    """The items of all banks but the one that this import becomes."""
    return twins.indexes(actor().id, scopes("bank.read"), leave_out=kept.choices.bank_id)


def _parts(kept: queries.Import) -> dict[str, str]:
    page = pages.import_page(kept, lang(), _known(kept))
    sent = {int(name[1:]) for name in request.form if ITEM.fullmatch(name)}
    parts = {
        f"find-i{item.index}": render_template("imports/_findings.html", findings=item.findings)
        for section in page.sections
        for item in section.items
        if item.index in sent
    }
    parts |= {
        f"state-i{item.index}": render_template("imports/_state.html", item=item)
        for section in page.sections
        for item in section.items
        if item.index in sent
    }
    parts |= {
        f"total-s{section.index}": render_template(
            "imports/_total.html", section=section, page=page
        )
        for section in page.sections
    }
    parts["headline"] = render_template("imports/_headline.html", page=page)
    parts["summary"] = render_template("imports/_summary.html", page=page)
    return parts


@bp.post("/<int:import_id>/save")
@requires("bank.import")
@accepts_upload(MAX_FORM)
def save(import_id: int) -> ResponseReturnValue:
    """Make the bank, or ask before a bank of the same id is changed."""
    kept = queries.open_import(import_id, actor().id)
    services.keep_choices(kept=kept, person_id=actor().id, sent=request.form, now=now())
    try:
        outcome = services.save(
            import_id=import_id,
            person_id=actor().id,
            over=request.form.get("over", type=int),
            scopes=scopes("bank.read"),
            now=now(),
        )
    except DomainError as error:
        # The choices of this request are kept: the page below 400 commits them.
        flash(_(error.message, **error.params), "error")
        return redirect(url_for("imports.show", import_id=import_id), 303)
    if outcome.asks:
        return _ask(import_id, outcome)
    if outcome.is_new:
        flash(_("存成题库了，是草稿。补齐以后提交审核，另一位培训师通过就发布。"), "info")
    elif outcome.is_changed:
        flash(_("改动存进了题库的草稿。"), "info")
    else:
        flash(_("和题库里的一样，什么都没有变。"), "info")
    return redirect(url_for("authoring.edit", slug=outcome.bank), 303)


def _ask(import_id: int, outcome: services.Outcome) -> ResponseReturnValue:
    there = banks.working_copy(outcome.bank, actor().id, scopes("bank.read"))
    said = differences.said(there.source, outcome.source, lang())
    return render_template(
        "imports/differs.html",
        import_id=import_id,
        slug=outcome.bank,
        revision=outcome.revision,
        differences=said,
    )


@bp.post("/<int:import_id>/discard")
@requires("bank.import")
def discard(import_id: int) -> ResponseReturnValue:
    """Forget an import that is not wanted."""
    services.discard(import_id=import_id, person_id=actor().id)
    flash(_("这份导入删掉了。"), "info")
    return redirect(url_for("imports.index"), 303)
