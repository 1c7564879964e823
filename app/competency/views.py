"""Pages of HR and managers: what each step needs, and which step each person is on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as people
from app.competency import queries, services
from app.competency.forms import ExpectationsForm, StepForm, expectations_form
from app.competency.queries import Wanted
from app.competency.services import STEPS_OF_ROLE
from app.domain.competency import ROLE_MANAGER, ROLE_SELLER, step_of
from app.domain.framework import Competency, CompetencyStatus, Framework, Level
from app.domain.items import text_in
from app.jobs.queue import send_after_commit
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.errors import NotFoundError
from app.kernel.i18n import lang

bp = Blueprint("competency", __name__, url_prefix="/competency")


@dataclass(frozen=True, slots=True)
class StepTab:
    """One step as a tab; `n` competencies are expected there."""

    role: str
    step: str
    name: str
    n: int
    is_here: bool


@dataclass(frozen=True, slots=True)
class CellRow:
    """One competency at a step, as text."""

    slug: str
    name: str
    group: str
    kind: str
    level: str
    gist: str
    weight: int | None


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One past change, as text."""

    at: datetime
    by: str
    step: str
    competency: str
    level: str
    weight: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """One person and her step."""

    id: int
    name: str
    unit: str
    role: str
    hire_on: str
    step: str
    is_set: bool
    note: str
    form: StepForm | None


@bp.get("/expectations")
@requires("framework.read")
def expectations() -> ResponseReturnValue:
    """What a step needs; those who may edit get a form."""
    role, step = _asked_step()
    competencies = _active(queries.required().framework)
    form = _filled(role, step, competencies) if may("expectation.edit") else None
    return _expectations_page(role, step, form)


@bp.post("/expectations")
@requires("expectation.edit")
def save_expectations() -> ResponseReturnValue:
    """Change a step, from today on."""
    role, step = _asked_step()
    competencies = _active(queries.required().framework)
    form = expectations_form(competencies, _names(competencies))
    if not form.validate_on_submit():
        return make_response(_expectations_page(role, step, form), 422)
    moment = now()
    saved = services.set_expectations(
        role=role,
        step=step,
        edits=form.edits(competencies),
        opened_with=form.opened_with.data or 0,
        actor_id=actor().id,
        now=moment,
        today=organisation_day(moment),
        reason=form.reason.data or "",
    )
    if saved.job_id is not None:
        send_after_commit(saved.job_id)
        flash(_("已改 %(n)s 项期望，今天起生效。等级正在重算，几分钟后看得到。", n=saved.changed))
    elif saved.changed:
        flash(_("已改 %(n)s 项期望，今天起生效，等级已重算。", n=saved.changed))
    else:
        flash(_("没有改动。"))
    return redirect(url_for(".expectations", role=role, step=step))


@bp.get("/steps")
@requires("step.edit")
def steps() -> ResponseReturnValue:
    """Who is on which step."""
    today = organisation_day(now())
    scope = people.people_in_scope(actor(), "step.edit", day=today)
    text = request.args.get("q", "").strip()[:80]
    page = people.people_list(
        scope,
        people.PeopleFilter(text=text),
        page=request.args.get("page", 1, type=int),
        day=today,
    )
    rows = [_step_row(person) for person in page.rows]
    return render_template("competency/steps.html", rows=rows, page=page, q=text)


@bp.post("/steps/<int:person_id>")
@requires("step.edit")
def save_step(person_id: int) -> ResponseReturnValue:
    """Set one person's step, or let the hire date decide again."""
    moment = now()
    today = organisation_day(moment)
    person = people.person_in_scope(actor(), "step.edit", person_id, day=today)
    form = _step_form(person)
    if not form.validate_on_submit():
        flash(_("没有保存：%(name)s 的岗位没有这个阶段。", name=person.name), "error")
        return redirect(_back_to_steps())
    changed = services.set_step(
        person_id=person_id,
        step=form.step.data or None,
        actor_id=actor().id,
        now=moment,
        today=today,
    )
    flash(_("已改 %(name)s 的阶段，等级已重算。", name=person.name) if changed else _("没有改动。"))
    return redirect(_back_to_steps())


def step_name(step: str | None) -> str:
    """What a step is called on a page."""
    names: dict[str, str] = {
        "day-30": _("新人第 30 天"),
        "day-90": _("新人第 90 天"),
        "backbone": _("骨干"),
        "manager": _("经理"),
    }
    return names.get(step or "") or str(_("没有期望"))


def _asked_step() -> tuple[str, str]:
    """Role and step of the address. Raises NotFoundError for one that does not exist."""
    role = request.args.get("role", ROLE_SELLER)
    step = request.args.get("step") or (STEPS_OF_ROLE.get(role) or ("",))[0]
    if step not in STEPS_OF_ROLE.get(role, ()):
        raise NotFoundError
    return role, step


def _active(framework: Framework) -> list[Competency]:
    return [c for c in framework.competencies if c.status is CompetencyStatus.ACTIVE]


def _names(competencies: Sequence[Competency]) -> list[str]:
    return [text_in(competency.name, lang()) for competency in competencies]


def _filled(role: str, step: str, competencies: Sequence[Competency]) -> ExpectationsForm:
    """The form with what is wanted today."""
    wanted = queries.expectations(organisation_day(now())).get((role, step), {})
    form = expectations_form(competencies, _names(competencies))
    form.opened_with.data = queries.newest_change(role, step)
    for competency in competencies:
        want = wanted.get(competency.slug)
        form.level(competency.slug).data = want.level.value if want else ""
        form.weight(competency.slug).data = want.weight if want else 2
    return form


def _expectations_page(role: str, step: str, form: ExpectationsForm | None) -> ResponseReturnValue:
    framework = queries.required().framework
    wanted = queries.expectations(organisation_day(now()))
    return render_template(
        "competency/expectations.html",
        role=role,
        step=step,
        step_name=step_name(step),
        step_tabs=_tabs(wanted, role, step),
        rows=_cell_rows(framework, wanted.get((role, step), {})),
        form=form,
        framework_title=text_in(framework.title, lang()),
        framework_version=framework.version,
        changes=_change_rows(framework),
    )


def _tabs(
    wanted: Mapping[tuple[str, str], Mapping[str, Wanted]], role: str, step: str
) -> list[StepTab]:
    return [
        StepTab(r, s, step_name(s), len(wanted.get((r, s), {})), (r, s) == (role, step))
        for r, of_role in STEPS_OF_ROLE.items()
        for s in of_role
    ]


def _cell_rows(framework: Framework, wanted: Mapping[str, Wanted]) -> list[CellRow]:
    rows = []
    for competency in _active(framework):
        want = wanted.get(competency.slug)
        group = framework.groups.get(competency.group or "")
        rows.append(
            CellRow(
                slug=competency.slug,
                name=text_in(competency.name, lang()),
                group=text_in(group, lang()) if group else "",
                kind=competency.kind.value,
                level=_level_name(framework, want.level) if want else _("不要求"),
                gist=_level_gist(framework, want.level) if want else "",
                weight=want.weight if want else None,
            )
        )
    return rows


def _level_name(framework: Framework, level: Level) -> str:
    return f"{level.value} {text_in(framework.levels[level].name, lang())}"


def _level_gist(framework: Framework, level: Level) -> str:
    gist = framework.levels[level].gist
    return text_in(gist, lang()) if gist else ""


def _change_rows(framework: Framework) -> list[ChangeRow]:
    changes = queries.expectation_changes()
    names = people.names({change.by_id for change in changes if change.by_id is not None})
    rows = []
    for change in changes:
        competency = framework.competency(change.competency)
        rows.append(
            ChangeRow(
                at=change.at,
                by=names.get(change.by_id or 0, "—"),
                step=step_name(change.step),
                competency=text_in(competency.name, lang()) if competency else change.competency,
                level=_("不要求") if change.level is None else change.level.value,
                weight=change.weight,
            )
        )
    return rows


def _step_row(person: people.Person) -> StepRow:
    today = organisation_day(now())
    step = step_of(
        role=person.job_role, hired_on=person.hire_on, set_step=person.set_step, today=today
    )
    choice = STEPS_OF_ROLE.get(person.job_role, ())
    form = _step_form(person) if len(choice) > 1 else None
    if form is not None:
        form.step.data = person.set_step or ""
    roles = {ROLE_SELLER: _("销售"), ROLE_MANAGER: _("经理")}
    return StepRow(
        id=person.id,
        name=person.name,
        unit=person.unit_name,
        role=roles.get(person.job_role, _("职能")),
        hire_on=person.hire_on.isoformat() if person.hire_on else "—",
        step=step_name(step),
        is_set=person.set_step is not None,
        note=_("由岗位决定") if choice else _("这个岗位没有期望"),
        form=form,
    )


def _step_form(person: people.Person) -> StepForm:
    """The form of one person; the prefix tells the many forms of a page apart."""
    form = StepForm(prefix=f"p{person.id}-")
    form.step.label.text = _("%(name)s 的阶段", name=person.name)
    form.offer({step: step_name(step) for step in STEPS_OF_ROLE.get(person.job_role, ())})
    return form


def _back_to_steps() -> str:
    return url_for(".steps", q=request.args.get("q") or None, page=request.args.get("page") or None)
