"""What the health page of a bank shows: how its items are written and how they did."""

from bisect import bisect_right
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from flask_babel import gettext as _

from app.analytics.usage import bank_stats
from app.banks import queries as banks
from app.banks.loader import Loaded, load_text
from app.banks.messages import Problem, problem
from app.banks.queries import BankSnapshot
from app.domain.itemlint.nearness import near_duplicates
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


@dataclass(frozen=True, slots=True)
class FindingView:
    """A finding; `item` is the id of its item, "" for the whole bank. `reason`: why silenced."""

    code: str
    text: str
    item: str = ""
    line: int | None = None
    reason: str = ""


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
    rules: tuple[CountView, ...]
    after_use: tuple[FindingView, ...]
    findings: tuple[FindingView, ...]
    more: int
    near: tuple[FindingView, ...]
    silenced: tuple[FindingView, ...]
    keys: tuple[CountView, ...]
    balance: tuple[CountView, ...]
    difficulty: tuple[CountView, ...]
    competencies: tuple[CountView, ...]
    least: int
    minutes_needed: int
    minutes: int | None
    use: tuple[UseView, ...]
    people: int
    enough: int


def health_page(
    found: BankSnapshot, *, actor_id: int, scopes: Collection[str], lang: str
) -> HealthPage:
    """The page of the newest version of a bank."""
    bank = found.bank
    loaded = load_text(banks.source_of(bank.id, number=found.number).decode())
    stats = bank_stats(bank, found.version_ids)
    after = _after_use(bank, stats, lang)
    counts = Counter(one.code for one in (*loaded.style, *_as_problems(after)))
    findings = _findings(loaded, lang)
    active = [item for item in bank.items if item.status is ItemStatus.ACTIVE]
    claimed = Counter(slug for item in active for slug in item.competencies)
    least = least_items(len(claimed))
    return HealthPage(
        slug=bank.id,
        title=text_in(bank.title, lang, bank.lang),
        number=found.number,
        items=len(active),
        rules=tuple(CountView(code, counts[code]) for code in sorted(counts)),
        after_use=after,
        findings=findings[:MOST_LISTED],
        more=max(0, len(findings) - MOST_LISTED),
        near=_near(bank, actor_id, scopes),
        silenced=_silenced(loaded, lang),
        keys=_bars(_key_positions(active)),
        balance=_bars(_balance(active)),
        difficulty=_bars(
            {
                str(step): sum(i.difficulty == step for i in active)
                for step in range(1, DIFFICULTIES + 1)
            }
        ),
        competencies=tuple(
            CountView(slug, n, is_few=n < least) for slug, n in sorted(claimed.items())
        ),
        least=least,
        minutes_needed=-(-_seconds(bank) // 60),
        minutes=bank.time_limit_minutes,
        use=tuple(_use(item, stats[item.id], bank.lang, lang) for item in active),
        people=max((one.n for one in stats.values()), default=0),
        enough=ENOUGH_FACILITY,
    )


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


def _silenced(loaded: Loaded, lang: str) -> tuple[FindingView, ...]:
    item_of = _Places(loaded)
    return tuple(
        FindingView(
            one.problem.code,
            one.problem.message(lang),
            item_of(one.problem.line),
            one.problem.line,
            one.reason,
        )
        for one in loaded.silenced
    )


def _after_use(bank: Bank, stats: Mapping[str, ItemStats], lang: str) -> tuple[FindingView, ...]:
    """What the figures say, the likely wrong keys first."""
    found = [
        (
            flag.key,
            FindingView(
                flag.key.partition(".")[0],
                problem(flag.key, 1, 1, **flag.params).message(lang),
                item.id,
            ),
        )
        for item in bank.items
        if item.status is ItemStatus.ACTIVE
        for flag in flags(stats[item.id], is_single=item.type is ItemType.SINGLE)
    ]
    first = ("W581.key", "W580.chosen", "W580")
    found.sort(key=lambda one: (first.index(one[0]) if one[0] in first else len(first), one[0]))
    return tuple(view for _key, view in found)


def _near(bank: Bank, actor_id: int, scopes: Collection[str]) -> tuple[FindingView, ...]:
    """Near-duplicates in other banks that this trainer may read.

    Of a very large bank those within it too, where the lint leaves them out.
    """
    others = [slug for slug in banks.readable_slugs(actor_id, scopes) if slug != bank.id]
    everything = [(slug, item) for slug in others for item in _items_of(slug)]
    mine = [(bank.id, item) for item in bank.items if item.status is not ItemStatus.RETIRED]
    everything += mine
    stems = [text_in(item.stem, bank.lang) for _slug, item in everything]
    found = []
    for later, earlier, share in near_duplicates(stems, equal=True):
        (slug, item), (other, like) = everything[later], everything[earlier]
        is_told_already = other == bank.id and len(mine) <= MOST_COMPARED
        if slug == bank.id and not is_told_already:
            text = _(
                "与题库 %(bank)s 的 %(item)s 有 %(n)s%% 相同",
                bank=other,
                item=like.id,
                n=int(100 * share),
            )
            found.append(FindingView("W553", text, item.id))
    return tuple(found[:MOST_LISTED])


def _items_of(slug: str) -> list[Item]:
    found = banks.latest_bank(slug)
    items = found.bank.items if found else []
    return [item for item in items if item.status is not ItemStatus.RETIRED]


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
