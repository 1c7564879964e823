"""Write, hand in, comment, review, accept and follow up the deliverables of tracks."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import uuid4

from flask import (
    Blueprint,
    Response,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from app.deliverables import attachments, pages, queries, services, status
from app.deliverables.errors import (
    FileRefusedError,
    NotConfirmedError,
    TooShortError,
)
from app.deliverables.forms import (
    ROWS,
    AnswerForm,
    CommentForm,
    FollowForm,
    HandInForm,
    MilestoneForm,
    ReasonForm,
)
from app.deliverables.queries import Document, Place
from app.deliverables.services import Planned, Save
from app.domain.deliverables import Handed, Milestone
from app.domain.tracks import Party
from app.kernel.auth import actor, reads_first, requires
from app.kernel.clock import now, organisation_day
from app.kernel.config import Settings
from app.kernel.downloads import attachment
from app.kernel.errors import BadInputError, NotFoundError
from app.kernel.forms import options
from app.kernel.i18n import lang
from app.kernel.web import accepts_upload, begin_write, json_body
from app.ratings import queries as ratings

bp = Blueprint("deliverables", __name__)

HERE: Final = "/enrolments/<int:enrolment_id>/activities/<activity_id>/work"
MOST_UPLOAD: Final = attachments.MOST_FILE + 100_000
MOST_TEXT: Final = 2_000_000  # a sign of Chinese is nine characters of a form


def _today() -> date:
    return organisation_day(now())


def _place(enrolment_id: int, activity_id: str, action: str = "work.read") -> Place:
    return queries.place(enrolment_id, activity_id, today=_today(), actor=actor(), action=action)


def _document(document_id: int, action: str) -> tuple[Document, Place]:
    return queries.document_in_scope(document_id, actor(), action, today=_today())


def _to(place: Place, **more: Any) -> ResponseReturnValue:
    return redirect(
        url_for(".activity", enrolment_id=place.enrolment.id, activity_id=place.activity.id, **more)
    )


# ---------------------------------------------------------------- writing


@bp.get(HERE)
@requires("work.read")
def activity(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """Where it is written, or what was handed in with all that was said about it."""
    place = _place(enrolment_id, activity_id)
    number = request.args.get("revision", type=int)
    return _work_page(place, number=number)


def _work_page(
    place: Place,
    *,
    number: int | None = None,
    comment: CommentForm | None = None,
    reason: ReasonForm | None = None,
    milestones: list[MilestoneForm] | None = None,
    follow: list[FollowForm] | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    page = pages.work_page(place, actor(), now=now(), lang=lang(), number=number)
    if number is not None and page.shown is None:
        raise NotFoundError
    return (
        render_template(
            "deliverables/work.html",
            page=page,
            comment=comment or _comment_form(place),
            answer=AnswerForm(formdata=None),
            reason=reason or ReasonForm(formdata=None),
            milestones=milestones or _milestone_forms(page),
            follow=follow or _follow_forms(page),
        ),
        status,
    )


def _comment_form(place: Place) -> CommentForm:
    form = CommentForm()
    form.row.choices = options(
        (row.id, row.title.get(lang()) or next(iter(row.title.values()))) for row in place.form.rows
    )
    if not form.is_submitted():
        form.key.data = uuid4().hex
    return form


def _milestone_forms(page: pages.WorkPage) -> list[MilestoneForm]:
    forms = []
    for n in range(max(ROWS, len(page.milestones) + 1)):
        line = page.milestones[n] if n < len(page.milestones) else None
        forms.append(
            MilestoneForm(
                formdata=None,
                prefix=f"m{n + 1}-",
                data={
                    "what": line.what,
                    "owner": line.owner,
                    "due_on": line.due_on,
                    "money": line.money,
                }
                if line
                else {},
            )
        )
    return forms


def _follow_forms(page: pages.WorkPage) -> list[FollowForm]:
    return [
        FollowForm(
            formdata=None,
            prefix=f"f{line.number}-",
            data={"state": line.state or "", "reason": line.reason},
        )
        for line in page.milestones
    ]


@bp.post(HERE)
@requires("work.write")
@accepts_upload(MOST_TEXT)
def save(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """Keep sections: from the page's script as JSON, else from its plain form."""
    place = _place(enrolment_id, activity_id, "work.write")
    if request.is_json:
        client, saves = _from_json(json_body())
    else:
        client, saves = "form", _from_form(place)
    done = services.save(place, saves, client=client, actor_id=actor().id, now=now())
    if request.is_json:
        return jsonify(
            results=[
                {"row": one.row, "status": one.status, "revision": one.revision, "text": one.text}
                for one in done
            ],
            saved_at=now().isoformat(),
        )
    lost = [one for one in done if one.status != "saved"]
    if lost:
        flash(_("有 %(n)s 节在别处改过，没有覆盖。请对照后再存。", n=len(lost)), "warn")
    else:
        flash(_("已保存"))
    return _to(place)


def _from_json(body: Mapping[str, Any]) -> tuple[str, list[Save]]:
    client, saves = body.get("client"), body.get("saves")
    if not isinstance(client, str) or not 0 < len(client) <= 64 or not isinstance(saves, list):
        raise BadInputError
    found = []
    for one in saves:
        if not isinstance(one, dict):
            raise BadInputError
        row, revision, text = one.get("row"), one.get("revision"), one.get("text")
        if not (
            isinstance(row, str)
            and isinstance(text, str)
            and isinstance(revision, int)
            and not isinstance(revision, bool)
            and 0 < revision < 2**31
        ):
            raise BadInputError
        found.append(Save(row, revision, text.replace("\r\n", "\n")))
    return client, found


def _from_form(place: Place) -> list[Save]:
    return [
        Save(
            row.id,
            request.form.get(f"rev-{row.id}", 0, type=int) + 1,
            request.form[f"s-{row.id}"].replace("\r\n", "\n"),
        )
        for row in place.form.rows
        if f"s-{row.id}" in request.form
    ]


# ---------------------------------------------------------------- handing in


@bp.get(f"{HERE}/hand-in")
@requires("work.write")
def check(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """What is missing, and what may give a customer away."""
    place = _place(enrolment_id, activity_id, "work.write")
    if place.document is None or not services.is_writable(place, now=now()):
        return _to(place)
    return _check_page(place, HandInForm())


def _check_page(place: Place, form: HandInForm, status: int = 200) -> ResponseReturnValue:
    page = pages.work_page(place, actor(), now=now(), lang=lang())
    if not form.is_submitted():
        form.key.data = page.key
    found = pages.check_page(place, page, company=_company(), lang=lang())
    return render_template("deliverables/check.html", check=found, page=page, form=form), status


@bp.post(f"{HERE}/hand-in")
@requires("work.write")
def hand_in(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """It becomes a revision that never changes."""
    place = _place(enrolment_id, activity_id, "work.write")
    form = HandInForm()
    if not form.validate_on_submit():
        return _check_page(place, form, 422)
    try:
        done = services.hand_in(
            place,
            is_confirmed=bool(form.sure.data),
            key=str(form.key.data),
            actor_id=actor().id,
            now=now(),
            company=_company(),
        )
    except NotConfirmedError as refused:
        form.sure.errors = [_(refused.message)]
        return _check_page(place, form, 422)
    except TooShortError:
        return _check_page(place, form, 422)
    if done.handed == Handed.DRAFT:
        flash(_("草稿已交，批注会写在文中；这期间可以接着改。"))
    else:
        flash(_("已交，这一稿不再变。结果出来会通知您。"))
    return _to(place)


def _company() -> str:
    settings: Settings = current_app.extensions["settings"]
    return settings.company


# ---------------------------------------------------------------- revisions and comments


@bp.get("/documents/<int:document_id>/compare")
@requires("work.read")
def compare(document_id: int) -> ResponseReturnValue:
    """Two revisions, what changed in words."""
    document, place = _document(document_id, "work.read")
    by_number = {one.number: one for one in queries.revisions(document.id)}
    last = max(by_number, default=0)
    new = by_number.get(request.args.get("new", last, type=int))
    old = by_number.get(request.args.get("old", last - 1, type=int))
    if old is None or new is None:
        raise NotFoundError
    return render_template(
        "deliverables/compare.html",
        page=pages.work_page(place, actor(), now=now(), lang=lang(), number=new.number),
        old=old,
        new=new,
        sections=pages.compared(place, old, new, lang=lang()),
    )


@bp.post("/documents/<int:document_id>/comments")
@requires("work.comment")
def comment(document_id: int) -> ResponseReturnValue:
    """A remark at a place."""
    _row, place = _document(document_id, "work.comment")
    form = _comment_form(place)
    if not form.validate_on_submit():
        return _work_page(place, number=form.number.data, comment=form, status=422)
    services.comment(
        place,
        services.Remark(
            number=form.number.data or 0,
            row_id=form.row.data,
            quote=form.quote.data or "",
            text=form.text.data or "",
            key=form.key.data or "",
        ),
        party=_party(place),
        actor_id=actor().id,
        now=now(),
    )
    return _to(place, revision=form.number.data, _anchor=f"s-{form.row.data}")


def _party(place: Place) -> Party:
    found = queries.party_of(place, actor(), today=_today())
    if found is None:
        raise NotFoundError
    return found


@bp.post("/documents/<int:document_id>/comments/<int:comment_id>/answer")
@requires("work.comment")
def answer(document_id: int, comment_id: int) -> ResponseReturnValue:
    """Answer a remark."""
    _row, place = _document(document_id, "work.comment")
    form = AnswerForm()
    if not form.validate_on_submit():
        flash(_("回复没有存：写一句，最多 2000 字。"), "warn")
        return _to(place, _anchor=f"c-{comment_id}")
    services.answer(
        place,
        comment_id,
        text=form.text.data or "",
        party=_party(place),
        key=form.key.data or "",
        actor_id=actor().id,
        now=now(),
    )
    return _to(place, _anchor=f"c-{comment_id}")


@bp.post("/documents/<int:document_id>/comments/<int:comment_id>/resolve")
@requires("work.comment")
def resolve(document_id: int, comment_id: int) -> ResponseReturnValue:
    """A remark is dealt with, or is not after all."""
    _row, place = _document(document_id, "work.comment")
    services.resolve(
        place,
        comment_id,
        is_resolved=request.form.get("open") != "1",
        actor_id=actor().id,
        now=now(),
    )
    return _to(place, _anchor=f"c-{comment_id}")


# ---------------------------------------------------------------- the trainer's word


@bp.post("/documents/<int:document_id>/accept")
@requires("work.decide")
def accept(document_id: int) -> ResponseReturnValue:
    """The work is taken; a case or a card is published at once."""
    _row, place = _document(document_id, "work.decide")
    services.accept(document_id, place, actor_id=actor().id, now=now())
    flash(_("已通过，并发布到知识库。") if place.is_published else _("已通过。"))
    return _to(place)


@bp.post("/documents/<int:document_id>/send-back")
@requires("work.decide")
def send_back(document_id: int) -> ResponseReturnValue:
    """The author writes again."""
    _row, place = _document(document_id, "work.decide")
    form = ReasonForm()
    if not form.validate_on_submit():
        return _work_page(place, reason=form, status=422)
    services.send_back(
        document_id, place, reason=str(form.reason.data), actor_id=actor().id, now=now()
    )
    flash(_("已退回，作者会看到原因。"))
    return _to(place)


@bp.post("/documents/<int:document_id>/peers")
@requires("work.decide")
def invite(document_id: int) -> ResponseReturnValue:
    """One more peer, chosen as the others were."""
    _row, place = _document(document_id, "work.decide")
    services.invite_one_more(document_id, place, actor_id=actor().id, now=now())
    flash(_("又请了一位互评人。"))
    return _to(place)


# ---------------------------------------------------------------- attachments


@bp.post(f"{HERE}/files")
@requires("work.write")
@reads_first
@accepts_upload(MOST_UPLOAD)
def attach(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """Look at a file in a limited child, then keep it."""
    place = _place(enrolment_id, activity_id, "work.write")
    sent = request.files.get("file")
    if sent is None or not sent.filename:
        flash(_("先选一个文件。"), "warn")
        return _to(place, _anchor="files")
    kept = services.kept_bytes(place.document.id) if place.document else 0
    try:
        file = attachments.check(sent.filename, sent.read(MOST_UPLOAD), kept=kept)
    except FileRefusedError as refused:
        flash(_(refused.message, **refused.params), "warn")
        return _to(place, _anchor="files")
    begin_write()
    place = _place(enrolment_id, activity_id, "work.write")
    services.attach(place, file, actor_id=actor().id, now=now())
    flash(_("已附上 %(name)s。", name=file.name))
    return _to(place, _anchor="files")


@bp.get("/documents/<int:document_id>/files/<int:file_id>/download")
@requires("work.read")
def file(document_id: int, file_id: int) -> ResponseReturnValue:
    """Download an attachment; it is never shown in the browser."""
    document, _place_of = _document(document_id, "work.read")
    return _download(document.id, file_id)


def _download(document_id: int, file_id: int, name: str = "") -> Response:
    found = next((one for one in queries.files(document_id, [file_id])), None)
    if found is None:
        raise NotFoundError
    plain = f"attachment-{found.id}.{found.suffix}"
    mime = attachments.MIMES[found.suffix]
    return attachment(found.data, mime, name=name or found.name, plain=plain)


@bp.post("/documents/<int:document_id>/files/<int:file_id>/remove")
@requires("work.write")
def detach(document_id: int, file_id: int) -> ResponseReturnValue:
    """Take a file away."""
    _row, place = _document(document_id, "work.write")
    services.detach(place, file_id, actor_id=actor().id, now=now())
    flash(_("已拿掉，交过的稿里还有。"))
    return _to(place, _anchor="files")


# ---------------------------------------------------------------- milestones


@bp.post(f"{HERE}/milestones")
@requires("work.write")
def plan_milestones(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """The milestones of a plan."""
    place = _place(enrolment_id, activity_id, "work.write")
    forms = [MilestoneForm(prefix=f"m{n + 1}-") for n in range(services.MOST_MILESTONES)]
    sent = [form for form in forms if (form.what.data or "").strip()]
    if not all([form.validate() for form in sent]):  # noqa: C419  each shows its own mistakes
        return _work_page(place, milestones=forms[: max(ROWS, len(sent) + 1)], status=422)
    services.plan_milestones(
        place,
        [
            Planned(
                str(form.what.data).strip(),
                str(form.owner.data).strip(),
                form.due_on.data or _today(),
                (form.money.data or "").strip(),
            )
            for form in sent
        ],
        actor_id=actor().id,
        now=now(),
    )
    flash(_("里程碑已存。"))
    return _to(place, _anchor="milestones")


@bp.post(f"{HERE}/follow-up")
@requires("work.write")
def follow_up(enrolment_id: int, activity_id: str) -> ResponseReturnValue:
    """What became of the milestones."""
    place = _place(enrolment_id, activity_id, "work.write")
    page = pages.work_page(place, actor(), now=now(), lang=lang())
    forms = [FollowForm(prefix=f"f{line.number}-") for line in page.milestones]
    if not page.may_follow:
        raise NotFoundError
    if not all([form.validate() for form in forms]):  # noqa: C419  each shows its own mistakes
        return _work_page(place, follow=forms, status=422)
    states = {
        line.number: (Milestone(form.state.data), form.reason.data or "")
        for line, form in zip(page.milestones, forms, strict=True)
        if form.state.data
    }
    services.follow_up(place, states, actor_id=actor().id, now=now())
    flash(_("已存，经理和 HR 会看到。"))
    return _to(place, _anchor="milestones")


# ---------------------------------------------------------------- for those who assess


@bp.get("/performances/<int:performance_id>/work")
@requires("work.assess")
def reading(performance_id: int) -> ResponseReturnValue:
    """The work as a reviewer reads it: without the name."""
    document = queries.work_of_performance(performance_id, actor().id)
    place = queries.place_of(document, today=_today())
    seat_id = ratings.seat_of(performance_id, actor().id)
    found = pages.reading(place, performance_id, seat_id=seat_id, lang=lang())
    return render_template("deliverables/reading.html", reading=found)


@bp.get("/performances/<int:performance_id>/files/<int:file_id>/download")
@requires("work.assess")
def reading_file(performance_id: int, file_id: int) -> ResponseReturnValue:
    """An attachment of the work one assesses, under a name that gives nobody away."""
    document = queries.work_of_performance(performance_id, actor().id)
    handed = queries.revisions(document.id)
    if not handed or file_id not in handed[0].files:
        raise NotFoundError
    suffix = queries.files(document.id, [file_id])[0].suffix
    return _download(document.id, file_id, f"{queries.number_of(document)}-{file_id}.{suffix}")


# ---------------------------------------------------------------- lists


@bp.get("/work")
@requires("work.status")
def index() -> ResponseReturnValue:
    """Deliverables of one's people: what waits, what is being written, what is done."""
    found = status.work_list(actor(), today=_today(), lang=lang())
    return render_template("deliverables/index.html", groups=found)


@bp.get("/backbone")
@requires("work.status")
def backbone() -> ResponseReturnValue:
    """Who keeps a status by taking part, and who is at risk of losing it."""
    found = status.kept_list(actor(), today=_today(), lang=lang())
    return render_template("deliverables/backbone.html", tracks=found)
