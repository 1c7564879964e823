"""One enrolment: how it stands, who signs, what people decide; credentials taken back."""

from collections.abc import Sequence
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # no types

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.domain.tracks import Party
from app.jobs import queue
from app.jobs.services import start_job
from app.kernel.auth import actor, may, requires, scopes
from app.kernel.clock import now, organisation_day
from app.kernel.errors import BadInputError, ForbiddenError, NotFoundError
from app.kernel.i18n import lang
from app.tracks import life as pages
from app.tracks import moves, queries, services
from app.tracks.forms import (
    ExemptForm,
    ExtendForm,
    MoveForm,
    MovesForm,
    PauseForm,
    RecertifyForm,
    ResumeForm,
    RetryForm,
    SignForm,
    WaiveForm,
    WhyForm,
)
from app.tracks.life import Act
from app.tracks.queries import story
from app.tracks.queries.story import EnrolmentRow
from app.tracks.views.blueprint import bp

FORMS: Final[dict[Act, type[FlaskForm]]] = {
    Act.RETRY: RetryForm,
    Act.EXTEND: ExtendForm,
    Act.PAUSE: PauseForm,
    Act.RESUME: ResumeForm,
    Act.WAIVE: WaiveForm,
    Act.EXEMPT: ExemptForm,
    Act.WITHDRAW: WhyForm,
    Act.READMIT: WhyForm,
    Act.RECERTIFY: RecertifyForm,
}


@bp.get("/enrolments/<int:enrolment_id>")
@requires("enrolment.read")
def enrolment(enrolment_id: int) -> ResponseReturnValue:
    """How somebody stands on a track, what is missing and who must act, and the whole story."""
    do = request.args.get("do", "")
    row = _row(enrolment_id, "enrolment.read")
    return _page(row, act=Act(do) if do in set(Act) else None)


@bp.post("/enrolments/<int:enrolment_id>/gates/<gate_id>/sign")
@requires("enrolment.sign")
def sign(enrolment_id: int, gate_id: str) -> ResponseReturnValue:
    """Yes, or not yet, because …, again on …."""
    row = _row(enrolment_id, "enrolment.sign")
    form = SignForm()
    if form.party.data not in set(Party) or form.word.data not in {"yes", "not_yet"}:
        raise BadInputError
    if not form.validate_on_submit():
        return _page(row, sign=form, gate_id=gate_id), 422
    is_yes = form.word.data == "yes"
    services.sign_gate(
        enrolment_id=enrolment_id,
        gate_id=gate_id,
        party=Party(form.party.data),
        is_yes=is_yes,
        because="" if is_yes else form.because.data or "",
        again_on=None if is_yes else form.again_on.data,
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已签“可以”。") if is_yes else _("已记下还差什么，学员会看到。"))


@bp.post("/enrolments/<int:enrolment_id>/extend")
@requires("enrolment.edit")
def extend(enrolment_id: int) -> ResponseReturnValue:
    """Move the date of the next gate, once."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    gate = pages.next_gate(row, now())
    if gate is None:
        raise services.WrongMomentError
    form = ExtendForm()
    form.needs_plan = gate.needs_plan
    if not form.validate_on_submit():
        return _page(row, act=Act.EXTEND, form=form), 422
    services.extend(
        enrolment_id=enrolment_id,
        gate_id=gate.id,
        plan=form.plan.data or "",
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已延期，测验的日期一起顺延。"))


@bp.post("/enrolments/<int:enrolment_id>/pause")
@requires("enrolment.edit")
def pause(enrolment_id: int) -> ResponseReturnValue:
    """Leave begins."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = PauseForm()
    if not form.validate_on_submit() or form.from_on.data is None:
        return _page(row, act=Act.PAUSE, form=form), 422
    services.pause(
        enrolment_id=enrolment_id,
        from_on=form.from_on.data,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已登记请假，这段时间日期不走。"))


@bp.post("/enrolments/<int:enrolment_id>/resume")
@requires("enrolment.edit")
def resume(enrolment_id: int) -> ResponseReturnValue:
    """Leave ends."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = ResumeForm()
    if not form.validate_on_submit() or form.back_on.data is None:
        return _page(row, act=Act.RESUME, form=form), 422
    services.resume(
        enrolment_id=enrolment_id, back_on=form.back_on.data, actor_id=actor().id, now=now()
    )
    return _done(enrolment_id, _("已返岗，后面的日期按请假天数顺延。"))


@bp.post("/enrolments/<int:enrolment_id>/waive")
@requires("enrolment.edit")
def waive(enrolment_id: int) -> ResponseReturnValue:
    """One activity need not be done, or must be after all."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = WaiveForm()
    form.activity.choices = _choices(pages.activities(row, lang()))
    if not form.validate_on_submit():
        return _page(row, act=Act.WAIVE, form=form), 422
    is_waived = not form.undo.data
    services.waive(
        enrolment_id=enrolment_id,
        activity_id=form.activity.data or "",
        is_waived=is_waived,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已记为免做。") if is_waived else _("已改回要做。"))


@bp.post("/enrolments/<int:enrolment_id>/retry")
@requires("enrolment.edit")
def retry(enrolment_id: int) -> ResponseReturnValue:
    """One more attempt at an exam whose attempts are used up."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = RetryForm()
    form.activity.choices = _choices(pages.activities(row, lang()))
    if not form.validate_on_submit():
        return _page(row, act=Act.RETRY, form=form), 422
    services.retry(
        enrolment_id=enrolment_id,
        activity_id=form.activity.data or "",
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已再给一次，学员会收到通知。考过的成绩不变。"))


@bp.post("/enrolments/<int:enrolment_id>/exempt")
@requires("enrolment.edit")
def exempt(enrolment_id: int) -> ResponseReturnValue:
    """The whole track need not be gone through."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = ExemptForm()
    if not form.validate_on_submit():
        return _page(row, act=Act.EXEMPT, form=form), 422
    services.exempt(
        enrolment_id=enrolment_id,
        evidence=form.evidence.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已免修，这条路径的测验不用考了。"))


@bp.post("/enrolments/<int:enrolment_id>/leave")
@requires("enrolment.edit")
def take_off(enrolment_id: int) -> ResponseReturnValue:
    """Off the track, with a reason."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = WhyForm()
    if not form.validate_on_submit():
        return _page(row, act=Act.WITHDRAW, form=form), 422
    services.withdraw(
        enrolment_id=enrolment_id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    return _done(enrolment_id, _("已移出路径，做过的内容仍作为证据保留。"))


@bp.post("/enrolments/<int:enrolment_id>/readmit")
@requires("enrolment.edit")
def readmit(enrolment_id: int) -> ResponseReturnValue:
    """Back on the track."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = WhyForm()
    if not form.validate_on_submit():
        return _page(row, act=Act.READMIT, form=form), 422
    services.readmit(
        enrolment_id=enrolment_id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    return _done(enrolment_id, _("已重新加入，做过的照算。"))


@bp.post("/enrolments/<int:enrolment_id>/recertify")
@requires("enrolment.renew")
def recertify(enrolment_id: int) -> ResponseReturnValue:
    """The renewal begins, by the learner or by who runs the track."""
    row = _row(enrolment_id, "enrolment.renew")
    form = RecertifyForm()
    if not form.validate_on_submit():
        return _page(row, act=Act.RECERTIFY, form=form), 422
    if not pages.may_recertify(row, may_edit=_may_decide(row)):
        raise services.WrongMomentError
    services.recertify(
        enrolment_id=enrolment_id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    return _done(enrolment_id, _("再认证开始了，日期从今天算起。"))


@bp.get("/enrolments/<int:enrolment_id>/move")
@requires("enrolment.edit")
def move_preview(enrolment_id: int) -> ResponseReturnValue:
    """What moving to another version would change."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    return _move_page(row, MoveForm(formdata=None), request.args.get("to", type=int))


@bp.post("/enrolments/<int:enrolment_id>/move")
@requires("enrolment.edit")
def move(enrolment_id: int) -> ResponseReturnValue:
    """Move, with a reason; to the version before is the way back."""
    row = _row(enrolment_id, "enrolment.edit", decides=True)
    form = MoveForm()
    form.to.choices = _choices([(one, str(one)) for one in pages.other_versions(row)])
    if not form.validate_on_submit():
        chosen = form.to.data if form.to.data in pages.other_versions(row) else None
        return _move_page(row, form, chosen), 422
    done = services.move(
        enrolment_id=enrolment_id,
        to_number=form.to.data,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _done(enrolment_id, _("已换到第 %(n)s 版。要撤回，就再换回去。", n=done.new_number))


def _move_page(row: EnrolmentRow, form: MoveForm, to_number: int | None) -> str:
    page = pages.move_page(row, to_number, now=now(), lang=lang())
    if page is None:
        raise NotFoundError
    return render_template("tracks/move.html", move=page, form=form)


# ---------------------------------------------------------------- many to another version


@bp.get("/tracks/<slug>/moves")
@requires("enrolment.edit")
def moves_preview(slug: str) -> ResponseReturnValue:
    """Everybody on another version, and what moving would change for each."""
    return _moves_page(slug, request.args.get("to", type=int), MovesForm(formdata=None))


@bp.post("/tracks/<slug>/moves")
@requires("enrolment.edit")
def move_many(slug: str) -> ResponseReturnValue:
    """Move those chosen, as a job: one after the other, each whole or not at all."""
    form, to = MovesForm(), request.form.get("to", type=int)
    chosen = moves.chosen_of(request.form.getlist("chosen"))
    if not form.validate_on_submit() or not chosen or to is None:
        nobody = "" if chosen else _("先勾选要换的人。")
        return _moves_page(slug, to, form, chosen=chosen, nobody=nobody), 422
    page = moves.moves_page(
        slug, to, reach=_reach("enrolment.edit"), leave_out=actor().id, now=now(), lang=lang()
    )
    job_id = start_job(
        kind="tracks.move",
        title=_("%(track)s：%(n)s 人换到第 %(to)s 版", track=page.track, n=len(chosen), to=to),
        owner_id=actor().id,
        params={"slug": slug, "to": to, "reason": form.reason.data or "", "chosen": chosen},
        now=now(),
        total=len(chosen),
    )
    queue.send_after_commit(job_id)
    return redirect(url_for("jobs.show", job_id=job_id), 303)


def _moves_page(slug: str, to: int | None, form: MovesForm, **more: object) -> str:
    page = moves.moves_page(
        slug, to, reach=_reach("enrolment.edit"), leave_out=actor().id, now=now(), lang=lang()
    )
    return render_template("tracks/moves.html", page=page, form=form, **more)


# ---------------------------------------------------------------- credentials taken back


@bp.get("/tracks/<slug>/recall")
@requires("credential.recall")
def recall_preview(slug: str) -> ResponseReturnValue:
    """Who would lose the credential."""
    return _recall_page(slug, WhyForm(formdata=None))


@bp.post("/tracks/<slug>/recall")
@requires("credential.recall")
def recall(slug: str) -> ResponseReturnValue:
    """Everybody loses the credential of this track: its product has changed."""
    form = WhyForm()
    if not form.validate_on_submit():
        return _recall_page(slug, form), 422
    version = queries.newest_version(slug)
    rules = queries.track_of(version).credential if version else None
    if rules is None:
        raise NotFoundError
    services.recall(
        slug=slug,
        title=rules.title,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已作废，持证的人都收到了通知。今天之内可以撤回。"))
    return redirect(url_for(".recall_preview", slug=slug))


@bp.post("/tracks/<slug>/recall/<int:recall_id>/undo")
@requires("credential.recall")
def undo_recall(slug: str, recall_id: int) -> ResponseReturnValue:
    """On the same day: everybody has it again."""
    services.undo_recall(recall_id=recall_id, slug=slug, actor_id=actor().id, now=now())
    flash(_("已撤回，证书恢复有效。"))
    return redirect(url_for(".recall_preview", slug=slug))


def _recall_page(slug: str, form: WhyForm) -> str:
    version = queries.newest_version(slug)
    track = queries.track_of(version) if version else None
    if track is None or track.credential is None:
        raise NotFoundError
    page = pages.recall_page(slug, track, now=now(), lang=lang())
    return render_template("tracks/recall.html", recall=page, form=form)


# ---------------------------------------------------------------- shared


def _reach(action: str) -> PersonIds:
    """The people whose enrolments this actor may see, sign or change, also when they have ended:
    trainers share all tracks."""
    if "tracks" in scopes(action):
        return accounts.everybody_select()
    return accounts.people_in_scope(actor(), action, day=organisation_day(now()))


def _row(enrolment_id: int, action: str, *, decides: bool = False) -> EnrolmentRow:
    """The enrolment within reach; nobody decides about her own. Raises NotFoundError,
    ForbiddenError."""
    row = story.within(enrolment_id, _reach(action))
    if decides and row.person_id == actor().id:
        raise ForbiddenError
    return row


def _may_decide(row: EnrolmentRow) -> bool:
    if not may("enrolment.edit") or row.person_id == actor().id:
        return False
    try:
        story.within(row.id, _reach("enrolment.edit"))
    except NotFoundError:
        return False
    return True


def _page(
    row: EnrolmentRow,
    *,
    act: Act | None = None,
    form: FlaskForm | None = None,
    sign: SignForm | None = None,
    gate_id: str = "",
) -> str:
    """The page, with the form that was not understood in its place."""
    page = pages.page(
        row,
        actor(),
        may_edit=_may_decide(row),
        may_renew=may("enrolment.renew"),
        now=now(),
        lang=lang(),
    )
    forms = {one: kind(formdata=None) for one, kind in FORMS.items() if one in page.acts}
    if act is not None and form is not None:
        forms[act] = form
    _prepare(forms, page)
    return render_template(
        "tracks/enrolment.html",
        e=page,
        forms=forms,
        open_act=act or "",
        sign=sign or SignForm(formdata=None),
        open_sign=(gate_id, sign.party.data) if sign else ("", ""),
    )


def _prepare(forms: dict[Act, FlaskForm], page: pages.EnrolmentPage) -> None:
    """What each form offers, the ids of its fields, and the day it starts with."""
    waive_form = forms.get(Act.WAIVE)
    if isinstance(waive_form, WaiveForm):
        waive_form.activity.choices = _choices(page.waivable)
    retry_form = forms.get(Act.RETRY)
    if isinstance(retry_form, RetryForm):
        retry_form.activity.choices = _choices(page.retries)
    for act, one in forms.items():
        # Several forms of one page have a reason: each field has an id of its own.
        for field in one:
            field.id = f"{act}-{field.name}"
        days = [getattr(one, name, None) for name in ("from_on", "back_on")]
        for day in days:
            if day is not None and day.data is None and not one.errors:
                day.data = page.today


def _choices(pairs: Sequence[tuple[Any, str]]) -> list[SelectChoice]:
    return [SelectChoice(value, label) for value, label in pairs]


def _done(enrolment_id: int, said: str) -> ResponseReturnValue:
    flash(said)
    return redirect(url_for(".enrolment", enrolment_id=enrolment_id))
