"""View model of the result page and its PDF. What shows is decided by `sheets.sight_of` alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final

from markupsafe import Markup

from app.accounts import queries as accounts
from app.assessments import content
from app.assessments.frozen import Frozen, Slot, thaw, unpack
from app.assessments.pages import clock_text, signal_text
from app.assessments.queries import printed, reported, sheets
from app.assessments.queries.reported import Reported
from app.assessments.queries.rows import AttemptRow
from app.assessments.queries.sheets import MarkedSheet, Sight, StoredAnswer
from app.assessments.rules import rule_text
from app.assessments.terms import Feedback, Medium
from app.banks.markdown import render, render_inline
from app.competency import queries as competency
from app.competency.queries import StoredLevel
from app.domain import papercode, scoring
from app.domain.attempts import AttemptState
from app.domain.competency import Status
from app.domain.items import (
    Choice,
    Chosen,
    Item,
    Judged,
    Response,
    ShortAnswer,
    TrueFalse,
    Written,
    text_in,
)
from app.domain.papers import letters
from app.domain.papersheet import is_on_paper
from app.domain.scoring import Outcome, shown
from app.kernel.i18n import said, show_when

_: Callable[..., str] = said

MOST_REVIEWED: Final = 8192


@dataclass(frozen=True, slots=True)
class SectionLine:
    """One part of the paper in figures, shown; `score` None while a mark is missing."""

    title: str
    score: str | None
    maximum: str
    full: int
    count: int
    note: str


@dataclass(frozen=True, slots=True)
class CompetencyLine:
    """What this attempt said about a competency, and where it stands since."""

    slug: str
    name: str
    right: str
    n: int
    status: str | None = None
    level: str | None = None
    lo: str | None = None
    hi: str | None = None
    call: str | None = None
    missing_text: str = ""


@dataclass(frozen=True, slots=True)
class ReviewOption:
    """One option in review. `mark`: hit, wrong, miss or '' (and '' wherever keys do not show)."""

    letter: str
    html: Markup
    chosen: bool
    is_key: bool | None
    mark: str


@dataclass(frozen=True, slots=True)
class RubricLine:
    """One rubric point; `awarded` None for a free mark."""

    point: str
    points: str
    awarded: str | None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What an item says in review to everybody who answered it so and saw it in this order."""

    stem_html: Markup
    options: tuple[ReviewOption, ...]
    why_html: Markup | None
    feedback_html: tuple[Markup, ...]
    rule_text: str | None
    arithmetic: str | None


@dataclass(frozen=True, slots=True)
class ReviewItem:
    """One item in review, by the feedback policy.

    `is_whole`: its mark was given for the item as a whole, so no rubric point has one of its own.
    """

    number: int
    type: str
    outcome: str
    score: str | None
    points: str
    told: Reviewed
    own_text: str | None
    model_answer_html: Markup | None
    rubric: tuple[RubricLine, ...]
    marker_comment: str | None
    flagged: bool
    is_whole: bool = False


@dataclass(frozen=True, slots=True)
class SignalLine:
    """What the page noticed."""

    text: str
    at: datetime


@dataclass(frozen=True, slots=True)
class ResultPage:
    """The result page. Figures are shown strings; `total` and `passed` None until released."""

    attempt_id: int
    title: str
    person: str
    state: str
    total: str | None
    maximum: str
    pass_mark: str
    pass_points_percent: str
    total_percent: str | None
    passed: bool | None
    submitted_at: datetime | None
    timed_out: bool
    used: str
    limit: str | None
    number: int
    attempts_allowed: int
    receipt: str
    provisional: bool
    preview: bool
    void_reason: str | None
    sections: tuple[SectionLine, ...]
    competencies: tuple[CompetencyLine, ...]
    items: tuple[ReviewItem, ...]
    policy_text: str | None
    late_answers: int
    signals: tuple[SignalLine, ...]
    can_retake_at: datetime | None
    next_url: str | None
    used_up: str
    on_paper: str
    reports: Mapping[int, Reported]
    can_report: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What the page needs beside the attempt: the reader's words and what comes next."""

    person: str
    lang: str
    now: datetime
    attempts_allowed: int = 1
    can_retake_at: datetime | None = None
    next_url: str | None = None
    used_up: str = ""
    with_levels: bool = False
    is_trainer: bool = False


def result_page(attempt: AttemptRow, around: Around) -> ResultPage:
    """The result as this reader may see it now."""
    frozen = thaw(attempt.body)
    standing = attempt.standing(around.now)
    is_released = attempt.state is AttemptState.RELEASED or (
        around.is_trainer and attempt.scored_at is not None
    )
    sight = _sight(attempt, around)
    sheet = sheets.marked_sheet(attempt.id)
    scores = sheet.scores
    line = scoring.line(attempt.pass_mark, attempt.maximum)
    total = attempt.total if is_released else None
    finished_at = standing.finished_at or attempt.submitted_at
    on_paper = _on_paper(attempt)
    return ResultPage(
        attempt_id=attempt.id,
        title=attempt.title_in(around.lang),
        person=around.person,
        state=standing.state.value,
        total=None if total is None else shown(total, line),
        maximum=shown(attempt.maximum),
        pass_mark=shown(line, line),
        pass_points_percent=_percent(line, attempt.maximum),
        total_percent=None if total is None else _percent(total, attempt.maximum),
        passed=attempt.passed if is_released else None,
        submitted_at=finished_at,
        timed_out=attempt.is_timed_out or (standing.is_due and attempt.submitted_at is None),
        used="" if on_paper else clock_text((finished_at or around.now) - attempt.started_at),
        limit=_limit(attempt.limit_seconds),
        number=attempt.number,
        attempts_allowed=around.attempts_allowed,
        receipt=grouped(attempt.receipt),
        provisional=sight.answers and not is_released,
        preview=attempt.is_preview,
        void_reason=attempt.void_reason,
        sections=_sections(frozen, scores, around.lang) if is_released or sight.answers else (),
        competencies=_competencies(attempt, frozen, scores, around) if is_released else (),
        items=_items(frozen, sheet, sight, around.lang) if sight.answers else (),
        policy_text=None if sight.answers else _policy_text(attempt),
        late_answers=sheet.late,
        signals=_signals(attempt.id) if sheet.signals else (),
        can_retake_at=around.can_retake_at,
        next_url=around.next_url,
        used_up=around.used_up,
        on_paper=on_paper,
        reports=reported.of_attempt(attempt.id) if sheet.reports else {},
        can_report=sight.answers and not attempt.is_preview and not around.is_trainer,
    )


def _on_paper(attempt: AttemptRow) -> str:
    """Who typed the answers in, for an attempt that was sat on paper. Two SELECTs for these."""
    entry = printed.entry_of(attempt.id) if attempt.medium == Medium.PAPER else None
    if entry is None:
        return ""
    names = accounts.names({entry.entered_by_id, entry.corrected_by_id or 0})
    text = _(
        "纸质作答，卷号 %(code)s，%(who)s 于 %(when)s 录入。",
        code=papercode.shown(entry.code),
        who=names[entry.entered_by_id],
        when=show_when(entry.entered_at),
    )
    if entry.corrected_by_id is None:
        return text
    return text + _(
        "%(who)s 于 %(when)s 更正过。",
        who=names[entry.corrected_by_id],
        when=show_when(entry.corrected_at),
    )


def one_item(attempt: AttemptRow, position: int, lang: str) -> ReviewItem:
    """One item of a paper that was handed in, with key, as a trainer sees it."""
    everything = Sight(answers=True, keys=True, written_keys=True)
    found = _items(thaw(attempt.body), sheets.marked_sheet(attempt.id), everything, lang)
    return found[position - 1]


def _sight(attempt: AttemptRow, around: Around) -> Sight:
    """The learner's by the feedback policy; the trainer sees every paper that was handed in."""
    if around.is_trainer:
        seen = attempt.submitted_at is not None
        return Sight(answers=seen, keys=seen, written_keys=seen)
    return sheets.sight_of(attempt, around.now)


def grouped(receipt: str | None) -> str:
    """The first 8 hex digits of a receipt in two groups: `a7f3 91c2`."""
    return "" if not receipt else f"{receipt[:4]} {receipt[4:8]}"


def _signals(attempt_id: int) -> tuple[SignalLine, ...]:
    return tuple(
        SignalLine(_signal(row.kind, row.position), row.received_at)
        for row in sheets.signals_of(attempt_id)
    )


def _signal(kind: str, position: int | None) -> str:
    if position is None:
        return signal_text(kind)
    return _("第 %(n)s 题：%(what)s", n=position, what=signal_text(kind))


def _limit(seconds: int | None) -> str | None:
    return None if seconds is None else clock_text(timedelta(seconds=seconds))


def _percent(points: Fraction, maximum: Fraction) -> str:
    """Per cent of the maximum for a chart, two places."""
    return shown(100 * points / maximum) if maximum else "0"


def _policy_text(attempt: AttemptRow) -> str:
    """Why no answers show, and when they will."""
    if attempt.state is AttemptState.VOID:
        return _("这份答卷已作废，不计成绩。")
    if attempt.state is AttemptState.OPEN:
        return _("时间到了，正在收卷，稍后刷新就能看到结果。")
    if attempt.trainer_releases and attempt.state is not AttemptState.RELEASED:
        return _("培训师公布成绩以后可以看。")
    if attempt.feedback == Feedback.NEVER:
        return _("这场测验不公开题目，只公布分数。")
    return _("测验结束以后可以看题目。")


def _sections(frozen: Frozen, scores: Mapping[int, Any], lang: str) -> tuple[SectionLine, ...]:
    lines = []
    for index, section in enumerate(frozen.paper.sections):
        slots = [slot for slot in frozen.slots if slot.entry.section == index]
        rows = [scores[slot.position] for slot in slots if slot.position in scores]
        waiting = sum(row.points is None for row in rows)
        points = sum((row.points for row in rows if row.points is not None), Fraction(0))
        lines.append(
            SectionLine(
                title=text_in(section.title, lang),
                score=None if waiting == len(rows) else shown(points),
                maximum=shown(sum((slot.entry.points for slot in slots), Fraction(0))),
                full=sum(row.outcome == Outcome.CORRECT for row in rows),
                count=len(slots),
                note=_("%(n)s 题等待评分", n=waiting) if waiting else "",
            )
        )
    return tuple(lines)


def _competencies(
    attempt: AttemptRow, frozen: Frozen, scores: Mapping[int, Any], around: Around
) -> tuple[CompetencyLine, ...]:
    sums: dict[str, tuple[Fraction, int]] = {}
    for slot in frozen.slots:
        share = scores[slot.position].share or Fraction(0)
        for slug in slot.competencies:
            right, n = sums.get(slug, (Fraction(0), 0))
            sums[slug] = (right + share, n + 1)
    lines = [CompetencyLine(slug, slug, shown(right), n) for slug, (right, n) in sums.items()]
    if not around.with_levels or attempt.is_preview:
        return tuple(lines)
    return _with_levels(lines, attempt.person_id, around.lang)


def _with_levels(
    lines: Sequence[CompetencyLine], person_id: int, lang: str
) -> tuple[CompetencyLine, ...]:
    """Where each competency stands now. One SELECT; plain lines before a framework is loaded."""
    found = competency.levels_in(person_id, [line.slug for line in lines])
    if found is None:
        return tuple(lines)
    framework, levels = found
    names = {one.slug: text_in(one.name, lang) for one in framework.competencies}
    return tuple(_with_level(line, names, levels.get(line.slug)) for line in lines)


def _with_level(
    line: CompetencyLine, names: Mapping[str, str], found: StoredLevel | None
) -> CompetencyLine:
    line = replace(line, name=names.get(line.slug, line.slug))
    if found is None:
        return line
    has_figures = found.status is not Status.INSUFFICIENT
    return replace(
        line,
        status=found.status.value,
        level=found.level.value if found.level and found.status is Status.SUFFICIENT else None,
        lo=f"{found.lo:.0f}" if has_figures else None,
        hi=f"{found.hi:.0f}" if has_figures else None,
        call=found.call.value if found.call else None,
    )


# ---------------------------------------------------------------- item by item


def _items(frozen: Frozen, sheet: MarkedSheet, sight: Sight, lang: str) -> tuple[ReviewItem, ...]:
    items = content.items_of(frozen)
    return tuple(
        _item(
            frozen,
            slot,
            items[slot.entry.item_version_id],
            sheet.answers.get(slot.position),
            sheet.scores[slot.position],
            _Reader(sight, lang),
        )
        for slot in frozen.slots
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Whose eyes: what may be seen, in which language."""

    sight: Sight
    lang: str


def _own_text(response: Response | None) -> str | None:
    """What was written; where the text is on paper, that it is, in the reader's language."""
    if not isinstance(response, Written):
        return None
    return _("（写在纸质答卷上）") if is_on_paper(response.text) else response.text


def _item(
    frozen: Frozen,
    slot: Slot,
    item: Item,
    answer: StoredAnswer | None,
    score: Any,
    reader: _Reader,
) -> ReviewItem:
    response = None if answer is None else unpack(answer.body)
    is_short = isinstance(item.body, ShortAnswer)
    keys = reader.sight.written_keys if is_short else reader.sight.keys
    at = slot.entry
    key = (frozen.banks, at.item_version_id, at.options, at.points)
    place = _Place(key, slot, item)
    return ReviewItem(
        number=slot.position,
        type=slot.type.value,
        outcome=score.outcome,
        score=None if score.points is None else shown(score.points),
        points=shown(slot.entry.points),
        told=_told(place, None if is_short else response, keys, reader.lang),
        own_text=_own_text(response),
        model_answer_html=_model_answer(item, reader.lang) if keys else None,
        rubric=_rubric(item, score.awarded, reader.lang) if keys else (),
        marker_comment=score.comment if reader.sight.written_keys or not is_short else None,
        flagged=False if answer is None else answer.is_flagged,
        is_whole=score.reason == scoring.Reason.MARKED.value and score.awarded is None,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """An item on a paper. The tokens of the banks name their content: `key` says it all."""

    key: tuple[object, ...]
    slot: Slot = field(compare=False)
    item: Item = field(compare=False)


@lru_cache(maxsize=MOST_REVIEWED)
def _told(place: _Place, response: Response | None, keys: bool, lang: str) -> Reviewed:
    """The same for everybody with this paper's order of the options and this response."""
    slot, item = place.slot, place.item
    named = {option: letter for letter, option in letters(slot.entry.options).items()}
    rule = item.body.rule if isinstance(item.body, Choice) and item.body.multiple else None
    why = text_in(item.why, lang) if keys and item.why else None
    return Reviewed(
        stem_html=render(text_in(item.stem, lang)),
        options=_options(slot, item, response, keys=keys, lang=lang),
        why_html=render(why, letters=named) if why else None,
        feedback_html=_feedback(item, response, named, lang) if keys else (),
        rule_text=None if rule is None else rule_text(rule),
        arithmetic=_arithmetic(item, response, slot) if keys and rule is not None else None,
    )


def _options(
    slot: Slot, item: Item, response: Response | None, *, keys: bool, lang: str
) -> tuple[ReviewOption, ...]:
    match item.body:
        case Choice(options=options, key=key):
            chosen = response.options if isinstance(response, Chosen) else frozenset()
            texts = {option.id: text_in(option.text, lang) for option in options}
            return tuple(
                _option(letter, texts[option], option in chosen, option in key if keys else None)
                for letter, option in letters(slot.entry.options).items()
            )
        case TrueFalse(key=truth):
            said = response.value if isinstance(response, Judged) else None
            return tuple(
                _option("", word, said is value, (truth is value) if keys else None)
                for value, word in ((True, _("对")), (False, _("错")))
            )
        case ShortAnswer():
            return ()


def _option(letter: str, text: str, chosen: bool, is_key: bool | None) -> ReviewOption:
    mark = ""
    if is_key is not None and (chosen or is_key):
        mark = "hit" if chosen and is_key else "wrong" if chosen else "miss"
    return ReviewOption(letter, render_inline(text), chosen, is_key, mark)


def _model_answer(item: Item, lang: str) -> Markup | None:
    if not isinstance(item.body, ShortAnswer) or not item.body.model_answer:
        return None
    return render(text_in(item.body.model_answer, lang))


def _feedback(
    item: Item, response: Response | None, named: Mapping[str, str], lang: str
) -> tuple[Markup, ...]:
    """What the author says to the options this person chose."""
    if not isinstance(item.body, Choice) or not isinstance(response, Chosen):
        return ()
    return tuple(
        render(text_in(option.feedback, lang), letters=named)
        for option in item.body.options
        if option.id in response.options and option.feedback
    )


def _arithmetic(item: Item, response: Response | None, slot: Slot) -> str | None:
    score = scoring.score(item, response, points=slot.entry.points)
    return scoring.explain(score).expression


def _rubric(item: Item, awarded: Mapping[str, str] | None, lang: str) -> tuple[RubricLine, ...]:
    if not isinstance(item.body, ShortAnswer):
        return ()
    given = awarded or {}
    return tuple(
        RubricLine(
            point=text_in(criterion.point, lang),
            points=shown(criterion.points),
            awarded=shown(Fraction(given[criterion.id])) if criterion.id in given else None,
        )
        for criterion in item.body.rubric
    )
