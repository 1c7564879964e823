"""Look things up before a visit, say what came of it; write, approve and retire entries."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import Markup

from app.banks.markdown import render
from app.competency import queries as competency
from app.domain.framework import CompetencyStatus
from app.domain.items import text_in
from app.domain.knowledge import FIELDS, MAY_BE_EMPTY, Customer, EntryKind, Uses
from app.kernel.auth import actor, may, requires
from app.kernel.clock import now, organisation_day
from app.kernel.errors import NotFoundError
from app.kernel.forms import options
from app.kernel.i18n import lang
from app.knowledge import queries, services, words
from app.knowledge.errors import FewCardsError
from app.knowledge.forms import LANGS, EntryForm, QuizForm, ReasonForm, UseForm, form_of
from app.knowledge.queries import Desk, Entry, Version, Words
from app.knowledge.services import Draft

bp = Blueprint("knowledge", __name__, url_prefix="/knowledge")

MOST_QUERY: Final = 60


@dataclass(frozen=True, slots=True)
class Part:
    """One field of an entry as a page prints it."""

    name: str
    head: str
    html: Markup
    is_never: bool


@dataclass(frozen=True, slots=True)
class Line:
    """An entry in a list. `use` says how often it worked; empty: nobody tried it."""

    id: int
    kind: str
    title: str
    lang: str
    snippet: str
    use: str
    stale: str
    competency: str


# ---------------------------------------------------------------- for everybody


@bp.get("")
@requires("knowledge.read")
def index() -> ResponseReturnValue:
    """Search and filters; without a word, what worked oftenest comes first."""
    want = _wanted()
    found = queries.look_up(want, today=_today(), lang=lang())
    names = _competencies()
    kinds = {one.value: words.kind(one) for one in EntryKind}
    return render_template(
        "knowledge/index.html",
        lines=[_line(entry, hit.snippet, names) for entry, hit in found],
        want=want,
        kinds=kinds,
        customers={one.value: words.customer(one) for one in Customer},
        competencies=names,
        is_narrowed=any((want.text, want.kind, want.competency, want.only_stale)),
        waiting=queries.waiting_for(actor().id)[0] if may("knowledge.edit") else 0,
    )


def _wanted() -> queries.Filter:
    args = request.args
    return queries.Filter(
        text=args.get("q", "")[:MOST_QUERY].strip(),
        kind=args.get("kind", "") if args.get("kind") in set(EntryKind) else "",
        competency=args.get("competency", "")[:64],
        customer=args.get("customer", "") if args.get("customer") in set(Customer) else "",
        only_stale=args.get("stale") == "1",
    )


def _line(entry: Entry, snippet: str, names: Mapping[str, str]) -> Line:
    said = entry.words(lang())
    return Line(
        id=entry.id,
        kind=words.kind(entry.kind),
        title=said.title,
        lang=said.lang,
        snippet=snippet or _first(said),
        use=_use(entry.uses),
        stale=words.stale(entry.stale),
        competency=names.get(entry.competency, ""),
    )


def _first(said: Words) -> str:
    text = " ".join(next(iter(said.body.values()), "").split())
    return text if len(text) <= 60 else f"{text[:60]}…"


def _use(uses: Uses) -> str:
    """How often it worked, with n; a few uses are no rate."""
    if not uses.n:
        return ""
    return str(_("用过 %(n)s 次，%(worked)s 次管用", n=uses.n, worked=uses.worked))


@bp.get("/<int:entry_id>")
@requires("knowledge.read")
def show(entry_id: int) -> ResponseReturnValue:
    """One entry, to be read on the phone before a visit."""
    return _entry_page(entry_id, UseForm())


def _entry_page(entry_id: int, form: UseForm, status: int = 200) -> ResponseReturnValue:
    today = _today()
    entry = queries.entry(entry_id, today=today)
    said = entry.words(lang())
    page = render_template(
        "knowledge/show.html",
        entry=entry,
        said=said,
        kind=words.kind(entry.kind),
        parts=_parts(said, entry.kind),
        competency=_competencies().get(entry.competency, ""),
        use=_use(entry.uses),
        stale=words.stale(entry.stale),
        by_customer=[
            (words.customer(one.customer), one.n, one.worked)
            for one in queries.by_customer(entry_id, today=today)
        ],
        notes=[(words.customer(one.customer), one) for one in queries.notes(entry_id)],
        reason=queries.desk(entry_id).retire_reason if entry.is_retired else "",
        form=form,
        reason_form=ReasonForm() if may("knowledge.edit") else None,
    )
    return page, status


def _parts(said: Words, kind: EntryKind) -> list[Part]:
    """The fields in the order of their kind, further ones after them."""
    order = [name for name in FIELDS[kind] if name in said.body]
    order += [name for name in said.body if name not in order]
    return [
        Part(
            name,
            said.heads.get(name) or words.field(name),
            render(said.body[name]),
            name == "never",
        )
        for name in order
        if said.body[name].strip()
    ]


@bp.post("/<int:entry_id>/used")
@requires("knowledge.use")
def used(entry_id: int) -> ResponseReturnValue:
    """It was tried today, and worked or did not."""
    form = UseForm()
    if not form.validate_on_submit():
        return _entry_page(entry_id, form, 422)
    services.say_used(
        entry_id=entry_id,
        person_id=actor().id,
        has_worked=form.worked.data == "yes",
        customer=Customer(form.customer.data),
        note=form.note.data or "",
        now=now(),
    )
    flash(_("已记下，同事能看到用过几次、管用几次。"))
    return redirect(url_for(".show", entry_id=entry_id))


# ---------------------------------------------------------------- for those who keep it


@bp.get("/new/<kind>")
@requires("knowledge.edit")
def new(kind: str) -> ResponseReturnValue:
    """An empty form."""
    found = _kind(kind)
    form = _filled(form_of(found)(), found)
    if not form.is_submitted():
        form.lang.data = lang()
    return render_template("knowledge/edit.html", form=form, kind=found, **_edit_words(found, None))


@bp.post("/new/<kind>")
@requires("knowledge.edit")
def create(kind: str) -> ResponseReturnValue:
    """It waits for a second person."""
    found = _kind(kind)
    form = _filled(form_of(found)(), found)
    if not form.validate_on_submit():
        page = render_template(
            "knowledge/edit.html", form=form, kind=found, **_edit_words(found, None)
        )
        return page, 422
    entry_id = services.propose(
        kind=found,
        texts=[_draft(form, found)],
        competency=form.competency.data or "",
        tags=_tags(form),
        actor_id=actor().id,
        now=now(),
    )
    flash(_("已交给另一位培训师审核，通过后大家就能看到。"))
    return redirect(url_for(".versions", entry_id=entry_id))


@bp.get("/<int:entry_id>/edit")
@requires("knowledge.edit")
def edit(entry_id: int) -> ResponseReturnValue:
    """The newest version, to be written on."""
    desk = queries.desk(entry_id)
    said = desk.newest.texts.get(request.args.get("lang", lang())) or _written(desk.newest)
    form = _filled(form_of(desk.kind)(), desk.kind)
    form.lang.data, form.title.data = said.lang, said.title
    form.competency.data, form.tags.data = desk.competency, _("，").join(desk.tags)
    for name in FIELDS[desk.kind]:
        form[f"f_{name}"].data = said.body.get(name, "")
    return render_template("knowledge/edit.html", form=form, **_edit_words(desk.kind, desk))


@bp.post("/<int:entry_id>/edit")
@requires("knowledge.edit")
def revise(entry_id: int) -> ResponseReturnValue:
    """A further version; readers see the one before until somebody else has approved it."""
    desk = queries.desk(entry_id)
    form = _filled(form_of(desk.kind)(), desk.kind)
    if not form.validate_on_submit():
        page = render_template("knowledge/edit.html", form=form, **_edit_words(desk.kind, desk))
        return page, 422
    services.revise(
        entry_id=entry_id,
        texts=[_draft(form, desk.kind)],
        competency=form.competency.data or "",
        tags=_tags(form),
        actor_id=actor().id,
        now=now(),
    )
    flash(_("新的一版交给另一位培训师审核，在那以前大家看到的还是原来的。"))
    return redirect(url_for(".versions", entry_id=entry_id))


def _written(version: Version) -> Words:
    return next(iter(version.texts.values()))


def _edit_words(kind: EntryKind, desk: Desk | None) -> dict[str, object]:
    return {
        "kind_name": words.kind(kind),
        "desk": desk,
        "languages": [(tag, name) for tag, name in LANGS if desk and tag in desk.newest.texts],
        "fields": [
            (f"f_{name}", words.field(name), words.hint(name), name in MAY_BE_EMPTY)
            for name in FIELDS[kind]
        ],
    }


def _filled(form: EntryForm, kind: EntryKind) -> EntryForm:
    form.competency.choices = options([("", _("不指定")), *_competencies().items()])
    for name in FIELDS[kind]:
        form[f"f_{name}"].label.text = words.field(name)
    return form


def _draft(form: EntryForm, kind: EntryKind) -> Draft:
    body = {name: str(form[f"f_{name}"].data or "") for name in FIELDS[kind]}
    return Draft(form.lang.data, str(form.title.data), body)


def _tags(form: EntryForm) -> list[str]:
    return str(form.tags.data or "").replace("，", ",").replace("、", ",").split(",")


def _kind(text: str) -> EntryKind:
    if text not in set(EntryKind):
        raise NotFoundError
    return EntryKind(text)


@bp.get("/waiting")
@requires("knowledge.edit")
def waiting() -> ResponseReturnValue:
    """What waits for a second person, and what readers do not find."""
    lines = [
        (
            one.entry_id,
            words.kind(one.kind),
            (one.version.texts.get(lang()) or _written(one.version)),
            one.version,
            one.version.author_id == actor().id,
        )
        for one in queries.waiting()
    ]
    aside = [
        (
            one.id,
            words.kind(one.kind),
            one.newest.texts.get(lang()) or _written(one.newest),
            one.retired_at,
            words.state(one.newest.state),
        )
        for one in queries.unpublished()
        if one.waiting is None
    ]
    return render_template("knowledge/waiting.html", lines=lines, aside=aside)


@bp.get("/<int:entry_id>/versions")
@requires("knowledge.edit")
def versions(entry_id: int) -> ResponseReturnValue:
    """All versions; what waits can be approved by somebody else than its author."""
    return _versions_page(entry_id, ReasonForm())


def _versions_page(entry_id: int, form: ReasonForm, status: int = 200) -> ResponseReturnValue:
    desk = queries.desk(entry_id)
    waits = desk.waiting
    said = desk.newest.texts.get(lang()) or _written(desk.newest)
    page = render_template(
        "knowledge/versions.html",
        desk=desk,
        said=said,
        kind=words.kind(desk.kind),
        waits=waits,
        is_own=waits is not None and waits.author_id == actor().id,
        texts=[(one, _parts(one, desk.kind)) for one in (waits or desk.newest).texts.values()],
        lines=[(one, words.state(one.state)) for one in desk.versions],
        form=form,
    )
    return page, status


@bp.post("/<int:entry_id>/approve")
@requires("knowledge.edit")
def approve(entry_id: int) -> ResponseReturnValue:
    """A second person publishes what waits."""
    services.approve(entry_id=entry_id, actor_id=actor().id, now=now())
    flash(_("已发布。"))
    return redirect(url_for(".show", entry_id=entry_id))


@bp.post("/<int:entry_id>/send-back")
@requires("knowledge.edit")
def send_back(entry_id: int) -> ResponseReturnValue:
    """A second person says what to change."""
    form = ReasonForm()
    if not form.validate_on_submit():
        return _versions_page(entry_id, form, 422)
    services.send_back(
        entry_id=entry_id, reason=str(form.reason.data).strip(), actor_id=actor().id, now=now()
    )
    flash(_("已退回，作者会看到原因。"))
    return redirect(url_for(".waiting"))


@bp.post("/<int:entry_id>/retire")
@requires("knowledge.edit")
def retire(entry_id: int) -> ResponseReturnValue:
    """Readers no longer find it."""
    form = ReasonForm()
    if not form.validate_on_submit():
        flash(_("写一句原因，同事打开旧链接时会看到。"), "warn")
        return redirect(url_for(".show", entry_id=entry_id))
    services.retire(
        entry_id=entry_id, reason=str(form.reason.data).strip(), actor_id=actor().id, now=now()
    )
    flash(_("已停用，搜索里不再出现。"))
    return redirect(url_for(".waiting"))


@bp.post("/<int:entry_id>/restore")
@requires("knowledge.edit")
def restore(entry_id: int) -> ResponseReturnValue:
    """Readers find it again."""
    services.restore(entry_id=entry_id, actor_id=actor().id, now=now())
    flash(_("已恢复。"))
    return redirect(url_for(".versions", entry_id=entry_id))


# ---------------------------------------------------------------- a quiz from cards


@bp.get("/quiz")
@requires("bank.edit")
def quiz() -> ResponseReturnValue:
    """Choose cards for a bank."""
    return _quiz_page(_quiz_form())


def _quiz_page(form: QuizForm, status: int = 200) -> ResponseReturnValue:
    return render_template("knowledge/quiz.html", form=form), status


def _quiz_form() -> QuizForm:
    form = QuizForm()
    cards = [one for one in queries.published(today=_today()) if one.kind is not EntryKind.CASE]
    form.cards.choices = options(
        (one.id, f"{one.words(lang()).title}{_('，')}{words.kind(one.kind)}") for one in cards
    )
    if not form.is_submitted():
        form.title.data = _("知识卡测验 %(on)s", on=_today().isoformat())
    return form


@bp.post("/quiz")
@requires("bank.edit")
def make_quiz() -> ResponseReturnValue:
    """A working copy of a bank, each item a draft; opened where it is finished."""
    form = _quiz_form()
    if not form.validate_on_submit():
        return _quiz_page(form, 422)
    current = competency.in_force()
    try:
        slug = services.draft_quiz(
            card_ids=form.cards.data or [],
            words=words.quiz(lang(), str(form.title.data)),
            actor_id=actor().id,
            now=now(),
            framework=current.framework if current else None,
        )
    except FewCardsError as refused:
        form.cards.errors = [_(refused.message)]
        return _quiz_page(form, 422)
    flash(
        _("题库草稿已建好：每题还要您补完，提交后由另一位培训师审核。出卷时及格线 70%、可考 3 次。")
    )
    return redirect(url_for("authoring.edit", slug=slug))


# ---------------------------------------------------------------- words


def _competencies() -> dict[str, str]:
    current = competency.in_force()
    if current is None:
        return {}
    return {
        one.slug: text_in(one.name, lang())
        for one in current.framework.competencies
        if one.status is CompetencyStatus.ACTIVE
    }


def _today() -> date:
    return organisation_day(now())
