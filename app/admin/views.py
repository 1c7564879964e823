"""The administrator's pages."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from app.accounts import passwords
from app.accounts import queries as people_queries
from app.accounts import services as people_services
from app.accounts.queries import PeopleFilter, Person
from app.admin import absences, machine, words
from app.admin import trail as trail_words
from app.admin.forms import (
    ROLE_NAMES,
    DayForm,
    DisableForm,
    LeaderForm,
    LeaveForm,
    MoveForm,
    NewPersonForm,
    NewUnitForm,
    PersonForm,
    RolesForm,
    UnitForm,
    day_of,
    unit_choices,
)
from app.audit import queries as trail
from app.audit import services as audit_services
from app.competency import services as competency
from app.jobs import queries as job_queries
from app.jobs import queue
from app.jobs import services as job_services
from app.jobs.queries import JobFilter
from app.kernel.auth import actor, reads_first, requires
from app.kernel.clock import local_day, now, organisation_day
from app.kernel.errors import DomainError
from app.kernel.web import begin_write
from app.mailing import services as mail_services
from app.staff import queries as staff

bp = Blueprint("admin", __name__, url_prefix="/admin")


def _today() -> date:
    return local_day(now(), actor().timezone)


def _refused(form: FlaskForm, change: Callable[[], object]) -> bool:
    """Do the change; a refusal that belongs to what was typed goes onto the form."""
    try:
        change()
    except DomainError as error:
        if error.status != 422:
            raise
        form.form_errors.append(_(error.message, **error.params))
        return True
    return False


# ---------------------------------------------------------------- people


@bp.get("/people")
@requires("people.edit")
def people() -> ResponseReturnValue:
    """Search, filter, page."""
    want = PeopleFilter(
        text=request.args.get("text", "")[:100],
        role=request.args.get("role", ""),
        unit_id=request.args.get("unit", type=int) or None,
        status=request.args.get("status", "active"),
    )
    day = _today()
    found = people_queries.people_list(
        people_queries.people_in_scope(actor(), "people.edit", day=day),
        want,
        page=request.args.get("page", 1, type=int),
        day=day,
    )
    return render_template(
        "admin/people.html",
        found=found,
        want=want,
        units=people_queries.unit_tree(day),
        roles=ROLE_NAMES,
        role_names=dict(ROLE_NAMES),
    )


@bp.route("/people/new", methods=["GET", "POST"])
@requires("people.edit")
@reads_first
def new_person() -> ResponseReturnValue:
    """A new person with a one-time first password, shown once."""
    form = NewPersonForm()
    form.unit.choices = unit_choices(people_queries.unit_tree(_today()), _("暂不分配"))
    if not form.validate_on_submit():
        return _person_form(form, None)
    password = passwords.one_time_password()
    hashed = passwords.hash_password(password)
    made: list[int] = []

    def create() -> None:
        moment = now()
        made.append(
            people_services.create_person(
                _person_data(form),
                password_hash=hashed,
                roles=form.roles.data or (),
                actor_id=actor().id,
                now=moment,
            )
        )
        if form.unit.data:
            people_services.move_person(
                user_id=made[0],
                unit_id=form.unit.data,
                on=form.hire_on.data or _today(),
                actor_id=actor().id,
                now=moment,
            )
        _renew(made[0])

    begin_write()
    if _refused(form, create):
        return _person_form(form, None)
    return _show_password(made[0], password)


@bp.route("/people/<int:user_id>", methods=["GET", "POST"])
@requires("people.edit")
def person(user_id: int) -> ResponseReturnValue:
    """A person's data, roles, unit, status."""
    found = _person(user_id)
    form = PersonForm(data=_form_data(found))

    def edit() -> None:
        people_services.edit_person(user_id, _person_data(form), actor_id=actor().id, now=now())
        _renew(user_id)

    if not form.validate_on_submit() or _refused(form, edit):
        return _person_form(form, found)
    flash(_("已保存"))
    return redirect(url_for(".person", user_id=user_id))


def _renew(user_id: int) -> None:
    """Judge a person at once by what her role, hire date and step expect from now on."""
    competency.renew_levels([user_id], organisation_day(now()))


def _person(user_id: int) -> Person:
    day = _today()
    people_queries.person_in_scope(actor(), "people.edit", user_id, day=day)
    return people_queries.person(user_id, day=day)


def _form_data(found: Person) -> dict[str, object]:
    return {
        "name": found.name,
        "staff_no": found.staff_no,
        "email": found.email,
        "hire_on": found.hire_on,
        "job_role": found.job_role,
        "set_step": found.set_step or "",
        "locale": people_queries.locale_of(found.id),
    }


def _person_data(form: PersonForm) -> people_services.PersonData:
    return people_services.PersonData(
        name=(form.name.data or "").strip(),
        email=form.email.data,
        staff_no=form.staff_no.data,
        job_role=form.job_role.data,
        set_step=form.set_step.data or None,
        hire_on=form.hire_on.data,
        locale=form.locale.data,
    )


def _person_form(
    form: PersonForm, found: Person | None, leave: LeaveForm | None = None
) -> ResponseReturnValue:
    status = 422 if form.is_submitted() else 200
    if found is None:
        return render_template("admin/new_person.html", form=form), status
    move = MoveForm(formdata=None, data={"unit": found.unit_id or 0, "on": _today()})
    move.unit.choices = unit_choices(people_queries.unit_tree(_today()), _("不属于任何组织"))
    page = render_template(
        "admin/person.html",
        form=form,
        person=found,
        roles_form=RolesForm(formdata=None, data={"roles": sorted(found.roles)}),
        move=move,
        disable=DisableForm(formdata=None),
        memberships=people_queries.memberships_of(found.id),
        leave=leave or LeaveForm(formdata=None, data={"from_on": _today()}),
        absences=staff.absences(found.id),
        back=DayForm(formdata=None, data={"on": _today()}),
        is_invitable=bool(staff.uninvited([found.id])),
        is_self=found.id == actor().id,
    )
    return page, status


def _show_password(user_id: int, password: str) -> ResponseReturnValue:
    return render_template(
        "admin/one_time_password.html", person=_person(user_id), password=password
    )


@bp.post("/people/<int:user_id>/roles")
@requires("people.edit")
def roles(user_id: int) -> ResponseReturnValue:
    """Exactly these roles beside learner; never one's own."""
    _person(user_id)
    form = RolesForm()
    if form.validate_on_submit():
        people_services.set_roles(
            user_id=user_id, roles=form.roles.data or (), actor_id=actor().id, now=now()
        )
        flash(_("角色已更新"))
    else:
        flash(_("没有这个角色，没有改动"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/move")
@requires("people.edit")
def move_person(user_id: int) -> ResponseReturnValue:
    """Another unit from a day on."""
    _person(user_id)
    form = MoveForm()
    form.unit.choices = unit_choices(people_queries.unit_tree(_today()), "")
    if form.validate_on_submit():
        people_services.move_person(
            user_id=user_id,
            unit_id=form.unit.data or None,
            on=day_of(form.on),
            actor_id=actor().id,
            now=now(),
        )
        _renew(user_id)
        flash(_("已调动"))
    else:
        flash(_("请选组织和日期，没有改动"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/leave")
@requires("people.edit")
def leave(user_id: int) -> ResponseReturnValue:
    """Away from a day on; her tracks pause."""
    found = _person(user_id)
    form = LeaveForm()
    if not form.validate_on_submit():
        return _person_form(PersonForm(formdata=None, data=_form_data(found)), found, form)
    absences.enter(
        user_id=user_id,
        from_on=day_of(form.from_on),
        back_on=form.back_on.data,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已登记。休假期间培训路径暂停，期限顺延。"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/leave/<int:absence_id>/back")
@requires("people.edit")
def back_from_leave(user_id: int, absence_id: int) -> ResponseReturnValue:
    """At work again from a day on; her tracks go on."""
    _person(user_id)
    form = DayForm()
    on = day_of(form.on) if form.validate_on_submit() else _today()
    absences.end(
        absence_id=absence_id,
        user_id=user_id,
        back_on=min(on, _today()),
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已记下回来的日期，期限按天数顺延。"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/disable")
@requires("people.edit")
def disable_person(user_id: int) -> ResponseReturnValue:
    """No more sign-in; her sessions end at once."""
    _person(user_id)
    form = DisableForm()
    if form.validate_on_submit():
        people_services.disable_person(
            user_id=user_id, actor_id=actor().id, reason=form.reason.data or "", now=now()
        )
        flash(_("账号已停用，所有设备已退出"))
    else:
        flash(_("请写停用的原因，没有改动"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/enable")
@requires("people.edit")
def enable_person(user_id: int) -> ResponseReturnValue:
    """Sign-in works again."""
    _person(user_id)
    people_services.enable_person(user_id=user_id, actor_id=actor().id, now=now())
    _renew(user_id)
    flash(_("账号已恢复"))
    return redirect(url_for(".person", user_id=user_id))


@bp.post("/people/<int:user_id>/reset-password")
@requires("people.edit")
@reads_first
def reset_password(user_id: int) -> ResponseReturnValue:
    """A new one-time password, shown once."""
    _person(user_id)
    password = passwords.one_time_password()
    hashed = passwords.hash_password(password)
    begin_write()
    people_services.reset_password(
        user_id=user_id, password_hash=hashed, actor_id=actor().id, now=now()
    )
    return _show_password(user_id, password)


# ---------------------------------------------------------------- the organisation


@bp.get("/units")
@requires("org.edit")
def units() -> ResponseReturnValue:
    """The tree today."""
    return render_template("admin/units.html", tree=people_queries.unit_tree(_today()))


@bp.route("/units/new", methods=["GET", "POST"])
@requires("org.edit")
def new_unit() -> ResponseReturnValue:
    """A new unit."""
    form = NewUnitForm(data={"since": _today()})
    form.parent.choices = unit_choices(people_queries.unit_tree(_today()), _("最上级"))
    if not form.validate_on_submit():
        status = 422 if form.is_submitted() else 200
        return render_template("admin/new_unit.html", form=form), status
    unit_id = people_services.create_unit(
        name=form.name.data or "",
        parent_id=form.parent.data or None,
        since=day_of(form.since),
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已新建"))
    return redirect(url_for(".unit", unit_id=unit_id))


@bp.route("/units/<int:unit_id>", methods=["GET", "POST"])
@requires("org.edit")
def unit(unit_id: int) -> ResponseReturnValue:
    """A unit: name, place in the tree, leaders."""
    found = people_queries.unit_ref(unit_id)
    form = UnitForm(data={"name": found.name})
    if form.validate_on_submit():
        people_services.rename_unit(
            unit_id=unit_id, name=form.name.data or "", actor_id=actor().id, now=now()
        )
        flash(_("已保存"))
        return redirect(url_for(".unit", unit_id=unit_id))
    edges = people_queries.edges_of_unit(unit_id)
    current = edges[0].other_id if edges and edges[0].valid_to is None else 0
    move = MoveForm(formdata=None, data={"unit": current, "on": _today()})
    move.unit.choices = unit_choices(people_queries.unit_tree(_today()), _("最上级"))
    page = render_template(
        "admin/unit.html",
        form=form,
        unit=found,
        move=move,
        leader=LeaderForm(formdata=None, data={"on": _today()}),
        day=DayForm(formdata=None, data={"on": _today()}),
        edges=edges,
        leaders=people_queries.leaderships_of_unit(unit_id),
    )
    return page, 422 if form.is_submitted() else 200


@bp.post("/units/<int:unit_id>/move")
@requires("org.edit")
def move_unit(unit_id: int) -> ResponseReturnValue:
    """Below another unit from a day on."""
    people_queries.unit_ref(unit_id)
    form = MoveForm()
    form.unit.choices = unit_choices(people_queries.unit_tree(_today()), "")
    if form.validate_on_submit():
        people_services.move_unit(
            unit_id=unit_id,
            parent_id=form.unit.data or None,
            on=day_of(form.on),
            actor_id=actor().id,
            now=now(),
        )
        flash(_("已换上级"))
    else:
        flash(_("请选组织和日期，没有改动"))
    return redirect(url_for(".unit", unit_id=unit_id))


@bp.post("/units/<int:unit_id>/leaders")
@requires("org.edit")
def appoint_leader(unit_id: int) -> ResponseReturnValue:
    """A person leads the unit from a day on."""
    people_queries.unit_ref(unit_id)
    form = LeaderForm()
    user_id = people_queries.find_id(form.login.data or "") if form.validate_on_submit() else None
    if user_id is None:
        flash(_("没有找到这个人，没有改动。请填对方的邮箱或工号。"))
        return redirect(url_for(".unit", unit_id=unit_id))
    people_services.appoint_leader(
        unit_id=unit_id, user_id=user_id, on=day_of(form.on), actor_id=actor().id, now=now()
    )
    flash(_("已任命"))
    return redirect(url_for(".unit", unit_id=unit_id))


@bp.post("/units/<int:unit_id>/leaders/<int:leadership_id>/end")
@requires("org.edit")
def end_leadership(unit_id: int, leadership_id: int) -> ResponseReturnValue:
    """From today she no longer leads the unit."""
    people_services.end_leadership(
        unit_id=unit_id, leadership_id=leadership_id, on=_today(), actor_id=actor().id, now=now()
    )
    flash(_("已卸任"))
    return redirect(url_for(".unit", unit_id=unit_id))


@bp.post("/units/<int:unit_id>/close")
@requires("org.edit")
def close_unit(unit_id: int) -> ResponseReturnValue:
    """An empty unit closes."""
    people_services.close_unit(unit_id=unit_id, on=_today(), actor_id=actor().id, now=now())
    flash(_("已停用"))
    return redirect(url_for(".units"))


# ---------------------------------------------------------------- audit and access


@bp.get("/audit")
@requires("audit.read")
def audit() -> ResponseReturnValue:
    """The trail, filtered; `check=1` recomputes the chain."""
    args = request.args
    who = args.get("who", "")[:100]
    want = trail.EventFilter(
        action=args.get("action", ""),
        object_type=args.get("object_type", "")[:40],
        object_id=args.get("object_id", "")[:64],
        actor_id=(people_queries.find_id(who) or -1) if who else None,
        since=_instant(args.get("since", ""), 0),
        until=_instant(args.get("until", ""), 1),
    )
    rows = trail.events(want, before=args.get("before", type=int))
    asked = {key: value for key, value in args.items() if value and key not in {"before", "check"}}
    return render_template(
        "admin/audit.html",
        lines=trail_words.lines(rows, today=_today()),
        asked=asked,
        more=rows[-1].id if len(rows) == trail.PAGE else None,
        actions=[(code, words.action(code)) for code in trail.actions()],
        check=audit_services.check_chain() if args.get("check") else None,
    )


def _instant(day: str, days_later: int) -> datetime | None:
    """Midnight of a typed day in the reader's zone; None for nothing or nonsense."""
    try:
        typed = date.fromisoformat(day) + timedelta(days=days_later)
    except (ValueError, OverflowError):
        return None
    return datetime.combine(typed, time(), ZoneInfo(actor().timezone))


@bp.get("/access-log")
@requires("access_log.read")
def access_log() -> ResponseReturnValue:
    """Who looked at whom, who failed to sign in."""
    kind, who = request.args.get("kind", ""), request.args.get("who", "")[:100]
    rows = people_queries.access_log(
        kind=kind,
        person_id=(people_queries.find_id(who) or -1) if who else None,
        before=request.args.get("before", type=int),
    )
    return render_template(
        "admin/access_log.html",
        lines=[(row, words.kind(row.kind)) for row in rows],
        kinds=[(code, words.kind(code)) for code in words.KINDS],
        kind=kind,
        who=who,
        more=rows[-1].id if len(rows) == people_queries.PAGE else None,
    )


# ---------------------------------------------------------------- jobs and mail


@bp.get("/jobs")
@requires("job.manage")
def jobs() -> ResponseReturnValue:
    """Who works, what waits, what went wrong, and the buttons to mend it."""
    standing, kind = request.args.get("standing", ""), request.args.get("kind", "")[:60]
    want = JobFilter(standing if standing in job_queries.STANDINGS else "", kind)
    found = machine.page(
        current_app._get_current_object(),  # type: ignore[attr-defined]  # the proxy hides it
        want,
        before=request.args.get("before", type=int),
        now=now(),
    )
    return render_template("admin/jobs.html", m=found)


@bp.post("/jobs/<int:job_id>/repeat")
@requires("job.manage")
def repeat_job(job_id: int) -> ResponseReturnValue:
    """Queue anybody's failed job again."""
    kind = job_queries.job(job_id, owner_id=None).kind
    job_services.repeat(job_id, owner_id=None, now=now())
    _job_trail("job.repeat", job_id, kind)
    queue.send_after_commit(job_id)
    flash(_("已重新排队"))
    return redirect(url_for(".jobs"))


@bp.post("/jobs/<int:job_id>/cancel")
@requires("job.manage")
def cancel_job(job_id: int) -> ResponseReturnValue:
    """A job that waits is not run, one that runs stops at its next step."""
    kind = job_queries.job(job_id, owner_id=None).kind
    job_services.cancel(job_id, now=now())
    _job_trail("job.cancel", job_id, kind)
    flash(_("已取消"))
    return redirect(url_for(".jobs"))


@bp.post("/jobs/steps/<name>/repeat")
@requires("job.manage")
def repeat_step(name: str) -> ResponseReturnValue:
    """A periodic step once more, now."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]  # the proxy hides it
    machine.check_step(app, name)
    job_id = job_services.start_job(
        kind="step", title=name, owner_id=None, params={"name": name}, now=now()
    )
    _job_trail("job.step", job_id, name)
    queue.send_after_commit(job_id)
    flash(_("已排队，稍后刷新看结果"))
    return redirect(url_for(".jobs"))


def _job_trail(action: str, job_id: int, kind: str) -> None:
    job_services.record_deed(action, job_id=job_id, kind=kind, actor_id=actor().id, now=now())


@bp.post("/jobs/mail/<int:mail_id>/again")
@requires("job.manage")
def send_mail_again(mail_id: int) -> ResponseReturnValue:
    """A mail that failed, or may have been sent, goes out (again) because somebody says so."""
    mail_services.send_again(mail_id, actor_id=actor().id, now=now())
    flash(_("已排队，会再发一次，避开收信人的免打扰时间"))
    return redirect(url_for(".jobs") + "#mail")
