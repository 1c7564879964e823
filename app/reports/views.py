"""The team before a review, a person's profile, and the same as PDF and workbook."""

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.accounts import queries as accounts
from app.accounts import services as account_services
from app.assessments import services as assessments
from app.domain.competency import Call, Status
from app.jobs import queue
from app.jobs.services import start_job
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import NotFoundError
from app.kernel.forms import options
from app.kernel.i18n import lang
from app.kernel.pdf import render_pdf
from app.kernel.web import client_address, side_write
from app.kernel.xlsx import MIMETYPE as XLSX
from app.kernel.xlsx import workbook
from app.reports import documents, matrix, queries, rates, sheets, skills, words
from app.reports.forms import AssignForm
from app.reports.pack import Line, Pack, canonical, from_json
from app.reports.teamwords import TeamWords
from app.reports.words import Words
from app.reviews import queries as reviews
from app.reviews import services as review_services
from app.reviews.forms import CommentForm, GoalForm
from app.reviews.queries import ReviewRow, SnapshotRef
from app.reviews.services import GoalData

bp = Blueprint("reports", __name__)


# ---------------------------------------------------------------- a team


@bp.get("/teams")
@requires("team.read")
def teams() -> ResponseReturnValue:
    """The teams one leads; straight to it when there is one."""
    today = organisation_day(now())
    units = accounts.units_in_scope(actor(), "team.read", day=today)
    if len(units) == 1:
        return redirect(url_for(".team", unit_id=units[0].id))
    return render_template("reports/teams.html", units=units)


@bp.get("/teams/<int:unit_id>")
@requires("team.read")
def team(unit_id: int) -> ResponseReturnValue:
    """A team before its review."""
    unit, today = _unit(unit_id, "team.read"), organisation_day(now())
    page = matrix.page(
        unit, review_id=request.args.get("review", type=int), want=_want(), today=today
    )
    return render_template(
        "reports/team.html",
        page=page,
        t=TeamWords(page, lang()),
        rates=rates.tables(unit, page.people, today=today, lang=lang()),
        may_assign=may("assessment.assign"),
        may_start=may("job.start"),
        review_asked=request.args.get("review", type=int),
    )


@bp.get("/teams/<int:unit_id>/export.xlsx")
@requires("team.read")
def team_xlsx(unit_id: int) -> ResponseReturnValue:
    """Everybody of the team, and the pass rates, as a workbook."""
    unit, today = _unit(unit_id, "team.read"), organisation_day(now())
    review_id = request.args.get("review", type=int)
    page = matrix.page(unit, review_id=review_id, want=_want(), today=today)
    people = matrix.everybody(unit, review_id=review_id, today=today)
    all_rates = rates.tables(unit, page.people, today=today, lang=lang(), most=5000)
    made = sheets.team_sheets(page, people, all_rates, lang())
    name = f"{safe_name(unit.name)} {_('评前总览')} {today}.xlsx"
    body = workbook(made, title=unit.name)
    return attachment(body, XLSX, name=name, plain=f"team-{unit.id}-{today}.xlsx")


@bp.post("/teams/<int:unit_id>/packs")
@requires("job.start")
def packs(unit_id: int) -> ResponseReturnValue:
    """The packs of a whole team as one zip: a job with progress."""
    unit, today = _unit(unit_id, "job.start"), organisation_day(now())
    review_id = request.form.get("review", type=int)
    ids = matrix.ids(unit, review_id=review_id, today=today)
    job_id = start_job(
        kind="reports.packs",
        title=_("%(team)s 评审包，%(n)s 人", team=unit.name, n=len(ids)),
        owner_id=actor().id,
        params={"unit_id": unit.id, "review_id": review_id},
        now=now(),
        total=len(ids),
    )
    queue.send_after_commit(job_id)
    return redirect(url_for("jobs.show", job_id=job_id))


def _unit(unit_id: int, action: str) -> accounts.UnitRef:
    return accounts.unit_in_scope(actor(), action, unit_id, day=organisation_day(now()))


def _want() -> matrix.Want:
    """The filter of the address; a word that means nothing is as good as none."""
    args = request.args
    call, status, sort = args.get("call", ""), args.get("status", ""), args.get("sort", "")
    return matrix.Want(
        text=args.get("q", "")[:80],
        call=Call(call) if call in set(Call) else None,
        status=Status(status) if status in set(Status) else None,
        sort=sort if sort in matrix.SORTS else matrix.SORTS[0],
        page=max(1, args.get("page", 1, type=int)),
        columns=max(0, args.get("columns", 0, type=int)),
    )


# ---------------------------------------------------------------- a person


@bp.get("/profile")
@requires("profile.read")
def own() -> ResponseReturnValue:
    """One's own profile."""
    return redirect(url_for(".person", person_id=actor().id))


@bp.get("/people/<int:person_id>/profile")
@requires("profile.read")
def person(person_id: int) -> ResponseReturnValue:
    """The profile: live, or as a snapshot kept it."""
    _require(person_id, "profile.read")
    _look(person_id, "profile")
    code = request.args.get("snapshot", "")
    if code:
        ref, pack = _kept(code, person_id)
        return _person_page(pack, ref)
    review = _review_of(person_id, request.args.get("review", type=int))
    return _person_page(
        queries.pack(person_id, review_id=review.id if review else None, now=now()), None
    )


@bp.post("/people/<int:person_id>/snapshots")
@requires("pack.read")
def take(person_id: int) -> ResponseReturnValue:
    """Keep what the pack says now, with an id and a hash."""
    _require(person_id, "pack.read")
    review = _review_of(person_id, request.form.get("review", type=int))
    moment = now()
    pack = queries.pack(person_id, review_id=review.id if review else None, now=moment)
    ref = review_services.take_snapshot(
        person_id=person_id,
        review_id=review.id if review else None,
        body=canonical(pack),
        data_through=moment,
        actor_id=actor().id,
        now=moment,
    )
    flash(_("快照 %(code)s 已存好，页面、PDF 和表格都出自它。", code=ref.code))
    return redirect(url_for(".person", person_id=person_id, snapshot=ref.code))


@bp.get("/snapshots/<code>.pdf")
@requires("pack.read")
def pack_pdf(code: str) -> ResponseReturnValue:
    """The pack on paper: two pages and the ledger."""
    ref, pack = _readable(code, "pack_pdf")
    html = documents.pack_html(pack, ref, reader=actor().name, printed_at=now())
    return attachment(
        render_pdf(html),
        "application/pdf",
        name=_pack_name(pack, ref) + ".pdf",
        plain=f"{ref.code}.pdf",
    )


@bp.get("/snapshots/<code>.xlsx")
@requires("pack.read")
def pack_xlsx(code: str) -> ResponseReturnValue:
    """The pack as a workbook."""
    ref, pack = _readable(code, "pack_xlsx")
    made = sheets.pack_sheets(pack, lang(), code=ref.code, digest=ref.hash)
    body, name = workbook(made, title=ref.code), _pack_name(pack, ref) + ".xlsx"
    return attachment(body, XLSX, name=name, plain=f"{ref.code}.xlsx")


def _pack_name(pack: Pack, ref: SnapshotRef) -> str:
    return " ".join((safe_name(pack.head.name), _("评估资料"), ref.code))


def _require(person_id: int, action: str) -> accounts.Person:
    today = organisation_day(now())
    return accounts.person_in_scope(actor(), action, person_id, day=today)


def _look(person_id: int, kind: str) -> None:
    """Remember who looked at whom."""
    reader, moment, address = actor().id, now(), client_address()
    if reader == person_id:
        return
    side_write(
        lambda: account_services.log_access(
            kind=kind, now=moment, actor_id=reader, subject_id=person_id, address=address
        )
    )


def _kept(code: str, person_id: int) -> tuple[SnapshotRef, Pack]:
    ref, body = reviews.snapshot(code)
    if ref.person_id != person_id:
        raise NotFoundError
    return ref, from_json(body)


def _readable(code: str, kind: str) -> tuple[SnapshotRef, Pack]:
    ref, body = reviews.snapshot(code)
    _require(ref.person_id, "pack.read")
    _look(ref.person_id, kind)
    return ref, from_json(body)


def _review_of(person_id: int, wanted: int | None) -> ReviewRow | None:
    """The review asked for; else the next one, else the latest. Raises NotFoundError."""
    mine = reviews.reviews_of(person_id)
    if wanted is not None:
        found = next((review for review in mine if review.id == wanted), None)
        if found is None:
            raise NotFoundError
        return found
    today = organisation_day(now())
    coming = [review for review in mine if review.review_on >= today]
    return coming[-1] if coming else next(iter(mine), None)


def _person_page(
    pack: Pack, ref: SnapshotRef | None, goal_forms: list[GoalForm] | None = None
) -> str:
    person_id, today = pack.head.person_id, organisation_day(now())
    is_own = person_id == actor().id
    live = ref is None and pack.head.review_id is not None
    edits = live and _reaches(person_id, "plan.edit") and not is_own
    said = Words(pack, lang())
    return render_template(
        "reports/person.html",
        pack=pack,
        ref=ref,
        w=said,
        w_kind=words.kind_name,
        skills=skills.skills(pack, said),
        sources=skills.sources(pack),
        is_self=is_own,
        home_team=None if is_own else _team_of(person_id),
        chosen=_chosen(pack),
        reviews=reviews.reviews_of(person_id),
        snapshots=reviews.snapshots_of(person_id, limit=1),
        may_take=_reaches(person_id, "pack.read"),
        may_assign=ref is None and not is_own and _reaches(person_id, "assessment.assign"),
        goal_forms=(goal_forms or _goal_forms(pack)) if edits else [],
        comment_form=CommentForm(formdata=None) if live and is_own else None,
        today=today,
    )


def _reaches(person_id: int, action: str) -> bool:
    if not may(action):
        return False
    try:
        _require(person_id, action)
    except NotFoundError:
        return False
    return True


def _team_of(person_id: int) -> accounts.UnitRef | None:
    """The person's team, when the reader may open its page."""
    today = organisation_day(now())
    unit = accounts.unit_of(person_id, today)
    if unit is None or not may("team.read"):
        return None
    try:
        return accounts.unit_in_scope(actor(), "team.read", unit.id, day=today)
    except NotFoundError:
        return None


def _chosen(pack: Pack) -> Line | None:
    """The competency whose ledger is open: asked for, in focus, or the first with evidence."""
    asked = pack.line(request.args.get("competency")) or pack.line(pack.focus)
    with_evidence = (line for line in pack.lines if line.ledger)
    return asked or next(with_evidence, None) or next(iter(pack.lines), None)


# ---------------------------------------------------------------- plan and comment


def _goal_forms(pack: Pack | None, *, person_id: int | None = None) -> list[GoalForm]:
    """Two forms, filled with the goals there are; from the request when there is no pack."""
    made = []
    for position in (1, 2):
        prefix = f"g{position}-"
        goal = (
            next((g for g in pack.goals if g.position == position), None)
            if pack is not None
            else None
        )
        data = (
            None
            if goal is None
            else {
                "competency": goal.competency,
                "what": goal.what,
                "on_the_job": goal.on_the_job,
                "with_others": goal.with_others,
                "by_course": goal.by_course,
                "proof": goal.proof,
                "owner": goal.owner_id,
                "due_on": goal.due_on,
            }
        )
        formdata = request.form if pack is None else None
        form = GoalForm(formdata=formdata, prefix=prefix, data=data)
        made.append(form)
    subject = pack.head.person_id if pack is not None else person_id
    _offer(made, subject or 0, pack)
    return made


def _offer(forms: list[GoalForm], person_id: int, pack: Pack | None) -> None:
    """Fill the lists of competencies and owners."""
    today = organisation_day(now())
    known = pack or queries.pack(person_id, review_id=None, now=now())
    names = queries.names_of(known, lang())
    owners = [person_id, actor().id, *accounts.leaders_of(person_id, today)]
    owners += [goal.owner_id for goal in known.goals]
    called = accounts.names(set(owners))
    for form in forms:
        form.competency.choices = options([("", _("不限")), *names.items()])
        form.owner.choices = options((i, called[i]) for i in dict.fromkeys(owners) if i in called)


@bp.post("/people/<int:person_id>/plan")
@requires("plan.edit")
def save_plan(person_id: int) -> ResponseReturnValue:
    """Keep at most two goals."""
    _require(person_id, "plan.edit")
    review = _review_of(person_id, request.form.get("review", type=int))
    if review is None:
        raise NotFoundError
    forms = _goal_forms(None, person_id=person_id)
    if not _valid(forms):
        pack = queries.pack(person_id, review_id=review.id, now=now())
        return _person_page(pack, None, forms), 422
    goals = [_goal(form) for form in forms if (form.what.data or "").strip()]
    review_services.save_plan(
        person_id=person_id,
        review_id=review.id,
        goals=goals,
        actor_id=actor().id,
        now=now(),
        today=organisation_day(now()),
    )
    flash(_("计划已保存"))
    return redirect(url_for(".person", person_id=person_id, review=review.id, _anchor="plan"))


def _valid(forms: list[GoalForm]) -> bool:
    """Check both, so that all errors show at once."""
    checked = [form.validate() for form in forms]
    return all(checked)


def _goal(form: GoalForm) -> GoalData:
    def text(name: str) -> str:
        return (form[name].data or "").strip()

    if form.due_on.data is None:
        raise NotFoundError
    return GoalData(
        competency=form.competency.data or "",
        what=text("what"),
        on_the_job=text("on_the_job"),
        with_others=text("with_others"),
        by_course=text("by_course"),
        proof=text("proof"),
        owner_id=form.owner.data,
        due_on=form.due_on.data,
    )


@bp.post("/people/<int:person_id>/comment")
@requires("plan.comment")
def comment(person_id: int) -> ResponseReturnValue:
    """The person's own words, or her appeal."""
    _require(person_id, "plan.comment")
    review = _review_of(person_id, request.form.get("review", type=int))
    if review is None:
        raise NotFoundError
    form = CommentForm()
    if not form.validate_on_submit():
        flash(_("还没有写内容。"), "error")
        return redirect(url_for(".person", person_id=person_id, review=review.id, _anchor="said"))
    review_services.comment(
        person_id=person_id,
        review_id=review.id,
        text=form.text.data or "",
        is_appeal=bool(form.is_appeal.data),
        now=now(),
    )
    flash(_("已记下，经理会看到。"))
    return redirect(url_for(".person", person_id=person_id, review=review.id, _anchor="said"))


# ---------------------------------------------------------------- arrange evidence


@bp.get("/people/<int:person_id>/assign")
@requires("assessment.assign")
def assign(person_id: int) -> ResponseReturnValue:
    """Which test would give evidence about a competency."""
    who = _require(person_id, "assessment.assign")
    return _assign_page(who, AssignForm(formdata=None), request.args.get("competency", ""))


@bp.post("/people/<int:person_id>/assign")
@requires("assessment.assign")
def assign_save(person_id: int) -> ResponseReturnValue:
    """Assign the test."""
    who = _require(person_id, "assessment.assign")
    form, slug = AssignForm(), request.form.get("competency", "")
    found = queries.assignable(slug, now=now(), lang=lang())
    form.assessment.choices = options((one.assessment_id, one.title) for one in found)
    if not form.validate_on_submit():
        return _assign_page(who, form, slug), 422
    made = assessments.assign(
        assessment_id=form.assessment.data,
        person_ids=[person_id],
        actor_id=actor().id,
        now=now(),
        due_at=form.due_at(actor().timezone),
    )
    text = _("已安排，%(name)s 会收到通知。", name=who.name)
    flash(text if made else _("%(name)s 已经有这个测验。", name=who.name))
    return redirect(url_for(".person", person_id=person_id, competency=slug))


def _assign_page(who: accounts.Person, form: AssignForm, slug: str) -> str:
    pack = queries.pack(who.id, review_id=None, now=now())
    line = pack.line(slug)
    if line is None:
        raise NotFoundError
    found = queries.assignable(slug, now=now(), lang=lang())
    form.assessment.choices = options((one.assessment_id, one.title) for one in found)
    review = _review_of(who.id, None)
    if form.due_on.data is None and review is not None:
        form.due_on.data = matrix.last_useful(review, organisation_day(now()))
    return render_template(
        "reports/assign.html",
        who=who,
        form=form,
        line=line,
        w=Words(pack, lang()),
        found=found,
        steps=[words.need_step(need) for need in line.missing],
        tracks=queries.serving(found, who.id, lang=lang()),
        may_enrol=_reaches(who.id, "enrolment.edit"),
        today=organisation_day(now()),
        review=review,
    )
