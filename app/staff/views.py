"""Import your people: upload or paste, look through, make, take back, invite."""

import secrets
from dataclasses import replace
from datetime import date
from pathlib import PurePath
from typing import Any, Final

from flask import (
    Blueprint,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import passwords, sessions
from app.accounts import queries as people
from app.banks.importing.errors import ImportRefusedError
from app.domain.staffplan import Kind, Plan, Wishes
from app.kernel import xlsx
from app.kernel.auth import actor, public, reads_first, requires
from app.kernel.clock import now, organisation_day
from app.kernel.config import Settings
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import ConflictError, DomainError
from app.kernel.i18n import lang
from app.kernel.web import accepts_upload, begin_write
from app.staff import foresight, pages, queries, reading, services, words
from app.staff.forms import WelcomeForm, WishesForm
from app.staff.template import template_xlsx

bp = Blueprint("staff", __name__)
MAX_UPLOAD: Final = 9_000_000
MAX_FORM: Final = 4_000_000
MOST_PEOPLE: Final = 5_000


def _today() -> date:
    return organisation_day(now())


# ---------------------------------------------------------------- bring a list


@bp.get("/admin/staff")
@requires("staff.import")
def index() -> ResponseReturnValue:
    """Paste or upload; what was brought before."""
    return _index()


def _index(text: str = "", status: int = 200, **more: Any) -> ResponseReturnValue:
    page = render_template("staff/index.html", text=text, imports=queries.imports(), **more)
    return page, status


@bp.get("/admin/staff/template.xlsx")
@requires("staff.import")
def template() -> ResponseReturnValue:
    """The sheet to fill in."""
    name = _("人员名单模板") + ".xlsx"
    return attachment(template_xlsx(lang()), xlsx.MIMETYPE, name=name, plain="people.xlsx")


@bp.post("/admin/staff")
@requires("staff.import")
@reads_first
@accepts_upload(MAX_UPLOAD)
def read() -> ResponseReturnValue:
    """Understand a list in a limited process; nothing is changed yet."""
    upload = request.files.get("file")
    text = request.form.get("text", "")
    name = (upload.filename or "") if upload else ""
    data = upload.read() if upload and name else text.encode("utf-8", "replace")
    if not data.strip():
        return _index(text, 422, problem=_("还没有内容。选一个文件，或者粘贴表格。"))
    try:
        table = reading.read_staff(name, data)
    except ImportRefusedError as error:
        return _index(text, error.status, problem=_(error.message, **error.params))
    if table.findings:
        return _index(text, 422, problem=words.said(table.findings[0]))
    if len(table.rows) > MOST_PEOPLE:
        many = _(
            "一份名单最多 %(n)s 人，这里有 %(m)s 人。请拆成几份。", n=MOST_PEOPLE, m=len(table.rows)
        )
        return _index(text, 413, problem=many)
    begin_write()
    kept, was_there = services.begin(
        person_id=actor().id, name=name, data=data, table=table, now=now()
    )
    if was_there:
        flash(_("这份名单上次已经读过，接着上次的做。"), "info")
    return redirect(url_for(".show", import_id=kept), 303)


# ---------------------------------------------------------------- look through


@bp.get("/admin/staff/<int:import_id>")
@requires("staff.import")
def show(import_id: int) -> ResponseReturnValue:
    """What the list would change, all findings at once."""
    kept = queries.open_import(import_id, today=_today())
    plan = services.planned(kept, today=_today(), actor_id=actor().id)
    form = WishesForm(data={"on": kept.wishes.on, "complete": kept.wishes.is_complete})
    return _show(kept, plan, form)


def _show(kept: queries.OpenImport, plan: Plan, form: WishesForm) -> ResponseReturnValue:
    units = {one.id: one.name for one in queries.company(kept.wishes.on).units}
    leavers = [one.person_id for one in plan.chosen if one.kind is Kind.LEAVE and one.person_id]
    page = pages.preview(
        kept,
        plan,
        names=units,
        foreseen=_foreseen(plan, leavers),
        lost=queries.losses(leavers, kept.wishes.on),
        sessions=queries.open_sessions(leavers, now=now()),
    )
    status = 422 if form.is_submitted() else 200
    return render_template("staff/show.html", brought=kept, page=page, form=form), status


def _foreseen(plan: Plan, leavers: list[int]) -> foresight.Foreseen:
    joiners = [
        (one.job_role, one.row.hire_on)
        for one in plan.chosen
        if one.kind is Kind.JOIN and one.row.hire_on is not None
    ]
    found = current_app.extensions["staff_foresee"].values()
    return foresight.together(
        foresee(joiners, leavers, day=_today(), lang=lang()) for foresee in found
    )


@bp.post("/admin/staff/<int:import_id>/choose")
@requires("staff.import")
@accepts_upload(MAX_FORM)
def choose(import_id: int) -> ResponseReturnValue:
    """Keep the choices and draw the preview again; the button decides whether it is made."""
    kept = queries.open_import(import_id, today=_today())
    form = WishesForm()
    if not form.validate_on_submit() or form.on.data is None:
        plan = services.planned(kept, today=_today(), actor_id=actor().id)
        return _show(kept, plan, form)
    wishes = _wishes(kept.wishes, form.on.data, is_complete=form.complete.data)
    services.choose(import_id=import_id, wishes=wishes)
    return redirect(url_for(".show", import_id=import_id, _anchor="rows"), 303)


def _wishes(before: Wishes, on: date, *, is_complete: bool) -> Wishes:
    """The choices with what the form says of the rows it shows."""
    shown, chosen = set(request.form.getlist("shown")), set(request.form.getlist("chosen"))
    return replace(
        before,
        on=on,
        is_complete=is_complete,
        left_out=frozenset((before.left_out - chosen) | (shown - chosen)),
        ticked=frozenset((before.ticked - shown) | chosen),
    )


def _has_new_choices(import_id: int) -> bool:
    """Keep what was ticked since the preview was drawn; True when that changes what is made."""
    form = WishesForm()
    if "on" not in request.form or not form.validate() or form.on.data is None:
        return False
    kept = queries.open_import(import_id, today=_today())
    wishes = _wishes(kept.wishes, form.on.data, is_complete=form.complete.data)
    before = services.planned(kept, today=_today(), actor_id=actor().id)
    after = services.planned(replace(kept, wishes=wishes), today=_today(), actor_id=actor().id)
    services.choose(import_id=import_id, wishes=wishes)
    return before.digest != after.digest


@bp.post("/admin/staff/<int:import_id>/discard")
@requires("staff.import")
def discard(import_id: int) -> ResponseReturnValue:
    """Forget a list that is not wanted."""
    services.discard(import_id=import_id)
    flash(_("这份名单删掉了，什么都没有变。"), "info")
    return redirect(url_for(".index"), 303)


# ---------------------------------------------------------------- make and take back


@bp.post("/admin/staff/<int:import_id>/apply")
@requires("staff.import")
@reads_first
@accepts_upload(MAX_FORM)
def apply(import_id: int) -> ResponseReturnValue:
    """Make what was shown, all or nothing."""
    # Nobody knows this password: whoever is new comes in by the link of the invitation.
    nobodys = passwords.hash_password(secrets.token_urlsafe(32))
    begin_write()
    if _has_new_choices(import_id):
        flash(_("勾选改过了。下面是新的预览，请再看一遍。"), "warn")
        return redirect(url_for(".show", import_id=import_id), 303)
    try:
        concerned = services.apply(
            import_id=import_id,
            seen=request.form.get("seen", ""),
            password_hash=nobodys,
            actor_id=actor().id,
            now=now(),
            today=_today(),
        )
    except ConflictError as error:
        flash(_(error.message, **error.params), "warn")
        return redirect(url_for(".show", import_id=import_id), 303)
    follow(concerned)
    return redirect(url_for(".report", import_id=import_id), 303)


def follow(person_ids: frozenset[int]) -> None:
    """Let the rooms above bring up to date what they compute of people."""
    for room in current_app.extensions["staff_follow"].values():
        room(person_ids, _today())


@bp.get("/admin/staff/<int:import_id>/report")
@requires("staff.import")
def report(import_id: int) -> ResponseReturnValue:
    """What was done, who is to be invited, and whether it can still be taken back."""
    found = queries.report(import_id)
    is_free, names = services.may_undo(import_id)
    return render_template(
        "staff/report.html",
        report=found,
        kinds=[(kind, words.kind(kind)) for kind in pages.DONE],
        refused=pages.refused(found),
        role=words.value,
        waiting=queries.uninvited(services.made_people(import_id)),
        by_mail=bool(_settings().mail_url),
        may_undo=is_free,
        in_the_way=names,
    )


@bp.get("/admin/staff/<int:import_id>/rows.xlsx")
@requires("staff.import")
def rows(import_id: int) -> ResponseReturnValue:
    """Row by row as a file to mend the list by: what would happen, or what was done, and why."""
    if queries.is_open(import_id):
        kept = queries.open_import(import_id, today=_today())
        plan = services.planned(kept, today=_today(), actor_id=actor().id)
        names = {one.id: one.name for one in queries.company(kept.wishes.on).units}
        brought, sheet = kept.name, pages.sheet_of_plan(kept, plan, names=names)
    else:
        found = queries.report(import_id)
        brought, sheet = found.name, pages.sheet_of_report(found)
    title = " ".join((safe_name(PurePath(brought).stem or _("粘贴的表格")), _("逐行说明")))
    data = xlsx.workbook([sheet], title=title)
    return attachment(data, xlsx.MIMETYPE, name=f"{title}.xlsx", plain=f"people-{import_id}.xlsx")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@bp.post("/admin/staff/<int:import_id>/undo")
@requires("staff.import")
def undo(import_id: int) -> ResponseReturnValue:
    """Every row as it was before, while nothing newer depends on it."""
    made = services.made_people(import_id)
    for room in current_app.extensions["staff_forget"].values():
        room(made)
    try:
        concerned = services.undo(
            import_id=import_id, actor_id=actor().id, now=now(), today=_today()
        )
    except DomainError as error:
        if error.status != 409:
            raise
        follow(frozenset(made))
        flash(_(error.message, **error.params), "warn")
        return redirect(url_for(".report", import_id=import_id), 303)
    follow(concerned)
    flash(_("已撤销。退出的设备要重新登录。"))
    return redirect(url_for(".report", import_id=import_id), 303)


# ---------------------------------------------------------------- invitations


@bp.post("/admin/staff/<int:import_id>/invite")
@requires("staff.import")
def invite(import_id: int) -> ResponseReturnValue:
    """A link for everybody new who has no password yet: by e-mail, or a sheet to hand out."""
    waiting = queries.uninvited(services.made_people(import_id))
    wants_mail = request.form.get("by") == "mail" and bool(_settings().mail_url)
    chosen = [one for one in waiting if not wants_mail or one.email]
    tokens = _invited([one.user_id for one in chosen], by_mail=wants_mail)
    if wants_mail:
        flash(_("%(n)s 封邀请正在发出。", n=len(chosen)))
        return redirect(url_for(".report", import_id=import_id), 303)
    back = url_for(".report", import_id=import_id)
    return _sheet([one for one in chosen if one.user_id in tokens], tokens, back)


@bp.post("/admin/people/<int:user_id>/invite")
@requires("people.edit")
def invite_one(user_id: int) -> ResponseReturnValue:
    """A new link for one person, shown once."""
    people.person_in_scope(actor(), "people.edit", user_id, day=_today())
    tokens = _invited([user_id], by_mail=False)
    back = url_for("admin.person", user_id=user_id)
    return _sheet(queries.uninvited([user_id]), tokens, back)


def _invited(user_ids: list[int], *, by_mail: bool) -> dict[int, str]:
    return services.invite(
        user_ids=user_ids,
        secret=_settings().secret_key,
        by_mail=by_mail,
        actor_id=actor().id,
        now=now(),
    )


def _sheet(
    invited: list[queries.Invited], tokens: dict[int, str], back: str
) -> ResponseReturnValue:
    base = _settings().base_url
    slips = [(one, base + url_for(".welcome", token=tokens[one.user_id])) for one in invited]
    return render_template("staff/slips.html", slips=slips, back=back)


@bp.route("/welcome/<token>", methods=["GET", "POST"])
@public
@reads_first
def welcome(token: str) -> ResponseReturnValue:
    """The invited person sets her own password and is signed in."""
    digest = services.digest_of(token)
    found = queries.link(digest, now=now())
    if found is None:
        return render_template("staff/gone.html"), 404
    form = WelcomeForm()
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("staff/welcome.html", form=form, link=found), status
    fresh = passwords.hash_password(form.new.data or "")
    begin_write()
    user_id = services.accept(token_hash=digest, password_hash=fresh, now=now())
    sessions.begin(user_id)
    return redirect("/", 303)
