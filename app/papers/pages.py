"""View model of the page of an assessment's papers: forms, sheets, how known the items are."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext

from app.accounts import queries as accounts
from app.accounts.queries import Person
from app.assessments import unseen
from app.assessments.queries import exposure, monitor, printed
from app.assessments.queries.exposure import Exposure
from app.assessments.queries.monitor import Head
from app.assessments.queries.printed import FormRow, SheetRow
from app.domain import forms_parallel, papercode
from app.domain.forms_parallel import FEWEST, Measured
from app.domain.items import Item
from app.domain.papers import LETTERS
from app.domain.scoring import shown
from app.kernel.clock import organisation_day
from app.kernel.i18n import show_when

_: Callable[..., str] = gettext

MOST_ITEMS = 60


@dataclass(frozen=True, slots=True)
class FormLine:
    """One form in figures, shown."""

    letter: str
    code: str
    plain: str
    items: int
    total: str
    facility: str
    people: int


@dataclass(frozen=True, slots=True)
class PersonLine:
    """One person: her sheet, whether it came back, and how much of it would be new to her."""

    name: str
    unit: str
    letter: str
    code: str
    plain: str
    state: str
    kind: str
    entered: str
    attempts: str
    unseen: str


@dataclass(frozen=True, slots=True)
class ItemLine:
    """One item: how often it was met, when last, how hard it was."""

    item_id: str
    stem: str
    people: int
    sittings: int
    last_at: datetime | None
    facility: str


@dataclass(frozen=True, slots=True)
class Papers:
    """The page."""

    head: Head
    kind: str
    is_own_draw: bool
    forms: tuple[FormLine, ...]
    verdict: str
    is_close: bool
    overlaps: tuple[str, ...]
    people: tuple[PersonLine, ...]
    without: int
    back: int
    items: tuple[ItemLine, ...]
    more_items: int


def papers_page(assessment_id: int, owner_id: int, lang: str, now: datetime) -> Papers:
    """Raises NotFoundError."""
    head = monitor.head(assessment_id, owner_id, lang)
    forms = printed.forms(assessment_id)
    allowed = printed.allowed(assessment_id)
    newest = printed.latest_sheets(assessment_id)
    ids = list(allowed)
    people = accounts.people(ids, day=organisation_day(now))
    names = accounts.names({row.entered_by_id for row in newest.values() if row.entered_by_id})
    shares = unseen.shares(assessment_id, ids)
    sitting = printed.sitting(assessment_id)
    used = printed.used(assessment_id)
    lines = [
        _person(
            people[one],
            newest.get(one),
            names,
            attempts=f"{used.get(one, 0)} / {allowed[one]}",
            online=_online(one in sitting, used.get(one, 0), allowed[one]),
            new=unseen.share_text(shares.get(one)),
        )
        for one in sorted(ids, key=lambda one: (people[one].name, one))
    ]
    items = _items(assessment_id, lang)
    return Papers(
        head=head,
        kind=kind_text(len(forms)),
        is_own_draw=not forms,
        forms=tuple(_form(form) for form in forms),
        verdict=_verdict(forms),
        is_close=_spread(forms) <= forms_parallel.CLOSE and not has_same(forms),
        overlaps=_overlaps(forms),
        people=tuple(lines),
        without=sum(one not in newest for one in ids),
        back=sum(row.attempt_id is not None for row in newest.values()),
        items=tuple(items[:MOST_ITEMS]),
        more_items=max(0, len(items) - MOST_ITEMS),
    )


def kind_text(forms: int) -> str:
    """How papers are given out, in words."""
    if forms == 0:
        return _("每人各抽一份")
    if forms == 1:
        return _("所有人同一份")
    return _("%(n)s 份平行卷", n=forms)


def _form(form: FormRow) -> FormLine:
    return FormLine(
        letter=form.letter,
        code=papercode.shown(form.code),
        plain=form.code,
        items=len(form.paper.entries),
        total=shown(form.paper.total),
        facility=_percent(form.facility),
        people=form.people,
    )


def _spread(forms: Sequence[FormRow]) -> float:
    return forms_parallel.spread_of([form.facility for form in forms]) if forms else 0.0


def has_same(forms: Sequence[FormRow]) -> bool:
    """Whether any two forms hold the very same items."""
    found = forms_parallel.overlaps_of([form.paper for form in forms])
    return any(one.is_all for one in found)


def _verdict(forms: Sequence[FormRow]) -> str:
    """Whether the forms differ at all and are equally hard, with the figure."""
    if len(forms) < 2:
        return ""
    if has_same(forms):
        return _("有几份卷的题目完全相同，只有选项次序不同：题库里没有多余的题可换。")
    spread = f"{100 * _spread(forms):.1f}"
    if _spread(forms) <= forms_parallel.CLOSE:
        return _("各卷预计得分率最多相差 %(d)s 个百分点，在 3 个百分点以内。", d=spread)
    return _(
        "各卷预计得分率相差 %(d)s 个百分点，超过 3 个百分点：题库里难度相近的题不够。", d=spread
    )


def _overlaps(forms: Sequence[FormRow]) -> tuple[str, ...]:
    found = forms_parallel.overlaps_of([form.paper for form in forms])
    return tuple(
        _(
            "%(a)s 卷和 %(b)s 卷共用 %(n)s 题，共 %(all)s 题",
            a=LETTERS[one.first],
            b=LETTERS[one.second],
            n=one.shared,
            all=one.of,
        )
        for one in found
    )


def _online(is_sitting: bool, used: int, allowed: int) -> str:
    """Why no sheet of this person can be typed in any more; '' when one can."""
    if is_sitting:
        return _("正在线上作答")
    return _("线上已交") if used >= allowed else ""


def _person(
    person: Person,
    sheet: SheetRow | None,
    names: Mapping[int, str],
    *,
    attempts: str,
    online: str,
    new: str,
) -> PersonLine:
    state, kind, entered = online or _("还没有卷号"), "", ""
    if sheet is not None and sheet.entered_by_id is None:
        state = online or _("等待录入")
    elif sheet is not None and sheet.entered_by_id is not None:
        state, kind = _("已录入"), "pass"
        entered = f"{names[sheet.entered_by_id]} {show_when(sheet.entered_at)}"
    return PersonLine(
        name=person.name,
        unit=person.unit_name,
        letter="" if sheet is None else sheet.letter,
        code="" if sheet is None else papercode.shown(sheet.code),
        plain="" if sheet is None else sheet.code,
        state=state,
        kind=kind,
        entered=entered,
        attempts=attempts,
        unseen=new,
    )


# ---------------------------------------------------------------- items


def _items(assessment_id: int, lang: str) -> list[ItemLine]:
    """Those most often met first. Three SELECTs."""
    within = unseen.reach(assessment_id)
    items = {
        key: item for key, item in printed.items_of(assessment_id).items() if item.id in within
    }
    met = exposure.exposure([item.id for item in items.values()])
    measured = exposure.measured(list(items))
    lines = [
        _item(item, met[item.id], measured.get(version), lang) for version, item in items.items()
    ]
    return sorted(lines, key=lambda line: (-line.sittings, -line.people, line.item_id))


def _item(item: Item, met: Exposure, measured: Measured | None, lang: str) -> ItemLine:
    few = measured is None or measured.n < FEWEST
    return ItemLine(
        item_id=item.id,
        stem=unseen.short(item, lang),
        people=met.people,
        sittings=met.sittings,
        last_at=met.last_at,
        facility=_("人数太少") if few or measured is None else _percent(measured.mean),
    )


def _percent(share: float) -> str:
    return f"{100 * share:.0f}%"
