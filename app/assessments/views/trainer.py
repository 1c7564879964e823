"""The trainer's pages: make, assign, watch, adjust. Managers and HR assign."""

import secrets
from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from app.accounts import queries as accounts
from app.assessments import boards, content, people, results, services, unseen
from app.assessments.blueprints import (
    Blueprint,
    OverlapView,
    blueprint,
    overlap_view,
    supply_by_key,
)
from app.assessments.forms import (
    PARALLEL,
    AssignForm,
    DefineForm,
    LengthenForm,
    MarkersForm,
    ReasonForm,
    TimeForm,
    choices,
    in_zone,
    on_wall,
)
from app.assessments.queries import monitor as monitors
from app.assessments.queries import printed, rows
from app.assessments.services import Source
from app.assessments.services.forms import expected
from app.assessments.views.blueprint import bp
from app.banks import queries as banks
from app.banks.queries import BankSnapshot
from app.competency import queries as competency
from app.domain import forms_parallel
from app.domain.items import text_in
from app.domain.papers import PlanError
from app.kernel.auth import actor, requires, scopes
from app.kernel.clock import now, organisation_day
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import DomainError, NotFoundError
from app.kernel.i18n import lang

_: Callable[..., str] = gettext

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def _today() -> date:
    return organisation_day(now())


def _owner() -> int | None:
    """Whose assessments this actor may see to assign: a trainer's own, otherwise all."""
    return None if "all" in scopes("assessment.assign") or _leads() else actor().id


def _leads() -> bool:
    return "subtree" in scopes("assessment.assign") and "own" not in scopes("assessment.assign")


@bp.get("/assessments")
@requires("assessment.assign")
def index() -> ResponseReturnValue:
    """All assessments this actor may assign, what needs work first."""
    found = boards.list_lines(monitors.lines(_owner(), lang()), now())
    return render_template("assessments/list.html", lines=found)


# ---------------------------------------------------------------- make


@bp.get("/assessments/new")
@requires("assessment.define")
def new() -> ResponseReturnValue:
    """An empty form, or one like an earlier assessment."""
    values = None
    if request.args.get("copy", "").isdecimal():
        row = rows.assessment_by_owner(int(request.args["copy"]), actor().id)
        values = DefineForm.values_of(services.definition_of(row))
    return _define_page(_define_form(DefineForm(data=values)), 200)


@bp.post("/assessments/new")
@requires("assessment.define")
def define() -> ResponseReturnValue:
    """Make the assessment; its banks are pinned in their published version."""
    form = _define_form(DefineForm())
    if "look" in request.form:  # the two-way table without a script
        return _define_page(form, 200)
    if not form.validate_on_submit():
        return _define_page(form, 422)
    overlap = _overlap(form)
    if overlap is not None and overlap.is_most and not form.same_ok.data:
        form.form_errors.append(
            _("平行卷会重复很多题。%(text)s勾上“题目重复也这样建”再建。", text=overlap.text)
        )
        return _define_page(form, 422)
    try:
        found = services.define(
            form.definition(_sources(form.banks.data), actor().timezone),
            owner_id=actor().id,
            actor_id=actor().id,
            seed=secrets.token_hex(8),
            now=now(),
        )
    except DomainError as error:  # what was typed must not be lost
        form.form_errors.append(_(error.message, **error.params))
        return _define_page(form, error.status)
    flash(_("测验建好了。下一步：布置给人。"))
    drawn = forms_parallel.overlaps_of([one.paper for one in printed.forms(found)])
    if any(one.is_all for one in drawn):
        flash(_("有几份卷的题目完全相同，只有选项次序不同：题库里没有多余的题可换。"), "warn")
    return redirect(url_for(".assign_page", assessment_id=found))


def _define_form(form: DefineForm) -> DefineForm:
    mine = banks.bank_rows(actor().id, scopes("bank.read"))
    mine.sort(key=lambda one: one.owner_id != actor().id)  # her own first, each part by id
    current = competency.in_force()
    known = current.framework.competencies if current else ()
    form.offer(
        [(one.slug, text_in(one.title, lang())) for one in mine if one.published_number],
        [(one.slug, text_in(one.name, lang())) for one in known],
    )
    return form


def _define_page(form: DefineForm, status: int) -> ResponseReturnValue:
    earlier = boards.copyable(monitors.lines(actor().id, lang()), 8)
    page = render_template(
        "assessments/define.html",
        form=form,
        earlier=earlier,
        b=_blueprint(form),
        overlap=_overlap(form),
        lines=_lines(),
    )
    return page, status


def _lines() -> list[tuple[str, str]]:
    """The rows of the table to fill in: every competency, and whichever."""
    current = competency.in_force()
    known = current.framework.competencies if current else ()
    return [*((one.slug, text_in(one.name, lang())) for one in known), ("", _("不限能力"))]


@bp.post("/assessments/plan")
@requires("assessment.define")
def plan() -> ResponseReturnValue:
    """The two-way table of a plan that is being written, and what each of its rows lacks."""
    form = _define_form(DefineForm())
    found = _blueprint(form)
    checks = () if found is None else found.checks
    return {
        "html": render_template("assessments/_blueprint.html", b=found),
        "rows": [
            {"row": one.row, "text": one.text, "is_met": one.is_met, "missing": one.missing}
            for one in checks
        ],
        "supply": supply_by_key(content.pool(_chosen(form))),
        "overlap": render_template("assessments/_overlap.html", form=form, overlap=_overlap(form)),
    }


def _blueprint(form: DefineForm) -> Blueprint | None:
    """The plan as it stands, over the banks chosen; None where nothing is to be drawn."""
    drawn = form.drawn()
    if not drawn.cells and not drawn.fixed:
        return None
    found = _chosen(form)
    current = competency.in_force()
    known = current.framework.competencies if current else ()
    names = {one.slug: text_in(one.name, lang()) for one in known}
    return blueprint(drawn, content.pool(found), names, form.rows_used())


def _chosen(form: DefineForm) -> list[BankSnapshot]:
    """The banks ticked, of those she may read."""
    offered = {value for value, *_more in form.banks.iter_choices()}
    sources = [banks.published_bank(slug) for slug in sorted(form.banks.data or ())]
    return [one for one in sources if one is not None and one.bank.id in offered]


def _overlap(form: DefineForm) -> OverlapView | None:
    """How much the parallel forms asked for would repeat each other; None where none are made."""
    found = _chosen(form)
    plan = form.plan() or (content.plan_of(found[0]) if len(found) == 1 else None)
    if form.issue.data != PARALLEL or plan is None:
        return None
    pool = content.pool(found)
    try:
        made = forms_parallel.parallel(
            plan, form.forms(), seed="look", pool=pool, facility=expected(pool)
        )
    except (PlanError, ValueError):  # said elsewhere: too few items, or no such number of forms
        return None
    return overlap_view(made.overlaps)


def _sources(slugs: Iterable[str] | None) -> list[Source]:
    found = [banks.published_bank(slug) for slug in sorted(slugs or ())]
    return [Source(one.id, one.bank.id) for one in found if one is not None]


@bp.post("/assessments/<int:assessment_id>/preview")
@requires("assessment.define")
def preview(assessment_id: int) -> ResponseReturnValue:
    """Try the paper; it never counts."""
    me = actor().id
    assignment = services.preview(assessment_id=assessment_id, owner_id=me, now=now())
    attempt = services.start(
        assignment_id=assignment, person_id=me, seed=secrets.token_hex(8), now=now()
    )
    return redirect(url_for(".take", attempt_id=attempt))


@bp.post("/assessments/<int:assessment_id>/cancel")
@requires("assessment.define")
def cancel(assessment_id: int) -> ResponseReturnValue:
    """Nobody may start any more."""
    services.cancel(
        assessment_id=assessment_id,
        owner_id=actor().id,
        reason=_reason(ReasonForm()),
        now=now(),
    )
    flash(_("测验取消了。已经开始的人可以答完。"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


def _reason(form: ReasonForm) -> str:
    """The reason typed; the service refuses an empty one."""
    return (form.reason.data or "")[:400]


# ---------------------------------------------------------------- assign


@bp.get("/assessments/<int:assessment_id>/assign")
@requires("assessment.assign")
def assign_page(assessment_id: int) -> ResponseReturnValue:
    """Choose teams and people."""
    return _assign_page(assessment_id, _assign_form(), 200)


@bp.post("/assessments/<int:assessment_id>/assign")
@requires("assessment.assign")
def assign(assessment_id: int) -> ResponseReturnValue:
    """Assign; who has it already keeps it."""
    form = _assign_form()
    if not form.validate_on_submit():
        return _assign_page(assessment_id, form, 422)
    monitors.head(assessment_id, _owner(), lang())
    picked = people.chosen(actor(), form.units.data or (), form.lines(), _today())
    if picked.unknown or picked.ambiguous:
        form.logins.errors = _not_picked(picked)
        return _assign_page(assessment_id, form, 422)
    if not picked.person_ids:
        form.units.errors = [_("选一个团队，或写下至少一个人。")]
        return _assign_page(assessment_id, form, 422)
    if "look" in request.form:
        found = unseen.newness(assessment_id, picked.person_ids)
        return _assign_page(assessment_id, form, 200, known=unseen.newness_text(found))
    made = services.assign(
        assessment_id=assessment_id,
        person_ids=picked.person_ids,
        actor_id=actor().id,
        due_at=in_zone(form.due_at.data, actor().timezone),
        now=now(),
    )
    flash(_("新布置了 %(n)s 人。", n=len(made)))
    if "own" in scopes("assessment.assign"):
        return redirect(url_for(".monitor", assessment_id=assessment_id))
    return redirect(url_for(".index"))


def _not_picked(picked: people.Chosen) -> list[str]:
    """What was typed and picks nobody, or more than one, in words."""
    said = [
        _(
            "有 %(n)s 位 %(name)s（%(teams)s），请写工号。",
            n=len(teams),
            name=name,
            teams=_("、").join(teams),
        )
        for name, teams in picked.ambiguous
    ]
    if picked.unknown:
        said.insert(0, _("找不到：%(who)s", who=_("、").join(picked.unknown)))
    return said


def _assign_form() -> AssignForm:
    form = AssignForm()
    units = people.units_for(actor(), _today())
    form.units.choices = choices((one.id, "　" * one.depth + one.name) for one in units)
    return form


def _assign_page(
    assessment_id: int, form: AssignForm, status: int, *, known: str = ""
) -> ResponseReturnValue:
    head = monitors.head(assessment_id, _owner(), lang())
    return render_template("assessments/assign.html", head=head, form=form, known=known), status


# ---------------------------------------------------------------- watch


@bp.get("/assessments/<int:assessment_id>")
@requires("assessment.monitor")
def monitor(assessment_id: int) -> ResponseReturnValue:
    """Who has started, submitted, passed, is absent, waits."""
    view = boards.board(monitors.head(assessment_id, actor().id, lang()), now())
    return render_template("assessments/monitor.html", m=view, **_tools(view.head))


def _tools(head: monitors.Head) -> dict[str, Any]:
    """The small forms beside the table."""
    markers = MarkersForm(data={"markers": monitors.markers_of(head.id)})
    names = accounts.names(accounts.holders("marker"))
    markers.markers.choices = choices(sorted(names.items(), key=lambda pair: pair[1]))
    times = LengthenForm(
        data={
            "limit_minutes": head.limit_seconds and head.limit_seconds // 60,
            "closes_at": on_wall(head.closes_at, actor().timezone),
        }
    )
    return {"markers": markers, "times": times}


@bp.get("/assessments/<int:assessment_id>/monitor.xlsx")
@requires("assessment.monitor")
def monitor_xlsx(assessment_id: int) -> ResponseReturnValue:
    """The monitor as a sheet."""
    view = boards.board(monitors.head(assessment_id, actor().id, lang()), now())
    name = f"{safe_name(view.head.title)} {_('测验情况')}.xlsx"
    plain = f"assessment-{assessment_id}.xlsx"
    return attachment(boards.workbook(view), XLSX, name=name, plain=plain)


@bp.get("/assessments/<int:assessment_id>/attempts/<int:attempt_id>")
@requires("attempt.adjust")
def review(assessment_id: int, attempt_id: int) -> ResponseReturnValue:
    """One attempt with answers, late bodies and signals."""
    attempt = _attempt(assessment_id, attempt_id)
    names = accounts.names([attempt.person_id])
    around = results.Around(
        person=names[attempt.person_id],
        lang=lang(),
        now=now(),
        attempts_allowed=attempt.number,
        is_trainer=True,
    )
    return render_template(
        "assessments/review.html",
        r=results.result_page(attempt, around),
        assessment_id=assessment_id,
        late=boards.late_lines(attempt),
        is_void=attempt.voided_at is not None,
        can_mark=attempt.is_markable_by(actor().id),
    )


def _attempt(assessment_id: int, attempt_id: int) -> rows.AttemptRow:
    """An attempt at this assessment of one's own. Raises NotFoundError."""
    attempt = rows.attempt_by_owner(attempt_id, actor().id)
    if attempt.assessment_id != assessment_id:
        raise NotFoundError
    return attempt


# ---------------------------------------------------------------- adjust


@bp.post("/assessments/<int:assessment_id>/release")
@requires("attempt.adjust")
def release(assessment_id: int) -> ResponseReturnValue:
    """One button for all complete scores."""
    n = services.release_all(assessment_id=assessment_id, owner_id=actor().id, now=now())
    flash(_("公布了 %(n)s 份成绩。", n=n))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/lengthen")
@requires("attempt.adjust")
def lengthen(assessment_id: int) -> ResponseReturnValue:
    """More time for everybody."""
    form = LengthenForm()
    if not form.validate_on_submit():
        flash(_("限时写 1 到 1440 分钟，结束时间写日期和时刻。"), "error")
        return redirect(url_for(".monitor", assessment_id=assessment_id))
    services.lengthen(
        assessment_id=assessment_id,
        owner_id=actor().id,
        limit_seconds=form.limit_minutes.data * 60 if form.limit_minutes.data else None,
        closes_at=in_zone(form.closes_at.data, actor().timezone),
        now=now(),
    )
    flash(_("时间改好了，正在作答的人也有效。"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/markers")
@requires("attempt.adjust")
def markers(assessment_id: int) -> ResponseReturnValue:
    """Who marks beside the trainers."""
    form = MarkersForm()
    known = set(accounts.holders("marker"))
    form.markers.choices = choices((one, str(one)) for one in known)
    picked = set(form.markers.data or ()) & known if form.validate_on_submit() else set()
    services.set_markers(
        assessment_id=assessment_id, marker_ids=picked, owner_id=actor().id, now=now()
    )
    flash(_("评分人已保存"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/people/<int:person_id>/time")
@requires("attempt.adjust")
def give_time(assessment_id: int, person_id: int) -> ResponseReturnValue:
    """Extra time for one person."""
    form = TimeForm()
    if not form.validate_on_submit():
        flash(_("加时写 0 到 1440 分钟，并写明原因。"), "error")
        return redirect(url_for(".monitor", assessment_id=assessment_id))
    services.give_time(
        assessment_id=assessment_id,
        person_id=person_id,
        extra_seconds=(form.minutes.data or 0) * 60,
        owner_id=actor().id,
        reason=_reason(form),
        now=now(),
    )
    flash(_("加时已保存"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/people/<int:person_id>/attempt")
@requires("attempt.adjust")
def give_attempt(assessment_id: int, person_id: int) -> ResponseReturnValue:
    """One more attempt for one person; at an exam of a path it is given on its page there."""
    head = monitors.head(assessment_id, actor().id, lang())
    if head.track is not None:
        raise NotFoundError
    services.give_attempt(
        assessment_id=assessment_id,
        person_id=person_id,
        owner_id=actor().id,
        reason=_reason(ReasonForm()),
        now=now(),
    )
    flash(_("已再给一次，学员会收到通知。考过的成绩不变。"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/people/<int:person_id>/cancel")
@requires("attempt.adjust")
def take_off(assessment_id: int, person_id: int) -> ResponseReturnValue:
    """One person need not sit it."""
    services.cancel_assignment(
        assessment_id=assessment_id, person_id=person_id, owner_id=actor().id, now=now()
    )
    flash(_("已从名单中移出"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/attempts/<int:attempt_id>/void")
@requires("attempt.adjust")
def void(assessment_id: int, attempt_id: int) -> ResponseReturnValue:
    """Take an attempt out of every count."""
    _attempt(assessment_id, attempt_id)
    services.void(
        attempt_id=attempt_id, owner_id=actor().id, reason=_reason(ReasonForm()), now=now()
    )
    flash(_("答卷已作废，可以重考。"))
    return redirect(url_for(".monitor", assessment_id=assessment_id))


@bp.post("/assessments/<int:assessment_id>/attempts/<int:attempt_id>/late/<int:late_id>")
@requires("attempt.adjust")
def count_late(assessment_id: int, attempt_id: int, late_id: int) -> ResponseReturnValue:
    """Let a late answer count."""
    _attempt(assessment_id, attempt_id)
    services.count_late(
        late_id=late_id,
        attempt_id=attempt_id,
        owner_id=actor().id,
        reason=_reason(ReasonForm()),
        now=now(),
    )
    flash(_("这个作答已计入，分数重新算过。"))
    url = url_for(".review", assessment_id=assessment_id, attempt_id=attempt_id)
    return redirect(url)
