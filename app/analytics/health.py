"""What the health page of a bank shows: how its items are written and how they did."""

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from flask import url_for
from flask_babel import gettext as _

from app.analytics.usage import bank_stats
from app.banks import queries as banks
from app.banks import twins
from app.banks.lintrules import FIRST, name_of, urgency
from app.banks.loader import Loaded, Silenced, load_text
from app.banks.messages import Problem, problem
from app.banks.outline import Outline, outline
from app.banks.queries import BankSnapshot, VersionRow
from app.competency import queries as competency
from app.domain.duplicates import LEAST, across, pairs
from app.domain.itemlint.papers import DIFFICULTIES, MOST_COMPARED, SECONDS, least_items
from app.domain.items import (
    Bank,
    Choice,
    Item,
    ItemStatus,
    ItemType,
    TrueFalse,
    text_in,
)
from app.domain.itemstats import ENOUGH_FACILITY, FEWEST_FACILITY, ItemStats, flags, is_doubtful

STEM: Final = 60
MOST_LISTED: Final = 200
NAMED: Final = 5
# Rules whose findings are to be mended before the others (app.banks.lintrules.FIRST).
URGENT: Final = len(FIRST)
MOST_LOOKED_BACK: Final = 50
KEY_MAY_BE_WRONG: Final = ("W581.key", "W580.chosen", "W580")


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding; `item` is the id of its item, "" for the whole bank. `is_key`: the key itself may
    be wrong."""

    code: str
    text: str
    item: str = ""
    line: int | None = None
    is_key: bool = False


@dataclass(frozen=True, slots=True)
class SilencedView:
    """A finding that is not counted, with the reason its author wrote, and since which version.

    `by` is "" where a file was loaded from the command line; `on` is `item`, `section` or `bank`.
    """

    finding: FindingView
    name: str
    reason: str
    on: str
    version: int
    by: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class RuleView:
    """How often a rule fired; `is_first`: to be mended before the others."""

    code: str
    name: str
    count: int
    is_first: bool


@dataclass(frozen=True, slots=True)
class StepView:
    """One thing to do, with the place where it is done."""

    text: str
    url: str
    label: str


@dataclass(frozen=True, slots=True)
class CountView:
    """A name and how many; `percent` of the widest bar; `is_few`: below the least number."""

    name: str
    count: int
    percent: int = 0
    is_few: bool = False


@dataclass(frozen=True, slots=True)
class UseView:
    """One line of the table of figures; "" where there are too few people."""

    item: str
    stem: str
    n: int
    facility: str
    interval: str
    rest: str
    options: str
    seconds: str
    kind: str


@dataclass(frozen=True, slots=True)
class HealthPage:
    """The whole page."""

    slug: str
    title: str
    number: int
    items: int
    steps: tuple[StepView, ...]
    rules: tuple[RuleView, ...]
    after_use: tuple[FindingView, ...]
    findings: tuple[FindingView, ...]
    more: int
    near: tuple[FindingView, ...]
    silenced: tuple[SilencedView, ...]
    keys: tuple[CountView, ...]
    balance: tuple[CountView, ...]
    difficulty: tuple[CountView, ...]
    competencies: tuple[CountView, ...]
    has_difficulty: bool
    least: int
    minutes_needed: int
    minutes: int | None
    use: tuple[UseView, ...]
    people: int
    enough: int
    may_edit: bool


def health_page(
    found: BankSnapshot, *, actor_id: int, scopes: Collection[str], lang: str, may_edit: bool
) -> HealthPage:
    """The page of the newest version of a bank. `may_edit`: this reader may change the bank."""
    bank = found.bank
    source = banks.source_of(bank.id, number=found.number).decode()
    loaded, written = load_text(source), outline(source)
    stats = bank_stats(bank, found.version_ids)
    after = _after_use(bank, stats, lang)
    counts = Counter(one.code for one in (*loaded.style, *_as_problems(after)))
    findings = _findings(loaded, lang)
    active = [item for item in bank.items if item.status is ItemStatus.ACTIVE]
    claimed = Counter(slug for item in active for slug in item.competencies)
    names = _competency_names(lang) if claimed else {}
    least = least_items(len(claimed))
    people = max((one.n for one in stats.values()), default=0)
    has_difficulty = _has_difficulty(written)
    return HealthPage(
        slug=bank.id,
        title=text_in(bank.title, lang, bank.lang),
        number=found.number,
        items=len(active),
        steps=_steps(bank, active, after, findings, has_difficulty=has_difficulty, people=people),
        rules=_rules(counts, lang),
        after_use=after,
        findings=findings[:MOST_LISTED],
        more=max(0, len(findings) - MOST_LISTED),
        near=_near(bank, actor_id, scopes),
        silenced=_silenced(loaded, found, lang),
        keys=_bars(_key_positions(active)),
        balance=_bars(_balance(active)),
        difficulty=_bars(
            {
                str(step): sum(i.difficulty == step for i in active)
                for step in range(1, DIFFICULTIES + 1)
            }
        ),
        competencies=tuple(
            CountView(names.get(slug, slug), n, is_few=n < least)
            for slug, n in sorted(claimed.items())
        ),
        has_difficulty=has_difficulty,
        least=least,
        minutes_needed=-(-_seconds(bank) // 60),
        minutes=bank.time_limit_minutes,
        use=tuple(_use(item, stats[item.id], bank.lang, lang) for item in active),
        people=people,
        enough=ENOUGH_FACILITY,
        may_edit=may_edit,
    )


def _competency_names(lang: str) -> Mapping[str, str]:
    """What people call the competencies; one that the framework does not know keeps its slug."""
    found = competency.in_force()
    known = found.framework.competencies if found else ()
    return {one.slug: text_in(one.name, lang) for one in known}


def _rules(counts: Mapping[str, int], lang: str) -> tuple[RuleView, ...]:
    """The rules that fired, those to mend first at the top."""
    return tuple(
        RuleView(code, name_of(code, lang), counts[code], urgency(code) < URGENT)
        for code in sorted(counts, key=lambda code: (urgency(code), -counts[code], code))
    )


def _steps(
    bank: Bank,
    active: Sequence[Item],
    after: Sequence[FindingView],
    findings: Sequence[FindingView],
    *,
    has_difficulty: bool,
    people: int,
) -> tuple[StepView, ...]:
    """What to do, the weightiest first; empty when nothing is to be done."""
    found: list[StepView] = []

    def step(text: str, url: str, label: str) -> None:
        found.append(StepView(text, url, label))

    keys = list(dict.fromkeys(one.item for one in after if one.is_key))
    if keys:
        text = _("核对答案：%(items)s。考下来的结果说明答案可能写错了，或者题干缺条件。")
        step(text % {"items": _("、").join(keys[:NAMED])}, "#used", _("看考下来的结果"))
    for level, text in enumerate(
        (
            _("先改会让人猜中答案的提醒，有 %(n)s 处。"),
            _("再改会看漏、会争的提醒，有 %(n)s 处。"),
            _("给简答题补上看得见的评分点，有 %(n)s 处。"),
        ),
        start=1,
    ):
        if n := sum(urgency(one.code) == level for one in findings):
            step(text % {"n": n}, "#written", _("看命题检查"))
    here = url_for("authoring.edit", slug=bank.id)
    if active and not has_difficulty:
        text = _("都没有设难度，现在都按 2 算。按难度组卷、比对难度前，在编辑里填“预设难度”。")
        step(text, here, _("编辑题目"))
    if active and not any(item.competencies for item in active):
        text = _("都没有标能力，考完不会成为能力证据。在编辑里填“能力”。")
        step(text, here, _("编辑题目"))
    if not people:
        text = _("还没有人考过。用这个题库出一场测验，30 人考过以后这里会说哪些题有问题。")
        step(text, url_for("assessments.index"), _("测验安排"))
    return tuple(found)


def _has_difficulty(written: Outline) -> bool:
    """Whether the file says how hard any of its items is; the default is no word of its author."""
    return any(
        "difficulty" in fields
        for fields in (
            *(item.values for item in written.items),
            *(section.values for section in written.sections),
            _defaults(written.values),
        )
    )


def _defaults(values: Mapping[str, object]) -> Mapping[str, object]:
    given = values.get("defaults")
    return given if isinstance(given, Mapping) else {}


def _as_problems(views: Sequence[FindingView]) -> list[Problem]:
    return [Problem(1, 1, view.code) for view in views]


# ---------------------------------------------------------------- findings


def _findings(loaded: Loaded, lang: str) -> tuple[FindingView, ...]:
    item_of = _Places(loaded)
    found = (
        FindingView(one.code, one.message(lang), item_of(one.line), one.line)
        for one in loaded.style
    )
    return tuple(dict.fromkeys(found))  # one sentence for both languages of an item


class _Places:
    """Which item a line belongs to."""

    def __init__(self, loaded: Loaded) -> None:
        known = sorted((line, slug) for slug, (line, _col) in loaded.items.items())
        self.lines = [line for line, _slug in known]
        self.slugs = [slug for _line, slug in known]

    def __call__(self, line: int) -> str:
        at = bisect_right(self.lines, line) - 1
        return self.slugs[at] if at >= 0 else ""


def _silenced(loaded: Loaded, found: BankSnapshot, lang: str) -> tuple[SilencedView, ...]:
    """What was switched off, with who did so: the version that first has the reason."""
    if not loaded.silenced:
        return ()
    item_of = _Places(loaded)
    said = {_off(one, item_of) for one in loaded.silenced}
    since = _since(found, said)
    views = {
        SilencedView(
            FindingView(
                one.problem.code,
                one.problem.message(lang),
                item_of(one.problem.line),
                one.problem.line,
            ),
            name_of(one.problem.code, lang),
            one.reason,
            one.on,
            row.number,
            row.loaded_by or "",
            row.submitted_at or row.loaded_at,
        ): None
        for one in loaded.silenced
        for row in [since[_off(one, item_of)]]
    }
    return tuple(views)


_Off = tuple[str, str, str, str]


def _off(one: Silenced, item_of: "_Places") -> _Off:
    item = item_of(one.problem.line) if one.on == "item" else ""
    return (one.problem.code, one.on, item, one.reason)


def _since(found: BankSnapshot, wanted: Collection[_Off]) -> dict[_Off, VersionRow]:
    """The oldest version in a row from this one back that has the same reason at its place."""
    rows = [row for row in banks.versions(found.bank_id) if row.number <= found.number]
    since: dict[_Off, VersionRow] = dict.fromkeys(wanted, rows[0])
    open_still = set(wanted)
    for row in rows[1 : 1 + MOST_LOOKED_BACK]:
        if not open_still:
            break
        old = load_text(banks.source_of(found.bank.id, number=row.number).decode())
        item_of = _Places(old)
        open_still &= {_off(one, item_of) for one in old.silenced}
        since |= dict.fromkeys(open_still, row)
    return since


def _after_use(bank: Bank, stats: Mapping[str, ItemStats], lang: str) -> tuple[FindingView, ...]:
    """What the figures say, the likely wrong keys first."""
    found = [
        (
            flag.key,
            FindingView(
                flag.key.partition(".")[0],
                problem(flag.key, 1, 1, **flag.params).message(lang),
                item.id,
                is_key=flag.key in KEY_MAY_BE_WRONG,
            ),
        )
        for item in bank.items
        if item.status is ItemStatus.ACTIVE
        for flag in flags(stats[item.id], is_single=item.type is ItemType.SINGLE)
    ]
    first = KEY_MAY_BE_WRONG
    found.sort(key=lambda one: (first.index(one[0]) if one[0] in first else len(first), one[0]))
    return tuple(view for _key, view in found)


def _near(bank: Bank, actor_id: int, scopes: Collection[str]) -> tuple[FindingView, ...]:
    """Near-duplicates in other banks that this trainer may read.

    Of a very large bank those within it too, where the lint leaves them out.
    """
    mine = list(twins.asked(bank))
    known = twins.indexes(actor_id, scopes, leave_out=bank.id)
    told_already = len(mine) <= MOST_COMPARED
    near: defaultdict[str, list[FindingView]] = defaultdict(list)
    for one in pairs(mine, known) if not told_already else across(mine, known):
        text = _(
            "与题库 %(bank)s 的 %(item)s 有 %(n)s%% 相同",
            bank=one.other.bank,
            item=one.other.item,
            n=int(100 * one.share),
        )
        if one.share >= LEAST:
            near[one.one.item].append(FindingView("W553", text, one.one.item))
    return tuple(found[0] for found in near.values())[:MOST_LISTED]


# ---------------------------------------------------------------- counts


def _bars(counts: Mapping[str, int]) -> tuple[CountView, ...]:
    most = max(counts.values(), default=0) or 1
    return tuple(CountView(name, n, round(100 * n / most)) for name, n in counts.items())


def _key_positions(items: Sequence[Item]) -> dict[str, int]:
    keys = Counter(
        next(iter(item.body.key))
        for item in items
        if isinstance(item.body, Choice) and not item.body.multiple and len(item.body.key) == 1
    )
    letters = [o.id for item in items if isinstance(item.body, Choice) for o in item.body.options]
    return {letter: keys[letter] for letter in sorted(set(letters))}


def _balance(items: Sequence[Item]) -> dict[str, int]:
    keys = [item.body.key for item in items if isinstance(item.body, TrueFalse)]
    return {_("对"): keys.count(True), _("错"): keys.count(False)} if keys else {}


def _seconds(bank: Bank) -> int:
    """As the rule W555 counts."""
    total = 0.0
    for section in bank.sections:
        needs = [SECONDS[i.type] for i in section.items if i.status is ItemStatus.ACTIVE]
        if needs:
            draw = len(needs) if section.draw is None else section.draw
            total += sum(needs) * min(1.0, draw / len(needs))
    return round(total)


# ---------------------------------------------------------------- figures


def _use(item: Item, found: ItemStats, fallback: str, lang: str) -> UseView:
    enough = found.facility is not None
    stem = " ".join(text_in(item.stem, lang, fallback).split())
    said = flags(found, is_single=item.type is ItemType.SINGLE)
    return UseView(
        item=item.id,
        stem=stem if len(stem) <= STEM else stem[: STEM - 1] + "…",
        n=found.n,
        facility=f"{100 * (found.facility or 0):.0f}%" if enough else "",
        interval=f"{100 * (found.lo or 0):.0f}–{100 * (found.hi or 0):.0f}%" if enough else "",
        rest=_rest(found),
        options=_options(found) if found.n >= FEWEST_FACILITY else "",
        seconds="" if found.seconds is None else _("%(n)s 秒", n=round(found.seconds)),
        kind="warn" if said else "watch" if is_doubtful(found) else "",
    )


def _rest(found: ItemStats) -> str:
    if found.is_flat:
        return "—"
    return "" if found.r is None else f"{found.r:.2f}"


def _options(found: ItemStats) -> str:
    said: str = _("，")
    return said.join(
        f"{one.id}{'*' if one.is_key else ''} {100 * one.share:.0f}%" for one in found.options
    )
