"""View models of the learner's pages: start and test. Words are chosen here."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from flask import url_for
from markupsafe import Markup

from app.assessments import content, drawn
from app.assessments.frozen import Frozen, Slot, thaw
from app.assessments.models import Assessment
from app.assessments.queries import cards, sheets
from app.assessments.queries.rows import AttemptRow
from app.assessments.rules import rule_text
from app.assessments.services.starting import paper_for
from app.assessments.terms import Display, Feedback, SignalKind
from app.banks.markdown import render
from app.banks.queries import BankSnapshot, Picture
from app.domain import attempts
from app.domain.attempts import AttemptState, Counts, StartRefusal
from app.domain.items import Choice, Item, PassMark, Rule, ShortAnswer, Text, text_in
from app.domain.scoring import line, shown
from app.kernel.auth import Actor
from app.kernel.errors import NotFoundError
from app.kernel.i18n import said, show_when

_: Callable[..., str] = said


# ---------------------------------------------------------------- the test page


@dataclass(frozen=True, slots=True)
class PageItem:
    """One item as the learner sees it: its number, its HTML, whether it has an answer."""

    number: int
    html: Markup
    is_answered: bool


@dataclass(frozen=True, slots=True)
class PageSection:
    """A part of the paper."""

    title: str
    intro_html: Markup | None
    items: tuple[PageItem, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The whole test page. Times are aware UTC."""

    attempt_id: int
    title: str
    learner: str
    display: str
    started_at: datetime
    deadline: datetime | None
    server_now: datetime
    limit_minutes: int | None
    grace_seconds: int
    preview: bool
    total_points: str
    sections: tuple[PageSection, ...]
    items: tuple[PageItem, ...]


def test_page(attempt: AttemptRow, learner: Actor, lang: str, now: datetime) -> Page:
    """The test page of an open attempt. One SELECT when the item versions are cached."""
    frozen = thaw(attempt.body)
    answers = sheets.answers_of(attempt.id)
    items = content.items_of(frozen)
    views = tuple(
        _page_item(attempt.id, frozen, slot, items, answers.get(slot.position), lang)
        for slot in frozen.slots
    )
    return Page(
        attempt_id=attempt.id,
        title=attempt.title_in(lang),
        learner=learner.name,
        display=Display(attempt.display).value,
        started_at=attempt.started_at,
        deadline=attempt.deadline_at,
        server_now=now,
        limit_minutes=_minutes(attempt.limit_seconds),
        grace_seconds=attempt.grace_seconds,
        preview=attempt.is_preview,
        total_points=shown(attempt.maximum),
        sections=_page_sections(frozen, views, lang),
        items=views,
    )


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else -(-seconds // 60)


def _page_sections(frozen: Frozen, views: Sequence[PageItem], lang: str) -> tuple[PageSection, ...]:
    return tuple(
        PageSection(
            title=text_in(section.title, lang),
            intro_html=_html(section.intro, lang),
            items=tuple(
                view
                for slot, view in zip(frozen.slots, views, strict=True)
                if slot.entry.section == index
            ),
        )
        for index, section in enumerate(frozen.paper.sections)
    )


def _image_url(attempt_id: int, position: int, item: Item) -> str | None:
    if not item.image:
        return None
    return url_for("assessments.item_image", attempt_id=attempt_id, position=position)


def _page_item(
    attempt_id: int,
    frozen: Frozen,
    slot: Slot,
    items: Mapping[int, Item],
    answer: sheets.StoredAnswer | None,
    lang: str,
) -> PageItem:
    item = items[slot.entry.item_version_id]
    image_url = _image_url(attempt_id, slot.position, item)
    html = drawn.item_html(frozen, slot, item, answer, lang=lang, image_url=image_url)
    return PageItem(slot.position, html, answer is not None and answer.body is not None)


def _html(text: Text | None, lang: str) -> Markup | None:
    return None if text is None else render(text_in(text, lang))


def picture_of(attempt: AttemptRow, position: int) -> Picture:
    """The picture of an item on this paper. Raises NotFoundError."""
    frozen = thaw(attempt.body)
    if not 1 <= position <= len(frozen.slots):
        raise NotFoundError
    found = content.picture(frozen.slot(position).entry.item_version_id)
    if found is None:
        raise NotFoundError
    return found


# ---------------------------------------------------------------- the start page


@dataclass(frozen=True, slots=True)
class Start:
    """What a learner knows before the clock runs. `refusal` None: may start."""

    assignment_id: int
    title: str
    items: int
    total_points: str
    pass_mark: str
    limit_minutes: int | None
    attempts_allowed: int
    attempts_left: int
    opens_at: datetime | None
    closes_at: datetime | None
    due_at: datetime | None
    rules: tuple[str, ...]
    has_written: bool
    counts_text: str
    feedback_text: str
    notice: str
    open_attempt_id: int | None
    refusal: str | None
    free_at: datetime | None


MOST_FACTS: Final = 512
_facts: Final[dict[object, "PaperFacts"]] = {}


@dataclass(frozen=True, slots=True)
class PaperFacts:
    """A paper of this assessment in figures; every person's paper has the same."""

    items: int
    total: Fraction
    line: Fraction
    rules: tuple[Rule, ...]
    has_written: bool


def paper_facts(assessment: Assessment, banks: str) -> PaperFacts:
    """What every paper of an assessment is like. Raises PlanCannotBeMetError.

    `banks`: the tokens of its banks, which name their content: with the plan they decide it all.
    """
    key = (
        banks,
        json.dumps(assessment.plan),
        assessment.pass_share,
        assessment.pass_points,
        assessment.unseen_share,
    )
    found = _facts.get(key)
    if found is None:
        found = _facts_of(assessment, content.pinned_known(assessment.id, banks))
        if len(_facts) >= MOST_FACTS:
            _facts.clear()
        _facts[key] = found
    return found


def _facts_of(assessment: Assessment, snapshots: Sequence[BankSnapshot]) -> PaperFacts:
    paper = paper_for(assessment, snapshots, seed="0", seen=frozenset())
    items = {key: item for one in snapshots for key, item in content.by_version(one).items()}
    served = [items[entry.item_version_id] for entry in paper.entries]
    rules = {
        item.body.rule for item in served if isinstance(item.body, Choice) and item.body.multiple
    }
    mark = PassMark(share=assessment.pass_share, points=assessment.pass_points)
    return PaperFacts(
        items=len(paper.entries),
        total=paper.total,
        line=line(mark, paper.total),
        rules=tuple(rule for rule in Rule if rule in rules),
        has_written=any(isinstance(item.body, ShortAnswer) for item in served),
    )


def start_page(assignment_id: int, person_id: int, lang: str, now: datetime) -> Start:
    """The start page of this person. Raises NotFoundError. One SELECT when the banks are kept."""
    card, found = cards.card_with(assignment_id, person_id, now=now, lang=lang)
    assessment = found.assessment
    facts = paper_facts(assessment, found.banks)
    refusal = None if card.open_attempt_id is not None else _refusal(card, now)
    return Start(
        assignment_id=card.assignment_id,
        title=card.title,
        items=facts.items,
        total_points=shown(facts.total),
        pass_mark=shown(facts.line, facts.line),
        limit_minutes=_minutes(card.limit_seconds),
        attempts_allowed=card.attempts_allowed,
        attempts_left=card.attempts_left,
        opens_at=card.opens_at,
        closes_at=card.closes_at,
        due_at=card.due_at,
        rules=tuple(rule_text(rule) for rule in facts.rules),
        has_written=facts.has_written,
        counts_text=counts_text(Counts(assessment.counts)),
        feedback_text=feedback_text(assessment.feedback, shows_keys=assessment.shows_keys),
        notice=_("一旦开始，计时就不会停。") if card.limit_seconds else _("没有时间限制。"),
        open_attempt_id=card.open_attempt_id,
        refusal=refusal,
        free_at=card.free_at if card.attempts_left else None,
    )


def used_up_text(attempts_allowed: int, *, is_needed: bool = True) -> str:
    """What somebody reads who has no attempt left at an exam of a training path; one that no gate
    asks for waits for nobody."""
    if not is_needed:
        return _("%(n)s 次机会已用完", n=attempts_allowed)
    return _("%(n)s 次机会已用完，等培训师再给一次", n=attempts_allowed)


def used_up_note(card: cards.AssignmentCard) -> str:
    """What stands by an exam of a training path that has no attempt left; empty while it has one.

    Whether a gate waits for it is the path's to say.
    """
    if card.track is None or not card.is_used_up:
        return ""
    return _("%(n)s 次机会已用完，可以请培训师再给一次。", n=card.attempts_allowed)


def _refusal(card: cards.AssignmentCard, now: datetime) -> str | None:
    """Why it cannot be started now, in words; the service decides again when it is pressed."""
    if card.is_cancelled:
        return _("这场测验已经取消。")
    if note := used_up_note(card):
        return note
    rules = attempts.StartRules(card.opens_at, card.closes_at, card.attempts_allowed)
    found = attempts.may_start(rules, used=card.attempts_used, last_finished_at=None, now=now)
    if found.refusal is None:
        if card.free_at is not None and now < card.free_at:
            return _(
                "两次之间要隔一段时间。%(when)s 以后可以再开始。", when=show_when(card.free_at)
            )
        return None
    return {
        StartRefusal.NOT_YET: _("%(when)s 开始。", when=show_when(card.opens_at)),
        StartRefusal.WINDOW_CLOSED: _("这场测验已经结束。需要补考请联系培训师。"),
        StartRefusal.NO_ATTEMPTS_LEFT: _("次数已用完。"),
        StartRefusal.COOLING_DOWN: _("两次之间要隔一段时间，现在还不能开始。"),
    }[found.refusal]


# ---------------------------------------------------------------- the learner's list


@dataclass(frozen=True, slots=True)
class MineLine:
    """One assignment in the list; `button` empty: nothing to do now."""

    title: str
    state: str
    state_kind: str
    due_at: datetime | None
    total: str | None
    maximum: str | None
    submitted_at: datetime | None
    url: str
    button: str


@dataclass(frozen=True, slots=True)
class Mine:
    """The learner's list: what to do, then what was done."""

    to_do: tuple[MineLine, ...]
    others: tuple[MineLine, ...]


def mine_page(found: Sequence[cards.AssignmentCard], now: datetime) -> Mine:
    """What is to do comes with the earliest due time first."""
    far = datetime.max.replace(tzinfo=UTC)
    to_do = sorted(
        (card for card in found if card.is_to_do(now)),
        key=lambda card: card.due_at or card.closes_at or far,
    )
    others = [card for card in found if not card.is_to_do(now)]
    return Mine(
        tuple(_mine_line(card, now) for card in to_do),
        tuple(_mine_line(card, now) for card in others),
    )


def _mine_line(card: cards.AssignmentCard, now: datetime) -> MineLine:
    state, kind = _mine_state(card, now)
    url, button = _mine_way(card, now)
    return MineLine(
        title=card.title,
        state=state,
        state_kind=kind,
        due_at=card.due_at or card.closes_at,
        total=None if card.total is None else shown(card.total),
        maximum=None if card.total is None else shown(card.maximum),
        submitted_at=card.submitted_at,
        url=url,
        button=button,
    )


def _mine_state(card: cards.AssignmentCard, now: datetime) -> tuple[str, str]:
    """The word and its tint."""
    if card.open_attempt_id is not None:
        return _("已开始，还没交"), "warn"
    if card.passed:
        return _("通过"), "pass"
    if card.is_waiting:
        return _("等待公布") if card.is_marked else _("等待评分"), ""
    if card.last_attempt_id is not None:
        return _("未通过"), "gap"
    return _refusal(card, now) or _("还没开始"), ""


def _mine_way(card: cards.AssignmentCard, now: datetime) -> tuple[str, str]:
    if card.open_attempt_id is not None:
        return url_for("assessments.take", attempt_id=card.open_attempt_id), _("继续")
    if card.is_to_do(now):
        again = card.attempts_used > 0
        url = url_for("assessments.start_page", assignment_id=card.assignment_id)
        return url, _("再考一次") if again else _("开始")
    if card.last_attempt_id is not None:
        return url_for("assessments.result", attempt_id=card.last_attempt_id), _("看成绩")
    return "", ""


def counts_text(counts: Counts) -> str:
    """Which attempt decides, in words."""
    return {
        Counts.BEST: _("多次作答取最好的一次"),
        Counts.LATEST: _("多次作答取最后一次"),
        Counts.FIRST: _("多次作答以第一次为准"),
    }[counts]


def feedback_text(feedback: str, *, shows_keys: bool) -> str:
    """The feedback policy in words."""
    if feedback == Feedback.NEVER:
        return _("交卷后只看分数，不看题目。")
    if feedback == Feedback.AFTER_CLOSE:
        if shows_keys:
            return _("测验结束以后可以看自己的作答、答案和解析。")
        return _("测验结束以后可以看自己的作答，不看答案。")
    if shows_keys:
        return _("交卷后可以看自己的作答、答案和解析。")
    return _("交卷后可以看自己的作答，不看答案。")


def signal_text(kind: str) -> str:
    """An integrity signal in words; it is shown to the learner too."""
    return {
        SignalKind.LEFT: _("离开了测验页面"),
        SignalKind.BACK: _("回到了测验页面"),
        SignalKind.COPY: _("复制了页面文字"),
        SignalKind.PASTE: _("粘贴了文字"),
        SignalKind.FAST: _("作答很快"),
    }[SignalKind(kind)]


def clock_text(delta: timedelta) -> str:
    """`21:08`, above an hour `1:02:03`."""
    seconds = max(0, int(delta.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}:{minutes:02d}:{seconds:02d}"
    return f"{minutes:02d}:{seconds:02d}"


def url_of_state(attempt_id: int, state: AttemptState) -> str:
    """Where an attempt is at home: its test page while open, else its result."""
    endpoint = "assessments.take" if state is AttemptState.OPEN else "assessments.result"
    return url_for(endpoint, attempt_id=attempt_id)
