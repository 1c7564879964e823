"""A trainer writes banks: form and source of the working copy, approval, history."""

from collections.abc import Callable
from datetime import date
from typing import Any, Final

from flask import Blueprint, Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from app.accounts import queries as accounts
from app.authoring import pages, queries, writing
from app.authoring.fields import Listed, Named
from app.authoring.forms import (
    AdoptForm,
    CompareForm,
    NewBankForm,
    ReasonForm,
    SourceForm,
    SubmitForm,
)
from app.authoring.names import Names, names_of
from app.banks import queries as banks
from app.banks import services, twins
from app.banks.checking import Checked, Surroundings, check_text
from app.banks.errors import (
    BankNotFoundError,
    BankTakenError,
    DraftStaleError,
    NotWaitingError,
)
from app.banks.outline import ItemLine
from app.banks.patch import CannotPatchError
from app.banks.queries import DraftRow
from app.domain.duplicates import Index
from app.domain.items import ItemStatus
from app.kernel.auth import actor, may, reads_first, requires, scopes, wants_json
from app.kernel.clock import local_day, now
from app.kernel.errors import BadInputError, DomainError
from app.kernel.i18n import lang, show_when
from app.kernel.web import accepts_upload, begin_write, json_body, side_write

MOST_PICTURE: Final = services.MAX_PICTURE + 500_000  # with the form around it
MOST_SOURCE: Final = 4_000_000  # a sign of Chinese is nine characters of a form

bp = Blueprint("authoring", __name__, url_prefix="/banks")


# ---------------------------------------------------------------- what every page needs


def _row(slug: str) -> DraftRow:
    return banks.working_copy(slug, actor().id, scopes("bank.edit"))


def _row_to_change(slug: str) -> DraftRow:
    """The working copy once it is our turn: what another saves at this moment is in it already."""
    _row(slug)
    services.take_turn(slug)
    return _row(slug)


def _around(row: DraftRow) -> Surroundings:
    return banks.surroundings(row.bank_id, row.slug, queries.framework())


def _known(row: DraftRow) -> list[Index]:
    return twins.indexes(actor().id, scopes("bank.read"), leave_out=row.slug)


def _keep(row: DraftRow, text: str, revision: int | None = None) -> int:
    return services.save_draft(
        slug=row.slug,
        source=text,
        revision=row.revision if revision is None else revision,
        actor_id=actor().id,
        now=now(),
        framework=queries.framework(),
    )


def _sent() -> Any:
    """The fields of an item's form, its competencies by their slugs, as `fields.Sent`."""
    sent: Any = request.form
    return Named(sent, _names())


def _names() -> Names:
    return names_of(queries.framework(), lang())


def _to_item(slug: str, item: str) -> ResponseReturnValue:
    return redirect(url_for(".edit", slug=slug, item=item))


# ---------------------------------------------------------------- a new bank


@bp.get("/new")
@requires("bank.edit")
def new() -> ResponseReturnValue:
    """A bank from nothing."""
    return render_template("authoring/new.html", form=NewBankForm())


@bp.post("/new")
@requires("bank.edit")
def create() -> ResponseReturnValue:
    """Make it, and open its first item."""
    form = NewBankForm()
    if not form.validate_on_submit():
        return render_template("authoring/new.html", form=form), 422
    title = " ".join(str(form.title.data).split())
    slugs = [form.slug.data] if form.slug.data else writing.slugs_for(title, _today())
    for slug in slugs:
        try:
            services.create_bank(
                source=writing.new_bank(slug, title, lang()),
                owner_id=actor().id if form.belongs.data == "own" else None,
                actor_id=actor().id,
                now=now(),
                framework=queries.framework(),
            )
        except BankTakenError:
            continue
        return redirect(url_for(".edit", slug=slug))
    form.slug.errors = [_("已经有题库用了这个编号。换一个。")]
    return render_template("authoring/new.html", form=form), 409


def _today() -> date:
    return local_day(now(), actor().timezone)


# ---------------------------------------------------------------- form view


@bp.get("/<slug>/edit")
@requires("bank.edit")
def edit(slug: str) -> ResponseReturnValue:
    """The working copy as a form: one item, a section or the bank."""
    row = _row(slug)
    around = _around(row)
    checked = check_text(row.source, around)
    if not checked.outline.is_readable:
        return redirect(url_for(".source", slug=slug))
    part = request.args.get("part")
    if part is not None:
        return _part_page(row, checked, part)
    wanted = request.args.get("item", "")
    items = checked.outline.items
    item = checked.outline.item(wanted) if wanted else next(iter(items), None)
    if item is None:
        if wanted:
            raise BankNotFoundError(bank=slug)
        return _part_page(row, checked, "bank")
    return _item_page(row, checked, item, around)


def _item_page(
    row: DraftRow, checked: Checked, item: ItemLine, around: Surroundings, **more: Any
) -> str:
    names = _names()
    return render_template(
        "authoring/edit.html",
        desk=pages.desk(row, checked, item.id),
        item=pages.item_desk(row, checked, item, around, _known(row), names),
        competencies=[(slug, *names.shown([slug])) for slug in names.active],
        tags=sorted({tag for one in checked.outline.items for tag in _tags(one)}),
        kinds=pages.kinds(),
        **more,
    )


def _tags(item: ItemLine) -> list[str]:
    tags = item.values.get("tags")
    return [tag for tag in tags if isinstance(tag, str)] if isinstance(tags, list) else []


def _part_page(row: DraftRow, checked: Checked, part: str, **more: Any) -> str:
    index = _part_index(part)
    if index is not None and not 0 <= index < len(checked.outline.sections):
        raise BankNotFoundError(bank=row.slug)
    return render_template(
        "authoring/part.html",
        desk=pages.desk(row, checked),
        part=pages.part_desk(checked, index),
        kinds=pages.kinds(),
        **more,
    )


def _part_index(part: str) -> int | None:
    if part == "bank":
        return None
    if not part.isascii() or not part.isdigit() or len(part) > 4:
        raise BankNotFoundError(bank=part)
    return int(part)


@bp.post("/<slug>/edit")
@requires("bank.edit")
@reads_first
@accepts_upload(MOST_PICTURE)
def save_item(slug: str) -> ResponseReturnValue:
    """Save the form of an item, with its picture when one was chosen.

    Who changed another item meanwhile is not in the way; who changed this one, or took it out, is
    shown.
    """
    file = request.files.get("picture")
    picture = services.check_picture(file.read()) if file and file.filename else None
    begin_write()
    row = _row_to_change(slug)
    found, item_id = writing.read(row.source), request.form.get("item", "")
    image = ""
    text = writing.written(row.source, found, item_id, _sent())
    if picture is not None:
        image = services.keep_picture(
            slug=slug, data=picture, stem=item_id, actor_id=actor().id, now=now()
        )
        text = writing.written(row.source, found, item_id, _sent(), image)
    if text != row.source and not _has_seen(found.item(item_id)):
        if picture is not None:
            _keep_beside(slug, image, picture)
        return _clash(row, text, item_id), 409
    goes_to = item_id
    if request.form.get("then") == "next":
        after = writing.read(text)
        kind, item = request.form.get("type", ""), after.item(item_id)
        text, goes_to = writing.added(text, after, item.section if item else 0, kind)
    if text != row.source:
        _keep(row, text)
    flash(_("已保存 %(at)s", at=show_when(now(), seconds=True)))
    return _to_item(slug, goes_to)


def _has_seen(item: ItemLine | None) -> bool:
    """Whether the page showed the item as it is now, or that it is gone."""
    if item is None:
        return request.form.get("anew") == "1"
    return pages.seen(item) == request.form.get("seen")


def _keep_beside(slug: str, name: str, data: services.Picture) -> None:
    """Keep a picture although the save is refused: a browser would not send the file again."""
    actor_id, moment = actor().id, now()

    def keep() -> None:
        services.keep_picture(slug=slug, data=data, name=name, actor_id=actor_id, now=moment)

    side_write(keep)


def _clash(row: DraftRow, mine: str, item_id: str) -> str:
    """The form with what she wrote, beside what the other one saved; `theirs` may be nothing."""
    around = _around(row)
    theirs = writing.read(row.source).item(item_id)
    checked = check_text(mine, around)
    item = checked.outline.item(item_id)
    if item is None:
        raise DraftStaleError
    return _item_page(
        row,
        checked,
        item,
        around,
        clash=pages.difference(row.source, mine),
        seen_now=pages.seen(theirs) if theirs is not None else "",
        is_gone=theirs is None,
    )


@bp.post("/<slug>/part")
@requires("bank.edit")
def save_part(slug: str) -> ResponseReturnValue:
    """Save the form of a section or of the bank itself.

    Who changed something else meanwhile is not in the way; who changed this is shown.
    """
    row = _row_to_change(slug)
    part = request.form.get("part", "")
    found = writing.read(row.source)
    index = _part_index(part)
    if index is not None and index >= len(found.sections):
        raise DraftStaleError
    text = writing.with_part(row.source, found, index, _sent())
    if pages.seen_part(found, index) != request.form.get("seen"):
        return _part_clash(row, text, part), 409
    if text != row.source:
        _keep(row, text)
    flash(_("已保存 %(at)s", at=show_when(now(), seconds=True)))
    return redirect(url_for(".edit", slug=slug, part=part))


def _part_clash(row: DraftRow, mine: str, part: str) -> str:
    """The form with what she wrote, beside what the other one saved."""
    theirs = writing.read(row.source)
    return _part_page(
        row,
        check_text(mine, _around(row)),
        part,
        clash=pages.difference(row.source, mine),
        seen_now=pages.seen_part(theirs, _part_index(part)),
    )


@bp.post("/<slug>/items")
@requires("bank.edit")
def change_items(slug: str) -> ResponseReturnValue:
    """Add, repeat, move, retire or take out an item; add a section."""
    row = _row_to_change(slug)
    found = writing.read(row.source)
    deed = request.form.get("do", "")
    section = request.form.get("section", "")
    if deed == "section":
        _keep(row, writing.section_added(row.source, found))
        return redirect(url_for(".edit", slug=slug, part=len(found.sections)))
    if deed == "add":
        index = int(section) if section.isascii() and section.isdigit() else -1
        text, name = writing.added(row.source, found, index, request.form.get("type", ""))
        _keep(row, text)
        return _to_item(slug, name)
    item = found.item(request.form.get("item", ""))
    if deed == "lint-on":
        return _check_again(row, item)
    if item is None:
        flash(_("这题刚被别人去掉了，什么都没有改。"), "warn")
        return redirect(url_for(".edit", slug=slug))
    return _change(row, item, deed)


def _check_again(row: DraftRow, item: ItemLine | None) -> ResponseReturnValue:
    """Switch a rule of the item-writing lint on again, in the working copy."""
    code, on = request.form.get("code", ""), request.form.get("on", "")
    text = writing.checked_again(row.source, writing.read(row.source), code, item, on)
    if text == row.source:
        flash(_("草稿里已经没有关掉 %(code)s。", code=code))
    else:
        _keep(row, text)
        flash(_("%(code)s 在草稿里重新检查了，提交审核后生效。", code=code))
    if item is None:
        return redirect(url_for(".edit", slug=row.slug, part="bank"))
    return _to_item(row.slug, item.id)


def _change(row: DraftRow, item: ItemLine, deed: str) -> ResponseReturnValue:
    found = writing.read(row.source)
    is_used = item.id in _around(row).published
    if deed == "copy":
        text, name = writing.copied(row.source, found, item)
        _keep(row, text)
        flash(_("已复制成草稿 %(id)s", id=name))
        return _to_item(row.slug, name)
    deeds: dict[str, Callable[[], str]] = {
        "up": lambda: writing.moved(row.source, found, item, -1),
        "down": lambda: writing.moved(row.source, found, item, 1),
        "retire": lambda: writing.with_status(row.source, item, ItemStatus.RETIRED),
        "activate": lambda: writing.with_status(row.source, item, ItemStatus.ACTIVE),
    }
    if deed == "remove" and not is_used:  # one that was served is retired, never removed
        if pages.seen(item) != request.form.get("seen"):
            raise DraftStaleError  # somebody wrote in it since: it would be gone for good
        _keep(row, writing.removed(row.source, found, item))
        flash(_("已去掉 %(id)s", id=item.id))
        return redirect(url_for(".edit", slug=row.slug))
    if deed not in deeds:
        raise BadInputError
    text = deeds[deed]()
    if text != row.source:
        _keep(row, text)
    return _to_item(row.slug, item.id)


# ---------------------------------------------------------------- source view


@bp.get("/<slug>/source")
@requires("bank.edit")
def source(slug: str) -> ResponseReturnValue:
    """The working copy as text."""
    row = _row(slug)
    checked = check_text(row.source, _around(row))
    return _source_page(row, checked, row.source)


def _source_page(row: DraftRow, checked: Checked, text: str, **more: Any) -> str:
    desk = pages.desk(row, checked)
    return render_template("authoring/source.html", desk=desk, text=text, **more)


@bp.post("/<slug>/source")
@requires("bank.edit")
@accepts_upload(MOST_SOURCE)
def save_source(slug: str) -> ResponseReturnValue:
    """Save the text, errors and all; what another saved meanwhile is shown, not overwritten."""
    row = _row_to_change(slug)
    form = SourceForm()
    if not form.validate():
        raise BadInputError
    text = str(form.source.data).replace("\r\n", "\n")
    try:
        revision = _keep(row, text, form.revision.data)
    except DraftStaleError:
        if wants_json():
            raise
        checked = check_text(text, _around(row))
        clash = pages.difference(row.source.replace("\r\n", "\n"), text)
        return _source_page(row, checked, text, clash=clash), 409
    at = show_when(now(), seconds=True)
    if wants_json():
        return {"revision": revision, "saved": _("已保存 %(at)s", at=at)}
    flash(_("已保存 %(at)s", at=at))
    return redirect(url_for(".source", slug=slug))


@bp.post("/<slug>/check")
@requires("bank.edit")
@reads_first
@accepts_upload(MOST_SOURCE)
def check(slug: str) -> ResponseReturnValue:
    """Findings of a text, or of an item's form with its preview; nothing is saved."""
    row = _row(slug)
    body = json_body()
    around = _around(row)
    text = body.get("source")
    if isinstance(text, str):
        return _said(check_text(text, around))
    form = body.get("form")
    if not isinstance(form, dict):
        raise BadInputError
    return _live_item(row, str(body.get("item")), form, around)


def _said(checked: Checked) -> dict[str, Any]:
    return {
        "errors": checked.errors,
        "warnings": checked.warnings,
        "findings": [
            {"line": one.line, "col": one.col, "code": one.code, "level": one.level}
            | {"text": one.text}
            for one in pages.findings(checked.problems)
        ],
    }


def _live_item(
    row: DraftRow, item_id: str, form: dict[str, Any], around: Surroundings
) -> dict[str, Any]:
    try:
        text = writing.written(
            row.source, writing.read(row.source), item_id, Named(Listed(form), _names())
        )
    except CannotPatchError as error:
        return {"errors": 0, "warnings": 0, "refused": _(error.message)}
    checked = check_text(text, around)
    changed = checked.outline.item(item_id)
    if changed is None:
        raise BadInputError
    view = pages.item_desk(row, checked, changed, around, _known(row), _names())
    return {
        "errors": checked.errors,
        "warnings": checked.warnings,
        "preview": render_template("authoring/_preview.html", p=view.preview),
        "findings": render_template("authoring/_findings.html", findings=view.findings),
        "twins": render_template("authoring/_twins.html", twins=view.twins),
    }


@bp.get("/<slug>/pictures/<path:name>")
@requires("bank.edit")
def picture(slug: str, name: str) -> ResponseReturnValue:
    """A picture of the working copy."""
    row = _row(slug)
    found = banks.draft_picture(row.bank_id, name)
    if found is None:
        raise BankNotFoundError(bank=slug)
    return Response(found.data, mimetype=found.mime)


@bp.get("/<slug>/duplicates")
@requires("bank.edit")
def duplicates(slug: str) -> ResponseReturnValue:
    """Items that ask the same as another one, here or in other banks."""
    row = _row(slug)
    checked = check_text(row.source, _around(row))
    known = _known(row)
    return render_template(
        "authoring/duplicates.html",
        desk=pages.desk(row, checked),
        pairs=pages.twin_pairs(slug, checked.outline, known),
        others=len(known),
        other_items=sum(len(one.items) for one in known),
    )


# ---------------------------------------------------------------- approval


@bp.get("/<slug>/submit")
@requires("bank.edit")
def submit_page(slug: str) -> ResponseReturnValue:
    """What the version would change, and a line for the reason."""
    row = _row(slug)
    first = "" if row.newest else _("新题库")
    return _submit_page(row, SubmitForm(revision=row.revision, reason=first))


def _submit_page(row: DraftRow, form: SubmitForm) -> str:
    checked = check_text(row.source, _around(row))
    newest = banks.numbered(row.bank_id, row.newest) if row.newest else None
    old = banks.source_of(row.slug, number=newest.number).decode() if newest else ""
    return render_template(
        "authoring/submit.html",
        desk=pages.desk(row, checked),
        form=form,
        difference=pages.difference(old, row.source) if newest else None,
        approvers=_approvers(row),
    )


def _approvers(row: DraftRow) -> list[str]:
    names = accounts.names(services.possible_approvers({actor().id, row.saved_by_id}))
    return sorted(names.values())


@bp.post("/<slug>/submit")
@requires("bank.edit")
def submit(slug: str) -> ResponseReturnValue:
    """Make the working copy a version that waits for a second person."""
    row = _row(slug)
    form = SubmitForm()
    if not form.validate_on_submit():
        return _submit_page(row, form), 422
    try:
        number = services.submit_for_approval(
            slug=slug,
            revision=form.revision.data or 0,
            reason=form.reason.data or "",
            actor_id=actor().id,
            now=now(),
            framework=queries.framework(),
        )
    except DomainError as error:
        form.reason.errors = [_(error.message, **error.params)]
        return _submit_page(row, form), error.status
    flash(_("第 %(n)s 版已提交，等另一个人审核", n=number))
    return redirect(url_for(".history", slug=slug))


@bp.post("/<slug>/adopt")
@requires("bank.edit")
def adopt(slug: str) -> ResponseReturnValue:
    """Go on from a version that was loaded meanwhile, having seen what it changed."""
    _row(slug)
    form = AdoptForm()
    if not form.validate_on_submit():
        raise BadInputError
    services.adopt_version(slug=slug, number=form.number.data or 0, actor_id=actor().id, now=now())
    return redirect(url_for(".submit_page", slug=slug))


@bp.get("/waiting")
@requires("bank.publish")
def waiting() -> ResponseReturnValue:
    """Versions that wait for a second person."""
    found = [(one, actor().id not in one.authors) for one in banks.waiting()]
    return render_template("authoring/waiting.html", rows=found)


@bp.get("/<slug>/approval/<int:number>")
@requires("bank.publish")
def approval(slug: str, number: int) -> ResponseReturnValue:
    """What a waiting version changes, and the two answers to it; later, what became of it."""
    if not _was_submitted(slug, number).is_waiting:
        return _settled_page(slug, number)
    return _approval_page(slug, number, ReasonForm())


def _approval_page(slug: str, number: int, form: ReasonForm) -> str:
    found = banks.waiting(slug, number)
    version = banks.numbered(found[0].bank_id, number) if found else None
    if version is None:
        raise BankNotFoundError(bank=slug)
    old = banks.published_before(version.bank_id, number)
    waits = found[0]
    authors = waits.authors
    return render_template(
        "authoring/approval.html",
        waits=waits,
        form=form,
        old=old,
        difference=pages.between(old, version),
        is_author=actor().id in authors,
        approvers=sorted(accounts.names(services.possible_approvers(authors)).values()),
        bank=pages.paper(version),
    )


@bp.post("/<slug>/approval/<int:number>")
@requires("bank.publish")
def approve(slug: str, number: int) -> ResponseReturnValue:
    """Publish the version, and show what it is now."""
    _was_submitted(slug, number)
    try:
        services.approve(slug=slug, number=number, actor_id=actor().id, now=now())
    except NotWaitingError as error:
        return _settled_page(slug, number, _(error.message)), error.status
    return redirect(url_for(".approval", slug=slug, number=number))


@bp.post("/<slug>/approval/<int:number>/back")
@requires("bank.publish")
def send_back(slug: str, number: int) -> ResponseReturnValue:
    """Decline the version with a reason, and show what it is now."""
    row = _was_submitted(slug, number)
    form = ReasonForm()
    is_empty = not form.validate_on_submit() or not (form.reason.data or "").strip()
    if is_empty and row.is_waiting:
        form.reason.errors = [_("写明退回的原因。")]
        return _approval_page(slug, number, form), 422
    try:
        services.send_back(
            slug=slug,
            number=number,
            reason=form.reason.data or "-",
            actor_id=actor().id,
            now=now(),
        )
    except NotWaitingError as error:
        return _settled_page(slug, number, _(error.message)), error.status
    return redirect(url_for(".approval", slug=slug, number=number))


def _was_submitted(slug: str, number: int) -> banks.VersionRow:
    """The line of a version that was once submitted. Who may approve may know what became of it."""
    found = [one for one in banks.versions(banks.bank_row(slug).id) if one.number == number]
    if not found or found[0].submitted_at is None:
        raise BankNotFoundError(bank=slug)
    return found[0]


def _settled_page(slug: str, number: int, refused: str = "") -> str:
    """What became of a version, and what to do next."""
    row = _was_submitted(slug, number)
    version = banks.numbered(banks.bank_row(slug).id, number)
    if version is None:
        raise BankNotFoundError(bank=slug)
    others = [one for one in banks.waiting() if actor().id not in one.authors]
    return render_template(
        "authoring/settled.html",
        slug=slug,
        title=pages.title_of(version),
        settled=pages.settled(row),
        refused=refused,
        others=others,
        is_readable=slug in banks.readable_slugs(actor().id, scopes("bank.read")),
        may_define=may("assessment.define"),
    )


@bp.post("/<slug>/withdraw/<int:number>")
@requires("bank.edit")
def withdraw(slug: str, number: int) -> ResponseReturnValue:
    """Take a waiting version back."""
    _row(slug)
    _was_submitted(slug, number)
    services.withdraw(slug=slug, number=number, actor_id=actor().id, now=now())
    flash(_("第 %(n)s 版已撤回", n=number))
    return redirect(url_for(".history", slug=slug))


# ---------------------------------------------------------------- history


@bp.get("/<slug>/history")
@requires("bank.edit")
def history(slug: str) -> ResponseReturnValue:
    """Every version: who, when, why, and which attempts used it."""
    row = _row(slug)
    checked = check_text(row.source, _around(row))
    return render_template(
        "authoring/history.html",
        desk=pages.desk(row, checked),
        lines=pages.history(row.bank_id, banks.versions(row.bank_id)),
        me=actor().id,
        may_publish=may("bank.publish"),
    )


@bp.get("/<slug>/compare")
@requires("bank.edit")
def compare(slug: str) -> ResponseReturnValue:
    """What changed between two versions, or a version and the working copy."""
    row = _row(slug)
    form = CompareForm(MultiDict(request.args))
    if not form.validate():
        raise BadInputError
    versions = [one.number for one in banks.versions(row.bank_id)]
    new_number = form.new.data if form.new.data is not None else 0
    old_number = form.old.data or (versions[0] if versions else 0)
    old = banks.numbered(row.bank_id, old_number)
    new = banks.numbered(row.bank_id, new_number) if new_number else None
    if old is None or (new_number and new is None):
        raise BankNotFoundError(bank=slug)
    if new is not None:
        found = pages.between(old, new)
    else:
        text = banks.source_of(slug, number=old.number).decode()
        found = pages.difference(text, row.source)
    return render_template(
        "authoring/compare.html",
        desk=pages.desk(row, check_text(row.source, _around(row))),
        versions=versions,
        old=old.number,
        new=new_number,
        difference=found,
    )
