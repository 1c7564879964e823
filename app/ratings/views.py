"""Role-plays and other rated work: planning, seats, scoring on the phone, results, appeals."""

import re
from collections.abc import Mapping
from datetime import date, timedelta
from fractions import Fraction
from typing import Any
from uuid import uuid4

from flask import Blueprint, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.domain.framework import EvidenceKind
from app.domain.rated import SeatRole
from app.domain.tracks import Party
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.downloads import attachment
from app.kernel.errors import BadInputError, NotFoundError
from app.kernel.i18n import lang
from app.kernel.web import json_body
from app.ratings import pages, services, sheets
from app.ratings.errors import MarkingOverError, SeatsFullError, SeatsRefusedError
from app.ratings.forms import (
    AnswerAppealForm,
    AnswerMarkForm,
    AppealForm,
    DecideForm,
    MarkForm,
    PlanForm,
    ReasonForm,
)
from app.ratings.queries import lists
from app.tracks import queries as tracks

bp = Blueprint("ratings", __name__)

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SEVERITY_DAYS = 365
_MOST_SEATS = 8


def _today() -> date:
    return organisation_day(now())


# ---------------------------------------------------------------- the activity


@bp.get("/enrolments/<int:enrolment_id>/activities/<activity_id>/roleplay")
@requires("rating.read")
def activity(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """A role-play: what it is, when, before whom, and what came of it."""
    return _activity_page(enrolment_id, activity_id, PlanForm())


def _activity_page(enrolment_id: int, activity_id: str, form: PlanForm) -> str:
    row = lists.enrolment(actor(), "rating.read", enrolment_id, day=_today())
    version = tracks.version_of_enrolment(enrolment_id)
    if version is None:
        raise NotFoundError
    page = pages.activity_page(
        row,
        services.roleplay_of(tracks.track_of(version), activity_id),
        actor(),
        due_on=lists.due_on(row, activity_id, today=_today()),
        today=_today(),
        lang=lang(),
        may_plan=may("rating.plan") and _plans(enrolment_id),
    )
    if form.happens_on.data is None and not form.is_submitted():
        form.happens_on.data = page.due_on if page.due_on and page.due_on > _today() else _today()
    return render_template("ratings/activity.html", page=page, form=form)


def _plans(enrolment_id: int) -> bool:
    try:
        lists.enrolment(actor(), "rating.plan", enrolment_id, day=_today())
    except NotFoundError:
        return False
    return True


@bp.post("/enrolments/<int:enrolment_id>/activities/<activity_id>/roleplay")
@requires("rating.plan")
def plan(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """Plan a role-play for a day; the assessors are asked on the next page."""
    row = lists.enrolment(actor(), "rating.plan", enrolment_id, day=_today())
    version = tracks.version_of_enrolment(enrolment_id)
    if version is None or row.person_id == actor().id:
        raise NotFoundError
    found, sheet, rules = services.roleplay_of(tracks.track_of(version), activity_id)
    form = PlanForm()
    if not form.validate_on_submit() or form.happens_on.data is None:
        return _activity_page(enrolment_id, activity_id, form), 422
    made = services.open_performance(
        person_id=row.person_id,
        enrolment_id=enrolment_id,
        activity_id=activity_id,
        kind=EvidenceKind.ROLEPLAY,
        form=sheet,
        rated_rules=rules,
        occasion="",
        is_blind=False,
        title=found.title,
        happens_on=form.happens_on.data,
        actor_id=actor().id,
        now=now(),
    )
    flash(_("日期定了，现在请评委。"))
    return redirect(url_for(".performance", performance_id=made))


# ---------------------------------------------------------------- one performance


@bp.get("/performances/<int:performance_id>")
@requires("rating.read")
def performance(performance_id: int) -> ResponseReturnValue:
    """The result, opened to rows and words; for who runs it all marks and the seats."""
    row = lists.performance(actor(), "rating.read", performance_id, day=_today())
    own = lists.unanswered_seat(performance_id, actor().id)
    if own is not None:  # no look at the others' marks, nor at the name, before one's own
        return redirect(url_for(".seat", seat_id=own))
    return _performance_page(row.id, AppealForm())


def _performance_page(
    performance_id: int, form: AppealForm, tried: pages.Tried | None = None
) -> str:
    row = lists.performance(actor(), "rating.read", performance_id, day=_today())
    page = pages.performance_page(
        row,
        actor(),
        is_organiser=may("rating.plan") and lists.is_within(actor(), "rating.plan", row, _today()),
        now=now(),
        today=_today(),
        lang=lang(),
        q=request.args.get("q", "").strip()[:40],
        tried=tried,
    )
    return render_template("ratings/performance.html", page=page, form=form, reason=ReasonForm())


@bp.post("/performances/<int:performance_id>/seats")
@requires("rating.plan")
def invite(performance_id: int) -> ResponseReturnValue:
    """Ask assessors for all free seats at once, or somebody to look at an appeal."""
    row = lists.performance(actor(), "rating.plan", performance_id, day=_today())
    asked = _asked()
    if row.person_id == actor().id:
        raise BadInputError
    try:
        n = _invite(row.id, asked)
    except SeatsRefusedError as refused:
        return _refused_seats(row.id, asked, refused)
    if not n:
        flash(_("一位也没有选。先给席位选人，再请。"), "error")
    else:
        flash(_("已请 %(n)s 位，对方会收到通知。", n=n))
    return redirect(url_for(".performance", performance_id=row.id))


def _invite(performance_id: int, asked: Mapping[int, services.Asked]) -> int:
    """How many were asked."""
    by: dict[str, Any] = {"performance_id": performance_id, "actor_id": actor().id, "now": now()}
    appeal = next((one for one in asked.values() if one.role is SeatRole.APPEAL), None)
    if appeal is not None:
        services.assign_appeal(assessor_id=appeal.assessor_id, **by)
        return 1
    return len(services.seat_all(asked=asked, **by))


def _refused_seats(
    performance_id: int, asked: Mapping[int, services.Asked], refused: SeatsRefusedError
) -> ResponseReturnValue:
    """The form again with every reason at its seat; one that is no longer free says so itself."""
    errors = {place: _(one.message, **one.params) for place, one in refused.refused.items()}
    tried = pages.Tried({place: one.assessor_id for place, one in asked.items()}, errors)
    first = next(iter(refused.refused.values()))
    if isinstance(first, SeatsFullError | MarkingOverError | NotFoundError):
        raise first
    return _performance_page(performance_id, AppealForm(), tried), 409


def _asked() -> dict[int, services.Asked]:
    """Place in the form -> who is asked to that seat; a seat nobody was chosen for is left out.

    Raises BadInputError for another shape."""
    names = [request.form.getlist(name) for name in ("assessor", "role", "party")]
    if len({len(one) for one in names}) != 1 or not 0 < len(names[0]) <= _MOST_SEATS:
        raise BadInputError
    found = {}
    for place, (assessor, role, party) in enumerate(zip(*names, strict=True)):
        if not assessor:
            continue
        if not (assessor.isascii() and assessor.isdigit() and len(assessor) < 10):
            raise BadInputError
        try:
            found[place] = services.Asked(
                int(assessor), SeatRole(role), Party(party) if party else None
            )
        except ValueError as error:
            raise BadInputError from error
    return found


@bp.post("/performances/<int:performance_id>/release")
@requires("rating.plan")
def release(performance_id: int) -> ResponseReturnValue:
    """Show a settled result to the learner."""
    row = lists.performance(actor(), "rating.plan", performance_id, day=_today())
    _not_own(row.person_id)
    services.release(performance_id=row.id, actor_id=actor().id, now=now())
    flash(_("已公布，学员会收到通知。"))
    return redirect(url_for(".performance", performance_id=row.id))


@bp.post("/performances/<int:performance_id>/void")
@requires("rating.plan")
def void(performance_id: int) -> ResponseReturnValue:
    """Take a performance out, with its evidence."""
    row = lists.performance(actor(), "rating.plan", performance_id, day=_today())
    _not_own(row.person_id)
    form = ReasonForm()
    if form.validate_on_submit():
        services.void(
            performance_id=row.id, reason=form.reason.data or "", actor_id=actor().id, now=now()
        )
        flash(_("已作废，它不再算作证据。"))
    else:
        flash(_("写一句原因，再作废。"), "error")
    return redirect(url_for(".performance", performance_id=row.id))


def _not_own(person_id: int) -> None:
    """Nobody runs one's own marking. Raises NotFoundError."""
    if person_id == actor().id:
        raise NotFoundError


# ---------------------------------------------------------------- the assessor's desk


@bp.get("/assess")
@requires("rating.give")
def queue() -> ResponseReturnValue:
    """What waits for my mark, and for whom somebody has to be asked."""
    page = pages.queue_page(actor(), today=_today(), lang=lang(), may_plan=may("rating.plan"))
    return render_template("ratings/queue.html", page=page)


@bp.get("/seats/<int:seat_id>")
@requires("rating.give")
def seat(seat_id: int) -> ResponseReturnValue:
    """The scoring form, filled in while it runs."""
    return _seat_page(seat_id, DecideForm())


def _seat_page(seat_id: int, form: DecideForm, typed: Mapping[str, Any] | None = None) -> str:
    one, row = lists.own_seat(seat_id, actor().id)
    page = pages.seat_page(one, row, lang=lang(), key=uuid4().hex)
    return render_template(
        "ratings/seat.html", page=page, form=form, reason=ReasonForm(), typed=typed
    )


@bp.post("/seats/<int:seat_id>/mark")
@requires("rating.give")
def submit(seat_id: int) -> ResponseReturnValue:
    """Hand in the marks: from the page's script as JSON, which is sent again until it arrives."""
    one, _row = lists.own_seat(seat_id, actor().id)
    new, key, seen = _from_json(json_body()) if request.is_json else _from_form()
    services.submit(seat_id=one.id, new=new, key=key, seen=seen, actor_id=actor().id, now=now())
    flash(_("评分已交。"))
    url = url_for(".seat", seat_id=one.id) if one.role == SeatRole.APPEAL else url_for(".queue")
    return jsonify(url=url) if request.is_json else redirect(url)


def _from_json(body: Mapping[str, Any]) -> tuple[services.NewMark, str, int]:
    """Raises BadInputError for another shape."""
    rows, said, key, seen = (body.get(name) for name in ("rows", "said", "key", "seen"))
    texts = [body.get(name, "") for name in ("keep", "change", "attempt")]
    if (
        not isinstance(rows, dict)
        or not all(isinstance(n, int) and not isinstance(n, bool) for n in rows.values())
        or not isinstance(said, list)
        or not all(isinstance(n, int) and not isinstance(n, bool) for n in said)
        or not isinstance(key, str)
        or not 0 < len(key) <= 64
        or not isinstance(seen, int)
        or not all(isinstance(text, str) for text in texts)
    ):
        raise BadInputError
    keep, change, attempt = (text.strip() for text in texts)
    return services.NewMark(dict(rows), keep, change, attempt, tuple(said)), key, seen


def _from_form() -> tuple[services.NewMark, str, int]:
    form = MarkForm()
    if not form.validate_on_submit():
        raise BadInputError
    prefix = "row-"
    try:
        rows = {
            name.removeprefix(prefix): int(value)
            for name, value in request.form.items()
            if name.startswith(prefix)
        }
        said = tuple(int(value) for value in request.form.getlist("said"))
    except ValueError as error:
        raise BadInputError from error
    new = services.NewMark(
        rows,
        (form.keep.data or "").strip(),
        (form.change.data or "").strip(),
        (form.attempt.data or "").strip(),
        said,
    )
    return new, form.key.data or "", form.seen.data or 0


@bp.post("/seats/<int:seat_id>/decline")
@requires("rating.give")
def decline(seat_id: int) -> ResponseReturnValue:
    """Say no to a seat, with a reason."""
    one, _row = lists.own_seat(seat_id, actor().id)
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(_("写一句原因，再推辞。"), "error")
        return redirect(url_for(".seat", seat_id=one.id))
    services.decline(seat_id=one.id, because=form.reason.data or "", actor_id=actor().id, now=now())
    flash(_("已推辞，会请别的评委。"))
    return redirect(url_for(".queue"))


# ---------------------------------------------------------------- appeals


@bp.post("/performances/<int:performance_id>/appeal")
@requires("rating.appeal")
def appeal(performance_id: int) -> ResponseReturnValue:
    """The learner asks for another marker."""
    row = lists.performance(actor(), "rating.appeal", performance_id, day=_today())
    form = AppealForm()
    if not form.validate_on_submit():
        return _performance_page(row.id, form), 422
    services.appeal(
        performance_id=row.id, reason=form.reason.data or "", actor_id=actor().id, now=now()
    )
    flash(_("申诉已交，会请另一位评委来看。"))
    return redirect(url_for(".performance", performance_id=row.id))


@bp.post("/performances/<int:performance_id>/decision")
@requires("rating.give")
def decide(performance_id: int) -> ResponseReturnValue:
    """The appeal's marker keeps the result or changes it, having seen what follows."""
    one = lists.appeal_seat(performance_id, actor().id)
    form = DecideForm()
    if not form.validate_on_submit():
        return _seat_page(one, form), 422
    services.decide(
        performance_id=performance_id,
        is_changed=form.verdict.data == "changed",
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已决定，学员会收到通知。"))
    return redirect(url_for(".queue"))


# ---------------------------------------------------------------- written answers of a test


@bp.get("/attempts/<int:attempt_id>/appeals")
@requires("mark.appeal")
def answers(attempt_id: int) -> ResponseReturnValue:
    """One's own written answers with their marks, and the way to another marker."""
    return _answers_page(attempt_id, AnswerAppealForm())


def _answers_page(attempt_id: int, form: AnswerAppealForm) -> str:
    page = pages.answers_page(attempt_id, actor(), today=_today(), lang=lang())
    return render_template("ratings/answers.html", page=page, form=form)


@bp.post("/attempts/<int:attempt_id>/appeals")
@requires("mark.appeal")
def appeal_answer(attempt_id: int) -> ResponseReturnValue:
    """Ask another marker to look at one written answer."""
    form = AnswerAppealForm()
    if not form.validate_on_submit():
        return _answers_page(attempt_id, form), 422
    services.appeal_answer(
        attempt_id=attempt_id,
        position=form.position.data or 0,
        reason=form.reason.data or "",
        actor_id=actor().id,
        now=now(),
    )
    flash(_("申诉已交，会请另一位评分人来看。"))
    return redirect(url_for(".answers", attempt_id=attempt_id))


@bp.get("/answer-appeals/<int:appeal_id>")
@requires("mark.give")
def answer_desk(appeal_id: int) -> ResponseReturnValue:
    """The answer on the desk of another marker, without name and old mark."""
    return _answer_desk(appeal_id, AnswerMarkForm())


def _answer_desk(appeal_id: int, form: AnswerMarkForm) -> str:
    page = pages.answer_desk(appeal_id, actor(), lang=lang())
    return render_template("ratings/answer_desk.html", page=page, form=form)


@bp.post("/answer-appeals/<int:appeal_id>")
@requires("mark.give")
def decide_answer(appeal_id: int) -> ResponseReturnValue:
    """Another marker's own mark decides the appeal."""
    pages.answer_to_decide(appeal_id, actor())
    form = AnswerMarkForm()
    points = _points(form.points.data) if form.validate_on_submit() else None
    if points is None:
        if not form.errors:
            form.points.errors = [_("写一个分数，例如 7 或 7.5。")]
        return _answer_desk(appeal_id, form), 422
    is_changed = services.decide_answer(
        appeal_id=appeal_id,
        points=points,
        reason=form.reason.data or "",
        actor=actor(),
        now=now(),
    )
    flash(
        _("已决定，成绩改了，学员会收到通知。")
        if is_changed
        else _("已决定，分数不变，学员会收到通知。")
    )
    return redirect(url_for(".queue"))


def _points(text: str | None) -> Fraction | None:
    found = (text or "").strip().replace("，", ".").replace(",", ".")
    return Fraction(found) if re.fullmatch(r"\d{1,4}(\.\d{1,2})?", found) else None


# ---------------------------------------------------------------- assessors


@bp.get("/assessors")
@requires("rating.severity")
def severity() -> ResponseReturnValue:
    """How strict each assessor is beside those who marked the same work."""
    return render_template("ratings/severity.html", rows=_severity(), days=SEVERITY_DAYS)


@bp.get("/assessors.xlsx")
@requires("rating.severity")
def severity_xlsx() -> ResponseReturnValue:
    """The same as a workbook."""
    day = _today()
    return attachment(
        sheets.severity(_severity()),
        XLSX,
        name=f"{_('评委松紧')}-{day}.xlsx",
        plain=f"assessors-{day}.xlsx",
    )


def _severity() -> tuple[pages.AssessorLine, ...]:
    return pages.assessor_lines(since=now() - timedelta(days=SEVERITY_DAYS))
