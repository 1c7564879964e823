"""View models of reported items: what a learner said, what the item did, what it was before."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext
from markupsafe import Markup

from app.assessments import results
from app.assessments.frozen import Frozen, thaw
from app.assessments.queries import reported, rows
from app.assessments.queries.reported import Edition, OpenReport, Reported, ReportLine, Tally
from app.assessments.results import ReviewItem
from app.assessments.terms import ReportReason, ReportVerdict
from app.banks import queries as banks
from app.banks.markdown import render_inline
from app.domain import bankdiff
from app.domain.items import Bank, Choice, Item, Section, TrueFalse, text_in
from app.domain.papers import letters
from app.domain.rates import jeffreys

_: Callable[..., str] = gettext

FEW = 10


@dataclass(frozen=True, slots=True)
class OptionCount:
    """How often an option was chosen; `letter` is the one on the reporter's paper."""

    letter: str
    html: Markup
    n: int
    percent: str
    is_key: bool


@dataclass(frozen=True, slots=True)
class EditionLine:
    """A version of the item and what it changed, in sentences."""

    number: int
    bank_number: int
    at: datetime
    by: str
    changes: tuple[str, ...]
    is_reported: bool


@dataclass(frozen=True, slots=True)
class ReportPage:
    """One report for the trainer. `facility` is empty while there are too few answers."""

    id: int
    title: str
    bank: str
    item_slug: str
    position: int
    reason: str
    said: Reported
    verdict: str
    answered_by: str | None
    item: ReviewItem
    answered: int
    blank: int
    facility: str
    options: tuple[OptionCount, ...]
    editions: tuple[EditionLine, ...]
    is_newer: bool
    others: tuple[tuple[str, Reported], ...]


def reason_text(reason: ReportReason) -> str:
    """What a learner thinks is wrong, in words."""
    return {
        ReportReason.KEY: _("答案不对"),
        ReportReason.UNCLEAR: _("看不明白"),
        ReportReason.TYPO: _("有错别字"),
        ReportReason.OUTDATED: _("内容过时"),
        ReportReason.OTHER: _("别的"),
    }[reason]


def verdict_text(verdict: ReportVerdict | None) -> str:
    """What was decided, in words; empty while nothing is."""
    if verdict is None:
        return ""
    return _("题目要改") if verdict is ReportVerdict.CHANGED else _("题目没有问题")


def list_page(actor_id: int, scopes: Collection[str], lang: str) -> Sequence[ReportLine]:
    """The reports a trainer may answer, open ones first."""
    return reported.lines(actor_id, scopes, lang)


def report_page(report_id: int, actor_id: int, scopes: Collection[str], lang: str) -> ReportPage:
    """One report with its item, answers and history. Raises NotFoundError."""
    found = reported.report(report_id, actor_id, scopes, lang)
    attempt = rows.attempt_any(found.attempt_id)
    tally = reported.tally(found.item_version_id)
    editions = reported.editions(found.item)
    items = banks.item_versions([one.version_id for one in editions])
    return ReportPage(
        id=found.id,
        title=found.title,
        bank=found.bank,
        item_slug=found.item,
        position=found.position,
        reason=reason_text(found.said.reason),
        said=found.said,
        verdict=verdict_text(found.said.verdict),
        answered_by=found.answered_by,
        item=results.one_item(attempt, found.position, lang),
        answered=tally.answered,
        blank=tally.blank,
        facility=_facility(tally),
        options=_options(
            items[found.item_version_id], thaw(attempt.body), found.position, tally, lang
        ),
        editions=_editions(editions, items, found, lang),
        is_newer=bool(editions) and editions[0].version_id != found.item_version_id,
        others=tuple(
            (reason_text(one.reason), one) for one in reported.others(found.item, but=found.id)
        ),
    )


def _facility(tally: Tally) -> str:
    """得分率 with its n and interval, or that there are too few."""
    if tally.facility is None or tally.scored < FEW:
        return ""
    low, high = jeffreys(float(tally.facility * tally.scored), tally.scored)
    mean = float(100 * tally.facility)
    return f"{mean:.0f}%（{100 * low:.0f}–{100 * high:.0f}%，n={tally.scored}）"


def _options(
    item: Item, frozen: Frozen, position: int, tally: Tally, lang: str
) -> tuple[OptionCount, ...]:
    """In the order of the reporter's paper, so that one letter means one option on the page."""
    match item.body:
        case Choice(options=options, key=key):
            texts = {one.id: text_in(one.text, lang) for one in options}
            order = letters(frozen.slot(position).entry.options)
            wanted = [(letter, one, texts[one], one in key) for letter, one in order.items()]
        case TrueFalse(key=truth):
            wanted = [
                ("", "true", _("对"), truth is True),
                ("", "false", _("错"), truth is False),
            ]
        case _:
            return ()
    return tuple(
        OptionCount(
            letter=letter,
            html=render_inline(text),
            n=tally.options.get(one, 0),
            percent=f"{100 * tally.options.get(one, 0) / max(1, tally.answered):.0f}%",
            is_key=is_key,
        )
        for letter, one, text, is_key in wanted
    )


def _editions(
    editions: Sequence[Edition], items: dict[int, Item], found: OpenReport, lang: str
) -> tuple[EditionLine, ...]:
    lines = []
    for n, one in enumerate(editions):
        before = items.get(editions[n + 1].version_id) if n + 1 < len(editions) else None
        now = items[one.version_id]
        changes = () if before is None else _changes(before, now, found.position, lang)
        lines.append(
            EditionLine(
                number=one.number,
                bank_number=one.bank_number,
                at=one.at,
                by=one.by or _("命令行"),
                changes=changes,
                is_reported=one.version_id == found.item_version_id,
            )
        )
    return tuple(lines)


def _changes(before: Item, now: Item, position: int, lang: str) -> tuple[str, ...]:
    """What differs, in the words of a bank's history; `position` is the number on the paper."""
    old, new = (
        Bank("x", {"zh-CN": "x"}, (Section({"zh-CN": "x"}, (one,)),)) for one in (before, now)
    )
    changes = [replace(one, number=position) for one in bankdiff.compare(old, new)]
    return tuple(bankdiff.sentences(changes, lang))
