"""Pages beside the learner: sheets, checklists, seminars, mentors."""

import hashlib
import secrets
from datetime import date

import segno
from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.accounts import queries as accounts
from app.accounts.queries import PersonIds
from app.domain.fieldwork import Presence
from app.domain.tracks import ActivityKind
from app.fieldwork import forms, pages, printing, queries, services
from app.fieldwork.errors import MentorFullError, NeedsReasonError
from app.fieldwork.queries import Work
from app.kernel.auth import actor, requires, scopes, wants_json
from app.kernel.clock import now, organisation_day
from app.kernel.downloads import attachment, safe_name
from app.kernel.errors import BadInputError, NotFoundError
from app.kernel.i18n import lang
from app.kernel.pdf import render_pdf

bp = Blueprint("fieldwork", __name__)


def _reach(action: str) -> PersonIds:
    """The people this actor may do it to."""
    return accounts.people_in_scope(actor(), action, day=organisation_day(now()))


def _work(enrolment_id: int, activity_id: str, action: str) -> Work:
    day = organisation_day(now())
    return queries.work(enrolment_id, activity_id, day=day, reach=_reach(action))


# ---------------------------------------------------------------- one activity


@bp.get("/enrolments/<int:enrolment_id>/activities/<activity_id>/field")
@requires("field.read")
def activity(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """What is filled in of one activity, and the form for whom fills it in."""
    one = _work(enrolment_id, activity_id, "field.read")
    form = forms.made_for(one)
    form.key.data = secrets.token_hex(12)
    form.happened_on.data = organisation_day(now())
    if one.activity.kind is not ActivityKind.OBSERVATION and (found := queries.records_of(one)):
        forms.fill(form, services.said(found[-1]))
        form.happened_on.data = organisation_day(now())
    return _activity(one, form, 200)


def _activity(one: Work, form: forms.SheetForm, status: int) -> ResponseReturnValue:
    page = pages.activity_page(one, actor_id=actor().id, form=form, now=now(), lang=lang())
    template = f"fieldwork/{one.activity.kind.value}.html"
    return render_template(template, p=page, form=form, key=secrets.token_hex(12)), status


@bp.post("/enrolments/<int:enrolment_id>/activities/<activity_id>/field")
@requires("field.sign")
def file(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """A signed form, from the page or from a device that was offline."""
    one = _work(enrolment_id, activity_id, "field.sign")
    form = forms.made_for(one)
    if one.activity.kind in {ActivityKind.CHECKLIST, ActivityKind.SEMINAR}:
        raise BadInputError
    if not forms.is_valid(one, form):
        return _refused_form(one, form)
    saved = services.file(
        enrolment_id=enrolment_id,
        activity_id=activity_id,
        filled=forms.filled(one, form),
        actor_id=actor().id,
        now=now(),
    )
    url = url_for(".record", record_id=saved.record_id, signed=1)
    if not one.may_read(actor().id):
        url = url_for(".activity", enrolment_id=enrolment_id, activity_id=activity_id)
        if not wants_json():
            flash(_("已签字，双方都能看到。"))
    return {"saved": saved.record_id, "url": url} if wants_json() else redirect(url)


def _refused_form(one: Work, form: forms.SheetForm) -> ResponseReturnValue:
    if wants_json():
        found = [*form.form_errors, *(said for field in form for said in field.errors)]
        return {"code": "form", "message": " ".join(dict.fromkeys(map(str, found)))}, 422
    return _activity(one, form, 422)


@bp.post("/enrolments/<int:enrolment_id>/activities/<activity_id>/field/signatures")
@requires("field.sign")
def sign(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """Sign rows of a checklist, or take one back."""
    _work(enrolment_id, activity_id, "field.sign")
    form = forms.SignForm()
    if not form.validate_on_submit():
        raise BadInputError
    if form.back.data:
        services.take_back(
            enrolment_id=enrolment_id,
            activity_id=activity_id,
            actor_id=actor().id,
            row_id=form.back.data,
            reason=form.reason.data or "",
            key=form.key.data or "",
            now=now(),
        )
        said = _("已撤回，原因留在记录里。")
    else:
        n = services.sign(
            enrolment_id=enrolment_id,
            activity_id=activity_id,
            actor_id=actor().id,
            row_ids=form.rows.data or [],
            key=form.key.data or "",
            now=now(),
        )
        said = _("签了 %(n)s 项。", n=n)
    url = url_for(".activity", enrolment_id=enrolment_id, activity_id=activity_id)
    if wants_json():
        return {"saved": True, "url": url}
    flash(said)
    return redirect(url)


@bp.get("/enrolments/<int:enrolment_id>/activities/<activity_id>/field/sheet.pdf")
@requires("field.read")
def sheet_pdf(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """The form on paper, with the code that leads back to it."""
    one = _work(enrolment_id, activity_id, "field.read")
    if one.form is None:
        raise NotFoundError
    language = "en" if request.args.get("lang", lang()) == "en" else "zh-CN"
    address = url_for(".by_code", code=printing.code(one), _external=True)
    data = render_pdf(printing.html(one, address=address, lang=language))
    name = f"{safe_name(printing.title(one, language))}.pdf"
    return attachment(data, "application/pdf", name=name, plain="sheet.pdf")


@bp.get("/f/<code>")
@requires("field.read")
def by_code(code: str) -> ResponseReturnValue:
    """The address on a printed sheet."""
    enrolment_id, activity_id = queries.by_code(code, reach=_reach("field.read"))
    return redirect(url_for(".activity", enrolment_id=enrolment_id, activity_id=activity_id))


# ---------------------------------------------------------------- one record


@bp.get("/field-records/<int:record_id>")
@requires("field.read")
def record(record_id: int) -> ResponseReturnValue:
    """A signed form with its versions; who signed it may correct it."""
    row = queries.record(record_id, reach=_reach("field.read"))
    one = _work(row.enrolment_id, row.activity_id, "field.read")
    if not one.may_read(actor().id):
        raise NotFoundError
    form = forms.made_for(one)
    form.key.data = secrets.token_hex(12)
    forms.fill(form, services.said(row))
    is_fresh = "signed" in request.args and row.observer_id == actor().id
    signed = pages.signed(one, row, actor_id=actor().id, now=now()) if is_fresh else None
    return _record(one, record_id, form, 200, signed=signed)


def _record(
    one: Work, record_id: int, form: forms.SheetForm, status: int, **more: object
) -> ResponseReturnValue:
    row = queries.record(record_id)
    page = pages.record_page(one, row, actor_id=actor().id, form=form, lang=lang())
    return render_template("fieldwork/record.html", p=page, form=form, **more), status


@bp.post("/field-records/<int:record_id>")
@requires("field.sign")
def correct(record_id: int) -> ResponseReturnValue:
    """Show what a correction changes; asked again with that shown, make it."""
    row = queries.record(record_id, reach=_reach("field.sign"), observer_id=actor().id)
    one = _work(row.enrolment_id, row.activity_id, "field.sign")
    form = forms.made_for(one)
    is_out = request.form.get("deed") == "withdraw"
    if not form.reason.data or not form.reason.data.strip():
        form.reason.errors = [_("写一句为什么更正。")]
        return _record(one, record_id, form, 422)
    if not is_out and not forms.is_valid(one, form):
        return _record(one, record_id, form, 422)
    filled = None if is_out else forms.filled(one, form)
    shown = hashlib.sha256(repr(filled).encode()).hexdigest()[:16]
    if request.form.get("shown") != shown:
        change = services.consequences(one, row, filled)
        lines = pages.changes(change, lang())
        return _record(one, record_id, form, 200, changes=lines, shown=shown, is_out=is_out)
    further = services.correct(
        record_id=record_id,
        filled=filled,
        reason=form.reason.data,
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已更正，原来的那张还在下面查得到。"))
    return redirect(url_for(".record", record_id=further))


# ---------------------------------------------------------------- mentors


@bp.get("/mentees")
@requires("field.mentor")
def mentees() -> ResponseReturnValue:
    """My trainees, and what to do for each."""
    page = pages.mentees_page(actor().id, now=now(), lang=lang())
    return render_template("fieldwork/mentees.html", p=page)


@bp.get("/mentoring")
@requires("mentor.pair")
def mentoring() -> ResponseReturnValue:
    """Trainees and their mentors."""
    lines = pages.pair_lines(_reach("mentor.pair"), now=now(), lang=lang())
    return render_template("fieldwork/mentoring.html", lines=lines)


@bp.get("/mentoring/<int:person_id>")
@requires("mentor.pair")
def pairing(person_id: int) -> ResponseReturnValue:
    """Who could mentor this person."""
    _in_reach(person_id)
    form = forms.PairForm()
    form.on.data = organisation_day(now())
    return _pairing(person_id, form, 200)


def _in_reach(person_id: int) -> None:
    day = organisation_day(now())
    accounts.person_in_scope(actor(), "mentor.pair", person_id, day=day)


def _may_name() -> bool:
    """A manager or HR names somebody who does not meet the rules; a trainer does not."""
    return bool(scopes("mentor.pair") & {"subtree", "all"})


def _pairing(person_id: int, form: forms.PairForm, status: int) -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:40]
    page = pages.pair_page(person_id, text=text, may_name=_may_name(), now=now(), lang=lang())
    ends = forms.EndForm(formdata=None)
    ends.on.data = organisation_day(now())
    return render_template("fieldwork/pairing.html", p=page, form=form, ends=ends, q=text), status


@bp.post("/mentoring/<int:person_id>")
@requires("mentor.pair")
def pair(person_id: int) -> ResponseReturnValue:
    """Choose the mentor from a day on."""
    _in_reach(person_id)
    form = forms.PairForm()
    if not form.validate_on_submit() or form.mentor.data is None or form.on.data is None:
        return _pairing(person_id, form, 422)
    try:
        services.pair(
            mentor_id=form.mentor.data,
            trainee_id=person_id,
            on=form.on.data,
            because=form.because.data or "",
            may_name=_may_name(),
            actor_id=actor().id,
            now=now(),
        )
    except (NeedsReasonError, MentorFullError) as refused:  # nothing was written: ask again
        form.form_errors.append(_(refused.message, **refused.params))
        return _pairing(person_id, form, refused.status)
    flash(_("带教人定了，双方都会收到通知。"))
    return redirect(url_for(".pairing", person_id=person_id))


@bp.post("/mentoring/<int:person_id>/end")
@requires("mentor.pair")
def end_pairing(person_id: int) -> ResponseReturnValue:
    """The mentor stops from a day on."""
    _in_reach(person_id)
    form = forms.EndForm()
    if not form.validate_on_submit() or form.on.data is None:
        flash(_("写日期，例如 2026-11-23。"), "error")
        return redirect(url_for(".pairing", person_id=person_id))
    services.end_pairing(trainee_id=person_id, on=form.on.data, actor_id=actor().id, now=now())
    flash(_("带教到这一天为止。记得另选一位。"))
    return redirect(url_for(".pairing", person_id=person_id))


# ---------------------------------------------------------------- seminars


def _seminar(slug: str, activity_id: str, anchor_on: str) -> queries.Seminar:
    try:
        day = date.fromisoformat(anchor_on)
    except ValueError:
        raise NotFoundError from None
    return queries.seminar(slug, activity_id, day, reach=_reach("seminar.run"))


@bp.get("/seminars/<slug>/<activity_id>/<anchor_on>")
@requires("seminar.run")
def seminar(slug: str, activity_id: str, anchor_on: str) -> ResponseReturnValue:
    """Who is there; open a code."""
    found = _seminar(slug, activity_id, anchor_on)
    return _seminar_page(found, forms.CodeForm(), 200)


def _seminar_page(found: queries.Seminar, form: forms.CodeForm, status: int) -> ResponseReturnValue:
    page = pages.seminar_page(found, now=now(), lang=lang())
    presence = forms.PresenceForm(formdata=None)
    template = "fieldwork/seminar_run.html"
    return render_template(template, p=page, form=form, presence=presence), status


@bp.post("/seminars/<slug>/<activity_id>/<anchor_on>/code")
@requires("seminar.run")
def open_code(slug: str, activity_id: str, anchor_on: str) -> ResponseReturnValue:
    """A new code; the one before closes."""
    found = _seminar(slug, activity_id, anchor_on)
    form = forms.CodeForm()
    if not form.validate_on_submit():
        return _seminar_page(found, form, 422)
    services.open_check_in(
        seminar=found,
        code=f"{secrets.randbelow(1_000_000):06d}",
        minutes=int(form.minutes.data),
        late_minutes=form.late.data,
        actor_id=actor().id,
        now=now(),
    )
    return redirect(
        url_for(".wall", slug=slug, activity_id=activity_id, anchor_on=anchor_on), code=303
    )


@bp.get("/seminars/<slug>/<activity_id>/<anchor_on>/code")
@requires("seminar.run")
def wall(slug: str, activity_id: str, anchor_on: str) -> ResponseReturnValue:
    """The code, big enough for the last row of the room."""
    page = pages.seminar_page(_seminar(slug, activity_id, anchor_on), now=now(), lang=lang())
    digits = page.code.replace(" ", "")
    address = url_for(".check_in_page", _external=True, **({"code": digits} if digits else {}))
    qr = segno.make(address, error="m").svg_inline(
        border=2, omitsize=True, svgclass=None, lineclass=None
    )
    return render_template("fieldwork/wall.html", p=page, qr=Markup(qr), address=address)  # noqa: S704  drawn by segno


@bp.post("/enrolments/<int:enrolment_id>/activities/<activity_id>/field/presence")
@requires("seminar.run")
def presence(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """The trainer says who was there."""
    one = _work(enrolment_id, activity_id, "seminar.run")
    form = forms.PresenceForm()
    if not form.validate_on_submit():
        raise BadInputError
    services.attend(
        enrolment_id=enrolment_id,
        activity_id=activity_id,
        presence=Presence(form.presence.data),
        notes=(form.notes.data or "").strip(),
        key=secrets.token_hex(12),
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已登记。"))
    return redirect(
        url_for(
            ".seminar",
            slug=one.slug,
            activity_id=activity_id,
            anchor_on=one.anchor_on.isoformat(),
        )
    )


@bp.get("/check-in")
@requires("home.read")
def check_in_page() -> ResponseReturnValue:
    """Type the code from the wall; the QR code has filled it in."""
    form = forms.CheckInForm(formdata=None)
    form.code.data = request.args.get("code", "")[:12]
    return render_template("fieldwork/check_in.html", form=form)


@bp.post("/check-in")
@requires("home.read")
def check_in() -> ResponseReturnValue:
    """I am here."""
    form = forms.CheckInForm()
    digits = "".join(sign for sign in form.code.data or "" if sign.isdigit())
    if not form.validate_on_submit() or len(digits) != 6:
        if not form.code.errors:
            form.code.errors = [_("签到码是六位数字。")]
        return render_template("fieldwork/check_in.html", form=form), 422
    services.check_in(code=digits, person_id=actor().id, key=secrets.token_hex(12), now=now())
    flash(_("签到好了。"))
    return redirect(url_for("tracks.home"))
