"""The page of figures of a track and the history of its versions."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.items import text_in
from app.kernel.auth import actor, requires
from app.kernel.clock import now
from app.kernel.downloads import attachment, safe_name
from app.kernel.i18n import lang
from app.tracks import editor
from app.tracks.forms import ReasonForm
from app.tracks.services.editing import change_figures, try_figures
from app.tracks.views.blueprint import bp


@bp.get("/tracks/<slug>/figures")
@requires("track.edit")
def figures(slug: str) -> ResponseReturnValue:
    """Days, marks and attempts, to be changed without touching the file."""
    row = editor.version(slug)
    return render_template(
        "tracks/edit.html", track=editor.edit_page(row, lang=lang(), values={}), theirs=None
    )


@bp.post("/tracks/<slug>/figures")
@requires("track.edit")
def change(slug: str) -> ResponseReturnValue:
    """Show what a change would do, then store it; a version made meanwhile is shown first."""
    row = editor.version(slug)
    base = editor.version(slug, request.form.get("base", type=int) or row.number)
    values = editor.typed(base, request.form)
    if base.number != row.number:
        return _conflict(base, row, values)
    draft = try_figures(row.source, values)
    if not draft.is_right:
        page = editor.edit_page(row, lang=lang(), values=values, draft=draft)
        return render_template("tracks/edit.html", track=page, theirs=None), 422
    if not draft.changes:
        flash(_("没有改动，还是第 %(n)s 版。", n=row.number))
        return redirect(url_for(".figures", slug=slug))
    form = ReasonForm()
    if "sure" not in request.form or not form.validate():
        shown = editor.preview(row, draft, values, lang=lang())
        is_refused = "sure" in request.form
        if not is_refused:
            form = ReasonForm(formdata=None)
        text = render_template("tracks/edit_preview.html", change=shown, form=form)
        return text, 422 if is_refused else 200
    done = change_figures(
        slug=slug,
        base=row.number,
        wanted=values,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已存为第 %(n)s 版，以后报名的人用它。", n=done.number))
    return redirect(url_for(".versions", slug=slug))


def _conflict(
    base: editor.Version, row: editor.Version, values: dict[str, str]
) -> ResponseReturnValue:
    """What the other window changed, and the form over it with one's own changes kept."""
    draft = try_figures(row.source, values)
    page = editor.edit_page(row, lang=lang(), values=values, draft=draft)
    theirs = editor.differences(base, row, lang())
    return render_template("tracks/edit.html", track=page, theirs=theirs), 409


@bp.get("/tracks/<slug>/versions")
@requires("track.edit")
def versions(slug: str) -> ResponseReturnValue:
    """All versions, and what any two differ in."""
    found = editor.history(
        slug,
        old=request.args.get("old", type=int),
        new=request.args.get("new", type=int),
        lang=lang(),
    )
    return render_template("tracks/edit_history.html", history=found)


@bp.get("/tracks/<slug>/versions/<int:number>/file.yaml")
@requires("track.edit")
def version_file(slug: str, number: int) -> ResponseReturnValue:
    """The file of a version, as it was loaded."""
    row = editor.version(slug, number)
    title = safe_name(text_in(row.title, lang()))
    name = f"{title} {_('第 %(n)s 版', n=number)}.yaml"
    return attachment(row.source, "application/yaml", name=name, plain=f"{row.slug}-{number}.yaml")
