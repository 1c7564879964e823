"""What of a pack stands on its two pages, and what moves to the appendix.

Two A4 pages hold what a talk needs. Texts of unlimited length are cut for them at a known width;
whatever is cut or left out stands in full in the appendix, and the place it was cut says so.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final
from unicodedata import east_asian_width

from app.kernel.i18n import show_day
from app.reports.pack import GoalLine, Line, Pack, TestLine
from app.reports.words import Words, _

LINES: Final = 13
TESTS: Final = 6
COMMENTS: Final = 3
# Widths in half characters: a Chinese one is two. Two goals of these widths, eight prompts and a
# full table still leave room to sign (measured with the longest texts the forms take).
_ACTION, _GOAL, _PROOF, _PROMPT, _TITLE, _NAME, _HEAD, _COMMENT = 80, 64, 48, 150, 44, 28, 56, 120
_SEEN: Final = 100
_TIGHT_FROM: Final = 90


@dataclass(frozen=True, slots=True)
class Moved:
    """A text that did not fit, in full, with the place it was cut from."""

    where: str
    text: str


@dataclass(frozen=True, slots=True)
class FrontLine:
    """A competency with its name as far as the table has room."""

    line: Line
    name: str


@dataclass(frozen=True, slots=True)
class FrontTest:
    """A test with its title as far as the table has room."""

    test: TestLine
    title: str


@dataclass(frozen=True, slots=True)
class FrontGoal:
    """A goal as far as the table has room."""

    what: str
    competency: str
    actions: tuple[str, ...]
    owner: str
    due_on: str
    proof: str
    checks: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Front:
    """The two pages, and what moved to the appendix. `is_tight`: smaller print is needed."""

    name: str
    who: str
    review: str
    managers: str
    focus: str
    lines: tuple[FrontLine, ...]
    weak_points: tuple[tuple[str, int, float], ...]
    tests: tuple[FrontTest, ...]
    prompts: tuple[str, ...]
    goals: tuple[FrontGoal, ...]
    comments: tuple[str, ...]
    seen: str
    is_tight: bool
    more_lines: tuple[Line, ...]
    more_tests: tuple[TestLine, ...]
    moved: tuple[Moved, ...]


def width(text: str) -> int:
    """The width of a text in half characters."""
    return sum(2 if east_asian_width(sign) in "WFA" else 1 for sign in text)


def cut(text: str, room: int) -> str:
    """As much of a text as `room` half characters hold, with an ellipsis when it is cut."""
    if width(text) <= room:
        return text
    kept, left = [], room - 2
    for sign in text:
        left -= width(sign)
        if left < 0:
            break
        kept.append(sign)
    return "".join(kept).rstrip() + "…"


class _Cutter:
    """Cuts texts and keeps what was cut."""

    def __init__(self) -> None:
        self.moved: list[Moved] = []

    def __call__(self, text: str, room: int, where: str, *, says_so: bool = True) -> str:
        said = " ".join(text.split())
        short = cut(said, room)
        if short == said:
            return said
        self.moved.append(Moved(where, text))
        return short + _("（全文见附）") if says_so else short


def front(pack: Pack, w: Words, seen: str = "") -> Front:
    """Fit a pack to its two pages. `seen`: rated work in a line; its scores are in the ledger."""
    keep = _Cutter()
    head = pack.head
    goals = tuple(_goal(goal, w, keep) for goal in pack.goals)
    prompts = tuple(
        keep(w.prompt(one), _PROMPT, _("谈话提纲 %(n)s", n=n))
        for n, one in enumerate(pack.prompts, 1)
    )
    lines = tuple(
        FrontLine(line, keep(w.text(line.name), _NAME, _("能力"), says_so=False))
        for line in pack.lines[:LINES]
    )
    tests = tuple(
        FrontTest(test, keep(w.text(test.title), _TITLE, _("测验"), says_so=False))
        for test in pack.tests[:TESTS]
    )
    return Front(
        name=keep(head.name, 24, _("姓名"), says_so=False),
        who=keep(w.who(), 2 * _HEAD, _("岗位")),
        review=keep(head.review or "", _HEAD, _("周期"), says_so=False),
        managers=keep(w.managers(), _HEAD, _("经理")),
        focus=keep(w.focus(), 2 * _HEAD, _("先谈一件")),
        lines=lines,
        weak_points=tuple(
            (keep(one.tag, _NAME, _("最弱的知识点"), says_so=False), one.items, one.right)
            for one in pack.weak_points
        ),
        tests=tests,
        prompts=prompts,
        goals=goals,
        comments=_comments(pack, keep),
        seen=cut(seen, _SEEN),
        is_tight=_is_long(lines, tests, goals, prompts),
        more_lines=pack.lines[LINES:],
        more_tests=pack.tests[TESTS:],
        moved=tuple(keep.moved),
    )


def _goal(goal: GoalLine, w: Words, keep: _Cutter) -> FrontGoal:
    place: Callable[[str], str] = lambda what: _(  # noqa: E731  one word of a heading
        "目标 %(n)s，%(what)s", n=goal.position, what=what
    )
    actions = (
        (goal.on_the_job, _("在工作中做")),
        (goal.with_others, _("跟人学")),
        (goal.by_course, _("上课或自学")),
    )
    return FrontGoal(
        what=keep(goal.what, _GOAL, place(_("目标"))),
        competency=cut(w.name(goal.competency), _NAME) if goal.competency else "",
        actions=tuple(keep(text, _ACTION, place(what)) for text, what in actions if text),
        owner=cut(goal.owner, 16),
        due_on=goal.due_on.isoformat(),
        proof=keep(goal.proof, _PROOF, place(_("用什么证明"))),
        checks=tuple(day.strftime("%m-%d") for day in goal.checks),
    )


def _comments(pack: Pack, keep: _Cutter) -> tuple[str, ...]:
    """The latest few, oldest first; the others in the appendix."""
    shown, earlier = pack.comments[-COMMENTS:], pack.comments[:-COMMENTS]
    for one in earlier:
        keep.moved.append(Moved(_comment_head(one.written_on, is_appeal=one.is_appeal), one.text))
    said = [
        f"{_comment_head(one.written_on, is_appeal=one.is_appeal)}{_('：')}"
        + keep(one.text, _COMMENT, _comment_head(one.written_on, is_appeal=one.is_appeal))
        for one in shown
    ]
    if earlier:
        said.insert(0, _("更早的 %(n)s 条见附。", n=len(earlier)))
    return tuple(said)


def _comment_head(day: date, *, is_appeal: bool) -> str:
    return f"{show_day(day)} {_('申诉') if is_appeal else _('本人意见')}"


def _is_long(
    lines: Sequence[FrontLine],
    tests: Sequence[FrontTest],
    goals: Sequence[FrontGoal],
    prompts: Sequence[str],
) -> bool:
    """Whether normal print would run over two pages: rows of text, roughly."""
    actions = sum(-(-width(text) // 34) for goal in goals for text in (*goal.actions, goal.what))
    asked = sum(-(-width(text) // 100) for text in prompts)
    return 3 * len(lines) + 2 * len(tests) + actions + asked + 30 > _TIGHT_FROM
